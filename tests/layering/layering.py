"""The rules of the house that can be read off the text of src/: who may include whom, and what only one room may do.

    python3 layering.py DIRECTORY-HOLDING-src

prints one violation a line and exits 1 if there is any. Rules:

  layer         a file includes a room that its library does not name under DEPENDS, directly or through others
  house         DEPENDS says what the house does not allow (MAY_REACH), or goes in a circle
  unbuilt       a .cpp that no CMakeLists.txt names
  spelling      a quoted include that is not "room/file.hpp", or names a file that is not there
  own header    a .cpp does not include its own header first (so nobody would notice that it needs another before it)
  confined      a third party's library that belongs to one room is seen by another, directly or through a header
  environment   the environment is read outside app/
  key           a Redis key is spelled outside redis/keys
  clock         the time of day or randomness is taken rather than given; below the drivers, elapsed time too
  pure          core/ or jose/ do input or output
  coroutine     a co_await where g++ 12 miscompiles it: in a loop's condition, behind && or ||, in ?:, or with a lambda
                or a braced temporary as an argument
"""
import pathlib
import re
import sys
from typing import NamedTuple

# What a library may reach at most, whatever DEPENDS says.
VERIFIER = {"base", "crypto", "core", "jose", "verify"}
PURE = VERIFIER | {"core_people"}
MAY_REACH = {
    "base": set(),
    "crypto": {"base"},
    "core": {"base"},
    "core_people": {"base", "core"},
    "jose": {"base", "crypto"},
    "verify": VERIFIER - {"verify"},
    "service": PURE,
    "redis_reader": VERIFIER,
    "fetch": {"base", "crypto"},
    "embed": VERIFIER | {"redis_reader", "fetch"},
    "redis_store": PURE | {"service", "redis_reader"},
    "redis_private": PURE | {"redis_reader"},
    "database": PURE | {"service"},
    "http": PURE | {"service", "fetch"},
    "http_client": PURE | {"service", "fetch", "http"},
    "cli": PURE | {"service", "fetch", "http", "http_client"},
    "demo": PURE | {"service", "redis_reader", "fetch", "http", "http_client", "cli"},
    "testing": PURE | {"service", "fetch", "redis_reader", "redis_store", "redis_private", "database", "http", "http_client", "cli"},
    "app": PURE | {"service", "fetch", "redis_reader", "redis_store", "redis_private", "database", "http", "http_client", "cli", "demo"},
}

# Third parties' headers, and the rooms that see them (None: whichever does, so long as it is one).
CONFINED = {
    "OpenSSL": (re.compile(r"^openssl/"), {"crypto"}),
    "libsodium": (re.compile(r"^sodium"), {"crypto"}),
    "Boost.Beast": (re.compile(r"^boost/beast"), {"http", "fetch"}),
    "Boost.JSON": (re.compile(r"^boost/json"), {"base"}),
    "SOCI": (re.compile(r"^soci/"), {"database"}),
    "toml++": (re.compile(r"^toml(\+\+|plusplus)"), None),
    "spdlog": (re.compile(r"^(spdlog|fmt)/"), None),
    "prometheus-cpp": (re.compile(r"^prometheus/"), None),
}
INPUT_OUTPUT = re.compile(r"^(boost/asio|fstream|iostream|filesystem|unistd\.h|sys/|netinet/|poll\.h)")

ENVIRONMENT = re.compile(r"\b(secure_)?getenv\b|\benviron\b")
KEY = re.compile(r"\b(blacklist:|whitelist:|sessions?:user:|refresh_token:|throttle:"
                 r"|recant:(attested|policy|owner|reason|replay)\b)")
CLOCK = re.compile(r"\b(system|utc)_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|\btime\((nullptr|NULL|0)\)"
                   r"|\brandom_device\b|\bmt19937|\bgetrandom\b|\bs?rand\(")
ELAPSED = re.compile(r"\b(steady|high_resolution)_clock::now\b")

COROUTINE = re.compile(r"\b(while|for) \(.*\bco_await\b|(&&|\|\||[?:]) *!?co_await\b|\bco_await\b.*(&&|\|\|| \? )"
                       r"|\bco_await\b.*[(,] *(\[[^\]]*\] *[({]|\w*\{)")

# Who may, by path under src/.
READS_ENVIRONMENT = re.compile(r"^(app|testing)/")
SPELLS_KEYS = re.compile(r"^redis/keys\.")
TAKES_TIME = re.compile(r"^(app|testing|crypto)/|^base/(clock|random)")
MEASURES_TIME = re.compile(r"^(app|testing|cli|http|redis|database|base|embed)/")
PURE_ROOMS = re.compile(r"^(core|jose)/")

TOKENS = re.compile(
    r'(?P<raw>R"(?P<delimiter>[^(\s]*)\(.*?\)(?P=delimiter)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<character>(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])*')"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)", re.DOTALL)
LUA_TOKENS = re.compile(r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<comment>--[^\n]*)""")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


class Violation(NamedTuple):
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


class Library(NamedTuple):
    name: str
    room: str
    line: int
    sources: list
    depends: list


class Source:
    """A file of src/ with its comments blanked out, and its includes."""

    def __init__(self, src, path):
        self.path = path.relative_to(src).as_posix()
        self.room = self.path.split("/")[0]
        self.is_header = path.suffix == ".hpp"
        text = path.read_text()
        tokens = LUA_TOKENS if path.suffix == ".lua" else TOKENS
        self.strings = [(self._line(text, found.start()), found.group(0)) for found in tokens.finditer(text)
                        if found.lastgroup != "comment" and not found.group("comment")]
        self.code = tokens.sub(
            lambda found: "\n" * found.group(0).count("\n") if found.group("comment") else found.group(0), text)
        self.includes = [(self._line(self.code, found.start()), found.group(1) == '"', found.group(2))
                         for found in INCLUDE.finditer(self.code)]

    @staticmethod
    def _line(text, offset):
        return text.count("\n", 0, offset) + 1

    def lines(self, pattern):
        for number, line in enumerate(self.code.splitlines(), 1):
            if pattern.search(line):
                yield number, line.strip()


def read_libraries(src):
    """name → Library, from every recant_room(NAME [ROOM dir] SOURCES … DEPENDS … USES …)."""
    libraries = {}
    for path in sorted(src.glob("*/CMakeLists.txt")):
        text = re.sub(r"#[^\n]*", "", path.read_text())
        for found in re.finditer(r"\brecant_room\(\s*(\w+)([^)]*)\)", text):
            fields, keyword = {"ROOM": [], "SOURCES": [], "DEPENDS": [], "USES": []}, None
            for word in found.group(2).split():
                if word in fields:
                    keyword = word
                elif keyword:
                    fields[keyword].append(word)
            libraries[found.group(1)] = Library(found.group(1), path.parent.name, text.count("\n", 0, found.start()) + 1,
                                                fields["SOURCES"], fields["DEPENDS"])
    return libraries


def reach(libraries, name):
    """Everything that NAME may use: its DEPENDS, and theirs."""
    seen, due = set(), [name]
    while due:
        library = libraries.get(due.pop())
        for other in library.depends if library else []:
            if other not in seen:
                seen.add(other)
                due.append(other)
    return seen


class House:
    def __init__(self, root):
        self.src = pathlib.Path(root) / "src"
        self.libraries = read_libraries(self.src)
        self.sources = {source.path: source for source in (
            Source(self.src, path) for path in sorted(self.src.rglob("*")) if path.suffix in (".cpp", ".hpp", ".lua"))}
        self.reach = {name: reach(self.libraries, name) for name in self.libraries}
        self.violations = []

    def report(self, path, line, rule, text):
        self.violations.append(Violation(path, line, rule, text))

    def library_of(self, path):
        """The library that a file belongs to. In a room of several, a header that none of them names
        (with its .cpp, or itself) belongs to the lowest, so that it may be used by all and use the least."""
        room, stem = path.split("/")[0], path.split("/", 1)[1].rsplit(".", 1)[0]
        of_room = [library for library in self.libraries.values() if library.room == room]
        for library in of_room:
            if any(source.rsplit(".", 1)[0] == stem for source in library.sources):
                return library.name
        names = {library.name for library in of_room}
        lowest = [library.name for library in of_room if not names & set(library.depends)]
        return lowest[0] if lowest else None

    def check(self):
        self.check_libraries()
        for source in self.sources.values():
            if not source.path.endswith(".lua"):
                self.check_includes(source)
            self.check_words(source)
        self.check_confined()
        return sorted(set(self.violations))

    def check_libraries(self):
        for library in self.libraries.values():
            path = f"{library.room}/CMakeLists.txt"
            for other in sorted(self.reach[library.name] - MAY_REACH.get(library.name, set())):
                self.report(path, library.line, "house", f"{library.name} may not depend on {other}")
        for source in self.sources.values():
            cmake = self.src / source.room / "CMakeLists.txt"
            name = source.path.split("/", 1)[1]
            if source.path.endswith(".cpp") and not re.search(rf"(?<![\w/]){re.escape(name)}\b", cmake.read_text()):
                self.report(source.path, 1, "unbuilt", f"{source.room}/CMakeLists.txt does not name it")

    def check_includes(self, source):
        library = self.library_of(source.path)
        quoted = [(line, name) for line, is_quoted, name in source.includes if is_quoted]
        own = re.sub(r"\.cpp$", ".hpp", source.path)
        if not source.is_header and own in self.sources and (not source.includes or source.includes[0][2] != own):
            self.report(source.path, source.includes[0][0] if source.includes else 1, "own header", f'"{own}" comes first')
        for line, name in quoted:
            if name not in self.sources and not self.is_generated(name):
                self.report(source.path, line, "spelling", f'"{name}" is not a file of src/')
                continue
            other = self.library_of(name)
            if library and other and other != library and other not in self.reach[library]:
                self.report(source.path, line, "layer", f'{library} does not depend on {other} ("{name}")')

    def is_generated(self, name):
        """Made by the build: named by the room's CMakeLists.txt, which this text cannot follow further."""
        room, _, file = name.partition("/")
        cmake = self.src / room / "CMakeLists.txt"
        return cmake.exists() and file in cmake.read_text()

    def check_words(self, source):
        for pattern, allowed, rule in ((ENVIRONMENT, READS_ENVIRONMENT, "environment"), (CLOCK, TAKES_TIME, "clock"),
                                       (ELAPSED, MEASURES_TIME, "clock")):
            if not allowed.match(source.path):
                for line, text in source.lines(pattern):
                    self.report(source.path, line, rule, text)
        for line, text in source.lines(COROUTINE):
            self.report(source.path, line, "coroutine", text)
        if not SPELLS_KEYS.match(source.path):
            for line, text in source.strings:
                if KEY.search(text):
                    self.report(source.path, line, "key", text.splitlines()[0])
        if PURE_ROOMS.match(source.path):
            for line, _, name in source.includes:
                if INPUT_OUTPUT.match(name):
                    self.report(source.path, line, "pure", f"<{name}>")

    def check_confined(self):
        for name, (pattern, owners) in CONFINED.items():
            uses = [(source, line, through) for source in self.sources.values()
                    for line, _, include in source.includes if (through := self.leads_to(include, pattern, set()))]
            rooms = {source.room for source, _, _ in uses}
            for source, line, through in uses:
                allowed = owners or {min(rooms)}
                if source.room not in allowed:
                    self.report(source.path, line, "confined",
                                f"sees {name} (<{through}>), which is for {' and '.join(sorted(allowed))} alone")

    def leads_to(self, name, pattern, seen):
        """The third party's header that NAME is, or includes, directly or through headers of ours."""
        if pattern.match(name):
            return name
        if name in seen or name not in self.sources:
            return None
        seen.add(name)
        for _, _, further in self.sources[name].includes:
            through = self.leads_to(further, pattern, seen)
            if through:
                return through
        return None


def main(root):
    violations = House(root).check()
    for violation in violations:
        print(f"src/{violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
