"""The README's own commands, word for word, where somebody tries them for the first time."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from types import SimpleNamespace

from harness.case import RecantTest
from harness.cli import Terminal
from harness.document import Document
from harness.recant import BINARY, ROOT, clean_environment
from harness.verbs import PASSWORD, Tokens

MADE_BY_A_RUN = {"docs/benchmarks.md"}  # of scripts/bench
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


class Readme(RecantTest):
    """In a directory with build/recant and recant-data in it, as after scripts/run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = tempfile.mkdtemp(prefix="recant-e2e-readme-")
        cls.addClassCleanup(shutil.rmtree, cls.home)
        os.mkdir(os.path.join(cls.home, "build"))
        os.symlink(BINARY, os.path.join(cls.home, "build", "recant"))
        os.symlink(cls.recant.data, os.path.join(cls.home, "recant-data"))
        cls.environment = clean_environment(RECANT_SERVER=f"http://127.0.0.1:{cls.recant.port}")

    def sh(self, script):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.home, capture_output=True,
                              text=True, timeout=60, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_every_block_does_what_it_says(self):
        readme = Document("../README.md", {"http://127.0.0.1:8080": f"http://127.0.0.1:{self.recant.port}"})
        self.programs_are_there(readme.next("sh"))
        readme.next("text")  # demo_e2e runs it
        self.first_session(readme.next("sh"))
        self.commands(readme.next("sh"))
        readme.next("nginx")  # gateway_documents_e2e compares it, nginx_e2e runs it
        self.configuration(readme.next("toml"))
        readme.finished()

    def programs_are_there(self, script):
        programs = [line.split()[0] for line in script.splitlines()]
        self.assertEqual(programs, ["scripts/run", "scripts/test"])
        for program in programs:
            self.assertTrue(os.access(os.path.join(ROOT, program), os.X_OK), program)

    def first_session(self, script):
        said = self.sh(script)
        for token in re.findall(r'"(?:access|refresh)_token":"([^"]+)"', said):
            self.recant.secrets.keep(token)
        self.assertIn('"username":"alice"', said)
        self.assertEqual(re.findall(r"HTTP/1\.1 (\d+)", said), ["200", "204", "401"])
        self.assertRegex(said, r"(?i)\nx-auth-subject: [0-9a-f-]{36}")
        self.assertIn('"sessions":[{', said)
        self.assertIn('"refresh_token":"rt_', said)
        self.assertIn('error_description="revoked: logout"', said.rpartition("HTTP/1.1 401")[2])

    def commands(self, script):
        first, rest = script.split("\n", 1)
        self.assertIn("# asks for a password", first)
        words = first.partition("#")[0].split()[1:]
        with Terminal(*words, cwd=self.home, RECANT_SERVER=self.environment["RECANT_SERVER"]) as terminal:
            for _ in range(2):
                terminal.expect(": ")
                terminal.type(PASSWORD + "\n")
            text, code = terminal.end()
        self.assertEqual(code, 0, text)
        # By curl: this password is in the greeting, so the harness must not take it for a secret.
        said = self.sh(f"""curl -s http://127.0.0.1:{self.recant.port}/v1/login -H 'Content-Type: application/json' """
                       """-d '{"username":"alice","password":"correct horse"}'""")
        user = Tokens(SimpleNamespace(json=json.loads(said)))
        said = self.sh(rest)
        self.assertRegex(said, r"(?m)^bob +active ")
        self.assertIn(user.session, said)
        self.assertIn("alice is disabled", said)
        self.assertIn("Usage: recant", said)
        self.assert_dead(user, "disabled")

    def configuration(self, text):
        with open(os.path.join(self.home, "recant.toml"), "w") as file:
            file.write(text)
        said = self.sh("build/recant config check")
        self.assertIn("https://login.example.com", said)
        os.remove(os.path.join(self.home, "recant.toml"))


class Links(unittest.TestCase):
    def test_each_leads_somewhere(self):
        pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "bench/README.md"]
        for folder in ("docs", "docs/adr"):
            pages += [f"{folder}/{name}" for name in os.listdir(os.path.join(ROOT, folder)) if name.endswith(".md")]
        seen = 0
        for page in pages:
            with open(os.path.join(ROOT, page)) as file:
                links = LINK.findall(re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`", "", file.read()))
            for link in links:
                seen += 1
                target = os.path.normpath(os.path.join(os.path.dirname(page), link))
                self.assertTrue(target in MADE_BY_A_RUN or os.path.exists(os.path.join(ROOT, target)),
                                f"{page} links to {link}")
        self.assertGreater(seen, 50)


if __name__ == "__main__":
    unittest.main()
