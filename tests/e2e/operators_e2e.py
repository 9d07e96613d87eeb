"""server.ops_listen: a listener of operators' own."""
import http.client
import json
import os
import signal
import socket
import subprocess
import unittest

from harness import cli
from harness import http as harness_http
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until
from harness.recant import BINARY, Recant, clean_environment, configuration
from harness.verbs import PASSWORD

OPERATORS = ("/healthz", "/readyz", "/metrics")


class OwnListener(RecantTest):
    @classmethod
    def setUpClass(cls):
        port = free_port()
        cls.recant = Recant({"server.ops_listen": f"127.0.0.1:{port}"}, start=False)
        cls.ends(cls.recant)
        cls.recant.ops_port = port
        cls.recant.start()

    def test_operators_are_answered_there_and_nowhere_else(self):
        for path in OPERATORS:
            self.assertEqual(self.recant.ops(path).status, 200)
            for method in ("GET", "HEAD", "POST"):
                self.assertEqual(self.recant.call(method, path).status, 404, path)

    def test_nobody_else_is_answered_there(self):
        tokens = self.recant.sign_in()
        bearer = [("Authorization", f"Bearer {tokens.access}")]
        admin = [("Authorization", f"Bearer {self.recant.admin_key}")]
        for method, path, headers in (
                ("POST", "/v1/login", ()), ("POST", "/v1/refresh", ()), ("GET", "/v1/me", bearer),
                ("GET", "/v1/admin/users", admin), ("GET", "/v1/admin/users", ()),
                ("GET", "/v1/admin/nothing", ()), ("GET", "/.well-known/jwks.json", ()),
                ("GET", "/", ())):
            answer = harness_http.call(self.recant.ops_port, method, path, headers=headers)
            self.assert_problem(answer, "not_found")

    def test_a_check_there_is_no_yes(self):
        """A gateway that asks at the wrong door must not let anybody in."""
        tokens = self.recant.sign_in()
        connection = harness_http.client(self.recant.ops_port)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/check", headers={"Authorization": f"Bearer {tokens.access}"})
        self.assertEqual(connection.getresponse().status, 404)

    def test_other_methods_are_named(self):
        answer = self.recant.ops("/metrics", method="POST")
        self.assert_problem(answer, "method_not_allowed")
        self.assertEqual(answer.header("Allow"), "GET, HEAD")

    def test_the_command_line_finds_them(self):
        done = cli.run("health", "--config", self.recant.config,
                       environment=clean_environment(RECANT_CA=""))
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertIn(f"http://127.0.0.1:{self.recant.ops_port} is ready", done.out)

    def test_the_start_says_where(self):
        self.assertIn(f"/metrics are on http://127.0.0.1:{self.recant.ops_port}",
                      self.recant.output())

    def test_requests_of_both_listeners_are_counted(self):
        self.assert_alive(self.recant.sign_in())
        text = self.recant.ops("/metrics").body.decode()
        self.assertRegex(text, r'recant_http_request_duration_seconds_count\{[^}]*route="/v1/check"')


class Stopping(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test has its own."""

    def test_operators_look_on_while_the_last_requests_end(self):
        recant = self.start(start=False)
        recant.ops_port = free_port()
        recant.settings["server.ops_listen"] = f"127.0.0.1:{recant.ops_port}"
        recant.start()
        user = recant.create_user()
        body = json.dumps({"username": user.name, "password": user.password}).encode()
        with socket.create_connection(("127.0.0.1", recant.port), 30) as connection:
            connection.sendall(b"POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
                               b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:5])
            # Whatever was sent before has been read when a later connection is answered by each thread.
            for _ in range(20):
                recant.call("GET", "/.well-known/jwks.json")
            recant.process.signal(signal.SIGTERM)
            wait_until(lambda: recant.ops("/readyz").status == 503, "it is no longer ready")
            self.assertIn("stopping", recant.ops("/readyz").json["detail"])
            self.assertEqual(recant.ops("/healthz").status, 200)
            self.assertEqual(recant.ops("/metrics").status, 200)
            with self.assertRaises(ConnectionError):
                wait_until(lambda: recant.call("GET", "/v1/me").status == 0, "nobody listens")
            connection.sendall(body[5:])
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            self.assertEqual(answer.status, 200)
            recant.secrets.note_text(answer.read())
        self.assertEqual(recant.process.wait(30), 0)


class Refusing(RecantTest):
    @classmethod
    def setUpClass(cls):
        """None of these serves."""

    def refused(self, listen, operators):
        recant = self.start({"server.listen": listen, "server.ops_listen": operators}, start=False)
        with open(recant.config, "w") as config:
            config.write(configuration(recant.settings | {"server.data": recant.data}))
        done = subprocess.run([BINARY, "serve", "--config", recant.config], timeout=30,
                              env=clean_environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done)
        self.assertFalse(os.path.exists(recant.data), "nothing is made before that is known")
        return done.stderr

    def test_a_port_in_use_names_the_setting_and_the_process(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            said = self.refused(f"127.0.0.1:{free_port()}", address)
        for part in (address, "server.ops_listen", "in use", f"process {os.getpid()}"):
            self.assertIn(part, said)

    def test_the_same_place_twice(self):
        port = free_port()
        said = self.refused(f"127.0.0.1:{port}", f"0.0.0.0:{port}")
        self.assertIn("server.ops_listen", said)
        self.assertIn("server.listen", said)


class IdentityHeaders(RecantTest):
    settings = {"server.identity_headers": ["subject=X-User", "expires=X-Until"]}

    def test_the_check_answers_with_the_names_that_were_chosen(self):
        tokens = self.recant.sign_in()
        connection = self.recant.client()
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/check", headers={"Authorization": f"Bearer {tokens.access}"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["X-User"], tokens.user_id)
        self.assertEqual(answer.headers["X-Until"], str(tokens.claims["exp"]))
        self.assertEqual(answer.headers["X-Auth-Session"], tokens.session)
        self.assertEqual(answer.headers["X-Auth-Scope"], "")
        for name in ("X-Auth-Subject", "X-Auth-Expires"):
            self.assertNotIn(name, answer.headers)

    def test_a_variable_says_the_same(self):
        recant = self.start(environment={"RECANT_SERVER_IDENTITY_HEADERS": "subject=X-Name"})
        tokens = recant.sign_in()
        connection = recant.client()
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/check", headers={"Authorization": f"Bearer {tokens.access}"})
        self.assertEqual(connection.getresponse().headers["X-Name"], tokens.user_id)


class GatewayOnly(RecantTest):
    """accounts.enabled = false: an application with a login of its own."""

    settings = {"accounts.enabled": False, "accounts.signup": False}

    def test_the_calls_of_accounts_are_not_found_whoever_asks(self):
        tokens = self.recant.open_session("somebody")
        body = {"username": "ada", "password": PASSWORD}
        change = {"old_password": PASSWORD, "new_password": PASSWORD + "!"}
        for method, path, sent in (("POST", "/v1/users", body), ("POST", "/v1/login", body),
                                   ("POST", "/v1/password", change)):
            for bearer in (None, tokens.access, "nonsense"):
                self.assert_problem(self.recant.call(method, path, sent, bearer=bearer), "not_found")
        for method, path, sent in (("GET", "/v1/admin/users", None), ("POST", "/v1/admin/users", body),
                                   ("GET", "/v1/admin/users/ada", None),
                                   ("DELETE", "/v1/admin/users/ada", None),
                                   ("POST", "/v1/admin/users/ada/disable", None),
                                   ("POST", "/v1/admin/users/ada/enable", None),
                                   ("POST", "/v1/admin/users/ada/password", {"password": PASSWORD})):
            self.assert_problem(self.recant.admin(method, path, sent), "not_found")
            # What there is under /v1/admin is told to those with a key.
            self.assertEqual(self.recant.call(method, path, sent).status, 401, path)

    def test_sessions_are_opened_checked_refreshed_and_listed(self):
        tokens = self.recant.open_session("ada@example.com", scope="read write",
                                          claims={"plan": "gold"})
        self.assertEqual(tokens.claims["sub"], "ada@example.com")
        self.assertEqual(tokens.claims["plan"], "gold")
        self.assert_alive(tokens)
        self.assertEqual(self.recant.check(tokens.access, "?scope=read").status, 200)
        newer = self.recant.refresh(tokens)
        self.assert_alive(newer)
        me = self.recant.call("GET", "/v1/me", bearer=newer.access)
        self.assertEqual((me.status, me.json["user_id"], me.json["username"]),
                         (200, "ada@example.com", None))
        listed = self.recant.admin("GET", "/v1/admin/users/ada@example.com/sessions")
        self.assertEqual([one["session_id"] for one in listed.json["sessions"]], [tokens.session])

    def test_every_revocation_works(self):
        for revoke in (lambda tokens: {"token": tokens.access},
                       lambda tokens: {"jti": tokens.jti, "exp": tokens.claims["exp"]},
                       lambda tokens: {"session": tokens.session, "subject": "bob"},
                       lambda tokens: {"subject": "bob"},
                       lambda tokens: {"all": True}):
            tokens = self.recant.open_session("bob")
            self.assert_alive(tokens)
            answer = self.recant.revoke(**revoke(tokens))
            self.assertEqual((answer.status, answer.json["enforced"]), (200, True), answer)
            self.assert_invalid_token(self.recant.check(tokens.access))

    def test_holders_end_their_own_sessions(self):
        first, second = self.recant.open_session("eve"), self.recant.open_session("eve")
        self.assert_empty(self.recant.logout(first.access), 204)
        self.assert_dead(first, "logout")
        third = self.recant.open_session("eve")
        self.assertEqual(self.recant.call("POST", "/v1/logout-all", bearer=second.access).json,
                         {"sessions": 2})
        for tokens in (second, third):
            self.assert_dead(tokens, "logout_all")


if __name__ == "__main__":
    unittest.main()
