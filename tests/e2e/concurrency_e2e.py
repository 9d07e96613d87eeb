"""Promises G4 and G5 over HTTP: concurrency logs no honest user out, and nothing outlives a
revoke-all."""
import random
import threading
import time
import unittest

from harness.case import RecantTest
from harness.verbs import Tokens
from harness.volley import Volley, request

WIDTH = 64


def refresh_request(refresh_token):
    return request("POST", "/v1/refresh", {"refresh_token": refresh_token})


class RefreshingAtTheSameMoment(RecantTest):
    settings = {"server.threads": 2, "redis.timeout": "5s"}

    def test_O08_64_clients_and_one_token_have_one_successor(self):
        with Volley(self.recant.port, WIDTH) as volley:
            for _ in range(10):
                tokens = self.recant.sign_in()
                for _ in range(5):
                    answers = volley.fire([refresh_request(tokens.refresh)] * WIDTH)
                    self.assertEqual({a.status for a in answers}, {200}, answers[0])
                    seen = {(t.refresh, t.grant) for t in map(Tokens, answers)}
                    self.assertEqual(len(seen), 1, "a family forked")
                    successor = Tokens(answers[0])
                    self.assertNotEqual(successor.refresh, tokens.refresh)
                    self.assertEqual(successor.session, tokens.session)
                    tokens = successor
                self.assert_alive(tokens)

    def test_a_successor_is_used_while_others_still_send_its_predecessor(self):
        with Volley(self.recant.port, WIDTH) as volley:
            for _ in range(5):
                first = self.recant.sign_in()
                second = self.recant.refresh(first)
                mixed = [refresh_request((first, second)[i % 2].refresh) for i in range(WIDTH)]
                answers = volley.fire(mixed)
                self.assertEqual({a.status for a in answers}, {200})
                third = self.recant.refresh(second)
                heads = {a.json["refresh_token"] for a in answers}
                self.assertLessEqual(heads, {second.refresh, third.refresh})

    def test_after_the_grace_all_of_64_are_reuse_and_none_gets_in(self):
        recant = self.start({"server.threads": 2, "redis.timeout": "5s", "refresh.grace": "0s"})
        tokens = recant.sign_in()
        newer = recant.refresh(tokens)
        with Volley(recant.port, WIDTH) as volley:
            answers = volley.fire([refresh_request(tokens.refresh)] * WIDTH)
        self.assertEqual({a.status for a in answers}, {401})
        reasons = [a.json["reason"] for a in answers]
        self.assertIn("reused", reasons)
        self.assertLessEqual(set(reasons), {"reused", "revoked"})
        self.assert_problem(recant.try_refresh(newer.refresh), "invalid_grant", "revoked")


class Tabs(RecantTest):
    settings = {"server.threads": 2, "token.access_ttl": "1s", "refresh.grace": "2s",
                "redis.timeout": "5s"}

    def test_8_tabs_that_refresh_at_random_are_never_logged_out(self):
        """Tabs share a store; each takes what it sees there and sends it up to the grace later."""
        newest = [self.recant.sign_in()]
        failures, ends = [], time.monotonic() + 6
        draw = random.Random(7)
        delays = [[draw.uniform(0, 1.7) for _ in range(50)] for _ in range(8)]

        def tab(mine):
            for delay in mine:
                if time.monotonic() > ends:
                    return
                seen = newest[0]
                time.sleep(delay)
                answer = self.recant.try_refresh(seen.refresh)
                if answer.status != 200:
                    failures.append(answer)
                    return
                newest[0] = Tokens(answer)
                if self.recant.check(newest[0].access).status != 200:
                    time.sleep(0.01)

        tabs = [threading.Thread(target=tab, args=(mine,)) for mine in delays]
        for thread in tabs:
            thread.start()
        for thread in tabs:
            thread.join()
        self.assertEqual(failures, [])
        self.assert_alive(self.recant.refresh(newest[0]))


class RevokingInTheMiddle(RecantTest):
    """O10: after a revocation has returned, no token of what it ended works, whatever raced it."""
    settings = {"server.threads": 2, "refresh.grace": "5s", "redis.timeout": "5s",
                "password.memory_kib": 7168, "password.iterations": 5}
    ROUNDS = 12

    def race(self, volley, crowd, act):
        """Sends the crowd and the act together in random order; the answers, and the act's own."""
        order = crowd + [act]
        random.Random(len(crowd) + id(order)).shuffle(order)
        answers = volley.fire(order)
        own = answers[order.index(act)]
        return [a for r, a in zip(order, answers) if r is not act], own

    def user_signed_in_from_here(self):
        """From an address of its own an account may have many logins under way at once."""
        user = self.recant.create_user()
        self.recant.login(user)
        return user

    def assert_nothing_works(self, answers):
        for answer in answers:
            self.assertIn(answer.status, (200, 201, 401, 403, 503), answer)
            if answer.status in (200, 201) and b"access_token" in answer.body:
                tokens = Tokens(answer)
                self.assertEqual(self.recant.check(tokens.access).status, 401, "it outlived")
                self.assertEqual(self.recant.try_refresh(tokens.refresh).status, 401, "it outlived")

    def test_refreshes_racing_revoke_subject(self):
        admin = self.recant.admin_key
        with Volley(self.recant.port, 25) as volley:
            for number in range(self.ROUNDS):
                subject = f"raced-{number}"
                logins = [self.recant.open_session(subject) for _ in range(8)]
                crowd = [refresh_request(t.refresh) for t in logins for _ in range(3)]
                act = request("POST", "/v1/admin/revocations", {"subject": subject}, admin)
                answers, own = self.race(volley, crowd, act)
                self.assertEqual(own.status, 200, own)
                self.assert_nothing_works(answers)
                for tokens in logins:
                    self.assertEqual(self.recant.check(tokens.access).status, 401)

    def test_O10_keycloak_51312_refreshes_racing_logout(self):
        with Volley(self.recant.port, 25) as volley:
            for _ in range(self.ROUNDS):
                tokens = self.recant.open_session("leaver")
                act = request("POST", "/v1/logout", None, tokens.access)
                answers, own = self.race(volley, [refresh_request(tokens.refresh)] * 24, act)
                self.assertEqual(own.status, 204, own)
                self.assert_nothing_works(answers)

    def test_logins_with_the_old_password_racing_its_change(self):
        with Volley(self.recant.port, 13) as volley:
            for _ in range(self.ROUNDS):
                user = self.user_signed_in_from_here()
                body = {"username": user.name, "password": user.password}
                crowd = [request("POST", "/v1/login", body)] * 12
                act = request("POST", f"/v1/admin/users/{user.id}/password",
                              {"password": "another password"}, self.recant.admin_key)
                answers, own = self.race(volley, crowd, act)
                self.assertEqual(own.status, 204, own)
                self.assert_nothing_works(answers)

    def test_logins_racing_disable(self):
        with Volley(self.recant.port, 13) as volley:
            for _ in range(self.ROUNDS):
                user = self.user_signed_in_from_here()
                body = {"username": user.name, "password": user.password}
                act = request("POST", f"/v1/admin/users/{user.id}/disable", None,
                              self.recant.admin_key)
                answers, own = self.race(volley, [request("POST", "/v1/login", body)] * 12, act)
                self.assertEqual(own.status, 204, own)
                self.assert_nothing_works(answers)

    def test_everything_racing_revoke_all(self):
        with Volley(self.recant.port, 25) as volley:
            for number in range(self.ROUNDS):
                logins = [self.recant.open_session(f"everybody-{number}-{i}") for i in range(8)]
                crowd = [refresh_request(t.refresh) for t in logins for _ in range(3)]
                act = request("POST", "/v1/admin/revocations", {"all": True}, self.recant.admin_key)
                answers, own = self.race(volley, crowd, act)
                self.assertEqual(own.status, 200, own)
                self.assert_nothing_works(answers)

    def test_new_sessions_racing_revoke_subject_live_or_die_whole(self):
        """A session opened beside it may be after it; then both of its tokens work."""
        with Volley(self.recant.port, 13) as volley:
            for number in range(self.ROUNDS):
                subject = f"newcomer-{number}"
                opening = request("POST", "/v1/admin/sessions", {"subject": subject},
                                  self.recant.admin_key)
                act = request("POST", "/v1/admin/revocations", {"subject": subject},
                              self.recant.admin_key)
                answers, own = self.race(volley, [opening] * 12, act)
                self.assertEqual(own.status, 200, own)
                for answer in answers:
                    self.assertIn(answer.status, (201, 503), answer)
                    if answer.status == 201:
                        tokens = Tokens(answer)
                        alive = self.recant.check(tokens.access).status == 200
                        refreshed = self.recant.try_refresh(tokens.refresh).status == 200
                        self.assertEqual(alive, refreshed)


if __name__ == "__main__":
    unittest.main()
