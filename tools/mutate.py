#!/usr/bin/env python3
"""Runs the fast tests once for each defect that TB_MUTANT plants in the rules.

  mutate.py PROGRAM [NUMBER...]   the test program of the preset `mutate`; only these defects

Each run switches one defect on ($TALLYBOOK_MUTANT) and stops at the first failing test. A defect
is caught when the run fails or takes longer than the limit. Prints what caught it; exits 1 when
fewer than 95 % are caught, when a number is used twice, or when the tests fail without any defect.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

LEAST = 0.95
LIMIT_SECONDS = 120
# One seed: the same cases are generated in every run.
RAPIDCHECK = "seed=20260101 max_success=60"


def planted(root):
    """Number -> (file:line, good, bad), read from the source."""
    found, twice = {}, []
    for folder, _, names in os.walk(os.path.join(root, "src")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith((".cpp", ".hpp")) or name == "mutant.hpp":
                continue
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for match in re.finditer(r"TB_MUTANT\(\s*(\d+)\s*,", text):
                number = int(match.group(1))
                good, bad = arguments(text, match.end())
                place = f"{os.path.relpath(path, root)}:{text.count(chr(10), 0, match.start()) + 1}"
                if number in found:
                    twice.append(f"{place}: {number} is also at {found[number][0]}")
                found[number] = (place, good, bad)
    return found, twice


def arguments(text, at):
    """The two expressions behind the number."""
    parts, depth, start = [], 0, at
    for i in range(at, len(text)):
        c = text[i]
        if c in "([{":
            depth += 1
        elif c in ")]}" and depth > 0:
            depth -= 1
        elif c == "," and depth == 0 and not parts:
            parts.append(text[start:i])
            start = i + 1
        elif c == ")":
            parts.append(text[start:i])
            break
    # A comma between < and > belongs to the first expression only when brackets enclose it.
    return [" ".join(part.split()) for part in parts]


def run(program, number):
    environment = dict(os.environ, TALLYBOOK_MUTANT=str(number), RC_PARAMS=RAPIDCHECK)
    environment.pop("TALLYBOOK_LONG", None)
    try:
        done = subprocess.run([program, "--gtest_brief=1", "--gtest_fail_fast"], env=environment, capture_output=True, text=True,
                              timeout=LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT_SECONDS} s"
    if done.returncode == 0:
        return None
    failed = re.search(r"^\[  FAILED  \] ([^\s,]+)", done.stdout, re.MULTILINE)
    return failed.group(1) if failed else "ended by a broken invariant"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    found, twice = planted(root)
    if twice:
        sys.exit("\n".join(twice))
    wanted = [int(word) for word in sys.argv[2:]] or sorted(found)
    without = run(program, 0)
    if without is not None:
        sys.exit(f"the tests fail without a defect: {without}")
    caught = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, by in zip(wanted, pool.map(lambda one: run(program, one), wanted)):
            place, good, bad = found[number]
            caught += by is not None
            print(f"{number:4} {'caught' if by else 'SURVIVED':9} {place}: {good} -> {bad}" + (f"   [{by}]" if by else ""), flush=True)
    print(f"{caught} of {len(wanted)} defects caught ({100 * caught / len(wanted):.1f} %)")
    if caught < LEAST * len(wanted):
        sys.exit(1)


main()
