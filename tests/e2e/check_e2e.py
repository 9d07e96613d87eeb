"""Contract §2: /v1/check, the question that a gateway asks before every call (O47, RFC 6750)."""
import glob
import hmac
import json
import time
import unittest
from urllib.parse import unquote

from harness.case import RecantTest
from harness.process import wait_until
from harness.verbs import Tokens, decode, encode

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT")


class Checking(RecantTest):
    def identity(self, answer):
        names = ("Subject", "Session", "Scope", "Expires")
        return tuple(answer.header(f"X-Auth-{name}") for name in names)

    def test_says_who_calls(self):
        user = self.recant.create_user(scope="read write")
        tokens = self.recant.login(user)
        answer = self.recant.check(tokens.access)
        self.assert_empty(answer, 200)
        expected = (user.id, tokens.session, "read write", str(tokens.claims["exp"]))
        self.assertEqual(self.identity(answer), expected)

    def test_all_identity_headers_stand_even_where_there_is_nothing_to_say(self):
        tokens = self.recant.sign_in()
        answer = self.recant.check(tokens.access)
        self.assertEqual(self.identity(answer)[2], "")
        self.assertEqual(len([n for n, _ in answer.headers if n.lower().startswith("x-auth-")]), 4)

    def test_J49_identity_is_percent_encoded_outside_visible_ascii(self):
        for subject in ("a b", "zo\u00eb", "100%", "x\u00a0y"):
            tokens = self.recant.open_session(subject)
            said = self.identity(self.recant.check(tokens.access))[0]
            self.assertTrue(all("!" <= c <= "~" for c in said), said)
            self.assertEqual(unquote(said), subject)

    def test_O48_identity_sent_by_the_client_is_not_believed(self):
        tokens = self.recant.sign_in()
        forged = {"X-Auth-Subject": "root", "X-Auth-Scope": "admin",
                  "Authorization": f"Bearer {tokens.access}"}
        answer = self.recant.call("GET", "/v1/check", headers=forged)
        self.assertEqual(self.identity(answer)[0], tokens.user_id)
        self.assertEqual(self.identity(answer)[2], "")

    def test_takes_any_method_and_whatever_follows(self):
        tokens = self.recant.sign_in()
        for method in METHODS:
            for path in ("/v1/check", "/v1/check/", "/v1/check/orders/7", "/v1/check//a/../b;x%2f"):
                self.assert_empty(self.recant.check(tokens.access, method=method, path=path), 200)
                self.assertEqual(self.recant.call(method, path).status, 401)
        self.assertEqual(self.recant.check(tokens.access, path="/v1/checks").status, 404)

    def test_takes_what_a_gateway_leaves_of_the_request(self):
        tokens = self.recant.sign_in()
        bearer = [("Authorization", f"Bearer {tokens.access}")]
        for headers, body in (
                ([("Content-Type", "multipart/form-data; boundary=x")], b"--x--"),
                ([("Content-Type", "application/json")], b"{not json"),
                ([("X-Original-URI", "/a?access_token=zzz"), ("X-Forwarded-For", "junk")], None),
                ([("Content-Length", "0")], None)):
            answer = self.recant.call("POST", "/v1/check", body, headers=bearer + headers)
            self.assert_empty(answer, 200)

    def test_scope_means_all_that_are_named(self):
        tokens = self.recant.sign_in(scope="read write")
        for query in ("?scope=read", "?scope=read%20write", "?scope=write+read", "?scope=", ""):
            self.assert_empty(self.recant.check(tokens.access, query), 200)
        for query in ("?scope=admin", "?scope=read%20admin", "?scope=rea", "?scope=readwrite",
                      "?scope=READ"):
            answer = self.recant.check(tokens.access, query)
            self.assert_problem(answer, "insufficient_scope")
            challenge = answer.header("WWW-Authenticate")
            self.assertIn('error="insufficient_scope"', challenge)
            self.assertIn('scope="', challenge)

    def test_scope_is_asked_of_good_tokens_only(self):
        tokens = self.recant.sign_in()
        self.recant.logout(tokens.access)
        self.assertEqual(self.recant.check(tokens.access, "?scope=admin").status, 401)

    def test_an_unclear_question_is_answered_with_no(self):
        tokens = self.recant.sign_in(scope="read")
        for query in ("?scope=read&scope=admin", "?scope=%zz", "?scope=%00", "?audience=%ff"):
            answer = self.recant.check(tokens.access, query)
            self.assertIn(answer.status, (401, 403), answer)

    def test_audience_is_one_of_the_tokens(self):
        recant = self.start({"token.audience": ["api", "billing"]})
        tokens = recant.sign_in()
        self.assertEqual(tokens.claims["aud"], ["api", "billing"])
        for audience in ("api", "billing"):
            self.assert_empty(recant.check(tokens.access, f"?audience={audience}"), 200)
        for audience in ("other", "ap", "api%20billing", "API"):
            answer = recant.check(tokens.access, f"?audience={audience}")
            self.assertEqual(answer.status, 403, answer)


class Refusing(RecantTest):
    settings = {"token.access_ttl": "1s", "token.leeway": "0s"}

    def test_O12_without_a_token_there_is_a_bare_challenge(self):
        basic = {"Authorization": "Basic YTpi"}
        for answer in (self.recant.call("GET", "/v1/check"),
                       self.recant.call("GET", "/v1/me"),
                       self.recant.call("GET", "/v1/check", headers=basic)):
            self.assertEqual((answer.status, answer.json["code"]), (401, "invalid_token"), answer)
            self.assert_bare_challenge(answer)

    def test_O13_strangers_learn_nothing(self):
        tokens = self.recant.sign_in()
        other = self.start()
        header, payload, signature = tokens.access.split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        none = encode(b'{"alg":"none","typ":"at+jwt"}')
        said = set()
        for bad in ("x", "a.b.c", "eyJ", f"{header}.{payload}.{flipped}", f"{none}.{payload}.",
                    f"{header}.{payload}.", other.sign_in().access, tokens.refresh,
                    tokens.access + "A", "a" * 9000, f"{header}.{payload}"):
            answer = self.recant.check(bad)
            self.assert_invalid_token(answer)
            said.add((answer.body, answer.header("WWW-Authenticate")))
        self.assertEqual(len(said), 1, said)
        self.assertNotRegex(str(said), "expired|revoked|signature|alg")

    def test_J13_a_public_key_is_no_secret(self):
        """CVE-2015-9235: HS256 keyed with what the JWKS publishes."""
        tokens = self.recant.sign_in()
        key, = self.recant.call("GET", "/.well-known/jwks.json").json["keys"]
        payload = tokens.access.split(".")[1]
        header = encode(json.dumps({**tokens.header, "alg": "HS256"}).encode())
        for secret in (json.dumps(key), json.dumps(key, separators=(",", ":")), key["x"], key["y"],
                       decode(key["x"]), decode(key["x"]) + decode(key["y"]),
                       b"\x04" + decode(key["x"]) + decode(key["y"]), ""):
            secret = secret.encode() if isinstance(secret, str) else secret
            mac = hmac.digest(secret, f"{header}.{payload}".encode(), "sha256")
            answer = self.recant.check(f"{header}.{payload}.{encode(mac)}")
            self.assertEqual(answer.body, self.recant.check("x").body)

    def test_O13_a_forged_twin_of_a_revoked_token_is_told_nothing(self):
        tokens = self.recant.sign_in()
        self.recant.logout(tokens.access)
        header, payload, signature = tokens.access.split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        self.assertEqual(self.recant.check(f"{header}.{payload}.{flipped}").body,
                         self.recant.check("x").body)

    def test_the_holder_is_told_that_it_expired(self):
        tokens = self.recant.sign_in()
        self.assert_alive(tokens)
        self.wait_until_expired(tokens)
        self.assert_invalid_token(self.recant.check(tokens.access), "expired")
        for path in ("/v1/me", "/v1/sessions"):
            answer = self.recant.call("GET", path, bearer=tokens.access)
            self.assert_invalid_token(answer, "expired")

    def test_the_holder_is_told_why_it_was_revoked(self):
        recant = self.start()
        tokens = recant.sign_in()
        recant.logout(tokens.access)
        self.assert_invalid_token(recant.check(tokens.access), "revoked: logout")
        self.assert_invalid_token(recant.call("GET", "/v1/me", bearer=tokens.access),
                                  "revoked: logout")

    def test_J10_two_credentials_are_none(self):
        tokens = Tokens(self.start_session())
        bearer = ("Authorization", f"Bearer {tokens.access}")
        twice = [bearer, bearer]
        for headers, query in ((twice, ""), ([bearer, ("Authorization", "Bearer x")], ""),
                               ([bearer], f"?access_token={tokens.access}"),
                               ([], f"?access_token={tokens.access}"),
                               ([bearer], "?access%5Ftoken=x"), ([bearer], "?scope=&access_token")):
            check = self.fresh.call("GET", "/v1/check" + query, headers=headers)
            self.assertEqual(check.status, 401, check)
            me = self.fresh.call("GET", "/v1/me" + query, headers=headers)
            self.assert_problem(me, "invalid_request")

    def test_the_scheme_is_bearer_in_any_case_and_the_token_is_one_word(self):
        tokens = Tokens(self.start_session())
        for good in (f"bearer {tokens.access}", f"BEARER {tokens.access}"):
            answer = self.fresh.call("GET", "/v1/check", headers={"Authorization": good})
            self.assert_empty(answer, 200)
        for bad in ("Bearer", f"Bearer{tokens.access}", f"Bearer {tokens.access} x",
                    f"Bearer {tokens.access},{tokens.access}", tokens.access,
                    f"Token {tokens.access}"):
            answer = self.fresh.call("GET", "/v1/check", headers={"Authorization": bad})
            self.assertEqual(answer.status, 401, (bad, answer))

    def start_session(self):
        self.fresh = self.start()
        user = self.fresh.create_user()
        return self.fresh.try_login(user.name, user.password)

    def wait_until_expired(self, tokens):
        wait_until(lambda: time.time() > tokens.claims["exp"] + 0.05, "the token has expired")


class WhatAThreadKnowsAllKnow(RecantTest):
    settings = {"server.threads": 2}
    redis_options = ()

    def test_G8_a_check_never_writes(self):
        tokens = self.recant.sign_in()
        dead = self.recant.sign_in()
        self.recant.logout(dead.access)
        before = self.recant.redis("INFO", "stats")
        dirty = self.recant.redis("INFO", "persistence")
        for _ in range(20):
            self.recant.check(tokens.access)
            self.recant.check(dead.access)
            self.recant.check("x")
        self.assertEqual(changes(dirty), changes(self.recant.redis("INFO", "persistence")))
        self.assertNotEqual(before, self.recant.redis("INFO", "stats"))

    def test_both_threads_judge_alike(self):
        tokens = self.recant.sign_in()
        before = self.switches()
        for _ in range(100):  # the kernel spreads connections over the threads' sockets
            self.assert_alive(tokens)
        self.recant.logout(tokens.access)
        for _ in range(100):
            self.assert_invalid_token(self.recant.check(tokens.access), "revoked: logout")
        # Beside them the verifier's thread, which hears from Redis.
        busy = [tid for tid, count in self.switches().items() if count - before.get(tid, 0) > 30]
        self.assertGreaterEqual(len(busy), 2, busy)

    def switches(self):
        """How often each thread of the server waited for something."""
        found = {}
        for path in glob.glob(f"/proc/{self.recant.process.pid}/task/*/status"):
            with open(path) as status:
                line = next(l for l in status if l.startswith("voluntary_ctxt_switches"))
            found[path] = int(line.split()[1])
        return found


def changes(persistence):
    return [line for line in persistence.splitlines() if line.startswith("rdb_changes_since")]


if __name__ == "__main__":
    unittest.main()
