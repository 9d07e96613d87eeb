"""session.max_per_user: evict_oldest and deny, whichever way a session begins, in both strategies."""
import time
import unittest
import uuid

from harness.case import RecantTest
from harness.verbs import Tokens
from harness.volley import Volley, request


class Limited(RecantTest):
    def login_request(self, user):
        return request("POST", "/v1/login", {"username": user.name, "password": user.password})

    def listed(self, tokens):
        answer = self.recant.call("GET", "/v1/sessions", bearer=tokens.access)
        self.assertEqual(answer.status, 200, answer)
        return {entry["session_id"] for entry in answer.json["sessions"]}

    def change_password(self, user, tokens):
        body = {"old_password": user.password, "new_password": "another password"}
        return self.recant.call("POST", "/v1/password", body, bearer=tokens.access)

    def try_open(self, subject):
        return self.recant.admin("POST", "/v1/admin/sessions", {"subject": subject})

    def issue_foreign(self, subject):
        """As the service before did it."""
        token = str(uuid.uuid4())
        self.recant.redis("SET", f"refresh_token:{token}", subject, "EX", 86400)
        return token

    def later(self):
        time.sleep(0.003)  # the order is by milliseconds


class Evicting(Limited):
    settings = {"session.max_per_user": 2, "refresh.adopt": True}

    def test_a_third_login_ends_the_session_least_recently_refreshed(self):
        user = self.recant.create_user()
        first = self.recant.login(user)
        self.later()
        second = self.recant.login(user)
        self.later()
        first = self.recant.refresh(first)
        third = self.recant.login(user)
        self.assert_dead(second, "evicted")
        for tokens in (first, third):
            self.assert_alive(tokens)
        self.assertEqual(self.listed(third), {first.session, third.session})
        self.recant.refresh(first)

    def test_it_is_written_down(self):
        user = self.recant.create_user()
        first = self.recant.login(user)
        self.later()
        self.recant.login(user)
        counted = lambda: self.recant.metrics().sum("recant_revocations_total", kind="session")
        before = counted()
        self.recant.login(user)
        self.assertEqual(counted() - before, 1)
        line = self.recant.line_with("session.revoked", first.session)
        self.assertIn("evicted", line)
        self.assertIn(user.id, line)

    def test_whoever_logs_out_makes_room(self):
        user = self.recant.create_user()
        first, second = self.recant.login(user), self.recant.login(user)
        self.recant.logout(second.access)
        self.recant.login(user)
        self.assert_alive(first)

    def test_a_password_change_leaves_room(self):
        user = self.recant.create_user()
        here, there = self.recant.login(user), self.recant.login(user)
        tokens = self.assert_tokens(self.change_password(user, here))
        for old in (here, there):
            self.assert_dead(old, "password_change")
        user.password = "another password"
        again = self.recant.login(user)
        self.assertEqual(self.listed(again), {tokens.session, again.session})

    def test_sessions_of_an_application(self):
        subject = "app-evicting"
        first = self.recant.open_session(subject)
        self.later()
        second = self.recant.open_session(subject)
        self.later()
        third = self.recant.open_session(subject)
        self.assert_dead(first, "evicted")
        for tokens in (second, third):
            self.assert_alive(tokens)

    def test_adopted_sessions(self):
        subject = "adopted-evicting"
        first = self.recant.open_session(subject)
        self.later()
        second = self.recant.open_session(subject)
        self.later()
        adopted = self.assert_tokens(self.recant.try_refresh(self.issue_foreign(subject)))
        self.assert_dead(first, "evicted")
        for tokens in (second, adopted):
            self.assert_alive(tokens)

    def test_many_logins_at_once(self):
        user = self.recant.create_user()
        self.recant.logout(self.recant.login(user).access)  # many at once want a known address
        with Volley(self.recant.port, 12) as volley:
            answers = volley.fire([self.login_request(user)] * 12)
        for answer in answers:
            self.assertEqual(answer.status, 200, answer)
        tokens = [Tokens(answer) for answer in answers]
        alive = [t for t in tokens if self.recant.check(t.access).status == 200]
        self.assertEqual(len(alive), 2)
        self.assertEqual(self.listed(alive[0]), {t.session for t in alive})
        for one in tokens:
            if one not in alive:
                self.assert_dead(one, "evicted")


class EvictingFromTheWhitelist(Evicting):
    settings = Evicting.settings | {"session.strategy": "whitelist"}

    def test_the_whitelist_knows(self):
        subject = "app-whitelisted"
        first = self.recant.open_session(subject)
        key = f"whitelist:user:{subject}:jti:{first.jti}"
        self.assertEqual(self.recant.redis("EXISTS", key), 1)
        self.later()
        self.recant.open_session(subject)
        self.later()
        self.recant.open_session(subject)
        self.assertEqual(self.recant.redis("EXISTS", key), 0)
        self.assertEqual(self.recant.redis("GET", f"blacklist:jti:{first.jti}"), "1")


class Denying(Limited):
    settings = {"session.max_per_user": 2, "session.on_limit": "deny", "refresh.adopt": True}

    def test_a_third_login_is_told_to_log_out_first(self):
        user = self.recant.create_user()
        first, second = self.recant.login(user), self.recant.login(user)
        denied = self.recant.try_login(user.name, user.password)
        self.assert_problem(denied, "session_limit")
        self.recant.line_with("login.failed", user.id, "session_limit")
        for tokens in (first, second):
            self.assert_alive(tokens)
            self.recant.refresh(tokens)
        self.assertEqual(self.listed(first), {first.session, second.session})
        self.recant.logout(first.access)
        self.assert_alive(self.recant.login(user))

    def test_nobody_without_the_password_learns_it(self):
        user = self.recant.create_user()
        for _ in range(2):
            self.recant.login(user)
        self.assert_problem(self.recant.try_login(user.name, "not the password"),
                            "invalid_credentials")

    def test_everything_that_ends_a_session_makes_room(self):
        user = self.recant.create_user()
        ends = [lambda s: self.recant.call("POST", "/v1/logout-all", bearer=s[0].access),
                lambda s: self.recant.revoke(subject=user.id),
                lambda s: self.recant.revoke(session=s[0].session),
                lambda s: self.recant.call("DELETE", f"/v1/sessions/{s[0].session}",
                                           bearer=s[1].access),
                lambda s: self.recant.redis("SET", f"blacklist:session:{s[0].session}", 1),
                lambda s: self.recant.redis("DEL", f"session:user:{user.id}:{s[0].session}"),
                lambda s: self.recant.revoke(all=True)]
        for number, end in enumerate(ends):
            with self.subTest(number):
                sessions = [self.recant.login(user), self.recant.login(user)]
                self.assert_problem(self.recant.try_login(user.name, user.password),
                                    "session_limit")
                end(sessions)
                self.assert_alive(self.recant.login(user))
                self.recant.revoke(subject=user.id)

    def test_a_password_change_is_not_denied(self):
        user = self.recant.create_user()
        here = self.recant.login(user)
        self.recant.login(user)
        self.assert_alive(self.assert_tokens(self.change_password(user, here)))

    def test_sessions_of_an_application(self):
        subject = "app-denying"
        for _ in range(2):
            self.recant.open_session(subject)
        self.assert_problem(self.try_open(subject), "session_limit")

    def test_an_adoption_is_denied_and_can_be_repeated(self):
        subject = "adopted-denying"
        first = self.recant.open_session(subject)
        self.recant.open_session(subject)
        foreign = self.issue_foreign(subject)
        self.assert_problem(self.recant.try_refresh(foreign), "session_limit")
        self.assertEqual(self.recant.redis("GET", f"refresh_token:{foreign}"), subject)
        self.recant.logout(first.access)
        self.assert_alive(self.assert_tokens(self.recant.try_refresh(foreign)))

    def test_many_logins_at_once(self):
        user = self.recant.create_user()
        self.recant.logout(self.recant.login(user).access)  # many at once want a known address
        with Volley(self.recant.port, 12) as volley:
            answers = volley.fire([self.login_request(user)] * 12)
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [200] * 2 + [409] * 10)
        one = next(Tokens(answer) for answer in answers if answer.status == 200)
        self.assertEqual(len(self.listed(one)), 2)


class DenyingByTheWhitelist(Denying):
    settings = Denying.settings | {"session.strategy": "whitelist"}


class ALimitThatIsLowered(Limited):
    redis_options = ()

    def test_the_next_login_ends_what_is_too_many(self):
        opened = []
        for _ in range(70):
            opened.append(self.recant.open_session("many"))
            self.later()
        self.recant.terminate()
        self.recant.settings["session.max_per_user"] = 3
        self.recant.start()
        last = self.recant.open_session("many")
        self.assertEqual(self.listed(last),
                         {opened[-2].session, opened[-1].session, last.session})
        for gone in (opened[0], opened[67]):
            self.assert_dead(gone, "evicted")


if __name__ == "__main__":
    unittest.main()
