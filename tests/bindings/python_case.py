"""What the tests of the Python package share: a recant, a Redis, and verifiers that end with the test."""
import sys

from harness.case import RecantTest
from harness.process import wait_until
from python_package import load, options_for

package = load()
Verdict = package.Verdict


class PythonTest(RecantTest):
    redis_options = ()

    def setUp(self):
        super().setUp()
        self.nobody_took = []  # exceptions that came out where there is nobody to take them
        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = self.nobody_took.append
        self.addCleanup(lambda: self.assertEqual(self.nobody_took, []))

    def verifier(self, recant=None, ready=True, **more):
        verifier = package.Verifier(**options_for(recant or self.recant, **more))
        self.addCleanup(verifier.close)
        if ready:
            wait_until(lambda: verifier.ready, "the verifier is ready")
        return verifier

    def with_a_redis_of_its_own(self, **more):
        """A recant and a verifier, whose Redis may be paused."""
        redis = self.start_redis()
        recant = self.start(redis=redis)
        return redis, recant, self.verifier(recant, **more)

    def assert_judged(self, checked, verdict, reason=None):
        self.assertIs(checked.verdict, verdict, checked)
        self.assertIs(bool(checked), verdict is Verdict.VALID)
        self.assertIs(checked.is_valid, verdict is Verdict.VALID)
        if reason is not None:
            self.assertEqual(checked.reason, reason)
