// The mappings of each theme: a kind of case becomes one call of our rules.
#pragma once

#include "golden/check.hpp"

namespace tallybook::golden {

Theme billing_dates_theme();
Theme pricing_models_theme();
Theme taxes_theme();         // tax.*, invoices without credit notes
Theme credit_notes_theme();  // credit_note.*, invoices that end early
Theme coupons_theme();       // coupon.*, discount.*, invoices with coupons and credits
Theme credits_theme();       // credits.*
Theme wallets_theme();       // wallet.*
Theme minimums_theme();      // minimum.*, commitment.*
Theme proration_theme();
Theme usage_theme();

}  // namespace tallybook::golden
