"""Every part once, very small, without peers: that it runs, and that what it counts is there."""
import os
import shutil
import unittest

import room  # noqa: F401
from measure.bench import Bench, Scale
from measure.material import Material, program
from parts import PARTS

TINY = Scale(rounds=1, seconds=1, refresh_sessions=3000, memory_sessions=300, revoke_times={1: 2, 300: 1},
             library_tokens=(100, 1000))
MISSING = {name: "left out" for name in ("fastify", "express", "go")}


class Parts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("wrk"):
            raise unittest.SkipTest("wrk is missing (scripts/install bench)")
        if len(os.sched_getaffinity(0)) < 2:
            raise unittest.SkipTest("two cores are needed")
        material = Material()
        cls.addClassCleanup(material.end)
        cls.bench = Bench(material, TINY, MISSING)
        cls.bench.say = lambda _: None

    def rounds_of(self, part):
        for name, rounds in part["rounds"].items():
            self.assertEqual(len(rounds), 1, name)
            self.assertGreater(rounds[0]["rate"], 0)
            self.assertEqual(rounds[0].get("refused", 0), 0, f"{name}: {rounds}")
        return set(part["rounds"])

    def test_check(self):
        if not shutil.which("nginx"):
            self.skipTest("nginx is missing (scripts/install bench)")
        self.assertEqual(self.rounds_of(PARTS["check"].run(self.bench)), {"recant", "nginx"})

    def test_library(self):
        if not os.path.exists(program("bench_in_process")):
            self.skipTest("bench_in_process is not built (scripts/install bench)")
        part = PARTS["library"].run(self.bench)
        self.assertEqual(self.rounds_of(part), set(part["titles"]))
        for name, (one,) in part["rounds"].items():
            self.assertLess(one["asked"], one["checks"], name)  # a lease may be late on a busy machine
        self.assertGreater(part["bytes_a_token"], part["token_bytes"])

    def test_storms(self):
        part = PARTS["storms"].run(self.bench)
        self.assertEqual(self.rounds_of(part), {"calm", "breeze", "storm"})
        (calm,), (breeze,), (storm,) = part["rounds"].values()
        self.assertEqual(calm["logins_rate"], 0)
        self.assertGreater(storm["logins_rate"], breeze["logins_rate"])
        # Each login's key is heard: whitelist:user:<36 characters>:jti:<36 characters>. Counting begins
        # and ends in the middle of some logins.
        self.assertLess(calm["received_rate"], breeze["received_rate"])
        self.assertGreater(storm["received_rate"], 0.9 * len("whitelist:user::jti:" + 72 * "x") * storm["logins_rate"])

    def test_loaded(self):
        part = PARTS["loaded"].run(self.bench)
        self.assertEqual(self.rounds_of(part), {"recant_idle", "recant_busy"})
        self.assertGreater(part["rounds"]["recant_busy"][0]["logins_rate"], 0)

    def test_refresh(self):
        self.assertEqual(self.rounds_of(PARTS["refresh"].run(self.bench)), {"recant"})

    def test_login(self):
        part = PARTS["login"].run(self.bench)
        self.assertEqual(self.rounds_of(part), {"recant", "limit", "at_once"})
        one = part["rounds"]["limit"][0]
        self.assertAlmostEqual(one["rate"], part["cores"] * 1000 / one["hash_ms"])

    def test_revoke(self):
        part = PARTS["revoke"].run(self.bench)
        self.assertEqual([(row["sessions"], len(row["recant_ms"])) for row in part["rows"]], [(1, 2), (300, 1)])

    def test_memory(self):
        part = PARTS["memory"].run(self.bench)
        self.assertEqual(len(part["recant"]["keys"]), 3)
        self.assertGreater(part["recant"]["used_bytes"], sum(part["recant"]["keys"].values()) / 2)
        self.assertGreater(part["recipe"]["used_bytes"], 100)


if __name__ == "__main__":
    unittest.main()
