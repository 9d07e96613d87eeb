"""packaging/systemd/credentials.conf: the server takes its secrets as systemd hands them on (LoadCredential)."""
import os
import re
import secrets
import shutil
import tempfile
import unittest

from harness.case import RecantTest
from harness.certificates import Authority
from harness.postgresql_server import PostgresqlServer, make_seal
from harness.recant import ROOT


class Credentials(RecantTest):
    @classmethod
    def setUpClass(cls):
        """The test starts a recant of its own."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-credentials-")
        self.addCleanup(shutil.rmtree, self.home)

    def handed_on(self, contents):
        """What the drop-in puts into the environment, and the files that it speaks of: readable, for their owner."""
        with open(os.path.join(ROOT, "packaging/systemd/credentials.conf")) as file:
            text = file.read()
        self.assertEqual(set(re.findall(r"^LoadCredential=([\w-]+):", text, re.MULTILINE)), set(contents))
        directory = os.path.join(self.home, "recant.service")
        os.mkdir(directory)
        for name, content in contents.items():
            path = os.path.join(directory, name)
            with open(path, "w") as file:
                file.write(content)
            os.chmod(path, 0o400)
        os.chmod(directory, 0o500)
        words = " ".join(re.findall(r"^Environment=(.*)$", text, re.MULTILINE)).split()
        return dict(word.replace("%d", directory).split("=", 1) for word in words)

    def test_each_is_taken_and_stands_nowhere_else(self):
        redis, password = self.start_redis(tcp=True), secrets.token_hex(16)
        redis("ACL", "SETUSER", "recant", "on", f">{password}", "~*", "&*", "+@all")
        authority = Authority(self.home)
        postgresql = PostgresqlServer()
        self.addCleanup(postgresql.end)
        postgresql.sql("CREATE DATABASE recant")
        contents = {"redis-url": f"redis://recant:{password}@127.0.0.1:{redis.port}\n",
                    "database-url": postgresql.url_by_password("recant") + "\n"}
        with open(make_seal(os.path.join(self.home, "seal"))) as file:
            contents["seal"] = file.read()
        for name, path in zip(("tls-cert", "tls-key"), authority.issue("recant")):
            with open(path) as file:
                contents[name] = file.read()
        recant = self.start(environment=self.handed_on(contents), tls=authority.client())
        tokens = recant.sign_in()
        self.assert_alive(tokens, recant)
        self.assertEqual(redis("EXISTS", f"session:user:{tokens.user_id}:{tokens.session}"), 1)
        self.assertEqual(postgresql.sql("SELECT count(*) FROM key_set", "recant"), "1")
        for name in ("environ", "cmdline"):
            with open(f"/proc/{recant.process.pid}/{name}", "rb") as file:
                self.assertNotIn(password.encode(), file.read(), name)
        self.assertNotIn(password, recant.output())


if __name__ == "__main__":
    unittest.main()
