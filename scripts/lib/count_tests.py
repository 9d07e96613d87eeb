"""Prints `N passed, N failed` (and `, N skipped`) from ctest's JUnit file: test cases, not programs.

A program that says how many cases it ran (GoogleTest, unittest) counts as that many; any other,
and one that died before it could say, counts as one.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def number(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return int(found.group(1)) if found else 0


def count(testcase):
    """passed, failed, skipped of one program that ctest ran."""
    output = testcase.findtext("system-out") or ""
    status = testcase.get("status")
    if status in ("notrun", "disabled"):
        reason = testcase.find("skipped")
        skips = status == "disabled" or (reason is not None and reason.get("message", "").startswith("SKIP_"))
        return (0, 0, 1) if skips else (0, 1, 0)
    ran = number(r"^Ran (\d+) tests? in ", output)
    if ran:
        failed = number(r"^FAILED \(.*failures=(\d+)", output) + number(r"^FAILED \(.*errors=(\d+)", output)
        skipped = number(r"^(?:OK|FAILED) \(.*skipped=(\d+)", output)
        passed = ran - failed - skipped
    else:
        passed = number(r"^\[  PASSED  \] (\d+) test", output)
        failed = number(r"^\[  FAILED  \] (\d+) tests?, listed below", output)
        skipped = number(r"^\[  SKIPPED \] (\d+) tests?(?:, listed below|\.$)", output)  # GTEST_BRIEF: .
    if status == "fail":
        failed = max(failed, 1)
    elif not passed and not skipped:
        passed = 1
    return passed, failed, skipped


def main(path):
    counts = [count(testcase) for testcase in ElementTree.parse(path).getroot().iter("testcase")]
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))


if __name__ == "__main__":
    main(sys.argv[1])
