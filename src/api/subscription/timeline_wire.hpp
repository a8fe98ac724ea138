// The preview-timeline on the wire.
#pragma once

#include "api/catalogue/wire.hpp"

namespace tallybook::api {

struct TimelineEventV1 {
  std::string type;
  Instant date;
  std::vector<JsonText> invoices;
};
BOOST_DESCRIBE_STRUCT(TimelineEventV1, (), (type, date, invoices))

// With explain=true.
struct TimelineEventExplained : TimelineEventV1 {
  std::vector<JsonText> explanations;
};
BOOST_DESCRIBE_STRUCT(TimelineEventExplained, (TimelineEventV1), (explanations))

struct SubscriptionTimelineV1 {
  std::vector<TimelineEventV1> events;
  std::string stop_reason;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTimelineV1, (), (events, stop_reason))

struct SubscriptionTimelineExplained {
  std::vector<TimelineEventExplained> events;
  std::string stop_reason;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTimelineExplained, (), (events, stop_reason))

}  // namespace tallybook::api
