"""Promise G1 under faults of every kind, by the short run that each change must pass."""
import json
import unittest

import room
from campaign.campaign import Campaign, Plan
from campaign.schedule import KINDS
from campaign.verdict import shortcomings

SEED = 5


class ShortRun(unittest.TestCase):
    def test_no_check_is_accepted_past_the_bound(self):
        result = Campaign(Plan(SEED, seconds=20, faults=3 * len(KINDS), verifiers=4)).run()
        told = json.dumps(result, indent=1)
        self.assertEqual(set(result["faults"]), set(KINDS), told)
        self.assertEqual(shortcomings(result), [], told)


if __name__ == "__main__":
    unittest.main()
