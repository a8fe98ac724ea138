// The language of scenarios itself: what must fail does fail, at its line, saying why.
#include "scenarios/language/timeline.hpp"

namespace tallybook {

class ScenarioLanguage : public ::testing::Test {
 protected:
  // What a scenario comes to; empty when it holds.
  std::string told(std::string const& text) {
    book.open_account();
    try {
      return timeline::Timeline(book).run(timeline::read_script("x.scenario", text));
    } catch (timeline::Failure const& failure) {
      return "x.scenario:" + std::to_string(failure.line) + ": " + failure.what();
    }
  }
  void fails(std::string const& text, std::string const& place, std::string const& why = "") {
    auto const problem = told(text);
    EXPECT_TRUE(problem.starts_with("x.scenario:" + place + ": ")) << problem;
    EXPECT_NE(problem.find(why), std::string::npos) << problem;
  }
  testing::Installation book{Dialect::sqlite};
  // 100.00 a month from 1 January, with 20 % tax: lines 1 to 5.
  std::string const sold =
      "clock 2026-01-01\n"
      "customer acme tax 20\n"
      "product Platform fee 100.00 monthly\n"
      "subscription s1 for acme\n"
      "  Platform\n";
};

TEST_F(ScenarioLanguage, HoldsWhenEveryDocumentIsAsWritten) {
  EXPECT_EQ(
      told(sold + "expect invoice INV-1 to_pay on 2026-01-01 due 2026-01-31 for acme as first\n"
                  "  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n"
                  "  net 100.00 tax 20.00 total 120.00 due 120.00\n"
                  "expect nothing new\n"
                  "pay first 20.00\n"
                  "expect invoice INV-1 again partially_paid\n"
                  "  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n"
                  "  total 120.00 due 100.00\n"
                  "expect ledger\n"
                  "  receivable 100.00\n"
                  "  cash_clearing 20.00\n"
                  "  output_tax -20.00\n"
                  "  revenue -100.00\n"),
      "");
}

TEST_F(ScenarioLanguage, AWrongAmountIsShownInTwoColumns) {
  auto const problem = told(sold +
                            "expect invoice INV-1 to_pay\n"
                            "  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.01\n"
                            "  total 120.00\n");
  EXPECT_EQ(problem,
            "x.scenario:6: this document is not as expected\n"
            "    expected                                         |  actual\n"
            "    invoice INV-1 to_pay                             |  invoice INV-1 to_pay\n"
            "  ! Platform | 2026-01-01 - 2026-01-31 | 1 | 100.01  |  Platform | 2026-01-01 - "
            "2026-01-31 | 1 | 100.00\n"
            "    total 120.00                                     |  total 120.00\n");
}

TEST_F(ScenarioLanguage, EveryPartOfADocumentCounts) {
  for (auto const* head : {"INV-2 to_pay", "INV-1 paid", "INV-1 to_pay on 2026-01-02",
                           "INV-1 to_pay due 2026-01-01", "INV-1 to_pay of INV-9"}) {
    fails(sold + "expect invoice " + head +
              "\n  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n  total 120.00\n",
          "6", "not as expected");
  }
  for (auto const* row : {"Platform | 2026-01-02 - 2026-01-31 | 1 | 100.00",
                          "Platform | 2026-01-01 - 2026-02-01 | 1 | 100.00",
                          "Platform | 2026-01-01 - 2026-01-31 | 2 | 100.00",
                          "Support | 2026-01-01 - 2026-01-31 | 1 | 100.00"}) {
    fails(sold + "expect invoice INV-1 to_pay\n  " + row + "\n  total 120.00\n", "6",
          "not as expected");
  }
  // A missing line, a line too many, another kind of document, no sum at all.
  std::string const row = "  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n";
  fails(sold + "expect invoice INV-1 to_pay\n  total 120.00\n", "6");
  fails(sold + "expect invoice INV-1 to_pay\n" + row + row + "  total 120.00\n", "6");
  fails(sold + "expect credit note INV-1 to_pay\n" + row + "  total 120.00\n", "6");
  fails(sold + "expect invoice INV-1 to_pay\n" + row, "6", "what it sums to");
  fails(sold + "expect invoice INV-1 to_pay\n" + row + "  tax 19.99 net 100.00\n", "6");
}

TEST_F(ScenarioLanguage, WhatIsNotMentionedFails) {
  fails(sold, "4", "documents the scenario does not mention");
  std::string const first =
      "expect invoice INV-1 to_pay\n  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n"
      "  total 120.00\n";
  fails(sold + "expect nothing new\n", "6", "INV-1");
  fails(sold + first + first, "9", "there is none");
  fails(sold + first + "advance to 2026-02-01\n", "9", "INV-2");
}

TEST_F(ScenarioLanguage, SubscriptionsAnswersEventsAndTheLedgerAreCompared) {
  std::string const first =
      "expect invoice INV-1 to_pay\n  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n"
      "  total 120.00\n";
  fails(sold + first + "expect subscription s1 paused\n", "9", "active");
  fails(sold + first + "expect subscription s1 active\n  next_payment 2026-02-02\n", "9",
        "2026-02-01");
  fails(sold + first + "expect subscription s1 active\n  colour red\n", "10", "no field colour");
  fails(sold + first + "expect events subscription\n  subscription.created\n", "9",
        "subscription.activated");
  fails(sold + first + "expect ledger\n  receivable 120.00\n", "9", "revenue -100.00");
  fails(sold + first + "GET /v2/subscriptions/$s1\nexpect answer\n  status pending\n", "10",
        "active");
}

TEST_F(ScenarioLanguage, ARefusalStopsUnlessItIsExpected) {
  std::string const cancelled = sold +
                                "expect invoice INV-1 to_pay\n"
                                "  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n"
                                "  total 120.00\n"
                                "cancel s1\n";
  fails(cancelled + "cancel s1\n", "10", "answered 409");
  EXPECT_EQ(told(cancelled + "cancel s1\nexpect error 409 saying \"cancelled\"\n"), "");
  fails(cancelled + "cancel s1\nexpect error 400\n", "11", "error 409");
  fails(cancelled + "cancel s1\nexpect error 409 saying \"unpaid\"\n", "11");
  fails(cancelled + "cancel s1\nexpect error 409 field cancel_at\n", "11");
  fails(sold + "cancel s1\nexpect error 409\n", "7", "error 200");
}

TEST_F(ScenarioLanguage, WhatItDoesNotUnderstandStopsIt) {
  fails("clock 2026-02-30\n", "1", "expected a day");
  fails("clock 2026-01-01\nsing\n", "2", "does not know");
  fails("clock 2026-01-01 loudly\n", "1", "does not understand");
  fails("clock 2026-01-01\ncancel s9\n", "2", "nothing is named");
  fails("clock 2026-01-01\nproduct P fee x monthly\n", "2", "expected an amount");
  fails("clock 2026-01-01\nproduct P fee 1.00 sometimes\n", "2", "expected an interval");
  fails("clock 2026-01-01\nexpect rain\n", "2", "expects one of");
  fails("clock 2026-01-01\nPOST /v1/customers {\"name\": \"A\"\n", "2", "does not close");
  fails("clock \"2026\n", "1", "does not end");
  fails("\tclock 2026-01-01\n", "1", "a tab");
  fails("  clock 2026-01-01\n", "1", "under nothing");
}

TEST_F(ScenarioLanguage, CommentsNamesAndLongRequests) {
  auto const script = timeline::read_script(
      "x",
      "# One and\n# two.\n# rule: CYC-1, CYC-2\n\nclock 2026-01-01  # and now\n# rule: PRI-1\n");
  EXPECT_EQ(script.opening, "One and\ntwo.\n");
  EXPECT_EQ(script.rules, (std::vector<std::string>{"CYC-1", "CYC-2", "PRI-1"}));
  EXPECT_EQ(script.statements.size(), 1u);
  EXPECT_EQ(told("clock 2026-01-01\nPOST /v1/customers {\n  \"name\": \"A # b\",\n"
                 "  \"currency\": \"EUR\"\n} as a\nGET /v1/customers/$a\nexpect answer\n"
                 "  name \"A # b\"\nname again id\nGET /v1/customers/$again\n"),
            "");
}

// The same events in any order, one of them twice, and time in any steps: the same bill; so a
// scenario whose bill depends on them fails when it is told differently.
TEST_F(ScenarioLanguage, ToldDifferently_AWrongBillIsStillWrong) {
  auto const script =
      timeline::read_script("x.scenario", sold +
                                              "expect invoice INV-1 to_pay\n"
                                              "  Platform | 2026-01-01 - 2026-01-31 | 1 | 100.00\n"
                                              "  total 120.00\n"
                                              "advance to 2026-02-01\n"
                                              "expect invoice INV-2 to_pay\n"
                                              "  Platform | 2026-02-01 - 2026-02-28 | 1 | 101.00\n"
                                              "  total 120.00\n");
  book.open_account();
  auto const problem = timeline::Timeline(book, {7u, true, true}).run(script);
  EXPECT_TRUE(problem.starts_with("x.scenario:10: ")) << problem;
}

}  // namespace tallybook
