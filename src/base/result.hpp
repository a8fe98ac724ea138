// Result<T>: a value or an Error the caller can cause. Prefer TB_TRY and an early return.
#pragma once

#include <tl/expected.hpp>

#include "base/error.hpp"

namespace tallybook {

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace tallybook

#define TB_CONCAT_INNER(a, b) a##b
#define TB_CONCAT(a, b) TB_CONCAT_INNER(a, b)

// TB_TRY(name, expression): declares `name` with the value, or returns the error.
#define TB_TRY(name, ...) TB_TRY_INNER(TB_CONCAT(tb_try_, __COUNTER__), name, __VA_ARGS__)
#define TB_TRY_INNER(holder, name, ...)                             \
  auto holder = (__VA_ARGS__);                                      \
  if (!holder) return ::tallybook::fail(std::move(holder).error()); \
  auto name = *std::move(holder)

// TB_CHECK(expression): for Result<void>; returns the error if there is one.
#define TB_CHECK(...) TB_CHECK_INNER(TB_CONCAT(tb_check_, __COUNTER__), __VA_ARGS__)
#define TB_CHECK_INNER(holder, ...) \
  auto holder = (__VA_ARGS__);      \
  if (!holder) return ::tallybook::fail(std::move(holder).error())
