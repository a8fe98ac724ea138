#include "app/invoice/crediting.hpp"

#include <algorithm>
#include <map>

#include "app/billing/organisation_billing.hpp"
#include "app/payment/payments.hpp"
#include "app/payment/refunds.hpp"
#include "app/payment/settling.hpp"
#include "base/assert.hpp"
#include "domain/invoice/crediting.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace crediting_detail {

// What issued notes took from each line of the invoice.
std::map<std::string, CreditedSoFar> credited(UnitOfWork& work, InvoiceId const& invoice) {
  std::map<std::string, CreditedSoFar> sums;
  work.sql().query(
      "SELECT l.original_line_item_id, CAST(SUM(l.amount_excluding_tax) AS BIGINT), "
      "CAST(SUM(l.tax_amount) AS BIGINT) FROM invoices n JOIN invoice_lines l ON l.invoice_id = "
      "n.id WHERE n.account_id = ? AND n.mode = ? AND n.original_invoice_id = ? AND n.number IS "
      "NOT NULL AND l.original_line_item_id IS NOT NULL GROUP BY l.original_line_item_id",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), invoice.value},
      [&](SqlRow const& row) {
        sums[std::string(row.text(0))] = {row.integer(1), row.integer(2)};
      });
  // Credits that lowered a later invoice instead of being a note (changes of a subscription), less
  // what notes on that invoice took of them.
  work.sql().query(
      "SELECT l.original_line_item_id, CAST(SUM((CASE WHEN o.amount_excluding_tax < 0 THEN -1 ELSE "
      "1 END) * (ABS(l.amount_excluding_tax) - COALESCE((SELECT "
      "SUM(ABS(u.amount_excluding_tax)) FROM invoice_lines u JOIN invoices m ON m.id = "
      "u.invoice_id WHERE u.account_id = l.account_id AND u.mode = l.mode AND "
      "u.original_line_item_id = l.id AND m.number IS NOT NULL), 0))) AS BIGINT), "
      "CAST(SUM((CASE WHEN o.tax_amount < 0 THEN -1 ELSE 1 END) * (ABS(l.tax_amount) - "
      "COALESCE((SELECT SUM(ABS(u.tax_amount)) FROM invoice_lines u "
      "JOIN invoices m ON m.id = u.invoice_id WHERE u.account_id = l.account_id AND u.mode = "
      "l.mode AND u.original_line_item_id = l.id AND m.number IS NOT NULL), 0))) AS BIGINT) FROM "
      "invoice_lines o JOIN invoice_lines l ON l.original_line_item_id = o.id JOIN invoices n ON "
      "n.id = l.invoice_id WHERE o.account_id = ? AND o.mode = ? AND o.invoice_id = ? AND "
      "l.entry_type = 'credit' AND n.original_invoice_id IS NULL AND n.status NOT IN ('closed', "
      "'archived') GROUP BY l.original_line_item_id",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), invoice.value},
      [&](SqlRow const& row) {
        auto& sum = sums[std::string(row.text(0))];
        sum.net += row.integer(1);
        sum.tax += row.integer(2);
      });
  return sums;
}

struct Original {
  Invoice invoice;  // locked
  std::vector<InvoiceLine> lines;
  std::vector<CreditableLine> left;  // one per line
};

Original load(UnitOfWork& work, InvoiceId const& id) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  TB_ASSERT(invoice.has_value());
  Original original{*std::move(invoice), invoice_lines(work.sql(), work.tenant(), id), {}};
  auto const sums = credited(work, id);
  for (auto const& line : original.lines) {
    CreditableLine left{line.amount_excluding_tax, line.tax_amount, line.tax_rate, {}};
    if (auto const found = sums.find(line.id.value); found != sums.end())
      left.credited = found->second;
    original.left.push_back(std::move(left));
  }
  return original;
}

std::int64_t left_with_tax(Original const& original) {
  std::int64_t sum = 0;
  for (auto const& line : original.left) {
    auto const rest = creditable(line);
    sum = checked_add(sum, checked_add(rest.net, rest.tax));
  }
  return sum;
}

// What another document gave back of it stands there: a void invoice would have it given back
// twice.
Result<void> refuse_when_given_back(UnitOfWork& work, Invoice const& invoice) {
  if (left_with_tax(load(work, invoice.id)) >= invoice.amount_due) return {};
  std::string documents;
  work.sql().query(
      "SELECT DISTINCT n.number, n.id FROM invoice_lines o JOIN invoice_lines l ON "
      "l.original_line_item_id = o.id JOIN invoices n ON n.id = l.invoice_id WHERE o.account_id = "
      "? AND o.mode = ? AND o.invoice_id = ? AND l.entry_type = 'credit' AND "
      "n.original_invoice_id IS NULL AND n.status NOT IN ('closed', 'archived') ORDER BY n.id",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), invoice.id.value},
      [&](SqlRow const& row) {
        documents += documents.empty() ? "" : ", ";
        documents += row.is_null(0) ? std::string(row.text(1)) : std::string(row.text(0));
      });
  return fail(errors::conflict(
      "The invoice is to_pay and " + documents +
      " gave back a part of it; void that first, or credit what is left with a credit note"));
}

// The line of a note that credits `credit` of the original.
InvoiceLine note_line(UnitOfWork& work, CreditPart const& part, LineCredit const& credit,
                      TimeZone const& zone) {
  auto const& original = part.original;
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.entry_type = credit.net < 0 || credit.tax < 0 ? EntryType::debit : EntryType::credit;
  line.name = part.name;
  line.description = original.description;
  line.product_id = original.product_id;
  line.product_type = original.product_type;
  line.bundle_items = original.bundle_items;
  line.subscription_line_id = original.subscription_line_id;
  line.period_start_on = original.period_start_on;
  line.period_end_on = original.period_end_on;
  line.period_starts_at = original.period_starts_at;
  line.period_ends_at = original.period_ends_at;
  if (part.period) {
    line.period_start_on = part.period->start;
    line.period_end_on = part.period->end;
    auto const range = to_instants(*part.period, zone);
    line.period_starts_at = part.from.value_or(range.start);
    line.period_ends_at = std::min(range.end, original.period_ends_at.value_or(range.end));
  }
  Exact const units = part.units.value_or(original.units_count);
  line.units_count = units.is_zero() ? Exact(1) : units;
  line.exact_amount = credit.net;
  line.unit_amount = line.exact_amount / line.units_count;
  line.display_unit_amount = false;
  line.amount_excluding_tax = credit.net;
  line.tax_rate = original.tax_rate;
  line.tax_category = original.tax_category;
  line.tax_rate_id = original.tax_rate_id;
  line.tax_reason = original.tax_reason;
  line.tax_amount = credit.tax;
  line.amount = checked_add(credit.net, credit.tax);
  line.original_line_item_id = original.id;
  line.charge.emplace();
  line.charge->kind = ChargeKind::change_credit;
  line.charge->credit = part.facts;
  return line;
}

InvoiceWithLines new_note(UnitOfWork& work, InvoiceParties const& parties, Invoice const& original,
                          std::optional<RefundMethod> refund_method) {
  InvoiceWithLines note{new_document(work, parties, InvoiceType::credit_note, original.currency),
                        {}};
  auto& invoice = note.invoice;
  invoice.timezone = original.timezone;
  invoice.original_invoice_id = original.id;
  invoice.original_invoice_number = original.number;
  invoice.subscription_id = original.subscription_id;
  invoice.purchase_order = original.purchase_order;
  invoice.tax_scheme = original.tax_scheme;
  invoice.tax_mention = original.tax_mention;
  invoice.revenue_kind = original.revenue_kind;
  invoice.seller = original.seller;
  invoice.customer = original.customer;
  invoice.refund_method = refund_method;
  return note;
}

void complete(InvoiceWithLines& note) {
  auto& invoice = note.invoice;
  int position = 0;
  for (auto& line : note.lines) {
    line.invoice_id = invoice.id;
    line.position = position++;
    if (line.period_starts_at &&
        (!invoice.period_starts_at || *line.period_starts_at < *invoice.period_starts_at))
      invoice.period_starts_at = line.period_starts_at;
    if (line.period_ends_at &&
        (!invoice.period_ends_at || *line.period_ends_at > *invoice.period_ends_at))
      invoice.period_ends_at = line.period_ends_at;
  }
  sum_totals(invoice, note.lines);
}

// Issues the note against its invoice and stores both; then money moves as the method says.
Result<void> issue_note(UnitOfWork& work, InvoiceParties const& parties, Invoice& original,
                        InvoiceWithLines& note, bool stored) {
  auto& invoice = note.invoice;
  invoice.amount_credited = std::min(original.amount_due, invoice.total_amount);
  issue(work, parties, note);
  if (stored) {
    work.records<Invoice>().update(invoice);
    for (auto const& line : note.lines) work.records<InvoiceLine>().update(line);
  } else {
    work.records<Invoice>().insert(invoice);
    for (auto const& line : note.lines) work.records<InvoiceLine>().insert(line);
  }
  bool const was_owed = original.amount_due > 0;
  original.amount_credited = checked_add(original.amount_credited, invoice.amount_credited);
  update_settlement(original, work.now());
  work.records<Invoice>().update(original);
  if (was_owed && original.amount_due == 0 && original.status == InvoiceStatus::paid) {
    work.emit("invoice.settled", original.customer_id,
              work.services().snapshots.invoice(
                  original, invoice_lines(work.sql(), work.tenant(), original.id)));
  }
  set_off_elsewhere(work, original, invoice);
  TB_CHECK(settle_note(work, invoice));
  work.records<Invoice>().update(invoice);
  refer_to_note(work, note);
  return {};
}

std::string state(Invoice const& invoice) {
  return std::string(reflect::enum_name(invoice.status));
}

// CRN-2: what may be credited at all.
Result<void> may_credit(Invoice const& invoice) {
  bool const status =
      invoice.status == InvoiceStatus::to_pay || invoice.status == InvoiceStatus::partially_paid ||
      invoice.status == InvoiceStatus::paid || invoice.status == InvoiceStatus::error;
  if (invoice.type == InvoiceType::credit_note)
    return fail(errors::conflict("A credit note cannot be credited; invoices can"));
  if (!status)
    return fail(errors::conflict("The invoice is " + state(invoice) +
                                 "; a credit note is made for one that is to_pay, partially_paid, "
                                 "paid or error"));
  if (invoice.imported.value_or(false))
    return fail(errors::conflict(
        "The invoice was imported; credit it with a credit note of its own (POST /v1/invoices)"));
  if (invoice.revenue_kind == RevenueKind::wallet)
    return fail(errors::conflict("The document is a wallet's; revert the load instead"));
  return {};
}

Result<std::vector<LineCredit>> wanted_credits(Original const& original,
                                               NewCreditNote const& wanted) {
  if (!wanted.lines.empty()) {
    std::vector<LineCredit> credits(original.lines.size());
    for (std::size_t i = 0; i < wanted.lines.size(); ++i) {
      std::string const path = "line_items[" + std::to_string(i) + "]";
      auto const& request = wanted.lines[i];
      auto const at = std::ranges::find(original.lines, request.line_item_id,
                                        [](InvoiceLine const& line) { return line.id.value; });
      if (at == original.lines.end())
        return fail(errors::invalid_field(path + ".line_item_id", "the invoice has no such line"));
      auto const index = static_cast<std::size_t>(at - original.lines.begin());
      if (credits[index] != LineCredit{})
        return fail(errors::invalid_field(path + ".line_item_id", "named twice"));
      std::optional<Exact> net;
      if (request.amount_excluding_tax) net = Exact(*request.amount_excluding_tax);
      auto credit = credit_line(original.left[index], net);
      if (!credit)
        return fail(errors::invalid_field(path + ".amount_excluding_tax", credit.error().message));
      credits[index] = *credit;
    }
    return credits;
  }
  std::int64_t const left = left_with_tax(original);
  auto credits = credit_by_total(original.left, wanted.amount_including_tax.value_or(left));
  if (!credits && wanted.amount_including_tax)
    return fail(errors::invalid_field("amount_including_tax", credits.error().message));
  return credits;
}

// What each line of the note comes from: what was asked for, or all that is left.
std::vector<CreditFacts> facts_of(Original const& original, NewCreditNote const& wanted,
                                  std::vector<LineCredit> const& credits) {
  std::vector<CreditFacts> facts(credits.size());
  std::int64_t const total = left_with_tax(original);
  std::int64_t const asked = wanted.amount_including_tax.value_or(total);
  for (std::size_t i = 0; i < credits.size(); ++i) {
    auto const rest = creditable(original.left[i]);
    if (credits[i].net == rest.net) {
      facts[i].left = Exact(rest.net);
    } else if (!wanted.lines.empty()) {
      facts[i].asked = AskedCredit{Exact(credits[i].net), 1, {}, 0};
    } else {
      Exact const share = Exact::fraction(checked_add(rest.net, rest.tax), total);
      Exact const rounding = Exact(credits[i].net) + Exact(credits[i].tax) - Exact(asked) * share;
      facts[i].asked = AskedCredit{Exact(asked), share, Exact(credits[i].tax), rounding};
    }
  }
  return facts;
}

// The entity's usual way where none is named: to the wallet, if there can be one.
std::optional<RefundMethod> usual_method(UnitOfWork& work, InvoicingEntity const& entity,
                                         Invoice const& original,
                                         std::optional<RefundMethod> wanted) {
  if (wanted || !entity.credit_note_wallet_refund_enabled) return wanted;
  if (!wallet_takes_refunds(work, original.customer_id, original.currency)) return wanted;
  return RefundMethod::wallet;
}

}  // namespace crediting_detail

std::int64_t issue_credit_note(UnitOfWork& work, InvoiceParties const& parties, InvoiceId const& id,
                               std::vector<CreditPart> parts,
                               std::optional<RefundMethod> refund_method) {
  auto original = crediting_detail::load(work, id);
  auto const zone = TimeZone::find(original.invoice.timezone).value_or(TimeZone());
  auto method =
      crediting_detail::usual_method(work, parties.entity, original.invoice, refund_method);
  // Planned when wallets were on: what is owed waits for a person.
  if (method == RefundMethod::wallet &&
      !wallet_takes_refunds(work, original.invoice.customer_id, original.invoice.currency))
    method.reset();
  auto note = crediting_detail::new_note(work, parties, original.invoice, method);
  for (auto& part : parts) {
    for (std::size_t i = 0; i < original.lines.size(); ++i) {
      if (original.lines[i].id != part.original.id) continue;
      auto& left = original.left[i];
      auto const rest = creditable(left);
      std::optional<Exact> net = part.net;
      auto& facts = part.facts;
      if (net && !facts.charged && !facts.asked) facts.asked = AskedCredit{*net, 1, {}, 0};
      bool const all = net && (rest.net < 0 ? *net <= Exact(rest.net) : *net >= Exact(rest.net));
      if (all) net.reset();
      if (!net) facts.asked.reset();
      facts.left = Exact(rest.net);
      auto const credit = credit_line(left, net);
      if (!credit || *credit == LineCredit{}) continue;
      left.credited.net += credit->net;
      left.credited.tax += credit->tax;
      note.lines.push_back(crediting_detail::note_line(work, part, *credit, zone));
    }
  }
  crediting_detail::complete(note);
  if (note.lines.empty() || note.invoice.total_amount <= 0) return 0;
  auto const settled = crediting_detail::issue_note(work, parties, original.invoice, note, false);
  TB_ASSERT(settled.has_value());
  return note.invoice.amount_excluding_tax;
}

std::int64_t left_to_credit(UnitOfWork& work, InvoiceId const& id,
                            std::optional<InvoiceLineId> const& line) {
  auto const original = crediting_detail::load(work, id);
  std::int64_t left = 0;
  for (std::size_t i = 0; i < original.lines.size(); ++i) {
    if (!line || original.lines[i].id == *line)
      left = checked_add(left, creditable(original.left[i]).net);
  }
  return left;
}

std::int64_t issue_credit_note_over(UnitOfWork& work, InvoiceParties const& parties,
                                    InvoiceId const& id, std::int64_t net, std::string const& name,
                                    std::optional<RefundMethod> refund_method) {
  auto const original = crediting_detail::load(work, id);
  std::int64_t const left = left_to_credit(work, id, std::nullopt);
  std::int64_t const asked = std::min(net, left);
  auto const credits = credit_by_net(original.left, asked);
  if (!credits) return 0;
  std::vector<CreditPart> parts;
  for (std::size_t i = 0; i < credits->size(); ++i) {
    Exact const credited((*credits)[i].net);
    if (credited.is_zero()) continue;
    CreditFacts facts;
    Exact const share = Exact::fraction(creditable(original.left[i]).net, left);
    Exact const rounding = credited - Exact(asked) * share;
    facts.asked = AskedCredit{Exact(asked), share, {}, rounding};
    parts.push_back({original.lines[i], credited, name, {}, {}, std::move(facts)});
  }
  return issue_credit_note(work, parties, id, std::move(parts), refund_method);
}

Result<InvoiceWithLines> create_credit_note(UnitOfWork& work, InvoiceId const& id,
                                            NewCreditNote const& wanted) {
  if (!work.records<Invoice>().find(id.value)) return fail(errors::not_found("Invoice"));
  auto original = crediting_detail::load(work, id);
  TB_CHECK(crediting_detail::may_credit(original.invoice));
  if (crediting_detail::left_with_tax(original) <= 0)
    return fail(errors::conflict("The invoice is " + crediting_detail::state(original.invoice) +
                                 " and fully credited; nothing is left to credit"));
  TB_TRY(credits, crediting_detail::wanted_credits(original, wanted));
  TB_TRY(parties,
         parties_of(work, original.invoice.invoicing_entity_id, original.invoice.customer_id));
  auto const zone = TimeZone::find(original.invoice.timezone).value_or(TimeZone());
  auto method = wanted.refund_method;
  if (wanted.refund_by_default && !method)
    method = crediting_detail::usual_method(work, parties.entity, original.invoice, {})
                 .value_or(RefundMethod::original_payment_method);
  auto note = crediting_detail::new_note(work, parties, original.invoice, method);
  note.invoice.custom_note = wanted.custom_note;
  auto const facts = crediting_detail::facts_of(original, wanted, credits);
  for (std::size_t i = 0; i < credits.size(); ++i) {
    if (credits[i] == LineCredit{}) continue;
    note.lines.push_back(crediting_detail::note_line(
        work, {original.lines[i], {}, original.lines[i].name, {}, {}, facts[i]}, credits[i], zone));
  }
  crediting_detail::complete(note);
  if (note.lines.empty() || note.invoice.total_amount <= 0)
    return fail(errors::unprocessable("The credit note would be " +
                                      std::to_string(note.invoice.total_amount) +
                                      " in total; expected an amount above 0"));
  if (wanted.draft) {
    note.invoice.status = InvoiceStatus::draft;
    work.records<Invoice>().insert(note.invoice);
    for (auto const& line : note.lines) work.records<InvoiceLine>().insert(line);
    return note;
  }
  TB_CHECK(crediting_detail::issue_note(work, parties, original.invoice, note, false));
  return note;
}

Result<void> issue_drafted_note(UnitOfWork& work, InvoiceWithLines& note) {
  TB_ASSERT(note.invoice.original_invoice_id.has_value());
  auto original = crediting_detail::load(work, *note.invoice.original_invoice_id);
  TB_CHECK(crediting_detail::may_credit(original.invoice));
  for (auto const& line : note.lines) {
    for (std::size_t i = 0; i < original.lines.size(); ++i) {
      if (original.lines[i].id != line.original_line_item_id) continue;
      auto const rest = creditable(original.left[i]);
      bool const fits = std::abs(line.amount_excluding_tax) <= std::abs(rest.net) &&
                        std::abs(line.tax_amount) <= std::abs(rest.tax);
      if (!fits)
        return fail(errors::conflict("Since it was drafted, line " + line.name +
                                     " of the invoice was credited: " + std::to_string(rest.net) +
                                     " minor units without tax are left"));
    }
  }
  TB_TRY(parties, parties_of(work, note.invoice.invoicing_entity_id, note.invoice.customer_id));
  return crediting_detail::issue_note(work, parties, original.invoice, note, true);
}

Result<InvoiceWithLines> void_invoice(UnitOfWork& work, InvoiceId const& id) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  // An advance that could not be collected can be given up as well.
  bool const failed_advance = invoice->revenue_kind == RevenueKind::wallet &&
                              invoice->status == InvoiceStatus::error && invoice->amount_paid == 0;
  bool const open = invoice->status == InvoiceStatus::to_pay || failed_advance;
  if (!open || invoice->type == InvoiceType::credit_note)
    return fail(errors::conflict(
        "The " +
        std::string(invoice->type == InvoiceType::credit_note ? "credit note" : "invoice") +
        " is " + crediting_detail::state(*invoice) +
        "; only an invoice that is to_pay can be voided"));
  TB_CHECK(refuse_while_collecting(work, *invoice));
  if (invoice->revenue_kind == RevenueKind::wallet) {
    // An advance nobody paid posted nothing: there is nothing to credit.
    invoice->reverted_at = work.now();
    invoice->collect_at.reset();
    update_settlement(*invoice, work.now());
    work.records<Invoice>().update(*invoice);
  } else {
    TB_CHECK(crediting_detail::refuse_when_given_back(work, *invoice));
    TB_CHECK(create_credit_note(work, id, {}));
  }
  auto voided = work.records<Invoice>().find(id.value);
  TB_ASSERT(voided && voided->status == InvoiceStatus::voided);
  cancel_planned(work, id);
  InvoiceWithLines document{*std::move(voided), invoice_lines(work.sql(), work.tenant(), id)};
  work.emit("invoice.voided", document.invoice.customer_id,
            work.services().snapshots.invoice(document.invoice, document.lines));
  return document;
}

Result<InvoiceWithLines> write_off(UnitOfWork& work, InvoiceId const& id) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  bool const may = takes_payment(*invoice) && invoice->status != InvoiceStatus::uncollectible;
  if (!may || invoice->revenue_kind == RevenueKind::wallet)
    return fail(errors::conflict("The invoice is " + crediting_detail::state(*invoice) +
                                 "; one that is to_pay, partially_paid or error can be written "
                                 "off as uncollectible"));
  TB_CHECK(refuse_while_collecting(work, *invoice));
  invoice->written_off_at = work.now();
  invoice->status = InvoiceStatus::to_pay;
  invoice->collect_at.reset();
  update_settlement(*invoice, work.now());
  work.records<Invoice>().update(*invoice);
  work.post(EntryKind::written_off, invoice->invoicing_entity_id, invoice->customer_id,
            invoice->currency, id.value + "/written_off",
            postings_of(EntryKind::written_off, {{PostedAmount::amount, invoice->amount_due}}));
  cancel_planned(work, id);
  InvoiceWithLines document{*std::move(invoice), invoice_lines(work.sql(), work.tenant(), id)};
  return document;
}

Result<void> settle_note(UnitOfWork& work, Invoice& note) {
  if (!note.refund_method || note.amount_due == 0) return {};
  switch (*note.refund_method) {
    case RefundMethod::external:
      refund_outside(work, note);
      break;
    case RefundMethod::wallet:
      return refund_to_wallet(work, note);
    case RefundMethod::original_payment_method:
      refund_to_original(work, note);
      break;
  }
  return {};
}

}  // namespace tallybook
