// `tallybook events import`: a CSV file into a stopped folder or a running server.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "app/customer/customers.hpp"
#include "app/usage/event_import.hpp"
#include "http/client/http_client.hpp"
#include "main/commands.hpp"
#include "main/node.hpp"
#include "reflect/value.hpp"
#include "store/events/decode/event_decoder.hpp"

namespace tallybook {
namespace import_command {

constexpr int unusable = 2;

struct UnusableArguments : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Straight into the stores of a stopped installation, through the same decoder as the API.
class FolderSink final : public ImportSink {
 public:
  FolderSink(Node& node, Tenant tenant, std::string const& customer, std::string event_type)
      : node_(node), tenant_(std::move(tenant)), event_type_(std::move(event_type)) {
    node_.database().read([&](SqlSession& sql) {
      if (auto const found = find_customer_by_reference(sql, tenant_, customer))
        customer_id_ = found->id.value;
    });
    if (customer_id_.empty())
      throw UnusableArguments("no customer has the id or external id " + customer);
  }

  std::vector<Refused> store(std::string const& body) override {
    auto events = decode_events(body);
    if (!events) throw std::runtime_error(events.error().message);
    std::vector<Refused> refused;
    std::vector<EventToStore> rows;
    rows.reserve(events->size());
    for (std::size_t i = 0; i < events->size(); ++i) {
      auto& event = (*events)[i];
      if (event.accepted()) {
        rows.push_back({tenant_, customer_id_, event.event_type, event.record_id, event.timestamp,
                        std::move(event.record_json)});
      } else {
        refused.push_back({i, event.reason.substr(event.reason.find('.') + 1)});
      }
    }
    if (!rows.empty()) node_.events().append(std::move(rows));
    return refused;
  }

  std::unordered_set<std::string> existing(std::vector<std::string> const& record_ids) override {
    std::unordered_set<std::string> ids;
    if (record_ids.empty()) return ids;
    EventListQuery query;
    query.tenant = tenant_;
    query.event_type = event_type_;
    query.record_ids = record_ids;
    query.take = record_ids.size();
    for (auto& event : node_.events().list(query).events) ids.insert(std::move(event.record_id));
    return ids;
  }

 private:
  Node& node_;
  Tenant tenant_;
  std::string event_type_;
  std::string customer_id_;
};

// One connection to a server, kept between calls.
class ServerSink final : public ImportSink {
 public:
  ServerSink(std::string const& url, std::string const& key, std::string const& customer,
             std::string event_type)
      : client_(url, {"Content-Type: application/json", "Authorization: Bearer " + key}),
        event_type_(std::move(event_type)) {
    if (!knows(customer))
      throw UnusableArguments("no customer has the id or external id " + customer);
  }

  std::vector<Refused> store(std::string const& body) override {
    auto const answer = call("/v1/events/batch", &body);
    if (answer.status != 201)
      throw std::runtime_error("the server answered " + std::to_string(answer.status) + ": " +
                               answer.body.substr(0, 300));
    auto const value = parse_json(answer.body);
    auto const* failed = value ? value->find("events_failed") : nullptr;
    if (failed == nullptr || failed->as_array() == nullptr)
      throw std::runtime_error("the server's answer cannot be read");
    std::vector<Refused> refused;
    for (auto const& event : *failed->as_array()) {
      auto const* field = event.find("reason");
      auto const* reason = field != nullptr ? field->as_string() : nullptr;
      // "[17].timestamp: ..." names the place in the batch.
      if (reason == nullptr || !reason->starts_with('['))
        throw std::runtime_error("the server refused an event without saying which");
      refused.push_back({static_cast<std::size_t>(std::strtoull(reason->c_str() + 1, nullptr, 10)),
                         reason->substr(reason->find('.') + 1)});
    }
    return refused;
  }

  std::unordered_set<std::string> existing(std::vector<std::string> const& record_ids) override {
    constexpr std::size_t most_ids = 100;  // a page of the list
    constexpr std::size_t most_bytes = 6'000;
    std::unordered_set<std::string> ids;
    for (std::size_t at = 0; at < record_ids.size();) {
      std::string path = "/v1/events?take=100&event_type=" + client_.escaped(event_type_);
      for (std::size_t n = 0; at < record_ids.size() && n < most_ids && path.size() < most_bytes;
           ++n, ++at)
        path += "&record_id__in=" + client_.escaped(record_ids[at]);
      auto const answer = call(path, nullptr);
      auto const value =
          answer.status == 200 ? parse_json(answer.body) : Result<Value>(fail(errors::invalid("")));
      auto const* data = value ? value->find("data") : nullptr;
      if (data == nullptr || data->as_array() == nullptr)
        throw std::runtime_error("the server answered " + std::to_string(answer.status) + ": " +
                                 answer.body.substr(0, 300));
      for (auto const& event : *data->as_array()) {
        auto const* record = event.find("record");
        auto const* id = record != nullptr ? record->find("id") : nullptr;
        if (id == nullptr) continue;
        ids.insert(id->as_string() != nullptr ? *id->as_string() : to_json_text(*id));
      }
    }
    return ids;
  }

 private:
  // POST with a body, GET without.
  HttpClient::Answer call(std::string const& path, std::string const* body) {
    auto answer = body != nullptr ? client_.post(path, *body) : client_.get(path);
    if (answer.status == 401 || answer.status == 403)
      throw UnusableArguments("the server does not accept the API key for this");
    return answer;
  }

  bool knows(std::string const& customer) {
    if (call("/v1/customers/" + client_.escaped(customer), nullptr).status == 200) return true;
    auto const answer =
        call("/v1/customers?take=1&external_id=" + client_.escaped(customer), nullptr);
    auto const value =
        answer.status == 200 ? parse_json(answer.body) : Result<Value>(fail(errors::invalid("")));
    auto const* data = value ? value->find("data") : nullptr;
    return data != nullptr && data->as_array() != nullptr && !data->as_array()->empty();
  }

  HttpClient client_;
  std::string event_type_;
};

std::string test_or_live_account(Node& node) {
  std::string account;
  node.database().read([&](SqlSession& sql) {
    sql.query("SELECT id FROM accounts ORDER BY created_at, id LIMIT 1", {},
              [&](SqlRow const& row) { account = row.text(0); });
  });
  return account;
}

// A bar on standard error, only for people.
std::function<void(std::uint64_t)> progress_bar(std::uint64_t size) {
  if (::isatty(STDERR_FILENO) == 0 || size == 0) return {};
  return [size](std::uint64_t bytes) {
    int const percent = static_cast<int>(bytes * 100 / size);
    std::string const done(static_cast<std::size_t>(std::min(percent, 100) / 2), '#');
    std::fprintf(stderr, "\r[%-50s] %3d %%%s", done.c_str(), percent, bytes >= size ? "\n" : "");
    std::fflush(stderr);
  };
}

int run(ImportFile const& wanted, ImportSink& sink, std::ifstream& file, std::uint64_t size) {
  ImportTerms const terms{
      wanted.customer, wanted.event_type, wanted.timestamp_column,
      wanted.record_id_column.empty() ? std::nullopt : std::optional(wanted.record_id_column)};
  auto const report = import_events(file, terms, sink, progress_bar(size));
  if (!report) throw UnusableArguments(wanted.file + ": " + report.error().message);
  for (auto const& row : report->first_refused)
    std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(row.line),
                 row.reason.c_str());
  if (report->refused > report->first_refused.size()) {
    std::fprintf(stderr, "and %llu more\n",
                 static_cast<unsigned long long>(report->refused - report->first_refused.size()));
  }
  std::printf("accepted %llu (%llu replaced), refused %llu\n",
              static_cast<unsigned long long>(report->accepted),
              static_cast<unsigned long long>(report->replaced),
              static_cast<unsigned long long>(report->refused));
  return report->refused == 0 ? 0 : 1;
}

}  // namespace import_command

int import_event_file(Settings const& settings, ImportFile const& wanted) {
  using namespace import_command;
  try {
    std::ifstream file(wanted.file, std::ios::binary | std::ios::ate);
    if (!file) throw UnusableArguments("cannot read " + wanted.file);
    auto const size = static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
    file.seekg(0);
    if (!wanted.server.empty()) {
      if (wanted.api_key.empty()) throw UnusableArguments("--server needs --api-key");
      ServerSink sink(wanted.server, wanted.api_key, wanted.customer, wanted.event_type);
      return run(wanted, sink, file, size);
    }
    if (wanted.mode.empty()) throw UnusableArguments("--mode is required with --data");
    Node node(settings);
    Tenant const tenant{test_or_live_account(node),
                        wanted.mode == "live" ? Mode::live : Mode::test};
    FolderSink sink(node, tenant, wanted.customer, wanted.event_type);
    return run(wanted, sink, file, size);
  } catch (UnusableArguments const& problem) {
    std::fprintf(stderr, "tallybook: %s\n", problem.what());
    return unusable;
  }
}

}  // namespace tallybook
