"""docs/oauth.md: what it tells people to run is what runs here, and its example has the members of a real answer."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.cli import environment_for
from harness.document import Document
from harness.oauth import METADATA
from harness.recant import BINARY

NOT_RUN = (("properties", "Spring Security"), ("apache", "mod_oauth2"), ("yaml", "Kong, plugin oauth2-introspection"))


class Page(RecantTest):
    def run_in_shell(self, text, **variables):
        environment = environment_for(self.recant, **variables)
        environment["PATH"] = f"{os.path.dirname(BINARY)}:{environment['PATH']}"
        done = subprocess.run(["bash", "-euc", text], cwd=self.folder, env=environment, timeout=60,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def test_is_true(self):
        self.folder = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        page = Document("oauth.md", {"http://127.0.0.1:8080": f"http://127.0.0.1:{self.recant.port}"})
        tokens = self.recant.open_session("42", scope="read")
        self.run_in_shell(page.next("sh"))
        with open(os.path.join(self.folder, "orders.key")) as key:
            self.recant.secrets.keep(key.read().strip())
        said = json.loads(self.run_in_shell(page.next("sh"), access=tokens.access))
        example = json.loads(page.next("json"))
        self.assertEqual(list(said), list(example))
        for name in ("active", "scope", "client_id", "token_type", "sub", "aud", "iss"):
            self.assertEqual(said[name], example[name])
        for language, title in NOT_RUN:
            page.next(language, title)
        self.assertIn("200 OK", self.run_in_shell(page.next("sh"), refresh=tokens.refresh))
        self.assert_dead(tokens, "logout")
        self.assertEqual(page.next("toml"), '[token]\nissuer = "https://login.example.com"\n')
        self.assertEqual(self.start({"token.issuer": "https://login.example.com"}).call("GET", METADATA).status, 200)
        page.finished()


if __name__ == "__main__":
    unittest.main()
