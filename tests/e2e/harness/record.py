"""What a test run created that is secret, and all that its servers wrote: logs and scrapes.

Each text is looked at when its server ends, and all of them once more when the module has run, against
every secret that any of its tests ever met.
"""
import re
import unittest

from .secrets import Secrets

_CRASH = re.compile(r"(?:Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|: runtime error: "
                    r"|terminate called|Assertion .*failed|glibcxx_assert|stack smashing|\*\*\* BUG"
                    r"|=== REDIS BUG REPORT START")


class Record:
    def __init__(self):
        self.secrets = Secrets()
        self._kept = []
        self._looked_at = 0

    def keep(self, where, text):
        """What a server wrote."""
        if text:
            self._kept.append((where, text))

    def check_new(self):
        """What was kept since the last time."""
        new, self._looked_at = self._kept[self._looked_at:], len(self._kept)
        self._check(new)

    def check(self):
        self._check(self._kept)

    def _check(self, kept):
        for where, text in kept:
            self.secrets.must_not_stand_in(text, where)
            must_not_tell_of_a_crash(text, where)


def must_not_tell_of_a_crash(text, where):
    crash = _CRASH.search(text)
    assert not crash, f"{where} tells of a crash:\n{text[max(0, crash.start() - 500):][:4000]}"


current = Record()
unittest.addModuleCleanup(current.check)  # unittest runs it after the last test of the module
