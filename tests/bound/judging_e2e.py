"""The judge judges: what is accepted too late is reported."""
import unittest

import room
from campaign.campaign import Campaign, Plan
from campaign.verdict import shortcomings


class Judging(unittest.TestCase):
    def measure(self, **more):
        return Campaign(Plan(seed=1, seconds=5, verifiers=2, **more)).run()

    def assert_reported(self, result):
        self.assertTrue(result["violations"])
        self.assertTrue(result["late_accepted"], "the verifiers count what they accepted too late")
        self.assertIn("past the bound (seed 1)", shortcomings(result)[0])

    def test_verifiers_that_are_told_of_no_change(self):
        """The proxy takes the pushes out of the stream, so that a token is accepted for as long as there are leases."""
        result = self.measure(faults=0, swallow_pushes=True)
        self.assert_reported(result)
        self.assertRegex(result["violations"][0], r"verifier \d accepted it [\d.]+ ms past the bound; in force: no fault")

    def test_leases_that_are_longer_than_the_bound(self):
        """What is held against is less than what the verifiers go by, and they are cut off from Redis meanwhile."""
        result = self.measure(faults=24, kinds=("partition_one", "hold_answers"), policy_ms=3000, judged_ms=50)
        self.assert_reported(result)
        self.assertRegex("\n".join(result["violations"]), r"in force: .*(partition_one|hold_answers)")


if __name__ == "__main__":
    unittest.main()
