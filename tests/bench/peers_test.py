"""The peers do the work that they are measured at, and a peer that does not is not measured."""
import unittest

import room  # noqa: F401
from measure import machine, peers, servers
from measure.material import PASSWORD, Material
from measure.problem import Problem
from harness.redis_server import RedisServer


class PeerTest:
    """For each of bench/peers; skipped where its language is not installed."""

    kind = None

    @classmethod
    def setUpClass(cls):
        lacking = peers.make_ready(cls.kind.name)
        if lacking:
            raise unittest.SkipTest(lacking)
        cls.material = Material()
        cls.addClassCleanup(cls.material.end)
        cls.redis = RedisServer(tcp=True)
        cls.addClassCleanup(cls.redis.end)

    def start(self, threads):
        cores = frozenset(machine.os.sched_getaffinity(0))
        server = self.kind(servers.Setting(self.redis, self.material, threads, cores))
        self.addCleanup(server.end)
        return server.start()

    def proof(self, server):
        return peers.Proof(server, servers.ISSUER, servers.AUDIENCE, PASSWORD)

    def test_it_follows_the_recipe(self):
        self.proof(self.start(threads=1)).run()

    def test_it_follows_the_recipe_on_two_threads(self):
        self.proof(self.start(threads=2)).run()

    def test_a_peer_that_misses_a_revocation_is_found_out(self):
        """It looks into another database than the one where the revocation is written."""
        server = self.start(threads=1)
        server.database += 7
        with self.assertRaisesRegex(Problem, "takes a token that another service revoked"):
            self.proof(server).a_revoked_token_is_refused()

    def test_a_peer_that_takes_tokens_for_others_is_found_out(self):
        server = self.start(threads=1)
        proof = peers.Proof(server, servers.ISSUER, "another-audience", PASSWORD)
        with self.assertRaisesRegex(Problem, "refuses a good token"):
            proof.tokens_of_others_are_refused()


class Fastify(PeerTest, unittest.TestCase):
    kind = servers.Fastify

    def test_the_walk_ends_the_sessions_of_one_subject(self):
        from measure.seeding import RecipeKeys
        server = self.start(threads=1)
        keys = RecipeKeys(self.redis, server.database)
        self.addCleanup(keys.close)
        mine, others = keys.sessions("mine", 2500), keys.sessions("theirs", 3)
        answer = peers.call(server.port, "POST", "/v1/revoke", {"subject": "mine"})
        self.assertEqual((answer.status, answer.json), (200, {"sessions": len(mine)}))
        left = [jti for jti in mine if keys("EXISTS", f"whitelist:user:mine:jti:{jti}")]
        self.assertEqual(left, [])
        self.assertTrue(all(keys("EXISTS", f"whitelist:user:theirs:jti:{jti}") for jti in others))


class Express(PeerTest, unittest.TestCase):
    kind = servers.Express


class Go(PeerTest, unittest.TestCase):
    kind = servers.Go


if __name__ == "__main__":
    unittest.main()
