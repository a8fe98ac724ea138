// Logging, behind four functions so that no other file pays for spdlog. Lines go to standard
// error: time, level, message. Never log keys or bodies.
#pragma once

#include <string>

namespace tallybook::log {

void debug(std::string const& message);
void info(std::string const& message);
void warn(std::string const& message);
void error(std::string const& message);

// "debug", "info", "warn", "error" or "off"; false when the name is none of these.
bool set_level(std::string const& name);

}  // namespace tallybook::log
