#!/usr/bin/env python3
"""Checks what may know what under src/: floors include downwards only, foreign headers stay where they are wrapped,
the heap is called where somebody has said why, no two files share a name, and every source is built."""

import os
import re
import sys

RANK = {"base": 0, "crypto": 1, "store": 2, "domain": 3, "api": 4, "notify": 4, "server": 5, "cli": 6}

# Foreign header (as it stands behind "<", by prefix) → the folders or files that may include it.
PLACES = {
    "sqlite3.h": ["src/store/"],
    "libpq-fe.h": ["src/store/"],
    "openssl/": ["src/crypto/"],
    "sodium": ["src/crypto/"],
    "crypt.h": ["src/crypto/"],
    "liboath/": ["src/crypto/"],
    "fido": ["src/crypto/"],
    # A picture is a wire form: the domain knows the address in it only.
    "qrencode.h": ["src/api/qr.c"],
    "zxcvbn": ["src/domain/"],
    "maxminddb.h": ["src/domain/geo.c"],
    "magic.h": ["src/domain/paper_type.c"],
    "jansson.h": ["src/base/json_read.c"],
    "curl/": ["src/notify/"],
    "event2/": ["src/server/"],
    "llhttp.h": ["src/server/"],
    "cmocka.h": ["tests/"],
}

# Headers of one floor that the floors above must not see, though they stand below.
PRIVATE = {
    "store/query.h": ["src/store/"],
    "queries.h": ["src/store/"],
    "base/json_read.h": ["src/base/", "src/crypto/", "src/api/", "src/notify/", "src/server/", "src/cli/"],
}

# Headers that a build makes, and the floor they belong to.
GENERATED = {"queries.h": "store", "commit.h": "cli"}

# Who may call the heap, and why. All others live in an arena.
HEAP_BY_REASON = {
    "what the rest builds its memory on": [
        "src/base/arena.c",
        "src/base/buf.c",
        "src/base/map.c",
    ],
    "a foreign library hands out heap memory": [
        "src/base/json_read.c",
    ],
    "made at start, freed at the end of the process": [
        "src/crypto/hasher.c",
        "src/crypto/tls.c",
        "src/crypto/keyring.c",
        "src/crypto/tls.c",
        "src/crypto/verified.c",
        "src/domain/geo.c",
        "src/domain/shared.c",
        "src/notify/handover.c",
        "src/notify/mail.c",
        "src/notify/sms.c",
        "src/notify/outbox_worker.c",
        "src/notify/smtp.c",
        "src/server/accept.c",
        "src/server/control.c",
        "src/server/jobs.c",
        "src/server/loop.c",
        "src/server/server.c",
        "src/store/db_pool.c",
        "src/store/place.c",
        "src/store/store.c",
        "src/store/writer.c",
    ],
    "a bounded table of what was read, each as large as it is": [
        "src/store/recall.c",
    ],
    "lives as long as a connection or a thread": [
        "src/crypto/spool.c",
        "src/server/conn.c",
        "src/server/worker.c",
        "src/store/postgres.c",
        "src/store/sqlite.c",
    ],
}
HEAP = {path for paths in HEAP_BY_REASON.values() for path in paths}

HEAP_CALL = re.compile(
    r"\b(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf|aligned_alloc|posix_memalign)\s*\("
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def sources(top):
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".def")):
                yield os.path.join(folder, name)


def floor_of(path):
    return path.split("/")[1]


def surface_of(path):
    """src/api/v1/x.c → v1; None for what all surfaces share."""
    parts = path.split("/")
    return parts[2] if parts[1] == "api" and len(parts) > 3 and parts[2] != "special" else None


def blank_noise(text):
    """The text without comments and literals, lines kept."""
    return NOISE.sub(lambda m: "\n" * m.group().count("\n"), text)


def check_foreign(path, header, say):
    for prefix, places in PLACES.items():
        if header.startswith(prefix) and not path.startswith(tuple(places)):
            say(path, f"<{header}> belongs to {', '.join(places)}")


def check_own(path, header, say):
    for private, places in PRIVATE.items():
        if header == private and not path.startswith(tuple(places)):
            say(path, f'"{header}" is for {", ".join(places)} only')
    if header in GENERATED:
        floor = GENERATED[header]
    elif not os.path.exists("src/" + header) or "/" not in header:
        say(path, f'"{header}" is not a file under src/ ("floor/name.h")')
        return
    else:
        floor = floor_of("src/" + header)
    mine = floor_of(path)
    if floor != mine and RANK[floor] >= RANK[mine]:
        say(path, f'"{header}": {mine} must not include {floor}')
    theirs = surface_of("src/" + header)
    if theirs and mine == "api" and surface_of(path) not in (None, theirs):
        say(path, f'"{header}": a surface must not know another')


def check_includes(path, text, say):
    for mark, header in INCLUDE.findall(text):
        if mark == "<":
            check_foreign(path, header, say)
        elif path.startswith("src/"):
            check_own(path, header, say)


def check_heap(path, text, say):
    calls = sorted(set(HEAP_CALL.findall(blank_noise(text))))
    if calls and path not in HEAP:
        say(path, f"calls {', '.join(calls)}: use the arena, or say why in tools/check_layers.py")
    if not calls and path in HEAP:
        say(path, "stands in the HEAP list of tools/check_layers.py for nothing")


def check_built(path, say):
    build = f"src/{floor_of(path)}/meson.build"
    with open(build, encoding="utf-8") as f:
        if f"'{os.path.relpath(path, os.path.dirname(build))}'" not in f.read():
            say(path, f"is not built: {build} does not name it")


def check_names(paths, say):
    seen = {}
    for path in paths:
        name = os.path.basename(path)
        first = seen.setdefault(name, path)
        if first != path:
            say(path, f"has the name of {first}")


def main():
    faults = []

    def say(path, words):
        faults.append(f"{path}: {words}")

    own = list(sources("src"))
    for path in own:
        if floor_of(path) not in RANK:
            say(path, "stands on no floor")
            continue
        with open(path, encoding="utf-8") as f:
            text = f.read()
        check_includes(path, text, say)
        check_heap(path, text, say)
        if path.endswith(".c"):
            check_built(path, say)
    for path in [*sources("tests"), *sources("bench")]:
        with open(path, encoding="utf-8") as f:
            check_includes(path, f.read(), lambda p, w: say(p, w) if "cmocka" in w else None)
    check_names(own, say)
    for path in HEAP:
        if path not in own:
            say(path, "stands in the HEAP list of tools/check_layers.py, but is not there")
    print("\n".join(faults) or f"{len(own)} files keep to their floors")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
