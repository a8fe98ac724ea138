// The check digits of national VAT numbers, one function for each state. Each is given a number
// whose shape is right already (vat_number.cpp) and says whether its check digits are.
#pragma once

#include <string_view>

namespace tallybook::vat_check {

bool austria(std::string_view number);
bool belgium(std::string_view number);
bool bulgaria(std::string_view number);
bool croatia(std::string_view number);
bool cyprus(std::string_view number);
bool czechia(std::string_view number);
bool denmark(std::string_view number);
bool estonia(std::string_view number);
bool finland(std::string_view number);
bool france(std::string_view number);
bool germany(std::string_view number);
bool greece(std::string_view number);
bool hungary(std::string_view number);
bool ireland(std::string_view number);
bool italy(std::string_view number);
bool latvia(std::string_view number);
bool lithuania(std::string_view number);
bool luxembourg(std::string_view number);
bool malta(std::string_view number);
bool netherlands(std::string_view number);
bool norway(std::string_view number);
bool poland(std::string_view number);
bool portugal(std::string_view number);
bool romania(std::string_view number);
bool slovakia(std::string_view number);
bool slovenia(std::string_view number);
bool spain(std::string_view number);
bool sweden(std::string_view number);
bool switzerland(std::string_view number);
bool united_kingdom(std::string_view number);

}  // namespace tallybook::vat_check
