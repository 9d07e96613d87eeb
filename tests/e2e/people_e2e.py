"""What is asked of whoever keeps people's passwords (A03, A04, A13, A17): what no other file shows."""
import hashlib
import sqlite3
import unittest

from harness.case import RecantTest
from harness.verbs import PASSWORD, encode


class Accounts(RecantTest):
    def rows(self, query, recant=None):
        with sqlite3.connect(f"file:{(recant or self.recant).data}/recant.db?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()

    def stored_hash(self, user, recant=None):
        (found,), = self.rows(f"SELECT password_hash FROM accounts WHERE user_id = '{user.id}'", recant)
        return found

    def test_A03_a_new_server_knows_nobody(self):
        new = self.start()
        self.assertEqual(new.admin("GET", "/v1/admin/users").json, {"users": []})
        for name in ("admin", "root", "recant", "guest", "user", "test", "administrator"):
            for password in ("changeit!", "admin1234", f"{name}-{name}", PASSWORD):
                self.assert_problem(new.try_login(name, password), "invalid_credentials")
        new.login(new.create_user())

    def test_A04_passwords_are_hashed_slowly_and_random_keys_are_hashed(self):
        """ASVS 6.5.2 (of less than 112 bits, and of more): and neither stands there as it is."""
        user = self.recant.create_user(password="a password worth a search")
        self.assertRegex(self.stored_hash(user), r"^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$")
        hashed = encode(hashlib.sha256(self.recant.admin_key.encode()).digest())
        self.assertIn((hashed,), self.rows("SELECT sha256 FROM admin_keys"))
        for name in ("recant.db", "recant.db-wal"):
            with open(f"{self.recant.data}/{name}", "rb") as file:
                content = file.read()
            for secret in (user.password, self.recant.admin_key):
                self.assertNotIn(secret.encode(), content, name)

    def test_A13_a_hash_becomes_as_strong_as_is_asked_today(self):
        """At the first login with the right password, and at no wrong one."""
        recant = self.start({"password.memory_kib": 7168, "password.iterations": 5})
        user = recant.create_user()
        weaker = self.stored_hash(user, recant)
        self.assertIn("$m=7168,t=5,p=1$", weaker)
        recant.terminate()
        recant.settings = {"password.memory_kib": 20480, "password.iterations": 3}
        recant.start()
        self.assert_problem(recant.try_login(user.name, "not the password"), "invalid_credentials")
        self.assertEqual(self.stored_hash(user, recant), weaker)
        recant.login(user)
        stronger = self.stored_hash(user, recant)
        self.assertIn("$m=20480,t=3,p=1$", stronger)
        recant.login(user)
        self.assertEqual(self.stored_hash(user, recant), stronger)

    def test_A17_a_password_that_an_administrator_sets_signs_nobody_in(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        answer = self.recant.admin("POST", f"/v1/admin/users/{user.id}/password", {"password": "another password"})
        self.assert_empty(answer, 204)
        self.assertEqual(answer.all("Set-Cookie"), [])
        self.assert_dead(tokens, "password_change")
        listed = self.recant.admin("GET", f"/v1/admin/users/{user.id}/sessions").json["sessions"]
        self.assertEqual(listed, [])


if __name__ == "__main__":
    unittest.main()
