"""Contract §2: POST /v1/refresh; design §6: single use, grace, reuse."""
import time
import unittest

from harness.case import RecantTest
from harness.verbs import Tokens, decode, encode


class Refreshing(RecantTest):
    def test_gives_a_successor_of_the_same_session(self):
        first = self.recant.sign_in(scope="read", claims={"tenant": "t1"})
        second = self.assert_tokens(self.recant.try_refresh(first.refresh))
        self.assertEqual(second.session, first.session)
        self.assertEqual(second.user_id, first.user_id)
        self.assertNotEqual(second.refresh, first.refresh)
        self.assertNotEqual(second.jti, first.jti)
        for same in ("sub", "sid", "scope", "tenant", "iss", "aud", "client_id"):
            self.assertEqual(second.claims[same], first.claims[same], same)
        self.assert_alive(first)
        self.assert_alive(second)

    def test_goes_on_for_many_generations(self):
        tokens = self.recant.sign_in()
        seen = {tokens.refresh}
        for _ in range(12):
            tokens = self.recant.refresh(tokens)
            seen.add(tokens.refresh)
        self.assertEqual(len(seen), 13)

    def test_O11_VilnaCRM_474_a_repeated_refresh_gets_the_same_successor(self):
        first = self.recant.sign_in()
        second = self.recant.refresh(first)
        again = self.recant.refresh(first)
        self.assertEqual((again.refresh, again.grant), (second.refresh, second.grant))
        third = self.recant.refresh(second)
        late = self.recant.refresh(first)  # two behind, and still inside the grace
        self.assertEqual((late.refresh, late.grant), (third.refresh, third.grant))

    def test_malformed(self):
        real = self.recant.sign_in().refresh
        raw = bytearray(decode(real[3:]))
        for position in range(0, len(raw), 5):
            changed = bytes(b ^ 1 if i == position else b for i, b in enumerate(raw))
            self.refused("rt_" + encode(changed), "malformed")
        for text in ("", "rt_", "x", real[3:], real + "A", real[:-1], "RT_" + real[3:], real + "=",
                     " " + real, "rt_" + "A" * 200, "rt_" + "A" * 5000, "\u0000"):
            self.refused(text, "malformed")
        self.assert_tokens(self.recant.try_refresh(real))

    def test_an_access_token_refreshes_nothing(self):
        self.refused(self.recant.sign_in().access, "malformed")

    def test_a_token_of_another_deployment_is_malformed(self):
        self.refused(self.start().sign_in().refresh, "malformed")

    def test_revoked(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.recant.logout(newer.access)
        self.refused(newer.refresh, "revoked")
        self.refused(tokens.refresh, "revoked")

    def test_ends_nobody_elses_session(self):
        user = self.recant.create_user()
        phone, desk = self.recant.login(user), self.recant.login(user)
        self.recant.logout(phone.access)
        self.refused(phone.refresh, "revoked")
        self.assert_alive(desk)
        self.recant.refresh(desk)

    def refused(self, refresh_token, reason, recant=None):
        answer = (recant or self.recant).try_refresh(refresh_token)
        self.assert_problem(answer, "invalid_grant", reason=reason)
        self.assert_bare_challenge(answer)


class OutsideTheGrace(RecantTest):
    settings = {"refresh.grace": "1s"}

    def test_O06_reuse_ends_that_session_and_no_other(self):
        user = self.recant.create_user()
        stolen, other = self.recant.login(user), self.recant.login(user)
        newer = self.recant.refresh(stolen)
        time.sleep(1.2)
        answer = self.recant.try_refresh(stolen.refresh)
        self.assert_problem(answer, "invalid_grant", reason="reused")
        self.assert_bare_challenge(answer)
        self.assert_dead(newer, "reused")
        self.assert_invalid_token(self.recant.check(stolen.access), "revoked: reused")
        self.assert_alive(other)
        self.recant.refresh(other)

    def test_reuse_is_logged_as_a_security_event(self):
        tokens = self.recant.sign_in()
        self.recant.refresh(tokens)
        time.sleep(1.2)
        self.recant.try_refresh(tokens.refresh)
        self.recant.line_with("refresh.reused", tokens.session)

    def test_the_last_of_a_chain_is_as_new_as_it_was_made(self):
        tokens = self.recant.sign_in()
        for _ in range(4):
            tokens = self.recant.refresh(tokens)
            time.sleep(0.3)
        time.sleep(1.2)  # never superseded, so no grace has begun
        self.recant.refresh(tokens)


class Ending(RecantTest):
    settings = {"refresh.idle_ttl": "2s", "refresh.absolute_ttl": "5s", "refresh.grace": "0s",
                "token.access_ttl": "1s", "token.leeway": "0s"}

    def test_A06_an_idle_session_ends(self):
        tokens = self.recant.sign_in()
        self.assertLessEqual(tokens.refresh_expires_in, 2)
        time.sleep(2.2)
        answer = self.recant.try_refresh(tokens.refresh)
        self.assertEqual(answer.json["code"], "invalid_grant")
        # sid's time + absolute life has not passed, and no record is left to say why (design §6)
        self.assertIn(answer.json["reason"], ("revoked", "expired"))

    def test_A06_no_refresh_extends_the_absolute_life(self):
        tokens = self.recant.sign_in()
        begun = time.monotonic()
        last = tokens
        while time.monotonic() - begun < 20:
            time.sleep(0.7)
            answer = self.recant.try_refresh(last.refresh)
            if answer.status != 200:
                break
            last = Tokens(answer)
            self.assertLessEqual(last.claims["exp"], tokens.claims["iat"] + 6)
        self.assert_problem(answer, "invalid_grant", reason="expired")
        self.assertGreater(time.monotonic() - begun, 4.5)

    def test_R16_an_end_holds_though_redis_keeps_what_has_ended(self):
        """As after its clock was set back, which moves the ends of all keys."""
        tokens = self.recant.sign_in()
        for key in (f"session:user:{tokens.user_id}:{tokens.session}", f"refresh_token:{tokens.refresh_id}"):
            self.assertEqual(self.recant.redis("PERSIST", key), 1, key)
        time.sleep(2.2)
        answer = self.recant.try_refresh(tokens.refresh)
        self.assertEqual(answer.status, 401, answer)
        self.assertEqual(answer.json["code"], "invalid_grant")
        self.assertEqual(self.recant.check(tokens.access).status, 401)

    def test_an_expired_session_is_listed_no_more(self):
        user = self.recant.create_user()
        self.recant.login(user)
        time.sleep(2.2)
        fresh = self.recant.login(user)
        listed = self.recant.call("GET", "/v1/sessions", bearer=fresh.access).json["sessions"]
        self.assertEqual([entry["session_id"] for entry in listed], [fresh.session])


class Throttling(RecantTest):
    def test_at_most_32_live_access_tokens_a_session(self):
        tokens = self.recant.sign_in()
        for _ in range(31):
            tokens = self.recant.refresh(tokens)
        answer = self.recant.try_refresh(tokens.refresh)
        self.assert_problem(answer, "throttled")
        self.assertLessEqual(int(answer.header("Retry-After")), 15 * 60)
        self.assert_alive(tokens)  # being told to wait is not being logged out


if __name__ == "__main__":
    unittest.main()
