"""docs/gateways.md and the README show the files of examples/ themselves."""
import os
import re
import unittest

from gateway import EXAMPLES, example
from harness.recant import ROOT

BLOCK = re.compile(r"^```\w+ examples/(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(*path):
    with open(os.path.join(ROOT, *path)) as file:
        return file.read()


class Documents(unittest.TestCase):
    def test_each_block_of_the_page_is_the_file(self):
        shown = {}
        for name, block in BLOCK.findall(text_of("docs", "gateways.md")):
            self.assertEqual(block, example(name), name)
            shown[name] = block
        self.assertEqual(set(shown), configurations())

    def test_the_README_shows_lines_of_the_example(self):
        part = text_of("README.md").partition("\n## Before an API\n")[2].partition("\n## ")[0]
        block = part.partition("```nginx\n")[2].partition("```")[0]
        lines = [line.partition("#")[0].strip() for line in block.splitlines() if line]
        there = iter(line.strip() for line in example("nginx", "recant.conf").splitlines())
        self.assertGreater(len(lines), 5)
        for line in lines:
            self.assertIn(line, there)

    def test_every_folder_has_a_page_and_is_named(self):
        page = text_of("docs", "gateways.md")
        for folder in folders():
            self.assertTrue(os.path.isfile(os.path.join(EXAMPLES, folder, "README.md")), folder)
            self.assertIn(f"(../examples/{folder})", page)

    def test_what_no_test_runs_says_so_wherever_it_stands(self):
        page = text_of("docs", "gateways.md")
        run = {name.removesuffix("_e2e.py") for name in os.listdir(os.path.dirname(__file__) or ".")}
        for folder in set(folders()) - run:
            row, = re.findall(rf"^\|.*\(\.\./examples/{folder}\) \| (.*) \|$", page, re.MULTILINE)
            self.assertEqual(row, "**no**", folder)
            self.assertIn(f"\n## {folder.title()}, not run by any test\n", page)
            self.assertIn("Not run by any test", example(folder, "README.md"))
            for name in configurations(folder):
                self.assertIn("# NOT RUN BY ANY TEST", example(name))

    def test_O48_no_example_lets_anybody_in_when_Recant_is_down(self):
        said = [line.strip() for name in configurations() for line in example(name).splitlines()
                if "failure_mode_allow" in line]
        self.assertEqual(said, ["failure_mode_allow: false"])


def folders():
    """Those of gateways: there may be others that are about something else."""
    names = re.findall(r"\(\.\./examples/(\w+)\)", text_of("docs", "gateways.md"))
    assert names
    return names


def configurations(*of):
    return {f"{folder}/{name}" for folder in of or folders()
            for name in os.listdir(os.path.join(EXAMPLES, folder)) if name != "README.md"}


if __name__ == "__main__":
    unittest.main()
