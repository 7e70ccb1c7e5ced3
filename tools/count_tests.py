#!/usr/bin/env python3
"""Counts single tests and shows those that failed; the last line is "N passed, N failed".
usage: count_tests.py cmocka MESON_TESTLOG.json | count_tests.py tap FILE"""

import json
import re
import sys

TAIL = 40


def count_cmocka(path):
    """A program that broke off, or that ran nothing, counts as one failure; one of another kind counts by its outcome."""
    passed, failed, broken = 0, 0, []
    with open(path, encoding="utf-8") as f:
        runs = [json.loads(line) for line in f]
    for run in runs:
        text = run.get("stdout", "") + run.get("stderr", "")
        good = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test", text, re.M)))
        bad = sum(map(int, re.findall(r"^\[  FAILED  \] (\d+) test", text, re.M)))
        if run["result"] == "OK" and "[==========]" not in text:
            good = int(next(iter(re.findall(r"^Ran (\d+) tests? in", text, re.M)), 1))
        if bad == 0 and (run["result"] != "OK" or good == 0):
            bad = 1
        if bad:
            broken.append(f"{run['name']}: {run['result']}")
            print(f"--- {run['name']}", *text.splitlines()[-TAIL:], sep="\n")
        passed += good
        failed += bad
    print(*broken, sep="\n")
    return passed, failed


def tap_failures(lines):
    """Each "not ok" of a single test with the lines of its report."""
    for number, line in enumerate(lines):
        if line.lstrip().startswith("not ok"):
            yield "\n".join(lines[number : number + TAIL])


def count_tap(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = f.read().splitlines()
    totals = dict(re.findall(r"^# (pass|fail|cancelled) (\d+)$", "\n".join(lines), re.M))
    failures = list(tap_failures(lines))
    print(*failures, sep="\n---\n")
    print(*(text.split("\n")[0].strip() for text in failures), sep="\n")
    if "pass" not in totals:
        print(*lines[-TAIL:], "--- broke off before its totals", sep="\n")
        return 0, 1
    return int(totals["pass"]), int(totals["fail"]) + int(totals.get("cancelled", 0))


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("cmocka", "tap"):
        sys.exit(__doc__)
    passed, failed = (count_cmocka if sys.argv[1] == "cmocka" else count_tap)(sys.argv[2])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
