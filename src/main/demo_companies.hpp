// The companies of the demonstration: invented names, addresses in the middle of cities.
#pragma once

#include <span>

namespace tallybook {

struct DemoCompany {
  char const* name;
  char const* external_id;
  char const* country;
  char const* currency;
  char const* city;
  char const* zip;
  char const* street;
  char const* tax_id;  // nullptr: none
  int tax_percent;     // -1: the seller's own rate
};

std::span<DemoCompany const> demo_companies();

}  // namespace tallybook
