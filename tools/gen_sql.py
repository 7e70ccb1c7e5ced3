#!/usr/bin/env python3
"""Makes queries.h and queries.c of the named statements and the migrations.

A statement stands in a .sql file under a line "-- name: user_by_id" and is good for both engines;
"-- name: user_by_id [sqlite]" replaces it for one. "-- part: user_columns" names a piece that others
take in as {user_columns}. Parameters are $1, $2, …; SQLite gets them as ?1, ?2, …, because it would
otherwise number $n by first appearance. Migrations are files NNNN_words.sql, numbered from 1 without
gaps. Both know the words of WORDS, which differ by engine.

usage: gen_sql.py --header OUT --source OUT FILE.sql...
"""

import argparse
import hashlib
import os
import re
import sys

ENGINES = ("sqlite", "postgres")
WORDS = {
    "int": {"sqlite": "integer", "postgres": "bigint"},
    "blob": {"sqlite": "blob", "postgres": "bytea"},
    "strict": {"sqlite": " strict", "postgres": ""},
    "keyed": {"sqlite": " strict, without rowid", "postgres": ""},
    "unlogged": {"sqlite": "", "postgres": "unlogged "},
    "bytes": {"sqlite": "", "postgres": ' collate "C"'},  # SQLite always compares by bytes
    "only_postgres": {"sqlite": "-- ", "postgres": ""},  # at the start of a line
}
REFUSED = (
    (r"::", "'::' is PostgreSQL's only; write cast(x as type)"),
    (r"\bnow\s*\(", "now() is refused; pass the time as a parameter"),
    (r"\bcurrent_(timestamp|time|date)\b", "pass the time as a parameter"),
    (r"\bany\s*\(\s*\$", "any($n) is PostgreSQL's only"),
    (r"\?", "parameters are written $1, $2, …"),
)
HEAD = re.compile(r"--\s*(name|part):\s*(.*?)\s*$")
NAME = re.compile(r"([a-z][a-z0-9_]*)(?:\s+\[([^\]]*)\])?$")
MIGRATION = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql$")


class Refused(Exception):
    pass


def read_blocks(path, text):
    """Yields (kind, name, engine, body) of each block; engine None is both."""
    block = None
    for line in text.splitlines():
        head = HEAD.match(line)
        if head:
            if block:
                yield finish(path, block)
            name = NAME.match(head[2])
            if not name:
                raise Refused(f"{path}: bad name {head[2]!r}")
            if name[2] is not None and (name[2] not in ENGINES or head[1] == "part"):
                raise Refused(f"{path}: {name[1]}: unknown engine [{name[2]}]")
            block = (head[1], name[1], name[2], [])
        elif line.lstrip().startswith("--") or not line.strip():
            continue
        elif block is None:
            raise Refused(f"{path}: text before the first name: {line!r}")
        else:
            block[3].append(line.rstrip())
    if block:
        yield finish(path, block)


def finish(path, block):
    kind, name, engine, lines = block
    body = "\n".join(lines).rstrip().removesuffix(";")
    if not body:
        raise Refused(f"{path}: {name} is empty")
    if ";" in body:
        raise Refused(f"{path}: {name} holds more than one statement")
    return kind, name, engine, body


def check(where, body):
    for pattern, why in REFUSED:
        if re.search(pattern, body, re.IGNORECASE):
            raise Refused(f"{where}: {why}")


def expand(where, body, engine, parts=None):
    def word(match):
        if match[1] in WORDS:
            return WORDS[match[1]][engine]
        if parts and match[1] in parts:
            return expand(where, parts[match[1]], engine)
        raise Refused(f"{where}: unknown word {{{match[1]}}}")

    return re.sub(r"\{(\w*)\}", word, body)


def count_params(where, body):
    numbers = {int(n) for n in re.findall(r"\$(\d+)", body)}
    if numbers != set(range(1, len(numbers) + 1)):
        raise Refused(f"{where}: parameters have gaps: {sorted(numbers)}")
    return len(numbers)


def for_engine(name, bodies, engine, parts):
    """The text of one statement for one engine, and how many parameters it takes."""
    body = bodies.get(engine, bodies.get(None))
    if body is None:
        raise Refused(f"{name}: no text for {engine}")
    text = expand(name, body, engine, parts)
    if engine not in bodies:
        check(name, text)
    params = count_params(name, text)
    if engine == "sqlite":
        text = re.sub(r"\$(\d+)", r"?\1", text)
    return text, params


def read_statements(files):
    parts, statements = {}, {}
    for path, text in files:
        for kind, name, engine, body in read_blocks(path, text):
            if kind == "part":
                if name in parts or name in WORDS:
                    raise Refused(f"{path}: part {name} is there already")
                parts[name] = body
                continue
            bodies = statements.setdefault(name, {})
            if engine in bodies:
                raise Refused(f"{path}: {name} is there already")
            bodies[engine] = body
    out = []
    for name, bodies in statements.items():
        texts = {engine: for_engine(name, bodies, engine, parts) for engine in ENGINES}
        if texts["sqlite"][1] != texts["postgres"][1]:
            raise Refused(f"{name}: the engines differ in their parameters")
        out.append((name, texts["sqlite"][0], texts["postgres"][0], texts["sqlite"][1]))
    return out


def read_migrations(files):
    out = []
    for path, text in sorted(files):
        number, name = MIGRATION.search(path).groups()
        if int(number) != len(out) + 1:
            raise Refused(f"{path}: the migration before it is missing or it is there twice")
        check(path, re.sub(r"--.*", "", text))
        texts = [expand(path, text, engine) for engine in ENGINES]
        out.append((int(number), name, hashlib.sha256(text.encode()).hexdigest(), *texts))
    return out


def quote(text):
    """One C string literal a line."""
    lines = text.splitlines(keepends=True)
    escaped = [s.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for s in lines]
    return "\n\t\t".join(f'"{s}"' for s in escaped)


HEADER = """\
/* Made from src/store/sql and src/store/migrations by tools/gen_sql.py. */
#ifndef QUERIES_H
#define QUERIES_H

enum query {
%s
	Q_COUNT_
};

struct query_text {
	const char *name;
	const char *sqlite, *postgres;
	int params;
};

extern const struct query_text query_texts[Q_COUNT_];

struct migration {
	int number;
	const char *name;
	const char *sum; /* SHA-256 of its source, hex */
	const char *sqlite, *postgres;
};

#define MIGRATION_COUNT %d
extern const struct migration migrations[MIGRATION_COUNT];

#endif
"""

SOURCE = """\
/* Made from src/store/sql and src/store/migrations by tools/gen_sql.py. */
#include "queries.h"

const struct query_text query_texts[Q_COUNT_] = {
%s
};

const struct migration migrations[MIGRATION_COUNT] = {
%s
};
"""


def write_header(statements, steps):
    return HEADER % ("\n".join(f"\tQ_{s[0].upper()}," for s in statements), len(steps))


def write_source(statements, steps):
    texts = [
        f"\t[Q_{name.upper()}] = {{\n\t\t{quote(name)},\n\t\t{quote(sqlite)},\n\t\t{quote(postgres)},\n\t\t{params},\n\t}},"
        for name, sqlite, postgres, params in statements
    ]
    rows = [
        f"\t{{\n\t\t{number},\n\t\t{quote(name)},\n\t\t{quote(total)},\n\t\t{quote(sqlite)},\n\t\t{quote(postgres)},\n\t}},"
        for number, name, total, sqlite, postgres in steps
    ]
    return SOURCE % ("\n".join(texts), "\n".join(rows))


def make(files):
    """files: (path, text) pairs. Returns the texts of queries.h and queries.c."""
    statements = read_statements([f for f in files if not MIGRATION.search(f[0])])
    steps = read_migrations([f for f in files if MIGRATION.search(f[0])])
    if not statements or not steps:
        raise Refused("there is nothing to make: statements and migrations are both needed")
    return write_header(statements, steps), write_source(statements, steps)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--header", required=True)
    options.add_argument("--source", required=True)
    options.add_argument("files", nargs="+")
    given = options.parse_args()
    files = []
    for path in given.files:
        with open(path, encoding="utf-8") as f:
            files.append((os.path.basename(path), f.read()))
    try:
        header, source = make(files)
    except Refused as e:
        sys.exit(f"gen_sql: {e}")
    for path, text in ((given.header, header), (given.source, source)):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


if __name__ == "__main__":
    main()
