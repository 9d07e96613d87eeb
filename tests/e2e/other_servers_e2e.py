"""What befell other servers with sessions and refresh tokens, under the names of their advisories and issues.
What befell other verifiers is doors/other_verifiers'."""
import time
import unittest

from harness.case import RecantTest
from harness.verbs import Tokens
from harness.volley import Volley, request


class Keycloak(RecantTest):
    settings = {"refresh.grace": "0s", "server.threads": 2, "redis.timeout": "5s"}

    def assert_reused(self, tokens):
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", reason="reused")

    def test_CVE_2026_1035_one_token_used_twice_at_once_is_used_once(self):
        """Between looking whether a token is spent and spending it, another request got in."""
        with Volley(self.recant.port, 2) as volley:
            for _ in range(40):
                tokens = self.recant.open_session("raced")
                answers = volley.fire([request("POST", "/v1/refresh", {"refresh_token": tokens.refresh})] * 2)
                got = [Tokens(answer) for answer in answers if answer.status == 200]
                self.assertEqual({answer.status for answer in answers} - {200, 401}, set())
                self.assertEqual(len({token.refresh for token in got}), 1)
                self.assertEqual(len(got), 1, "without a grace the second is reuse")

    def test_CVE_2026_9802_a_restart_does_not_revive_a_spent_token(self):
        recant = self.start({"refresh.grace": "0s"})
        spent = recant.sign_in()
        other = recant.sign_in()
        newest = recant.refresh(spent)
        recant.terminate()
        recant.start()
        self.assert_alive(newest, recant)
        self.assert_problem(recant.try_refresh(spent.refresh), "invalid_grant", reason="reused")
        self.assert_dead(newest, "reused", recant)
        recant.refresh(other)

    def test_keycloak_50999_a_second_is_not_too_short_to_tell_tokens_apart(self):
        while time.time() % 1 > 0.5:  # all of it in one second, unless the machine is slow
            time.sleep(0.01)
        spent = self.recant.sign_in()
        second = self.recant.refresh(spent)
        third = self.recant.refresh(second)
        self.assertEqual(len({spent.refresh, second.refresh, third.refresh}), 3)
        self.assert_reused(second)
        self.assert_dead(third, "reused")

    def test_CVE_2026_4325_what_is_spent_has_a_name_of_its_own_kind(self):
        """One table for all that was spent: an entry of one kind could be removed, or made, as another's."""
        tokens = self.recant.sign_in()
        newest = self.recant.refresh(tokens)
        exp = int(time.time()) + 600
        for names in ({"jti": newest.session, "exp": exp}, {"jti": newest.user_id, "exp": exp},
                      {"session": newest.jti}, {"session": newest.user_id}, {"subject": newest.jti},
                      {"subject": newest.session}, {"subject": newest.refresh_id}):
            self.assertIn(self.recant.revoke(**names).status, (200, 404), names)
            self.assert_alive(newest)
        self.assertEqual(self.recant.revoke(jti=newest.jti, exp=exp).status, 200)
        self.assert_invalid_token(self.recant.check(newest.access), "revoked: admin")

    def test_keycloak_50721_two_clients_of_one_person_do_not_end_one_another(self):
        user = self.recant.create_user()
        phone, desk = self.recant.login(user), self.recant.login(user)
        for _ in range(3):
            phone, desk = self.recant.refresh(phone), self.recant.refresh(desk)
        self.recant.logout(phone.access)
        self.assert_alive(desk)
        self.recant.refresh(desk)


class ExpressJwtBlacklist(RecantTest):
    def test_express_jwt_blacklist_8_express_jwt_blacklist_9_one_entry_that_ends_ends_no_other(self):
        """One entry a user with one time to live: the next revocation's, and then all were forgotten together."""
        user = self.recant.create_user()
        early, late = self.recant.login(user), self.recant.login(user)
        self.assertEqual(self.recant.revoke(jti=late.jti, exp=late.claims["exp"], subject=user.id).status, 200)
        left = self.recant.redis("PTTL", f"blacklist:jti:{late.jti}")
        self.assertEqual(self.recant.revoke(jti=early.jti, exp=int(time.time()) + 1, subject=user.id).status, 200)
        self.assertLess(self.recant.redis("PTTL", f"blacklist:jti:{early.jti}"), left - 60_000)
        self.assert_lives_for(f"blacklist:jti:{late.jti}", left / 1000)
        self.recant.redis("DEL", f"blacklist:jti:{early.jti}")  # as if its time were over
        self.assert_alive(early)
        self.assert_invalid_token(self.recant.check(late.access), "revoked: admin")


class Hydra(RecantTest):
    settings = {"refresh.grace": "0s", "server.threads": 2, "redis.timeout": "5s"}

    def test_hydra_1766_hydra_3604_a_race_of_refreshes_is_answered_in_one_way(self):
        """200 for one, 401 for the others, and never an error of the server's."""
        with Volley(self.recant.port, 16) as volley:
            for _ in range(10):
                tokens = self.recant.open_session("raced")
                answers = volley.fire([request("POST", "/v1/refresh", {"refresh_token": tokens.refresh})] * 16)
                self.assertEqual(sorted(answer.status for answer in answers), [200] + [401] * 15)
                self.assertEqual({answer.json["code"] for answer in answers if answer.status == 401}, {"invalid_grant"})


if __name__ == "__main__":
    unittest.main()
