"""Contract §2: /v1/admin/users and /v1/admin/users/{id}/sessions."""
import hashlib
import json
import os
import sqlite3
import time
import unittest
import uuid

from harness.case import RecantTest
from harness.verbs import PASSWORD, encode


class AdministeringUsers(RecantTest):
    def users(self, method, path="", body=None):
        return self.recant.admin(method, "/v1/admin/users" + path, body)

    def test_create_answers_201_and_no_password(self):
        body = {"username": "Ada", "password": PASSWORD, "scope": "read write",
                "claims": {"tenant": "t1", "roles": ["a", "b"]}}
        answer = self.users("POST", "", body)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["username"], "Ada")
        self.assertNotIn(b"argon2", answer.body)
        self.assertNotIn(b"password", answer.body)
        claims = self.recant.login(type("U", (), {"name": "ada", "password": PASSWORD})).claims
        self.assertEqual((claims["tenant"], claims["roles"]), ("t1", ["a", "b"]))

    def test_create_refuses(self):
        taken = self.recant.create_user()
        for change, code in (({"username": taken.name.upper()}, "username_taken"),
                             ({"username": ""}, "invalid_request"),
                             ({"username": str(uuid.uuid4())}, "invalid_request"),
                             ({"password": "short"}, "weak_password"),
                             ({"scope": 'with "quotes"'}, "invalid_request"),
                             ({"scope": "double  space\n"}, "invalid_request"),
                             ({"claims": ["a"]}, "invalid_request"),
                             ({"claims": {"sub": "x"}}, "invalid_claims"),
                             ({"claims": {"exp": 1}}, "invalid_claims"),
                             ({"admin": True}, "invalid_request")):
            body = {"username": "never", "password": PASSWORD} | change
            self.assert_problem(self.users("POST", "", body), code)
        self.assert_problem(self.users("GET", "/never"), "not_found")

    def test_get_by_id_and_by_name(self):
        user = self.recant.create_user("Grace H\u00f6pper", scope="read")
        for path in (user.id, user.id.upper(), "Grace%20H%C3%B6pper", "grace%20h%c3%b6pper"):
            answer = self.users("GET", "/" + path)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.json["user_id"], user.id)
            self.assertEqual(answer.json["username"], user.name)
            self.assertNotIn(b"argon2", answer.body)

    def test_unknown_is_not_found(self):
        for path in ("nobody", uuid.uuid4(), "%2e%2e", "a%00b", "'%20or%201=1"):
            for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/disable"),
                                 ("POST", "/enable")):
                self.assert_problem(self.users(method, f"/{path}{rest}"), "not_found")
            body = {"password": PASSWORD}
            self.assert_problem(self.users("POST", f"/{path}/password", body), "not_found")

    def test_pages_show_each_user_once(self):
        made = {self.recant.create_user().id for _ in range(5)}
        for limit in (1, 2, 100):
            shown, query = [], f"?limit={limit}"
            while True:
                answer = self.users("GET", query)
                self.assertEqual(answer.status, 200, answer)
                self.assertLessEqual(set(answer.json), {"users", "next"})
                self.assertLessEqual(len(answer.json["users"]), limit)
                shown += [user["user_id"] for user in answer.json["users"]]
                if "next" not in answer.json:
                    break
                query = f"?limit={limit}&after={answer.json['next']}"
            self.assertEqual(len(shown), len(set(shown)))
            self.assertLessEqual(made, set(shown))

    def test_A07_disable_ends_the_sessions_and_enable_does_not_bring_them_back(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        self.assert_empty(self.users("POST", f"/{user.name}/disable"), 204)
        self.assert_dead(tokens, "disabled")
        self.assert_problem(self.recant.try_login(user.name, user.password), "account_disabled")
        self.assert_empty(self.users("POST", f"/{user.name}/disable"), 204)
        self.assert_empty(self.users("POST", f"/{user.id}/enable"), 204)
        self.assert_dead(tokens, "disabled")
        self.assert_alive(self.recant.login(user))

    def test_A07_delete_ends_the_sessions_and_frees_the_name(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        self.assert_empty(self.users("DELETE", f"/{user.id}"), 204)
        self.assert_dead(tokens, "deleted")
        self.assert_problem(self.recant.try_login(user.name, user.password), "invalid_credentials")
        self.assert_problem(self.users("GET", f"/{user.id}"), "not_found")
        again = self.recant.create_user(user.name)
        self.assertNotEqual(again.id, user.id)
        self.assert_alive(self.recant.login(again))
        self.assert_dead(tokens, "deleted")

    def test_password_ends_the_sessions(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        weak = self.users("POST", f"/{user.id}/password", {"password": "short"})
        self.assert_problem(weak, "weak_password")
        self.assert_alive(tokens)
        answer = self.users("POST", f"/{user.id}/password", {"password": "a new password"})
        self.assert_empty(answer, 204)
        self.assert_dead(tokens, "password_change")
        self.assert_problem(self.recant.try_login(user.name, user.password), "invalid_credentials")
        self.assert_tokens(self.recant.try_login(user.name, "a new password"))

    def test_sessions_of_a_user(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user, device="phone")
        answer = self.users("GET", f"/{user.id}/sessions")
        self.assert_answer(answer, 200, {"sessions"})
        entry = answer.json["sessions"][0]
        self.assertEqual((entry["session_id"], entry["device"]), (tokens.session, "phone"))
        self.assertIsNot(entry.get("current"), True)
        for _ in range(2):
            self.recant.login(user)
        page = self.users("GET", f"/{user.id}/sessions?limit=2").json
        rest = self.users("GET", f"/{user.id}/sessions?limit=2&after={page['next']}").json
        self.assertEqual((len(page["sessions"]), len(rest["sessions"])), (2, 1))
        self.assertNotIn("next", rest)

    def test_sessions_of_a_subject_without_an_account(self):
        tokens = self.recant.open_session("app user/7")
        answer = self.users("GET", "/app%20user%2F7/sessions")
        self.assertEqual(answer.status, 200, answer)
        shown = [e["session_id"] for e in answer.json["sessions"]]
        self.assertEqual(shown, [tokens.session])


class AdminKeys(RecantTest):
    CALLS = (("GET", "/v1/admin/users"), ("GET", "/v1/admin/users/x"),
             ("DELETE", "/v1/admin/users/x"), ("POST", "/v1/admin/users/x/disable"),
             ("GET", "/v1/admin/users/x/sessions"), ("POST", "/v1/admin/users"),
             ("POST", "/v1/admin/sessions"), ("POST", "/v1/admin/revocations"),
             ("GET", "/v1/admin/keys"))

    def test_no_key_is_401_with_a_bare_challenge(self):
        for method, path in self.CALLS:
            answer = self.recant.call(method, path, {} if method == "POST" else None)
            self.assertEqual(answer.status, 401, answer)
            self.assert_bare_challenge(answer)

    def test_a_wrong_key_or_a_users_token_is_401(self):
        token = self.recant.sign_in(scope="users sessions revoke keys").access
        for method, path in self.CALLS:
            for bearer in ("x", token, self.recant.admin_key + "x", self.recant.admin_key[:-1],
                           self.recant.admin_key.swapcase()):
                body = {} if method == "POST" else None
                answer = self.recant.call(method, path, body, bearer=bearer)
                self.assertEqual(answer.status, 401, answer)

    def test_a_key_does_what_its_scopes_say_and_no_more(self):
        recant = self.start()
        recant.terminate()
        keys = {"users": 1, "sessions": 2, "revoke": 4, "none": 0}
        with sqlite3.connect(f"{recant.data}/recant.db") as database:
            for name, scopes in keys.items():
                digest = encode(hashlib.sha256(f"key-of-{name}".encode()).digest())
                database.execute("INSERT INTO admin_keys (name, sha256, scopes, created_at)"
                                 " VALUES (?, ?, ?, 0)",
                                 (name, digest, scopes))
        database.close()
        recant.start()
        calls = {"users": ("GET", "/v1/admin/users", None),
                 "sessions": ("POST", "/v1/admin/sessions", {"subject": "s"}),
                 "revoke": ("POST", "/v1/admin/revocations", {"subject": "s"})}
        for name in keys:
            for scope, call in calls.items():
                answer = recant.call(*call, bearer=f"key-of-{name}")
                if name == scope:
                    self.assertIn(answer.status, (200, 201), answer)
                else:
                    self.assert_problem(answer, "forbidden")
                    recant.line_with("admin.denied", f'"{name}"', call[1])

    def test_an_admin_key_is_no_access_token(self):
        for path in ("/v1/check", "/v1/me"):
            answer = self.recant.call("GET", path, bearer=self.recant.admin_key)
            self.assertEqual(answer.status, 401)

    def test_what_the_first_start_writes_is_for_its_owner_alone(self):
        """Also in a directory that others may enter."""
        recant = self.start(start=False)
        os.mkdir(recant.data, 0o755)
        recant.start()
        recant.sign_in()
        self.assertEqual(os.stat(f"{recant.data}/admin.key").st_mode & 0o777, 0o600)
        entries = [entry for entry in os.scandir(recant.data)]
        self.assertGreater(len(entries), 3)
        for entry in entries:
            self.assertEqual(entry.stat().st_mode & 0o077, 0, entry.path)

    def test_the_name_of_the_key_stands_in_the_log_of_every_admin_act(self):
        """The key of the first start is named `first`."""
        user, gone = self.recant.create_user(), self.recant.create_user()
        path = f"/v1/admin/users/{user.id}"
        for method, path, body, event in (
                ("POST", f"{path}/disable", None, "user.disabled"),
                ("POST", f"{path}/password", {"password": PASSWORD}, "password.changed"),
                ("DELETE", f"/v1/admin/users/{gone.id}", None, "subject.revoked"),
                ("POST", "/v1/admin/revocations", {"subject": user.id}, "subject.revoked"),
                ("POST", "/v1/admin/revocations", {"session": str(uuid.uuid4())},
                 "session.revoked"),
                ("POST", "/v1/admin/revocations", {"jti": "x", "exp": int(time.time())},
                 "token.revoked")):
            request = str(uuid.uuid4())
            self.recant.admin(method, path, body, headers={"X-Request-Id": request})
            line = self.recant.line_with(request, event)
            self.assertIn("first", json.loads(line).values(), line)

    def test_a_refused_key_is_logged(self):
        self.recant.call("GET", "/v1/admin/users", bearer="x", headers={"X-Request-Id": "denied-1"})
        self.recant.line_with("denied-1", "admin.denied")


if __name__ == "__main__":
    unittest.main()
