"""Contract §1: a reader that knows only GET blacklist:jti:X and GET whitelist:user:U:jti:X is never misled about what Recant
wrote. It is `redis-cli` here, in a process of its own."""
import time
import unittest

from harness.foreign import ForeignTest, ways_to_end_a_subject
from harness.process import wait_until
from harness.verbs import PASSWORD


class Reading(ForeignTest):
    def test_each_token_reads_alive_while_it_lives(self):
        first, second = self.sign_in_and_refresh()
        self.assert_reads_alive(first, second)
        self.recant.check(second.access)
        self.recant.call("GET", "/v1/sessions", bearer=second.access)
        self.assert_reads_alive(first, second)

    def test_what_ends_a_session_is_read_at_once_of_each_token(self):
        acts = {
            "logout": lambda t: self.recant.logout(t.access),
            "logout by the refresh token":
                lambda t: self.recant.call("POST", "/v1/logout", {"refresh_token": t.refresh}),
            "ended from the list":
                lambda t: self.recant.call("DELETE", f"/v1/sessions/{t.session}", bearer=t.access),
            "an administrator, by session":
                lambda t: self.recant.revoke(session=t.session, subject=t.user_id, wait=True),
            "an administrator, by refresh token": lambda t: self.recant.revoke(token=t.refresh)}
        for name, act in acts.items():
            with self.subTest(name):
                (first, second), bystander = self.sign_in_and_refresh(), self.recant.sign_in()
                answer = act(second)
                self.assertIn(answer.status, (200, 204), answer)
                self.assertTrue(answer.status == 204 or answer.json["tidied"])
                self.assert_reads_dead(first, second)
                self.assert_reads_alive(bystander)

    def test_what_ends_a_subject_is_read_of_each_token(self):
        """With `wait` when the call returns, otherwise soon after."""
        with_wait = {"an administrator, with wait": lambda t: self.recant.revoke(subject=t.user_id, wait=True)}
        for name, act in {**with_wait, **ways_to_end_a_subject(self.recant)}.items():
            with self.subTest(name):
                user = self.recant.create_user(password=PASSWORD)
                first, other = self.recant.login(user), self.recant.login(user)
                second, bystander = self.recant.refresh(first), self.recant.sign_in()
                answer = act(second)
                self.assertIn(answer.status, (200, 204), answer)
                if name.endswith("with wait"):
                    self.assertEqual(answer.json["tidied"], True)
                    self.assert_reads_dead(first, second, other)
                else:
                    wait_until(lambda: self.reads_dead(first, second, other), "readers see it")
                self.assert_reads_alive(bystander)
                if name == "password":
                    self.assert_reads_alive(self.assert_tokens(answer))

    def test_one_token_is_read_where_its_subject_is_named(self):
        for act in (lambda t: self.recant.revoke(token=t.access),
                    lambda t: self.recant.revoke(jti=t.jti, exp=t.claims["exp"], subject=t.user_id)):
            first, second = self.sign_in_and_refresh()
            answer = act(first)
            self.assertEqual((answer.status, answer.json["tidied"]), (200, True))
            self.assert_reads_dead(first)
            self.assert_reads_alive(second)

    def test_where_readers_are_not_told_the_answer_says_so(self):
        tokens = self.recant.sign_in()
        orders = [{"session": tokens.session}]
        if self.whitelisting:
            orders.insert(0, {"jti": tokens.jti, "exp": tokens.claims["exp"]})
        for order in orders:
            answer = self.recant.revoke(**order, wait=True)
            self.assertEqual((answer.status, answer.json["tidied"]), (200, False), order)
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")
            self.assertFalse(self.reads_dead(tokens))

    def test_what_recant_ends_by_itself_is_read_too(self):
        strict = self.start({**self.settings, "refresh.grace": "0s"}, self.recant.server)
        first, second = self.sign_in_and_refresh(strict)
        self.assert_problem(strict.try_refresh(first.refresh), "invalid_grant", "reused")
        self.assert_reads_dead(first, second)

        narrow = self.start({**self.settings, "session.max_per_user": 1}, self.recant.server)
        user = narrow.create_user()
        evicted = narrow.login(user)
        stays = narrow.login(user)
        self.assert_reads_dead(evicted)
        self.assert_reads_alive(stays)

    def test_the_entry_stands_for_as_long_as_the_token_could_be_shown(self):
        first, second = self.sign_in_and_refresh()
        self.recant.logout(second.access)
        for tokens in (first, second):
            left = tokens.claims["exp"] - time.time()
            self.assert_lives_for(f"blacklist:jti:{tokens.jti}", left + 300)

    def test_wait_returns_when_every_live_token_is_told(self):
        logins = [self.recant.open_session("many") for _ in range(400)]
        logins += [self.recant.refresh(tokens) for tokens in logins[:40]]
        answer = self.recant.revoke(subject="many", wait=True)
        self.assertEqual((answer.status, answer.json["tidied"]), (200, True))
        entries = [f"blacklist:jti:{tokens.jti}" for tokens in logins]
        self.assertEqual(self.cli("EXISTS", *entries), len(entries))
        self.assertEqual(self.cli("EXISTS", *(tokens.place for tokens in logins)), 0)


class ReadingUnderTheWhitelist(Reading):
    strategy = "whitelist"


if __name__ == "__main__":
    unittest.main()
