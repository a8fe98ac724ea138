#!/usr/bin/env python3
"""Proves that each rule of tidy.py can fail: small trees with one thing wrong, and a clean one."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

HEADER = "// A thing that is here for a test.\n#pragma once\n"


def findings(files, readme=True):
    with tempfile.TemporaryDirectory() as root:
        written = dict(files)
        if readme:
            for path in files:
                if path.startswith("src/"):
                    written.setdefault("/".join(path.split("/")[:2]) + "/README.md", "purpose\n")
        for path, text in written.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return [f"{path}:{line}: {text}" for path, line, text in tidy.check(root)]


class Tidy(unittest.TestCase):
    def refuses(self, path, text, expected, line=None):
        found = findings({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])
        if line is not None:
            self.assertTrue(found[0].startswith(f"{path}:{line}: "), found[0])

    def accepts(self, path, text):
        self.assertEqual(findings({path: text}), [])

    def test_a_clean_tree_has_no_findings(self):
        self.assertEqual(findings({
            "src/domain/price.hpp": HEADER + '#include <string>\n#include "money/money.hpp"\n#include <boost/describe/enum.hpp>\n',
            "src/store/sqlite/driver.cpp": '#include <sqlite3.h>\n#include "store/sql/session.hpp"\n',
            "tests/unit/price_test.cpp": '#include "api/price.hpp"\n',
        }), [])

    def test_each_folder_may_only_include_what_lies_below(self):
        for path, target in (
                ("src/base/a.cpp", "money/money.hpp"),
                ("src/money/a.cpp", "calendar/date.hpp"),
                ("src/calendar/a.cpp", "domain/price.hpp"),
                ("src/domain/a.cpp", "reflect/json.hpp"),
                ("src/domain/a.cpp", "app/unit_of_work.hpp"),
                ("src/reflect/a.cpp", "domain/price.hpp"),
                ("src/store/sql/a.cpp", "app/unit_of_work.hpp"),
                ("src/store/sql/a.cpp", "store/sqlite/driver.hpp"),
                ("src/store/sqlite/a.cpp", "store/postgres/driver.hpp"),
                ("src/store/events/duckdb/a.cpp", "app/unit_of_work.hpp"),
                ("src/app/a.cpp", "store/sqlite/driver.hpp"),
                ("src/app/a.cpp", "http/server/message.hpp"),
                ("src/app/a.cpp", "api/route.hpp"),
                ("src/api/a.cpp", "http/server/server.hpp"),
                ("src/api/a.cpp", "store/postgres/driver.hpp"),
                ("src/jobs/a.cpp", "api/route.hpp"),
                ("src/http/a.cpp", "domain/price.hpp"),
                ("src/adapters/mail/a.cpp", "adapters/pdf/invoice.hpp"),
                ("src/adapters/mail/a.cpp", "store/sql/session.hpp")):
            with self.subTest(path=path, target=target):
                self.refuses(path, f'\n#include "{target}"\n', f"may not include {target}", 2)

    def test_a_longer_name_is_another_folder(self):
        self.refuses("src/app/a.cpp", '#include "store/sqlite_extra/a.hpp"\n', "may not include")

    def test_main_sees_everything(self):
        self.accepts("src/main/main.cpp", '#include "http/server/server.hpp"\n#include "store/sqlite/driver.hpp"\n')

    def test_headers_of_others_stay_behind_their_fence(self):
        for path, target in (
                ("src/api/a.cpp", "boost/asio/post.hpp"),
                ("src/api/a.cpp", "boost/beast/core.hpp"),
                ("src/app/a.cpp", "sqlite3.h"),
                ("src/store/sqlite/a.cpp", "libpq-fe.h"),
                ("src/store/events/decode/a.cpp", "duckdb.h"),
                ("src/store/events/duckdb/a.cpp", "simdjson.h"),
                ("src/app/a.cpp", "boost/json.hpp"),
                ("src/base/a.cpp", "date/tz.h"),
                ("src/calendar/a.cpp", "boost/multiprecision/cpp_int.hpp"),
                ("src/app/a.cpp", "spdlog/spdlog.h"),
                ("src/app/a.cpp", "curl/curl.h"),
                ("src/api/a.cpp", "prometheus/counter.h"),
                ("src/api/a.cpp", "qpdf/QPDF.hh"),
                ("src/app/a.cpp", "CLI/CLI.hpp")):
            with self.subTest(path=path, target=target):
                self.refuses(path, f"#include <{target}>\n", "belongs into", 1)

    def test_an_expensive_header_stays_in_sources(self):
        self.refuses("src/money/exact.hpp", HEADER + "#include <boost/multiprecision/cpp_int.hpp>\n", "belongs into", 3)
        self.accepts("src/money/exact.cpp", "#include <boost/multiprecision/cpp_int.hpp>\n")

    def test_a_rule_includes_no_threads_clock_or_library(self):
        for target in ("thread", "chrono", "random", "iostream", "fmt/format.h", "tl/expected.hpp", "boost/describe.hpp", "unistd.h"):
            with self.subTest(target=target):
                found = findings({"src/domain/a.cpp": f"#include <{target}>\n"})
                self.assertEqual(len(found), 1, found)

    def test_binary_floating_point(self):
        for folder in ("money", "domain", "app", "calendar", "store/events"):
            for word in ("double", "float"):
                with self.subTest(folder=folder, word=word):
                    self.refuses(f"src/{folder}/a.cpp", f"int x;\n{word} y;\n", "binary floating point", 2)
        self.accepts("src/http/a.cpp", "double seconds;\n")

    def test_words_in_comments_and_strings_do_not_count(self):
        self.accepts("src/money/a.cpp", '// never a double\n/* float\n */ auto s = "double"; auto r = R"x(float " double)x"; char c = \'"\'; int y = 1\'000;\n')

    def test_time_comes_from_the_clock(self):
        for text in ("auto t = std::chrono::system_clock::now();", "auto t = std::time(nullptr);", "gettimeofday(&tv, 0);"):
            with self.subTest(text=text):
                self.refuses("src/app/a.cpp", text + "\n", "time comes from base/clock", 1)
        self.accepts("src/base/clock.cpp", "auto t = std::chrono::system_clock::now();\n")
        self.refuses("src/app/a.cpp", "std::chrono::steady_clock::now();\n", "measure durations")
        self.accepts("src/main/a.cpp", "std::chrono::steady_clock::now();\n")

    def test_endl(self):
        self.refuses("tests/unit/a.cpp", "out << std::endl;\n", "flushes", 1)

    def test_leftover_markers(self):
        for marker in ("TO" + "DO", "FIX" + "ME", "HA" + "CK"):
            with self.subTest(marker=marker):
                self.refuses("tools/a.sh", f"true\n# {marker} later\n", "leftover marker", 2)

    def test_long_files(self):
        self.accepts("src/app/a.cpp", "int x;\n" * 600)
        self.refuses("src/app/a.cpp", "int x;\n" * 601, "601 lines, at most 600")
        self.refuses("src/app/a.hpp", HEADER + "int x;\n" * 399, "401 lines, at most 400")

    def test_long_functions(self):
        def body(lines):
            return "{\n" + "  if (x) { y(); }\n" * (lines - 2) + "}\n"

        self.accepts("src/app/a.cpp", "void f(int x) " + body(70))
        for head in ("void f(int x) ", "template <class T, class U = std::vector<T>>\nResult<T> f(T x) const noexcept ",
                     "A::A(int x) : a_{x}, b_(x) ", "namespace n {\nstruct S {\n  bool operator==(S const& s) const "):
            with self.subTest(head=head):
                closing = "};\n}\n" if "namespace" in head else ""
                self.refuses("src/app/a.cpp", head + body(71) + closing, "a function of 71 lines", head.count("\n") + 1)
        # Containers and tables are not functions.
        self.accepts("src/app/a.cpp", "namespace n {\n" + "struct S {\n" + "int x;\n" * 80 + "};\n" + "int const table[] = {\n" + "1,\n" * 80 + "};\n}\n")

    def test_headers(self):
        self.refuses("src/app/a.hpp", "#pragma once\nint x;\n", "no purpose comment", 1)
        self.refuses("src/app/a.hpp", "// A thing for a test.\nint x;\n", "no #pragma once", 1)

    def test_every_folder_explains_itself(self):
        found = findings({"src/app/a.cpp": "int x;\n"}, readme=False)
        self.assertEqual(found, ["src/app:1: no README.md (purpose, main types, invariants, what it does not do)"])

    def test_a_new_folder_needs_a_direction(self):
        self.refuses("src/extra/a.cpp", "int x;\n", "no place in the direction")

    def test_one_name_is_one_type(self):
        found = findings({"src/app/a.cpp": "namespace tallybook {\nstruct Part {\n};\n}  // namespace tallybook\n",
                          "src/app/b.cpp": "namespace tallybook {\nstruct Part {\n};\n}  // namespace tallybook\n"})
        self.assertEqual(found, ["src/app/b.cpp:1: tallybook::Part is another type in src/app/a.cpp"])
        self.accepts("src/app/c.cpp", "namespace tallybook {\nnamespace {\nstruct Part {\n};\n}\n}  // namespace tallybook\n")

    def test_files_are_nouns(self):
        self.refuses("src/app/utils.cpp", "int x;\n", "not a noun")

    def test_paths_of_one_machine_and_registry_hosts(self):
        for text in ("cd /wo" + "rk/main", "cd /fa" + "rm/x", "/tmp/bash_" + "jobs/1"):
            with self.subTest(text=text):
                self.refuses("docs/a.md", "x\n" + text + "\n", "a path of one machine", 2)
        for host in ("registry." + "npmjs.org", "deb." + "debian.org"):
            with self.subTest(host=host):
                self.refuses("deps/a.txt", f"https://{host}/x\n", "the host of a registry", 1)
        self.accepts("docs/a.md", "a frame/wo" "rk/ and network/fa" "rm/\n")

    def test_sql_is_of_one_account_and_mode(self):
        table = "CREATE TABLE parts (\n  account_id TEXT NOT NULL,\n  mode TEXT NOT NULL,\n  id TEXT\n);\n"

        def found(text, path="src/app/a.cpp"):
            return findings({path: text, "src/store/migrations/0001_a.sql": table})

        whose = "account_id = ? AND mode = ?"
        for text in ('sql.query("SELECT id FROM parts WHERE id = ?");\n',
                     'sql.query("SELECT id "\n  "FROM parts");\n',
                     'sql.query("SELECT " + column(a, b) + " FROM parts WHERE id = ?");\n',
                     'sql.execute("UPDATE parts SET account_id = ?, mode = ? WHERE id = ?");\n',
                     'sql.execute("DELETE FROM parts WHERE account_id = ?");\n',
                     f'records.where("id IN (SELECT p.id FROM parts p WHERE p.id = ?) AND {whose}");\n',
                     f'sql.query("SELECT id FROM parts WHERE id = ? AND x = (SELECT y FROM other WHERE {whose})");\n'):
            with self.subTest(text=text):
                self.assertEqual(found(text), ["src/app/a.cpp:1: a statement on parts without account_id and mode in its WHERE"])
        self.assertEqual(found('sql.query("SELECT id FROM " + table + " WHERE id = ?");\n'),
                         ["src/app/a.cpp:1: a statement on $ without account_id and mode in its WHERE"])
        for text in (f'sql.query("SELECT id FROM parts WHERE {whose} AND (id = ? OR id = ?)");\n',
                     f'sql.query("SELECT " + columns + " FROM parts WHERE " + "{whose}");\n',
                     f'sql.execute("UPDATE parts SET id = ? " "WHERE {whose}");\n',
                     'sql.execute("INSERT INTO parts (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET id = excluded.id");\n',
                     'sql.query("SELECT id FROM accounts WHERE id = ?");\n',
                     '// "SELECT id FROM parts WHERE id = ?"\n'):
            with self.subTest(text=text):
                self.assertEqual(found(text), [])
        self.assertEqual(found('sql.query("SELECT id FROM parts");\n', "src/store/sql/a.cpp"), [])

    def test_the_program_fails_when_there_is_a_finding(self):
        with tempfile.TemporaryDirectory() as root:
            program = [sys.executable, tidy.__file__, "--root", root]
            self.assertEqual(subprocess.run(program, capture_output=True, check=False).returncode, 0)
            with open(os.path.join(root, "a.sh"), "w", encoding="utf-8") as file:
                file.write("# FIX" + "ME\n")
            run = subprocess.run(program, capture_output=True, check=False, text=True)
            self.assertEqual((run.returncode, run.stdout), (1, "a.sh:1: leftover marker\n"))


if __name__ == "__main__":
    unittest.main()
