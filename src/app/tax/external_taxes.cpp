#include "app/tax/external_taxes.hpp"

#include "app/tax/taxes.hpp"
#include "base/log.hpp"
#include "domain/tax/tax_number_check.hpp"
#include "reflect/describe.hpp"
#include "reflect/value.hpp"

namespace tallybook {
namespace external_detail {

constexpr std::int64_t answer_lasts_ms = 12 * 3'600'000LL;

TaxEngineParty seller_of(InvoicingEntity const& entity) {
  TaxEngineParty party;
  party.name = entity.name;
  party.line1 = entity.address_line1.value_or("");
  party.city = entity.city.value_or("");
  party.zip = entity.zip_code.value_or("");
  party.state = entity.state.value_or("");
  party.country = entity.country;
  if (entity.tax_id) party.tax_ids.push_back(*entity.tax_id);
  return party;
}

TaxEngineParty buyer_of(Customer const& customer) {
  TaxEngineParty party;
  party.name = customer.name;
  if (customer.type) party.type = std::string(reflect::enum_name(*customer.type));
  party.is_government_affiliated = customer.is_government_affiliated;
  party.country = customer.country.value_or("");
  if (auto const& address = customer.billing_address) {
    party.line1 = address->line1;
    party.city = address->city;
    party.zip = address->zip;
    party.state = address->state.value_or("");
    party.country = address->country;
  }
  for (auto const& id : customer.tax_ids) {
    if (is_usable(id.status)) party.tax_ids.push_back(id.value);
  }
  return party;
}

TaxEngineQuestion question_about(InvoiceParties const& parties, InvoiceWithLines const& document,
                                 Instant now) {
  auto const& invoice = document.invoice;
  TaxEngineQuestion question;
  question.document_id = invoice.id.value;
  question.document_type = reflect::enum_name(invoice.type);
  question.date = TimeZone::find(invoice.timezone).value_or(TimeZone()).date_of(now);
  question.currency = invoice.currency;
  question.seller = seller_of(parties.entity);
  question.buyer = buyer_of(parties.customer);
  for (auto const& line : document.lines) {
    if (line.tax_rate_custom) continue;
    TaxEngineLine asked;
    asked.id = line.id.value;
    asked.name = line.name;
    if (line.product_id) asked.product_id = line.product_id->value;
    asked.quantity = line.units_count;
    asked.amount_excluding_tax = line.amount_excluding_tax;
    question.lines.push_back(std::move(asked));
  }
  return question;
}

// What the rates depend on: not the amounts and not the day, which change until the last moment.
std::string comparable(TaxEngineQuestion const& question) {
  Value text;
  for (auto const* party : {&question.seller, &question.buyer}) {
    Value of_party;
    for (auto const* part :
         {&party->line1, &party->city, &party->zip, &party->state, &party->country})
      of_party.push_back(*part);
    of_party.push_back(party->type.value_or(""));
    of_party.push_back(party->is_government_affiliated);
    for (auto const& id : party->tax_ids) of_party.push_back(id);
    text.push_back(std::move(of_party));
  }
  for (auto const& line : question.lines)
    text.push_back(Value(line.id + " " + line.product_id.value_or("")));
  return to_json_text(text);
}

void tax_line(InvoiceLine& line, std::optional<Exact> const& rate) {
  line.tax_rate = line.tax_rate_custom ? *line.tax_rate_custom : rate.value_or(Exact(0));
  line.tax_rate_id.reset();
  line.tax_category.reset();
  line.tax_reason.reset();
  if (!rate && !line.tax_rate_custom) return;  // not known yet
  line.tax_category = line.tax_rate.is_zero() ? TaxCategory::O : TaxCategory::S;
  line.tax_reason = line.tax_rate_custom ? TaxReason::line_rate : TaxReason::external;
}

bool is_unissued(Invoice const& invoice) {
  return !invoice.number &&
         (invoice.status == InvoiceStatus::draft || invoice.status == InvoiceStatus::grace_period ||
          invoice.status == InvoiceStatus::missing_info);
}

// The document of a row as it is now; nothing when there is nothing to ask any more.
struct Waiting {
  ExternalTax row;
  TaxEngineQuestion question;
  std::string text;
};
std::optional<Waiting> waiting_for(SqlSession& sql, Tenant const& tenant, ExternalTax const& row,
                                   Clock const& clock) {
  auto invoice = Records<Invoice>(sql, tenant).find(row.id.value);
  if (!invoice || !is_unissued(*invoice)) return std::nullopt;
  auto entity = Records<InvoicingEntity>(sql, tenant).find(invoice->invoicing_entity_id.value);
  auto customer = Records<Customer>(sql, tenant).find(invoice->customer_id.value);
  if (!entity || !customer) return std::nullopt;
  InvoiceWithLines const document{*invoice, invoice_lines(sql, tenant, invoice->id)};
  auto question = question_about({*entity, *customer}, document, tenant_now(sql, tenant, clock));
  auto text = comparable(question);
  return Waiting{row, std::move(question), std::move(text)};
}

// Keeps the answer and issues what waited for nothing else.
Result<void> record(UnitOfWork& work, Waiting const& waiting,
                    Result<std::map<std::string, Exact>> const& answer, Instant now) {
  auto invoice = work.records<Invoice>().find_for_update(waiting.row.id.value);
  auto rows = work.records<ExternalTax>();
  auto row = rows.find_for_update(waiting.row.id.value);
  if (!invoice || !row) return {};
  row->updated_at = now;
  row->failure.reset();
  if (!answer) {
    row->failure = answer.error().message;
    ++row->attempts;
    row->next_attempt_at = now + retry_after_ms(row->attempts);
    rows.update(*row);
    return {};
  }
  row->attempts = 0;
  row->question = waiting.text;
  row->answer = *answer;
  row->next_attempt_at = now + answer_lasts_ms;
  rows.update(*row);
  if (invoice->status == InvoiceStatus::missing_info) end_grace(work, *std::move(invoice));
  return {};
}

Result<void> forget(UnitOfWork& work, ExternalTax const& row) {
  work.records<ExternalTax>().erase(row.id.value);
  return {};
}

}  // namespace external_detail

bool apply_external_taxes(UnitOfWork& work, InvoiceParties const& parties,
                          InvoiceWithLines& document) {
  using namespace external_detail;
  auto const question = question_about(parties, document, work.now());
  auto const text = comparable(question);
  auto rows = work.records<ExternalTax>();
  auto const row = rows.find_for_update(document.invoice.id.value);
  // Nothing to ask when every rate was given by hand.
  bool const known = question.lines.empty() || (row && row->answer && row->question == text);
  if (!row && !known) {
    ExternalTax asked;
    asked.id = document.invoice.id;
    asked.question = text;
    asked.next_attempt_at = asked.created_at = asked.updated_at = work.services().clock.now();
    rows.insert(asked);
  }
  for (auto& line : document.lines) {
    std::optional<Exact> rate;
    if (known && row && row->answer) {
      if (auto const found = row->answer->find(line.id.value); found != row->answer->end())
        rate = found->second;
    }
    tax_line(line, rate);
  }
  bool taxed = false;
  for (auto const& line : document.lines) taxed = taxed || !line.tax_rate.is_zero();
  document.invoice.tax_scheme = taxed ? TaxScheme::standard : TaxScheme::not_eligible;
  document.invoice.tax_mention.reset();
  return known;
}

int ask_external_taxes(Services& services, Tenant const& tenant, int most) {
  using namespace external_detail;
  if (services.tax_engine == nullptr) return 0;
  Instant const now = services.clock.now();
  std::vector<Waiting> waiting;
  std::vector<ExternalTax> done;
  services.database.read([&](SqlSession& sql) {
    waiting.clear();
    done.clear();
    for (auto& row : Records<ExternalTax>(sql, tenant)
                         .where("id <> '' ORDER BY next_attempt_at, id LIMIT 200")) {
      auto document = waiting_for(sql, tenant, row, services.clock);
      if (!document) {
        done.push_back(std::move(row));
      } else if (row.next_attempt_at <= now || (row.answer && row.question != document->text)) {
        waiting.push_back(*std::move(document));
      }
    }
  });
  for (auto const& row : done)
    (void)in_unit(services, tenant, [&](UnitOfWork& work) { return forget(work, row); });
  int asked = 0;
  for (auto const& each : waiting) {
    if (asked++ == most) return most;
    auto const answer = services.tax_engine->rates(each.question);
    if (!answer) log::warn("tax engine, " + each.row.id.value + ": " + answer.error().message);
    (void)in_unit(services, tenant,
                  [&](UnitOfWork& work) { return record(work, each, answer, now); });
  }
  return asked;
}

}  // namespace tallybook
