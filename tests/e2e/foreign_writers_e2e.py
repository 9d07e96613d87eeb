"""Contract §1: what other services write counts like ours; what they write wrongly opens nothing."""
import time
import unittest

from harness.case import RecantTest


class WritingRightly(RecantTest):
    redis_options = ()

    def test_a_blacklisted_jti_is_dead_whatever_the_value(self):
        for value in ("1", "true", "0", "", "logout", "\u2603"):
            tokens = self.recant.sign_in()
            self.recant.redis("SET", f"blacklist:jti:{tokens.jti}", value, "EX", 900)
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: foreign")

    def test_what_they_log_out_by_jti_stays_out(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.recant.redis("SET", f"blacklist:jti:{tokens.jti}", "1", "EX", 900)
        self.assert_alive(newer)  # its own jti is not blacklisted, and nobody refreshed yet
        self.assert_problem(self.recant.try_refresh(newer.refresh), "invalid_grant", "revoked")
        self.assert_invalid_token(self.recant.check(newer.access))
        self.assertEqual(self.recant.redis("GET", f"blacklist:session:{tokens.session}"), "1")

    def test_a_deleted_refresh_token_ends_its_session_at_the_next_refresh(self):
        tokens = self.recant.sign_in()
        self.recant.redis("DEL", f"refresh_token:{tokens.refresh_id}")
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
        self.assert_invalid_token(self.recant.check(tokens.access))

    def test_a_deleted_record_ends_its_session(self):
        """docs/adr/0004: a Redis that lost it has lost what might have been revoked."""
        tokens = self.recant.sign_in()
        self.recant.redis("DEL", f"session:user:{tokens.user_id}:{tokens.session}")
        self.assert_dead(tokens, "foreign")

    def test_a_blacklisted_session_is_dead(self):
        tokens = self.recant.sign_in()
        self.recant.redis("SET", f"blacklist:session:{tokens.session}", "1", "EX", 900)
        self.assert_dead(tokens, "foreign")

    def test_a_watermark_of_now_ends_what_began_before(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        now = int(time.time() * 1000)
        self.recant.redis("SET", f"blacklist:user:{user.id}", now + 1, "EX", 900)
        self.assert_dead(tokens, "foreign")
        again = self.recant.login(user)
        self.assert_alive(again)
        self.recant.refresh(again)

    def test_a_watermark_of_yesterday_ends_nothing(self):
        tokens = self.recant.sign_in()
        yesterday = int((time.time() - 86400) * 1000)
        self.recant.redis("SET", f"blacklist:user:{tokens.user_id}", yesterday, "EX", 900)
        self.assert_alive(tokens)

    def test_any_other_value_means_everything_of_this_subject(self):
        for value in ("1", "true", "", "999999999999", "-1700000000000", "1.7e12",
                      "1700000000000.5", " 1700000000000", "1700000000000x", "\u2603",
                      str(int(time.time()))):
            tokens = self.recant.sign_in()
            bystander = self.recant.sign_in()
            self.recant.redis("SET", f"blacklist:user:{tokens.user_id}", value, "EX", 900)
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: foreign")
            self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
            self.assert_alive(bystander)

    def test_a_login_under_a_block_yields_nothing_that_works(self):
        user = self.recant.create_user()
        self.recant.redis("SET", f"blacklist:user:{user.id}", "1", "EX", 900)
        answer = self.recant.try_login(user.name, user.password)
        if answer.status == 200:
            self.assertEqual(self.recant.check(answer.json["access_token"]).status, 401)
        self.recant.redis("DEL", f"blacklist:user:{user.id}")
        self.assert_alive(self.recant.login(user))

    def test_readers_of_the_recipe_are_never_misled(self):
        """A reader that knows only GET blacklist:jti:X and refresh_token:X."""
        reads_alive = lambda t: (self.recant.redis("GET", f"blacklist:jti:{t.jti}") is None
                                 and self.recant.redis("GET", f"refresh_token:{t.refresh_id}")
                                 == t.user_id)
        acts = (lambda t: self.recant.logout(t.access),
                lambda t: self.recant.revoke(session=t.session, subject=t.user_id),
                lambda t: self.recant.revoke(subject=t.user_id, wait=True))
        for act in acts:
            tokens = self.recant.sign_in()
            self.assertTrue(reads_alive(tokens))
            act(tokens)
            self.assertFalse(reads_alive(tokens))
            self.assertIsNotNone(self.recant.redis("GET", f"blacklist:jti:{tokens.jti}"))

    def test_wait_returns_when_every_live_token_is_blacklisted(self):
        logins = [self.recant.open_session("many") for _ in range(400)]
        logins += [self.recant.refresh(tokens) for tokens in logins[:40]]
        answer = self.recant.revoke(subject="many", wait=True)
        self.assertEqual((answer.status, answer.json["tidied"]), (200, True))
        for tokens in logins:
            self.assertEqual(self.recant.redis("GET", f"blacklist:jti:{tokens.jti}"), "1")


class WritingWrongly(RecantTest):
    """A key of the wrong type cannot be read, so nothing is known: 503, and never 200."""
    redis_options = ()
    spoil = (("SADD", "x"), ("HSET", "a", "b"), ("LPUSH", "x"), ("ZADD", "1", "x"))

    def test_a_blacklist_key_of_another_type_never_lets_a_token_pass(self):
        keys = (lambda t: f"blacklist:jti:{t.jti}", lambda t: f"blacklist:session:{t.session}",
                lambda t: f"blacklist:user:{t.user_id}")
        for key_of in keys:
            for command, *rest in self.spoil:
                tokens, bystander = self.recant.sign_in(), self.recant.sign_in()
                self.recant.redis(command, key_of(tokens), *rest)
                for answer in (self.recant.check(tokens.access),
                               self.recant.call("GET", "/v1/me", bearer=tokens.access),
                               self.recant.try_refresh(tokens.refresh)):
                    self.assertIn(answer.status, (401, 503), answer)
                self.assert_alive(bystander)

    def test_it_can_still_be_logged_out_or_is_told_503(self):
        tokens = self.recant.sign_in()
        self.recant.redis("SADD", f"blacklist:user:{tokens.user_id}", "x")
        self.assertIn(self.recant.logout(tokens.access).status, (204, 503))
        self.recant.redis("DEL", f"blacklist:user:{tokens.user_id}")
        self.recant.logout(tokens.access)
        self.assert_dead(tokens, "logout")

    def test_blacklist_all_of_another_type_lets_nobody_pass(self):
        tokens = self.recant.sign_in()
        self.recant.redis("SADD", "blacklist:all", "x")
        try:
            self.assertIn(self.recant.check(tokens.access).status, (401, 503))
            self.assertNotEqual(self.recant.try_refresh(tokens.refresh).status, 200)
        finally:
            self.recant.redis("DEL", "blacklist:all")
        self.assert_alive(tokens)

    def test_a_spoiled_record_refreshes_nothing_and_breaks_nobody_else(self):
        user = self.recant.create_user()
        bystander = self.recant.sign_in()
        for spoil in (("SET", "x"), ("HSET", "v", "2"), ("HDEL", "g"), ("HDEL", "n"),
                      ("HSET", "a0", "junk"), ("HSET", "e", "junk"), ("HSET", "g", "-1")):
            tokens = self.recant.login(user)
            self.recant.redis(spoil[0], f"session:user:{user.id}:{tokens.session}", *spoil[1:])
            self.assertIn(self.recant.try_refresh(tokens.refresh).status, (401, 503), spoil)
            self.recant.refresh(self.recant.login(user))
        self.assert_alive(bystander)

    def test_a_spoiled_record_does_not_stop_revoke_subject(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(3)]
        self.recant.redis("HSET", f"session:user:{user.id}:{logins[1].session}", "a0", "junk")
        self.assertEqual(self.recant.revoke(subject=user.id).status, 200)
        for tokens in logins:
            self.assert_invalid_token(self.recant.check(tokens.access))

    def test_an_index_of_another_type_does_not_stop_revoke_subject(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        index = f"sessions:user:{user.id}"
        self.recant.redis("DEL", index)
        self.recant.redis("SET", index, "x")
        answer = self.recant.revoke(subject=user.id)
        self.assertEqual((answer.status, answer.json["tidied"]), (200, False))
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")


if __name__ == "__main__":
    unittest.main()
