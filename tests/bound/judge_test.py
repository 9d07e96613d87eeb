"""The arithmetic of the judge, on records that are made up; and the schedule."""
import dataclasses
import unittest

import room
from campaign.faults import InForce
from campaign.instants import MS, SECOND
from campaign.judge import judge, spread
from campaign.schedule import KINDS, LONGEST, SHORTEST, schedule
from campaign.verdict import is_enough, shortcomings

T = 1000 * SECOND
BOUND = 250


@dataclasses.dataclass
class Token:
    number: int = 0
    how: str = "foreign jti"
    acknowledged: int = T


class Record:
    """What one process said of one token, in milliseconds from its revocation; `None`: nothing."""

    def __init__(self, accepted, refused=None):
        self._entry = tuple(0 if ms is None else T + round(ms * MS) for ms in (accepted, refused, refused))

    def counts(self):
        return {"from_cache": 3, "late": 1}

    def entry(self, token):
        return self._entry


def judged(*records, faults=(), token=Token()):
    return judge([token], list(enumerate(records)), faults, BOUND)


class Judge(unittest.TestCase):
    def test_a_check_that_begins_with_the_end_of_the_bound_is_too_late(self):
        self.assertEqual(judged(Record(249.999, 260)).violations, [])
        found, = judged(Record(100), Record(250)).violations
        self.assertEqual((found.verifier, found.late_ms, found.faults), (1, 0.0, []))

    def test_it_says_what_was_in_force(self):
        faults = [InForce("cut", ["link 0"], T - 10 * MS, T + MS), InForce("delay", ["link 0"], T - 9, T - 5)]
        self.assertEqual(judged(Record(300), faults=faults).violations[0].faults, ["cut"])

    def test_a_token_that_was_not_acknowledged_is_not_judged(self):
        self.assertEqual(judged(Record(9000), token=Token(acknowledged=0)).violations, [])

    def test_from_the_acknowledgement_on(self):
        found = judged(Record(1, 2), Record(-5, -3), Record(None, 7), Record(3, None))
        self.assertEqual((found.refused_ms, found.accepted_ms), ([2.0, 0], [1.0, 3.0]))
        self.assertEqual(found.checks, 12)

    def test_one_that_was_waited_for_has_no_time_afterwards(self):
        found = judged(Record(249, 260), token=Token(how="api wait"))
        self.assertEqual((found.refused_ms, found.accepted_ms, found.violations), ([], [], []))

    def test_a_quiet_time_is_one_without_faults_before_and_after(self):
        for began, ended, quiet in ((-5000, -1001, True), (-5000, -999, False), (499, 600, False), (501, 600, True)):
            fault = InForce("cut", [], T + began * MS, T + ended * MS)
            self.assertEqual(bool(judged(Record(1, 2), faults=[fault]).refused_quiet_ms), quiet, (began, ended))

    def test_spread(self):
        self.assertEqual(spread([]), {"count": 0, "p50": None, "p90": None, "p99": None, "p99.9": None, "max": None})
        self.assertEqual(spread(range(1000)), {"count": 1000, "p50": 500, "p90": 900, "p99": 990, "p99.9": 999,
                                               "max": 999})


class Schedule(unittest.TestCase):
    def test_it_follows_from_the_seed(self):
        self.assertEqual(schedule(3, 60, 100, 8), schedule(3, 60, 100, 8))
        self.assertNotEqual(schedule(3, 60, 100, 8), schedule(4, 60, 100, 8))

    def test_all_kinds_in_storms(self):
        faults = schedule(3, 60, 5 * len(KINDS), 8)
        for kind in KINDS:
            self.assertEqual(sum(fault.kind == kind for fault in faults), 5)
        for fault in faults:
            self.assertLess(fault.at % 11, 8)
            self.assertTrue(SHORTEST <= fault.seconds <= LONGEST)
        self.assertEqual([fault.at for fault in faults], sorted(fault.at for fault in faults))


class Shortcomings(unittest.TestCase):
    def result(self, **changes):
        return {"plan": {"seed": 1, "kinds": list(KINDS), "faults": 1200}, "checks": 1_000_000, "late": 5000,
                "late_accepted": 0, "violations": [], "faults": {kind: 100 for kind in KINDS},
                "verdicts": {"from_cache": 900, "from_redis": 100, "revoked": 1, "unavailable": 1, "invalid": 0}} | changes

    def test_one_that_holds(self):
        self.assertEqual(shortcomings(self.result()), [])
        self.assertTrue(is_enough(self.result()))
        self.assertFalse(is_enough(self.result(checks=999_999)))
        self.assertFalse(is_enough(self.result(faults={kind: 10 for kind in KINDS})))

    def test_each_that_does_not(self):
        verdicts = self.result()["verdicts"]
        for changes, words in (
                ({"violations": ["x"]}, "1 checks were accepted past"), ({"late_accepted": 2}, "2 checks were accepted past"),
                ({"verdicts": verdicts | {"from_redis": 901}}, "asked nobody"), ({"late": 999}, "only 999 checks"),
                ({"verdicts": verdicts | {"from_redis": 0, "from_cache": 0}}, "asked nobody"),
                ({"verdicts": verdicts | {"invalid": 1}}, "invalid"), ({"faults": {"cut": 1}}, "no fault of redis_stop")):
            found = shortcomings(self.result(**changes))
            self.assertEqual(len(found), 1, changes)
            self.assertIn(words, found[0])


if __name__ == "__main__":
    unittest.main()
