// TaxEngine: the port to an engine of somebody else that knows rates we do not (US sales tax).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "calendar/date.hpp"
#include "money/exact.hpp"

namespace tallybook {

struct TaxEngineParty {
  std::string name;
  std::optional<std::string> type;  // corporate or person
  bool is_government_affiliated = false;
  std::string line1;
  std::string city;
  std::string zip;
  std::string state;
  std::string country;
  std::vector<std::string> tax_ids;
};

struct TaxEngineLine {
  std::string id;
  std::string name;
  std::optional<std::string> product_id;
  Exact quantity;
  std::int64_t amount_excluding_tax = 0;  // minor units, after discounts
};

struct TaxEngineQuestion {
  std::string document_id;
  std::string document_type;  // invoice or credit_note
  Date date;                  // the tax point, as far as it is known
  std::string currency;
  TaxEngineParty seller;
  TaxEngineParty buyer;
  std::vector<TaxEngineLine> lines;
};

class TaxEngine {
 public:
  virtual ~TaxEngine() = default;
  // Percent for each line by its id; every line has one, from 0 to 100. An error says why there is
  // no answer that can be used; then it is asked again later. Takes as long as a call over the
  // network, so never inside of a transaction. Never throws. One thread at a time.
  virtual Result<std::map<std::string, Exact>> rates(TaxEngineQuestion const& question) = 0;
};

}  // namespace tallybook
