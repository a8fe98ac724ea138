#!/usr/bin/env python3
"""Backups of a server under load, restored elsewhere. backup_test.py [PROGRAM]"""

import os
import stat
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Client, Program, TemporaryFolder, batch, event_ids, month_text, program_path, require, sell

CUSTOMERS = 4


def load(program, key, acknowledged, stop):
    client = Client(program, key)

    def send(customer):
        own = Client(program, key)
        number = 0
        while not stop.is_set():
            events = batch(customer, number % 6, number, 50)
            own.insist("POST", "/v1/events/batch", events)
            acknowledged.update(event["record"]["id"] for event in events)
            number += 1
            stop.wait(0.1)  # steady, not all the machine can take: every event is read back page by page

    def bill():
        month = 0
        while not stop.is_set() and month < 60:
            month += 1
            client.insist("POST", "/v1/test-clock/advance", {"to": month_text(month, 10) + "T00:00:00Z"})
            invoices = client.insist("GET", "/v1/invoices?status=to_pay&take=2")
            for invoice in invoices["data"]:
                if invoice.get("amount_due", 0) > 0:
                    client.call("POST", f"/v1/invoices/{invoice['id']}/transactions", {"amount": 1, "process_at": "2026-01-01T00:00:00Z"})

    threads = [threading.Thread(target=send, args=(n,)) for n in range(CUSTOMERS)] + [threading.Thread(target=bill)]
    for thread in threads:
        thread.start()
    return threads


def check_copy(binary, backup, folder, key, before):
    copy = Program(binary, folder)
    print(copy.run("restore", "--from", backup).stdout.strip())
    print(copy.run("verify").stdout.strip())
    copy.start()
    listed = event_ids(Client(copy, key), CUSTOMERS)
    copy.stop()
    require(len(listed) == len(set(listed)), "an event is in the copy twice")
    require(before <= set(listed), f"{len(before - set(listed))} events acknowledged before the backup are not in it")


def damaged(backup, target, at):
    with open(backup, "rb") as source:
        content = bytearray(source.read())
    content[int(len(content) * at)] ^= 0x55
    with open(target, "wb") as out:
        out.write(content)


def check_refusals(program, backup, folder):
    require(program.run("restore", "--from", backup, check=False).returncode == 1, "restored over data")
    require(program.run("backup", "--to", backup, check=False).returncode == 1, "wrote over a backup")
    for number, at in enumerate((0.02, 0.3, 0.6, 0.97)):
        broken, target = f"{folder}/broken{number}", f"{folder}/nothing{number}"
        damaged(backup, broken, at)
        require(program.run("restore", "--from", broken, check=False, data=target).returncode == 1, f"restored a backup damaged at {at}")
        require(not os.path.exists(target), "a refused restore left its folder")
    with open(backup, "rb") as source, open(f"{folder}/half", "wb") as half:
        half.write(source.read(os.path.getsize(backup) // 2))
    require(program.run("restore", "--from", f"{folder}/half", check=False, data=f"{folder}/none").returncode == 1, "restored half a backup")
    leftovers = [name for name in os.listdir(folder) if "restoring" in name or "unfinished" in name]
    require(not leftovers, f"left behind: {leftovers}")


def main():
    binary = program_path()
    with TemporaryFolder() as folder:
        # Deep folders have socket paths longer than the system allows.
        data = f"{folder}/{'deep/' * 25}data"
        program = Program(binary, data)
        key = program.make_key()
        program.start()
        require(stat.S_IMODE(os.stat(f"{data}/control.sock").st_mode) == 0o600, "others may open the control socket")
        sell(Client(program, key), CUSTOMERS)
        acknowledged, stop = set(), threading.Event()
        threads = load(program, key, acknowledged, stop)
        try:
            for round_number in range(3):
                while len(acknowledged) < 1_500 * (round_number + 1):
                    threads[0].join(0.05)
                before = set(acknowledged)
                backup = f"{folder}/backup{round_number}"
                print(program.run("backup", "--to", backup).stdout.strip())
                check_copy(binary, backup, f"{folder}/copy{round_number}", key, before)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        program.stop()
        require(not os.path.exists(f"{data}/control.sock"), "the control socket stayed")
        cold = f"{folder}/cold"
        print(program.run("backup", "--to", cold).stdout.strip())
        check_copy(binary, cold, f"{folder}/coldcopy", key, acknowledged)
        check_refusals(program, cold, folder)
        require(stat.S_IMODE(os.stat(cold).st_mode) & 0o077 == 0, "others may read the backup")
        require(not os.path.exists(f"{data}/backup.work"), "the working copies stayed")


if __name__ == "__main__":
    main()
