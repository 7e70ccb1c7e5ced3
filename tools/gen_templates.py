#!/usr/bin/env python3
"""Turns the built-in templates (pairs of NAME.txt and NAME.html; of text messages sms_….txt alone) into one C file.

Usage: gen_templates.py OUT.c FILE...
"""
import pathlib
import sys

HEAD = """/* Made by tools/gen_templates.py from src/notify/templates. */
#include "notify/templates.h"

const struct template_builtin templates_builtin[] = {
"""
TAIL = """};
const size_t templates_builtin_count = ARRAY_LEN(templates_builtin);
"""


def escaped(byte):
    if byte in b'"\\?':
        return "\\" + chr(byte)
    if 0x20 <= byte < 0x7F:
        return chr(byte)
    return "\\%03o" % byte


def literal(path):
    data = path.read_bytes()
    data.decode("utf-8")
    if b"\r" in data:
        raise SystemExit(f"{path}: lines must end in LF")
    lines = data.splitlines(keepends=True)
    return "\n".join('\t\t  "%s"' % "".join(map(escaped, line)) for line in lines)


def main():
    out = pathlib.Path(sys.argv[1])
    files = [pathlib.Path(name) for name in sys.argv[2:]]
    by_name = {}
    for path in files:
        by_name.setdefault(path.stem, {})[path.suffix] = path
    parts = [HEAD]
    for name in sorted(by_name):
        pair = by_name[name]
        if set(pair) != ({".txt"} if name.startswith("sms_") else {".txt", ".html"}):
            raise SystemExit(f"{name}: needs a .txt and a .html, a text message (sms_…) a .txt")
        parts.append(f'\t{{"{name}",\n')
        for suffix in (".txt", ".html"):
            text = literal(pair[suffix]) if suffix in pair else '\t\t  ""'
            parts.append(f"\t\tS(\n{text}),\n")
        parts.append("\t},\n")
    parts.append(TAIL)
    out.write_text("".join(parts), encoding="ascii")


main()
