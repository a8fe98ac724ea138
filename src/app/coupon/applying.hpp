// Coupons of a subscription and its minimum fee on the documents that bill it. Whatever changes the
// lines of a document that is not issued calls discount() before it decides the tax.
#pragma once

#include "app/unit_of_work.hpp"
#include "domain/invoice/discounting.hpp"

namespace tallybook {

// Discounts of the lines, the coupons shown, and the minimum fee's line: anew. Discounts that
// somebody put on the document itself follow those of the subscription. A document without lines of
// a subscription, and a credit note, stay as they are.
void discount(UnitOfWork& work, InvoiceWithLines& document);
// By the rules of another entity: it will bill what the document says.
void discount_by(UnitOfWork& work, InvoiceWithLines& document, EntityId const& biller);
// The same with other discounts on the document itself.
void discount(UnitOfWork& work, InvoiceWithLines& document, std::vector<DocumentCoupon> own);

// What the coupons of the subscription would take of a document that is being made, in minor units.
[[nodiscard]] std::int64_t discounts_of(UnitOfWork& work, InvoiceWithLines document);

// Locks the coupons of the document's subscription that one invoice uses up or that may carry an
// amount, so that no other document can use them at the same time. Before discount() of a document
// that is about to become more than a draft; rows are locked before documents.
void lock_coupons(UnitOfWork& work, Invoice const& invoice);
// The document became to_pay, grace_period, paid or part of its organisation's: its once-coupons
// are used up and leave every other document of the subscription that still waits (COU-4), and what
// its amounts did not use is carried to the next one (COU-5).
void use_up_coupons(UnitOfWork& work, InvoiceWithLines const& document);

// Stores the lines of a document that is stored already: the minimum fee's may be new or gone.
void store_lines(UnitOfWork& work, InvoiceWithLines const& document);

}  // namespace tallybook
