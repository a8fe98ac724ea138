#!/usr/bin/env python3
"""Writes docs/benchmarks.md.

  bench_report.py machine              the machine line
  bench_report.py write <LOG           every section but the build's, from what tools/bench.sh logged
  bench_report.py build NAME|S|CMD...  the build section alone
Either half keeps the other as it is in the document.
"""
import datetime
import os
import subprocess
import sys

DOCUMENT = "docs/benchmarks.md"
BUILD = "## Build\n"
TITLES = {
    "ingest": "Ingesting usage events over HTTP",
    "events": "Reading usage",
    "billing": "The billing run",
    "engine": "A year of subscriptions",
    "credit": "Reading a credit over HTTP",
    "start": "Starting and idling",
}


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def machine():
    model, memory = "unknown processor", 0
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="utf-8") as lines:
        memory = round(int(next(lines).split()[1]) / 1048576)
    load = os.getloadavg()[0]
    compiler = output("g++", "--version").split("\n", 1)[0]
    return f"machine: {os.cpu_count()} cores ({model}), {memory} GB, load {load:.1f} at the start, {compiler}, -O2"


def today():
    return datetime.date.today().isoformat()


def old_build_section():
    if os.path.exists(DOCUMENT):
        with open(DOCUMENT, encoding="utf-8") as document:
            text = document.read()
        if BUILD in text:
            return BUILD + text.split(BUILD, 1)[1]
    return BUILD + "\nNot measured yet: `tools/bench_build.sh`.\n"


def old_figures():
    if os.path.exists(DOCUMENT):
        with open(DOCUMENT, encoding="utf-8") as document:
            return document.read().split(BUILD, 1)[0]
    return "# Benchmarks\n\nNot measured yet: `make bench`.\n\n"


def figures(log):
    described = next((line for line in log if line.startswith("machine: ")), machine())
    out = ["# Benchmarks", "", "Written by `make bench`; do not edit. Every figure stands beside its baseline, measured in the same run.", "",
           f"Measured {today()}. {described[0].upper()}{described[1:]}.", ""]
    rows, missed, section, notes = [], 0, None, []

    def close():
        out.extend(f"\n{text}" for text in notes)
        if section:
            out.append("")
        notes.clear()

    for line in log:
        if line.startswith("== "):
            close()
            section = line[3:]
            out.extend([f"## {TITLES.get(section, section)}", "", "| figure | value | baseline | ratio | target | met |", "|---|---|---|---|---|---|"])
        elif line.startswith("RESULT\t"):
            _, name, value, unit, baseline, ratio, target, verdict = line.split("\t")
            met = {"ok": "yes", "below": "**no**"}.get(verdict, "-")
            missed += verdict == "below"
            out.append(f"| {name} | {value} {unit} | {baseline} | {ratio} | {target} | {met} |")
            rows.append(name)
        elif line.startswith("NOTE\t"):
            notes.append(line.split("\t", 1)[1])
    close()
    verdict = "Every target is met." if missed == 0 else f"{missed} of the figures with a target missed it in this run."
    out.insert(6, verdict + "\n")
    if not rows:
        sys.exit("no figures in the log")
    return "\n".join(out) + "\n"


def build_section(entries):
    out = [BUILD, f"Measured {today()} by `tools/bench_build.sh`, without ccache.", "", "| figure | value | command |", "|---|---|---|"]
    for entry in entries:
        name, value, command = entry.split("|", 2)
        out.append(f"| {name} | {value} s | `{command}` |")
    return "\n".join(out) + "\n"


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "machine":
        print(machine())
        return
    if what == "write":
        text = figures(sys.stdin.read().split("\n")) + old_build_section()
    elif what == "build":
        text = old_figures() + build_section(sys.argv[2:])
    else:
        sys.exit(__doc__)
    with open(DOCUMENT, "w", encoding="utf-8") as document:
        document.write(text)
    print(f"wrote {DOCUMENT}")


main()
