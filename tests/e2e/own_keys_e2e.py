"""keys.files: signing keys of the operator's own, as openssl makes them."""
import base64
import hashlib
import hmac
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import cli
from harness.case import RecantTest
from harness.jws import verifies
from harness.process import wait_until
from harness.recant import BINARY
from harness.verbs import decode

JWKS = "/.well-known/jwks.json"
ROTATE = "/v1/admin/keys/rotate"


class OwnKeys(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts a recant of its own."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, self.home)

    def make(self, name, *words):
        path = os.path.join(self.home, name)
        subprocess.run(["openssl", *words, "-out", path], check=True, capture_output=True)
        os.chmod(path, 0o600)
        return path

    def ec(self, name, curve="P-256"):
        return self.make(name, "genpkey", "-algorithm", "EC", "-pkeyopt",
                         f"ec_paramgen_curve:{curve}")

    def published(self, recant):
        return [key["kid"] for key in recant.call("GET", JWKS).json["keys"]]

    def listed(self, recant):
        return {key.get("file"): key for key in recant.admin("GET", "/v1/admin/keys").json["keys"]
                if key["kind"] == "access"}

    def hang_up(self, recant, *files):
        """Writes the list into recant.toml and sends SIGHUP; waits until the log says what became of it."""
        if files:
            recant.settings["keys.files"] = list(files)
            with open(recant.config) as config:
                lines = config.read().splitlines()
            text = ", ".join(f'"{file}"' for file in files)
            with open(recant.config, "w") as config:
                config.write("\n".join(f"files = [{text}]" if line.startswith("files = ") else line
                                       for line in lines) + "\n")
        said = recant.output().count("read again")
        recant.process.signal(signal.SIGHUP)
        wait_until(lambda: recant.output().count("read again") > said, "the log says what was read")

    def test_the_first_signs_all_verify_and_none_is_made(self):
        first, second = self.ec("first.pem"), self.make("second.pem", "genpkey", "-algorithm",
                                                         "ED25519")
        recant = self.start({"keys.files": [first, second]})
        tokens = recant.sign_in()
        self.assert_alive(tokens, recant)
        self.assertTrue(verifies(tokens.access, recant.call("GET", JWKS).json))
        listed = self.listed(recant)
        self.assertEqual({file: (key["alg"], key["state"]) for file, key in listed.items()},
                         {first: ("ES256", "signing"), second: ("EdDSA", "verifying")})
        self.assertEqual(tokens.header["kid"], listed[first]["kid"])
        self.assertEqual(self.published(recant), [listed[f]["kid"] for f in (first, second)])
        self.assertFalse([n for n in os.listdir(f"{recant.data}/keys") if n.startswith("signing-")])

    def test_a_rotation_by_its_owner(self):
        """The steps of docs/keys.md."""
        old_file, new_file = self.ec("2026.pem"), self.ec("2027.pem")
        recant = self.start({"keys.files": [old_file]})
        old = recant.sign_in()
        self.hang_up(recant, old_file, new_file)
        fresh = self.listed(recant)[new_file]["kid"]
        self.assertEqual(self.published(recant), [old.header["kid"], fresh])
        self.assertEqual(recant.sign_in().header["kid"], old.header["kid"])
        self.hang_up(recant, new_file, old_file)
        newer = recant.refresh(old)
        self.assertEqual(newer.header["kid"], fresh)
        for tokens in (old, newer):
            self.assert_alive(tokens, recant)
        self.hang_up(recant, new_file)
        self.assertEqual(self.published(recant), [fresh])
        for _ in range(10):
            self.assert_invalid_token(recant.check(old.access))
        self.assert_alive(newer, recant)
        self.assertNotIn("was not published before", recant.output())
        # And one that nobody could know of is said to be so.
        self.hang_up(recant, self.ec("2028.pem"))
        recant.line_with("was not published before", "2028.pem")

    def test_what_is_wrong_changes_nothing(self):
        good = self.ec("good.pem")
        recant = self.start({"keys.files": [good]})
        tokens = recant.sign_in()
        for bad, why in ((self.ec("curve.pem", "P-384"), "P-256"),
                         (os.path.join(self.home, "none.pem"), "cannot be read")):
            self.hang_up(recant, bad, good)
            recant.line_with("stay as they are", bad, why)
            self.assert_alive(tokens, recant)
            self.assertEqual(recant.sign_in().header["kid"], tokens.header["kid"])
        # What else has changed in the file waits for a restart, and the log says so.
        recant.settings["keys.files"] = [good]
        with open(recant.config, "a") as config:
            config.write('[log]\nlevel = "debug"\n')
        self.hang_up(recant, good)
        recant.line_with("takes a restart", "log.level")

    def test_rotate_says_how_it_is_done_here(self):
        file = self.ec("own.pem")
        recant = self.start({"keys.files": [file]})
        kid = self.listed(recant)[file]["kid"]
        for body in (None, {"signs_in": 0}, {"retire": kid}, {"retire": "all"}, {"only": "access"}):
            answer = recant.admin("POST", ROTATE, body)
            self.assert_problem(answer, "invalid_request")
            self.assertIn("keys.files", answer.json["detail"])
            self.assertIn("SIGHUP", answer.json["detail"])
        # Whoever types a command is told what to type.
        done = cli.run("keys", "rotate", recant=recant)
        self.assertEqual(done.code, 1, done)
        self.assertIn("--only refresh rotates the refresh secrets", done.err)
        self.assertNotIn("{", done.err)
        tokens = recant.sign_in()
        answer = recant.admin("POST", ROTATE, {"only": "refresh", "signs_in": 0})
        self.assertEqual((answer.status, len(answer.json["made"])), (200, 1), answer)
        self.assert_alive(recant.refresh(tokens), recant)

    def test_from_keys_of_recants_to_own_ones_and_back(self):
        recant = self.start()
        made = recant.sign_in()
        recant.terminate()
        file = self.ec("own.pem")
        recant.settings["keys.files"] = [file]
        recant.start()
        self.assert_alive(made, recant)
        own = recant.refresh(made)
        self.assertNotEqual(own.header["kid"], made.header["kid"])
        self.assert_alive(own, recant)
        recant.terminate()
        del recant.settings["keys.files"]
        recant.start()
        self.assert_alive(made, recant)
        self.assert_invalid_token(recant.check(own.access))  # its key is not here any more
        again = recant.refresh(own)
        self.assertNotIn(again.header["kid"], (made.header["kid"], own.header["kid"]))
        self.assert_alive(again, recant)

    def test_a_secret_of_ones_own(self):
        text = base64.b64encode(os.urandom(48)).decode()
        secret = os.path.join(self.home, "secret")
        with open(secret, "w") as file:
            file.write(text + "\n")
        os.chmod(secret, 0o600)
        recant = self.start({"token.algorithm": "HS256", "keys.files": [secret]})
        recant.secrets.keep(text)
        tokens = recant.sign_in()
        self.assert_alive(tokens, recant)
        self.assertEqual(self.published(recant), [])
        signed, _, signature = tokens.access.rpartition(".")
        self.assertEqual(hmac.new(text.encode(), signed.encode(), hashlib.sha256).digest(),
                         decode(signature))

    def test_a_start_names_the_file_and_what_is_wrong(self):
        good = self.ec("good.pem")
        public = self.make("public.pem", "pkey", "-in", good, "-pubout")
        encrypted = self.make("encrypted.pem", "pkey", "-in", good, "-aes256", "-passout",
                              "pass:secret")
        small = self.make("small.pem", "genpkey", "-algorithm", "RSA", "-pkeyopt",
                          "rsa_keygen_bits:1024")
        readable = self.ec("readable.pem")
        os.chmod(readable, 0o644)
        for file, algorithm, why in ((public, "ES256", "public key"),
                                     (encrypted, "ES256", "encrypted"),
                                     (small, "RS256", "too short"), (good, "ES384", "P-384"),
                                     (readable, "ES256", f"chmod 640 {readable}")):
            data = os.path.join(self.home, "data")
            done = subprocess.run([BINARY, "serve", "--server.listen", "127.0.0.1:0",
                                   "--server.data", data, "--token.algorithm", algorithm,
                                   "--keys.files", file], capture_output=True, text=True,
                                  timeout=30, cwd=self.home)
            self.assertEqual(done.returncode, 1, done)
            for part in (file, why):
                self.assertIn(part, done.stderr)


if __name__ == "__main__":
    unittest.main()
