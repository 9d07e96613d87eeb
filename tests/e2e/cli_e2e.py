"""Contract §3, as far as this version goes: the commands that need no server, and how they end."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.recant import BINARY, clean_environment
from harness.verbs import decode, encode


def run(*arguments, stdin="", **more):
    return subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True,
                          timeout=30, env=clean_environment(), **more)


class CommandLine(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Only one of these needs a server."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, self.home)

    def file(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_usage_errors_are_2_on_stderr_in_one_sentence(self):
        for arguments in ((), ("no-such-command",), ("serve", "--no-such-flag"),
                          ("serve", "--server.listen"), ("token", "verify"),
                          ("token", "verify", "--jwks"), ("config",), ("version", "extra")):
            done = run(*arguments, cwd=self.home)
            self.assertEqual((done.returncode, done.stdout), (2, ""), (arguments, done))
            self.assertTrue(done.stderr.strip())
        self.assertEqual(os.listdir(self.home), [])

    def test_help_is_0_on_stdout(self):
        for arguments in (("--help",), ("serve", "--help"), ("token", "verify", "--help")):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.assertIn("Usage: recant", done.stdout)

    def test_version(self):
        self.assertRegex(run("version").stdout, r"^recant \d+\.\d+\.\d+\n$")

    def test_config_check_says_what_serve_would_and_does_nothing(self):
        good = self.file("good.toml", "[token]\nissuer = \"https://a\"\n")
        done = run("config", "check", "--config", good, "--json", cwd=self.home)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("https://a", json.dumps(json.loads(done.stdout)))
        bad = self.file("bad.toml", "[token]\nleeway = \"2h\"\n[redis]\nurl = \"x\"\n[sever]\na=1\n")
        done = run("config", "check", "--config", bad, cwd=self.home)
        self.assertEqual(done.returncode, 1, done)
        for part in ("leeway", "line 2", "redis.url", "line 4", "sever"):
            self.assertIn(part, done.stdout + done.stderr)
        self.assertEqual(sorted(os.listdir(self.home)), ["bad.toml", "good.toml"])

    def test_config_check_shows_no_password(self):
        path = self.file("r.toml", '[redis]\nurl = "redis://u:very-secret@127.0.0.1:1/0"\n')
        for more in ((), ("--json",)):
            done = run("config", "check", "--config", path, *more)
            self.assertNotIn("very-secret", done.stdout + done.stderr)

    def test_a_password_in_a_flag_is_refused(self):
        done = run("serve", "--redis.url", "redis://u:very-secret@127.0.0.1:1/0", cwd=self.home)
        self.assertGreater(done.returncode, 0)
        self.assertNotIn("very-secret", done.stderr)
        self.assertEqual(os.listdir(self.home), [])

    def test_token_verify_judges_as_the_server_does(self):
        recant = self.start()
        tokens = recant.sign_in(scope="read")
        recant.logout(tokens.access)  # revocation is the running server's business
        jwks = self.file("jwks.json", recant.call("GET", "/.well-known/jwks.json").body.decode())
        header, payload, signature = tokens.access.split(".")
        changed = encode(decode(payload).replace(b'"read"', b'"root"'))
        lines = [tokens.access, f"{header}.{changed}.{signature}", "x", "", f"{header}.{payload}."]
        done = run("token", "verify", "--jwks", jwks, "-", stdin="\n".join(lines) + "\n")
        self.assertEqual(done.returncode, 1, done)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(lines))
        self.assertEqual(answers[0], {"valid": True, "header": tokens.header,
                                      "claims": tokens.claims})
        self.assertEqual(answers[1], {"valid": False, "reason": "bad_signature"})
        for answer in answers[2:]:
            self.assertEqual(set(answer), {"valid", "reason"})
            self.assertIs(answer["valid"], False)
        done = run("token", "verify", "--jwks", jwks, "-", stdin=tokens.access + "\n")
        self.assertEqual(done.returncode, 0, done)
        for more in (("--issuer", "other"), ("--audience", "other")):
            done = run("token", "verify", "--jwks", jwks, *more, "-", stdin=tokens.access + "\n")
            self.assertEqual((done.returncode, json.loads(done.stdout)["valid"]), (1, False), more)

    def test_a_jwks_that_must_be_refused_is_2(self):
        public = {"kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256", "use": "sig",
                  "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                  "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
        for text in ("", "{}", '{"keys":"x"}', "[]", json.dumps({"keys": [public, public]}),
                     json.dumps({"keys": [{**public, "d": "AA"}]}), "/does/not/exist"):
            path = text if text.startswith("/") else self.file("jwks.json", text)
            done = run("token", "verify", "--jwks", path, "-", stdin="x\n")
            self.assertEqual(done.returncode, 2, (text, done))
            self.assertTrue(done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
