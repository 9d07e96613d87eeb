"""Contract §2: POST /v1/users and POST /v1/login."""
import time
import unittest

from harness.case import UUID7, RecantTest
from harness.verbs import PASSWORD


class SigningUp(RecantTest):
    def sign_up(self, username, password=PASSWORD, **more):
        body = {"username": username, "password": password, **more}
        return self.recant.call("POST", "/v1/users", body)

    def test_opens_an_account_that_can_log_in(self):
        answer = self.sign_up("ada")
        self.assert_answer(answer, 201, {"user_id", "username"})
        self.assertRegex(answer.json["user_id"], UUID7)
        self.assertEqual(answer.json["username"], "ada")
        tokens = self.assert_tokens(self.recant.try_login("ada", PASSWORD))
        self.assertEqual(tokens.user_id, answer.json["user_id"])

    def test_names_differ_by_more_than_case_or_unicode_form(self):
        self.assert_answer(self.sign_up("Zo\u00eb"), 201)
        for same in ("zo\u00eb", "ZO\u00cb", "zoe\u0308"):
            self.assert_problem(self.sign_up(same), "username_taken")
            self.assert_tokens(self.recant.try_login(same, PASSWORD))

    def test_refuses_what_is_no_username(self):
        uuid = "01890a5d-ac96-774b-bcce-b302099a8057"
        for name in ("", "x" * 129, "\u00eb" * 65, "a\nb", "a\u0000b", uuid, uuid.upper(), 7, None):
            self.assert_problem(self.sign_up(name), "invalid_request")
        self.assert_answer(self.sign_up("x" * 128), 201)

    def test_A01_A14_takes_passwords_of_8_to_1024_bytes_of_any_kind(self):
        for name, short in (("s1", "1234567"), ("s2", ""), ("s3", "x" * 1025),
                            ("s4", "\u00eb" * 513)):
            self.assert_problem(self.sign_up(name, short), "weak_password")
            self.assert_problem(self.recant.try_login(name, short), "invalid_credentials")
        for name, good in (("g1", "1234567y"), ("g2", "x" * 1024), ("g3", "nul\u0000inside"),
                           ("g4", " \u2603 \U0001f511  "), ("g5", "\u00eb" * 4)):
            self.assert_answer(self.sign_up(name, good), 201)
            self.assert_tokens(self.recant.try_login(name, good))

    def test_A01_never_truncates_nor_folds_a_password(self):
        self.sign_up("long", "x" * 1023 + "y")
        self.sign_up("nul", "before\u0000after")
        self.sign_up("case", "Password in Case")
        for name, close in (("long", "x" * 1023), ("long", "x" * 1024), ("nul", "before\u0000"),
                            ("nul", "before\u0000afteR"), ("case", "password in case"),
                            ("case", "Password in Case ")):
            self.assert_problem(self.recant.try_login(name, close), "invalid_credentials")

    def test_gives_nobody_a_scope_for_the_asking(self):
        for more in ({"scope": "admin"}, {"claims": {"role": "admin"}}, {"user_id": "x"}):
            self.assert_problem(self.sign_up("greedy", **more), "invalid_request")

    def test_is_forbidden_while_accounts_signup_is_off(self):
        closed = self.start({"accounts.signup": False})
        body = {"username": "eve", "password": PASSWORD}
        self.assert_problem(closed.call("POST", "/v1/users", body), "forbidden")
        self.assert_problem(closed.try_login("eve", PASSWORD), "invalid_credentials")


class LoggingIn(RecantTest):
    def test_gives_tokens(self):
        user = self.recant.create_user(scope="read write")
        before = int(time.time())
        tokens = self.assert_tokens(self.recant.try_login(user.name, user.password))
        self.assertEqual(tokens.user_id, user.id)
        self.assertEqual(tokens.expires_in, 15 * 60)
        self.assertEqual(tokens.refresh_expires_in, 14 * 86400)
        self.assert_alive(tokens)
        claims = tokens.claims
        self.assertEqual(claims["exp"] - claims["iat"], 15 * 60)
        self.assertTrue(before - 1 <= claims["iat"] <= time.time() + 1)

    def test_makes_access_tokens_of_RFC_9068(self):
        user = self.recant.create_user(scope="read write", claims={"tenant": "t1", "level": 3})
        tokens = self.recant.login(user)
        self.assertEqual(set(tokens.header), {"alg", "typ", "kid"})
        self.assertEqual((tokens.header["alg"], tokens.header["typ"]), ("ES256", "at+jwt"))
        claims = tokens.claims
        must = {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "sid"}
        self.assertLessEqual(must, set(claims))
        self.assertLessEqual(set(claims) - must, {"scope", "auth_time", "tenant", "level"})
        self.assertEqual((claims["iss"], claims["client_id"]), ("recant", "recant"))
        self.assertIn(claims["aud"], ("api", ["api"]))
        self.assertEqual((claims["sub"], claims["sid"]), (user.id, tokens.session))
        self.assertEqual((claims["tenant"], claims["level"]), ("t1", 3))
        self.assertEqual(claims["scope"], "read write")
        self.assertRegex(claims["jti"], UUID7)
        self.assertRegex(claims["sid"], UUID7)

    def test_A05_makes_a_new_session_and_new_tokens_each_time(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(3)]
        for part in ("session", "access", "refresh", "jti"):
            self.assertEqual(len({getattr(tokens, part) for tokens in logins}), 3, part)
        for tokens in logins:
            self.assert_alive(tokens)

    def test_A03_tells_nobody_which_of_name_and_password_was_wrong(self):
        user = self.recant.create_user()
        wrong = self.recant.try_login(user.name, "not the password")
        unknown = self.recant.try_login("nobody", "not the password")
        for answer in (wrong, unknown):
            self.assert_problem(answer, "invalid_credentials")
            self.assert_bare_challenge(answer)
        self.assertEqual(wrong.json, unknown.json)
        never_a_name = self.recant.try_login("a\nb", "not the password")
        self.assertIn(never_a_name.json["code"], ("invalid_credentials", "invalid_request"))

    def test_tells_of_a_disabled_account_only_after_the_right_password(self):
        user = self.recant.create_user()
        self.recant.admin("POST", f"/v1/admin/users/{user.id}/disable")
        wrong = self.recant.try_login(user.name, "not the password")
        self.assert_problem(wrong, "invalid_credentials")
        self.assert_problem(self.recant.try_login(user.name, user.password), "account_disabled")

    def test_takes_a_device_of_up_to_128_bytes(self):
        user = self.recant.create_user()
        for device in ("phone", "\u00eb" * 64, ""):
            self.recant.login(user, device=device)
        for device in ("x" * 129, "a\u0007b", 5, ["phone"]):
            answer = self.recant.try_login(user.name, user.password, device=device)
            self.assert_problem(answer, "invalid_request")

    def test_O04_is_no_password_grant(self):
        user = self.recant.create_user()
        form = f"grant_type=password&username={user.name}&password=x".encode()
        answer = self.recant.call("POST", "/v1/login", form,
                                  headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assert_problem(answer, "unsupported_media_type")
        answer = self.recant.try_login(user.name, user.password, grant_type="password")
        self.assert_problem(answer, "invalid_request")


class WithoutAccounts(RecantTest):
    settings = {"accounts.enabled": False, "accounts.signup": False}

    def test_login_users_and_password_are_not_found(self):
        body = {"username": "ada", "password": PASSWORD}
        application = self.recant.open_session("somebody")
        change = {"old_password": PASSWORD, "new_password": PASSWORD + "!"}
        for answer in (
                self.recant.call("POST", "/v1/users", body),
                self.recant.call("POST", "/v1/login", body),
                self.recant.call("POST", "/v1/password", change, bearer=application.access),
                self.recant.admin("GET", "/v1/admin/users"),
                self.recant.admin("POST", "/v1/admin/users", body),
                self.recant.admin("DELETE", "/v1/admin/users/ada")):
            self.assert_problem(answer, "not_found")

    def test_what_a_gateway_needs_works(self):
        tokens = self.recant.open_session("somebody")
        self.assert_alive(tokens)
        newer = self.recant.refresh(tokens)
        self.assert_empty(self.recant.logout(newer.access), 204)
        self.assert_dead(newer, "logout")


class AnotherAlgorithm(RecantTest):
    """Each by itself is algorithms_e2e's."""

    def test_after_a_change_old_tokens_still_verify(self):
        recant = self.start()
        old = recant.sign_in()
        recant.terminate()
        recant.settings["token.algorithm"] = "EdDSA"
        recant.start()
        self.assert_alive(old, recant)
        # The new key is published before it is used.
        between = recant.refresh(old)
        self.assertEqual(between.header["alg"], "ES256")
        answer = recant.admin("POST", "/v1/admin/keys/rotate", {"signs_in": 0})
        self.assertEqual(answer.status, 200, answer)
        newer = recant.refresh(between)
        self.assertEqual(newer.header["alg"], "EdDSA")
        for tokens in (old, between, newer):
            self.assert_alive(tokens, recant)


if __name__ == "__main__":
    unittest.main()
