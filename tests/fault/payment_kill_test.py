#!/usr/bin/env python3
"""Kills the program at every step of a payment, starts it again, and compares what the provider moved
with the transactions: nothing is charged twice, nothing is lost.

payment_kill_test.py [PROGRAM]; TALLYBOOK_LONG: every step at its first five times instead of one."""

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Client, Gone, Program, TemporaryFolder, program_path, require

POINTS = ("payment.committed", "payment.intended", "payment.asked", "sandbox.charged", "payment.answered",
          "payment.recorded", "payment.events", "refund.committed", "sandbox.refunded")
CARDS = ("4970000000004240", "4970000000001303", "4970000000001600", "4970000000002103", "4970000000001402")


class Story:
    """Sales by card, with restarts wherever the program died."""

    def __init__(self, binary, folder, point):
        self.program = Program(binary, folder)
        self.key = self.program.make_key()
        os.environ["TALLYBOOK_CRASH_AT"] = point
        self.program.start()
        self.client = Client(self.program, self.key)
        self.crashes = 0

    def start_again(self):
        self.crashes += 1
        self.program.process.wait()
        self.program.process.stdout.close()
        os.environ.pop("TALLYBOOK_CRASH_AT", None)
        self.program.start()

    def call(self, method, path, body=None, refused=None):
        """Sent again after a crash; what it then finds done is refused, and that is fine."""
        try:
            return self.client.call(method, path, body)
        except Gone:
            self.start_again()
        try:
            return self.client.call(method, path, body)
        except SystemExit as problem:
            if refused and refused in str(problem):
                return None
            raise

    def run(self):
        self.call("PUT", "/v1/test-clock", {"now": "2026-01-01T00:00:00Z"})
        plan = self.call("POST", "/v1/products", {"type": "flat_fee", "name": "Plan", "price_configurations": [
            {"currency": "EUR", "billing_interval": {"period": "months", "count": 1}, "type": "fee",
             "prices": [{"type": "fee", "amount": 4900}]}]})
        for number, card in enumerate(CARDS):
            customer = self.call("POST", "/v1/customers", {"name": f"Company {number}", "currency": "EUR", "external_id": f"c{number}"})
            token = self.call("POST", "/v1/sandbox/payment-methods", {"card": {"number": card, "expiration_month": 1, "expiration_year": 2031}})
            self.call("POST", f"/v1/customers/{customer['id']}/payment-methods", {
                "provider_name": "sandbox", "provider_payment_method_id": token["provider_payment_method_id"]})
            self.call("POST", "/v2/subscriptions", {"customer_id": customer["id"], "activation_strategy": "start_date",
                                                    "products": [{"id": plan["id"]}]})
        invoices = self.call("GET", "/v2/invoices?order=asc")["data"]
        # The first is charged by hand; the clock collects the others.
        self.call("POST", f"/v1/invoices/{invoices[0]['id']}/charge", {}, refused=" 409 ")
        for day in ("01", "03", "04"):
            self.call("POST", "/v1/test-clock/advance", {"to": f"2026-01-{day}T12:00:00Z"})
        for invoice in (invoices[0], invoices[3]):
            payments = self.call("GET", "/v2/invoices/" + invoice["id"])["transactions"]
            settled = [payment for payment in payments if payment["status"] == "settled"]
            require(settled, f"invoice {invoice['id']} was not paid: {payments}")
            self.call("POST", f"/v1/transactions/{settled[0]['id']}/refund", refused=" 409 ")
        self.call("POST", "/v1/test-clock/advance", {"to": "2026-02-10T12:00:00Z"})


def movements(folder):
    provider = sqlite3.connect(f"file:{folder}/sandbox.db?mode=ro", uri=True)
    records = sqlite3.connect(f"file:{folder}/tallybook.db?mode=ro", uri=True)
    theirs = sorted(provider.execute("SELECT key, kind, amount FROM movements WHERE state = 'settled' OR later_state = 'settled'"))
    ours = sorted(records.execute(
        "SELECT id, CASE type WHEN 'refund' THEN 'refund' ELSE 'charge' END, amount FROM transactions WHERE status = 'settled' AND type <> 'chargeback'"))
    provider.close()
    records.close()
    return theirs, ours


def main():
    binary = program_path()
    times = range(1, 6) if os.environ.get("TALLYBOOK_LONG") else (1,)
    for point in POINTS:
        for number in times:
            with TemporaryFolder() as folder:
                story = Story(binary, folder, f"{point}:{number}")
                story.run()
                story.program.stop()
                os.environ.pop("TALLYBOOK_CRASH_AT", None)
                require(story.crashes == 1 or number > 1, f"{point} was never reached")
                story.program.run("verify")
                theirs, ours = movements(folder)
                require(theirs == ours, f"{point}:{number}\nprovider {theirs}\nours {ours}")
                # Ten invoices, each charged once; the two refunds.
                charges = [each for each in theirs if each[1] == "charge"]
                require(len(charges) == 2 * len(CARDS), f"{point}:{number}: {len(charges)} charges")
                print(f"{point}:{number}: {story.crashes} crash, {len(theirs)} movements, all in the books", flush=True)


if __name__ == "__main__":
    main()
