#!/usr/bin/env python3
"""Kills the program at random moments while clients send usage and the clock is moved, and compares
what is left with an undisturbed run: nothing acknowledged is lost, nothing is billed twice.

kill_test.py [PROGRAM]; TALLYBOOK_LONG: 100 kills instead of 3; TALLYBOOK_SEED repeats a run."""

import os
import random
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Client, Gone, Program, TemporaryFolder, batch, event_ids, month_text, program_path, require, sell

CUSTOMERS = 6
BATCHES = 4
SIZE = 40
LEAST_MONTHS = 4
SENDERS = 3


class Load:
    """Months of usage and billing: while one month's events arrive, the clock goes through the month before."""

    def __init__(self, program, key):
        self.program = program
        self.key = key
        self.sent = set()
        self.months = 0
        self.problem = None

    def send(self, month, sender):
        client = Client(self.program, self.key)
        for customer in range(sender, CUSTOMERS, SENDERS):
            for number in range(BATCHES):
                events = batch(customer, month, number, SIZE)
                answer = client.insist("POST", "/v1/events/batch", events)
                require(not answer["events_failed"], "events were refused")
                self.sent.update(event["record"]["id"] for event in events)

    def bill(self, month):
        # Periods end on the 1st, 6th and 11th: what they need of this month is in.
        client = Client(self.program, self.key)
        for day in (2, 8, 14, 20, 27):
            client.insist("POST", "/v1/test-clock/advance", {"to": month_text(month, day) + "T12:00:00Z"})

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except BaseException as problem:  # also SystemExit, which would end only its thread
            self.problem = problem

    def run_month(self):
        threads = [threading.Thread(target=self.guarded, args=(self.send, self.months, n)) for n in range(SENDERS)]
        if self.months > 0:
            threads.append(threading.Thread(target=self.guarded, args=(self.bill, self.months - 1)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.problem:
            raise SystemExit(str(self.problem))
        self.months += 1

    def run(self, goes_on):
        while self.months < LEAST_MONTHS or goes_on():
            self.run_month()
        # Past the end of the last month and its grace period.
        self.bill(self.months - 1)
        Client(self.program, self.key).insist("POST", "/v1/test-clock/advance", {"to": month_text(self.months, 27) + "T12:00:00Z"})


def killer(program, kills, seed, done, stop):
    chance = random.Random(seed)
    while len(done) < kills and not stop.is_set():
        time.sleep(chance.uniform(0.05, 0.9))
        program.kill()
        done.append(time.monotonic())
        program.start()


def billed(folder):
    """Every invoice line by what it is, not by its random id; and invoices per subscription and period."""
    records = sqlite3.connect(f"file:{folder}/tallybook.db?mode=ro", uri=True)
    lines = records.execute(
        "SELECT c.external_id, l.name, l.period_start_on, l.period_end_on, l.usage_quantity, l.exact_amount, l.amount_excluding_tax, l.amount, i.status "
        "FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id JOIN customers c ON c.id = i.customer_id").fetchall()
    doubled = records.execute(
        "SELECT subscription_id, period_starts_at, period_ends_at, COUNT(*) FROM invoices WHERE type = 'invoice' GROUP BY subscription_id, period_starts_at, period_ends_at HAVING COUNT(*) > 1").fetchall()
    numbers = [row[0] for row in records.execute("SELECT sequence_number FROM invoices WHERE sequence_number IS NOT NULL ORDER BY 1")]
    records.close()
    return sorted(map(repr, lines)), doubled, numbers


def check(program, load):
    listed = event_ids(Client(program, load.key), CUSTOMERS)
    require(len(listed) == len(set(listed)), "an event is listed twice")
    require(set(listed) == load.sent, f"{len(load.sent - set(listed))} acknowledged events are lost, {len(set(listed) - load.sent)} are from nowhere")
    program.stop()
    print(program.run("verify").stdout.strip())
    lines, doubled, numbers = billed(program.folder)
    require(not doubled, f"doubled invoices: {doubled}")
    require(numbers == list(range(1, len(numbers) + 1)), "invoice numbers have a gap")
    return lines


def run_installation(binary, folder, kills, seed, months=None):
    program = Program(binary, folder)
    key = program.make_key()
    program.start()
    sell(Client(program, key), CUSTOMERS)
    load = Load(program, key)
    if months is not None:
        load.run(lambda: load.months < months)
        return load, check(program, load), 0
    done, stop = [], threading.Event()
    thread = threading.Thread(target=killer, args=(program, kills, seed, done, stop), daemon=True)
    thread.start()
    load.run(lambda: len(done) < kills)
    stop.set()
    thread.join()
    return load, check(program, load), len(done)


def terminate_under_load(binary, folder):
    """SIGTERM while events arrive: it ends with 0 and every answered event is there."""
    program = Program(binary, folder)
    key = program.make_key()
    program.start()
    sell(Client(program, key), CUSTOMERS)
    acknowledged, ended = set(), threading.Event()

    def send(customer):
        client = Client(program, key)
        for number in range(100_000):
            if ended.is_set():
                return
            events = batch(customer, 0, number, 20)
            try:
                client.call("POST", "/v1/events/batch", events)
            except Gone:
                return
            acknowledged.update(event["record"]["id"] for event in events)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(CUSTOMERS)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    program.stop()
    ended.set()
    for thread in threads:
        thread.join()
    program.start()
    listed = event_ids(Client(program, key), CUSTOMERS)
    program.stop()
    require(len(listed) == len(set(listed)), "an event is listed twice after SIGTERM")
    require(acknowledged, "nothing was acknowledged before SIGTERM")
    require(acknowledged <= set(listed), f"SIGTERM lost {len(acknowledged - set(listed))} acknowledged events")
    program.run("verify")
    print(f"SIGTERM: {len(acknowledged)} acknowledged events, all there")


def main():
    binary = program_path()
    kills = 100 if os.environ.get("TALLYBOOK_LONG") else 3
    seed = int(os.environ.get("TALLYBOOK_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"seed {seed} (TALLYBOOK_SEED repeats it)", flush=True)
    with TemporaryFolder() as folder:
        load, lines, killed = run_installation(binary, folder, kills, seed)
    print(f"{killed} kills over {load.months} months, {len(load.sent)} events, {len(lines)} invoice lines", flush=True)
    with TemporaryFolder() as folder:
        calm, expected, _ = run_installation(binary, folder, 0, seed, load.months)
    require(calm.months == load.months and calm.sent == load.sent, "the undisturbed run was another one")
    for ours, theirs in zip(lines, expected):
        require(ours == theirs, f"billed {ours}\nundisturbed {theirs}")
    require(len(lines) == len(expected), f"{len(lines)} lines, undisturbed {len(expected)}")
    require(killed == kills, f"only {killed} kills")
    with TemporaryFolder() as folder:
        terminate_under_load(binary, folder)


if __name__ == "__main__":
    main()
