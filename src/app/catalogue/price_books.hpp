// Price books: made, changed, filled with copies of the default prices of products, and deleted
// while no customer carries them.
#pragma once

#include "app/unit_of_work.hpp"
#include "domain/catalogue/price_book.hpp"

namespace tallybook {

Result<PriceBook> create_price_book(UnitOfWork& work, PriceBook book);
Result<PriceBook> update_price_book(UnitOfWork& work, PriceBookId const& id,
                                    std::string const& name,
                                    std::optional<std::string> const& description);
// With its prices; what was sold by them stays, prices being copied when they are sold (PRD-5).
Result<void> delete_price_book(UnitOfWork& work, PriceBookId const& id);

// Copies the active default configurations of each product into the book; refuses products that are
// in it already or have none, as product_ids[i].
Result<void> add_to_price_book(UnitOfWork& work, PriceBookId const& id,
                               std::vector<std::string> const& product_ids);
// Deletes the book's prices of the product.
Result<void> remove_from_price_book(UnitOfWork& work, PriceBookId const& id,
                                    ProductId const& product);

// Fails at `path` when there is no such book.
Result<void> check_price_book(UnitOfWork& work, std::string const& id, std::string const& path);

}  // namespace tallybook
