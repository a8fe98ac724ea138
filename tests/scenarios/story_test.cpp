// One story through everything that moves money, over HTTP on both databases: a card is declined,
// the retry is paid, part of the invoice is credited to the wallet, the next invoice is paid from
// it, and the books prove it (every scenario is verified at its end).
#include "support/installation.hpp"

namespace tallybook {

class Story : public testing::OnBothDatabases {};
TB_ON_BOTH_DATABASES(Story);

TEST_P(Story, DeclinedRetriedPaid_CreditedToTheWallet_NextInvoicePaidFromIt) {
  book.set_clock("2026-01-01T00:00:00Z");
  EXPECT_EQ(book.call("PATCH", "/v1/wallets/settings", R"({"enabled":true})").status, 200);
  auto const customer =
      book.customer(R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  // Declines twice, then pays.
  auto const token = book.post(
      "/v1/sandbox/payment-methods",
      R"({"card":{"number":"4970 0000 0000 1204","expiration_month":6,"expiration_year":2031}})");
  ASSERT_EQ(token.status, 201) << token.text;
  auto const method = book.post("/v1/customers/" + customer + "/payment-methods",
                                R"({"provider_name":"sandbox","provider_payment_method_id":")" +
                                    token.get("provider_payment_method_id") + "\"}");
  ASSERT_EQ(method.status, 201) << method.text;

  // 100.00 a month and tax.
  book.subscribe(customer, "[{\"id\":\"" + book.flat_fee("10000") + "\"}]");
  book.advance("2026-01-01T00:00:01Z");
  auto const first = book.get("/v2/invoices").get("data", "0", "id");
  auto shown = book.get("/v2/invoices/" + first);
  EXPECT_EQ(shown.get("status"), "to_pay");
  EXPECT_EQ(shown.get("transactions", "0", "status"), "failed");
  EXPECT_EQ(shown.get("transactions", "0", "error_type"), "declined");
  book.advance("2026-01-01T03:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + first).get("transactions", "1", "status"), "failed");
  book.advance("2026-01-02T00:00:00Z");
  shown = book.get("/v2/invoices/" + first);
  EXPECT_EQ(shown.get("status"), "paid");
  EXPECT_EQ(shown.get("transactions", "2", "amount"), "12000");
  EXPECT_EQ(shown.get("transactions", "2", "payment_method_type"), "card");

  auto const note =
      book.post("/v1/invoices/" + first + "/credit-notes",
                R"({"amount_including_tax":5000,"trigger_refund":true,"refund_method":"wallet"})");
  ASSERT_EQ(note.status, 201) << note.text;
  EXPECT_EQ(note.get("status"), "paid");
  EXPECT_EQ(note.get("tax_amount"), "833");
  auto const wallet = book.get("/v2/wallets?customer_id=" + customer);
  EXPECT_EQ(wallet.get("data", "0", "balance", "amount"), "5000");

  // The wallet pays 50.00 of the second invoice, the card the rest (WAL-5).
  book.advance("2026-02-02T00:00:00Z");
  auto const second = book.get("/v2/invoices?order=desc&type=invoice").get("data", "0", "id");
  EXPECT_NE(second, first);
  shown = book.get("/v2/invoices/" + second);
  EXPECT_EQ(shown.get("transactions", "0", "payment_method_type"), "wallet");
  EXPECT_EQ(shown.get("transactions", "0", "amount"), "5000");
  EXPECT_EQ(shown.get("transactions", "1", "payment_method_type"), "card");
  EXPECT_EQ(shown.get("transactions", "1", "amount"), "7000");
  EXPECT_EQ(shown.get("status"), "paid");
  EXPECT_EQ(shown.get("amount_due"), "0");
  EXPECT_EQ(book.get("/v2/wallets?customer_id=" + customer).get("data", "0", "balance", "amount"),
            "0");

  auto ledger = book.ledger();
  EXPECT_EQ(ledger["receivable"], 0);
  EXPECT_EQ(ledger["wallet_liability"], 0);
  EXPECT_EQ(ledger["refunds_payable"], 0);
  EXPECT_EQ(ledger["revenue"], -(20000 - 4167));
  EXPECT_EQ(ledger["output_tax"], -(4000 - 833));
  EXPECT_EQ(ledger["cash_clearing"] + ledger["provider_fees"], 19000);
  auto const proof = book.get("/v1/invoices/" + second + "/proof");
  EXPECT_EQ(proof.status, 200) << proof.text;
}

}  // namespace tallybook
