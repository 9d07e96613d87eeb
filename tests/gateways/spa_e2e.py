"""examples/spa in Chromium: two tabs that share their cookies, and a page of somebody else's beside them."""
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from browser import Browser
from gateway import Gateway
from harness.case import RecantTest
from harness.process import wait_until

ACCESS, REFRESH = "__Host-recant_at", "__Host-recant_rt"
REQUESTS = "recant_http_request_duration_seconds_count"


class Spa(Gateway):
    name = "spa"
    files = ("Caddyfile", "index.html", "page.js", "page.css")
    api_address = None

    def listen(self, port):
        return {"http://localhost:3000 {": f"http://localhost:{port} {{"}

    def command(self):
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.path("wrapper")]

    def write_more(self):
        self.write("wrapper", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\nimport Caddyfile\n")

    @property
    def url(self):
        return f"http://localhost:{self.port}/"


class SomebodysPage(BaseHTTPRequestHandler):
    """Of another origin: localhost on another port is the same site, so the cookies go along."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>somebody's</title><iframe name=into></iframe><form method=post target=into></form>")

    def log_message(self, *_):
        pass


class SpaTest(RecantTest):
    settings = {"server.cookies": True}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spa = cls.ends(Spa(cls.recant.port, None))

    def setUp(self):
        self.browser = Browser()
        self.addCleanup(self.browser.end)
        self.user = self.recant.create_user()

    def open(self):
        return self.browser.open(self.spa.url)

    def sign_in(self, tab):
        tab.run("""
            const form = document.getElementById("door");
            [form.username.value, form.password.value] = arguments;
            form.requestSubmit()""", self.user.name, self.user.password)
        tab.shows("who", self.user.name)

    def two_tabs(self):
        """Signed in in one of them."""
        one, other = self.open(), self.open()
        self.sign_in(one)
        other.shows("who", self.user.name)
        return one, other

    def counted(self, name, **labels):
        return self.recant.metrics().sum(name, **labels)

    def looks(self, name, tab):
        """Keeps a picture, where a person asks for some."""
        folder = os.environ.get("RECANT_PICTURES")
        if folder:
            tab.picture(os.path.join(folder, f"{name}.png"))


class TwoTabs(SpaTest):
    def test_signed_in_in_one_they_both_are(self):
        one, other = self.two_tabs()
        self.looks("signed-in", one)
        for tab in (one, other):
            self.assertFalse(tab.run("return document.getElementById('inside').hidden"))
            self.assertEqual(tab.text("why"), "")

    def test_A10_no_script_sees_the_cookies(self):
        tab = self.open()
        self.sign_in(tab)
        kept = tab.cookies()
        for name in (ACCESS, REFRESH):
            cookie = kept[name]
            self.assertEqual((cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"], cookie["domain"]),
                             (True, True, "Strict", "/", "localhost"))
        self.assertEqual(tab.run("return document.cookie"), "")
        tab.run("document.cookie = 'seen=1; Path=/'")  # that it does show others
        self.assertEqual(tab.run("return document.cookie"), "seen=1")
        for place in ("localStorage", "sessionStorage"):
            self.assertEqual(tab.run(f"return {place}.length"), 0)
        answer = tab.wait("fetch('/v1/refresh', {method: 'POST'}).then(a => a.text())")
        self.assertIn("expires_in", answer)
        self.assertNotRegex(answer, r"eyJ|rt_")

    def test_logged_out_in_one_the_other_says_why(self):
        one, other = self.two_tabs()
        one.click("#out")
        for tab in (one, other):
            tab.shows("why", "Signed out: logout")
            self.assertEqual(tab.text("who"), "")
        self.assertNotIn(ACCESS, one.cookies())
        self.assertNotIn(REFRESH, one.cookies())
        self.looks("signed-out", other)
        self.sign_in(other)
        one.shows("who", self.user.name)
        self.assertEqual(one.text("why"), "")

    def test_signed_out_by_others_both_say_why(self):
        ways = (("logout_all", lambda tab: tab.click("#everywhere")),
                ("disabled", lambda _: self.recant.admin("POST", f"/v1/admin/users/{self.user.id}/disable")))
        for reason, act in ways:
            with self.subTest(reason):
                one, other = self.two_tabs()
                act(one)
                for tab in (one, other):
                    tab.shows("why", f"Signed out: {reason}")
                self.assertNotIn(REFRESH, one.cookies())

    def test_who_does_not_get_in_is_told(self):
        tab = self.open()
        tab.run("""const form = document.getElementById("door");
                   [form.username.value, form.password.value] = ["nobody", "not the password"];
                   form.requestSubmit()""")
        tab.shows("why", "password")
        self.assertFalse(tab.run("return document.getElementById('door').hidden"))
        self.assertEqual(tab.cookies(), {})


class Refreshing(SpaTest):
    settings = SpaTest.settings | {"token.access_ttl": "5s", "token.leeway": "0s"}

    AT_ONCE = """new Promise(done => setTimeout(done, {moment} - Date.now())).then(() => {what})"""

    def at_once(self, tabs, what):
        """Starts the same in each tab, at the same moment by their clock; what each promise gives."""
        moment = tabs[0].run("return Date.now()") + 1500
        for tab in tabs:
            tab.run("window.given = " + self.AT_ONCE.format(moment=moment, what=what))
        return [tab.wait("window.given") for tab in tabs]

    def test_both_at_once_stay_signed_in_in_one_session(self):
        one, other = self.two_tabs()
        before = one.cookies()
        what = "fetch('/v1/refresh', {method: 'POST'}).then(a => a.json())"
        answers = self.at_once((one, other), what)
        self.assertEqual(answers[0]["session_id"], answers[1]["session_id"], answers)
        self.assertNotEqual(one.cookies()[REFRESH]["value"], before[REFRESH]["value"])
        for tab in (one, other):
            me = tab.wait("fetch('/v1/me').then(a => a.json())")
            self.assertEqual(me.get("username"), self.user.name, me)
        sessions = self.recant.admin("GET", f"/v1/admin/users/{self.user.id}/sessions").json["sessions"]
        self.assertEqual(len(sessions), 1)
        self.assertEqual(self.counted("recant_refresh_total", outcome="reused"), 0)

    def test_the_page_refreshes_once_for_both(self):
        one, other = self.two_tabs()
        for tab in (one, other):  # what it does every five seconds is done here by hand
            tab.run("for (let i = 1; i < 1000; i++) clearInterval(i)")
        before = one.cookies()[REFRESH]["value"]
        wait_until(lambda: ACCESS not in one.cookies(), "the access token's cookie has ended", 20)
        refreshed = self.counted(REQUESTS, route="/v1/refresh")
        answers = self.at_once((one, other), "ask('GET', 'me').then(a => a.json())")
        self.assertEqual([answer.get("username") for answer in answers], [self.user.name] * 2, answers)
        self.assertEqual(self.counted(REQUESTS, route="/v1/refresh") - refreshed, 1)
        self.assertNotEqual(one.cookies()[REFRESH]["value"], before)


class Outside(SpaTest):
    """A page of another origin can change nothing."""

    def setUp(self):
        super().setUp()
        server = ThreadingHTTPServer(("127.0.0.1", 0), SomebodysPage)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port = server.server_address[1]
        self.tab = self.open()
        self.sign_in(self.tab)

    def refused(self):
        return self.counted(REQUESTS, code="403")

    def ask_from(self, page, path, options):
        """'read' where the page may read what came of it."""
        return page.wait(f"fetch('{self.spa.url.rstrip('/')}{path}', {options}).then(a => a.status ? 'read' : 'opaque')")

    def test_of_the_same_site(self):
        page = self.browser.open(f"http://localhost:{self.port}/")
        for path in ("/v1/logout", "/v1/logout-all", "/v1/refresh", "/v1/password", "/v1/login"):
            before = self.refused()
            self.assertEqual(self.ask_from(page, path, "{method: 'POST', mode: 'no-cors', credentials: 'include'}"),
                             "opaque", path)
            page.run("""const form = document.forms[0];
                        form.action = arguments[0];
                        form.submit()""", self.spa.url.rstrip("/") + path)
            # 403 and not 401: the browser did send the cookies.
            wait_until(lambda: self.refused() - before == 2, f"{path} was asked twice and refused")
        for method in ("DELETE", "POST"):  # what needs a preflight is not even sent
            said = self.ask_from(page, "/v1/sessions/x" if method == "DELETE" else "/v1/logout",
                                 f"{{method: '{method}', credentials: 'include', headers: {{'X-Request-Id': 'x'}}}}")
            self.assertTrue(said.startswith("failed"), said)
        self.assertEqual(self.ask_from(page, "/v1/me", "{mode: 'no-cors', credentials: 'include'}"), "opaque")
        self.still_in()

    def test_of_another_site(self):
        page = self.browser.open(f"http://127.0.0.1:{self.port}/")
        for path in ("/v1/logout", "/v1/logout-all", "/v1/refresh"):
            self.ask_from(page, path, "{method: 'POST', mode: 'no-cors', credentials: 'include'}")
        self.still_in()

    def still_in(self):
        me = self.tab.wait("fetch('/v1/me').then(a => a.json())")
        self.assertEqual(me.get("username"), self.user.name, me)
        # The same call by the page that may.
        self.assertEqual(self.tab.wait("fetch('/v1/logout', {method: 'POST'}).then(a => a.status)"), 204)
        self.assertEqual(self.tab.wait("fetch('/v1/me').then(a => a.status)"), 401)


class Served(SpaTest):
    def test_O50_the_inside_stays_inside(self):
        tab = self.open()
        for path in ("/v1/check", "/v1/admin/users", "/metrics", "/readyz", "/v1//me", "/v1/me/", "/v1/%6de", "/Caddyfile"):
            self.assertEqual(tab.wait(f"fetch('{path}').then(a => a.status)"), 404, path)
        self.assertEqual(tab.wait("fetch('/v1/me').then(a => a.status)"), 401)


if __name__ == "__main__":
    unittest.main()
