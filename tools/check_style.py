#!/usr/bin/env python3
"""Checks what clang-format can't: nothing undone, no code in comments, clean line ends, a story at the top of each .c.
Prints what is long or deep, which is for people to judge and fails nothing."""

import os
import re
import sys

FOLDERS = ["src", "tests", "bench", "tools", "docs", "web", "sdk", ".ci"]
SKIP = {"vectors", "seeds", "node_modules", "__pycache__"}
SUFFIXES = (".c", ".h", ".def", ".py", ".mjs", ".js", ".ts", ".sql", ".sh", ".md", ".build", ".css", ".html", "run")

UNDONE = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]) + r")\b")
COMMENT = re.compile(r"/\*(.*?)\*/|//([^\n]*)", re.S)
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
# A statement: a call, an assignment, a control word or a brace, closed as C closes them.
CODE = re.compile(
    r"^(?:[\w.\[\]>*&-]+\s*\(.*\)\s*[;{]|(?:[\w*]+\s+)*[\w.\[\]>*-]+\s*[-+|&]?=\s.*;|(?:return|goto|break|continue)\b[^.]*;"
    r"|(?:if|for|while|switch)\s*\(.*|#\s*(?:if|include|define)\b.*|\}\s*(?:else|while)\b.*)$"
)

FUNCTION_LINES = 60
FILE_LINES = 600
TOOL_LINES = 300
NESTING = 4


def files():
    for name in sorted(os.listdir(".")):
        if os.path.isfile(name) and (name.endswith((".md", ".build", ".txt")) or name in ("dev", "LICENSE")):
            yield name
    for top in FOLDERS:
        for folder, below, names in os.walk(top):
            below[:] = sorted(d for d in below if d not in SKIP)
            yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith(SUFFIXES))


def check_lines(path, text, say):
    if text and not text.endswith("\n"):
        say(f"{path}: no newline at the end")
    if text.endswith("\n\n"):
        say(f"{path}: empty lines at the end")
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            say(f"{path}:{number}: space at the end of the line")
        if UNDONE.search(line):
            say(f"{path}:{number}: undone: {line.strip()}")


def check_comments(path, text, say):
    if path.endswith(".c") and not text.startswith("/*"):
        say(f"{path}:1: does not open with what it is for")
    plain = LITERAL.sub(lambda m: '"' + " " * (len(m.group()) - 2) + '"', text)
    for comment in COMMENT.finditer(plain):
        first = plain.count("\n", 0, comment.start()) + 1
        for offset, line in enumerate((comment.group(1) or comment.group(2) or "").split("\n")):
            if CODE.match(line.strip(" \t*")):
                say(f"{path}:{first + offset}: code in a comment: {line.strip()}")


def functions(lines):
    """(name, first line, number of lines, deepest nesting) of each function; its braces stand in column 0."""
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            head = next((l for l in reversed(lines[:start]) if l and not l[0].isspace() and "(" in l), "?(")
            depth = max((len(l) - len(l.lstrip("\t")) for l in lines[start:number] if l.endswith("{")), default=0)
            yield head.split("(")[0].split()[-1].lstrip("*"), start + 1, number - start + 1, depth
            start = None


def report(path, text):
    lines = text.split("\n")
    limit = TOOL_LINES if path.startswith("tools/") else FILE_LINES
    if len(lines) > limit and not path.endswith((".def", ".md")):
        yield f"{path}: {len(lines)} lines"
    if path.endswith(".c"):
        for name, line, length, depth in functions(lines):
            if length > FUNCTION_LINES:
                yield f"{path}:{line}: {name}: {length} lines"
            if depth > NESTING:
                yield f"{path}:{line}: {name}: nests {depth} deep"


def main():
    faults, notes, count = [], [], 0
    for path in files():
        with open(path, encoding="utf-8") as f:
            text = f.read()
        count += 1
        check_lines(path, text, faults.append)
        if path.endswith((".c", ".h", ".def")):
            check_comments(path, text, faults.append)
        notes.extend(report(path, text))
    if notes:
        print("stands out:", *notes, sep="\n  ")
    print("\n".join(faults) or f"{count} files are clean")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
