"""docs/security.md says which test shows what: each test that it names exists, no line is said twice over or left
out, and each hole that others had is in a test's name."""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHOWN = "shown by"  # the head of a column in which whatever stands in code is a test, or a path
# What can be nothing but a test, wherever it stands.
TEST = re.compile(r"[A-Z]\w+\.[A-Z]\w+|\w+_(?:e2e|test)(?:\.\w+)*|\w+\.[A-Z]\w+\.test_\w+|[JAORQ]\d\d_\w+|test_\w+")
LINES = {"J": 52, "O": 50, "A": 19, "R": 35, "Q": 13}  # of the list, and how many of each letter
CODE = re.compile(r"`([^`\n]+)`")


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def existing():
    """Every way to name a test of the repository: the whole name, its beginnings, and its last word alone."""
    names = set()
    for folder, _, files in os.walk(os.path.join(ROOT, "tests")):
        for name in files:
            stem, kind = os.path.splitext(name)
            if kind not in (".cpp", ".py"):
                continue
            text = text_of(os.path.join(folder, name))
            names.add(stem)
            if kind == ".cpp":
                for suite, test in re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", text, re.MULTILINE):
                    names |= {suite, f"{suite}.{test}", test}
                continue
            case = None
            for word, test in re.findall(r"^class (\w+)|^    def (test_\w+)", text, re.MULTILINE):
                case = word or case
                names |= {f"{stem}.{case}"} | ({f"{stem}.{case}.{test}", test} if test else set())
    return names


def tables(text):
    """[[cells]] of each table, its head first."""
    for block in re.findall(r"(?m)(?:^\|.*\n)+", text + "\n"):
        yield [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]


def named(text):
    """The tests that the document names."""
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    found = {code for code in CODE.findall(prose) if TEST.fullmatch(code)}
    for head, _, *rows in tables(prose):
        if head[-1] == SHOWN:
            found |= {code for row in rows for code in CODE.findall(row[-1])}
    return {name for name in found if not os.path.exists(os.path.join(ROOT, name))}


class SecurityDocument(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.text = text_of("docs/security.md")
        cls.names = existing()

    def test_each_test_that_it_names_exists(self):
        self.assertEqual(named(self.text) - self.names, set())
        self.assertGreater(len(named(self.text)), 60)

    def test_one_that_is_gone_would_be_missed(self):
        for gone in ("RespParser.NoSuchTest", "no_such_e2e", "check_e2e.Refusing.test_no_such", "R99_NoSuchTest",
                     "check_e2e.NoSuchClass"):
            with self.subTest(gone):
                self.assertIn(gone, named(f"{self.text}\nShown by `{gone}`.\n") - self.names)
        row = f"| line | asks | {SHOWN} |\n|---|---|---|\n| R99 | nothing | `NoSuchSuite` |\n"
        self.assertIn("NoSuchSuite", named(row) - self.names)

    def test_each_line_has_one_row_and_each_row_something_that_shows_it(self):
        seen = []
        for head, _, *rows in tables(self.text):
            if head[-1] != SHOWN:
                continue
            for row in rows:
                self.assertEqual(len(row), len(head), row)
                self.assertRegex(row[-1], r"`|[JAORQ]\d\d", row)
                seen += re.findall(r"\b[JAORQ]\d\d\b", row[0]) if head[0] == "line" else []
        self.assertEqual(sorted(seen), sorted(set(seen)))
        self.assertGreater(len(seen), 30)
        verifier = {f"J{number:02}" for number in range(1, LINES["J"] + 1)}
        self.assertEqual({line for line in seen if line[0] == "J"}, verifier)

    def test_of_each_line_something_is_said(self):
        """Where it is met, or that it is not."""
        said = set(re.findall(r"\b[JAORQ]\d\d\b", self.text))
        for first, last in re.findall(r"\b([JAORQ]\d\d) to ([JAORQ]\d\d)\b", self.text):
            said |= {f"{first[0]}{number:02}" for number in range(int(first[1:]), int(last[1:]) + 1)}
        lines = {f"{letter}{number:02}" for letter, count in LINES.items() for number in range(1, count + 1)}
        self.assertEqual(lines - said, set())

    def test_each_hole_that_others_had_is_in_the_name_of_a_test(self):
        register, = (rows for head, _, *rows in tables(self.text) if head[0] == "hole")
        holes = [hole for row in register for hole in row[0].split(", ")]
        self.assertGreater(len(holes), 40)
        self.assertEqual(sorted(holes), sorted(set(holes)))
        for row in register:
            shown = "".join(CODE.findall(row[-1]))
            for hole in row[0].split(", "):
                with self.subTest(hole):
                    self.assertIn(hole.replace("-", "_"), shown)


if __name__ == "__main__":
    unittest.main()
