"""What every gateway of examples/ must do; each module lends its gateway (O47 to O50, contract §2)."""
import glob
import socket
from urllib.parse import unquote

from api import Api
from harness import http, record
from harness.case import BARE_CHALLENGE, RecantTest
from harness.process import wait_until
from relay import Relay

IDENTITY = ("X-Auth-Subject", "X-Auth-Session", "X-Auth-Scope", "X-Auth-Expires")
FORGED_NAMES = ("X-Auth-Subject", "x-auth-subject", "X-AUTH-SUBJECT", "X_Auth_Subject", "x_auth_subject",
                "X-Auth_Subject", "X_Auth-Subject", "X.Auth.Subject")
# How somebody might say /orders/7, or /free, so that a gateway and an API disagree (CVE-2023-44794).
AMBIGUOUS = ("/free/../orders/7", "/free/..", "/./orders/7", "/free/%2e%2e/orders/7", "/%2E/orders/7",
             "/free/..;/orders/7", "/orders;x=1/7", "/orders%3bx/7", "//orders/7", "/free//orders/7",
             "/free%2forders/7", "/free%2F..%2Forders/7", "/free\\..\\orders", "/free%5corders",
             "/free/..?a=b", "/free/.?a=b", "http://127.0.0.1/free/../orders/7",
             "http://127.0.0.1/free%2f..%2forders")
CLEAR = ("/", "/free", "/free/a.b/..c/d..", "/free?next=/a/../b;c//d%2f%2e", "/a%20b/%C3%AB", "/.well-known/x")
ORDERS = ("/orders", "/orders/7", "/orders/", "/orders?x=1", "/ORDERS/7", "/Orders", "/%6frders/7",
          "/%4FRDERS/7", "/orders/7?next=/free", "http://127.0.0.1/orders/7")
OUTSIDE = ("/v1/check", "/auth/v1/check", "/auth/v1/admin/users", "/auth/metrics", "/auth/readyz",
           "/recant-check", "/recant-check/orders:read")

# Tests that fail without one line or another of an example.
SCOPE = "test_a_scope_is_asked_for_where_one_is_needed"
PATHS = "test_O49_a_path_that_can_be_read_in_two_ways_is_refused"
INSIDE = "test_O50_nobody_outside_reaches_the_check_or_the_administration"
FORGED = "test_O48_what_the_client_claims_to_be_never_arrives"
TOLD = "test_the_API_is_told_what_Recant_said"
OPEN = "test_O48_nor_where_somebody_lets_everyone_in"
CONNECTION = "test_O48_the_client_cannot_have_them_taken_away"
TUNNEL = "test_nobody_leaves_HTTP_but_by_a_WebSocket"
WEBSOCKET = "test_a_WebSocket_is_asked_about_and_passes"
DOWN = "test_503_while_Recant_is_down"
CHALLENGED = "test_O47_whoever_has_no_good_token_is_challenged_as_by_Recant"
KEPT = "test_connections_to_Recant_are_kept"
FIRST = "test_200_and_after_the_revocation_401"
BODY = "test_O49_methods_and_bodies_pass_unharmed_and_are_no_part_of_the_question"


class Contract(RecantTest):
    """Tests of one class share a Recant, its Redis, an API and a gateway."""

    gateway_type = None
    redis_options = ()
    settings = {"server.trusted_proxies": ["127.0.0.1"]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.ends(Api())
        cls.relay = cls.ends(Relay(cls.recant.port))
        cls.gateway = cls.ends(cls.gateway_type(cls.relay.port, cls.api.port))

    def setUp(self):
        self.api.requests.clear()
        self.api.says = (200, [])

    def arrived(self):
        """The one request that the API saw."""
        self.assertEqual(len(self.api.requests), 1, self.api.requests)
        return self.api.requests.pop()

    def assert_passes(self, answer):
        self.assertEqual((answer.status, answer.body), (200, b"from the API"), answer)
        return self.arrived()

    def assert_stopped(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(self.api.requests, [], answer)

    def said_of(self, request):
        """What the API is told; each field must stand exactly once, under whatever name."""
        said = [request.all(name) for name in IDENTITY]
        self.assertEqual([len(values) for values in said], [1] * 4, request.headers)
        return tuple(values[0] for values in said)


class Door(Contract):
    def test_200_and_after_the_revocation_401(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.recant.logout(tokens.access)
        answer = self.gateway.call("GET", "/free", tokens.access)
        self.assert_stopped(answer, 401)
        self.assertEqual(answer.header("WWW-Authenticate"),
                         self.recant.check(tokens.access).header("WWW-Authenticate"))
        self.assertIn("revoked: logout", answer.header("WWW-Authenticate"))

    def test_revoked_by_an_administrator(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.recant.revoke(subject=tokens.user_id)
        self.assert_stopped(self.gateway.call("GET", "/free", tokens.access), 401)

    def test_O47_whoever_has_no_good_token_is_challenged_as_by_Recant(self):
        tokens = self.recant.sign_in()
        twice = [("Authorization", f"Bearer {tokens.access}"), ("Authorization", "Bearer x")]
        for headers in ((), [("Authorization", "Basic YTpi")], [("Authorization", "Bearer x")],
                        [("Authorization", f"Bearer {tokens.access}x")], [("Authorization", "")],
                        twice, twice[::-1], [twice[0], twice[0]]):
            answer = self.gateway.call("GET", "/free", headers=headers)
            if answer.status == 400 and len(headers) == 2:  # a gateway may refuse this by itself
                self.assert_stopped(answer, 400)
                continue
            self.assert_stopped(answer, 401)
            challenge = self.recant.call("GET", "/v1/check", headers=headers)
            self.assertEqual(answer.all("WWW-Authenticate"),
                             challenge.all("WWW-Authenticate"), headers)
        self.assertEqual(self.gateway.call("GET", "/free").header("WWW-Authenticate"), BARE_CHALLENGE)

    def test_after_a_refusal_the_connection_is_as_good_as_before(self):
        tokens = self.recant.sign_in()
        client = http.client(self.gateway.port)
        self.addCleanup(client.close)
        for method in ("HEAD", "GET", "HEAD", "OPTIONS"):
            for headers, status in (({}, 401), ({"Authorization": f"Bearer {tokens.access}"}, 200)):
                client.request(method, "/free", headers=headers)
                answer = client.getresponse()
                answer.read()
                self.assertEqual(answer.status, status)

    def test_a_token_in_the_query_is_none(self):
        tokens = self.recant.sign_in()
        self.assert_stopped(self.gateway.call("GET", f"/free?access_token={tokens.access}"), 401)

    def test_what_is_asked_is_for_the_gateway_to_say(self):
        tokens = self.recant.sign_in(scope="orders:write")
        for query in ("?scope=admin", "?audience=other", "?scope=a&scope=b", "?a=%zz"):
            request = self.assert_passes(self.gateway.call("GET", "/free" + query, tokens.access))
            self.assertEqual(request.target, "/free" + query)
            answer = self.gateway.call("GET", "/orders?scope=orders:write", tokens.access)
            self.assert_stopped(answer, 403)

    def test_a_scope_is_asked_for_where_one_is_needed(self):
        without = self.recant.sign_in(scope="orders:write orders:rea")
        having = self.recant.sign_in(scope="orders:write orders:read")
        for path in ORDERS:
            answer = self.gateway.call("GET", path, without.access)
            self.assert_stopped(answer, 403)
            challenge = answer.header("WWW-Authenticate") or ""
            self.assertIn('error="insufficient_scope"', challenge)
            self.assertIn('scope="orders:read"', challenge)
            self.assert_passes(self.gateway.call("GET", path, having.access))
            self.assert_stopped(self.gateway.call("GET", path), 401)
        self.assert_passes(self.gateway.call("GET", "/ordersx", without.access))

    def test_nobody_passes_by_an_answer_of_the_API(self):
        """Its own refusals and failures are its own, and reach the client as they are."""
        tokens = self.recant.sign_in()
        for status in (401, 403, 404, 500, 502, 503):
            self.api.says = (status, [("WWW-Authenticate", "Api"), ("X-Api", "yes")])
            answer = self.gateway.call("GET", "/free", tokens.access)
            self.assertEqual((answer.status, answer.body), (status, b"from the API"), answer)
            self.assertEqual((answer.all("WWW-Authenticate"), answer.header("X-Api")),
                             (["Api"], "yes"), answer)

    def test_O49_a_path_that_can_be_read_in_two_ways_is_refused(self):
        tokens = self.recant.sign_in(scope="orders:read")
        for path in AMBIGUOUS:
            self.assert_stopped(self.gateway.call("GET", path, tokens.access), 400)

    def test_O49_every_other_path_arrives_as_it_was_sent(self):
        tokens = self.recant.sign_in()
        for path in CLEAR:
            request = self.assert_passes(self.gateway.call("GET", path, tokens.access))
            self.assertEqual(request.target, path)

    def test_O50_nobody_outside_reaches_the_check_or_the_administration(self):
        tokens = self.recant.sign_in()
        self.relay.forget()
        for path in OUTSIDE:
            self.assertIn(self.gateway.call("GET", path).status, (401, 404))
            self.assertEqual(self.api.requests, [])
            answer = self.gateway.call("GET", path, tokens.access)
            self.assertIn((answer.status, answer.body == b"from the API"),
                          ((200, True), (404, False)), answer)
            self.assertIsNone(answer.header("X-Auth-Subject"))
            self.api.requests.clear()
        for word in (b"admin", b"metrics", b"readyz"):
            self.assertNotIn(b" /v1/" + word, self.relay.asked)
            self.assertNotIn(b" /" + word, self.relay.asked)

    def test_people_sign_in_through_it(self):
        user = self.recant.create_user()
        body = f'{{"username":"{user.name}","password":"{user.password}"}}'.encode()
        json = [("Content-Type", "application/json"), ("X-Forwarded-For", "203.0.113.7")]
        answer = self.gateway.call("POST", "/auth/v1/login", headers=json, body=body)
        self.assert_answer(answer, 200)
        token = answer.json["access_token"]
        self.assert_passes(self.gateway.call("GET", "/free", token))
        sessions = self.gateway.call("GET", "/auth/v1/sessions?limit=1", token)
        session, = sessions.json["sessions"]
        self.assertEqual(session["ip"], "127.0.0.1", "as the gateway sees it, not as the client says")
        self.assertEqual(self.gateway.call("POST", "/auth/v1/logout", token).status, 204)
        self.assert_stopped(self.gateway.call("GET", "/free", token), 401)
        self.assertEqual(self.gateway.call("GET", "/auth/v1/me").status, 401)


class Identity(Contract):
    def test_the_API_is_told_what_Recant_said(self):
        tokens = self.recant.sign_in(scope="read write")
        request = self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.assertEqual(self.said_of(request), (tokens.user_id, tokens.session, "read write",
                                                 str(tokens.claims["exp"])))

    def test_also_where_there_is_nothing_to_say(self):
        tokens = self.recant.sign_in()
        said = self.said_of(self.assert_passes(self.gateway.call("GET", "/free", tokens.access)))
        self.assertEqual(said[2], "")

    def test_J49_percent_encoded_outside_visible_ascii(self):
        for subject in ("zo\u00eb b%", "\u65e5\u672c", "x\u00a0y", 'a"b$host\\c{d}', "$http_host"):
            tokens = self.recant.open_session(subject)
            said = self.said_of(self.assert_passes(self.gateway.call("GET", "/free", tokens.access)))
            self.assertTrue(all("!" <= c <= "~" for c in said[0]), said)
            self.assertEqual(unquote(said[0]), subject)

    def test_O48_what_the_client_claims_to_be_never_arrives(self):
        tokens = self.recant.sign_in()
        expected = (tokens.user_id, tokens.session, "", str(tokens.claims["exp"]))
        for path in ("/free", "/orders/7"):
            tokens = self.recant.sign_in(scope="orders:read")
            expected = (tokens.user_id, tokens.session, "orders:read", str(tokens.claims["exp"]))
            for forged in self.forgeries():
                request = self.assert_passes(self.gateway.call("GET", path, tokens.access, forged))
                self.assertEqual(self.said_of(request), expected, forged)

    def test_O48_nor_where_Recant_says_nothing(self):
        tokens = self.recant.sign_in()
        for name in ("X-Auth-Scope", "x-auth-scope", "X_Auth_Scope"):
            forged = [(name, "admin"), (name, "root")]
            request = self.assert_passes(self.gateway.call("GET", "/free", tokens.access, forged))
            self.assertEqual(self.said_of(request)[2], "")

    def test_O48_nor_where_somebody_lets_everyone_in(self):
        gateway = self.gateway_type(self.relay.port, self.api.port,
                                    [*self.gateway.changes, *self.gateway.unchecked])
        self.addCleanup(gateway.end)
        for forged in self.forgeries():
            request = self.assert_passes(gateway.call("GET", "/free", headers=forged))
            claimed = [value for name in IDENTITY for value in request.all(name) if value]
            self.assertEqual(claimed, [], forged)

    def test_O48_the_client_cannot_have_them_taken_away(self):
        """As fields that Connection names are, from hop to hop (RFC 9110 §7.6.1)."""
        tokens = self.recant.sign_in()
        for value in ("X-Auth-Subject", "close, x-auth-subject, X-Auth-Scope", "x-auth-session"):
            answer = self.gateway.call("GET", "/free", tokens.access, [("Connection", value)])
            if answer.status == 400:
                self.assert_stopped(answer, 400)
            else:
                request = self.assert_passes(answer)
                self.assertEqual(self.said_of(request)[0], tokens.user_id)
                self.assertNotIn("auth", "".join(request.all("Connection")).lower())

    def test_nobody_leaves_HTTP_but_by_a_WebSocket(self):
        """By h2c, an API that speaks it would serve requests that the gateway does not see."""
        tokens = self.recant.sign_in()
        for upgrades in (["h2c"], ["H2C"], ["h2c, websocket"], ["websocket, h2c"], ["TLS/1.0"],
                         ["websocket", "h2c"], ["h2c", "websocket"]):
            headers = [("Upgrade", upgrade) for upgrade in upgrades]
            headers += [("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "AAMAAABkAAQ")]
            answer = self.gateway.call("GET", "/free", tokens.access, headers)
            if answer.status == 400:
                self.assert_stopped(answer, 400)
                continue
            request = self.arrived()
            # Java's HttpClient offers h2c with every request, and means no WebSocket by it.
            self.assertIn(request.all("Upgrade"),
                          ([], ["websocket"]) if "websocket" in str(upgrades) else ([],), upgrades)
            self.assertNotIn("settings", "".join(request.all("Connection")).lower())

    def test_Connection_cannot_take_the_token_from_the_question(self):
        tokens = self.recant.sign_in()
        for value in ("Authorization", "close, authorization"):
            answer = self.gateway.call("GET", "/free", tokens.access, [("Connection", value)])
            self.assertIn(answer.status, (200, 400, 401), answer)

    @staticmethod
    def forgeries():
        for name in FORGED_NAMES:
            yield [(name, "root")]
            yield [(name, "root"), (name, "root")]
            yield [(name, "")]
        yield [(name, "root") for name in FORGED_NAMES]
        yield [(name, "x") for name in IDENTITY] + [(name.replace("-", "_"), "y") for name in IDENTITY]


class Bodies(Contract):
    def test_O49_methods_and_bodies_pass_unharmed_and_are_no_part_of_the_question(self):
        tokens = self.recant.sign_in()
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            for size in (None, 0, 100, 300_000):
                if size and method in ("GET", "HEAD"):
                    continue
                body = None if size is None else bytes(i * 7 % 256 for i in range(size))
                self.relay.forget()
                answer = self.gateway.call(
                    method, "/free", tokens.access, body=body,
                    headers=[("Content-Type", "application/octet-stream")])
                self.assertEqual(answer.status, 200, answer)
                request = self.arrived()
                self.assertEqual((request.method, request.body), (method, body or b""))
                self.assertIn(("Content-Type", "application/octet-stream"),
                              [(n.title(), v) for n, v in request.headers])
                self.assert_asked_without_a_body()

    def test_chunked_bodies_too(self):
        tokens = self.recant.sign_in()
        for size in (0, 100, 300_000):
            body = [b"x" * (size // 4)] * 4 if size else []
            self.relay.forget()
            answer = self.gateway.call("POST", "/free", tokens.access, body=iter(body), chunked=True)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.arrived().body, b"".join(body))
            self.assert_asked_without_a_body()

    def test_a_refused_body_does_not_arrive(self):
        for size in (100, 300_000):
            try:
                answer = self.gateway.call("POST", "/free", "x", body=b"x" * size)
                self.assert_stopped(answer, 401)
            except ConnectionError:  # closed while the body was on its way
                pass
            self.assertEqual(self.api.requests, [])

    def assert_asked_without_a_body(self):
        """Recant heard one request, and nothing behind its head."""
        head, _, behind = self.relay.asked.partition(b"\r\n\r\n")
        self.assertEqual(behind, b"")
        line, *fields = head.lower().split(b"\r\n")
        self.assertRegex(line, rb"^\w+ /v1/check\b")
        self.assertFalse([f for f in fields if f.startswith(b"transfer-encoding")], fields)
        lengths = [f.split(b":")[1].strip() for f in fields if f.startswith(b"content-length")]
        self.assertIn(lengths, ([], [b"0"]))

    def test_a_WebSocket_is_asked_about_and_passes(self):
        for token, status in (("x", 401), (self.recant.sign_in().access, 101)):
            record.current.secrets.note_text(token.encode())
            with socket.create_connection(("127.0.0.1", self.gateway.port), 10) as client:
                client.sendall(f"GET /free HTTP/1.1\r\nHost: api\r\nConnection: Upgrade\r\n"
                               f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                               f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                               f"Authorization: Bearer {token}\r\n\r\n".encode())
                stream = client.makefile("rb")
                self.assertEqual(stream.readline().split()[1], str(status).encode())
                if status == 401:
                    self.assertEqual(self.api.requests, [])
                    continue
                while stream.readline().strip():
                    pass
                client.sendall(b"hello")
                self.assertEqual(stream.read(5), b"HELLO")
                self.assertEqual(self.said_of(self.arrived())[2], "")

    def test_what_comes_behind_a_chunked_body_does_not_speak_for_anybody(self):
        """Trailer fields, where the gateway hands them on at all: Recant's word stands in the head."""
        tokens = self.recant.sign_in()
        record.current.secrets.note_text(tokens.access.encode())
        for announced in ("", "Trailer: X-Auth-Subject\r\n"):
            with socket.create_connection(("127.0.0.1", self.gateway.port), 10) as client:
                client.sendall(f"POST /free HTTP/1.1\r\nHost: api\r\nConnection: close\r\n{announced}"
                               f"Authorization: Bearer {tokens.access}\r\n"
                               f"Transfer-Encoding: chunked\r\n\r\n"
                               f"3\r\nabc\r\n0\r\nX-Auth-Subject: root\r\n\r\n".encode())
                self.assertIn(b" 200 ", client.makefile("rb").readline())
            request = self.arrived()
            self.assertEqual((request.body, self.said_of(request)[0]), (b"abc", tokens.user_id))
            if not self.gateway.hands_trailers_on:
                self.assertEqual(request.trailers, [])

    def test_connections_to_Recant_are_kept(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.relay.forget()
        for _ in range(40):
            self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.assertEqual(self.relay.asked.count(b" /v1/check"), 40)
        self.assertLessEqual(self.relay.connections, 10)


class Unknown(Contract):
    """Whoever cannot be asked has not said yes."""

    def test_503_while_Recant_is_down(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.recant.process.kill()
        for path in ("/free", "/orders/7"):
            for method, body in (("GET", None), ("POST", b"x")):
                answer = self.gateway.call(method, path, tokens.access, body=body)
                self.assert_stopped(answer, 503)
                self.assertRegex(answer.header("Retry-After") or "", r"^[1-9]\d*$")
            self.assert_stopped(self.gateway.call("GET", path), 503)
        self.recant.start()
        self.passes_again(tokens)

    def test_503_while_Redis_is_down(self):
        tokens = self.recant.sign_in()
        self.recant.server.kill()
        for path in ("/free", "/orders/7"):
            answer = self.gateway.call("GET", path, tokens.access)
            self.assert_stopped(answer, 503)
            self.assertRegex(answer.header("Retry-After") or "", r"^[1-9]\d*$")
        self.recant.server.start()
        self.recant.wait_ready()
        self.passes_again(self.recant.sign_in())

    def test_503_while_Recant_hangs(self):
        tokens = self.recant.sign_in()
        self.recant.process.pause()
        wait_until(self.has_stopped, "every thread of Recant has stopped")
        try:
            self.assert_stopped(self.gateway.call("GET", "/free", tokens.access), 503)
        finally:
            self.recant.process.go_on()
        self.passes_again(tokens)

    def has_stopped(self):
        states = set()
        for path in glob.glob(f"/proc/{self.recant.process.pid}/task/*/stat"):
            with open(path) as stat:
                states.add(stat.read().rpartition(")")[2].split()[0])
        return states == {"T"}

    def passes_again(self, tokens):
        """A gateway may go by what it knew for a moment."""
        wait_until(lambda: self.gateway.call("GET", "/free", tokens.access).status == 200,
                   "the gateway asks again")


class GatewayOnly(Contract):
    """A Recant without accounts of its own: the application signs people in."""
    settings = {**Contract.settings, "accounts.enabled": False, "accounts.signup": False}

    def test_it_is_asked_in_the_same_way(self):
        tokens = self.recant.open_session("customer-7", scope="orders:read")
        said = self.said_of(self.assert_passes(
            self.gateway.call("GET", "/orders/1", tokens.access)))
        self.assertEqual(said[0], "customer-7")
        answer = self.gateway.call("POST", "/auth/v1/login", body=b'{"username":"a","password":"b"}',
                                   headers=[("Content-Type", "application/json")])
        self.assert_stopped(answer, 404)
        self.recant.revoke(subject="customer-7")
        self.assert_stopped(self.gateway.call("GET", "/orders/1", tokens.access), 401)


class Needed(Contract):
    """No line that protects is there for nothing: without it a test above fails."""

    def test_each_line_that_protects(self):
        for old, new, case, test in self.gateway_type.needed:
            with self.subTest(without=old):
                gateway = self.gateway_type(self.relay.port, self.api.port, [(old, new)])
                try:
                    shared = {"gateway_type": self.gateway_type, "recant": self.recant, "api": self.api, "relay": self.relay,
                              "gateway": gateway}
                    probe = type(case.__name__, (case,), shared)(test)
                    probe.setUp()
                    with self.assertRaises(AssertionError):
                        getattr(probe, test)()
                    probe.doCleanups()
                finally:
                    gateway.end()
                    if self.recant.process.ended():
                        self.recant.start()


def load(module, gateway):
    """The tests of all classes above, for one gateway; `module` is the namespace of its file."""
    for case in (Door, Identity, Bodies, Unknown, GatewayOnly, Needed):
        module[case.__name__] = type(case.__name__, (case,), {
            "gateway_type": gateway, "__module__": module["__name__"]})
