"""POST /oauth2/introspect (RFC 7662): what a token is worth, for callers with client credentials."""
import time
import unittest

from harness.case import RecantTest
from harness.issuer import HmacIssuer, claims_of
from harness.oauth import INACTIVE, INTROSPECT, Client, post
from harness.process import wait_until
from harness.verbs import encode


class WithClient(RecantTest):
    """`self.orders` may introspect and nothing else; `self.support` may also see sessions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = Client(cls.recant, "orders", "introspect")
        cls.support = Client(cls.recant, "support", "sessions introspect")

    def assert_inactive(self, token, client=None):
        answer = (client or self.orders).introspect(token)
        self.assertEqual((answer.status, answer.body), (200, INACTIVE), answer)
        self.assertEqual(answer.header("Content-Type"), "application/json")

    def assert_active(self, token, client=None):
        answer = (client or self.orders).introspect(token)
        self.assertEqual(answer.status, 200, answer)
        self.assertIs(answer.json["active"], True, answer)
        return answer.json

    def assert_error(self, answer, status, error):
        self.assertEqual((answer.status, answer.json["error"]), (status, error), answer)


class Introspecting(WithClient):
    settings = {"token.issuer": "https://login.example.com", "token.audience": ["api", "billing"]}

    def test_O21_an_active_token_says_what_it_is(self):
        tokens = self.recant.open_session("ann", scope="read write", claims={"tenant": "t1"})
        claims = tokens.claims
        self.assertEqual(self.assert_active(tokens.access), {
            "active": True, "token_type": "Bearer", "sub": "ann", "sid": tokens.session,
            **{name: claims[name] for name in ("scope", "client_id", "exp", "iat", "aud", "iss", "jti")}})
        self.assertEqual(claims["iss"], "https://login.example.com")
        self.assertNotIn("scope", self.assert_active(self.recant.sign_in().access))

    def test_O19_by_either_method_and_as_a_bearer(self):
        token = self.recant.sign_in().access
        for parameters, headers in (
                ({}, self.orders.basic), (self.orders.form, ()),
                ({"client_id": "orders"}, self.orders.basic),
                ({}, [("Authorization", f"Bearer {self.orders.key}")])):
            answer = post(self.recant, INTROSPECT, {"token": token, **parameters}, headers)
            self.assertIs(answer.json["active"], True, answer)

    def test_O19_nobody_else_is_answered(self):
        token = self.recant.sign_in().access
        user = self.recant.sign_in()
        narrow = Client(self.recant, "narrow", "users sessions revoke")
        for parameters, headers, status, error in (
                ({}, (), 401, "invalid_client"),
                ({"client_id": "recant"}, (), 401, "invalid_client"),
                ({"client_id": "orders"}, (), 401, "invalid_client"),
                ({"client_id": "orders", "client_secret": "ak_" + "A" * 43}, (), 401, "invalid_client"),
                ({"client_id": "support", "client_secret": self.orders.key}, (), 401, "invalid_client"),
                ({"client_id": "orders", "client_secret": user.access}, (), 401, "invalid_client"),
                ({}, [("Authorization", "Basic !")], 401, "invalid_client"),
                ({}, [("Authorization", f"Bearer {user.access}")], 401, "invalid_token"),
                (narrow.form, (), 400, "unauthorized_client"),
                ({}, [("Authorization", f"Bearer {narrow.key}")], 403, "insufficient_scope"),
                (self.orders.form, self.orders.basic, 400, "invalid_request"),
                ({}, self.orders.basic * 2, 400, "invalid_request")):
            answer = post(self.recant, INTROSPECT, {"token": token, **parameters}, headers)
            self.assert_error(answer, status, error)
            self.assertNotIn(b"active", answer.body)

    def test_O19_GET_changes_and_tells_nothing(self):
        answer = self.recant.call("GET", f"{INTROSPECT}?token=x", headers=self.orders.basic)
        self.assertEqual((answer.status, answer.header("Allow")), (405, "POST"), answer)

    def test_O01_a_form_with_each_parameter_once(self):
        for body in (b"token=x&token=x", b"token=x&a=1&a=2", b"token=%zz", b"token=", b"", b"&", b"{}"):
            self.assert_error(post(self.recant, INTROSPECT, body, self.orders.basic), 400, "invalid_request")
        answer = self.recant.call("POST", INTROSPECT, {"token": "x"}, headers=self.orders.basic)
        self.assert_error(answer, 400, "invalid_request")
        in_query = self.recant.call("POST", INTROSPECT + "?token=x", b"", headers=[
            ("Content-Type", "application/x-www-form-urlencoded"), *self.orders.basic])
        self.assert_error(in_query, 400, "invalid_request")
        self.assertEqual(self.orders.introspect("x", resource="https://a", token_type_hint="new").body, INACTIVE)

    def test_O20_whatever_is_not_good_is_inactive_and_nothing_else(self):
        tokens = self.recant.sign_in()
        other = self.start().sign_in()
        header, payload, signature = tokens.access.split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        none = encode(b'{"alg":"none","typ":"at+jwt"}')
        for bad in ("x", "a.b.c", f"{header}.{payload}.{flipped}", f"{none}.{payload}.", other.access,
                    tokens.access + "A", "a" * 9000, tokens.refresh, self.orders.key):
            self.assert_inactive(bad)
        self.assert_active(tokens.access)

    def test_O20_what_was_taken_back_is_inactive_at_once(self):
        for end in (lambda t: self.recant.logout(t.access), lambda t: self.recant.revoke(token=t.access),
                    lambda t: self.recant.revoke(session=t.session), lambda t: self.recant.revoke(subject=t.user_id),
                    lambda t: self.recant.admin("POST", f"/v1/admin/users/{t.user_id}/disable")):
            tokens = self.recant.sign_in()
            self.assert_active(tokens.access)
            self.assertLess(end(tokens).status, 300)
            self.assert_inactive(tokens.access)

    def test_O13_why_is_told_to_nobody(self):
        tokens = self.recant.sign_in()
        self.recant.revoke(token=tokens.access, reason="stolen")
        self.assertNotIn(b"stolen", self.orders.introspect(tokens.access).body)

    def test_O22_answers_are_kept_by_nobody(self):
        tokens = self.recant.sign_in()
        for token in (tokens.access, "x"):
            self.assertEqual(self.orders.introspect(token).header("Cache-Control"), "no-store")

    def test_O22_a_client_that_is_removed_is_refused_at_once(self):
        gone = Client(self.recant, "gone", "introspect")
        self.assertEqual(gone.introspect("x").status, 200)
        self.assertEqual(self.recant.admin("DELETE", "/v1/admin/admin-keys/gone").status, 204)
        self.assert_error(gone.introspect("x"), 401, "invalid_client")

    def test_introspections_count_as_checks(self):
        count = lambda: self.recant.metrics().sum("recant_checks_total", verdict="valid")
        token, before = self.recant.sign_in().access, count()
        self.assert_active(token)
        self.assertEqual(count(), before + 1)
        self.assertGreater(self.recant.metrics().sum("recant_http_request_duration_seconds_count", route=INTROSPECT), 0)


class Expired(WithClient):
    settings = {"token.access_ttl": "1s", "token.leeway": "0s"}

    def test_O20_an_expired_one_is_inactive(self):
        tokens = self.recant.sign_in()
        self.assert_active(tokens.access)
        wait_until(lambda: time.time() > tokens.claims["exp"] + 0.05, "the token has expired")
        self.assert_inactive(tokens.access)


class OfOtherIssuers(WithClient):
    @classmethod
    def setUpClass(cls):
        cls.legacy = cls.ends(HmacIssuer("legacy", sid_claim="session", audience=["api", "billing"]))
        cls.settings = {"issuer": [cls.legacy.table], "token.audience": ["api", "billing"]}
        super().setUpClass()
        cls.billing = Client(cls.recant, "billing", "introspect")

    def test_carry_the_name_by_which_they_are_known_here(self):
        token = self.legacy.token(session="s1", scope="read", nbf=int(time.time()) - 5)
        claims = claims_of(token)
        self.assertEqual(self.assert_active(token), {
            "active": True, "token_type": "Bearer", "scope": "read", "sub": "legacy/42", "sid": "legacy/s1",
            "jti": f"legacy/{claims['jti']}", "iss": self.legacy.iss,
            **{name: claims[name] for name in ("exp", "iat", "nbf", "aud")}})

    def test_O22_an_audience_is_told_of_its_own_tokens_only(self):
        """A caller of the name of an audience is that audience."""
        for aud, meant in (("api", False), ("billing", True), (["api", "billing"], True)):
            token = self.legacy.token(aud=aud)
            self.assert_active(token)
            (self.assert_active if meant else self.assert_inactive)(token, self.billing)
        self.assert_active(self.recant.sign_in().access, self.billing)


class RefreshTokens(WithClient):
    settings = {"refresh.grace": "30s"}
    redis_options = ()

    def test_are_shown_to_who_may_see_sessions(self):
        tokens = self.recant.open_session("ann", scope="read")
        said = self.assert_active(tokens.refresh, self.support)
        self.assertAlmostEqual(said.pop("exp"), int(time.time()) + tokens.refresh_expires_in, delta=60)
        self.assertEqual(said, {"active": True, "token_use": "refresh_token", "scope": "read", "sub": "ann",
                                "client_id": "recant", "iss": "recant", "sid": tokens.session})
        self.assertEqual(self.support.introspect(tokens.refresh, token_type_hint="access_token").json["active"], True)

    def test_O20_are_inactive_for_an_api_whatever_it_says(self):
        """Where they are good for nothing: an API that looks at `active` alone lets nobody in by one."""
        tokens = self.recant.sign_in()
        self.assert_inactive(tokens.refresh)
        self.assertEqual(self.orders.introspect(tokens.refresh, token_type_hint="refresh_token").body, INACTIVE)

    def test_are_active_as_long_as_a_refresh_takes_them(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        for one in (tokens, newer):  # the older is within the grace
            self.assert_active(one.refresh, self.support)
        record = f"session:user:{tokens.user_id}:{tokens.session}"
        superseded = int(self.recant.redis("HGET", record, "p0"))
        self.recant.redis("HSET", record, "p0", superseded - 60_000)
        self.assert_inactive(tokens.refresh, self.support)
        self.assert_active(newer.refresh, self.support)  # nobody was taken for a thief
        newest = self.recant.refresh(newer)
        self.recant.logout(newest.access)
        self.assert_inactive(newest.refresh, self.support)
        self.assert_inactive(newest.refresh[:-1] + ("A" if newest.refresh[-1] != "A" else "B"), self.support)

    def test_what_a_foreign_hand_ended_is_inactive(self):
        for end in (lambda t: ("SET", f"blacklist:jti:{t.jti}", "1"), lambda t: ("DEL", f"refresh_token:{t.refresh_id}"),
                    lambda t: ("SET", f"blacklist:user:{t.user_id}", "1"),
                    lambda t: ("SET", f"blacklist:session:{t.session}", "1")):
            tokens = self.recant.sign_in()
            self.assert_active(tokens.refresh, self.support)
            self.recant.redis(*end(tokens))
            self.assert_inactive(tokens.refresh, self.support)

    def test_G8_asking_writes_nothing_and_uses_nothing_up(self):
        tokens = self.recant.sign_in()
        changes = lambda: [line for line in self.recant.redis("INFO", "persistence").splitlines()
                           if line.startswith("rdb_changes_since")]
        before = changes()
        for _ in range(20):
            for token in (tokens.refresh, tokens.access, "x", "rt_x"):
                self.support.introspect(token)
        self.assertEqual(changes(), before)
        self.assert_alive(self.recant.refresh(tokens))


class WithoutRedis(WithClient):
    redis_options = ()

    def test_O20_unknown_is_neither_active_nor_inactive(self):
        tokens = self.recant.sign_in()
        self.recant.server.kill()
        for client, token in ((self.orders, tokens.access), (self.support, tokens.refresh)):
            answer = client.introspect(token)
            self.assert_error(answer, 503, "temporarily_unavailable")
            self.assertNotIn(b'"active"', answer.body)
        self.recant.server.start()


class Logging(WithClient):
    def test_A12_denials_stand_in_the_log_and_introspections_do_not(self):
        post(self.recant, INTROSPECT, {"token": "x", "client_id": "orders", "client_secret": "guessed"},
             [("X-Request-Id", "a-guess")])
        line = self.recant.line_with("a-guess", "admin.denied")
        self.assertIn(INTROSPECT, line)
        self.orders.introspect("x", headers=[("X-Request-Id", "a-question")])
        post(self.recant, INTROSPECT, {"token": "x"}, [("X-Request-Id", "another-guess")])
        self.recant.line_with("another-guess", "admin.denied")
        self.assertNotIn("a-question", self.recant.output())


if __name__ == "__main__":
    unittest.main()
