"""Contract §2: POST /v1/logout and /v1/logout-all."""
import time
import unittest

from harness.case import RecantTest
from harness.process import wait_until


class LoggingOut(RecantTest):
    def logout_by_refresh_token(self, refresh_token):
        return self.recant.call("POST", "/v1/logout", {"refresh_token": refresh_token})

    def test_by_bearer_ends_this_session_at_once(self):
        user = self.recant.create_user()
        here, there = self.recant.login(user), self.recant.login(user)
        self.assert_empty(self.recant.logout(here.access), 204)
        self.assert_dead(here, "logout")
        self.assert_alive(there)
        self.recant.refresh(there)

    def test_ends_every_token_of_the_session(self):
        first = self.recant.sign_in()
        second = self.recant.refresh(first)
        third = self.recant.refresh(second)
        self.assert_empty(self.recant.logout(first.access), 204)
        for tokens in (first, second, third):
            self.assert_dead(tokens, "logout")

    def test_by_refresh_token_in_the_body(self):
        tokens = self.recant.sign_in()
        self.assert_empty(self.logout_by_refresh_token(tokens.refresh), 204)
        self.assert_dead(tokens, "logout")

    def test_by_a_superseded_refresh_token(self):
        first = self.recant.sign_in()
        second = self.recant.refresh(first)
        self.assert_empty(self.logout_by_refresh_token(first.refresh), 204)
        self.assert_dead(second, "logout")

    def test_is_204_also_when_already_dead(self):
        tokens = self.recant.sign_in()
        for _ in range(3):
            self.assert_empty(self.recant.logout(tokens.access), 204)
            self.assert_empty(self.logout_by_refresh_token(tokens.refresh), 204)
        self.assert_dead(tokens, "logout")

    def test_is_204_after_another_reason_which_stays(self):
        tokens = self.recant.sign_in()
        self.recant.revoke(session=tokens.session, subject=tokens.user_id, reason="stolen")
        self.assert_empty(self.recant.logout(tokens.access), 204)
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: stolen")

    def test_takes_nobodys_word_for_it(self):
        tokens = self.recant.sign_in()
        header, payload, signature = tokens.access.split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        self.assert_invalid_token(self.recant.logout(f"{header}.{payload}.{flipped}"))
        end = "AAAAAA" if not tokens.refresh.endswith("AAAAAA") else "BBBBBB"
        changed = tokens.refresh[:-6] + end
        answer = self.logout_by_refresh_token(changed)
        self.assert_problem(answer, "invalid_grant", reason="malformed")
        self.assert_alive(tokens)

    def test_without_any_proof_is_401(self):
        answer = self.recant.call("POST", "/v1/logout")
        self.assert_problem(answer, "invalid_token")
        self.assert_bare_challenge(answer)

    def test_A10_changes_nothing_on_get(self):
        tokens = self.recant.sign_in()
        answer = self.recant.call("GET", "/v1/logout", bearer=tokens.access)
        self.assert_problem(answer, "method_not_allowed")
        self.assertEqual(answer.header("Allow"), "POST")
        self.assert_alive(tokens)


class LoggingOutLate(RecantTest):
    settings = {"token.access_ttl": "1s", "token.leeway": "0s"}

    def test_an_expired_token_still_ends_its_session(self):
        tokens = self.recant.sign_in()
        wait_until(lambda: time.time() > tokens.claims["exp"] + 0.05, "the token has expired")
        self.assert_invalid_token(self.recant.check(tokens.access), "expired")
        self.assert_empty(self.recant.logout(tokens.access), 204)
        answer = self.recant.try_refresh(tokens.refresh)
        self.assert_problem(answer, "invalid_grant", reason="revoked")


class LoggingOutEverywhere(RecantTest):
    def logout_all(self, access_token):
        return self.recant.call("POST", "/v1/logout-all", bearer=access_token)

    def test_ends_every_session_of_the_subject_and_nobody_elses(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(4)]
        logins.append(self.recant.refresh(logins[0]))
        bystander = self.recant.sign_in()
        answer = self.logout_all(logins[2].access)
        self.assert_answer(answer, 200, {"sessions"})
        self.assertEqual(answer.json, {"sessions": 4})
        for tokens in logins:
            self.assert_dead(tokens, "logout_all")
        self.assert_alive(bystander)

    def test_a_login_right_after_it_is_good(self):
        user = self.recant.create_user()
        for _ in range(3):
            tokens = self.recant.login(user)
            self.assert_alive(tokens)
            self.assertEqual(self.logout_all(tokens.access).json, {"sessions": 1})
            self.assert_dead(tokens, "logout_all")
        self.recant.refresh(self.recant.login(user))

    def test_needs_a_good_token(self):
        tokens = self.recant.sign_in()
        self.recant.logout(tokens.access)
        self.assert_invalid_token(self.logout_all(tokens.access), "revoked: logout")
        self.assert_bare_challenge(self.recant.call("POST", "/v1/logout-all"))

    def test_does_not_count_what_had_ended(self):
        user = self.recant.create_user()
        gone, here = self.recant.login(user), self.recant.login(user)
        self.recant.logout(gone.access)
        self.assertEqual(self.logout_all(here.access).json, {"sessions": 1})

    def test_ends_more_sessions_than_one_batch_holds(self):
        logins = [self.recant.open_session("crowd") for _ in range(300)]
        self.assertEqual(self.logout_all(logins[0].access).json, {"sessions": 300})
        for tokens in logins[::13]:
            self.assert_dead(tokens, "logout_all")


if __name__ == "__main__":
    unittest.main()
