"""server.origins: a page of another origin that holds its tokens itself. The table of who may is http/cors_test's."""
import unittest

from harness.case import TOKEN_MEMBERS, RecantTest
from harness.process import wait_until
from harness.verbs import Tokens

ORIGIN = "https://app.example.com"
FROM_THERE = {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}


class CorsTest(RecantTest):
    settings = {"server.origins": [ORIGIN]}

    def preflight(self, recant, path, method, headers="authorization,content-type"):
        return recant.call("OPTIONS", path, headers=FROM_THERE | {
            "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers})

    def assert_readable(self, answer):
        self.assertEqual(answer.header("Access-Control-Allow-Origin"), ORIGIN, answer)
        self.assertEqual(answer.header("Vary"), "Origin", answer)
        self.assertIsNone(answer.header("Access-Control-Allow-Credentials"), answer)


class APage(CorsTest):
    def test_signs_in_and_reads_what_comes_of_it(self):
        asked = self.preflight(self.recant, "/v1/login", "POST")
        self.assert_empty(asked, 204)
        self.assert_readable(asked)
        user = self.recant.create_user()
        answer = self.recant.call("POST", "/v1/login", {"username": user.name, "password": user.password},
                                  headers=FROM_THERE)
        self.assert_answer(answer, 200, TOKEN_MEMBERS)
        self.assertEqual(answer.all("Set-Cookie"), [])
        self.assert_readable(answer)
        tokens = Tokens(answer)
        me = self.recant.call("GET", "/v1/me", bearer=tokens.access, headers=FROM_THERE)
        self.assertEqual(me.json["username"], user.name)
        self.assert_readable(me)
        self.recant.logout(tokens.access)
        gone = self.recant.call("GET", "/v1/me", bearer=tokens.access, headers=FROM_THERE)
        self.assert_invalid_token(gone, "revoked: logout")
        self.assert_readable(gone)
        self.assertIn("WWW-Authenticate", gone.header("Access-Control-Expose-Headers"))

    def test_is_told_that_its_request_is_too_large_or_unsound(self):
        for body in (b"x" * 70_000, b"{"):
            answer = self.recant.call("POST", "/v1/login", body, headers=FROM_THERE | {"Content-Type": "application/json"})
            self.assertIn(answer.status, (400, 413))
            self.assert_readable(answer)


class WhileRedisIsUnfit(CorsTest):
    def test_a_page_is_told_so(self):
        redis = self.start_redis()
        recant = self.start(self.settings, redis)
        redis("CONFIG", "SET", "maxmemory", "100mb")
        redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        wait_until(lambda: recant.check("x").status == 503, "Redis is not believed any more")
        self.assert_empty(self.preflight(recant, "/v1/me", "GET"), 204)
        answer = recant.call("GET", "/v1/me", bearer="x", headers=FROM_THERE)
        self.assert_problem(answer, "unavailable")
        self.assert_readable(answer)
        # Not a preflight for Recant, but a question about one that is another's.
        self.assert_problem(self.preflight(recant, "/v1/check", "GET"), "unavailable")


if __name__ == "__main__":
    unittest.main()
