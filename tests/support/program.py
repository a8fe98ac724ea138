"""The real program on a data folder: starting, killing and talking to it. Standard library only."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time


def program_path():
    path = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TALLYBOOK_BIN")
    if not path or not os.path.exists(path):
        sys.exit("name the program as an argument or in TALLYBOOK_BIN")
    return os.path.abspath(path)


class Gone(Exception):
    """The server went away or could not answer: whether it did the work is not known."""


class Program:
    """One data folder and, most of the time, a server on it."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.process = None
        self.port = None
        self.changing = threading.Lock()

    def run(self, *arguments, check=True, data=None):
        command = [self.binary, *arguments, "--data", data or self.folder, "--log-level", "warn"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if check and done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.folder, "--listen", "127.0.0.1:0", "--log-level", "warn"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise SystemExit(f"the server did not start: {line!r}, status {self.process.wait()}")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        if status != 0:
            raise SystemExit(f"SIGTERM ended the server with {status}")

    def make_key(self):
        return self.run("keys", "create", "--mode", "test").stdout.strip()


class Client:
    """Calls with one key, to wherever the server listens now. One per thread."""

    def __init__(self, program, key):
        self.program = program
        self.headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.program.port, timeout=120)
            connection.request(method, path, None if body is None else json.dumps(body), self.headers)
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
        except (OSError, http.client.HTTPException) as problem:
            raise Gone(str(problem)) from problem
        if answer.status >= 500:
            raise Gone(f"{answer.status} {text[:200]}")
        value = json.loads(text) if text else None
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]}")
        return value

    def insist(self, method, path, body=None):
        """Until it is answered: only for calls that may be done twice."""
        until = time.monotonic() + 120
        while True:
            try:
                return self.call(method, path, body)
            except Gone as problem:
                if time.monotonic() > until:
                    raise SystemExit(f"{method} {path} was never answered: {problem}") from problem
                time.sleep(0.05)


class TemporaryFolder:
    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="tallybook-system-")
        return self.path

    def __exit__(self, *failure):
        shutil.rmtree(self.path, ignore_errors=True)


def require(holds, message):
    if not holds:
        raise SystemExit("FAILED: " + message)


def sell(client, customers):
    """A plan and usage for each customer, starting on different days of January 2026."""
    client.call("PUT", "/v1/test-clock", {"now": "2026-01-01T00:00:00Z"})
    month = {"period": "months", "count": 1}
    plan = client.call("POST", "/v1/products", {"type": "flat_fee", "name": "Plan", "price_configurations": [
        {"currency": "EUR", "billing_interval": month, "type": "fee", "prices": [{"type": "fee", "amount": 4900}]}]})
    usage = client.call("POST", "/v1/products", {
        "type": "dynamic", "name": "Tokens", "aggregator": {"entity": "llm", "operation": "sum", "property": "tokens"},
        "price_configurations": [{"currency": "EUR", "billing_interval": month, "type": "volume", "prices": [
            {"type": "volume", "from": 0, "to": 1000, "amount": 0.25},
            {"type": "volume", "from": 1000, "to": None, "amount": 0.125}]}]})
    for number in range(customers):
        made = client.call("POST", "/v1/customers", {"name": f"Company {number}", "currency": "EUR", "country": "FR", "external_id": f"c{number}"})
        client.call("POST", "/v2/subscriptions", {
            "customer_id": made["id"], "activation_strategy": "start_date", "starts_at": f"2026-01-{1 + number % 3 * 5:02d}T00:00:00Z",
            "products": [{"id": plan["id"]}, {"id": usage["id"]}]})


def month_text(month, day=1):
    return f"{2026 + month // 12}-{month % 12 + 1:02d}-{day:02d}"


def batch(customer, month, number, size):
    """The same call gives the same events: ids, times and tokens."""
    events = []
    for k in range(size):
        day = (number * size + k) % 28 + 1
        events.append({"customer_id": f"c{customer}", "event_type": "llm", "timestamp": f"{month_text(month, day)}T{k % 24:02d}:00:00Z",
                       "record": {"id": f"e-{customer}-{month}-{number}-{k}", "tokens": (k * 7 + customer + number) % 50 + 1}})
    return events


def event_ids(client, customers):
    """Every record id in the list of each customer; a list, so that doubles show."""
    ids = []
    for customer in range(customers):
        skip = 0
        while True:
            page = client.insist("GET", f"/v1/events?event_type=llm&customer_id=c{customer}&order=asc&take=100&skip={skip}")
            ids += [row["record"]["id"] for row in page["data"]]
            skip += len(page["data"])
            if not page["data"]:
                break
    return ids
