"""POST /v1/admin/import: people move in with the password hashes that another system made."""
import hashlib
import sqlite3
import unittest
import uuid

from harness.case import RecantTest

PASSWORD = "open sesame 42"
# Made by passlib 1.7.4 (bcrypt, argon2id) and Django's way of writing PBKDF2, of that password.
HASHES = {
    "bcrypt": "$2b$05$fyeileWXt6eu6eNfV4Z32OFzVXa.C0ID5.3uTz.ioD5wT1Gq6Ncoa",
    "argon2": "$argon2id$v=19$m=256,t=2,p=4$gvAew1jLeU+p9V5L6X3P+Q$NcIuW4F9cR8NU6y04w87cw",
    "pbkdf2": "pbkdf2_sha256$1000$k8ga3i0P5dbn$yGPC8nifFmmD+Uq6QW8VZfQK91OgffPR+qi7Bn3Y3VQ=",
    "scrypt": "scrypt:1024:8:1$abcSALT$" + hashlib.scrypt(
        PASSWORD.encode(), salt=b"abcSALT", n=1024, r=8, p=1, dklen=64).hex(),
}


class Importing(RecantTest):
    def import_users(self, *users):
        return self.recant.admin("POST", "/v1/admin/import", {"users": list(users)})

    def results(self, *users):
        answer = self.import_users(*users)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["results"]

    def sign_in(self, username, password=PASSWORD):
        return self.recant.call("POST", "/v1/login", {"username": username, "password": password})

    def stored_hash(self, username):
        with sqlite3.connect(f"file:{self.recant.data}/recant.db?mode=ro", uri=True) as database:
            query = "SELECT password_hash FROM accounts WHERE username = ?"
            return database.execute(query, (username,)).fetchone()[0]

    def test_each_scheme_signs_in_and_is_upgraded_by_it(self):
        users = [{"username": f"by {name}", "password_hash": text} for name, text in HASHES.items()]
        self.assertEqual([result["status"] for result in self.results(*users)],
                         ["imported"] * len(HASHES))
        for user in users:
            with self.subTest(user["username"]):
                self.assert_problem(self.sign_in(user["username"], "Open sesame 42"),
                                    "invalid_credentials")
                self.assertEqual(self.stored_hash(user["username"]), user["password_hash"])
                self.assert_tokens(self.sign_in(user["username"]))
                self.assertRegex(self.stored_hash(user["username"]),
                                 r"^\$argon2id\$v=19\$m=\d+,t=\d+,p=1\$")
                self.assert_tokens(self.sign_in(user["username"]))

    def test_keeps_id_scope_claims_and_whether_it_is_disabled(self):
        user_id = str(uuid.uuid4())
        user = {"username": "Old Hand", "password_hash": HASHES["bcrypt"], "user_id": user_id.upper(),
                "scope": "read write", "claims": {"team": "blue"}}
        [result] = self.results(user)
        self.assertEqual(result, {"status": "imported", "user_id": user_id})
        tokens = self.sign_in("old hand")
        self.assert_tokens(tokens)
        self.assertEqual(tokens.json["user_id"], user_id)
        self.results({"username": "gone", "password_hash": HASHES["bcrypt"], "disabled": True})
        self.assert_problem(self.sign_in("gone"), "account_disabled")

    def test_repeating_it_changes_nothing(self):
        user = {"username": "twice", "password_hash": HASHES["bcrypt"]}
        [first] = self.results(user)
        self.assert_tokens(self.sign_in("twice"))
        upgraded = self.stored_hash("twice")
        [second] = self.results({**user, "username": "TWICE"})
        self.assertEqual(second, {"status": "present", "user_id": first["user_id"]})
        self.assertEqual(self.stored_hash("twice"), upgraded)

    def test_what_is_wrong_keeps_nobody_else_away(self):
        good = HASHES["bcrypt"]
        taken = str(uuid.uuid4())
        cases = [
            ({"username": "ok 1", "password_hash": good, "user_id": taken}, "imported", ""),
            ({"username": "", "password_hash": good}, "refused", "username: 1 to 128 bytes"),
            ({"password_hash": good}, "refused", "username: is missing"),
            ({"username": "a"}, "refused", "password_hash: is missing"),
            ({"username": "a", "password_hash": "hunter2"}, "refused", "password_hash: This is no"),
            ({"username": "a", "password_hash": "$2b$31$" + good[7:]}, "refused", "costs more"),
            ({"username": "a", "password_hash": good, "user_id": "7"}, "refused", "user_id: must be"),
            ({"username": "b", "password_hash": good, "user_id": taken}, "refused", "another name"),
            ({"username": "OK 1", "password_hash": good, "user_id": taken.upper()}, "present", ""),
            ({"username": "OK 1", "password_hash": good, "user_id": str(uuid.uuid4())}, "refused",
             f"username: it belongs to another account, {taken}"),
            ({"username": "a", "password_hash": good, "user_id": str(uuid.UUID(int=0))}, "refused", "nil UUID"),
            ({"username": "a", "password_hash": good, "claims": {"sub": "x"}}, "refused", "claims: sub"),
            ({"username": "a", "password_hash": good, "scope": 'a"b'}, "refused", "scope: words"),
            ({"username": "a", "password_hash": good, "password": "x"}, "refused", "no such member"),
            ("a", "refused", "It must be a JSON object"),
            ({"username": "ok 2", "password_hash": good}, "imported", ""),
        ]
        results = self.results(*(user for user, _, _ in cases))
        for (user, status, detail), result in zip(cases, results, strict=True):
            self.assertEqual(result["status"], status, (user, result))
            self.assertIn(detail, result.get("detail", ""), user)
            self.assertNotIn("hunter2", str(result))
        self.assert_tokens(self.sign_in("ok 2"))

    def test_a_bad_call_imports_nobody(self):
        user = {"username": "never", "password_hash": HASHES["bcrypt"]}
        for body in ({}, {"users": user}, {"users": [user] * 201}, {"users": [user], "more": 1}):
            answer = self.recant.admin("POST", "/v1/admin/import", body)
            self.assert_problem(answer, "invalid_request")
        self.assert_problem(self.recant.call("POST", "/v1/admin/import", {"users": [user]}), "invalid_token")
        self.assert_problem(self.recant.admin("GET", "/v1/admin/users/never"), "not_found")


if __name__ == "__main__":
    unittest.main()
