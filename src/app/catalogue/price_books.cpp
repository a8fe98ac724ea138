#include "app/catalogue/price_books.hpp"

#include "app/catalogue/catalogue.hpp"

namespace tallybook {
namespace price_book_detail {

Result<void> check_name(std::string const& name) {
  if (name.empty()) return fail(errors::invalid_field("name", "expected a name"));
  return {};
}

// Locked: prices must not be copied into a book that is being deleted.
Result<PriceBook> find(UnitOfWork& work, PriceBookId const& id) {
  auto book = work.records<PriceBook>().find_for_update(id.value);
  if (!book) return fail(errors::not_found("Price book"));
  return *std::move(book);
}

std::vector<PriceConfiguration> prices_of(UnitOfWork& work, PriceBookId const& id) {
  return work.records<PriceConfiguration>().where("price_book_id = ?", {id.value});
}

Result<void> copy_product(UnitOfWork& work, PriceBookId const& id, std::string const& product,
                          std::string const& path) {
  if (!work.records<Product>().find(product))
    return fail(errors::invalid_field(path, "no such product"));
  int copied = 0;
  for (auto configuration : configurations_of(work.sql(), work.tenant(), ProductId(product))) {
    if (configuration.price_book_id == id.value)
      return fail(errors::invalid_field(path, "the product is in the price book already"));
    if (configuration.price_book_id || configuration.status != CatalogueStatus::active) continue;
    configuration.id = work.new_id<PriceConfigurationTag>();
    configuration.price_book_id = id.value;
    configuration.created_at = configuration.updated_at = work.now();
    for (auto& tier : configuration.prices) tier.id = work.services().ids.next("pri");
    work.records<PriceConfiguration>().insert(configuration);
    ++copied;
  }
  if (copied == 0)
    return fail(errors::invalid_field(path, "the product has no active default prices to copy"));
  return {};
}

}  // namespace price_book_detail

Result<PriceBook> create_price_book(UnitOfWork& work, PriceBook book) {
  TB_CHECK(price_book_detail::check_name(book.name));
  book.id = work.new_id<PriceBookTag>();
  book.created_at = book.updated_at = work.now();
  work.records<PriceBook>().insert(book);
  return book;
}

Result<PriceBook> update_price_book(UnitOfWork& work, PriceBookId const& id,
                                    std::string const& name,
                                    std::optional<std::string> const& description) {
  TB_TRY(book, price_book_detail::find(work, id));
  TB_CHECK(price_book_detail::check_name(name));
  book.name = name;
  book.description = description;
  book.updated_at = work.now();
  work.records<PriceBook>().update(book);
  return book;
}

Result<void> delete_price_book(UnitOfWork& work, PriceBookId const& id) {
  TB_TRY(book, price_book_detail::find(work, id));
  if (work.records<Customer>().count("price_book_id = ? AND deleted_at IS NULL", {id.value}) > 0)
    return fail(errors::conflict("Customers carry this price book; it cannot be deleted"));
  for (auto const& configuration : price_book_detail::prices_of(work, id))
    work.records<PriceConfiguration>().erase(configuration.id.value);
  work.records<PriceBook>().erase(book.id.value);
  return {};
}

Result<void> add_to_price_book(UnitOfWork& work, PriceBookId const& id,
                               std::vector<std::string> const& product_ids) {
  TB_TRY(book, price_book_detail::find(work, id));
  for (std::size_t i = 0; i < product_ids.size(); ++i) {
    TB_CHECK(price_book_detail::copy_product(work, book.id, product_ids[i],
                                             "product_ids[" + std::to_string(i) + "]"));
  }
  return {};
}

Result<void> remove_from_price_book(UnitOfWork& work, PriceBookId const& id,
                                    ProductId const& product) {
  TB_TRY(book, price_book_detail::find(work, id));
  bool removed = false;
  for (auto const& configuration : price_book_detail::prices_of(work, book.id)) {
    if (configuration.product_id == product)
      removed = work.records<PriceConfiguration>().erase(configuration.id.value) || removed;
  }
  if (!removed) return fail(errors::not_found("Product of the price book"));
  return {};
}

Result<void> check_price_book(UnitOfWork& work, std::string const& id, std::string const& path) {
  if (!work.records<PriceBook>().find_for_update(id))
    return fail(errors::invalid_field(path, "no such price book"));
  return {};
}

}  // namespace tallybook
