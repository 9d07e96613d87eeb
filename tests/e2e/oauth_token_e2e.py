"""POST /oauth2/token (RFC 6749 §6: refreshing, and no other grant) and the metadata that names it (RFC 8414)."""
import unittest

from harness.case import RecantTest
from harness.oauth import METADATA, PUBLIC, TOKEN, Client, post, refresh
from harness.verbs import PASSWORD, unpack


class Refreshing(RecantTest):
    redis_options = ()

    def assert_error(self, answer, status, error):
        self.assertEqual((answer.status, answer.json["error"]), (status, error), answer)

    def test_O02_answers_the_next_pair(self):
        tokens = self.recant.open_session("ann", scope="read")
        answer = refresh(self.recant, tokens.refresh)
        self.assert_answer(answer, 200, {"access_token", "token_type", "expires_in", "refresh_token", "scope"})
        self.assertEqual((answer.json["token_type"], answer.json["scope"]), ("Bearer", "read"))
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        self.assert_empty(self.recant.check(answer.json["access_token"]), 200)
        again = refresh(self.recant, tokens.refresh)  # within the grace: the same successor
        self.assertEqual(again.json["refresh_token"], answer.json["refresh_token"])
        self.assertEqual(self.recant.try_refresh(answer.json["refresh_token"]).status, 200)

    def test_O03_errors(self):
        tokens = self.recant.sign_in()
        self.assert_error(refresh(self.recant, "rt_x"), 400, "invalid_grant")
        self.assert_error(refresh(self.recant, tokens.access), 400, "invalid_grant")
        self.assert_error(refresh(self.recant, ""), 400, "invalid_request")
        self.assert_error(refresh(self.recant, tokens.refresh, "other"), 401, "invalid_client")
        ops = Client(self.recant, "ops", "users sessions revoke keys introspect")
        self.assert_error(refresh(self.recant, tokens.refresh, **{"client_id": "ops", "client_secret": ops.key}),
                          401, "invalid_client")
        body = f"grant_type=refresh_token&client_id={PUBLIC}&refresh_token={tokens.refresh}"
        self.assert_error(post(self.recant, TOKEN, f"{body}&client_id={PUBLIC}".encode()), 400, "invalid_request")
        self.assertEqual(self.recant.try_refresh(tokens.refresh).status, 200)  # it was not used up

    def test_O04_there_is_no_password_grant(self):
        user = self.recant.create_user()
        body = {"grant_type": "password", "username": user.name, "password": PASSWORD}
        for more in ({}, {"client_id": PUBLIC}):
            self.assert_error(post(self.recant, TOKEN, {**body, **more}), 400, "unsupported_grant_type")

    def test_O05_the_scope_stays_what_it_was(self):
        tokens = self.recant.open_session("ann", scope="read")
        answer = refresh(self.recant, tokens.refresh, scope="read admin")
        self.assertEqual(answer.json["scope"], "read")
        self.assertEqual(unpack(answer.json["access_token"].split(".")[1])["scope"], "read")

    def test_O09_a_spent_one_ends_its_session(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        record = f"session:user:{tokens.user_id}:{tokens.session}"
        self.recant.redis("HSET", record, "p0", int(self.recant.redis("HGET", record, "p0")) - 60_000)
        self.assert_error(refresh(self.recant, tokens.refresh), 400, "invalid_grant")
        self.assert_dead(newer, "reused")


class Metadata(RecantTest):
    def test_O25_none_where_the_issuer_is_no_https_url(self):
        answer = self.recant.call("GET", METADATA)
        self.assert_problem(answer, "not_found")
        self.assertIn("token.issuer", answer.json["detail"])

    def test_O25_O26_says_what_there_is_where_the_issuer_says(self):
        for issuer, path, elsewhere in (
                ("https://login.example.com", METADATA, f"{METADATA}/login"),
                ("https://login.example.com/tenant/7", f"{METADATA}/tenant/7", METADATA)):
            recant = self.start({"token.issuer": issuer})
            answer = recant.call("GET", path)
            self.assert_answer(answer, 200)
            self.assertRegex(answer.header("Cache-Control"), r"max-age=\d+")
            said = answer.json
            self.assertEqual(said["issuer"], recant.open_session("ann").claims["iss"])
            for name, end in (("token_endpoint", TOKEN), ("introspection_endpoint", "/oauth2/introspect"),
                              ("revocation_endpoint", "/oauth2/revoke"), ("jwks_uri", "/.well-known/jwks.json")):
                self.assertEqual(said[name], issuer + end)
            self.assertEqual(said["response_types_supported"], [])
            self.assertEqual(said["grant_types_supported"], ["refresh_token"])
            self.assertEqual(said["introspection_signing_alg_values_supported"], ["ES256"])
            self.assert_problem(recant.call("GET", elsewhere), "not_found")
            self.assertEqual(recant.call("POST", path).status, 405)

    def test_O24_signed_introspection_is_not_offered_where_tokens_are_signed_with_a_secret(self):
        recant = self.start({"token.issuer": "https://login.example.com", "token.algorithm": "HS256"})
        self.assertNotIn("introspection_signing_alg_values_supported", recant.call("GET", METADATA).json)
        client = Client(recant, "orders", "introspect")
        answer = client.introspect("x", headers=[("Accept", "application/token-introspection+jwt")])
        self.assertEqual(answer.header("Content-Type"), "application/json")


if __name__ == "__main__":
    unittest.main()
