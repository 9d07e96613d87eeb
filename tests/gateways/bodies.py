"""What passes unharmed, and is no part of the question to Recant (O49)."""
import socket

from harness import record
from shared import Contract


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
            answer = self.gateway.call("POST", "/free", tokens.access, body=iter(body),
                                       chunked=True)
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
        """Trailer fields, where the gateway hands them on at all."""
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
