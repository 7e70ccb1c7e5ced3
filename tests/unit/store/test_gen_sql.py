"""The generator of named statements: what it makes of a text, and what it refuses."""

import os
import sys
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools")
sys.dont_write_bytecode = True
sys.path.insert(0, TOOLS)
import gen_sql

START = ("0001_start.sql", "create table t (a {int}, b {blob}){strict};\n")

REFUSED = [
    # what, text, words of the complaint
    ("a name twice", "-- name: a\nselect 1\n-- name: a\nselect 2\n", "is there already"),
    ("a cast by colons", "-- name: a\nselect $1::text\n", "'::'"),
    ("the database's clock", "-- name: a\nselect NOW()\n", "now()"),
    ("another clock", "-- name: a\nselect current_timestamp\n", "pass the time"),
    ("an array", "-- name: a\nselect 1 where 1 = any($1)\n", "any($n)"),
    ("a gap", "-- name: a\nselect $1, $3\n", "gaps"),
    ("a bare question mark", "-- name: a\nselect ?\n", "written $1"),
    ("an unknown engine", "-- name: a [oracle]\nselect 1\n", "unknown engine"),
    ("an unknown word", "-- name: a\nselect {x}\n", "unknown word"),
    ("nothing", "-- name: a\n-- name: b\nselect 1\n", "is empty"),
    ("two statements", "-- name: a\nselect 1; select 2\n", "more than one"),
    ("one engine only", "-- name: a [sqlite]\nselect 1\n", "no text for postgres"),
    ("unlike parameters", "-- name: a\nselect $1\n-- name: a [sqlite]\nselect $1, $2\n", "differ"),
    ("text without a name", "select 1\n", "before the first name"),
    ("a bad name", "-- name: A-b\nselect 1\n", "bad name"),
]

MADE = [
    # text, SQLite's, PostgreSQL's, parameters
    ("select $2, $1 ;", "select ?2, ?1 ", "select $2, $1 ", 2),
    ("select $1, $1", "select ?1, ?1", "select $1, $1", 1),
    ("-- a remark\nselect {p}\n\n-- part: p\nx, y", "select x, y", "select x, y", 0),
    ("select 1\n-- name: q [postgres]\nselect 1::int", "select 1", "select 1::int", 0),
]


class GenSql(unittest.TestCase):
    def test_refused(self):
        for what, text, words in REFUSED:
            with self.subTest(what):
                with self.assertRaises(gen_sql.Refused) as caught:
                    gen_sql.make([("q.sql", text), START])
                self.assertIn(words, str(caught.exception))

    def test_made(self):
        for text, sqlite, postgres, params in MADE:
            with self.subTest(text):
                got = gen_sql.read_statements([("q.sql", "-- name: q\n" + text)])
                self.assertEqual(got, [("q", sqlite, postgres, params)])

    def test_migrations(self):
        step = gen_sql.read_migrations([START])[0]
        self.assertEqual(step[:2], (1, "start"))
        self.assertEqual(step[3], "create table t (a integer, b blob) strict;\n")
        self.assertEqual(step[4], "create table t (a bigint, b bytea);\n")
        with self.assertRaises(gen_sql.Refused):
            gen_sql.read_migrations([START, ("0003_gap.sql", "select 1;")])


if __name__ == "__main__":
    unittest.main()
