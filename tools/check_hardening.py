#!/usr/bin/env python3
"""Checks that an executable carries what the compiler and linker can do for it. usage: check_hardening.py EXECUTABLE"""

import os
import platform
import re
import subprocess
import sys
import tempfile

# At least this many calls must have become their checked form; a handful would mean that the flag got lost.
FORTIFIED = 5


def readelf(path, *options):
    return subprocess.run(["readelf", "-W", *options, path], capture_output=True, text=True, check=True).stdout


def toolchain_marks_cet():
    """Whether an empty program gets the IBT and SHSTK note: it is lost as soon as one linked object lacks it."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "a.c"), os.path.join(folder, "a")
        with open(source, "w", encoding="ascii") as f:
            f.write("int main(void) { return 0; }\n")
        subprocess.run(["gcc", "-fcf-protection=full", "-pie", source, "-o", program], check=True)
        return "SHSTK" in readelf(program, "-n")


def segment_flags(segments, name):
    """The flags column of a program header: "RW", "R E", …"""
    row = re.search(rf"^\s*{name}\s+(?:0x[0-9a-f]+\s+){{5}}([RWE ]+?)\s+0x", segments, re.M)
    return row.group(1) if row else None


def properties(path):
    """(what, whether it holds or None where this toolchain can't give it)"""
    header, segments, dynamic = readelf(path, "-h"), readelf(path, "-l"), readelf(path, "-d")
    symbols = readelf(path, "--dyn-syms")
    stack = segment_flags(segments, "GNU_STACK")
    loads = re.findall(r"^\s*LOAD\s+(?:0x[0-9a-f]+\s+){5}([RWE ]+?)\s+0x", segments, re.M)
    yield "position independent", "DYN (Position-Independent Executable" in header and "(DEBUG)" in dynamic
    yield "RELRO", "GNU_RELRO" in segments
    yield "bound at start", bool(re.search(r"BIND_NOW|FLAGS_1\).*\bNOW\b", dynamic))
    yield "stack not executable", stack is not None and "E" not in stack
    yield "nothing both writable and executable", bool(loads) and not any("W" in f and "E" in f for f in loads)
    yield "stack canaries", "__stack_chk_fail" in symbols
    yield "fortified calls", len(set(re.findall(r"\b__\w+_chk\b", symbols)) - {"__stack_chk_fail"}) >= FORTIFIED
    yield "no RPATH or RUNPATH", not re.search(r"\((RPATH|RUNPATH)\)", dynamic)
    yield "no text relocations", "TEXTREL" not in dynamic
    if platform.machine() == "x86_64":
        yield "IBT and SHSTK", "SHSTK" in readelf(path, "-n") or (False if toolchain_marks_cet() else None)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    words = {True: "yes", False: "NO", None: "not on this toolchain"}
    failed = 0
    for what, holds in properties(sys.argv[1]):
        print(f"{what:<40}{words[holds]}")
        failed += holds is False
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
