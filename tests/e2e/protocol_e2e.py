"""Contract §2: what holds for every call, and the calls for machines."""
import http.client
import json
import random
import socket
import unittest

from harness.case import RecantTest
from harness.verbs import PASSWORD


class Manners(RecantTest):
    def test_request_id_is_taken_or_made(self):
        for path in ("/v1/me", "/healthz", "/nowhere", "/v1/check"):
            taken = self.recant.call("GET", path, headers={"X-Request-Id": "my-id.7"})
            self.assertEqual(taken.header("X-Request-Id"), "my-id.7")
            made = {self.recant.call("GET", path).header("X-Request-Id") for _ in range(3)}
            self.assertEqual(len(made), 3)

    def test_an_unsound_request_id_is_replaced(self):
        for bad in ("x" * 300, 'a"b', "a b", "\u00eb", "<script>"):
            answer = self.recant.call("GET", "/v1/me", headers={"X-Request-Id": bad})
            self.assertNotEqual(answer.header("X-Request-Id"), bad)

    def test_the_request_id_stands_in_the_security_log(self):
        user = self.recant.create_user()
        body = {"username": user.name, "password": user.password}
        self.recant.call("POST", "/v1/login", body, headers={"X-Request-Id": "find-me-17"})
        self.recant.line_with("find-me-17", "login.ok", user.id)

    def test_not_found(self):
        for path in ("/", "/v1", "/v1/", "/v2/login", "/v1/login/", "//v1/login", "/v1/./login",
                     "/v1/x/../login", "/V1/login", "/v1/login;x", "/v1%2flogin", "/v1/login%00"):
            for method in ("GET", "POST"):
                self.assert_problem(self.recant.call(method, path, b""), "not_found")

    def test_O49_no_other_spelling_of_a_path_is_that_path(self):
        tokens = self.recant.sign_in()
        calls = ("/v1/me", "/v1/sessions", "/v1/check", "/v1/admin/users", "/.well-known/jwks.json", "/healthz")

        def ask(path):
            key = self.recant.admin_key if path == "/v1/admin/users" or "admin" in path.lower() else tokens.access
            return self.recant.call("GET", path, bearer=key)
        for path in calls:
            self.assertEqual(ask(path).status, 200, path)
            last = path[-1]
            head, _, tail = path.rpartition("/")
            spellings = (
                f"{path}%2f", f"{path}/.", f"{path}/..", f"{path}%20", f"{path}.", f"{path};", f"{path};x=y", f"{path}%3b",
                f"{path}%00", f"{path}%0d%0a", f"{path}\\", f"{path}%5c", path[:-1] + f"%{ord(last):02x}",
                path[:-1] + f"%{ord(last):02X}", path[:-1] + f"%25{ord(last):02x}", path[:-1] + f"%u00{ord(last):02x}",
                path.upper(), "/" + path, path + "//", f"/.{path}", f"/%2e{path}", f"/x/..{path}", f"/x/%2e%2e{path}",
                f"/x/%2E.{path}", f"/;{path}", f"{head}//{tail}", f"{head}/./{tail}", f"{head}/%2e/{tail}",
                f"{head}/x/../{tail}", f"{head}/x/%2e%2e/{tail}", f"{head};x/{tail}", f"{head}%2f{tail}", f"{head}\\{tail}",
                f"{head}%5c{tail}")
            for spelling in spellings:
                if spelling.startswith("/v1/check/"):
                    continue  # whatever follows is the gateway's own
                answer = ask(spelling)
                self.assertIn(answer.status, (400, 404), f"{spelling}: {answer}")

    def test_method_not_allowed_names_those_that_are(self):
        for method, path, allowed in (
                ("GET", "/v1/login", {"POST"}), ("PUT", "/v1/refresh", {"POST"}),
                ("POST", "/v1/me", {"GET", "HEAD"}), ("DELETE", "/v1/sessions", {"GET", "HEAD"}),
                ("GET", "/v1/sessions/x", {"DELETE"}), ("POST", "/healthz", {"GET", "HEAD"}),
                ("PATCH", "/v1/admin/users/x", {"GET", "HEAD", "DELETE"}),
                ("DELETE", "/v1/admin/users", {"GET", "HEAD", "POST"})):
            is_admin = path.startswith("/v1/admin/")
            answer = self.recant.call(method, path, bearer=self.recant.admin_key if is_admin else None)
            if is_admin:  # a stranger is not told
                self.assert_problem(self.recant.call(method, path), "invalid_token")
            self.assert_problem(answer, "method_not_allowed")
            self.assertEqual(set(answer.header("Allow").split(", ")), allowed, path)

    def test_head_answers_like_get_without_a_body(self):
        get, head = (self.recant.call(m, "/.well-known/jwks.json") for m in ("GET", "HEAD"))
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.header("Content-Length"), get.header("Content-Length"))

    def test_nothing_of_the_software_is_told(self):
        answer = self.recant.call("GET", "/v1/me")
        self.assertNotRegex(str(answer.header("Server")), r"\d")


class Nonsense(RecantTest):
    def test_bytes_that_are_no_http_are_refused_and_forgotten(self):
        draw = random.Random(11)
        sent = [draw.randbytes(draw.randint(1, 3000)) for _ in range(60)]
        sent += [b"GET / HTTP/9.9\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"GET /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 b"GET /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2"
                 b"\r\n\r\nab", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                 b"GET /v1/check HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
                 b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n"]
        for wire in sent:
            with self.recant.connect() as connection:
                try:
                    connection.sendall(wire)
                    socket.socket.shutdown(connection, socket.SHUT_WR)  # of TCP, also under TLS
                    answer = connection.recv(65536)
                except ConnectionError:
                    answer = b""
            if answer:
                self.assertRegex(answer, rb"^HTTP/1\.1 (400|401|404|408|413|431|501|505) ")
        self.assert_alive(self.recant.sign_in())


class Bodies(RecantTest):
    def post(self, raw, content_type="application/json", path="/v1/login"):
        headers = {"Content-Type": content_type} if content_type else {}
        return self.recant.call("POST", path, raw, headers=headers)

    def test_only_json_is_understood(self):
        body = b'{"username":"a","password":"b"}'
        for wrong in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                      "multipart/form-data; boundary=x", "application/xml", None):
            self.assert_problem(self.post(body, wrong), "unsupported_media_type")
        for right in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
            self.assert_problem(self.post(body, right), "invalid_credentials")

    def test_what_is_no_json_object_is_400(self):
        deep = b'{"username":' + b"[" * 2000 + b"]" * 2000 + b"}"
        for raw in (b"", b"{", b"[]", b"null", b'"x"', b"{}x", b"{'a':1}", b'{"username":"a",}',
                    b"\xef\xbb\xbf{}", b'{"username":"\xff","password":"x"}', deep,
                    b'{"username":"\\ud800","password":"xxxxxxxx"}',
                    '{"username":"a"}'.encode("utf-16")):
            self.assert_problem(self.post(raw), "invalid_request")

    def test_members_must_be_known_named_once_and_of_their_type(self):
        for raw in (b"{}", b'{"username":"a"}', b'{"password":"b"}',
                    b'{"username":1,"password":"b"}', b'{"username":"a","password":null}',
                    b'{"username":"a","password":["b"]}',
                    b'{"username":"a","password":"b","extra":1}',
                    b'{"username":"a","username":"b","password":"c"}',
                    b'{"username":"a","user\\u006eame":"b","password":"c"}'):
            answer = self.post(raw)
            self.assert_problem(answer, "invalid_request")
        answer = self.post(b'{"username":"a","password":"b","extra":1}')
        self.assertIn("extra", answer.json["detail"])

    def test_a_long_body_is_413(self):
        huge = json.dumps({"username": "a", "password": "x" * 2_000_000}).encode()
        self.assert_problem(self.post(huge), "payload_too_large")

    def test_an_announced_long_body_is_413_before_it_is_sent(self):
        with self.recant.connect() as connection:
            connection.sendall(b"POST /v1/login HTTP/1.1\r\nHost: x\r\n"
                               b"Content-Type: application/json\r\n"
                               b"Content-Length: 99999999999\r\n\r\n")
            response = http.client.HTTPResponse(connection)
            response.begin()
            self.assertEqual(response.status, 413)

    def test_chunked_bodies_are_read(self):
        user = self.recant.create_user()
        body = json.dumps({"username": user.name, "password": user.password}).encode()
        connection = self.recant.client()
        connection.request("POST", "/v1/login", iter([body[:5], body[5:]]), encode_chunked=True,
                           headers={"Content-Type": "application/json",
                                    "Transfer-Encoding": "chunked"})
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def test_every_post_keeps_to_it(self):
        tokens = self.recant.sign_in()
        for path in ("/v1/users", "/v1/login", "/v1/refresh", "/v1/password"):
            for raw in (b"[]", b'{"unknown":1}', b"{"):
                answer = self.recant.call("POST", path, raw, bearer=tokens.access,
                                          headers={"Content-Type": "application/json"})
                self.assert_problem(answer, "invalid_request")
        for path in ("/v1/admin/users", "/v1/admin/sessions", "/v1/admin/revocations"):
            for raw in (b"[]", b'{"unknown":1}', b"{"):
                answer = self.recant.admin("POST", path, raw,
                                           headers={"Content-Type": "application/json"})
                self.assert_problem(answer, "invalid_request")


class ForMachines(RecantTest):
    def test_O27_jwks_holds_public_keys_only(self):
        tokens = self.recant.sign_in()
        answer = self.recant.call("GET", "/.well-known/jwks.json")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(set(answer.json), {"keys"})
        for key in answer.json["keys"]:
            self.assertLessEqual({"kid", "alg", "use", "kty"}, set(key))
            self.assertEqual(key["use"], "sig")
            self.assertFalse({"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key), key)
        self.assertIn(tokens.header["kid"], [key["kid"] for key in answer.json["keys"]])

    def test_healthz_and_readyz(self):
        for path in ("/healthz", "/readyz"):
            self.assertEqual(self.recant.call("GET", path).status, 200)

    def test_metrics_count(self):
        tokens = self.recant.sign_in()
        self.assert_alive(tokens)
        self.recant.refresh(tokens)
        self.recant.logout(tokens.access)
        self.recant.check(tokens.access)
        answer = self.recant.call("GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.header("Content-Type").startswith("text/plain"))
        text = answer.body.decode()
        for name in ("recant_http_request_duration_seconds_count", "recant_checks_total",
                     "recant_revocations_total", "recant_refresh_total", "recant_redis_up",
                     "recant_sessions_opened_total", "recant_build_info"):
            self.assertRegex(text, rf"(?m)^{name}(\{{.*\}})? [0-9.e+]+$")
        self.assertRegex(text, r'(?m)^recant_redis_up(\{.*\})? 1$')
        self.assertRegex(text, r'recant_checks_total\{[^}]*verdict="valid"')
        self.assertRegex(text, r'recant_checks_total\{[^}]*verdict="revoked"')

    def test_metrics_hold_no_paths_of_strangers(self):
        self.recant.call("GET", "/find/me/in/metrics")
        self.recant.call("DELETE", "/v1/sessions/find-me-too")
        text = self.recant.call("GET", "/metrics").body
        self.assertNotIn(b"find", text)


if __name__ == "__main__":
    unittest.main()
