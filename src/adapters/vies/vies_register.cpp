#include "adapters/vies/vies_register.hpp"

#include "base/log.hpp"
#include "http/client/http_client.hpp"
#include "reflect/value.hpp"

namespace tallybook {
namespace vies_detail {

RegisterAnswer read_answer(HttpClient::Answer const& answer) {
  if (answer.status != 200) return RegisterAnswer::unavailable;
  auto const body = parse_json(answer.body);
  if (!body || body->find("errorWrappers") != nullptr) return RegisterAnswer::unavailable;
  // Some of its versions answer 200 with valid=false and say in userError that nobody was asked.
  if (auto const* error = body->find("userError"); error != nullptr && error->as_string()) {
    if (*error->as_string() != "VALID" && *error->as_string() != "INVALID")
      return RegisterAnswer::unavailable;
  }
  auto const* valid = body->find("valid");
  if (valid == nullptr) valid = body->find("isValid");
  if (valid == nullptr || valid->as_bool() == nullptr) return RegisterAnswer::unavailable;
  return *valid->as_bool() ? RegisterAnswer::valid : RegisterAnswer::invalid;
}

}  // namespace vies_detail

RegisterAnswer ViesRegister::check(std::string const& prefix, std::string const& number) {
  Value question;
  question["countryCode"] = prefix;
  question["vatNumber"] = number;
  try {
    HttpClient client(base_url_, {"Content-Type: application/json", "Accept: application/json"},
                      {5, 15});
    return vies_detail::read_answer(client.post("/check-vat-number", to_json_text(question)));
  } catch (std::exception const& problem) {
    log::warn(std::string("VAT number register: ") + problem.what());
    return RegisterAnswer::unavailable;
  }
}

}  // namespace tallybook
