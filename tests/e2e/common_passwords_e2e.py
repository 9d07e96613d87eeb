"""A02: what everybody chooses is refused wherever a password is set, and nowhere else (docs/adr/0014)."""
import hashlib
import unittest

from harness.case import RecantTest
from harness.cli import run
from harness.verbs import PASSWORD

# From everybody's lists, as people write them to get past such lists.
COMMON = ("Password1", "1Q2w3e4r", "QWERTYUIOP", "\uff49\uff4c\uff4f\uff56\uff45\uff59\uff4f\uff55")


class CommonPasswords(RecantTest):
    def assert_common(self, answer):
        self.assert_problem(answer, "weak_password")
        self.assertIn("most common", answer.json["detail"])

    def test_A02_opening_an_account(self):
        for common in COMMON:
            body = {"username": "usual", "password": common}
            self.assert_common(self.recant.call("POST", "/v1/users", body))
            self.assert_common(self.recant.admin("POST", "/v1/admin/users", body))
        self.assert_problem(self.recant.admin("GET", "/v1/admin/users/usual"), "not_found")

    def test_A02_changing_ones_own(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        for common in COMMON:
            body = {"old_password": user.password, "new_password": common}
            self.assert_common(self.recant.call("POST", "/v1/password", body, bearer=tokens.access))
        self.assert_alive(tokens)
        self.assert_tokens(self.recant.try_login(user.name, user.password))

    def test_A02_setting_anothers(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        for common in COMMON:
            body = {"password": common}
            self.assert_common(self.recant.admin("POST", f"/v1/admin/users/{user.id}/password", body))
        self.assert_alive(tokens)

    def test_A02_by_command(self):
        user = self.recant.create_user()
        for words in (("user", "add", "usual"), ("user", "passwd", user.name)):
            for common in COMMON:
                done = run(*words, "--password-stdin", recant=self.recant, stdin=common + "\n")
                self.assertEqual((done.code, done.out), (1, ""), done)
                self.assertIn("most common", done.err)
                self.assertNotIn(common, done.err)
        self.assert_tokens(self.recant.try_login(user.name, PASSWORD))

    def test_A02_whoever_moves_in_with_one_still_signs_in(self):
        made = hashlib.pbkdf2_hmac("sha256", b"password1", b"salt", 1000)
        body = {"users": [{"username": "old hand",
                           "password_hash": f"pbkdf2:sha256:1000$salt${made.hex()}"}]}
        self.assertEqual(self.recant.admin("POST", "/v1/admin/import", body).json["results"][0]["status"], "imported")
        for _ in range(2):  # with the hash that came along, then with ours
            self.assert_tokens(self.recant.try_login("old hand", "password1"))


if __name__ == "__main__":
    unittest.main()
