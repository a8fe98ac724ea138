// Exact against boost's rational, in and beyond 128 bits; allocation, rounding, texts.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "money/money.hpp"

namespace tallybook {
namespace exact_property {

using Rational = boost::multiprecision::cpp_rational;

struct Pair {
  Exact ours;
  Rational theirs;
};

// Products and sums of 64-bit fractions: small ones, ones near the 128-bit border, ones beyond.
Pair any_number() {
  Pair out{1, 1};
  int const factors = *rc::gen::inRange(1, 5);
  for (int i = 0; i < factors; ++i) {
    auto const top = *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(),
                                     rc::gen::resize(20, rc::gen::arbitrary<std::int64_t>()));
    auto bottom =
        *rc::gen::oneOf(rc::gen::positive<std::int64_t>(), rc::gen::just(std::int64_t{1}),
                        rc::gen::just(INT64_MAX), rc::gen::inRange<std::int64_t>(1, 1000));
    out.ours *= Exact::fraction(top, bottom);
    out.theirs *= Rational(top, bottom);
  }
  return out;
}

bool same(Exact const& ours, Rational const& theirs) { return ours.str() == theirs.str(); }

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

TEST(ExactProperty, FollowsTheRationals) {
  holds("operations give what cpp_rational gives", [] {
    Pair const a = any_number();
    Pair const b = any_number();
    RC_ASSERT(same(a.ours, a.theirs));
    RC_ASSERT(same(a.ours + b.ours, a.theirs + b.theirs));
    RC_ASSERT(same(a.ours - b.ours, a.theirs - b.theirs));
    RC_ASSERT(same(a.ours * b.ours, a.theirs * b.theirs));
    if (!b.ours.is_zero()) RC_ASSERT(same(a.ours / b.ours, a.theirs / b.theirs));
    RC_ASSERT((a.ours < b.ours) == (a.theirs < b.theirs));
    RC_ASSERT((a.ours == b.ours) == (a.theirs == b.theirs));
  });
}

TEST(ExactProperty, IsAField) {
  holds("field laws", [] {
    Exact const a = any_number().ours;
    Exact const b = any_number().ours;
    Exact const c = any_number().ours;
    RC_ASSERT(a + b == b + a);
    RC_ASSERT((a + b) + c == a + (b + c));
    RC_ASSERT((a * b) * c == a * (b * c));
    RC_ASSERT(a * (b + c) == a * b + a * c);
    RC_ASSERT((a - a).is_zero());
    RC_ASSERT(a + b - b == a);
    if (!b.is_zero()) RC_ASSERT(a / b * b == a);
  });
}

TEST(ExactProperty, RoundingStaysWithinItsBounds) {
  holds("rounding", [] {
    Exact const a = any_number().ours;
    int const places = *rc::gen::inRange(0, 31);
    Exact unit = 1;
    for (int i = 0; i < places; ++i) unit /= 10;
    Exact const half = unit / 2;
    Exact const nearest = a.rounded(places);
    RC_ASSERT((nearest / unit).is_whole());
    RC_ASSERT(nearest - a <= half && a - nearest <= half);
    RC_ASSERT(-nearest == (-a).rounded(places));
    Exact const even = a.rounded(places, Rounding::half_even);
    RC_ASSERT(even - a <= half && a - even <= half);
    Exact const down = a.rounded(places, Rounding::down);
    Exact const up = a.rounded(places, Rounding::up);
    RC_ASSERT(down <= a && a < down + unit);
    RC_ASSERT(up >= a && a > up - unit);
    RC_ASSERT(a.rounded(places, Rounding::towards_zero) == (a.is_negative() ? up : down));
  });
}

TEST(ExactProperty, TextsRoundTrip) {
  holds("str, decimal and their readers", [] {
    Exact const a = any_number().ours;
    RC_ASSERT(Exact::parse_fraction(a.str()) == a);
    auto const digits = *rc::gen::arbitrary<std::int64_t>();
    auto const exponent = *rc::gen::inRange(-40, 40);
    auto const number = Exact::parse(std::to_string(digits) + "e" + std::to_string(exponent));
    RC_ASSERT(number.has_value());
    RC_ASSERT(Exact::parse(number->decimal()) == number);
  });
}

TEST(AllocateProperty, SumsExactlyMirrorsAndStaysWithinOneUnit) {
  holds("allocation", [] {
    auto const total = *rc::gen::inRange<std::int64_t>(-max_amount_minor, max_amount_minor);
    std::vector<Exact> weights;
    Exact sum;
    for (int const top : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000'000))) {
      weights.push_back(Exact::fraction(top, *rc::gen::inRange(1, 1000)));
      sum += weights.back();
    }
    auto const parts = allocate(total, weights);
    auto const mirrored = allocate(-total, weights);
    RC_ASSERT(parts.size() == weights.size());
    Exact allocated;
    for (size_t i = 0; i < parts.size(); ++i) {
      allocated += parts[i];
      RC_ASSERT(mirrored[i] == -parts[i]);
      if (sum.is_zero()) continue;
      Exact const off = Exact(parts[i]) - Exact(total) * weights[i] / sum;
      RC_ASSERT(off < 1 && off > -1);
    }
    if (!weights.empty()) RC_ASSERT(allocated == Exact(total));
  });
}

}  // namespace exact_property
}  // namespace tallybook
