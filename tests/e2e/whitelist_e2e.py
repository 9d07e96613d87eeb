"""Contract §1 and §4: the whitelist strategy, and a change between the two."""
import time
import unittest

from harness.case import RecantTest
from harness.process import wait_until

WHITELIST = {"session.strategy": "whitelist"}


class Whitelisted(RecantTest):
    settings = WHITELIST
    redis_options = ()

    def test_each_token_has_its_place_for_its_life_and_a_minute(self):
        first = self.recant.sign_in()
        second = self.recant.refresh(first)
        for tokens in (first, second):
            self.assertEqual(self.recant.redis("GET", tokens.place), "1")
            self.assert_lives_for(tokens.place, 15 * 60 + 60)
            self.assert_alive(tokens)

    def test_without_its_place_it_is_dead_and_any_value_is_one(self):
        tokens = self.recant.sign_in()
        for value in ("0", "", "dead"):
            self.recant.redis("SET", tokens.place, value, "EX", 900)
            self.assert_alive(tokens)
        self.recant.redis("DEL", tokens.place)
        self.assert_dead(tokens, "foreign")
        self.assertEqual(self.recant.redis("GET", f"blacklist:session:{tokens.session}"), "1")

    def test_its_holder_is_told_the_reason_that_stands(self):
        tokens = self.recant.sign_in()
        self.assertEqual(self.recant.revoke(token=tokens.access, reason="lost laptop").status, 200)
        self.recant.redis("DEL", f"blacklist:jti:{tokens.jti}")
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: lost laptop")

    def test_whatever_ends_a_session_takes_every_place_of_it(self):
        acts = (lambda t: self.recant.logout(t.access),
                lambda t: self.recant.call("POST", "/v1/logout", {"refresh_token": t.refresh}),
                lambda t: self.recant.call("DELETE", f"/v1/sessions/{t.session}", bearer=t.access),
                lambda t: self.recant.revoke(session=t.session, subject=t.user_id, wait=True),
                lambda t: self.recant.revoke(token=t.refresh),
                lambda t: self.recant.revoke(subject=t.user_id, wait=True),
                lambda t: self.recant.admin("POST", f"/v1/admin/users/{t.user_id}/disable"))
        for act in acts:
            first, bystander = self.recant.sign_in(), self.recant.sign_in()
            second = self.recant.refresh(first)
            self.assertIn(act(second).status, (200, 204))
            for tokens in (first, second):
                self.assertEqual(self.recant.redis("EXISTS", tokens.place), 0)
            self.assertEqual(self.recant.redis("EXISTS", bystander.place), 1)

    def test_a_jti_alone_tells_readers_of_the_whitelist_only_with_its_subject(self):
        for subject, tidied in (("", False), ("known", True)):
            tokens = self.recant.sign_in()
            more = {"subject": tokens.user_id} if subject else {}
            answer = self.recant.revoke(jti=tokens.jti, exp=tokens.claims["exp"], **more)
            self.assertEqual((answer.status, answer.json["tidied"]), (200, tidied))
            self.assertEqual(self.recant.redis("EXISTS", tokens.place), int(not tidied))
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")

    def test_a_place_of_another_type_is_503(self):
        tokens = self.recant.sign_in()
        self.recant.redis("DEL", tokens.place)
        self.recant.redis("SADD", tokens.place, "x")
        self.assertEqual(self.recant.check(tokens.access).status, 503)

    def test_a_password_change_leaves_one_place(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(3)]
        answer = self.recant.call("POST", "/v1/password", {
            "old_password": user.password, "new_password": "another horse battery"},
            bearer=logins[0].access)
        new = self.assert_tokens(answer)
        wait_until(lambda: len(self.recant.redis("KEYS", f"whitelist:user:{user.id}:*")) == 1,
                   "the others are tidied away")
        self.assertEqual(self.recant.redis("EXISTS", new.place), 1)
        self.assert_alive(new)


class Changed(RecantTest):
    """Each test has servers of its own on one Redis."""

    @classmethod
    def setUpClass(cls):
        pass

    def changing(self, redis, settings):
        recant = self.start(settings, redis, start=False)
        recant.flags = ["--change-policy"]
        recant.start()
        return recant

    def refused(self, redis, settings):
        """What it says that does not start."""
        with self.assertRaises(AssertionError) as ended:
            self.start(settings, redis)
        return str(ended.exception)

    def restart(self, recant, settings):
        recant.settings.update(settings)
        recant.flags = ["--change-policy"]
        recant.process.end()
        recant.start()

    def test_older_tokens_are_401_until_refreshed_and_back_again(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        tokens = recant.sign_in()
        self.restart(recant, WHITELIST)
        self.assertEqual(redis("GET", "recant:policy"), "v=1 strategy=whitelist max_staleness=250")
        recant.line_with('"warn"', "--change-policy", '"before":"v=1 strategy=blacklist max_staleness=250"',
                         '"now":"v=1 strategy=whitelist max_staleness=250"')
        self.assert_invalid_token(recant.check(tokens.access), "revoked: foreign")
        newer = recant.refresh(tokens)
        self.assert_alive(newer, recant)
        self.assert_invalid_token(recant.check(tokens.access), "revoked: foreign")

    def test_a_change_back_revives_nobody_whom_a_foreign_service_signed_out(self):
        redis = self.start_redis()
        recant = self.start(WHITELIST, redis)
        before, left, leaving = (recant.sign_in() for _ in range(3))
        redis("DEL", left.place)
        self.restart(recant, {"session.strategy": "blacklist"})
        self.assertRegex(redis("GET", "recant:policy"),
                         r"^v=1 strategy=blacklist whitelisted_until=\d+ max_staleness=250$")
        self.assert_alive(before, recant)
        redis("DEL", leaving.place)
        for tokens in (left, leaving):
            self.assert_invalid_token(recant.check(tokens.access), "revoked: foreign")
            self.assertEqual(recant.try_refresh(tokens.refresh).status, 401)
        # Its second is over: what is issued now needs no place, and has none.
        time.sleep(1.1)
        for tokens in (recant.refresh(before), recant.sign_in()):
            self.assert_alive(tokens, recant)
            self.assertEqual(redis("EXISTS", tokens.place), 0)

    def test_a_policy_that_was_flushed_is_written_again_and_told(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        self.assertNotIn("policy", recant.output())
        redis("FLUSHALL")
        recant.line_with('"warn"', "written again",
                         '"now":"v=1 strategy=blacklist max_staleness=250"')
        self.assertEqual(redis("GET", "recant:policy"), "v=1 strategy=blacklist max_staleness=250")

    def test_a_server_that_does_not_agree_refuses_to_start_and_says_what_to_do(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        said = self.refused(redis, WHITELIST)
        for part in ('session.strategy is "whitelist" in this configuration', '"blacklist"',
                     "recant serve --change-policy", "401 until they are refreshed"):
            self.assertIn(part, said)
        self.assertEqual(redis("GET", "recant:policy"), "v=1 strategy=blacklist max_staleness=250")
        self.start(redis=redis)
        self.assert_alive(recant.sign_in(), recant)

    def test_a_policy_that_is_not_known_is_no_policy(self):
        redis = self.start_redis()
        for text in ("v=2 strategy=blacklist", "whatever", ""):
            redis("SET", "recant:policy", text)
            self.assertIn("none that this version knows", self.refused(redis, {}))
        redis("DEL", "recant:policy")
        redis("SADD", "recant:policy", "x")
        self.assertIn("not even text", self.refused(redis, {}))
        self.changing(redis, {})
        self.assertRegex(redis("GET", "recant:policy"),
                         r"^v=1 strategy=blacklist max_staleness=250 staleness_before=10000@\d+$")

    def test_a_server_that_runs_on_goes_by_the_stricter_and_says_so(self):
        redis = self.start_redis()
        old = self.start(redis=redis)
        before = old.sign_in()
        new = self.changing(redis, WHITELIST)
        self.assert_invalid_token(old.check(before.access), "revoked: foreign")
        after = old.sign_in()
        self.assert_alive(after, old)
        self.assertEqual(redis("GET", after.place), "1")  # so the others take it too
        redis("DEL", after.place)
        self.assert_invalid_token(old.check(after.access), "revoked: foreign")
        wait_until(lambda: "warnings" in old.call("GET", "/readyz").json, "the old one has noticed")
        warning, = old.call("GET", "/readyz").json["warnings"]
        self.assertIn('Set session.strategy = "whitelist" and restart it.', warning)
        self.assertIn("error", old.line_with('was changed to \\"whitelist\\"'))
        self.assertEqual(new.call("GET", "/readyz").json, {"status": "ready"})

    def test_a_policy_that_is_lost_is_put_back(self):
        redis = self.start_redis()
        recant = self.start(WHITELIST, redis)
        tokens = recant.sign_in()
        redis("DEL", "recant:policy")
        self.assertIn(recant.check(tokens.access).status, (200, 503))
        wait_until(lambda: recant.check(tokens.access).status == 200, "the policy is back")
        self.assertEqual(redis("GET", "recant:policy"), "v=1 strategy=whitelist max_staleness=250")
        redis("FLUSHALL")
        self.assert_invalid_token(recant.check(tokens.access), "revoked: foreign")
        self.assert_alive(recant.sign_in(), recant)  # whoever issues puts it back at once

    def test_without_a_policy_nothing_is_valid_and_readyz_says_why(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        tokens = recant.sign_in()
        ended = recant.sign_in()
        recant.logout(ended.access)
        redis("SET", "recant:policy", "v=2 strategy=blacklist")
        self.assertEqual(recant.check(tokens.access).status, 503)
        self.assertEqual(recant.try_refresh(tokens.refresh).status, 503)
        self.assert_invalid_token(recant.check(ended.access), "revoked: logout")
        wait_until(lambda: not recant.is_ready(), "it is not ready")
        self.assertIn("none that this version knows", recant.call("GET", "/readyz").json["detail"])
        redis("SET", "recant:policy", "v=1 strategy=blacklist")
        wait_until(recant.is_ready, "it is ready again")
        self.assert_alive(tokens, recant)


if __name__ == "__main__":
    unittest.main()
