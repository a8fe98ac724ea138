// What each state of a subscription allows: every mutation is tried in every state. What is not
// allowed answers 409 with the state and the calls it allows, and changes nothing.
#include <map>
#include <set>

#include "app/verify/state_hash.hpp"
#include "support/installation.hpp"

namespace tallybook {

class States : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer();
    fee = book.flat_fee("3100");
  }
  std::string products() const { return "[{\"id\":\"" + fee + "\"}]"; }
  std::string in_state(std::string const& state) {
    if (state == "pending" || state == "voided") {
      auto const created =
          book.post("/v2/subscriptions", R"({"customer_id":")" + customer +
                                             R"(","activation_strategy":"manually","products":)" +
                                             products() + "}");
      EXPECT_EQ(created.status, 201) << created.text;
      auto const id = created.get("id");
      if (state == "voided") book.post("/v1/subscriptions/" + id + "/cancel", "{}");
      return id;
    }
    auto const id = book.subscribe(customer, products());
    if (state == "paused") book.post("/v1/subscriptions/" + id + "/pause", "{}");
    if (state == "cancelled") book.post("/v1/subscriptions/" + id + "/cancel", "{}");
    if (state == "archived") {
      auto const replaced = transition(id);
      EXPECT_EQ(replaced.status, 201) << replaced.text;
    }
    if (state == "errored") {
      book.database().write([&](SqlSession& sql) {
        return sql.execute(
                   "UPDATE subscriptions SET status = 'errored', next_due_at = NULL WHERE id = ?",
                   {id}) == 1;
      });
    }
    return id;
  }
  testing::Answer transition(std::string const& id) {
    return book.post(
        "/v2/subscriptions/transitions",
        R"({"source_subscription_id":")" + id +
            R"(","application_schedule":"immediately","target_subscription":{"products":)" +
            products() + "}}");
  }
  testing::Answer mutate(std::string const& name, std::string const& id) {
    std::string const one = "/v1/subscriptions/" + id + "/";
    std::string const update =
        R"("application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata",)";
    std::string const count =
        R"({"type":"update_count","payload":{"product_id":")" + fee + R"(","count":1}})";
    if (name == "activate") return book.post(one + "activate");
    if (name == "cancel") return book.post(one + "cancel", "{}");
    if (name == "pause") return book.post(one + "pause", "{}");
    if (name == "reactivate") return book.post(one + "reactivate");
    if (name == "reinstate") return book.post(one + "reinstate");
    if (name == "renew") return book.post(one + "renew", R"({"up_to":"2026-03-15T00:00:00Z"})");
    if (name == "next-phase") return book.post("/v2/subscriptions/" + id + "/next-phase", "{}");
    if (name == "refresh-seats")
      return book.post("/v2/subscriptions/" + id + "/refresh-seat-products");
    if (name == "put")
      return book.put("/v2/subscriptions/" + id,
                      R"({"phases":[{"type":"standard","products":)" + products() + "}]}");
    if (name == "transition") return transition(id);
    if (name == "update") return book.post(one + "update", "{" + update + count.substr(1));
    if (name == "simulate")
      return book.post(one + "simulate-updates", "{" + update + R"("updates":[)" + count + "]}");
    return book.post(one + "update-many", "{" + update + R"("updates":[)" + count + "]}");
  }
  // As a refusal names it.
  static std::string call_of(std::string const& mutation) {
    static std::map<std::string, std::string> const names = {
        {"next-phase", "next_phase"},
        {"refresh-seats", "refresh_seat_products"},
        {"put", "change_phases"},
        {"simulate", "update"},
        {"update-many", "update"}};
    auto const at = names.find(mutation);
    return at == names.end() ? mutation : at->second;
  }
  std::string hash() {
    std::string text;
    book.database().read([&](SqlSession& sql) { text = state_hash(sql, book.tenant()); });
    return text;
  }
  std::string customer, fee;
};
TB_ON_BOTH_DATABASES(States);

TEST_P(States, EveryMutationInEveryState_IsDoneOrRefusedWithTheState) {
  std::map<std::string, std::set<std::string>> const allowed = {
      {"activate", {"pending"}},
      {"cancel", {"pending", "active", "paused", "errored"}},
      {"pause", {"active", "paused"}},
      {"reactivate", {"paused", "errored"}},
      {"reinstate", {"cancelled"}},
      {"renew", {"active"}},
      {"next-phase", {}},  // there is one phase
      {"refresh-seats", {"active"}},
      {"put", {"pending", "active"}},
      {"transition", {"active"}},
      {"update", {"pending", "active"}},
      {"simulate", {"pending", "active"}},
      {"update-many", {"pending", "active"}}};
  for (std::string const state :
       {"pending", "active", "paused", "errored", "cancelled", "voided", "archived"}) {
    for (auto const& [mutation, states] : allowed) {
      auto const id = in_state(state);
      ASSERT_EQ(book.get("/v2/subscriptions/" + id).get("status"), state) << mutation;
      auto const before = hash();
      auto const answer = mutate(mutation, id);
      if (states.contains(state)) {
        EXPECT_TRUE(answer.status == 200 || answer.status == 201)
            << mutation << " of " << state << ": " << answer.text;
        continue;
      }
      EXPECT_EQ(answer.status, 409) << mutation << " of " << state << ": " << answer.text;
      EXPECT_EQ(
          answer.text.find("The subscription is " + (mutation == "next-phase" && state == "active"
                                                         ? "in its last phase"
                                                         : state + "; only")) != std::string::npos,
          true)
          << mutation << " of " << state << ": " << answer.text;
      EXPECT_EQ(hash(), before) << mutation << " of " << state;
      EXPECT_EQ(answer.get("state"), state) << answer.text;
      EXPECT_EQ(answer.get("type"), "Conflict");
      std::string const call = call_of(mutation);
      std::set<std::string> expected, said;
      for (auto const& [other, where] : allowed) {
        if (where.contains(state) && call_of(other) != call) expected.insert(call_of(other));
      }
      if (state == "paused" || state == "errored") expected.insert("change");
      if (state == "pending" || state == "active") expected.insert("change");
      for (auto const& each : *answer.at("allowed").as_array()) said.insert(*each.as_string());
      EXPECT_EQ(said, expected) << mutation << " of " << state << ": " << answer.text;
    }
  }
}

// What is allowed follows more than the status.
TEST_P(States, ARefusal_NamesTheCallsThatAreAllowed) {
  auto const allowed = [](testing::Answer const& answer) {
    EXPECT_EQ(answer.status, 409) << answer.text;
    return answer.get("state") + " " + answer.get("allowed");
  };
  auto const renewed = in_state("active");
  EXPECT_EQ(mutate("renew", renewed).status, 200);
  for (char const* const mutation : {"update", "transition", "put", "refresh-seats"}) {
    auto const answer = mutate(mutation, renewed);
    EXPECT_EQ(allowed(answer), R"(active ["cancel","pause","renew","change"])");
    EXPECT_NE(answer.get("message").find("renewed up to 2026-03-15"), std::string::npos);
  }
  // A planned end can be taken back.
  auto const ending = in_state("active");
  book.post("/v1/subscriptions/" + ending + "/cancel", R"({"cancel_at":"2026-06-01T00:00:00Z"})");
  EXPECT_EQ(allowed(mutate("activate", ending)),
            R"(active ["cancel","pause","reinstate","renew","refresh_seat_products",)"
            R"("update","transition","change","change_phases"])");
  // A next phase is there, or is not.
  std::string const phase = R"(,"products":[{"id":")" + fee + "\"}]}";
  auto const phased = book.post(
      "/v2/subscriptions",
      R"({"customer_id":")" + customer +
          R"(","phases":[{"type":"standard","activation_strategy":"start_date","end_strategy":"manual")" +
          phase +
          R"(,{"type":"standard","activation_strategy":"previous_phase_end","end_strategy":"forever")" +
          phase + "]}");
  ASSERT_EQ(phased.status, 201) << phased.text;
  EXPECT_NE(allowed(mutate("activate", phased.get("id"))).find("next_phase"), std::string::npos);
  EXPECT_EQ(mutate("reinstate", ending).status, 200);
  auto const over = in_state("cancelled");
  EXPECT_EQ(allowed(mutate("cancel", over)), R"(cancelled ["reinstate"])");
  EXPECT_EQ(allowed(mutate("activate", in_state("voided"))), "voided []");
  // Other conflicts, and other errors, have no such fields.
  EXPECT_EQ(mutate("cancel", "sub_none").body.find("state"), nullptr);
}

// What was read of a subscription can be put back as it is, whatever its phases end by.
TEST_P(States, PhasesAsTheyWereRead_ArePutBack) {
  std::string const head = R"({"customer_id":")" + customer + R"(","phases":[)";
  std::string const sells = R"("products":)" + products() + "}";
  std::string const forever =
      R"({"type":"standard","activation_strategy":"previous_phase_end","end_strategy":"forever",)" +
      sells + "]}";
  std::vector<std::string> targets;
  for (std::string const first :
       {R"("end_strategy":"duration","duration":{"count":2,"period":"months"},)",
        R"("end_strategy":"end_date","ends_at":"2026-03-31T23:59:59.999Z",)",
        R"("end_strategy":"manual","billing_date_setting":"specific_date",)"
        R"("initial_billing_at":"2026-01-20T00:00:00Z",)"}) {
    auto const created = book.post(
        "/v2/subscriptions", head + R"({"type":"standard","activation_strategy":"start_date",)" +
                                 first + sells + "," + forever);
    ASSERT_EQ(created.status, 201) << created.text;
    targets.push_back("/v2/subscriptions/" + created.get("id"));
  }
  auto const put_back = [&] {
    for (auto const& target : targets) {
      auto const before = book.get(target);
      auto const answer = book.put(target, "{\"phases\":" + before.get("phases") + "}");
      ASSERT_EQ(answer.status, 200) << target << answer.text;
      auto const after = book.get(target);
      ASSERT_EQ(after.at("phases").as_array()->size(), before.at("phases").as_array()->size());
      for (char const* const index : {"0", "1"}) {
        for (char const* const field : {"end_strategy", "duration", "ends_at", "starts_at",
                                        "initial_billing_at", "billing_date_setting", "status"})
          EXPECT_EQ(after.get("phases", index, field), before.get("phases", index, field))
              << target << " " << index << " " << field;
      }
    }
  };
  put_back();
  book.advance("2026-04-05T00:00:00Z");
  put_back();
}

}  // namespace tallybook
