"""Contract §2: GET /v1/me, GET /v1/sessions, DELETE /v1/sessions/{sid}, POST /v1/password."""
import datetime
import time
import unittest
import uuid

from harness.case import TIME, RecantTest

ENTRY = {"session_id", "created_at", "last_seen_at", "expires_at", "device", "user_agent", "ip",
         "current"}


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class LookingAtOneself(RecantTest):
    def test_me(self):
        user = self.recant.create_user(scope="read write")
        tokens = self.recant.login(user)
        answer = self.recant.call("GET", "/v1/me", bearer=tokens.access)
        members = {"user_id", "username", "session_id", "scope", "expires_at"}
        self.assert_answer(answer, 200, members)
        me = answer.json
        self.assertEqual((me["user_id"], me["username"]), (user.id, user.name))
        self.assertEqual((me["session_id"], me["scope"]), (tokens.session, "read write"))
        self.assertRegex(me["expires_at"], TIME)
        self.assertEqual(seconds_of(me["expires_at"]), tokens.claims["exp"])

    def test_me_of_a_subject_that_has_no_account(self):
        tokens = self.recant.open_session("app-user-7")
        me = self.recant.call("GET", "/v1/me", bearer=tokens.access)
        self.assertEqual(me.status, 200, me)
        self.assertEqual(me.json["user_id"], "app-user-7")

    def test_needs_a_token(self):
        for path in ("/v1/me", "/v1/sessions"):
            self.assert_bare_challenge(self.recant.call("GET", path))
            self.assert_invalid_token(self.recant.call("GET", path, bearer="x"))


class ListingSessions(RecantTest):
    def sessions(self, tokens, query=""):
        return self.recant.call("GET", "/v1/sessions" + query, bearer=tokens.access)

    def test_shows_each_with_where_it_is_used(self):
        user = self.recant.create_user()
        body = {"username": user.name, "password": user.password, "device": "kitchen \u2603"}
        self.recant.call("POST", "/v1/login", body, headers={"User-Agent": "Kettle/2"})
        here = self.recant.login(user)
        answer = self.sessions(here)
        self.assert_answer(answer, 200, {"sessions"})
        entries = {entry["session_id"]: entry for entry in answer.json["sessions"]}
        self.assertEqual(len(entries), 2)
        for entry in entries.values():
            self.assertEqual(set(entry), ENTRY)
            for member in ("created_at", "last_seen_at", "expires_at"):
                self.assertRegex(entry[member], TIME)
            idle = seconds_of(entry["expires_at"]) - time.time()
            self.assertAlmostEqual(idle, 14 * 86400, delta=60)
            self.assertEqual(entry["ip"], "127.0.0.1")
        self.assertTrue(entries[here.session]["current"])
        other = next(e for sid, e in entries.items() if sid != here.session)
        self.assertIs(other["current"], False)
        self.assertEqual((other["device"], other["user_agent"]), ("kitchen \u2603", "Kettle/2"))

    def test_last_seen_moves_at_refresh_only(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        seen = lambda t: self.sessions(t).json["sessions"][0]["last_seen_at"]
        first = seen(tokens)
        time.sleep(0.05)
        self.assert_alive(tokens)
        self.assertEqual(seen(tokens), first)
        newer = self.recant.refresh(tokens)
        self.assertGreater(seen(newer), first)

    def test_pages_show_each_session_once(self):
        tokens = [self.recant.open_session("pager") for _ in range(7)]
        for limit in (1, 2, 3, 7, 100):
            shown, query = [], f"?limit={limit}"
            while True:
                page = self.sessions(tokens[0], query).json
                self.assertLessEqual(len(page["sessions"]), limit)
                shown += [entry["session_id"] for entry in page["sessions"]]
                if "next" not in page:
                    break
                query = f"?limit={limit}&after={page['next']}"
            self.assertEqual(sorted(shown), sorted(t.session for t in tokens), limit)

    def test_a_wrong_limit_is_named(self):
        tokens = self.recant.sign_in()
        for query in ("?limit=0", "?limit=-1", "?limit=x", "?limit=1.5", "?limit=", "?limit=101",
                      "?limit=99999999999999999999", "?limit=1&limit=2"):
            self.assert_problem(self.sessions(tokens, query), "invalid_request")

    def test_shows_the_subjects_own_only(self):
        one, other = self.recant.sign_in(), self.recant.sign_in()
        shown = [e["session_id"] for e in self.sessions(one).json["sessions"]]
        self.assertEqual(shown, [one.session])
        self.assertNotIn(other.session, shown)


class BehindAProxy(RecantTest):
    settings = {"server.trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}

    def test_the_client_is_the_rightmost_that_is_not_a_proxy(self):
        for forwarded, ip in (("192.0.2.7", "192.0.2.7"), ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
                              ("192.0.2.7, 10.1.2.3", "192.0.2.7"), ("2001:db8::1", "2001:db8::1"),
                              ("6.6.6.6, junk", "127.0.0.1"), ("", "127.0.0.1")):
            user = self.recant.create_user()
            body = {"username": user.name, "password": user.password}
            answer = self.recant.call("POST", "/v1/login", body,
                                      headers={"X-Forwarded-For": forwarded})
            self.assertEqual(answer.status, 200, answer)
            listed = self.recant.call("GET", "/v1/sessions", bearer=answer.json["access_token"])
            self.assertEqual(listed.json["sessions"][0]["ip"], ip, forwarded)

    def test_others_are_not_believed(self):
        recant = self.start()
        user = recant.create_user()
        body = {"username": user.name, "password": user.password}
        answer = recant.call("POST", "/v1/login", body, headers={"X-Forwarded-For": "192.0.2.7"})
        listed = recant.call("GET", "/v1/sessions", bearer=answer.json["access_token"])
        self.assertEqual(listed.json["sessions"][0]["ip"], "127.0.0.1")


class EndingASession(RecantTest):
    def delete(self, tokens, session):
        return self.recant.call("DELETE", f"/v1/sessions/{session}", bearer=tokens.access)

    def test_A07_own(self):
        user = self.recant.create_user()
        here, there = self.recant.login(user), self.recant.login(user)
        self.assert_empty(self.delete(here, there.session), 204)
        self.assert_dead(there, "logout")
        self.assert_alive(here)
        self.assert_problem(self.delete(here, there.session), "not_found")
        self.assert_empty(self.delete(here, here.session), 204)
        self.assert_dead(here, "logout")

    def test_somebody_elses_is_not_found_and_lives_on(self):
        mine, theirs = self.recant.sign_in(), self.recant.sign_in()
        self.assert_problem(self.delete(mine, theirs.session), "not_found")
        self.assert_alive(theirs)
        self.recant.refresh(theirs)

    def test_unknown(self):
        tokens = self.recant.sign_in()
        for session in (uuid.uuid4(), "x", "%2e%2e", "*", tokens.session + "x"):
            self.assert_problem(self.delete(tokens, session), "not_found")
        self.assert_alive(tokens)


class ChangingThePassword(RecantTest):
    def change(self, tokens, old, new):
        body = {"old_password": old, "new_password": new}
        return self.recant.call("POST", "/v1/password", body, bearer=tokens.access)

    def test_A05_gives_a_new_session_and_ends_all_others(self):
        user = self.recant.create_user()
        here, there = self.recant.login(user), self.recant.login(user)
        tokens = self.assert_tokens(self.change(here, user.password, "a new password"))
        self.assertEqual(tokens.user_id, user.id)
        self.assertNotIn(tokens.session, (here.session, there.session))
        self.assert_alive(tokens)
        self.recant.refresh(tokens)
        for old in (here, there):
            self.assert_dead(old, "password_change")
        self.assert_problem(self.recant.try_login(user.name, user.password), "invalid_credentials")
        self.assert_tokens(self.recant.try_login(user.name, "a new password"))

    def test_A02_needs_the_old_password(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        answer = self.change(tokens, "not the password", "a new password")
        self.assert_problem(answer, "wrong_password")
        self.assert_alive(tokens)
        self.assert_tokens(self.recant.try_login(user.name, user.password))

    def test_refuses_a_weak_one(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        for weak in ("", "short", "1234567", "x" * 1025):
            self.assert_problem(self.change(tokens, user.password, weak), "weak_password")
        self.assert_alive(tokens)

    def test_is_nothing_for_a_subject_without_an_account(self):
        user = self.recant.create_user()
        for subject in ("stranger", user.name):
            tokens = self.recant.open_session(subject)
            answer = self.change(tokens, user.password, "a new password")
            self.assert_problem(answer, "not_found")
        self.recant.login(user)

    def test_needs_a_token(self):
        body = {"old_password": "x" * 9, "new_password": "y" * 9}
        self.assert_bare_challenge(self.recant.call("POST", "/v1/password", body))


if __name__ == "__main__":
    unittest.main()
