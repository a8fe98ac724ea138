#!/usr/bin/env python3
"""Recomputes explanations of documents from their inputs and compares every step.

Reads explanations (GET /v1/invoices/{id}/explanation, docs/explanations.md), one JSON object a
line, from the files given or from standard input. Knows nothing of the program that wrote them:
every rule is written down here once more. Exits with 1 at any difference.
"""
import datetime
import json
import sys
from fractions import Fraction as F


class Difference(Exception):
    pass


def number(text):
    return F(text)


def whole(value):
    """Half away from zero."""
    return (-1 if value < 0 else 1) * ((abs(value) * 2 + 1) // 2)


def floor(value):
    return F(value.numerator // value.denominator)


def ceil(value):
    return -floor(-value)


def towards_zero(value):
    return floor(value) if value >= 0 else ceil(value)


def expect(what, said, computed):
    if said != computed:
        raise Difference("%s: says %s, comes to %s" % (what, said, computed))


def largest_remainder(total, parts):
    """Whole parts that sum to the total: what was cut off goes to the largest remainders first."""
    out = [towards_zero(part) for part in parts]
    left = total - sum(out)
    unit = -1 if left < 0 else 1
    rest = [(part - cut) * unit for part, cut in zip(parts, out)]
    for index in sorted(range(len(parts)), key=lambda i: -rest[i])[: int(abs(left))]:
        out[index] += unit
    return out


# ---- prices ------------------------------------------------------------------------------------


class Tier:
    def __init__(self, node):
        self.type = node["type"]
        self.on_incomplete = node["on_incomplete"]
        self.amount = number(node["value"])
        for name in ("from", "to", "per_unit_cap", "per_unit_floor", "per_unit_fee", "flat_amount",
                     "max_amount"):
            value = node.get(name)
            setattr(self, name + "_", None if value is None else number(value))
        self.unit_count = number(node.get("unit_count", "1"))
        self.percentage = number(node.get("percentage", "0"))
        self.pack_size = number(node.get("pack_size", "1"))

    def start(self):
        return self.from_ or F(0)

    def capped(self, amount):
        return amount if self.max_amount_ is None else min(amount, self.max_amount_)


class PriceList:
    def __init__(self, node):
        self.model = node["model"]
        self.volume = node["volume"]
        self.flats = node["flat_amounts"]
        self.percentage = node["percentage"]
        self.flat_at_zero = node["flat_at_zero"] == "true"
        self.fee_inside = node["fee_inside_clamp"] == "true"
        self.floor_at_zero = node["floor_at_zero"] == "true"
        self.free_events = number(node["free_events"]) if "free_events" in node else None
        self.free_amount = number(node["free_amount"]) if "free_amount" in node else None
        self.tiers = [Tier(part) for part in node["of"] if part["op"] == "tier"]

    def reached(self, quantity):
        at = 0
        while at + 1 < len(self.tiers) and self.tiers[at].to_ is not None and quantity > self.tiers[at].to_:
            at += 1
        return at

    def blocks(self, tier, units, size):
        """Units as blocks of unit_count; what a block that is not full costs."""
        blocks = units / tier.unit_count
        if tier.on_incomplete == "pro_rata" or units == 0:
            return blocks
        full = tier.on_incomplete == "pay_in_full"
        if tier.type not in ("packaged", "fee") and tier.unit_count == 1 and size is not None:
            if units >= size:
                return blocks
            return size if full else F(0)
        return ceil(blocks) if full else floor(blocks)

    def walk(self, quantity, percent):
        shares = []
        last = self.reached(quantity)
        for i in range(last + 1):
            tier = self.tiers[i]
            part = (quantity if i == last else tier.to_) - tier.start()
            size = None if tier.to_ is None else tier.to_ - tier.start()
            blocks = part if percent else self.blocks(tier, part, size)
            amount = part * tier.percentage / 100 if percent else blocks * tier.amount
            if self.flats == "each_entered" or i == last:
                amount += tier.flat_amount_ or 0
            shares.append((i, part, blocks, tier.capped(amount)))
        return shares

    def at_reached(self, quantity):
        i = self.reached(quantity)
        tier = self.tiers[i]
        blocks = self.blocks(tier, quantity, tier.to_)
        return [(i, quantity, blocks, tier.capped(blocks * tier.amount + (tier.flat_amount_ or 0)))]

    def event(self, value, reach):
        i = self.reached(reach)
        tier = self.tiers[i]
        fee = tier.per_unit_fee_ or 0
        amount = value * tier.percentage / 100 + (fee if self.fee_inside else 0)
        if tier.per_unit_floor_ is not None:
            amount = max(amount, tier.per_unit_floor_)
        if tier.per_unit_cap_ is not None:
            amount = min(amount, tier.per_unit_cap_)
        amount += (0 if self.fee_inside else fee) + (tier.flat_amount_ or 0)
        return [(i, value, F(1), tier.capped(amount))]

    def above_zero(self, quantity):
        first = self.tiers[0]
        if self.model == "fee":
            blocks = self.blocks(first, quantity, None)
            return [(0, quantity, blocks, first.capped(blocks * first.amount + (first.flat_amount_ or 0)))]
        if self.model == "bundle":
            packs = ceil(quantity / first.pack_size)
            return [(0, quantity, packs, first.capped(packs * first.amount + (first.flat_amount_ or 0)))]
        if self.model == "bulk":
            return self.at_reached(quantity)
        if self.model in ("volume", "packaged"):
            return self.at_reached(quantity) if self.volume == "all_units" else self.walk(quantity, False)
        if self.percentage == "graduated_total":
            return self.walk(quantity, True)
        return self.event(quantity, quantity)

    def shares(self, quantity):
        if quantity == 0:
            flat = self.tiers[0].flat_amount_
            return [(0, F(0), F(0), flat)] if self.flat_at_zero and flat is not None else []
        if quantity < 0:
            return [(i, -q, -b, -a) for i, q, b, a in self.above_zero(-quantity)]
        return self.above_zero(quantity)

    def floored(self, amount):
        return max(amount, F(0)) if self.floor_at_zero else amount

    def price(self, quantity):
        shares = self.shares(quantity)
        return self.floored(sum((s[3] for s in shares), F(0))), shares

    def price_values(self, values):
        percentage = self.model == "bps"
        if percentage and self.percentage == "graduated_total":
            return self.price(sum(values, F(0)))
        events, amount, merged, total = 0, F(0), {}, F(0)
        limited = self.free_events is not None or self.free_amount is not None
        for value in values:
            if not percentage or value < 0:
                one = self.floored(sum((s[3] for s in self.shares(value)), F(0)))
                shares = self.shares(value)
            else:
                payable = value
                if limited:
                    before = amount
                    amount += value
                    events += 1
                    if self.free_events is None or events <= self.free_events:
                        if self.free_amount is None or amount <= self.free_amount:
                            continue
                        payable = min(value, amount - max(before, self.free_amount))
                shares = self.event(payable, value)
                one = shares[0][3]
            total += one
            for i, q, b, a in shares:
                old = merged.get(i, (F(0), F(0), F(0)))
                merged[i] = (old[0] + q, old[1] + b, old[2] + a)
        return self.floored(total), [(i,) + merged[i] for i in sorted(merged)]


# ---- the tree of a line ------------------------------------------------------------------------


def check_tiers(node, path):
    prices = PriceList(node)
    priced = node["of"][0]
    if priced["op"] == "values":
        values = []
        for run in priced["of"][1:]:
            values += [number(run["value"])] * int(number(run["count"]))
        evaluate(priced["of"][0], path + "/quantity")
        expect(path + "/values", number(priced["value"]), sum(values, F(0)))
        amount, shares = prices.price_values(values)
    else:
        amount, shares = prices.price(evaluate(priced, path + "/quantity"))
    said = [(int(number(p["tier"])), number(p["quantity"]), number(p["blocks"]), number(p["value"]))
            for p in node["of"] if p["op"] == "share"]
    expect(path + "/shares", said, [tuple(share) for share in shares])
    return amount


def check_fraction(node, parts):
    if node["basis"] == "calendar_days" and parts:
        day = datetime.date.fromisoformat
        expect("days of the period", parts[0],
               F((day(node["period_end"]) - day(node["period_start"])).days))
        expect("days of the cycle", parts[1],
               F((day(node["cycle_end"]) - day(node["cycle_start"])).days))
    return parts[0] / parts[1] if parts else number(node["value"])


def check_clamp(node, parts):
    amount = parts[0]
    for part, value in zip(node["of"][1:], parts[1:]):
        amount = max(amount, value) if part["role"] == "floor" else min(amount, value)
    return amount


def evaluate(node, path=""):
    """The value of a node from its parts; its own value must be the same."""
    op = node["op"]
    path = "%s/%s" % (path, op)
    if op in ("input", "aggregate"):
        return number(node["value"])
    if op == "tiers":
        computed = check_tiers(node, path)
    else:
        parts = [evaluate(part, path) for part in node["of"]]
        if op == "product":
            computed = F(1)
            for part in parts:
                computed *= part
        elif op == "sum":
            computed = sum(parts, F(0))
        elif op == "max":
            computed = max(parts)
        elif op == "clamp":
            computed = check_clamp(node, parts)
        elif op == "fraction":
            computed = check_fraction(node, parts)
        elif op == "top_up":
            computed = max(parts[0] - sum(parts[1:], F(0)), F(0))
        elif op == "round":
            if node["policy"] != "half_away_from_zero" or number(node["scale"]) != 0:
                raise Difference(path + ": unknown rounding")
            computed = whole(parts[0])
        else:
            raise Difference(path + ": unknown step")
    expect(path, number(node["value"]), computed)
    return computed


# ---- the document ------------------------------------------------------------------------------


RANKS = {
    "in_order": lambda coupon: 0,
    "percentages_first": lambda coupon: 0 if "percent" in coupon else 1,
    "narrowest_first": lambda coupon: ["usage", "products", "everything"].index(coupon["target"]),
}


def stack(method, coupons, left):
    """What all coupons take, and the exact part of each line; `left` is what remains of them."""
    taken, total, compounded = [F(0)] * len(left), F(0), F(0)
    unsettled = method == "percentages_first"

    def give(base, amount):
        for i, part in enumerate(base):
            share = amount * part / sum(base, F(0)) if part else F(0)
            left[i] -= share
            taken[i] += share

    def settle():
        """The lines that percentages took from make up for the rounding of their sum."""
        off = total - sum(taken, F(0))
        give(list(taken) if off < 0 else [max(l, F(0)) if t else F(0) for l, t in zip(left, taken)], off)

    for coupon in sorted(coupons, key=RANKS[method]):
        if unsettled and "percent" not in coupon:
            settle()
            unsettled = False
        base = [max(value, F(0)) if i in coupon.get("lines", []) else F(0) for i, value in enumerate(left)]
        if "percent" in coupon:
            amount = sum(base, F(0)) * min(number(coupon["percent"]), F(100)) / 100
        else:
            amount = number(coupon["amount"])
            if coupon.get("of"):
                expect("what it may take", amount, sum((number(part["value"]) for part in coupon["of"]), F(0)))
        if unsettled:  # percentages that compound round their running sum
            give(base, amount)
            compounded += amount
            amount = whole(compounded) - total
        else:
            amount = min(whole(amount), floor(sum(base, F(0))))
            give(base, amount)
        expect("coupon " + coupon["label"], number(coupon["value"]), amount)
        total += amount
    if unsettled:
        settle()
    return total, taken


def check_discounts(node, lines, gross):
    said = [number(line["discount"]) for line in lines]
    if node is None or node.get("method") == "stored":
        total = sum(said, F(0))
    else:
        total, taken = stack(node["method"], node["of"], list(gross))
        expect("discounts of the lines", said, largest_remainder(total, taken))
    if node is not None:
        expect("discounts", number(node["value"]), total)
    return total


def check_taxes(node, lines):
    said = [number(line["tax"]) for line in lines]
    if node.get("method") == "per_rate":
        seen = []
        for group in node["of"]:
            taxes = [number(lines[i]["net"]) * number(group["rate"]) / 100 for i in group["lines"]]
            tax = whole(sum(taxes, F(0)))
            expect("tax of %s" % group["rate"], number(group["value"]), tax)
            expect("taxes of the lines", [said[i] for i in group["lines"]],
                   largest_remainder(tax, taxes))
            seen += group["lines"]
        expect("lines that are taxed", sorted(seen), list(range(len(lines))))
    expect("tax", number(node["value"]), sum(said, F(0)))
    return sum(said, F(0))


def check(explanation):
    lines = explanation["lines"]
    gross = [evaluate(line["gross"], "line " + line["id"]) for line in lines]
    discount = check_discounts(explanation["discounts"], lines, gross)
    nets = []
    for line, amount in zip(lines, gross):
        if line["gross"]["op"] != "round":
            raise Difference("line %s: is not rounded" % line["id"])
        net = amount - number(line["discount"])
        expect("net of line " + line["id"], number(line["net"]), net)
        expect("total of line " + line["id"], number(line["total"]), net + number(line["tax"]))
        nets.append(net)
    for line in lines:
        top_up, sign = line["gross"]["of"][0], 1
        if top_up["op"] == "product" and top_up["of"][-1].get("op") == "top_up":
            top_up, sign = top_up["of"][-1], -1
        if top_up["op"] == "top_up":
            others = {"net of line " + o["id"]: sign * number(o["net"]) for o in lines if o is not line}
            for p in top_up["of"][1:]:
                expect("what counts to the minimum", number(p["value"]), others.pop(p["source"]))
            expect("charges that do not count to the minimum", [n for n in others.values() if n > 0], [])
    tax = check_taxes(explanation["taxes"], lines)
    totals = explanation["totals"]
    expect("net", number(totals["net"]), sum(nets, F(0)))
    expect("discount", number(totals["discount"]), discount)
    expect("tax", number(totals["tax"]), tax)
    expect("total", number(totals["total"]), sum(nets, F(0)) + tax)


def main():
    checked = wrong = 0
    sources = [open(name, encoding="utf-8") for name in sys.argv[1:]] or [sys.stdin]
    for source in sources:
        for text in source:
            if not text.strip():
                continue
            checked += 1
            try:
                check(json.loads(text))
            except (Difference, KeyError, ValueError, IndexError, ZeroDivisionError) as problem:
                wrong += 1
                print("document %d: %s: %s" % (checked, type(problem).__name__, problem))
    print("%d documents, %d mismatches" % (checked, wrong))
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
