// Patch<T>: a body field that tells absent from null. Absent means "leave it", null means "clear".
#pragma once

#include <optional>

namespace tallybook {

template <class T>
struct Patch {
  bool present = false;
  std::optional<T> value;  // empty with present: null was sent

  // Writes into a nullable target when the field was sent.
  void apply(std::optional<T>& target) const {
    if (present) target = value;
  }
  // Writes into a target that cannot be null; null leaves it.
  void apply(T& target) const {
    if (present && value) target = *value;
  }
};

}  // namespace tallybook
