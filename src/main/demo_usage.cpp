#include "main/demo_usage.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tallybook {
namespace demo_usage_detail {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr Date first_day{20'666};  // 2026-08-01

// Requests of an hour against the mean of the day: quiet nights, a dip at noon.
constexpr double hour_curve[24] = {0.35, 0.28, 0.25, 0.24, 0.28, 0.40, 0.62, 0.95,
                                   1.35, 1.62, 1.75, 1.68, 1.38, 1.52, 1.74, 1.70,
                                   1.55, 1.34, 1.12, 0.98, 0.88, 0.76, 0.60, 0.46};
constexpr double requests_of_size[6] = {0, 6, 14, 27, 54, 98};  // a working day's, per size

struct Model {
  char const* name;
  double median_input;  // tokens
  double median_output;
};
constexpr Model models[] = {
    {"lumen-small", 620, 110}, {"lumen-large", 1450, 260}, {"lumen-code", 2100, 64}};
constexpr char const* regions[] = {"eu-west", "us-east", "ap-northeast"};

std::int64_t heavy_tailed(std::mt19937_64& random, double median, double spread,
                          std::int64_t most) {
  std::lognormal_distribution<double> draw(std::log(median), spread);
  return std::clamp<std::int64_t>(std::llround(draw(random)), 1, most);
}

}  // namespace demo_usage_detail

EventToStore DemoUsage::request(DemoConsumer const& consumer, Instant at) {
  using namespace demo_usage_detail;
  // Each customer has a favourite model and stays in a region.
  auto const taste = static_cast<std::uint64_t>(consumer.taste);
  std::uniform_int_distribution<int> percent(0, 99);
  auto const& model =
      models[percent(random_) < 70 ? taste : static_cast<std::uint64_t>(percent(random_)) % 3];
  std::int64_t const input = heavy_tailed(random_, model.median_input, 1.05, 128'000);
  std::int64_t const output = heavy_tailed(random_, model.median_output, 0.9, 8'192);
  std::int64_t const latency = 180 + output * 11 + input / 40;
  char id[32];
  std::snprintf(id, sizeof id, "req_%08llx", static_cast<unsigned long long>(++number_));
  EventToStore event{tenant_, consumer.customer_id, "llm_request", id, at, "", false};
  event.record_json = "{\"id\":\"" + event.record_id + "\",\"model\":\"" + model.name +
                      "\",\"region\":\"" + regions[taste] +
                      "\",\"input_tokens\":" + std::to_string(input) +
                      ",\"output_tokens\":" + std::to_string(output) +
                      ",\"latency_ms\":" + std::to_string(latency) + "}";
  return event;
}

void DemoUsage::requests(DemoConsumer const& consumer, Date date,
                         std::vector<EventToStore>& events) {
  using namespace demo_usage_detail;
  double const weekend = weekday(date) >= 6 ? 0.32 : 1.0;
  double const growth = 1.0 + 0.0035 * (date - first_day);
  std::lognormal_distribution<double> mood(0.0, 0.25);
  double const of_day = requests_of_size[consumer.size] * weekend * growth * mood(random_);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (int hour = 0; hour < 24; ++hour) {
    double mean = of_day / 24.0 * hour_curve[hour];
    if (unit(random_) < 0.012) mean = mean * (4.0 + 10.0 * unit(random_)) + 4.0;  // a batch job
    std::poisson_distribution<int> many(mean);
    for (int left = many(random_); left > 0; --left) {
      std::int64_t const within =
          std::uniform_int_distribution<std::int64_t>(0, hour_ms - 1)(random_);
      events.push_back(request(consumer, Instant{date.days * day_ms + hour * hour_ms + within}));
    }
  }
}

void DemoUsage::images(DemoConsumer const& consumer, Date date, std::vector<EventToStore>& events) {
  using namespace demo_usage_detail;
  std::poisson_distribution<int> many(weekday(date) >= 6 ? 2.0 : 7.0);
  for (int left = many(random_); left > 0; --left) {
    std::int64_t const within = std::uniform_int_distribution<std::int64_t>(0, day_ms - 1)(random_);
    char id[32];
    std::snprintf(id, sizeof id, "img_%08llx", static_cast<unsigned long long>(++number_));
    EventToStore event{tenant_,
                       consumer.customer_id,
                       "image_generation",
                       id,
                       Instant{date.days * day_ms + within},
                       "",
                       false};
    event.record_json = "{\"id\":\"" + event.record_id + "\",\"size\":\"1024x1024\"}";
    events.push_back(std::move(event));
  }
}

std::vector<EventToStore> DemoUsage::day(Date date, std::vector<DemoConsumer> const& consumers) {
  std::vector<EventToStore> events;
  for (auto const& consumer : consumers) {
    if (date < consumer.starts_on) continue;
    requests(consumer, date, events);
    if (consumer.makes_images) images(consumer, date, events);
  }
  std::ranges::stable_sort(events, {}, &EventToStore::timestamp);
  return events;
}

}  // namespace tallybook
