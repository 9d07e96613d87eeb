"""Clients that others wrote drive the calls of OAuth over TLS: oauth4webapi on Node, Authlib on Python."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.certificates import Authority
from harness.oauth import METADATA, PUBLIC, Client
from harness.ports import free_port
from harness.process import die_with_parent
from harness.recant import Recant
from neighbour import Folder

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
DEBIANS_PYTHON = "/usr/bin/python3"  # another may come first in PATH and lack Debian's modules


class Driver:
    """A client that says what it discovered, and then does what each line asks."""

    def __init__(self, *command, cwd, **environment):
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(command, cwd=cwd, text=True, preexec_fn=die_with_parent, stderr=self._log,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | environment)
        self.metadata = self._answer()

    def __call__(self, act, token):
        self._process.stdin.write(json.dumps({"do": act, "token": token}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self):
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            pipe.close()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(30)
            self._log.seek(0)
            raise AssertionError(f"the client ended: {self._log.read()}")
        return json.loads(line)


class OverTls(RecantTest):
    """The issuer is where the server is: `path` goes behind it, as a gateway would have it."""

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="recant-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        authority = Authority(cls.home)
        certificate, key = authority.issue("localhost")
        cls.recant = Recant({"server.tls_cert": certificate, "server.tls_key": key}, start=False,
                            tls=authority.client())
        cls.ends(cls.recant)
        cls.recant.port = free_port()
        cls.issuer = f"https://localhost:{cls.recant.port}"
        cls.recant.settings["token.issuer"] = cls.issuer
        cls.recant.start()
        cls.api = Client(cls.recant, "orders.api-1", "introspect revoke sessions")
        folder = cls.ends(Folder())
        for name in os.listdir(HERE):
            shutil.copy(os.path.join(HERE, name), folder.path)
        cls.driver = cls.ends(Driver(
            *cls.command, cwd=folder.path, ISSUER=cls.issuer, CLIENT_ID=cls.api.name, CLIENT_SECRET=cls.api.key,
            PUBLIC_CLIENT_ID=PUBLIC, REQUESTS_CA_BUNDLE=authority.certificate, NODE_EXTRA_CA_CERTS=authority.certificate))


class Both:
    def assert_inactive(self, token):
        self.assertEqual(self.driver("introspect", token), {"active": False})

    def test_O25_O26_discovers_the_server(self):
        published = self.recant.call("GET", METADATA).json
        self.assertLessEqual(published.items(), self.driver.metadata.items())
        self.assertEqual(published["issuer"], self.issuer)

    def test_O21_introspects(self):
        tokens = self.recant.open_session("ann", scope="read")
        for act in ("introspect", "introspect by post"):
            said = self.driver(act, tokens.access)
            self.assertEqual((said["active"], said["sub"], said["scope"], said["iss"]), (True, "ann", "read", self.issuer))
        self.assertEqual(self.driver("introspect", tokens.refresh)["token_use"], "refresh_token")
        self.recant.logout(tokens.access)
        self.assert_inactive(tokens.access)
        self.assert_inactive(tokens.refresh)
        self.assert_inactive("x")

    def test_O19_is_refused_without_its_secret(self):
        refused = self.driver("introspect as a stranger", self.recant.sign_in().access)
        self.assertEqual((refused["failed"], refused["status"]), self.unauthenticated)

    def test_O15_O17_revokes(self):
        for act, reason in (("revoke", "admin"), ("give back", "logout")):
            tokens = self.recant.sign_in()
            other = self.recant.sign_in()
            self.assertEqual(self.driver(act, tokens.access), {})
            self.assert_invalid_token(self.recant.check(tokens.access), f"revoked: {reason}")
            self.assertEqual(self.driver(act, other.refresh), {})
            self.assert_dead(other, reason)
            self.assert_inactive(other.access)
            self.assertEqual(self.driver(act, "x"), {})

    def test_O02_refreshes(self):
        tokens = self.recant.open_session("ann", scope="read")
        said = self.driver("refresh", tokens.refresh)
        self.recant.secrets.keep(said["refresh_token"])
        self.assertEqual((said["token_type"].lower(), said["scope"]), ("bearer", "read"))
        self.assert_empty(self.recant.check(said["access_token"]), 200)
        self.assertEqual(self.driver("refresh", "rt_x")["failed"], "invalid_grant")


class Oauth4webapi(Both, OverTls):
    command = ("node", "oauth4webapi.mjs")
    # It reports the challenge of a 401 and not what the body says.
    unauthenticated = ("OAUTH_WWW_AUTHENTICATE_CHALLENGE", 401)

    def test_O24_has_the_answer_signed(self):
        """It checks type, issuer, audience and, by the published keys, the signature."""
        tokens = self.recant.open_session("ann")
        self.assertEqual(self.driver("introspect signed", tokens.access), self.driver("introspect", tokens.access))
        self.assertEqual(self.driver("introspect signed", "x"), {"active": False})


class Authlib(Both, OverTls):
    command = (DEBIANS_PYTHON, "authlib_client.py")
    unauthenticated = ("invalid_client", 401)

    def test_O26_it_has_nothing_against_the_metadata_but_that_no_response_type_is_supported(self):
        """Of which RFC 8414 says both that it must be there and that an empty list must not (erratum 7793)."""
        self.assertEqual(self.driver.metadata["complaints"],
                         {"response_types_supported": '"response_types_supported" is required'})


if __name__ == "__main__":
    unittest.main()
