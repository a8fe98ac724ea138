// SHA-256, as 64 lower-case hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace tallybook {

[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace tallybook
