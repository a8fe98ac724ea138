#!/usr/bin/env python3
"""Checks the proof of an invoice offline: that the document is in the books of a day.

    curl -s .../v1/invoices/inv_1/proof > proof.json
    python3 tools/verify_proof.py proof.json
    python3 tools/verify_proof.py proof.json --root 2026-11-22=5f2c...   (a root you noted before)

Needs nothing but this file and Python 3. The format is described in docs/ledger-proof.md.
Exit status: 0 proved, 1 not proved, 2 the file is no proof.
"""
import argparse
import hashlib
import json
import sys


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class NotProved(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise NotProved(reason)


def unescape(text):
    out, i = [], 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            out.append("\n" if text[i + 1] == "n" else text[i + 1])
            i += 2
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def sections(text):
    """The "[table]" sections of a document's facts as (table, {name: value})."""
    found = []
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            found.append((line[1:-1], {}))
        else:
            name, _, value = line.partition("=")
            need(found, "the document does not begin with a section")
            found[-1][1][name] = unescape(value)
    return found


def fields(entry):
    """The entry's lines: names before the postings, then (account, amount) pairs."""
    lines = entry.splitlines()
    need(lines and lines[0] == "tallybook ledger entry 1", "the entry has an unknown format")
    head, postings = {}, []
    for line in lines[1:]:
        name, _, value = line.partition("=")
        if "posted_at" in head:
            postings.append((name, int(value)))
        else:
            head[name] = value
    return head, postings


def check_document(proof):
    head, postings = fields(proof["entry"])
    need(sha256(proof["document"]) == head["source_hash"], "the document is not the one that was posted")
    need(sum(amount for _, amount in postings) == 0, "the entry does not balance")
    parts = sections(proof["document"])
    invoices = [values for table, values in parts if table == "invoices"]
    lines = [values for table, values in parts if table == "invoice_lines"]
    need(len(invoices) == 1, "the document holds no invoice, or several")
    invoice = invoices[0]
    need(head["source_id"].split("/")[0] == invoice["id"], "the entry documents another invoice")
    net = sum(int(line["amount_excluding_tax"]) for line in lines)
    tax = sum(int(line["tax_amount"]) for line in lines)
    need(net == int(invoice["amount_excluding_tax"]) and tax == int(invoice["tax_amount"])
         and net + tax == int(invoice["total_amount"]), "the lines do not sum to the totals")
    return head, invoice, lines


def chained_root(before, day):
    return sha256("day\n%s\n%s\n%d\n%d\n%s\n" % (
        before, day["day"], day["first_position"], day["last_position"], day["tree_root"]))


def check_tree(proof):
    day = proof["day"]
    need(day["first_position"] <= proof["position"] <= day["last_position"],
         "the position is not of that day")
    # The sides follow from the position, so nobody can choose them.
    index = proof["position"] - day["first_position"]
    count = day["last_position"] - day["first_position"] + 1
    at = sha256("leaf\n%s\n" % sha256(proof["entry"]))
    steps = list(proof["path"])
    while count > 1:
        left = index % 2 == 1
        if left or index + 1 < count:
            need(steps, "the path is too short")
            step = steps.pop(0)
            need((step["side"] == "left") == left, "the path does not fit the position")
            pair = (step["hash"], at) if left else (at, step["hash"])
            at = sha256("node\n%s\n%s\n" % pair)
        index, count = index // 2, (count + 1) // 2
    need(not steps, "the path is too long")
    need(at == day["tree_root"], "the path does not lead to the tree root of %s" % day["day"])
    need(chained_root(proof["root_before"], day) == day["root"], "the root of %s is wrong" % day["day"])


def check_later_days(proof):
    before, last = proof["day"]["root"], proof["day"]["last_position"]
    roots = {proof["day"]["day"]: before}
    for day in proof["later_days"]:
        need(day["first_position"] == last + 1, "days between are missing before %s" % day["day"])
        need(chained_root(before, day) == day["root"], "the root of %s does not follow" % day["day"])
        before, last = day["root"], day["last_position"]
        roots[day["day"]] = before
    return roots


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proof", help="the file, or - for standard input")
    parser.add_argument("--root", action="append", default=[], metavar="DAY=HASH",
                        help="a root noted earlier; must be the one the proof leads to")
    options = parser.parse_args()
    try:
        with (sys.stdin if options.proof == "-" else open(options.proof, encoding="utf-8")) as file:
            proof = json.load(file)
        if proof.get("format") != "tallybook_proof_1":
            raise ValueError("format is %r" % proof.get("format"))
        head, invoice, lines = check_document(proof)
        check_tree(proof)
        roots = check_later_days(proof)
        for noted in options.root:
            day, _, root = noted.partition("=")
            need(day in roots, "the proof does not reach %s" % day)
            need(roots[day] == root, "the root of %s is not the noted one" % day)
    except NotProved as problem:
        print("NOT PROVED: %s" % problem)
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        print("no proof: %s: %s" % (type(problem).__name__, problem), file=sys.stderr)
        return 2
    print("proved: %s %s of %s, %s minor units %s in %d lines, issued for %s" % (
        invoice["type"], invoice.get("number", invoice["id"]), invoice["customer_id"],
        invoice["total_amount"], invoice["currency"], len(lines), head["account_id"]))
    print("position %d in the books of %s (%s)" % (
        proof["position"], proof["day"]["day"], "closed" if proof["day_is_closed"] else "day still open"))
    newest = max(roots)
    print("root of %s: %s" % (newest, roots[newest]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
