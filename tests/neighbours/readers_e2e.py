"""docs/readers.md: each program on the page is what runs here, against a running Recant."""
import glob
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import es256
from harness.case import RecantTest
from harness.document import Document
from harness.issuer import sign as sign_hs256
from harness.process import die_with_parent
from harness.recant import Recant
from harness.redis_server import RedisServer
from harness.verbs import encode
from neighbour import Folder

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "readers")
DEBIANS_PYTHON = "/usr/bin/python3"  # another may come first in PATH and lack Debian's modules
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
SWITCHES = {"const WHITELIST = false": "const WHITELIST = true",
            "const whitelist = false": "const whitelist = true",
            "WHITELIST = False": "WHITELIST = True"}


class Reader:
    """A program that reads a token a line and answers each."""

    def __init__(self, name, *command, cwd):
        self.name = name
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(command, cwd=cwd, text=True, preexec_fn=die_with_parent,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._log)

    def read(self, token):
        """The subject, or None; `why` says more."""
        self._process.stdin.write(token + "\n")
        self._process.stdin.flush()
        self.why = self._process.stdout.readline().rstrip("\n")
        if not self.why:
            self._log.seek(0)
            raise AssertionError(f"{self.name} ended: {self._log.read()}")
        return None if self.why.startswith("- ") else self.why

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()


class Readers(RecantTest):
    """The blocks of the page, in files as they are named there."""
    whitelist = False

    @classmethod
    def setUpClass(cls):
        cls.redis = cls.ends(RedisServer(tcp=True))
        cls.recant = cls.ends(Recant(cls.settings, cls.redis))
        cls.folder = cls.ends(Folder())
        # As the page says: it may read, and nothing else (docs/security.md).
        cls.redis("ACL", "SETUSER", "reader", "on", ">secret", "-@all", "%R~blacklist:*",
                  "%R~whitelist:*", "+get")
        here = {"redis://127.0.0.1:6379": f"redis://reader:secret@127.0.0.1:{cls.redis.port}",
                "127.0.0.1:8080": f"127.0.0.1:{cls.recant.port}"}
        if cls.whitelist:
            here |= SWITCHES
        page = Document("readers.md", here)
        for language, name in (("js", "revocation.js"), ("js", "reader-jose.mjs"),
                               ("js", "reader-jsonwebtoken.js"), ("go", "reader.go"),
                               ("python", "reader.py")):
            page.write_next(cls.folder.path, language, name)
        page.finished()
        for driver in glob.glob(os.path.join(HERE, "drive.*")):
            shutil.copy(driver, cls.folder.path)
        cache = os.path.join(os.environ["NODE_FOLDER"], "go-cache")
        cls.folder.run("go", "build", "-o", "reader-go", "reader.go", "drive.go", GOCACHE=cache,
                       **GO)
        start = lambda name, *command: cls.ends(Reader(name, *command, cwd=cls.folder.path))
        cls.readers = [
            start("jose", "node", "drive.mjs", cls.folder / "reader-jose.mjs"),
            start("jsonwebtoken", "node", "drive.mjs", cls.folder / "reader-jsonwebtoken.js"),
            start("go", cls.folder / "reader-go"),
            start("python", DEBIANS_PYTHON, "drive.py", cls.folder.path)]

    def assert_read(self, tokens):
        for reader in self.readers:
            self.assertEqual(reader.read(tokens.access), tokens.user_id,
                             f"{reader.name}: {reader.why}")

    def assert_refused(self, token, why=""):
        token = getattr(token, "access", token)
        for reader in self.readers:
            self.assertIsNone(reader.read(token), f"{reader.name} took it {why}")


class Tokens(Readers):
    """As they come from Recant, and as somebody else would make them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        file, = glob.glob(os.path.join(cls.recant.data, "keys", "signing-*-ES256-*"))
        with open(file) as pem:
            cls.key = es256.scalar_of(pem.read())

    def own(self, header=None, drop=(), **changed):
        """A token that Recant's key signed, changed."""
        tokens = self.recant.open_session("somebody")
        claims = {**tokens.claims, **changed}
        for name in drop:
            del claims[name]
        return es256.sign(self.key, {**tokens.header, **(header or {})}, claims)

    def test_good_ones_pass_whoever_they_are_of(self):
        for subject in ("42", "zo\u00eb@example.com", "a b:c{d}%e", "x" * 255, "tenant/7"):
            tokens = self.recant.open_session(subject, scope="read")
            self.assert_read(tokens)
            self.assert_read(self.recant.refresh(tokens))
        for reader in self.readers:
            self.assertEqual(reader.read(self.own()), "somebody", reader.why)

    def test_forged_ones_do_not(self):
        tokens = self.recant.sign_in()
        head, body, signature = tokens.access.split(".")
        flipped = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
        other = self.recant.sign_in().access.split(".")
        stranger = es256.sign(7, tokens.header, tokens.claims)
        jwk, = self.recant.call("GET", "/.well-known/jwks.json").json["keys"]
        for token in (f"{head}.{body}.{flipped}", f"{head}.{other[1]}.{signature}",
                      f"{head}.{body}.", f"{head}.{body}", "", "x", "a.b.c", stranger,
                      es256.sign(7, {**tokens.header, "jwk": jwk}, tokens.claims),
                      self.own({"kid": "unknown"})):
            self.assert_refused(token)
        self.assert_read(tokens)

    def test_alg_none_and_a_public_key_for_a_secret_do_not(self):
        tokens = self.recant.sign_in()
        jwk, = self.recant.call("GET", "/.well-known/jwks.json").json["keys"]
        body = tokens.access.split(".")[1]
        for alg in ("none", "None", "NONE"):
            header = encode(json.dumps({**tokens.header, "alg": alg}).encode())
            self.assert_refused(f"{header}.{body}.", alg)
            self.assert_refused(f"{header}.{body}.{tokens.access.split('.')[2]}", alg)
        for secret in (json.dumps(jwk).encode(), jwk["x"].encode(), b""):
            self.assert_refused(sign_hs256({**tokens.header, "alg": "HS256"}, tokens.claims,
                                           secret or b"\0"))

    def test_expired_misdirected_and_incomplete_ones_do_not(self):
        now = int(time.time())
        for changed in ({"exp": now - 1}, {"aud": "other"}, {"aud": ["x", "y"]}, {"iss": "recant/"},
                        {"iss": "other"}, {"nbf": now + 900}):
            self.assert_refused(self.own(**changed), changed)
        for name in ("exp", "iat", "iss", "aud", "sub", "jti", "sid"):
            self.assert_refused(self.own(drop=[name]), f"without {name}")
        for typ in ("JWT", "logout+jwt", ""):
            self.assert_refused(self.own({"typ": typ}), typ)


class Revocations(Readers):
    def test_what_recant_takes_back(self):
        acts = {
            "logout": lambda t: self.recant.logout(t.access),
            "logout-all": lambda t: self.recant.call("POST", "/v1/logout-all", bearer=t.access),
            "token": lambda t: self.recant.revoke(token=t.access),
            "session": lambda t: self.recant.revoke(session=t.session, subject=t.user_id),
            "session without its subject": lambda t: self.recant.revoke(session=t.session),
            "subject": lambda t: self.recant.revoke(subject=t.user_id)}
        for name, act in acts.items():
            tokens, other = self.recant.open_session(f"a {name}"), self.recant.open_session("b")
            newer = self.recant.refresh(tokens)
            self.assert_read(tokens)
            self.assertIn(act(newer).status, (200, 204))
            self.assert_refused(newer, name)
            if name != "token":
                self.assert_refused(tokens, name)
            self.assert_read(other)

    def test_everybody(self):
        tokens = self.recant.sign_in()
        self.assertEqual(self.recant.revoke(all=True).status, 200)
        self.assert_refused(tokens)
        self.assert_read(self.recant.sign_in())
        self.recant.redis("DEL", "blacklist:all")

    def test_each_key_by_itself(self):
        """A foreign hand wrote it, and nothing else stands."""
        keys = (lambda t: f"blacklist:jti:{t.jti}", lambda t: f"blacklist:session:{t.session}",
                lambda t: "blacklist:user:a%20b%3A%7Bc%7D%25", lambda t: "blacklist:all")
        for number, key_of in enumerate(keys):
            tokens = self.recant.open_session("a b:{c}%")
            key = key_of(tokens)
            for value in ("1", "", "x", str(int(time.time() * 1000) + 60_000), "-5", "1e13"):
                self.recant.redis("SET", key, value, "EX", 900)
                self.assert_refused(tokens, f"{key} {value}")
            self.recant.redis("SET", key, int(time.time() * 1000) - 3_600_000, "EX", 900)
            if number < 2:
                self.assert_refused(tokens, key)
            else:
                self.assert_read(tokens)  # it began after that
            self.recant.redis("DEL", key)
            self.assert_read(tokens)

    def test_the_very_millisecond(self):
        tokens = self.recant.open_session("exact")
        begun = int(tokens.session.replace("-", "")[:12], 16)
        self.recant.redis("SET", "blacklist:user:exact", begun - 1, "EX", 900)
        self.assert_read(tokens)
        self.recant.redis("SET", "blacklist:user:exact", begun, "EX", 900)
        self.assert_refused(tokens)

    def test_what_cannot_be_read_is_no(self):
        for key_of in (lambda t: f"blacklist:jti:{t.jti}",
                       lambda t: f"blacklist:session:{t.session}",
                       lambda t: f"blacklist:user:{t.user_id}", lambda t: "blacklist:all"):
            tokens = self.recant.sign_in()
            self.recant.redis("SADD", key_of(tokens), "x")
            self.assert_refused(tokens, key_of(tokens))
            self.recant.redis("DEL", key_of(tokens))
            self.assert_read(tokens)


class Whitelisted(Readers):
    settings = {"session.strategy": "whitelist"}
    whitelist = True

    def test_what_stands_on_the_list_passes_until_it_does_not(self):
        for subject in ("42", "a b:{c}%", "zo\u00eb"):
            tokens = self.recant.open_session(subject)
            newer = self.recant.refresh(tokens)
            self.assert_read(tokens)
            self.assert_read(newer)
            key, = [key for key in self.redis("KEYS", "whitelist:user:*")
                    if key.endswith(f":jti:{tokens.jti}")]
            self.redis("DEL", key)
            self.assert_refused(tokens)
            self.assert_read(newer)
            self.assertEqual(self.recant.logout(newer.access).status, 204)
            self.assert_refused(newer)

    def test_what_recant_takes_back(self):
        for act in (lambda t: self.recant.revoke(token=t.access),
                    lambda t: self.recant.revoke(session=t.session),
                    lambda t: self.recant.revoke(subject=t.user_id)):
            tokens, other = self.recant.sign_in(), self.recant.sign_in()
            self.assert_read(tokens)
            self.assertEqual(act(tokens).status, 200)
            self.assert_refused(tokens)
            self.assert_read(other)

    def test_a_key_of_another_type_is_no_place(self):
        tokens = self.recant.open_session("typed")
        self.assertEqual(self.redis("DEL", tokens.place), 1)
        self.redis("SADD", tokens.place, "1")
        self.assert_refused(tokens)


class WithoutRedis(Readers):
    def test_unknown_is_no(self):
        tokens = self.recant.sign_in()
        self.assert_read(tokens)
        self.redis.kill()
        self.assert_refused(tokens)


if __name__ == "__main__":
    unittest.main()
