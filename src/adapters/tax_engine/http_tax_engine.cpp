#include "adapters/tax_engine/http_tax_engine.hpp"

#include "http/client/http_client.hpp"
#include "reflect/value.hpp"

namespace tallybook {
namespace tax_engine_detail {

Value to_json(TaxEngineParty const& party) {
  Value json;
  json["name"] = party.name;
  json["type"] = party.type ? Value(*party.type) : Value();
  json["is_government_affiliated"] = party.is_government_affiliated;
  Value& address = json["address"];
  address["line1"] = party.line1;
  address["city"] = party.city;
  address["zip"] = party.zip;
  address["state"] = party.state;
  address["country"] = party.country;
  json["tax_ids"] = Value(Value::Array{});
  for (auto const& id : party.tax_ids) json["tax_ids"].push_back(id);
  return json;
}

Value to_json(TaxEngineQuestion const& question) {
  Value json;
  json["document_id"] = question.document_id;
  json["document_type"] = question.document_type;
  json["date"] = format_date(question.date);
  json["currency"] = question.currency;
  json["seller"] = to_json(question.seller);
  json["customer"] = to_json(question.buyer);
  json["lines"] = Value(Value::Array{});
  for (auto const& line : question.lines) {
    Value row;
    row["id"] = line.id;
    row["name"] = line.name;
    row["product_id"] = line.product_id ? Value(*line.product_id) : Value();
    row["quantity"] = Value::number(line.quantity.decimal(12));
    row["amount_excluding_tax"] = line.amount_excluding_tax;
    json["lines"].push_back(std::move(row));
  }
  return json;
}

Error unusable(std::string const& why) {
  return {ErrorCode::unavailable, "the tax engine's answer cannot be used: " + why, {}};
}

Result<std::map<std::string, Exact>> read_answer(std::string const& text,
                                                 TaxEngineQuestion const& question) {
  auto const body = parse_json(text);
  auto const* lines = body ? body->find("lines") : nullptr;
  if (lines == nullptr || lines->as_array() == nullptr) return fail(unusable("no lines"));
  std::map<std::string, Exact> rates;
  for (auto const& line : *lines->as_array()) {
    auto const* id = line.find("id");
    auto const* rate = line.find("rate");
    if (id == nullptr || id->as_string() == nullptr || rate == nullptr ||
        rate->as_number() == nullptr)
      return fail(unusable("a line without id or rate"));
    auto const percent = Exact::parse(rate->as_number()->text);
    if (!percent || percent->is_negative() || *percent > Exact(100) ||
        percent->rounded(6) != *percent)
      return fail(unusable("a rate that is no percentage with at most 6 decimals"));
    if (!rates.emplace(*id->as_string(), *percent).second)
      return fail(unusable("a line named twice"));
  }
  for (auto const& line : question.lines) {
    if (!rates.contains(line.id)) return fail(unusable("no rate for line " + line.id));
  }
  return rates;
}

}  // namespace tax_engine_detail

Result<std::map<std::string, Exact>> HttpTaxEngine::rates(TaxEngineQuestion const& question) {
  std::vector<std::string> headers = {"Content-Type: application/json", "Accept: application/json"};
  if (!key_.empty()) headers.push_back("Authorization: Bearer " + key_);
  try {
    HttpClient client(base_url_, headers, {5, 20});
    auto const answer = client.post("/taxes", to_json_text(tax_engine_detail::to_json(question)));
    if (answer.status != 200)
      return fail(tax_engine_detail::unusable("status " + std::to_string(answer.status)));
    return tax_engine_detail::read_answer(answer.body, question);
  } catch (std::exception const& problem) {
    return fail({ErrorCode::unavailable,
                 std::string("the tax engine does not answer: ") + problem.what(),
                 {}});
  }
}

}  // namespace tallybook
