"""Contract §1: what other services write counts like ours."""
import time
import unittest

from harness.foreign import ForeignTest
from harness.process import wait_until

# Whole numbers from 10^12 on are an instant in ms; anything else means everything.
NO_INSTANTS = ("1", "true", "", "999999999999", "-1700000000000", "1.7e12", "1700000000000.5",
               " 1700000000000", "1700000000000x", "\u2603", str(int(time.time())))


def now_ms():
    return int(time.time() * 1000)


class WritingRightly(ForeignTest):
    # --- SET blacklist:jti:X 1 EX n -------------------------------------------------------------

    def test_a_blacklisted_jti_is_dead_whatever_the_value(self):
        for value in ("1", "true", "0", "", "logout", "\u2603"):
            tokens, bystander = self.recant.sign_in(), self.recant.sign_in()
            self.cli.blacklist(tokens.jti, value)
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: foreign")
            self.assert_invalid_token(self.recant.call("GET", "/v1/me", bearer=tokens.access))
            self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
            self.assert_closed(tokens)
            self.assert_alive(bystander)

    # --- DEL whitelist:user:U:jti:X -------------------------------------------------------------

    def test_what_is_taken_from_the_whitelist_is_dead(self):
        tokens, bystander = self.recant.sign_in(), self.recant.sign_in()
        self.assertEqual(self.cli.unlist(tokens.user_id, tokens.jti), int(self.whitelisting))
        if self.whitelisting:
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: foreign")
            self.assert_invalid_token(self.recant.call("GET", "/v1/me", bearer=tokens.access))
            self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
            self.assert_closed(tokens)
        else:
            self.assert_alive(tokens)
            self.assert_alive(self.recant.refresh(tokens))
        self.assert_alive(bystander)

    # --- DEL refresh_token:X --------------------------------------------------------------------

    def test_a_deleted_refresh_token_ends_its_session_at_the_next_refresh(self):
        first, newer = self.sign_in_and_refresh()
        self.assertEqual(self.cli("DEL", f"refresh_token:{newer.refresh_id}"), 1)
        self.assert_alive(newer)
        # Nor does the one before it lead to it any more, although it is inside the grace.
        for tokens in (first, newer):
            self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
        self.assert_closed(first, newer)

    # --- SET blacklist:user:U -------------------------------------------------------------------

    def block(self, subject, value, seconds=900):
        self.assertEqual(self.cli("SET", f"blacklist:user:{subject}", value, "EX", seconds), "OK")

    def test_a_watermark_of_now_ends_what_began_before(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        self.block(user.id, now_ms() + 1)
        self.assert_dead(tokens, "foreign")
        again = self.recant.login(user)
        self.assert_alive(again)
        self.recant.refresh(again)

    def test_a_watermark_of_yesterday_ends_nothing(self):
        tokens = self.recant.sign_in()
        self.block(tokens.user_id, now_ms() - 86_400_000)
        self.assert_alive(tokens)
        self.recant.refresh(tokens)

    def test_any_other_value_means_everything_of_this_subject(self):
        for value in NO_INSTANTS:
            tokens, bystander = self.recant.sign_in(), self.recant.sign_in()
            self.block(tokens.user_id, value)
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: foreign")
            self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")
            self.assert_closed(tokens)
            self.assert_alive(bystander)

    def test_nobody_signs_in_under_such_a_value_until_it_goes(self):
        user = self.recant.create_user()
        for value in NO_INSTANTS:
            self.block(user.id, value)
            self.assert_problem(self.recant.try_login(user.name, user.password), "forbidden")
            self.assertEqual(self.cli("DEL", f"blacklist:user:{user.id}"), 1)
            self.assert_alive(self.recant.login(user))

    def test_it_is_never_lowered_by_us_and_its_end_brought_no_nearer(self):
        ahead, years = now_ms() + 3_600_000, 5 * 365 * 86_400
        for value in (ahead, *NO_INSTANTS):
            user = self.recant.create_user()
            self.recant.login(user)
            key = f"blacklist:user:{user.id}"
            self.block(user.id, value, years)
            end = self.cli("PEXPIRETIME", key)
            for act in (lambda u: self.recant.revoke(subject=u.id, wait=True),
                        lambda u: self.recant.admin("POST", f"/v1/admin/users/{u.id}/disable")):
                self.assertIn(act(user).status, (200, 204))
                stands = self.recant.redis("GET", key)
                if value == ahead:
                    self.assertGreater(int(stands), ahead)
                else:
                    self.assertEqual(stands, value)
                self.assertEqual(self.cli("PEXPIRETIME", key), end)
            self.assertEqual(self.cli("PERSIST", key), 1)
            self.recant.revoke(subject=user.id)
            self.assertEqual(self.cli("PTTL", key), -1)

    # --- what stays out -------------------------------------------------------------------------

    def test_any_token_of_its_record_that_lives_is_asked_for_at_a_refresh(self):
        acts = [lambda t: self.cli.blacklist(t.jti)]
        if self.whitelisting:
            acts.append(lambda t: self.assertEqual(self.cli.unlist(t.user_id, t.jti), 1))
        for act in acts:
            for which in range(3):
                first, second = self.sign_in_and_refresh()
                tokens = (first, second, self.recant.refresh(second))
                act(tokens[which])
                for number, one in enumerate(tokens):
                    self.assertEqual(self.recant.check(one.access).status,
                                     401 if number == which else 200)
                newest = tokens[2].refresh
                self.assert_problem(self.recant.try_refresh(newest), "invalid_grant", "revoked")
                self.assert_closed(*tokens)

    def test_one_that_has_expired_says_nothing(self):
        recant = self.start({**self.settings, "token.access_ttl": "1s", "token.leeway": "0s"},
                            self.recant.server)
        tokens = recant.sign_in()
        wait_until(lambda: recant.check(tokens.access).status == 401, "it has expired")
        self.cli.blacklist(tokens.jti)
        self.assertEqual(self.cli.unlist(tokens.user_id, tokens.jti), int(self.whitelisting))
        self.assert_tokens(recant.try_refresh(tokens.refresh))

    def test_a_deleted_record_ends_its_session(self):
        """docs/adr/0004: a Redis that lost it has lost what might have been revoked."""
        tokens = self.recant.sign_in()
        self.assertEqual(self.cli("DEL", f"session:user:{tokens.user_id}:{tokens.session}"), 1)
        self.assert_dead(tokens, "foreign")

    def test_a_blacklisted_session_is_dead(self):
        tokens = self.recant.sign_in()
        self.cli("SET", f"blacklist:session:{tokens.session}", "x", "EX", 900)
        self.assert_dead(tokens, "foreign")


class WritingRightlyUnderTheWhitelist(WritingRightly):
    strategy = "whitelist"


if __name__ == "__main__":
    unittest.main()
