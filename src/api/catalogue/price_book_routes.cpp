#include "api/catalogue/codec.hpp"
#include "api/catalogue/routes.hpp"
#include "app/catalogue/price_books.hpp"

namespace tallybook::api {

struct PriceBookV1 {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> user_role_ids;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(PriceBookV1, (),
                      (id, name, description, user_role_ids, created_at, updated_at))

struct PriceBookWrite {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> user_role_ids;
};
BOOST_DESCRIBE_STRUCT(PriceBookWrite, (), (name, description, user_role_ids))

struct PriceBookProducts {
  std::vector<std::string> product_ids;
};
BOOST_DESCRIBE_STRUCT(PriceBookProducts, (), (product_ids))

struct MessageResult {
  std::string message;
};
BOOST_DESCRIBE_STRUCT(MessageResult, (), (message))

namespace price_book_routes {

PriceBookV1 to_api(PriceBook const& book) {
  return {book.id.value, book.name, book.description, {}, book.created_at, book.updated_at};
}

Result<PriceBookWrite> body_of(Call& call) {
  TB_TRY(write, read_body<PriceBookWrite>(call));
  if (write.user_role_ids && !write.user_role_ids->empty())
    return fail(errors::invalid_field("user_role_ids[0]", "no such role"));
  return write;
}

Result<Reply> list(Call& call) {
  static std::vector<FilterField> const fields = {{"id", "id"}, {"name", "name"}};
  return offset_list<PriceBook>(
      call, fields, {}, [](PriceBook const& book) { return reflect::to_text(to_api(book)); });
}

Result<Reply> get(Call& call) {
  auto const book = Records<PriceBook>(*call.sql, call.tenant).find(call.id());
  if (!book) return fail(errors::not_found("Price book"));
  return reply_with(to_api(*book));
}

Result<Reply> create(Call& call) {
  TB_TRY(write, body_of(call));
  PriceBook book;
  book.name = write.name;
  book.description = write.description;
  TB_TRY(created, create_price_book(*call.work, std::move(book)));
  return reply_with(to_api(created), 201);
}

Result<Reply> update(Call& call) {
  TB_TRY(write, body_of(call));
  TB_TRY(updated,
         update_price_book(*call.work, PriceBookId(call.id()), write.name, write.description));
  return reply_with(to_api(updated));
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_price_book(*call.work, PriceBookId(call.id())));
  return no_content();
}

Result<Reply> add_products(Call& call) {
  TB_TRY(body, read_body<PriceBookProducts>(call));
  if (body.product_ids.empty() || body.product_ids.size() > 100)
    return fail(errors::invalid_field("product_ids", "expected 1 to 100 products"));
  TB_CHECK(add_to_price_book(*call.work, PriceBookId(call.id()), body.product_ids));
  return reply_with(MessageResult{std::to_string(body.product_ids.size()) +
                                  (body.product_ids.size() == 1 ? " product" : " products") +
                                  " added to the price book"});
}

Result<Reply> remove_product(Call& call) {
  TB_CHECK(
      remove_from_price_book(*call.work, PriceBookId(call.id()), ProductId(call.id("product_id"))));
  return no_content();
}

}  // namespace price_book_routes

// A table: one route a line.
// clang-format off
void add_price_book_routes(Router& router) {
  using namespace price_book_routes;
  char const* const tag = "Price books";
  char const* const scope = "products";
  router.add({"GET", "/v1/price-books", tag, "List price books", RouteKind::read, scope, 200, {}, offset_schema<PriceBookV1>(), offset_parameters({{"id", "id"}, {"name", "name"}}), list});
  router.add({"POST", "/v1/price-books", tag, "Create a price book", RouteKind::write, scope, 201, schema<PriceBookWrite>(), schema<PriceBookV1>(), {}, create});
  router.add({"GET", "/v1/price-books/{id}", tag, "Get a price book", RouteKind::read, scope, 200, {}, schema<PriceBookV1>(), {}, get});
  router.add({"PUT", "/v1/price-books/{id}", tag, "Update a price book", RouteKind::write, scope, 200, schema<PriceBookWrite>(), schema<PriceBookV1>(), {}, update});
  router.add({"DELETE", "/v1/price-books/{id}", tag, "Delete a price book no customer carries", RouteKind::write, scope, 204, {}, {}, {}, erase});
  router.add({"POST", "/v1/price-books/{id}/products", tag, "Copy the default prices of products into the book", RouteKind::write, scope, 200, schema<PriceBookProducts>(), schema<MessageResult>(), {}, add_products});
  router.add({"DELETE", "/v1/price-books/{id}/products/{product_id}", tag, "Take a product out of the book", RouteKind::write, scope, 204, {}, {}, {}, remove_product});
}
// clang-format on

}  // namespace tallybook::api
