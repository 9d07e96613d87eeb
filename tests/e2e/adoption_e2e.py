"""refresh.adopt: the refresh tokens of the service before, `refresh_token:<token>` -> subject."""
import secrets
import time
import unittest
import uuid

from harness.case import RecantTest
from harness.issuer import HmacIssuer
from harness.process import wait_until
from harness.verbs import Tokens
from harness.volley import Volley, request

DAY = 86400


class Adopting(RecantTest):
    settings = {"refresh.adopt": True}
    redis_options = ()

    def issue(self, subject="42", token=None, seconds=7 * DAY, recant=None):
        """As the service before did it."""
        token = token or str(uuid.uuid4())
        (recant or self.recant).redis("SET", f"refresh_token:{token}", subject, "EX", seconds)
        return token

    def stands(self, token):
        return self.recant.redis("EXISTS", f"refresh_token:{token}") == 1

    def adopt(self, token, recant=None):
        return self.assert_tokens((recant or self.recant).try_refresh(token))

    def assert_refused(self, token, reason="malformed"):
        self.assert_problem(self.recant.try_refresh(token), "invalid_grant", reason)

    def assert_left_alone(self, token, reason="malformed"):
        self.assert_refused(token, reason)
        self.assertTrue(self.stands(token), token)

    def at_once(self, *requests):
        with Volley(self.recant.port, len(requests)) as volley:
            return volley.fire(requests)

    def refresh_request(self, token):
        return request("POST", "/v1/refresh", {"refresh_token": token})

    def sessions_of(self, subject):
        return self.recant.redis("ZCARD", f"sessions:user:{subject}")


class Once(Adopting):
    def test_it_becomes_a_session(self):
        token = self.issue("ann")
        tokens = self.adopt(token)
        self.assertEqual((tokens.user_id, tokens.claims["sub"]), ("ann", "ann"))
        self.assertFalse(self.stands(token))
        self.assertEqual(self.sessions_of("ann"), 1)
        self.assert_alive(tokens)
        newer = self.recant.refresh(self.recant.refresh(tokens))
        self.assertEqual(newer.session, tokens.session)
        self.assert_alive(newer)
        self.assert_empty(self.recant.logout(newer.access), 204)
        self.assert_dead(newer, "logout")

    def test_of_any_form_that_the_recipe_has(self):
        for token in (str(uuid.uuid4()), secrets.token_hex(32), secrets.token_hex(64),
                      secrets.token_urlsafe(16), secrets.token_urlsafe(64), "a+/" * 20 + "A==",
                      f"{'e' * 300}.{'y' * 600}.{'z' * 43}", "k" * 16, "k" * 2048):
            self.adopt(self.issue(token=token))
            self.assertFalse(self.stands(token))

    def test_a_subject_stays_as_it_stands(self):
        for subject in ("1", "zo\u00eb@example.com", "a b:c{d}%e", "tenant/7", "x" * 255):
            self.assertEqual(self.adopt(self.issue(subject)).user_id, subject)

    def test_an_account_of_ours_gets_what_is_its(self):
        user = self.recant.create_user(scope="read", claims={"tenant": "t1"})
        tokens = self.adopt(self.issue(user.id))
        self.assertEqual((tokens.claims["scope"], tokens.claims["tenant"]), ("read", "t1"))
        me = self.recant.call("GET", "/v1/me", bearer=tokens.access)
        self.assertEqual(me.json["username"], user.name)

    def test_it_is_told_in_the_log_and_not_with_the_token(self):
        token = self.issue("logged")
        self.adopt(token)
        self.recant.line_with("refresh.ok", "logged", "adopted")
        self.assertNotIn(token, self.recant.output())


class Never(Adopting):
    def test_what_is_of_the_form_of_our_own_ids(self):
        """Whoever reads Redis sees `refresh_token:<id>` of every session, and must not get in."""
        tokens = self.recant.open_session("victim")
        self.assertEqual(self.recant.redis("GET", f"refresh_token:{tokens.refresh_id}"), "victim")
        self.assert_left_alone(tokens.refresh_id)
        self.assert_left_alone(self.issue(token=secrets.token_urlsafe(32)))
        self.assert_left_alone(self.issue(token="_" * 43))
        self.assert_alive(self.recant.refresh(tokens))

    def test_what_redis_remembers_of_one_that_was_adopted(self):
        token = self.issue("kept")
        tokens = self.adopt(token)
        key, = self.recant.redis("KEYS", "recant:adopted:*")[-1:]
        remembered = self.recant.redis("GET", key)
        for text in (key, key.rpartition(":")[2], remembered, remembered.split()[1]):
            self.assert_refused(text)
        self.assertNotIn(token, self.recant.redis("KEYS", "*"))
        self.assert_alive(tokens)

    def test_what_a_key_would_spell_otherwise_or_is_too_short_or_long(self):
        for token in ("x" * 15, "x" * 2049, "a:b" * 10, "{42}" + "a" * 43, "%41" * 10, "a b" * 10,
                      "*" * 20, "\u00eb" * 20, "a\nb" * 10, "rt_" + "a" * 40):
            self.issue(token=token)
            self.assert_left_alone(token)

    def test_what_is_no_subject(self):
        for value in ("", '{"userId":42}', '["42"]', '"42"', "x" * 256, "a\nb", "\x00"):
            self.assert_left_alone(self.issue(value))

    def test_what_is_no_text(self):
        token = str(uuid.uuid4())
        self.recant.redis("HSET", f"refresh_token:{token}", "userId", "42")
        self.assert_left_alone(token)
        self.assert_problem(self.recant.call("POST", "/v1/logout", {"refresh_token": token}),
                            "invalid_grant", "malformed")
        self.assertTrue(self.stands(token))

    def test_what_does_not_end_or_ends_later_than_any_watermark_would(self):
        token = self.issue()
        self.recant.redis("PERSIST", f"refresh_token:{token}")
        self.assert_left_alone(token)
        self.assert_left_alone(self.issue(seconds=91 * DAY))
        self.adopt(self.issue(seconds=90 * DAY - 60))

    def test_by_what_somebody_wrote_over_our_memory(self):
        for value in ("", "x", "a b c", f"{uuid.uuid4()} {secrets.token_urlsafe(16)} ",
                      f"{uuid.uuid4()} {secrets.token_urlsafe(15)} 42"):
            before = set(self.recant.redis("KEYS", "recant:adopted:*"))
            token = self.issue("spoiled")
            tokens = self.adopt(token)
            key, = set(self.recant.redis("KEYS", "recant:adopted:*")) - before
            self.recant.redis("SET", key, value)
            self.assert_problem(self.recant.try_refresh(token), "unavailable")
            self.recant.redis("DEL", key)
            self.recant.redis("SADD", key, value)
            self.assert_problem(self.recant.try_refresh(token), "unavailable")
            self.assert_alive(tokens)
            self.recant.redis("DEL", key)

    def test_what_does_not_stand(self):
        self.assert_refused(str(uuid.uuid4()))

    def test_while_it_is_off(self):
        recant = self.start({}, redis=self.recant.server)
        token = self.issue()
        self.assert_problem(recant.try_refresh(token), "invalid_grant", "malformed")
        answer = recant.call("POST", "/v1/logout", {"refresh_token": token})
        self.assert_problem(answer, "invalid_grant", "malformed")
        self.assertTrue(self.stands(token))

    def test_somebody_of_another_issuer(self):
        legacy = self.ends(HmacIssuer("legacy"))
        recant = self.start({"refresh.adopt": True, "issuer": [legacy.table]},
                            redis=self.recant.server)
        token = self.issue("legacy/42")
        self.assertEqual(recant.try_refresh(token).status, 401)
        self.assertTrue(self.stands(token))


class Revoked(Adopting):
    def test_a_subject_with_a_watermark_is_not_adopted(self):
        """Nobody knows whether the token was issued before it."""
        tokens = [self.issue("gone") for _ in range(2)]
        first = self.adopt(tokens[0])
        self.assertEqual(self.recant.call("POST", "/v1/logout-all", bearer=first.access).status,
                         200)
        self.assert_left_alone(tokens[1], "revoked")
        self.assert_left_alone(self.issue("gone"), "revoked")

    def test_whoever_wrote_it(self):
        for value in ("1", "logout", str(int(time.time() * 1000) - 1000)):
            token = self.issue("barred")
            self.recant.redis("SET", "blacklist:user:barred", value, "EX", 900)
            self.assert_left_alone(token, "revoked")
            self.recant.redis("DEL", "blacklist:user:barred")
            self.adopt(token)

    def test_nobody_is_after_a_revocation_of_everybody(self):
        token = self.issue()
        self.assertEqual(self.recant.revoke(all=True).status, 200)
        self.assert_left_alone(token, "revoked")
        self.recant.redis("DEL", "blacklist:all")
        self.adopt(token)

    def test_a_watermark_outlives_what_might_be_adopted(self):
        """Also where the subject has no session, or only one that ends soon."""
        self.assertEqual(self.recant.revoke(subject="nobody yet").status, 200)
        self.recant.open_session("somebody")
        self.assertEqual(self.recant.revoke(subject="somebody").status, 200)
        for key in ("blacklist:user:nobody%20yet", "blacklist:user:somebody"):
            self.assertGreaterEqual(self.recant.redis("PTTL", key) / 1000, 90 * DAY)

    def test_a_disabled_account_is_not_adopted(self):
        user = self.recant.create_user()
        token = self.issue(user.id)
        self.recant.admin("POST", f"/v1/admin/users/{user.id}/disable")
        self.recant.redis("DEL", f"blacklist:user:{user.id}")
        self.assert_left_alone(token, "revoked")

    def test_a_revocation_in_the_middle_leaves_nothing_alive(self):
        for round_number in range(30):
            subject = f"raced {round_number}"
            token = self.issue(subject)
            refresh = self.refresh_request(token)
            revoke = request("POST", "/v1/admin/revocations", {"subject": subject},
                             self.recant.admin_key)
            answers = self.at_once(refresh, revoke, refresh)
            self.assertEqual(answers[1].status, 200)
            for answer in (answers[0], answers[2]):
                self.assertIn(answer.status, (200, 401, 503), answer)
                if answer.status == 200:
                    self.assert_dead(Tokens(answer), "admin")

    def test_what_was_logged_out_before_it_was_adopted(self):
        token = self.issue()
        logout = lambda: self.recant.call("POST", "/v1/logout", {"refresh_token": token})
        self.assert_empty(logout(), 204)
        self.assertFalse(self.stands(token))
        self.assert_refused(token)
        self.assert_problem(logout(), "invalid_grant", "malformed")

    def test_what_was_logged_out_after_it_was_adopted(self):
        token = self.issue()
        tokens = self.adopt(token)
        for _ in range(2):
            answer = self.recant.call("POST", "/v1/logout", {"refresh_token": token})
            self.assert_empty(answer, 204)
        self.assert_dead(tokens, "logout")
        self.assert_refused(token, "revoked")

    def test_what_the_service_before_deleted(self):
        token = self.issue()
        self.recant.redis("DEL", f"refresh_token:{token}")
        self.assert_refused(token)


class Tabs(Adopting):
    settings = {"refresh.adopt": True, "refresh.grace": "30s"}

    def test_many_at_once_are_one_session_and_get_the_same_tokens(self):
        for round_number in range(10):
            subject = f"tabs {round_number}"
            token = self.issue(subject)
            answers = self.at_once(*[self.refresh_request(token)] * 12)
            tokens = [self.assert_tokens(answer) for answer in answers]
            self.assertEqual(len({t.session for t in tokens}), 1)
            self.assertEqual(len({t.refresh for t in tokens}), 1)
            self.assertEqual(len({t.jti for t in tokens}), 1)
            self.assertEqual(self.sessions_of(f"tabs%20{round_number}"), 1)

    def test_a_second_tab_inside_the_grace_gets_what_is_live(self):
        token = self.issue()
        first = self.adopt(token)
        second = self.adopt(token)
        self.assertEqual((second.refresh, second.grant), (first.refresh, first.grant))
        newer = self.recant.refresh(first)
        third = self.adopt(token)
        self.assertEqual((third.refresh, third.grant), (newer.refresh, newer.grant))
        self.assert_alive(third)


class Thieves(Adopting):
    settings = {"refresh.adopt": True, "refresh.grace": "1s"}

    def test_whoever_comes_with_it_after_the_grace_ends_the_session(self):
        token = self.issue("stolen")
        tokens = self.adopt(token)
        adopted = time.monotonic()
        wait_until(lambda: time.monotonic() > adopted + 1.1, "the grace is over")
        self.assert_refused(token, "reused")
        self.assert_dead(tokens, "reused")
        self.assert_refused(token, "revoked")
        self.recant.line_with("refresh.reused", "stolen")

    def test_also_when_the_session_went_on_meanwhile(self):
        token = self.issue()
        tokens = self.recant.refresh(self.adopt(token))
        refreshed = time.monotonic()
        wait_until(lambda: time.monotonic() > refreshed + 1.1, "the grace is over")
        tokens = self.recant.refresh(tokens)
        self.assert_refused(token, "reused")
        self.assert_dead(tokens, "reused")


class OtherNames(Adopting):
    """Behind redis.prefix, where the service before writes too; it knew no hash tags."""
    settings = {"refresh.adopt": True, "redis.prefix": "shop:", "redis.hash_tags": "always"}

    def test_it_is_found(self):
        token = str(uuid.uuid4())
        self.recant.redis("SET", f"refresh_token:{token}", "42", "EX", 900)
        self.assert_refused(token)
        self.recant.redis("SET", f"shop:refresh_token:{token}", "42", "EX", 900)
        tokens, again = self.adopt(token), self.adopt(token)
        self.assertEqual(tokens.refresh, again.refresh)
        self.assertEqual(self.recant.redis("EXISTS", f"shop:refresh_token:{token}"), 0)
        self.assertEqual(self.recant.redis("ZCARD", "shop:sessions:user:{42}"), 1)
        self.assert_alive(self.recant.refresh(tokens))
        self.assert_refused("{42}" + tokens.refresh_id)


class WithoutRedis(Adopting):
    def test_nothing_is_lost(self):
        token = self.issue()
        self.recant.server.process.pause()
        try:
            self.assert_problem(self.recant.try_refresh(token), "unavailable")
        finally:
            self.recant.server.process.go_on()
        self.recant.wait_ready()
        self.adopt(token)


if __name__ == "__main__":
    unittest.main()
