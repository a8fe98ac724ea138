#include "main/api_routes.hpp"

#include "api/catalogue/routes.hpp"
#include "api/clock/routes.hpp"
#include "api/coupon/routes.hpp"
#include "api/credit/routes.hpp"
#include "api/customer/routes.hpp"
#include "api/entity/routes.hpp"
#include "api/events/routes.hpp"
#include "api/invoice/routes.hpp"
#include "api/ledger/routes.hpp"
#include "api/payment/routes.hpp"
#include "api/protocol/openapi.hpp"
#include "api/subscription/routes.hpp"
#include "api/tax/routes.hpp"
#include "api/wallet/routes.hpp"

namespace tallybook {
namespace api_routes_detail {

void add_specification_routes(api::Router& router) {
  for (char const* path : {"/openapi", "/openapi.json"}) {
    router.add({"GET",
                path,
                "Specification",
                "This document",
                api::RouteKind::free,
                "",
                200,
                {},
                [](reflect::Schemas&) {
                  Value any;
                  any["type"] = "object";
                  return any;
                },
                {},
                [&router](api::Call&) -> Result<api::Reply> {
                  return api::Reply{200, to_json_text(api::openapi_document(router))};
                }});
  }
}

}  // namespace api_routes_detail

void add_all_routes(api::Router& router, CustomerDirectory& directory) {
  api::add_customer_routes(router);
  api::add_organisation_routes(router);
  api::add_credit_routes(router);
  api::add_coupon_routes(router);
  api::add_product_routes(router);
  api::add_price_configuration_routes(router);
  api::add_aggregator_routes(router);
  api::add_price_book_routes(router);
  api::add_usage_routes(router);
  api::add_event_routes(router, directory);
  api::add_subscription_routes(router);
  api::add_valuation_routes(router);
  api::add_subscription_change_routes(router);
  api::add_update_routes(router);
  api::add_transition_routes(router);
  api::add_template_routes(router);
  api::add_plan_routes(router);
  api::add_invoice_routes(router);
  api::add_invoice_write_routes(router);
  api::add_payment_routes(router);
  api::add_payment_method_routes(router);
  api::add_entity_routes(router);
  api::add_tax_routes(router);
  api::add_wallet_routes(router);
  api::add_ledger_routes(router);
  api::add_clock_routes(router);
  api_routes_detail::add_specification_routes(router);
  for (auto const& example : api_examples())
    router.set_example(example.method, example.pattern, example.body);
}

}  // namespace tallybook
