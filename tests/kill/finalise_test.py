#!/usr/bin/env python3
"""finalise_test.py PROGRAM: many clients finalise drafts while the program is killed with SIGKILL again and again.

Numbers must be 1, 2, 3, ... without a gap, every draft finalised exactly once, and `verify` clean. On the
database of TALLYBOOK_TEST_POSTGRES when that is set, else on SQLite.
"""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Client, Gone, Program, TemporaryFolder, program_path, require  # noqa: E402

CLIENTS = 16


class Installation(Program):
    """A program on either database."""

    def __init__(self, binary, folder, database):
        super().__init__(binary, folder)
        if database:
            # The address is read from the environment: the same for every command.
            os.environ["TALLYBOOK_DATABASE"] = database

    def start(self):
        for attempt in range(50):
            try:
                return super().start()
            except SystemExit:
                # PostgreSQL holds the killed node's lock until it has noticed.
                if attempt == 49:
                    raise
                time.sleep(0.2)


def make_drafts(client, count):
    customer = client.insist("POST", "/v1/customers", {"name": "Acme", "currency": "EUR", "tax_rate_custom": 20})["id"]
    drafts = []
    for first in range(0, count, 50):
        made = client.insist("POST", "/v1/invoices/batch", [
            {"customer_id": customer, "status": "draft", "line_items": [{"name": "Work", "unit_amount": 100 + first + i}]}
            for i in range(min(50, count - first))])
        require(not made["failures"], made["failures"])
        drafts += [invoice["id"] for invoice in made["successes"]]
    return drafts


def finalise(program, key, drafts, lock):
    """Takes drafts until there are none; what a kill interrupted is tried again."""
    client = Client(program, key)
    while True:
        with lock:
            if not drafts:
                return
            draft = drafts.pop()
        while True:
            try:
                client.call("POST", f"/v1/invoices/{draft}/validate")
                break
            except Gone:
                time.sleep(0.05)
            except SystemExit as refused:
                # 409: an earlier call of ours had committed and only its answer was lost.
                require(": 409 " in str(refused), refused)
                break


def main():
    binary = program_path()
    long = bool(os.environ.get("TALLYBOOK_LONG"))
    count, kills = (5000, 40) if long else (600, 5)
    seed = int(os.environ.get("TALLYBOOK_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"seed {seed} (TALLYBOOK_SEED repeats it)", flush=True)
    chance = random.Random(seed)
    with TemporaryFolder() as folder:
        program = Installation(binary, folder, os.environ.get("TALLYBOOK_TEST_POSTGRES"))
        key = program.make_key()
        program.start()
        drafts = make_drafts(Client(program, key), count)
        left, lock = list(drafts), threading.Lock()
        threads = [threading.Thread(target=finalise, args=(program, key, left, lock)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        done = 0
        while done < kills and any(thread.is_alive() for thread in threads):
            time.sleep(chance.uniform(0.02, 0.2))
            program.kill()
            program.start()
            done += 1
        for thread in threads:
            thread.join()
        client = Client(program, key)
        numbers = []
        for draft in drafts:
            invoice = client.insist("GET", f"/v2/invoices/{draft}")
            require(invoice["status"] == "to_pay", f"{draft} is {invoice['status']}")
            numbers.append(int(invoice["number"].removeprefix("INV-")))
        program.stop()
        require(sorted(numbers) == list(range(1, count + 1)), "invoice numbers have a gap or are given twice")
        print(program.run("verify").stdout.strip())
        print(f"{count} finalised by {CLIENTS} clients, {done} kills: no gap", flush=True)


if __name__ == "__main__":
    main()
