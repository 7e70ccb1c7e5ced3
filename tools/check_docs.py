#!/usr/bin/env python3
"""Holds the generated pages of docs/ against what the program says of itself, or writes them with --write.
usage: check_docs.py PROGRAM [--write]"""

import os
import re
import subprocess
import sys

FOLDER = "docs"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def ask(program, *words):
    return subprocess.run([program, "reference", *words], check=True, capture_output=True, encoding="utf-8").stdout


def read(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return None


def left_over(names):
    """Pages of surfaces that are no more."""
    return [n for n in sorted(os.listdir(FOLDER)) if n.startswith("api-") and n.removesuffix(".md") not in names]


def dead_links():
    pages = [os.path.join(FOLDER, n) for n in sorted(os.listdir(FOLDER)) if n.endswith(".md")]
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", *pages]:
        for target in LINK.findall(read(page) or ""):
            if ":" not in target and not os.path.exists(os.path.join(os.path.dirname(page), target)):
                yield f"{page}: there is no {target}"


def main():
    program, write = sys.argv[1], "--write" in sys.argv[2:]
    names, faults = ask(program).split(), []
    for name in names:
        path, text = os.path.join(FOLDER, name + ".md"), ask(program, name)
        if write:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        elif read(path) != text:
            faults.append(f"{path} is not what the program says: ./dev docs writes it")
    for name in left_over(names):
        faults.append(f"{FOLDER}/{name} is of no surface: take it away")
    faults += dead_links()
    print("\n".join(faults) or f"{len(names)} generated pages are current")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
