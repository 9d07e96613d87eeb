"""POST /oauth2/revoke (RFC 7009): tokens that are given back, by their holder or by a client that may."""
import json
import unittest
import uuid

from harness.case import RecantTest
from harness.issuer import HmacIssuer
from harness.oauth import PUBLIC, REVOKE, Client, give_back, post


class Revoking(RecantTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ops = Client(cls.recant, "ops", "revoke")
        cls.orders = Client(cls.recant, "orders", "introspect")

    def assert_done(self, answer):
        self.assert_empty(answer, 200)

    def assert_error(self, answer, status, error):
        self.assertEqual((answer.status, answer.json["error"]), (status, error), answer)


class ByHolder(Revoking):
    def test_O14_gives_back_an_access_token(self):
        tokens = self.recant.sign_in()
        other = self.recant.sign_in()
        self.assert_done(give_back(self.recant, tokens.access))
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: logout")
        self.assert_alive(other)

    def test_O17_a_refresh_token_takes_every_access_token_along(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.assert_done(give_back(self.recant, newer.refresh))
        for one in (tokens, newer):
            self.assert_dead(one, "logout")

    def test_O17_a_spent_refresh_token_too(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.assert_done(give_back(self.recant, tokens.refresh))
        self.assert_dead(newer, "logout")

    def test_O17_an_access_token_leaves_those_before_and_ends_the_session_at_its_next_refresh(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        self.assert_done(give_back(self.recant, newer.access))
        self.assert_alive(tokens)
        self.assert_problem(self.recant.try_refresh(newer.refresh), "invalid_grant", "revoked")

    def test_O14_nobody_but_the_client_that_it_was_issued_to(self):
        tokens = self.recant.sign_in()
        for client_id in ("other", "ops", "Recant"):
            for token in (tokens.access, tokens.refresh):
                self.assert_error(give_back(self.recant, token, client_id), 401, "invalid_client")
        self.assert_error(post(self.recant, REVOKE, {"token": tokens.access}), 401, "invalid_client")
        self.assert_error(post(self.recant, REVOKE, {"token": tokens.access, **self.orders.form}),
                          400, "unauthorized_client")
        wrong = {"client_id": PUBLIC, "client_secret": "guessed"}
        self.assert_error(post(self.recant, REVOKE, {"token": tokens.access, **wrong}), 401, "invalid_client")
        self.assert_alive(tokens)

    def test_O15_what_is_no_token_is_gone_already(self):
        tokens = self.recant.sign_in()
        other = self.start().sign_in()
        for token in ("x", "a.b.c", "rt_x", other.access, other.refresh, tokens.access + "A", tokens.refresh + "A",
                      str(uuid.uuid4())):
            self.assert_done(give_back(self.recant, token))
            self.assert_done(self.ops.revoke(token))
        for _ in range(2):
            self.assert_done(give_back(self.recant, tokens.refresh))
            self.assert_done(give_back(self.recant, tokens.access))
        self.assert_dead(tokens, "logout")

    def test_O15_a_hint_is_a_hint(self):
        for hint in ("refresh_token", "access_token", "id_token", "\u00eb"):
            for kind in ("access", "refresh"):
                tokens = self.recant.sign_in()
                self.assert_done(give_back(self.recant, getattr(tokens, kind), token_type_hint=hint))
                self.assert_invalid_token(self.recant.check(tokens.access), "revoked: logout")

    def test_O16_what_cannot_be_understood(self):
        tokens = self.recant.sign_in()
        for body in (b"client_id=recant", b"client_id=recant&token=", b"client_id=recant&token=%",
                     f"client_id=recant&token={tokens.access}&token={tokens.access}".encode(),
                     f"client_id=recant&client_id=recant&token={tokens.access}".encode()):
            self.assert_error(post(self.recant, REVOKE, body), 400, "invalid_request")
        as_json = self.recant.call("POST", REVOKE, {"token": tokens.access, "client_id": PUBLIC})
        self.assert_error(as_json, 400, "invalid_request")
        answer = self.recant.call("GET", f"{REVOKE}?client_id=recant&token={tokens.access}")
        self.assertEqual((answer.status, answer.header("Allow")), (405, "POST"), answer)
        self.assert_alive(tokens)


class ByClient(Revoking):
    @classmethod
    def setUpClass(cls):
        cls.legacy = cls.ends(HmacIssuer("legacy", sid_claim="session"))
        cls.settings = {"issuer": [cls.legacy.table]}
        super().setUpClass()

    def test_takes_back_any_token(self):
        tokens = self.recant.sign_in()
        foreign = self.legacy.token()
        self.assert_done(self.ops.revoke(tokens.access))
        self.assert_done(self.ops.revoke(foreign))
        for token in (tokens.access, foreign):
            self.assert_invalid_token(self.recant.check(token), "revoked: admin")
        tokens = self.recant.sign_in()
        self.assert_done(self.ops.revoke(tokens.refresh))
        self.assert_dead(tokens, "admin")

    def test_O14_a_token_of_another_issuer_is_no_public_clients(self):
        for claims in ({}, {"client_id": PUBLIC}):
            foreign = self.legacy.token(**claims)
            self.assert_error(give_back(self.recant, foreign), 400, "unauthorized_client")
            self.assert_empty(self.recant.check(foreign), 200)

    def test_O16_a_token_that_cannot_be_taken_back_alone(self):
        foreign = self.legacy.token(jti=None)
        self.assert_error(self.ops.revoke(foreign), 400, "unsupported_token_type")
        self.assert_empty(self.recant.check(foreign), 200)

    def test_A12_the_log_says_who_did_it(self):
        tokens = self.recant.sign_in()
        self.assert_done(post(self.recant, REVOKE, {"token": tokens.access, **self.ops.form},
                              [("X-Request-Id", "taken-back")]))
        event = json.loads(self.recant.line_with("taken-back", "token.revoked"))
        self.assertEqual((event["actor"], event["token"], event["subject"], event["detail"]),
                         ("ops", tokens.jti, tokens.user_id, "admin"))
        act = json.loads(self.recant.line_with("taken-back", "an administrator called"))
        self.assertEqual((act["actor"], act["route"], act["status"]), ("ops", REVOKE, 200))
        given = self.recant.sign_in()
        post(self.recant, REVOKE, {"token": given.refresh, "client_id": PUBLIC}, [("X-Request-Id", "given-back")])
        event = json.loads(self.recant.line_with("given-back", "session.revoked"))
        self.assertNotIn("actor", event)
        self.assertEqual(event["detail"], "logout")


class WithoutRedis(Revoking):
    def test_O18_what_was_not_done_is_never_200_and_is_done_when_it_is_repeated(self):
        redis = self.start_redis("--appendfsync", "always", persistent=True)
        recant = self.start(redis=redis)
        ops = Client(recant, "ops", "revoke")
        given, taken = recant.sign_in(), recant.sign_in()
        redis.kill()
        for token in (given.access, taken.refresh):
            for answer in (give_back(recant, token), ops.revoke(token)):
                self.assert_error(answer, 503, "temporarily_unavailable")
        # Nothing had to be done, so nothing is unknown.
        self.assert_done(give_back(recant, "x"))
        redis.start()
        recant.wait_ready()
        for one in (given, taken):
            self.assert_alive(one, recant)
        self.assert_done(give_back(recant, given.access))
        self.assert_done(ops.revoke(taken.refresh))
        self.assert_invalid_token(recant.check(given.access), "revoked: logout")
        self.assert_dead(taken, "admin", recant)


class OfTheServiceBefore(Revoking):
    settings = {"refresh.adopt": True}
    redis_options = ()

    def test_O18_a_refresh_token_that_could_be_adopted_is_adopted_no_more(self):
        token = str(uuid.uuid4())
        self.recant.redis("SET", f"refresh_token:{token}", "42", "EX", 3600)
        self.assert_done(give_back(self.recant, token))
        self.assertEqual(self.recant.redis("EXISTS", f"refresh_token:{token}"), 0)
        self.assert_problem(self.recant.try_refresh(token), "invalid_grant", "malformed")


if __name__ == "__main__":
    unittest.main()
