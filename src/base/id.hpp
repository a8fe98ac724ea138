// Id<Tag>: a typed identifier, spelled on the wire as prefix + "_" + 14 letters or digits
// ("cus_9bXk2LmQ7ZtR4a"). Two nouns cannot be mixed up by the compiler. Prefixes are not unique
// (customers and organisations share cus_), so nothing dispatches on them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tallybook {

template <class Tag>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string text) : value(std::move(text)) {}
  [[nodiscard]] bool empty() const { return value.empty(); }
  [[nodiscard]] std::string const& str() const { return value; }
  friend bool operator==(Id const&, Id const&) = default;
  friend auto operator<=>(Id const&, Id const&) = default;
};

// Where new ids come from; tests give them in order.
class IdSource {
 public:
  virtual ~IdSource() = default;
  // prefix + "_" + 14 characters of A-Za-z0-9. Thread-safe.
  virtual std::string next(std::string_view prefix) = 0;

  template <class Tag>
  Id<Tag> make() {
    return Id<Tag>(next(Tag::prefix));
  }
};

// Random ids from the operating system's generator.
class RandomIds final : public IdSource {
 public:
  std::string next(std::string_view prefix) override;
};

}  // namespace tallybook

template <class Tag>
struct std::hash<tallybook::Id<Tag>> {
  size_t operator()(tallybook::Id<Tag> const& id) const {
    return std::hash<std::string>()(id.value);
  }
};
