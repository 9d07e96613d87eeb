"""This repository keeps the rules of layering.py, and the tree in fixture/, which breaks each of them, is found out."""
import pathlib
import re
import unittest

import layering

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = re.compile(r"violates: (\w[\w ]*)")


def told(root):
    return {(violation.path, violation.line, violation.rule) for violation in layering.House(root).check()}


def marked(root):
    """What the fixture says of itself: the rule in a comment on the line that breaks it."""
    src = pathlib.Path(root) / "src"
    return {(path.relative_to(src).as_posix(), number, found.group(1))
            for path in src.rglob("*") if path.is_file()
            for number, line in enumerate(path.read_text().splitlines(), 1)
            for found in [EXPECTED.search(line)] if found}


class Layering(unittest.TestCase):
    maxDiff = None

    def test_this_repository_keeps_the_rules(self):
        house = layering.House(HERE.parents[1])
        self.assertGreater(len(house.sources), 0)
        self.assertEqual([f"src/{violation}" for violation in house.check()], [])

    def test_examples_that_others_copy_await_where_g_plus_plus_12_can(self):
        examples = HERE.parents[1] / "examples"
        sources = [layering.Source(examples, path) for path in examples.rglob("*.[ch]pp")]
        self.assertTrue(any("co_await" in source.code for source in sources))
        self.assertEqual([(source.path, *line) for source in sources for line in source.lines(layering.COROUTINE)], [])

    def test_each_broken_rule_is_found_and_nothing_else(self):
        self.assertEqual(told(HERE / "fixture"), marked(HERE / "fixture"))

    def test_the_fixture_breaks_every_rule(self):
        rules = set(re.findall(r"^  (\w[\w ]*?)  +", layering.__doc__, re.MULTILINE))
        self.assertGreater(len(rules), 5)
        self.assertEqual({rule for _, _, rule in marked(HERE / "fixture")}, rules)


if __name__ == "__main__":
    unittest.main()
