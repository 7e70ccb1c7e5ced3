#!/usr/bin/env python3
"""Runs the libFuzzer targets of a build, as many at once as there are cores. A target fails when it crashes, leaks, hangs, or
when its coverage never gets past that of one empty input: then it reaches nothing and only looks green. An input that takes long is
timed again by itself: while fuzzing, a machine that stands still makes any input slow.
What was found stays in build/corpus and is the start of the next run. The last line is "N passed, N failed"."""

import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

SLACK = 180  # seconds for a target to end by itself
HANG = 60  # seconds after which an input will never end
SLOW = 5  # seconds that an input may take
TAIL = 40


def coverage(text):
    """The edges of the last progress line; 0 when there is none."""
    found = re.findall(r"\bcov: (\d+)", text)
    return int(found[-1]) if found else 0


def crashes_of(program):
    return f"build/crashes/{os.path.basename(program)}-"


def time_of(program, path):
    start = time.monotonic()
    subprocess.run([program, path], capture_output=True, check=False, timeout=SLACK)
    return time.monotonic() - start


def slow_inputs(program):
    """Of those that took long the ones that do so by themselves."""
    for path in glob.glob(crashes_of(program) + "slow-unit-*"):
        if min(time_of(program, path) for _ in range(3)) >= SLOW:
            yield path
        else:
            os.remove(path)


def fuzz(program, log, seconds, folders):
    crashes = crashes_of(program)
    options = [f"-timeout={HANG}", f"-report_slow_units={SLOW}", "-rss_limit_mb=1024", "-max_len=8192", "-print_final_stats=1", f"-artifact_prefix={crashes}"]
    with open(log, "w+", encoding="utf-8", errors="replace") as out:
        status = subprocess.run(
            [program, *options, *seconds, *folders],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=SLACK + int(seconds[0].split("=")[1]),
            check=False,
        ).returncode
        out.seek(0)
        return status, out.read()


def run(program, seconds):
    """("one line", whether it passed)"""
    name = os.path.basename(program)
    log, corpus, seeds = f"build/log/{name}.log", f"build/corpus/{name}", f"tests/fuzz/seeds/{name}"
    os.makedirs(corpus, exist_ok=True)
    try:
        status, text = fuzz(program, log, ["-runs=1"], [])
        empty = coverage(text)
        if status == 0:
            folders = [corpus] + ([seeds] if os.path.isdir(seeds) else [])
            status, text = fuzz(program, log, [f"-max_total_time={seconds}"], folders)
        slow = list(slow_inputs(program))
    except subprocess.TimeoutExpired:
        return f"{name}: did not end in time", False
    if status != 0:
        return "\n".join([f"{name}: stopped with {status}", *text.splitlines()[-TAIL:]]), False
    if slow:
        return f"{name}: takes more than {SLOW} s: {', '.join(slow)}", False
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    line = f"{name}: {runs.group(1) if runs else '?'} runs, coverage {empty} -> {coverage(text)}"
    if coverage(text) <= empty:
        return line + ": it does not grow", False
    return line, True


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", required=True)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--only", default="", help="a part of the targets' names")
    args = options.parse_args()
    names = [os.path.basename(path)[:-2] for path in sorted(glob.glob("tests/fuzz/fuzz_*.c"))]
    programs = [os.path.join(args.build, "tests/fuzz", name) for name in names if args.only in name or args.only == "fuzz"]
    for folder in ("build/log", "build/crashes"):
        os.makedirs(folder, exist_ok=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for line, good in pool.map(lambda p: run(p, args.seconds), programs):
            print(line, flush=True)
            failed += not good
    print(f"{len(programs) - failed} passed, {failed} failed")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
