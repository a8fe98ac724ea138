// What an adapter throws when the world is broken: the store is gone, the disk is full. Caught in
// two places only, the request runner (503) and the job runner (later again).
#pragma once

#include <stdexcept>

namespace tallybook {

struct StoreUnavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace tallybook
