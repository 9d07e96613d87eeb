"""Admin keys: /v1/admin/admin-keys (docs/http-api.md) and `recant admin-key …` (contract §3)."""
import json
import os
import re
import unittest
import uuid

from harness.case import TIME, RecantTest
from harness.cli import run
from harness.process import wait_until

SCOPES = ("users", "sessions", "revoke", "keys")


class AdminKeysCase(RecantTest):
    def add(self, name, scope, key=None):
        answer = self.recant.call("POST", "/v1/admin/admin-keys", {"name": name, "scope": scope},
                                  bearer=key or self.recant.admin_key)
        if answer.status == 201:
            self.recant.secrets.keep(answer.json["key"])
        return answer

    def key(self, name, scope):
        answer = self.add(name, scope)
        self.assert_answer(answer, 201, {"name", "scope", "created_at", "last_used_at", "key"})
        return answer.json["key"]

    def remove(self, name, key=None):
        return self.recant.call("DELETE", f"/v1/admin/admin-keys/{name}",
                                bearer=key or self.recant.admin_key)


class Calls(AdminKeysCase):
    # Enough threads that a request meets others than the one that made the change.
    settings = {"server.threads": 4}

    def test_a_key_reaches_as_far_as_its_scopes(self):
        calls = {"users": ("GET", "/v1/admin/users", None),
                 "sessions": ("POST", "/v1/admin/sessions", {"subject": "s"}),
                 "revoke": ("POST", "/v1/admin/revocations", {"subject": "s"}),
                 "keys": ("GET", "/v1/admin/admin-keys", None)}
        for granted in (*SCOPES, "users revoke"):
            name = "only-" + granted.replace(" ", "-")
            key = self.key(name, granted)
            self.assertRegex(key, r"^ak_[A-Za-z0-9_-]{43}$")
            for scope, call in calls.items():
                answer = self.recant.call(*call, bearer=key)
                if scope in granted.split():
                    self.assertIn(answer.status, (200, 201), answer)
                else:
                    self.assert_problem(answer, "forbidden")
                    self.recant.line_with("admin.denied", f'"{name}"', call[1])

    def test_a_removed_key_is_refused_at_once_on_every_connection(self):
        for n in range(30):
            key = self.key(f"short-{n}", "users")
            for _ in range(4):
                self.assertEqual(self.recant.call("GET", "/v1/admin/users", bearer=key).status, 200)
            self.assert_empty(self.remove(f"short-{n}"), 204)
            for _ in range(4):
                answer = self.recant.call("GET", "/v1/admin/users", bearer=key)
                self.assertEqual((answer.status, answer.json["code"]), (401, "invalid_token"))

    def test_nobody_grants_what_his_own_key_lacks(self):
        weak = self.key("weak", "keys users")
        self.assert_problem(self.add("strong", "keys users revoke", weak), "forbidden")
        self.assertEqual(self.add("as-weak", "users", weak).status, 201)
        for name in ("strong",):
            self.assert_problem(self.remove(name), "not_found")

    def test_wrong_bodies_and_names(self):
        for body in ({}, {"name": "x"}, {"scope": "users"}, {"name": "x", "scope": ""},
                     {"name": "x", "scope": "root"}, {"name": "x", "scope": ["users"]},
                     {"name": "", "scope": "users"}, {"name": "a/b", "scope": "users"},
                     {"name": "-x", "scope": "users"}, {"name": "x" * 65, "scope": "users"},
                     {"name": "x", "scope": "users", "key": "mine"}):
            answer = self.recant.admin("POST", "/v1/admin/admin-keys", body)
            self.assert_problem(answer, "invalid_request")
        self.assert_problem(self.add("first", "users"), "name_taken")
        for name in ("nobody", "a%2fb", "%00"):
            self.assert_problem(self.remove(name), "not_found")

    def test_the_list_shows_names_and_no_key(self):
        key = self.key("listed", "sessions revoke")
        shown = []
        query = "?limit=1"
        while query:
            answer = self.recant.admin("GET", "/v1/admin/admin-keys" + query)
            self.assertNotIn(key.encode(), answer.body)
            shown += answer.json["admin_keys"]
            query = f"?limit=1&after={answer.json['next']}" if "next" in answer.json else ""
        names = [entry["name"] for entry in shown]
        self.assertEqual(names, sorted(set(names)))
        entry = shown[names.index("listed")]
        self.assertEqual(set(entry), {"name", "scope", "created_at", "last_used_at"})
        self.assertEqual((entry["scope"], entry["last_used_at"]), ("sessions revoke", None))
        self.assertRegex(entry["created_at"], TIME)
        # The key that asks is in use.
        self.assertRegex(shown[names.index("first")]["last_used_at"], TIME)

    def test_the_name_stands_in_the_log_line_of_every_admin_act(self):
        key = self.key("auditor", "users sessions revoke keys introspect")
        user = self.recant.create_user()
        path = f"/v1/admin/users/{user.id}"
        new = {"username": "audited", "password": "long enough"}
        for method, path, body, event in (
                ("POST", "/v1/admin/users", new, "user.added"),
                ("POST", f"{path}/disable", None, "user.disabled"),
                ("POST", f"{path}/enable", None, "user.enabled"),
                ("POST", f"{path}/password", {"password": "long enough"}, "password.changed"),
                ("DELETE", path, None, "user.deleted"),
                ("POST", "/v1/admin/sessions", {"subject": "s"}, "login.ok"),
                ("POST", "/v1/admin/revocations", {"subject": "s"}, "subject.revoked"),
                ("POST", "/v1/admin/revocations", {"jti": "j", "exp": 9}, "token.revoked"),
                ("POST", "/v1/admin/admin-keys", {"name": "of-auditor", "scope": "users"},
                 "admin_key.added"),
                ("DELETE", "/v1/admin/admin-keys/of-auditor", None, "admin_key.removed")):
            request = str(uuid.uuid4())
            answer = self.recant.call(method, path, body, bearer=key,
                                      headers={"X-Request-Id": request})
            self.assertLess(answer.status, 300, answer)
            line = json.loads(self.recant.line_with(request, event))
            self.assertEqual(line["actor"], "auditor", line)


class LastKey(AdminKeysCase):
    def test_the_last_key_that_manages_keys_stays(self):
        self.key("users-only", "users")
        self.assert_problem(self.remove("first"), "last_key")
        other = self.key("other", "keys users")
        self.assert_empty(self.remove("first"), 204)
        answer = self.recant.admin("GET", "/v1/admin/admin-keys")
        self.assertEqual(answer.status, 401)
        self.assert_problem(self.remove("other", other), "last_key")
        # All of it outlives kill -9, and no new first key is made.
        self.recant.kill()
        self.recant.start()
        answer = self.recant.call("GET", "/v1/admin/admin-keys", bearer=other)
        self.assertEqual([entry["name"] for entry in answer.json["admin_keys"]],
                         ["other", "users-only"])
        self.assertEqual(self.recant.admin("GET", "/v1/admin/users").status, 401)


class CommandLine(AdminKeysCase):
    def cli(self, *words, **more):
        return run("admin-key", *words, recant=self.recant, **more)

    def test_add_prints_the_key_once_and_list_never(self):
        done = self.cli("add", "printed", "--scope", "users,revoke")
        self.assertEqual(done.code, 0, done)
        key = self.recant.secrets.keep(done.out.strip())
        self.assertRegex(done.out, r"^ak_[A-Za-z0-9_-]{43}\n$")
        self.assertIn("once", done.err)
        self.assertEqual(self.recant.call("GET", "/v1/admin/users", bearer=key).status, 200)
        used = re.compile(r"(?m)^printed +users revoke +\d{4}-\d\d-\d\d \d\d:\d\d +\d{4}-")
        # That it was used is noted behind the answer.
        wait_until(lambda: used.search(self.cli("list").out), "it is said to have been used")
        self.assertNotIn(key, self.cli("list").out)

    def test_add_writes_a_private_file(self):
        path = os.path.join(self.recant.home, "written.key")
        done = self.cli("add", "written", "--scope", "users", "--out", path)
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as file:
            key = self.recant.secrets.keep(file.read().strip())
        self.assertNotIn(key, done.out)
        done = run("user", "list", "--admin-key-file", path, recant=self.recant)
        self.assertEqual(done.code, 0, done)
        # What is there is not written over, and no key is made.
        done = self.cli("add", "second", "--scope", "users", "--out", path)
        self.assertEqual((done.code, done.out), (2, ""), done)
        with open(path) as file:
            self.assertEqual(file.read().strip(), key)
        self.assertNotIn("second", self.cli("list").out)

    def test_a_refused_add_leaves_no_file(self):
        path = os.path.join(self.recant.home, "refused.key")
        for words in (("first", "--scope", "users"), ("new", "--scope", "root")):
            done = self.cli("add", *words, "--out", path)
            self.assertEqual(done.code, 1, done)
            self.assertFalse(os.path.exists(path))
        done = self.cli("add", "new", "--scope", "users", "--out", "/nowhere/x")
        self.assertEqual(done.code, 2, done)

    def test_remove(self):
        self.key("removed", "users")
        self.assertEqual(self.cli("remove", "removed").code, 0)
        done = self.cli("remove", "removed")
        self.assertEqual((done.code, done.out), (1, ""))
        self.assertIn("no admin key of this name", done.err)
        done = self.cli("remove", "first")
        self.assertEqual(done.code, 1, done)
        self.assertIn("last admin key with scope keys", done.err)

    def test_too_little_scope_and_a_wrong_key_are_told_with_a_remedy(self):
        weak = os.path.join(self.recant.home, "weak.key")
        self.assertEqual(self.cli("add", "weak", "--scope", "revoke", "--out", weak).code, 0)
        done = run("user", "list", "--admin-key-file", weak, recant=self.recant)
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("lacks the scope", done.err)
        self.assertIn("--admin-key-file", done.err)
        done = run("user", "list", recant=self.recant, RECANT_ADMIN_KEY="ak_wrong",
                   RECANT_ADMIN_KEY_FILE="")
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("RECANT_ADMIN_KEY", done.err)

    def test_json(self):
        done = self.cli("add", "as-json", "--scope", "users", "--json")
        (entry,) = done.lines
        self.recant.secrets.keep(entry["key"])
        self.assertEqual(set(entry), {"name", "scope", "created_at", "last_used_at", "key"})
        done = self.cli("list", "--json")
        self.assertIn("as-json", [line["name"] for line in done.lines])


if __name__ == "__main__":
    unittest.main()
