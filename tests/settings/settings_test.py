"""Settings come from flags, then the config file, then TALLYBOOK_* variables; mistakes are told.

Usage: settings_test.py PROGRAM
"""
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request

program = os.path.abspath(sys.argv[1])
environment = {key: value for key, value in os.environ.items() if not key.startswith("TALLYBOOK_")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*arguments, **variables):
    return subprocess.run([program, *arguments], env={**environment, **variables}, capture_output=True, text=True, timeout=60)


def serves_on(port, *arguments, **variables):
    """Starts the program, waits for its line, asks for its health, ends it."""
    process = subprocess.Popen([program, "serve", *arguments], env={**environment, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline().strip()
    assert line == f"Tallybook serves on http://127.0.0.1:{port}", (line, process.stderr.read() if process.poll() is not None else "")
    assert urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=10).status == 200
    metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    assert "http_requests_total" in metrics
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    process.stdout.close()
    process.stderr.close()


with tempfile.TemporaryDirectory() as folder:
    data, config = os.path.join(folder, "data"), os.path.join(folder, "tallybook.conf")
    file_port, variable_port, flag_port = free_port(), free_port(), free_port()
    with open(config, "w", encoding="utf-8") as handle:
        handle.write(f'data = "{data}"\nlisten = "127.0.0.1:{file_port}"\n')

    # Works on an empty folder and prints only the key; the books are for their owner only.
    made = run("keys", "create", "--mode", "live", "--config", config)
    assert made.returncode == 0 and made.stdout.startswith("prod_") and len(made.stdout) == 70, made
    assert stat.S_IMODE(os.stat(os.path.join(data, "tallybook.db")).st_mode) == 0o600

    serves_on(file_port, "--config", config)
    serves_on(file_port, TALLYBOOK_CONFIG=config)
    serves_on(variable_port, TALLYBOOK_DATA=data, TALLYBOOK_LISTEN=f"127.0.0.1:{variable_port}")
    serves_on(file_port, TALLYBOOK_CONFIG=config, TALLYBOOK_LISTEN=f"127.0.0.1:{variable_port}")
    serves_on(flag_port, "--listen", f"127.0.0.1:{flag_port}", TALLYBOOK_CONFIG=config, TALLYBOOK_LISTEN=f"127.0.0.1:{variable_port}")

    with open(config, "a", encoding="utf-8") as handle:
        handle.write('lissten = "127.0.0.1:1"\n')
    wrong = run("migrate", "--config", config)
    assert wrong.returncode != 0 and "lissten" in wrong.stderr, wrong
    assert run("serve", "--data", data, "--listen", "nowhere").returncode == 1
    assert run("serve", "--data", data, "--database", "mysql://x").returncode == 1
    for command in ("serve", "keys", "demo", "events", "migrate", "openapi", "backup", "restore", "verify"):
        told = run(command, "--help")
        assert told.returncode == 0 and "Usage" in told.stdout, command

print("settings: all as described")
