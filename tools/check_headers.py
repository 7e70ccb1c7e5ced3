#!/usr/bin/env python3
"""Checks that each header under src/ compiles alone, and twice. usage: check_headers.py BUILD_FOLDER"""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wstrict-prototypes", "-Wno-unused-parameter", "-Werror"]


def search_flags(build):
    """Every -I, -isystem and -D that the build uses, in its order, as absolute paths."""
    flags = {}
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        commands = json.load(f)
    for entry in commands:
        words = shlex.split(entry["command"])
        for word, following in zip(words, words[1:] + [""]):
            if word.startswith("-I"):
                flags["-I" + os.path.join(entry["directory"], word[2:])] = None
            elif word == "-isystem":
                flags["-isystem" + os.path.join(entry["directory"], following)] = None
            elif word.startswith("-isystem"):
                flags["-isystem" + os.path.join(entry["directory"], word[8:])] = None
            elif word.startswith("-D"):
                flags[word] = None
    return list(flags)


def compile_alone(header, flags):
    line = f'#include "{header}"\n'
    result = subprocess.run(
        ["gcc", "-std=gnu17", "-fsyntax-only", *WARNINGS, *flags, "-x", "c", "-"],
        input=line + line,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if result.returncode == 0 else f"src/{header}:\n{result.stderr}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    flags = search_flags(sys.argv[1])
    headers = sorted(
        os.path.relpath(os.path.join(folder, name), "src")
        for folder, _, names in os.walk("src")
        for name in names
        if name.endswith(".h")
    )
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [text for text in pool.map(lambda h: compile_alone(h, flags), headers) if text]
    print("\n".join(faults) or f"{len(headers)} headers compile alone")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
