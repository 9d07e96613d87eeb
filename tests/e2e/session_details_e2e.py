"""What a session knows of where it is used, and its list where that is long; sessions_e2e has the rest."""
import datetime
import time
import unittest
import uuid

from harness.case import RecantTest
from harness.verbs import Tokens

DAY = 86400


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Details(RecantTest):
    settings = {"server.trusted_proxies": ["127.0.0.1"], "refresh.adopt": True}

    def post(self, path, body, ip, agent, bearer=None):
        headers = {"X-Forwarded-For": ip, "User-Agent": agent}
        return self.recant.call("POST", path, body, bearer=bearer, headers=headers)

    def login(self, user, ip="192.0.2.1", agent="Agent/1", **more):
        body = {"username": user.name, "password": user.password, **more}
        return self.assert_tokens(self.post("/v1/login", body, ip, agent))

    def entry(self, tokens):
        listed = self.recant.call("GET", "/v1/sessions", bearer=tokens.access).json["sessions"]
        return next(entry for entry in listed if entry["session_id"] == tokens.session)

    def where(self, tokens):
        entry = self.entry(tokens)
        return entry["device"], entry["ip"], entry["user_agent"]

    def test_a_refresh_tells_where_it_came_from_and_leaves_the_device(self):
        tokens = self.login(self.recant.create_user(), device="Ann's phone \U0001f4f1")
        for ip, agent in (("198.51.100.7", "Agent/2"), ("2001:db8::7", "x" * 255), ("192.0.2.1", "Agent/1"),
                          ("192.0.2.1", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
                                        "like Gecko) Chrome/126.0.0.0 Safari/537.36")):
            answer = self.post("/v1/refresh", {"refresh_token": tokens.refresh}, ip, agent)
            tokens = self.assert_tokens(answer)
            self.assertEqual(self.where(tokens), ("Ann's phone \U0001f4f1", ip, agent))

    def test_the_same_token_again_tells_nothing_new(self):
        first = self.login(self.recant.create_user())
        self.post("/v1/refresh", {"refresh_token": first.refresh}, "192.0.2.2", "Agent/2")
        again = self.post("/v1/refresh", {"refresh_token": first.refresh}, "192.0.2.3", "Agent/3")
        self.assertEqual(self.where(self.assert_tokens(again)), ("", "192.0.2.2", "Agent/2"))

    def test_last_seen_is_the_moment_of_the_last_refresh(self):
        tokens = self.login(self.recant.create_user())
        opened = self.entry(tokens)
        self.assertLessEqual(opened["created_at"], opened["last_seen_at"])
        time.sleep(0.05)
        before = time.time()
        newer = self.recant.refresh(tokens)
        after = time.time()
        entry = self.entry(newer)
        self.assertTrue(before - 0.002 <= seconds_of(entry["last_seen_at"]) <= after + 0.002, entry)
        self.assertEqual(entry["created_at"], opened["created_at"])
        self.assertEqual(seconds_of(entry["expires_at"]) - seconds_of(entry["last_seen_at"]), 14 * DAY)

    def test_whichever_way_it_began(self):
        user = self.recant.create_user()
        here = self.login(user)
        body = {"old_password": user.password, "new_password": "another password"}
        changed = self.post("/v1/password", body, "192.0.2.4", "Agent/4", bearer=here.access)
        self.assertEqual(self.where(self.assert_tokens(changed)), ("", "192.0.2.4", "Agent/4"))

        opened = self.post("/v1/admin/sessions", {"subject": "app-7", "device": "till 3"}, "192.0.2.5", "Shop/1",
                           bearer=self.recant.admin_key)
        self.assertEqual(self.where(self.assert_tokens(opened, 201)), ("till 3", "192.0.2.5", "Shop/1"))

        foreign = str(uuid.uuid4())
        self.recant.redis("SET", f"refresh_token:{foreign}", "app-8", "EX", DAY)
        adopted = self.post("/v1/refresh", {"refresh_token": foreign}, "192.0.2.6", "Agent/6")
        self.assertEqual(self.where(self.assert_tokens(adopted)), ("", "192.0.2.6", "Agent/6"))

    def test_device_is_at_most_128_bytes_of_plain_text(self):
        user = self.recant.create_user()
        for device in ("", "x" * 128, "\u2603" * 42 + "xx", '"<script>\\'):
            self.assertEqual(self.where(self.login(user, device=device))[0], device)
        for device in ("x" * 129, "\u2603" * 43, "a\nb", "a\x00b", "a\x7fb", 7, None, ["x"]):
            answer = self.recant.try_login(user.name, user.password, device=device)
            self.assert_problem(answer, "invalid_request")
            self.assertIn("device", answer.json["detail"])

    def test_a_long_user_agent_is_cut_at_256_bytes(self):
        for agent in ("x" * 256, "x" * 257, "y" * 2000):
            tokens = self.login(self.recant.create_user(), agent=agent)
            self.assertEqual(self.where(tokens)[2], agent[:256])

    def test_without_a_user_agent(self):
        user = self.recant.create_user()
        answer = self.recant.try_login(user.name, user.password)
        self.assertEqual(self.where(Tokens(answer)), ("", "127.0.0.1", ""))

    def test_administrators_see_the_same_but_for_which_is_theirs(self):
        user = self.recant.create_user()
        tokens = self.login(user, device="here")
        own = self.recant.call("GET", "/v1/sessions", bearer=tokens.access).json["sessions"]
        for name in (user.id, user.name):
            seen = self.recant.admin("GET", f"/v1/admin/users/{name}/sessions").json["sessions"]
            self.assertEqual(seen, [{k: v for k, v in own[0].items() if k != "current"}])


class LongLists(RecantTest):
    def setUp(self):
        self.user = self.recant.create_user()
        self.tokens = [self.recant.open_session(self.user.id) for _ in range(230)]

    @staticmethod
    def pages(ask, between=lambda: None):
        shown, query = [], ""
        while True:
            page = ask(query).json
            shown.append([entry["session_id"] for entry in page["sessions"]])
            if "next" not in page:
                return shown
            between()
            query = f"?after={page['next']}"

    def own(self, query):
        return self.recant.call("GET", "/v1/sessions" + query, bearer=self.tokens[0].access)

    def admins(self, query):
        return self.recant.admin("GET", f"/v1/admin/users/{self.user.id}/sessions" + query)

    def test_100_a_page_and_each_session_once(self):
        for ask in (self.own, self.admins):
            pages = self.pages(ask)
            self.assertEqual([len(page) for page in pages[:2]], [100, 100])
            self.assertEqual(sorted(sum(pages, [])), sorted(t.session for t in self.tokens))

    def test_sessions_that_end_between_pages_hide_nobody(self):
        order = sum(self.pages(self.admins), [])
        victims = [order[50], order[99], order[100], order[150]]  # behind, at and before the cursor
        standing = set(order) - set(victims)

        def end():
            for session in victims:
                self.recant.revoke(session=session, subject=self.user.id)
        shown = sum(self.pages(self.admins, end), [])
        self.assertEqual(len(shown), len(set(shown)))
        self.assertLessEqual(standing, set(shown))
        self.assertFalse({order[100], order[150]} & set(shown))

    def test_the_most_recently_used_comes_first(self):
        listed = self.admins("").json["sessions"]
        seen = [entry["last_seen_at"] for entry in listed]
        self.assertEqual(seen, sorted(seen, reverse=True))
        last = next(t for t in self.tokens if t.session == listed[-1]["session_id"])
        self.recant.refresh(last)
        self.assertEqual(self.admins("?limit=1").json["sessions"][0]["session_id"], last.session)


if __name__ == "__main__":
    unittest.main()
