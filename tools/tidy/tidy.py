#!/usr/bin/env python3
"""House rules that no compiler knows: who may include whom, where time and floating point may be
used, how long things may get. Prints one finding a line (file:line: text), exits 1 if there is any.

Reads text only and knows just enough C++ for it: comments, strings and braces. Each rule has a
sample in tidy_test.py that it must refuse.
"""
import argparse
import os
import re
import subprocess
import sys

LAYERS = ("base", "money", "calendar", "domain", "reflect")

# Who may include what of ours, by the longest folder that fits (docs/decisions/0001). A name is a
# folder or one header; a folder may always include itself.
MAY_INCLUDE = {
    "base": (),
    "money": ("base",),
    "calendar": ("base", "money"),
    "domain": ("base", "money", "calendar"),
    "reflect": ("base", "money", "calendar"),
    "golden": ("base", "money", "calendar", "domain"),
    "store/sql": LAYERS,
    "store/sqlite": ("base", "store/sql"),
    "store/postgres": ("base", "store/sql"),
    "store/events": ("base", "money", "calendar", "domain", "app/ports"),
    "app": LAYERS + ("store/sql",),
    "jobs": LAYERS + ("store/sql", "app"),
    "api": LAYERS + ("store/sql", "store/events/decode", "app", "http/server/message.hpp"),
    "adapters": LAYERS + ("app", "http/client"),
    "adapters/sandbox": LAYERS + ("app", "store/sql"),
    "http": ("base",),
    "main": None,  # the composition root sees everything
}

# Headers of others and the only places that may include them: a driver or an expensive header that
# leaks makes every file know it. A place is a folder, or a suffix within one.
FENCES = (
    (r"boost/(asio|beast)\b", ("src/http/server/", "src/http/client/")),
    (r"sqlite3\.h$", ("src/store/sqlite/",)),
    (r"libpq-fe\.h$", ("src/store/postgres/",)),
    (r"duckdb\.h$", ("src/store/events/duckdb/",)),
    (r"simdjson\.h$", ("src/store/events/decode/", "src/golden/json.cpp")),
    (r"boost/json\b", ("src/reflect/", "src/api/protocol/")),
    (r"date/", ("src/calendar/*.cpp",)),
    (r"boost/multiprecision/", ("src/money/*.cpp",)),
    (r"spdlog/", ("src/base/log.cpp",)),
    (r"curl/", ("src/http/client/", "src/adapters/")),
    (r"prometheus/", ("src/http/server/",)),
    (r"(cairo|pango|qpdf|fontconfig)", ("src/adapters/pdf/",)),
    (r"CLI/", ("src/main/",)),
)

DOMAIN_BOOST = ("boost/describe/class.hpp", "boost/describe/enum.hpp", "boost/describe/enum_from_string.hpp",
                "boost/describe/enum_to_string.hpp")
# Standard headers a pure rule has no use for.
DOMAIN_NOT_STD = ("atomic", "barrier", "chrono", "condition_variable", "ctime", "filesystem", "fstream", "future",
                  "iostream", "latch", "mutex", "random", "semaphore", "shared_mutex", "stop_token", "thread")

NO_BINARY_FRACTIONS = ("src/money/", "src/domain/", "src/app/", "src/calendar/", "src/golden/", "src/store/events/")
CLOCK_READERS = ("src/base/clock.cpp", "src/http/")
STEADY_CLOCK_READERS = ("src/base/clock.cpp", "src/http/", "src/main/")
NOT_A_NOUN = ("utils", "util", "common", "helpers", "helper", "manager", "misc")

# Every statement is of one account and mode; these are of all, on purpose.
SQL_OF_ONE_TENANT = ("src/app/", "src/api/", "src/jobs/", "src/main/")
SQL_OF_ALL_TENANTS = (
    ("src/app/verify/verify.cpp", "rows that belong to nobody"),
    ("src/app/usage/customer_directory.cpp", "whether anybody wrote anything"),
    ("src/main/keys.cpp", "the operator's list of keys"),
    ("src/main/demo.cpp", "whether the folder is empty"),
)
SQL_TABLES_OF_ALL_TENANTS = ("api_keys", "idempotency_keys")  # found by their hash; swept by age

MAX_SOURCE_LINES = 600
MAX_HEADER_LINES = 400
MAX_FUNCTION_LINES = 70

# Written in pieces, so that this file does not find itself.
MARKERS = re.compile(r"\b(%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK")))
MACHINE_PATHS = re.compile(r"(?<![\w.])/(wo" + r"rk|fa" + r"rm)/|bash_" + r"jobs\b")
REGISTRY_HOSTS = re.compile(r"registry\." + r"npmjs|deb\." + r"debian\.org|security\." + r"debian\.org|pypi\." + r"org|\bpkg\." + r"dev\b")

CPP = (".cpp", ".hpp")
SOURCE = CPP + (".h", ".py", ".sh", ".sql", ".cmake", ".ts", ".tsx", ".js", ".mjs", ".css")
SOURCE_NAMES = ("CMakeLists.txt", "Makefile")


class Findings(list):
    def add(self, path, line, text):
        self.append((path, line, text))


def blanked(text):
    """The code with comments and the contents of strings replaced by spaces; lines stay lines."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^()\\ \n]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)

    def blank(match):
        found = match.group(0)
        spaces = re.sub(r"[^\n]", " ", found)
        if found[0] in "\"'":
            return found[0] + spaces[1:-1] + found[-1]
        return spaces

    return pattern.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def within(path, places):
    for place in places:
        if "*" in place:
            folder, suffix = place.split("*")
            if path.startswith(folder) and path.endswith(suffix):
                return True
        elif path.startswith(place):
            return True
    return False


def folder_of(path):
    """The entry of MAY_INCLUDE a file under src belongs to."""
    parts = path.split("/")[1:-1]
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in MAY_INCLUDE:
            return name
    return None


def check_own_include(findings, path, line, target):
    owner = folder_of(path)
    if owner is None or MAY_INCLUDE[owner] is None:
        return
    if owner == "adapters":
        # Each adapter is a folder of its own; they meet in app.
        own = "/".join(path.split("/")[1:3])
    else:
        own = owner
    for allowed in (own,) + MAY_INCLUDE[owner]:
        if target == allowed or target.startswith(allowed + "/"):
            return
    findings.add(path, line, f"{own} may not include {target}")


def check_foreign_include(findings, path, line, target):
    for pattern, places in FENCES:
        if re.match(pattern, target) and not within(path, places):
            findings.add(path, line, f"<{target}> belongs into {' or '.join(places)}")
    if path.startswith("src/domain/"):
        is_standard = "/" not in target and "." not in target
        if is_standard and target in DOMAIN_NOT_STD:
            findings.add(path, line, f"a rule has no use for <{target}>")
        elif not is_standard and target not in DOMAIN_BOOST:
            findings.add(path, line, f"domain may not include <{target}>")


def check_includes(findings, path, text):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', text, re.MULTILINE):
        line = line_of(text, match.start())
        if match.group(1):
            check_own_include(findings, path, line, match.group(1))
        else:
            check_foreign_include(findings, path, line, match.group(2))


def check_words(findings, path, code):
    def each(pattern, why):
        for match in re.finditer(pattern, code):
            findings.add(path, line_of(code, match.start()), why.format(match.group(0).strip()))

    if within(path, NO_BINARY_FRACTIONS):
        each(r"\b(double|float)\b", "{}: binary floating point in money, time or usage code")
    if path.startswith("src/"):
        if not within(path, CLOCK_READERS):
            each(r"\b(system_clock|high_resolution_clock|utc_clock|gettimeofday|clock_gettime)\b|\b(std::)?time\((nullptr|NULL|0)\)",
                 "{}: time comes from base/clock")
        if not within(path, STEADY_CLOCK_READERS):
            each(r"\bsteady_clock\b", "{}: only http and main measure durations")
    each(r"\bstd::endl\b", "{}: flushes; write '\\n'")


def tenant_tables(root):
    """The tables whose rows belong to an account and mode, as the migrations make them."""
    folder = os.path.join(root, "src/store/migrations")
    tables = set()
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for made in re.finditer(r"CREATE TABLE (\w+) \((.*?)\n\)", file.read(), re.DOTALL):
                if re.search(r"\baccount_id TEXT\b", made.group(2)) and re.search(r"\bmode TEXT\b", made.group(2)):
                    tables.add(made.group(1))
    return tables - set(SQL_TABLES_OF_ALL_TENANTS)


def statements_of(text):
    """Texts written as literals one after another, or with expressions added between (as $)."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^()\\ \n]*)\((.*?)\)\1"|"((?:\\.|[^"\\\n])*)"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
                       re.DOTALL)
    start, whole, end, gap = None, "", 0, ""
    for match in token.finditer(text):
        literal = match.group(3) if match.group(3) is not None else match.group(2)
        if literal is None:
            continue
        gap = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text[end:match.start()], flags=re.DOTALL)
        added = re.fullmatch(r"[\s)]*\+(?:[^;{}]*[+(])?\s*", gap)
        if start is not None and (not gap.strip() or added):
            whole += (" $ " if added else "") + literal
        else:
            if start is not None:
                yield start, whole
            start, whole = match.start(), literal
        end = match.end()
    if start is not None:
        yield start, whole


def sql_scopes(statement):
    """Each SELECT, UPDATE and DELETE of a statement without what is in parentheses inside it."""
    open_scopes = [""]
    for part in re.findall(r"\(|\)|[^()]+", statement):
        if part == "(":
            open_scopes.append("")
        elif part == ")":
            if len(open_scopes) > 1:
                yield open_scopes.pop()
        else:
            open_scopes[-1] += part
    yield from open_scopes


def check_sql(findings, path, text, tables):
    if not within(path, SQL_OF_ONE_TENANT) or path in (place for place, _ in SQL_OF_ALL_TENANTS):
        return
    for position, statement in statements_of(text):
        for scope in sql_scopes(statement):
            scope = " ".join(scope.split())
            found = re.search(r"\bSELECT\b.*?\bFROM (\w+|\$)(.*)|(?<!DO )\bUPDATE (\w+|\$) SET(.*)|\bDELETE FROM (\w+)(.*)", scope)
            if not found:
                continue
            table, rest = next((found.group(i), found.group(i + 1)) for i in (1, 3, 5) if found.group(i))
            condition = rest.partition(" WHERE ")[2]
            if (table in tables or table == "$") and not (re.search(r"\baccount_id\b", condition) and re.search(r"\bmode\b", condition)):
                findings.add(path, line_of(text, position), f"a statement on {table} without account_id and mode in its WHERE")


def check_length(findings, path, text):
    lines = text.count("\n")
    limit = MAX_HEADER_LINES if path.endswith(".hpp") else MAX_SOURCE_LINES
    if lines > limit:
        findings.add(path, lines, f"{lines} lines, at most {limit}: more than one idea?")


def is_function(head):
    # A macro line without a semicolon may stand in front of a namespace.
    if re.search(r"\bnamespace\b[^;{}()]*$", head):
        return False
    head = re.sub(r"\btemplate\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>", " ", head).strip()
    if "(" not in head or head.endswith(("=", ",", "(", "return")):
        return False
    return not re.match(r"(?:inline\s+|export\s+|typedef\s+)*(?:namespace|class|struct|union|enum|extern)\b", head) \
        or re.match(r"extern\s+\"\s*\"\s+\w+[^{]*\(", head) is not None


def check_functions(findings, path, code):
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), code, flags=re.MULTILINE)
    depth = 0
    start = 0       # of the text that may be a function's head
    body = None     # (depth, position of the brace) of the function we are in
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        if match.group(0) == "{":
            if body is None and is_function(code[start:at]):
                body = (depth, at)
            depth += 1
        elif match.group(0) == "}":
            depth -= 1
            if body is not None and depth == body[0]:
                first = line_of(code, body[1])
                lines = line_of(code, at) - first + 1
                if lines > MAX_FUNCTION_LINES:
                    findings.add(path, first, f"a function of {lines} lines, at most {MAX_FUNCTION_LINES}")
                body = None
        start = at + 1


def check_header(findings, path, text):
    opening = text.split("#pragma once")[0]
    if "#pragma once" not in text:
        findings.add(path, 1, "no #pragma once")
    if not text.startswith("//") or len(re.findall(r"\w+", opening)) < 3:
        findings.add(path, 1, "no purpose comment before #pragma once")


def check_any_text(findings, path, text):
    for pattern, why in ((MACHINE_PATHS, "a path of one machine"), (REGISTRY_HOSTS, "the host of a registry")):
        for match in pattern.finditer(text):
            findings.add(path, line_of(text, match.start()), why)
    if path.endswith(SOURCE) or os.path.basename(path) in SOURCE_NAMES:
        for match in MARKERS.finditer(text):
            findings.add(path, line_of(text, match.start()), "leftover marker")


def check_names(findings, paths):
    folders = {path.split("/")[1] for path in paths if path.startswith("src/") and path.count("/") >= 2}
    for folder in sorted(folders):
        if f"src/{folder}/README.md" not in paths:
            findings.add(f"src/{folder}", 1, "no README.md (purpose, main types, invariants, what it does not do)")
        if folder not in {name.split("/")[0] for name in MAY_INCLUDE}:
            findings.add(f"src/{folder}", 1, "has no place in the direction of folders (tools/tidy, decision 0001)")
    for path in paths:
        if path.startswith("src/"):
            names = path.split("/")[1:-1] + [os.path.splitext(os.path.basename(path))[0]]
            for name in names:
                if name in NOT_A_NOUN:
                    findings.add(path, 1, f"'{name}' is not a noun of this program")


def types_of(text):
    """The types a file defines, with their namespaces; what is in an unnamed namespace is its own."""
    scopes = []
    for line in text.split("\n"):
        opened = re.match(r"(?:inline )?namespace(?: ([\w:]+))? ?\{", line)
        if opened:
            scopes.append(opened.group(1))
        elif line.startswith("}  // namespace") and scopes:
            scopes.pop()
        else:
            made = re.match(r"(?:struct|class) (\w+)(?: final)?(?: : [^{;]*)? \{", line)
            if made and scopes and None not in scopes:
                yield "::".join(scopes) + "::" + made.group(1)


def check_types(findings, types, path, text):
    """Two types of one name are one type to the linker, whichever file it met first."""
    for name in types_of(text):
        first = types.setdefault(name, path)
        if first != path:
            findings.add(path, 1, f"{name} is another type in {first}")


def listed(root):
    """Files of the tree, without what git ignores."""
    if os.path.exists(os.path.join(root, ".git")):
        out = subprocess.run(["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
                             capture_output=True, check=True).stdout
        paths = {name for name in out.decode().split("\0") if name}
    else:
        paths = set()
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in ("build", ".deps", "node_modules", ".git")]
            paths.update(os.path.relpath(os.path.join(folder, name), root) for name in names)
    return sorted(path for path in paths if os.path.isfile(os.path.join(root, path)))


def check(root):
    findings = Findings()
    paths = listed(root)
    check_names(findings, set(paths))
    types = {}
    tables = tenant_tables(root)
    for path in paths:
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue  # a picture or a fuzz seed
        check_any_text(findings, path, text)
        if not path.endswith(CPP) or not path.startswith(("src/", "tests/", "bench/")):
            continue
        code = blanked(text)
        check_words(findings, path, code)
        if path.startswith("src/"):
            check_includes(findings, path, text)
            check_length(findings, path, text)
            check_functions(findings, path, code)
            check_sql(findings, path, text, tables)
            check_types(findings, types, path, text)
            if path.endswith(".hpp"):
                check_header(findings, path, text)
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    findings = check(parser.parse_args().root)
    for path, line, text in findings:
        print(f"{path}:{line}: {text}")
    if findings:
        print(f"tidy: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
