"""Cookie mode (contract §2): people signed in by cookies alone. Who may use them for what is http/cookie_mode_test's."""
import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness.case import TOKEN_MEMBERS, RecantTest
from harness.verbs import Tokens

ACCESS, REFRESH = "__Host-recant_at", "__Host-recant_rt"
OURS = {"Sec-Fetch-Site": "same-origin"}
ORIGIN = "https://app.example.com"
LISTED = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"}
OTHER = {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "same-site"}
KEPT_MEMBERS = TOKEN_MEMBERS - {"access_token", "refresh_token"}
SET = re.compile(r"^(__Host-recant_[ar]t)=([\w.~+/=-]*); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=(\d+)$")


class Browser:
    """Keeps cookies as a browser does, and says what page asks."""

    def __init__(self, recant, page=None):
        self.recant = recant
        self.page = OURS if page is None else page
        self.jar = {}

    def call(self, method, path, body=None, page=None, **more):
        headers = dict(self.page if page is None else page)
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        answer = self.recant.call(method, path, body, headers=headers, **more)
        for name, value, age in self.set_by(answer):
            if age == 0:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        return answer

    @staticmethod
    def set_by(answer):
        """(name, value, Max-Age) of each cookie; anything of another form is a fault."""
        found = [SET.match(line) for line in answer.all("Set-Cookie")]
        assert all(found), answer
        return [(m[1], m[2], int(m[3])) for m in found]

    def login(self, user, **more):
        return self.call("POST", "/v1/login", {"username": user.name, "password": user.password}, **more)

    def me(self):
        return self.call("GET", "/v1/me")

    def refresh(self):
        return self.call("POST", "/v1/refresh")


class CookieTest(RecantTest):
    settings = {"server.cookies": True, "server.origins": [ORIGIN]}

    def signed_in(self, page=None, **more):
        browser = Browser(self.recant, page)
        self.user = self.recant.create_user(**more)
        answer = browser.login(self.user)
        self.assert_kept(answer)
        return browser

    def assert_kept(self, answer):
        """The browser has the tokens, and the page what there is to know of them."""
        self.assert_answer(answer, 200, KEPT_MEMBERS)
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        kept = {name: (value, age) for name, value, age in Browser.set_by(answer)}
        self.assertEqual(set(kept), {ACCESS, REFRESH}, answer)
        self.assertEqual(kept[ACCESS][1], answer.json["expires_in"])
        self.assertEqual(kept[REFRESH][1], answer.json["refresh_expires_in"])
        for value, _ in kept.values():
            self.assertNotIn(value, answer.body.decode())

    def assert_cleared(self, answer):
        self.assertEqual(Browser.set_by(answer), [(ACCESS, "", 0), (REFRESH, "", 0)], answer)

    def assert_untouched(self, answer):
        self.assertEqual(answer.all("Set-Cookie"), [], answer)


class SignedIn(CookieTest):
    def test_A10_the_flow_by_cookies_alone(self):
        for page in (OURS, LISTED):
            browser = self.signed_in(page)
            me = browser.me()
            self.assertEqual((me.status, me.json["username"]), (200, self.user.name), me)
            self.assert_untouched(me)
            self.assertEqual(self.recant.call("GET", "/v1/check", headers={
                "Cookie": f"{ACCESS}={browser.jar[ACCESS]}"}).header("X-Auth-Subject"), self.user.id)
            first = dict(browser.jar)
            self.assert_kept(browser.refresh())
            self.assertTrue(all(browser.jar[name] != first[name] for name in first))
            sessions = browser.call("GET", "/v1/sessions").json["sessions"]
            self.assertEqual([s["session_id"] for s in sessions], [me.json["session_id"]])
            gone = browser.call("POST", "/v1/logout")
            self.assert_empty(gone, 204)
            self.assert_cleared(gone)
            self.assertEqual(browser.jar, {})
            self.assert_invalid_token(self.recant.check(first[ACCESS]), "revoked: logout")

    def test_programs_get_the_contracts_tokens_and_no_cookie(self):
        user = self.recant.create_user()
        answer = self.recant.try_login(user.name, user.password)
        self.assert_answer(answer, 200, TOKEN_MEMBERS)
        self.assert_untouched(answer)
        tokens = Tokens(answer)
        newer = self.recant.refresh(tokens)
        self.assert_alive(newer)
        changed = self.recant.call("POST", "/v1/password", {"old_password": user.password, "new_password": "another long one"},
                                   bearer=newer.access)
        self.assert_answer(changed, 200, TOKEN_MEMBERS)
        gone = self.recant.logout(Tokens(changed).access)
        self.assert_empty(gone, 204)
        self.assert_untouched(gone)

    def test_a_listed_page_of_another_site_holds_its_tokens_itself(self):
        browser = Browser(self.recant, {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"})
        answer = browser.login(self.recant.create_user())  # which would keep no cookie of it
        self.assert_answer(answer, 200, TOKEN_MEMBERS)
        self.assert_untouched(answer)
        self.assert_alive(Tokens(answer))

    def test_no_page_of_another_site_gets_what_a_cookie_holds_in_a_body(self):
        browser = self.signed_in()  # its browser would not have sent the cookies
        answer = browser.call("POST", "/v1/refresh", page={"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"})
        self.assert_kept(answer)

    def test_a_page_that_held_its_tokens_hands_them_in_once(self):
        tokens = self.recant.sign_in()
        browser = Browser(self.recant)
        self.assert_kept(browser.call("POST", "/v1/refresh", {"refresh_token": tokens.refresh}))
        self.assertEqual(browser.me().status, 200)

    def test_a_new_password_brings_new_cookies(self):
        browser = self.signed_in()
        old = dict(browser.jar)
        body = {"old_password": self.user.password, "new_password": "another long one"}
        self.assert_problem(browser.call("POST", "/v1/password", body, page=OTHER), "csrf")
        self.assert_kept(browser.call("POST", "/v1/password", body))
        self.assertEqual(browser.me().status, 200)
        self.assert_invalid_token(self.recant.check(old[ACCESS]), "revoked: password_change")

    def test_two_tabs_that_refresh_at_once_have_one_successor(self):
        browser = self.signed_in()
        tabs = [Browser(self.recant) for _ in range(8)]
        for tab in tabs:
            tab.jar = dict(browser.jar)
        with ThreadPoolExecutor(len(tabs)) as pool:
            for answer in pool.map(Browser.refresh, tabs):
                self.assert_kept(answer)
        self.assertEqual(len({tab.jar[REFRESH] for tab in tabs}), 1)
        for tab in tabs:
            self.assertEqual(tab.me().status, 200)

    def test_ending_a_session_of_ones_own(self):
        browser = self.signed_in()
        another = Browser(self.recant)
        other_sid = another.login(self.user).json["session_id"]
        self.assert_problem(browser.call("DELETE", f"/v1/sessions/{other_sid}", page=OTHER), "csrf")
        self.assertEqual(another.me().status, 200)
        self.assert_empty(browser.call("DELETE", f"/v1/sessions/{other_sid}"), 204)
        self.assert_invalid_token(another.me(), "revoked: logout")


class SignedOut(CookieTest):
    def test_without_the_access_cookie_the_other_one_logs_out(self):
        browser = self.signed_in()
        access = browser.jar.pop(ACCESS)  # its Max-Age is over
        self.assert_invalid_token(browser.me())  # so: refresh
        gone = browser.call("POST", "/v1/logout")
        self.assert_empty(gone, 204)
        self.assert_cleared(gone)
        self.assert_invalid_token(self.recant.check(access), "revoked: logout")

    def test_an_access_cookie_that_is_spoiled_keeps_nobody_in(self):
        browser = self.signed_in()
        access, browser.jar[ACCESS] = browser.jar[ACCESS], "x"
        self.assert_empty(browser.call("POST", "/v1/logout"), 204)
        self.assert_invalid_token(self.recant.check(access), "revoked: logout")

    def test_logout_clears_them_also_while_Redis_is_away(self):
        redis = self.start_redis()
        recant = self.start(self.settings, redis)
        browser = Browser(recant)
        browser.login(recant.create_user())
        kept = dict(browser.jar)
        redis.kill()
        answer = browser.call("POST", "/v1/logout")
        self.assert_problem(answer, "unavailable")
        self.assert_cleared(answer)
        browser.jar = kept
        refused = browser.refresh()
        self.assert_problem(refused, "unavailable")
        self.assert_untouched(refused)  # the token is still good

    def test_who_was_signed_out_elsewhere_is_told_why_and_the_cookies_go(self):
        browser = self.signed_in()
        self.recant.revoke(subject=self.user.id, reason="admin")
        self.assert_invalid_token(browser.me(), "revoked: admin")
        answer = browser.refresh()
        self.assert_problem(answer, "invalid_grant", reason="revoked")
        self.assert_cleared(answer)
        answer = browser.refresh()
        self.assert_problem(answer, "invalid_token")
        self.assert_bare_challenge(answer)

    def test_a_copy_that_is_used_after_the_grace_ends_the_session(self):
        recant = self.start(self.settings | {"refresh.grace": "0ms"})
        browser = Browser(recant)
        browser.login(recant.create_user())
        copy = Browser(recant)
        copy.jar = dict(browser.jar)
        self.assert_kept(browser.refresh())
        answer = copy.refresh()
        self.assert_problem(answer, "invalid_grant", reason="reused")
        self.assert_cleared(answer)
        self.assert_invalid_token(browser.me(), "revoked: reused")


class TooLarge(CookieTest):
    def test_A10_what_no_cookie_can_hold_is_said_and_signs_nobody_in(self):
        browser = Browser(self.recant)
        user = self.recant.create_user(claims={"text": "x" * 3500})
        answer = browser.login(user)
        self.assert_problem(answer, "invalid_claims")
        self.assertIn("4096", answer.json["detail"])
        self.assert_cleared(answer)
        sessions = self.recant.admin("GET", f"/v1/admin/users/{user.id}/sessions")
        self.assertEqual(sessions.json["sessions"], [])
        self.assert_alive(self.recant.login(user))  # a program may hold as much

    def test_what_just_fits_is_kept(self):
        browser = self.signed_in(claims={"text": "x" * 2000})
        self.assertEqual(browser.me().status, 200)


if __name__ == "__main__":
    unittest.main()
