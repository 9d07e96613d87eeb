"""What clients are left with when something dies under load, and when there are too many of them."""
import random
import threading
import time
import unittest

from harness.case import RecantTest
from harness.process import wait_until
from harness.verbs import Tokens
from harness.volley import Volley, request


class Refresher(threading.Thread):
    """A client that refreshes with the last token it was given, until it has done so `limit` times."""

    def __init__(self, recant, tokens):
        super().__init__(daemon=True)
        self.recant = recant
        self.tokens = tokens
        self.rounds = 0
        self.limit = 0
        self.refused = []
        self.going = True

    def run(self):
        while self.going:
            if self.rounds >= self.limit:
                time.sleep(0.01)
                continue
            try:
                answer = self.recant.try_refresh(self.tokens.refresh)
            except (OSError, EOFError, ValueError):
                time.sleep(0.01)  # cut off in the middle; the answer is lost
                continue
            if answer.status == 200:
                self.tokens = Tokens(answer)
                self.rounds += 1
            elif answer.status == 503:
                time.sleep(0.02)
            else:
                self.refused.append(answer)
                return


class DyingUnderLoad(RecantTest):
    """O11: a crash between the act and its answer neither logs anybody out nor forks a family."""
    settings = {"token.access_ttl": "1s", "refresh.grace": "30s", "redis.timeout": "1s"}
    CLIENTS = 8

    @classmethod
    def setUpClass(cls):
        """Each test kills its own."""

    def under_load(self, recant, dies):
        user = recant.create_user()
        clients = [Refresher(recant, recant.login(user)) for _ in range(self.CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(4):
            for client in clients:
                client.limit += 7  # fewer than 32 in all, so that none is told to wait
            dies()
            recant.wait_ready()
            wait_until(lambda: all(client.rounds == client.limit or client.refused
                                   for client in clients), "all go on")
        for client in clients:
            client.going = False
        for client in clients:
            client.join()
            self.assertEqual(client.refused, [])
            self.assert_alive(recant.refresh(client.tokens), recant)
        sessions = {client.tokens.session for client in clients}
        self.assertEqual(len(sessions), self.CLIENTS)

    def test_recant_is_killed_again_and_again(self):
        recant = self.start(self.settings)

        def dies():
            time.sleep(random.uniform(0.05, 0.15))
            recant.kill()
            recant.start()
        self.under_load(recant, dies)

    def test_a_redis_that_writes_before_it_answers_is_killed_again_and_again(self):
        redis = self.start_redis("--appendfsync", "always", persistent=True)
        recant = self.start(self.settings, redis=redis)

        def dies():
            time.sleep(random.uniform(0.05, 0.15))
            redis.restart()
        self.under_load(recant, dies)

    def test_redis_hangs_again_and_again(self):
        redis = self.start_redis()
        recant = self.start(self.settings, redis=redis)

        def dies():
            time.sleep(random.uniform(0.05, 0.15))
            redis.process.pause()
            time.sleep(1.2)
            redis.process.go_on()
        self.under_load(recant, dies)


class TooManyLogins(RecantTest):
    """A14: hashing is bounded, and what does not hash does not wait for it."""
    settings = {"password.iterations": 4}

    def test_some_are_told_busy_and_checks_go_on(self):
        users = [self.recant.create_user() for _ in range(4)]  # each may have 50 logins under way
        tokens = [self.recant.login(user) for user in users][0]
        bodies = [{"username": user.name, "password": user.password} for user in users]
        logins = [request("POST", "/v1/login", body) for body in bodies for _ in range(40)]
        answers = []
        with Volley(self.recant.port, len(logins), 60) as volley:
            flood = threading.Thread(target=lambda: answers.extend(volley.fire(logins)))
            flood.start()
            checks = 0
            while flood.is_alive():
                self.assert_alive(tokens)
                checks += 1
            flood.join()
        statuses = [answer.status for answer in answers]
        self.assertEqual(len(statuses), len(logins))
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertGreater(statuses.count(200), 10)
        busy = [answer for answer in answers if answer.status == 503]
        self.assertGreater(len(busy), 10)
        for answer in busy:
            self.assertIn(answer.json["code"], ("busy", "unavailable"))
        self.assertIn("busy", {answer.json["code"] for answer in busy})
        self.assertGreater(checks, 2)
        self.recant.login(users[0])


if __name__ == "__main__":
    unittest.main()
