// What amount coupons carry from one document to the next.
#include "domain/coupon/carrying.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace carrying_test {

HeldCoupon coupon(CouponRepeat repeat, std::optional<std::string> used_by = {}) {
  HeldCoupon held;
  held.attached.id = AttachedCouponId("coos_1");
  held.attached.repeat = repeat;
  held.attached.used_by_invoice_id = std::move(used_by);
  held.coupon.type = CouponType::amount;
  held.coupon.discount_amount = 50;
  return held;
}

CouponCarryOver row(std::string document, int position, std::int64_t granted, std::int64_t taken,
                    std::string of = "coos_1") {
  CouponCarryOver made;
  made.subscription_coupon_id = std::move(of);
  made.invoice_id = std::move(document);
  made.position = position;
  made.granted = granted;
  made.taken = taken;
  return made;
}

std::int64_t available(char const* document, HeldCoupon const& held,
                       std::vector<CouponCarryOver> const& rows) {
  return carried_to(InvoiceId(document), held, rows).available();
}

TEST(CarriedCoupon, EachDocumentAddsItsAmount) {
  auto const held = coupon(CouponRepeat::forever);
  EXPECT_EQ(available("a", held, {}), 50);
  EXPECT_EQ(available("b", held, {row("a", 0, 50, 20)}), 80);
  EXPECT_EQ(available("c", held, {row("a", 0, 50, 20), row("b", 1, 50, 75)}), 55);
  EXPECT_EQ(available("b", held, {row("a", 0, 50, 20, "coos_2")}), 50) << "another coupon's";
}

TEST(CarriedCoupon, OnceIsGrantedToTheFirstDocumentOnly) {
  auto const held = coupon(CouponRepeat::once, "a");
  EXPECT_EQ(available("a", held, {row("a", 0, 50, 20)}), 50);
  EXPECT_EQ(available("b", held, {row("a", 0, 50, 20)}), 30);
  EXPECT_EQ(available("b", held, {row("a", 0, 50, 50)}), 0);
  EXPECT_EQ(available("b", held, {}), 0) << "used up where nothing was carried";
}

// "a" left 30, "b" took them: counted again, "a" may take what it took and no more.
TEST(CarriedCoupon, WhatOthersTookIsNotTakenTwice) {
  auto const held = coupon(CouponRepeat::once, "a");
  EXPECT_EQ(available("a", held, {row("a", 0, 50, 20), row("b", 1, 0, 30)}), 20);
  EXPECT_EQ(available("b", held, {row("a", 0, 50, 20), row("b", 1, 0, 30)}), 30);
}

// What "b" left is for the documents after it.
TEST(CarriedCoupon, LaterDocumentsLeaveNothingToEarlierOnes) {
  auto const held = coupon(CouponRepeat::forever);
  std::vector<CouponCarryOver> const rows = {row("a", 0, 50, 20), row("b", 1, 50, 0)};
  EXPECT_EQ(available("a", held, rows), 50);
  EXPECT_EQ(available("b", held, rows), 80);
  EXPECT_EQ(available("c", held, rows), 130);
}

}  // namespace carrying_test
}  // namespace tallybook
