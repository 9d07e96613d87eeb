"""Contract §1, redis.foreign_writers: what other services whitelisted for a subject goes when all of that subject ends, and
nothing else does. They are `redis-cli` here, in processes of their own."""
import unittest
import uuid

from harness.acl import Monitor
from harness.foreign import ForeignTest, ways_to_end_a_subject
from harness.process import wait_until
from harness.verbs import PASSWORD


def new_jti():
    return str(uuid.uuid4())


class Walking(ForeignTest):
    more = {"redis.foreign_writers": True}

    def whitelisted(self, sub, count=1):
        """As a service that signs tokens for `sub` does; their jtis."""
        jtis = [new_jti() for _ in range(count)]
        for jti in jtis:
            self.cli.whitelist(sub, jti)
        return jtis

    def stand(self, sub, jtis):
        return [self.cli.is_whitelisted(sub, jti) for jti in jtis]

    def assert_taken_back(self, sub, jtis):
        self.assertEqual(self.stand(sub, jtis), [False] * len(jtis))
        for jti in jtis:
            self.assertTrue(self.cli.is_blacklisted(jti))

    # --- what takes them back -------------------------------------------------------------------

    def test_whatever_ends_all_of_a_subject(self):
        for name, act in ways_to_end_a_subject(self.recant).items():
            with self.subTest(name):
                tokens = self.recant.sign_in(password=PASSWORD)
                theirs, others = self.whitelisted(tokens.user_id, 3), self.whitelisted("somebody else")
                answer = act(tokens)
                self.assertIn(answer.status, (200, 204), answer)
                wait_until(lambda: not any(self.stand(tokens.user_id, theirs)), "they are gone")
                self.assert_taken_back(tokens.user_id, theirs)
                self.assertEqual(self.stand("somebody else", others), [True])
                self.assert_reads_dead(tokens)
                if name == "password":
                    new = self.assert_tokens(answer)
                    self.assert_reads_alive(new)
                    self.assert_reads_alive(self.recant.refresh(new))

    def test_what_ends_less_looks_for_nothing(self):
        for act in (lambda t: self.recant.logout(t.access),
                    lambda t: self.recant.revoke(session=t.session, subject=t.user_id, wait=True),
                    lambda t: self.recant.revoke(token=t.access)):
            tokens = self.recant.sign_in()
            theirs = self.whitelisted(tokens.user_id)
            self.assertIn(act(tokens).status, (200, 204))
            self.assertEqual(self.stand(tokens.user_id, theirs), [True])

    def test_a_subject_that_recant_never_saw(self):
        theirs = self.whitelisted("stranger", 2)
        answer = self.recant.revoke(subject="stranger", wait=True)
        self.assertEqual((answer.status, answer.json["tidied"], answer.json["sessions"]), (200, True, 0))
        self.assert_taken_back("stranger", theirs)

    # --- when -----------------------------------------------------------------------------------

    def test_the_watermark_stands_before_anybody_looks(self):
        theirs = self.whitelisted("in order")
        monitor = Monitor(self.recant.server.connect(), self.recant.server)
        self.recant.revoke(subject="in order", wait=True)
        seen = monitor.end()
        watermark, = [at for at, words in enumerate(seen)
                      if words[:2] == ["set", "blacklist:user:in%20order"]]
        walks = [at for at, words in enumerate(seen) if words[0] == "scan"]
        self.assertGreater(walks[0], watermark)
        for at in walks:
            self.assertIn("whitelist:user:in%20order:jti:*", seen[at])
        # Under another spelling it is another subject.
        self.assertEqual(self.stand("in order", theirs), [True])

    def test_wait_returns_when_all_of_a_large_database_was_looked_at(self):
        connection = self.recant.server.connect()
        self.addCleanup(connection.close)
        connection.pipeline([["SET", f"of-somebody:{n}", "x", "EX", 900] for n in range(20_000)])
        theirs = [new_jti() for _ in range(500)]
        for round_ in range(2):
            connection.pipeline([["SET", f"whitelist:user:large:jti:{jti}", "1", "EX", 900]
                                 for jti in theirs])
            answer = self.recant.revoke(subject="large", wait=round_ == 0)
            self.assertEqual((answer.status, answer.json["tidied"]), (200, round_ == 0))
            stand = lambda: self.cli("EXISTS", *(f"whitelist:user:large:jti:{jti}" for jti in theirs))
            if round_ == 0:
                self.assertEqual(stand(), 0)
            else:
                wait_until(lambda: stand() == 0, "it goes on behind the answer")
        self.assertEqual(self.cli("EXISTS", *(f"of-somebody:{n}" for n in range(20_000))), 20_000)

    def test_one_that_is_interrupted_is_taken_up_again(self):
        theirs = self.whitelisted("interrupted")
        self.cli("ACL", "SETUSER", "default", "-scan")
        try:
            answer = self.recant.revoke(subject="interrupted", wait=True)
            self.assert_problem(answer, "unavailable")
            answer = self.recant.revoke(subject="interrupted")
            self.assertEqual((answer.status, answer.json["tidied"]), (200, False))
            self.assertEqual(self.stand("interrupted", theirs), [True])
        finally:
            self.cli("ACL", "SETUSER", "default", "+scan")
        wait_until(lambda: not any(self.stand("interrupted", theirs)), "they are gone")

    # --- whose ----------------------------------------------------------------------------------

    def test_whoever_signs_in_again_stays_in(self):
        user = self.recant.create_user()
        for _ in range(5):
            tokens = self.recant.login(user)
            theirs = self.whitelisted(user.id)
            self.recant.call("POST", "/v1/logout-all", bearer=tokens.access)
            again = self.recant.login(user)
            newer = self.recant.refresh(again)
            wait_until(lambda: not any(self.stand(user.id, theirs)), "they are gone")
            self.assert_reads_alive(again, newer)
            self.assert_alive(self.recant.refresh(newer))

    def test_names_that_mean_something_in_a_pattern_are_names(self):
        encoded = {"a b:{c}%": "a%20b%3A%7Bc%7D%25"}
        names = ["alice", "*", "?lice", "a*", "[a-z]lice", "al\\ice", "\\*", "a b:{c}%", "zo\u00eb"]
        standing = {name: self.whitelisted(encoded.get(name, name)) for name in names}
        for name in names:
            answer = self.recant.revoke(subject=name, wait=True)
            self.assertEqual((answer.status, answer.json["tidied"]), (200, True))
            self.assert_taken_back(encoded.get(name, name), standing.pop(name))
            for other, jtis in standing.items():
                self.assertEqual(self.stand(encoded.get(other, other), jtis), [True], f"{name}: {other}")


class WalkingUnderTheWhitelist(Walking):
    strategy = "whitelist"


class InAnotherForm(ForeignTest):
    """With a prefix and hash tags, which other services write too."""
    strategy = "whitelist"
    more = {"redis.foreign_writers": True, "redis.prefix": "shop:", "redis.hash_tags": "always"}

    def test_the_names_are_those_of_this_form(self):
        tokens = self.recant.open_session("alice")
        places = {name: f"{name}:jti:{new_jti()}" for name in (
            "shop:whitelist:user:{alice}", "shop:whitelist:user:{alice2}", "shop:whitelist:user:alice",
            "whitelist:user:{alice}", "other:shop:whitelist:user:{alice}")}
        for place in places.values():
            self.cli("SET", place, 1, "EX", 900)
        self.assertTrue(self.recant.revoke(subject="alice", wait=True).json["tidied"])
        self.assertEqual([name for name, place in places.items() if not self.cli("EXISTS", place)],
                         ["shop:whitelist:user:{alice}"])
        self.assertEqual(self.cli("EXISTS", f"shop:whitelist:user:{{alice}}:jti:{tokens.jti}"), 0)


class NotWalking(ForeignTest):
    strategy = "whitelist"

    def test_without_the_setting_what_recant_did_not_write_stays(self):
        tokens, jti = self.recant.sign_in(), new_jti()
        self.cli.whitelist(tokens.user_id, jti)
        monitor = Monitor(self.recant.server.connect(), self.recant.server)
        self.assertTrue(self.recant.revoke(subject=tokens.user_id, wait=True).json["tidied"])
        self.assertNotIn("scan", {words[0] for words in monitor.end()})
        self.assertTrue(self.cli.is_whitelisted(tokens.user_id, jti))
        self.assert_reads_dead(tokens)


if __name__ == "__main__":
    unittest.main()
