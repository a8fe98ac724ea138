#include "app/tax/tax_numbers.hpp"

#include "domain/tax/territory.hpp"
#include "domain/tax/vat_number.hpp"

namespace tallybook {
namespace tax_numbers_detail {

bool is_registered_there(VatNumber const& number) {
  return is_member_state(number.country) || number.country == "XI";
}

std::optional<VatNumber> number_of(TaxId const& id, Customer const& customer) {
  return read_vat_number(id.value, customer.country.value_or(""));
}

// An answer about that number that may still be believed, whoever's it was.
std::optional<TaxNumberCheck> fresh_answer(Records<TaxNumberCheck> checks,
                                           std::string const& prefix, std::string const& number,
                                           Instant now) {
  return checks.first(
      "prefix = ? AND number = ? AND answer IS NOT NULL AND attempts = 0 AND next_check_at > ? "
      "ORDER BY answered_at DESC",
      {prefix, number, now.ms});
}

TaxIdStatus registered_status(UnitOfWork& work, Customer const& customer, VatNumber const& number) {
  auto checks = work.records<TaxNumberCheck>();
  if (auto const own = checks.first("customer_id = ? AND prefix = ? AND number = ?",
                                    {customer.id.value, number.prefix(), number.number}))
    return own->answer.value_or(TaxIdStatus::pending);
  Instant const now = work.services().clock.now();
  TaxNumberCheck check;
  if (auto known = fresh_answer(checks, number.prefix(), number.number, now)) check = *known;
  check.id = work.new_id<TaxNumberCheckTag>();
  check.customer_id = customer.id;
  check.prefix = number.prefix();
  check.number = number.number;
  if (!check.answer) check.next_check_at = now;
  checks.insert_if_new(check);
  return check.answer.value_or(TaxIdStatus::pending);
}

// Numbers the customer does not have any more are not asked about.
void forget_others(UnitOfWork& work, Customer const& customer) {
  auto checks = work.records<TaxNumberCheck>();
  for (auto const& check : checks.where("customer_id = ?", {customer.id.value})) {
    bool used = false;
    for (auto const& id : customer.tax_ids) {
      auto const number = number_of(id, customer);
      used = used || (number && number->text() == check.prefix + check.number);
    }
    if (!used) checks.erase(check.id.value);
  }
}

// The customer's number as the register knows it; whether anything changed.
bool write_down(Customer& customer, TaxNumberCheck const& check) {
  bool changed = false;
  for (auto& id : customer.tax_ids) {
    auto const number = number_of(id, customer);
    if (!number || number->text() != check.prefix + check.number || id.status == *check.answer)
      continue;
    id.status = *check.answer;
    changed = true;
  }
  return changed;
}

// Writes down what was said, unless somebody else did or the number is gone.
Result<void> record(UnitOfWork& work, TaxNumberCheck const& asked, RegisterAnswer answer,
                    Instant now) {
  auto checks = work.records<TaxNumberCheck>();
  // The customer first, as everywhere: two units that lock both never wait for each other.
  auto customer = work.records<Customer>().find_for_update(asked.customer_id.value);
  auto check = checks.find_for_update(asked.id.value);
  if (!check || check->next_check_at != asked.next_check_at) return {};
  if (!customer || customer->deleted_at) {
    checks.erase(check->id.value);
    return {};
  }
  if (answer == RegisterAnswer::unavailable) {
    ++check->attempts;
    check->next_check_at = now + retry_after_ms(check->attempts);
    checks.update(*check);
    return {};
  }
  check->attempts = 0;
  check->answer = answer == RegisterAnswer::valid ? TaxIdStatus::valid : TaxIdStatus::invalid;
  check->answered_at = now;
  check->next_check_at = now + answer_lasts_ms(*check->answer);
  checks.update(*check);
  if (!write_down(*customer, *check)) return {};
  customer->updated_at = work.now();
  work.records<Customer>().update(*customer);
  work.emit("customer.updated", customer->id, work.services().snapshots.customer(*customer));
  return {};
}

}  // namespace tax_numbers_detail

void check_tax_ids(std::vector<TaxId> const& tax_ids, std::vector<FieldError>& problems) {
  for (std::size_t i = 0; i < tax_ids.size(); ++i) {
    if (!may_be_tax_id(tax_ids[i].value))
      problems.push_back({"tax_ids[" + std::to_string(i) + "].value",
                          "expected a tax number of 1 to 64 printable characters"});
  }
}

void assess_tax_ids(UnitOfWork& work, Customer& customer) {
  using namespace tax_numbers_detail;
  for (auto& id : customer.tax_ids) {
    auto const number = number_of(id, customer);
    if (!number) {
      id.status = TaxIdStatus::unknown;
    } else if (!is_well_formed(*number)) {
      id.status = TaxIdStatus::invalid;
    } else if (work.services().tax_numbers == nullptr || !is_registered_there(*number)) {
      id.status = TaxIdStatus::valid;
    } else {
      id.status = registered_status(work, customer, *number);
    }
  }
  if (work.services().tax_numbers != nullptr) forget_others(work, customer);
}

int check_tax_numbers(Services& services, Tenant const& tenant, int most) {
  using namespace tax_numbers_detail;
  if (services.tax_numbers == nullptr) return 0;
  Instant const now = services.clock.now();
  std::vector<TaxNumberCheck> due;
  services.database.read([&](SqlSession& sql) {
    due = Records<TaxNumberCheck>(sql, tenant)
              .where("next_check_at <= ? ORDER BY next_check_at, id LIMIT ?",
                     {now.ms, std::int64_t{most}});
  });
  for (auto const& check : due) {
    // Outside of any transaction: the register may take its time.
    auto const answer = services.tax_numbers->check(check.prefix, check.number);
    auto const done = in_unit(services, tenant,
                              [&](UnitOfWork& work) { return record(work, check, answer, now); });
    (void)done;  // nothing in it is refused
  }
  return static_cast<int>(due.size());
}

}  // namespace tallybook
