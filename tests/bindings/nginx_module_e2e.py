"""bindings/nginx in a real nginx: what every protected API does, and what is nginx's own."""
import os
import re
import socket
import subprocess
import unittest

from contract import INVALID, Contract
from harness import http, record
from harness.issuer import HmacIssuer
from harness.process import wait_until
from harness.recant import ROOT
from nginx_module import EXAMPLE, IDENTITY, NOBODY, Nginx, NginxTest, call_on


class Module(Contract, NginxTest):
    def test_the_API_is_told_who_calls_whatever_the_client_says_of_itself(self):
        tokens = self.recant.sign_in(scope="orders:read profile")
        expires = str(tokens.claims["exp"])
        forged = [(name, "root") for name in IDENTITY]
        for more in ([], forged, forged + forged, [(name.replace("-", "_"), "root") for name in IDENTITY],
                     [("Connection", "X-Auth-Subject, close")]):
            answer = self.api.get("/whoami", tokens.access, headers=more)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.told_of(self.arrived()),
                             (tokens.user_id, tokens.session, "orders:read profile", expires))

    def test_a_subject_ends_no_field(self):
        tokens = self.recant.open_session("zoë 100%")
        self.assertEqual(self.api.get("/whoami", tokens.access).status, 200)
        self.assertEqual(self.told_of(self.arrived())[0], "zo%C3%AB 100%25")

    def test_a_scheme_that_begins_like_Bearer_is_another(self):
        tokens = self.recant.sign_in()
        for value in (f"BearerX {tokens.access}", f"Bearer{tokens.access}", f"Bear {tokens.access}"):
            self.assert_challenged(self.api.get("/whoami", headers=[("Authorization", value)]), 401, "Bearer")

    def test_methods_and_bodies_pass_unharmed(self):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            for size in (None, 0, 100, 300_000):
                if size and method in ("GET", "HEAD"):
                    continue
                tokens = self.recant.sign_in()  # whom nobody has judged yet, so that the body waits
                body = None if size is None else bytes(i * 7 % 256 for i in range(size))
                answer = self.api.call(method, "/free", tokens.access, body=body)
                self.assertEqual(answer.status, 200, answer)
                request = self.arrived()
                self.assertEqual((request.method, request.body), (method, body or b""))

    def test_chunked_bodies_too(self):
        for size in (0, 100, 300_000):
            body = [b"x" * (size // 4)] * 4 if size else []
            answer = self.api.call("POST", "/free", self.recant.sign_in().access, body=iter(body), chunked=True)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.arrived().body, b"".join(body))

    def test_a_refused_body_does_not_arrive(self):
        for size in (100, 300_000):
            try:
                answer = self.api.call("POST", "/free", "x", body=b"x" * size)
                self.assert_challenged(answer, 401, INVALID)
            except ConnectionError:  # closed while the body was on its way
                pass
            self.assertEqual(self.upstream.requests, [])

    def test_a_connection_is_kept_whatever_was_answered(self):
        tokens = self.recant.sign_in()
        connection = http.client(self.api.port)
        self.addCleanup(connection.close)
        first = None
        for path, bearer, status in 5 * [("/free", None, 401), ("/free", tokens.access, 200), ("/free", "x", 401),
                                         ("/orders", tokens.access, 403), ("/free", tokens.access, 200)]:
            self.assertEqual(call_on(connection, "GET", path, bearer).status, status)
            first = first or connection.sock
            self.assertIs(connection.sock, first)

    def test_pipelined_requests_are_answered_in_their_order(self):
        people = [self.recant.open_session(f"in-line-{n}") for n in range(8)]
        asked = b""
        for tokens in people:
            record.current.secrets.note_text(tokens.access.encode())
            for bearer in (tokens.access, "x"):
                asked += f"GET /whoami HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", self.api.port), 30) as client:
            client.sendall(asked + b"GET / HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
            said = b"".join(iter(lambda: client.recv(65536), b""))
        statuses = re.findall(rb"HTTP/1.1 (\d+) ", said)
        self.assertEqual(statuses, 8 * [b"200", b"401"] + [b"401"])
        places = [said.index(tokens.session.encode()) for tokens in people]
        self.assertEqual(places, sorted(places))

    def test_a_path_that_can_be_read_in_two_ways_is_nobodys(self):
        tokens = self.recant.sign_in(scope="orders:read")
        for path in ("/free/..%2forders", "/free/%2E%2e/orders", "/free/../orders", "//orders", "/free;/orders", "/free%5c..%5corders"):
            self.assertEqual(self.api.get(path, tokens.access).status, 400, path)
        self.assertEqual(self.upstream.requests, [])
        self.assertEqual(self.api.get("/free?at=../..;//%2f", tokens.access).status, 200)

    def test_only_a_WebSocket_may_leave_HTTP(self):
        tokens = self.recant.sign_in()
        for upgrade, arrives, status in (("h2c", [], 200), ("WebSocket", ["websocket"], 101), ("websocket, h2c", [], 200)):
            sent = [("Upgrade", upgrade), ("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
            self.assertEqual(self.api.get("/free", tokens.access, headers=sent).status, status)
            self.assertEqual(self.arrived().all("Upgrade"), arrives)

    def test_the_API_is_asked_only_for_whoever_may(self):
        tokens = self.recant.sign_in()
        for path, bearer in (("/whoami", None), ("/whoami", "x"), ("/orders", tokens.access), ("/ORDERS/7", tokens.access)):
            self.assertIn(self.api.get(path, bearer).status, (401, 403))
        self.assertEqual(self.upstream.requests, [])


class Rules(NginxTest):
    """What locations inherit, and what else of nginx decides with a check."""
    http = """
    log_format told '$request_uri $status verdict=$recant_verdict reason=$recant_reason subject=$recant_subject';
    server {
        listen @OTHER@ reuseport;
        access_log @HOME@/access.log told;
        recant_check on;
        recant_scope deep;
        proxy_set_header X-Auth-Subject " $recant_subject";
        proxy_set_header X-Auth-Session " $recant_session";
        proxy_set_header X-Auth-Scope   " $recant_scope";
        proxy_set_header X-Auth-Expires " $recant_expires";

        location /inherits { proxy_pass http://api; }
        location /open {
            recant_check off;
            proxy_pass http://api;
            location /open/closed { recant_check on; recant_scope ""; proxy_pass http://api; }
        }
        location /both { recant_scope a b; proxy_pass http://api; }
        location /if {
            recant_scope "";
            if ($arg_deep) { recant_scope deep; }
            proxy_pass http://api;
        }
        location /posts {
            recant_check off;
            limit_except GET { recant_check on; recant_scope ""; }
            proxy_pass http://api;
        }

        location /preflight {
            recant_scope "";
            if ($request_method = OPTIONS) { recant_check off; }
            if ($arg_other) { set $other 1; }
            location /preflight/inside { proxy_pass http://api; }
            proxy_pass http://api;
        }

        location /either/address { recant_scope ""; satisfy any; allow 127.0.0.1; deny all; proxy_pass http://api; }
        location /either/token   { recant_scope ""; satisfy any; deny all; proxy_pass http://api; }
        location /neither        { recant_scope ""; deny all; proxy_pass http://api; }

        location /page { recant_scope ""; error_page 401 /said; error_page 403 = @elsewhere; proxy_pass http://api; }
        location /page/deep { recant_scope deep; error_page 401 /said; error_page 403 = @elsewhere; proxy_pass http://api; }
        location /said { recant_check off; internal; return 401 "sign in"; }
        location @elsewhere { recant_check off; proxy_pass http://api; }
        location /again { recant_scope ""; error_page 401 /again/inside; proxy_pass http://api; }
        location /changed { recant_scope ""; satisfy any; allow all; error_page 412 /again/inside; empty_gif; }
        location /forgiven { recant_scope nobodys; error_page 403 = @checked; proxy_pass http://api; }
        location /moved { recant_check off; try_files /nothing @checked; }
        location @checked { recant_scope ""; proxy_pass http://api; }
        location /early { recant_scope ""; set $before "<$recant_subject>"; proxy_pass http://api; }
    }
    server {
        listen unix:@HOME@/http2 http2;
        recant_check on;
        location / { add_header X-Subject $recant_subject; empty_gif; }
    }
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.ends(cls.start_api(cls.recant))

    def ask(self, path, bearer=None, method="GET", **more):
        self.upstream.requests.clear()
        return self.api.call(method, path, bearer, port=self.api.other, **more)

    def assert_passes(self, answer, tokens=None):
        """And the API is told of the one whose token it was, or of nobody."""
        self.assertEqual(answer.status, 200, answer)
        self.assertIsNone(answer.header("WWW-Authenticate"))
        told = self.told_of(self.arrived())
        self.assertEqual(told[:2], (tokens.user_id, tokens.session) if tokens else ("", ""))

    def assert_refused(self, answer, status, challenge):
        self.assertEqual((answer.status, [v for n, v in answer.headers if n == "WWW-Authenticate"]), (status, [challenge]))
        self.assertEqual(self.upstream.requests, [])

    def test_a_location_inherits_the_check_and_the_scope(self):
        deep, shallow = self.recant.sign_in(scope="deep"), self.recant.sign_in()
        self.assert_passes(self.ask("/inherits", deep.access), deep)
        self.assert_refused(self.ask("/inherits"), 401, "Bearer")
        self.assert_refused(self.ask("/inherits", shallow.access), 403, 'Bearer error="insufficient_scope", scope="deep"')

    def test_off_is_off_and_tells_of_nobody(self):
        tokens = self.recant.sign_in()
        forged = [(name, "root") for name in IDENTITY]
        for bearer in (None, "x", tokens.access):
            self.assert_passes(self.ask("/open", bearer, headers=forged))

    def test_on_again_inside(self):
        tokens = self.recant.sign_in()
        self.assert_refused(self.ask("/open/closed"), 401, "Bearer")
        self.assert_passes(self.ask("/open/closed", tokens.access), tokens)

    def test_of_two_scopes_both_are_needed(self):
        for scope in ("a", "b", "ab", "a-b"):
            tokens = self.recant.sign_in(scope=scope)
            self.assert_refused(self.ask("/both", tokens.access), 403, 'Bearer error="insufficient_scope", scope="a b"')
        tokens = self.recant.sign_in(scope="b c a")
        self.assert_passes(self.ask("/both", tokens.access), tokens)

    def test_in_an_if_and_in_limit_except(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.ask("/if", tokens.access), tokens)
        self.assert_refused(self.ask("/if?deep=1", tokens.access), 403, 'Bearer error="insufficient_scope", scope="deep"')
        self.assert_passes(self.ask("/posts"))
        self.assert_refused(self.ask("/posts", method="POST", body=b"x"), 401, "Bearer")
        self.assert_passes(self.ask("/posts", tokens.access, method="POST", body=b"x"), tokens)

    def test_the_guides_way_for_preflights_opens_nothing_else(self):
        self.assert_passes(self.ask("/preflight", method="OPTIONS"))
        for method in ("GET", "HEAD", "POST", "FROB"):
            for path in ("/preflight", "/preflight?other=1", "/preflight/inside"):
                self.assert_refused(self.ask(path, method=method), 401, "Bearer")
        for path in ("/preflight?other=1", "/preflight/inside"):
            self.assert_refused(self.ask(path, method="OPTIONS"), 401, "Bearer")
        with open(os.path.join(ROOT, "docs", "nginx-module.md")) as page:
            self.assertIn("`if ($request_method = OPTIONS) { recant_check off; }`", page.read())

    def test_satisfy_any_lets_in_by_an_address_and_believes_no_bad_token(self):
        good, revoked = self.recant.sign_in(), self.recant.sign_in()
        self.recant.revoke(session=revoked.session, wait=True)
        self.assert_passes(self.ask("/either/address"))
        self.assert_passes(self.ask("/either/address", "x"))
        self.assert_passes(self.ask("/either/address", revoked.access))
        self.assert_passes(self.ask("/either/address", good.access), good)

    def test_satisfy_any_lets_in_by_a_token(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.ask("/either/token", tokens.access), tokens)
        self.assert_refused(self.ask("/either/token", "x"), 401, INVALID)
        self.assert_refused(self.ask("/either/token"), 401, "Bearer")

    def test_without_it_all_must_agree(self):
        answer = self.ask("/neither", self.recant.sign_in().access)
        self.assertEqual((answer.status, self.upstream.requests), (403, []))

    def test_error_page_shows_another_page_with_the_same_challenge(self):
        self.assert_refused(self.ask("/page"), 401, "Bearer")
        answer = self.ask("/page", "x")
        self.assert_refused(answer, 401, INVALID)
        self.assertEqual(answer.body, b"sign in")
        tokens = self.recant.sign_in()
        self.assert_passes(self.ask("/page", tokens.access), tokens)

    def test_what_an_error_page_asks_is_told_what_the_check_said(self):
        tokens = self.recant.sign_in()
        answer = self.ask("/page/deep", tokens.access)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.told_of(self.arrived())[0], tokens.user_id)

    def test_judged_twice_there_is_one_challenge(self):
        self.assert_refused(self.ask("/again"), 401, "Bearer")
        self.assert_refused(self.ask("/again", "x"), 401, INVALID)

    def test_judged_again_when_nginx_has_thrown_away_the_fields_it_is_challenged_anew(self):
        answer = self.ask("/changed", headers=[("If-Match", '"another"')])
        self.assert_refused(answer, 401, "Bearer")

    def test_who_is_let_in_where_nginx_sends_him_is_no_longer_challenged(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.ask("/forgiven", tokens.access), tokens)

    def test_where_nginx_sends_a_request_on_it_is_checked(self):
        tokens = self.recant.sign_in()
        self.assert_refused(self.ask("/moved"), 401, "Bearer")
        self.assert_passes(self.ask("/moved", tokens.access), tokens)

    def test_a_variable_that_was_asked_for_before_the_check_is_not_kept(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.ask("/early", tokens.access), tokens)

    def test_over_HTTP_2(self):
        tokens = self.recant.sign_in()
        record.current.secrets.note_text(tokens.access.encode())
        bearer = f"authorization: Bearer {tokens.access}"
        for fields, status, told in (([], 401, "www-authenticate: Bearer\n"), ([bearer], 200, f"x-subject: {tokens.user_id}\n"),
                                     (["authorization: Bearer x"], 401, f"www-authenticate: {INVALID}\n"),
                                     ([bearer, "authorization: Bearer x"], 400, "")):
            said = self.http2(fields)
            self.assertTrue(said.startswith(f"HTTP/2 {status} "), said)
            self.assertIn(told, said)

    def http2(self, fields):
        """The head of an answer. The fields are read from standard input, which no other process sees."""
        curl = ["curl", "-s", "--http2-prior-knowledge", "--unix-socket", self.api.path("http2"), "-D", "-", "-o", os.devnull]
        asked = subprocess.run([*curl, "-H", "@-", "http://api/"], input="\n".join(fields), capture_output=True, text=True,
                               timeout=30, check=True)
        return asked.stdout.replace("\r\n", "\n")

    def test_logs_may_tell_verdicts_and_reasons(self):
        good, revoked = self.recant.sign_in(), self.recant.sign_in()
        self.recant.revoke(session=revoked.session, wait=True)
        for path, bearer, line in (
                ("/open/closed/good", good.access, f"200 verdict=valid reason=- subject={good.user_id}"),
                ("/open/closed/bad", "x", "401 verdict=invalid reason=not_signed_by_us subject=-"),
                ("/open/closed/revoked", revoked.access, "401 verdict=revoked reason=session subject=-"),
                ("/open/closed/none", None, "401 verdict=- reason=- subject=-"),
                ("/page/bad", "x", "401 verdict=invalid reason=not_signed_by_us subject=-"),
                ("/open/good", good.access, "200 verdict=- reason=- subject=-")):
            self.ask(path, bearer)
            wait_until(lambda: path in self.logged(), "it is logged, a moment after its answer")
            self.assertEqual(self.logged()[path], line)

    def logged(self):
        """By path, the latest of each."""
        with open(self.api.path("access.log")) as log:
            return dict(line.split(" ", 1) for line in log.read().splitlines())


class OtherIssuers(NginxTest):
    def test_their_tokens_are_judged_by_their_rules(self):
        issuer = HmacIssuer("partner")
        self.addCleanup(issuer.end)
        os.chmod(issuer.directory, 0o755)
        os.chown(issuer.table["secret_file"], NOBODY, NOBODY)
        http = f"""
        recant_other_issuer {{
            name partner; iss {issuer.iss}; audience api other; algorithms HS256;
            secret_file {issuer.table["secret_file"]};
            profile jwt;
        }}"""
        nginx = Nginx(self.recant, self.upstream, http=http).serve(self.recant.sign_in().access)
        self.addCleanup(nginx.end)
        for audience, status in (("api", 200), ("other", 200), ("third", 401)):
            answer = nginx.get("/whoami", issuer.token(aud=audience))
            self.assertEqual(answer.status, status, answer)
        self.assertEqual(nginx.get("/whoami", issuer.token()).json["subject"], "partner/42")
        self.assertEqual(nginx.get("/whoami", issuer.token(secret=b"another" * 8)).status, 401)


class Configuration(NginxTest):
    """nginx -t says what is wrong and where."""
    GOOD = "recant_option cache_entries 1000; recant_option redis_timeout 300ms;"
    ISSUER = "name a; iss https://a.example; audience api; algorithms ES256; jwks_url https://a.example/keys;"
    SERVER = "server {{ listen @OTHER@; {} }}"

    def tried(self, more="", changes=()):
        nginx = Nginx(self.recant, self.upstream, http="\n# here\n" + more, changes=changes)
        self.addCleanup(nginx.end)
        with open(nginx.path("nginx.conf")) as file:
            line = next(n for n, text in enumerate(file, 1) if text.startswith("# here")) + 1
        code, said = nginx.test()
        return code, said.replace(nginx.path("nginx.conf") + f":{line}", "HERE").replace(nginx.home + "/", "")

    def test_good_ones_pass(self):
        for more in ("", self.GOOD, f"recant_other_issuer {{ {self.ISSUER} }}", self.SERVER.format("recant_check off;"),
                     self.SERVER.format("recant_scope a; location /a { recant_check on; }")):
            code, said = self.tried(more)
            self.assertEqual(code, 0, said)
            self.assertIn("test is successful", said)

    def test_wrong_ones_are_named_with_their_line(self):
        for more, sentence in (
                ("recant_option redis_timeout soon;",
                 "recant: redis_timeout takes a duration such as 250ms, 30s, 5m, 24h or 30d in HERE"),
                ("recant_option colour red;", "recant: There is no option colour in HERE"),
                ("recant_option issuer.iss x;", "recant: issuer.iss belongs to an issuer, of which none has been begun"),
                ("recant_issuer again;", '"recant_issuer" directive is duplicate in HERE'),
                ("recant_redis_url a b;", 'invalid number of arguments in "recant_redis_url" directive in HERE'),
                ("recant_other_issuer { name a; colour red; }", "recant: There is no option issuer.colour in HERE"),
                ("recant_other_issuer { name; }", 'recant: "name" needs a value in HERE'),
                ("recant_check maybe;", 'invalid value "maybe" in "recant_check" directive'),
                ('recant_scope "a b";', '"recant_scope" directive takes words'),
                ("recant_scope a'b\"c;", '"recant_scope" directive takes words'),
                ("recant_scope a; recant_scope b;", '"recant_scope" directive is duplicate in HERE'),
                (self.SERVER.format("location /a { recant_scope a; }"),
                 "recant: recant_scope protects nothing where recant_check is off in HERE"),
                (self.SERVER.format("recant_audience x;"), '"recant_audience" directive is not allowed here in HERE')):
            with self.subTest(more):
                code, said = self.tried(more)
                self.assertEqual(code, 1, said)
                self.assertIn("[emerg]", said)
                self.assertIn(sentence, said)

    def test_what_only_all_of_them_together_can_be_wrong_in(self):
        for more, changes, sentence in (
                ("", {"recant_issuer    recant;": ""}, "recant: issuer must be what tokens say as iss"),
                ("", {"recant_audience  api;": ""}, "recant: audience is empty"),
                ("recant_jwks_file keys.json;", {}, "recant: The keys of issuer recant are named twice"),
                ("recant_option redis_timeout 1h;", {}, "recant: redis_timeout is out of bounds: give 10 ms to 10 s"),
                ("recant_other_issuer { name a; }", {}, "recant: iss of issuer a must be")):
            with self.subTest(sentence):
                code, said = self.tried(more, changes)
                self.assertEqual(code, 1, said)
                self.assertIn(sentence, said)
                self.assertRegex(said, r"in recant\.conf:\d+\n")

    def test_the_guide_shows_the_example(self):
        with open(os.path.join(ROOT, "docs", "nginx-module.md")) as page, open(EXAMPLE) as example:
            shown = page.read().partition("\n```nginx examples/nginx-module/recant.conf\n")[2].partition("```\n")[0]
            self.assertEqual(shown, example.read())

    def test_no_password_is_said(self):
        _, said = self.tried("", {"redis://127.0.0.1:6379": "redis://user:hunter2-hunter2@:x/"})
        self.assertIn("[emerg]", said)
        self.assertNotIn("hunter2", said)

    def test_a_file_of_keys_is_looked_for_beside_the_configuration(self):
        # The name of the address stays in the example's line, which is replaced as a whole.
        change = {"recant_jwks_url ": "recant_jwks_file keys.json; #"}
        code, said = self.tried("", change)
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"recant: .*jwks_file keys\.json")


if __name__ == "__main__":
    unittest.main()
