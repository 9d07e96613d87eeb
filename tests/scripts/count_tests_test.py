"""The closing line of scripts/test counts what really ran, whatever it was written with."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

COUNT = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/count_tests.py"


def closing_line(*programs):
    cases = "".join(f'<testcase name="t" status="{status}">{extra}<system-out>{output}</system-out></testcase>'
                    for status, output, extra in programs)
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as results:
        results.write(f"<testsuite>{cases}</testsuite>")
        results.flush()
        done = subprocess.run([sys.executable, str(COUNT), results.name], check=True, capture_output=True, text=True)
        return done.stdout


def program(status, output="", extra=""):
    return status, output, extra


class ClosingLine(unittest.TestCase):
    def test_cases_of_googletest(self):
        self.assertEqual(closing_line(
            program("run", "[==========] 12 tests from 3 test suites ran. (0 ms total)\n[  PASSED  ] 12 tests.\n"),
            program("run", "[==========] 1 test from 1 test suite ran.\n[  PASSED  ] 1 test.\n")), "13 passed, 0 failed\n")

    def test_failed_and_skipped_cases_of_googletest(self):
        self.assertEqual(closing_line(program(
            "fail", "[  PASSED  ] 4 tests.\n[  SKIPPED ] 2 tests, listed below:\n[  FAILED  ] 3 tests, listed below:\n")),
            "4 passed, 3 failed, 2 skipped\n")

    def test_skipped_cases_of_a_brief_googletest(self):
        self.assertEqual(closing_line(program(
            "run", "[==========] 3 tests from 1 test suite ran. (0 ms total)\n[  PASSED  ] 2 tests.\n[  SKIPPED ] 1 test.\n")),
            "2 passed, 0 failed, 1 skipped\n")

    def test_cases_of_unittest(self):
        self.assertEqual(closing_line(program("run", "Ran 5 tests in 0.1s\n\nOK (skipped=1)\n"),
                                      program("fail", "Ran 6 tests in 1s\n\nFAILED (failures=1, errors=2)\n")),
                         "7 passed, 3 failed, 1 skipped\n")

    def test_a_program_that_only_succeeds_or_fails(self):
        self.assertEqual(closing_line(program("run", "fine"), program("fail", "no")), "1 passed, 1 failed\n")

    def test_a_program_that_died_after_its_cases_had_passed(self):
        self.assertEqual(closing_line(program("fail", "[  PASSED  ] 3 tests.\nAddressSanitizer: leak")),
                         "3 passed, 1 failed\n")

    def test_a_program_that_was_not_built(self):
        self.assertEqual(closing_line(program("notrun", extra='<skipped message="Unable to find executable"/>')), "0 passed, 1 failed\n")

    def test_a_program_that_skipped_itself(self):
        self.assertEqual(closing_line(program("notrun", extra='<skipped message="SKIP_RETURN_CODE=77"/>'), program("disabled")),
                         "0 passed, 0 failed, 2 skipped\n")


if __name__ == "__main__":
    unittest.main()
