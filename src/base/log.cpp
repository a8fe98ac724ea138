#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace tallybook::log {
namespace log_detail {

spdlog::logger& logger() {
  static auto const instance = [] {
    auto made = spdlog::stderr_color_mt("tallybook");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

}  // namespace log_detail

void debug(std::string const& message) { log_detail::logger().debug("{}", message); }
void info(std::string const& message) { log_detail::logger().info("{}", message); }
void warn(std::string const& message) { log_detail::logger().warn("{}", message); }
void error(std::string const& message) { log_detail::logger().error("{}", message); }

bool set_level(std::string const& name) {
  auto const level = spdlog::level::from_str(name);
  if (level == spdlog::level::off && name != "off") return false;
  log_detail::logger().set_level(level);
  return true;
}

}  // namespace tallybook::log
