"""examples/python-api, really run by uvicorn and by gunicorn with two forked workers: what every API must do that
librecant protects."""
import concurrent.futures
import os
import signal
import subprocess
import unittest

from contract import INVALID, Api, Contract
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import children_of, die_with_parent, is_running, wait_until
from harness.recant import ROOT
from python_package import DEBIANS_PYTHON, environment, threads_of_the_library

HERE = os.path.join(ROOT, "examples/python-api")


class Server(Contract):
    """`command` is what the README of the example says."""

    @classmethod
    def start_api(cls, recant, **more):
        api = Api(cls.shell(), recant, recant.server.url, cwd=HERE, **environment(**more))
        try:
            token = recant.sign_in().access
            wait_until(lambda: cls.every_worker_judges(api, token), "each worker has its keys and its Redis")
            return api
        except BaseException:
            api.end()
            raise

    @classmethod
    def shell(cls):
        return ["sh", "-c", f"exec {cls.command.replace('python', DEBIANS_PYTHON, 1)}"]

    @staticmethod
    def every_worker_judges(api, token):
        """Several ask at once, so that no worker can answer all of them."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return all(pool.map(lambda _: api.get("/whoami", token).status != 503, range(20)))

    def test_it_is_what_the_readme_says(self):
        with open(os.path.join(HERE, "README.md")) as readme:
            self.assertIn(f"\n{self.command} ", readme.read())

    def test_what_is_not_there_and_who_asks_for_it(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        self.assertEqual(self.api.get("/nothing", tokens.access).status, 404)
        self.assert_challenged(self.api.get("/nothing"), 401, "Bearer")
        self.assert_challenged(self.api.get("/whoami", headers=[("Authorization", "Bearer")]), 401, INVALID)
        self.assert_challenged(self.api.get("/whoami", headers=[("Authorization", "Bearer \xe9.\xe9.\xe9")]), 401, INVALID)

    def test_nothing_but_blanks_may_stand_around_a_token(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        for more in ("\xa0", "\x85"):
            for value in (f"Bearer {tokens.access}{more}", f"Bearer {more}{tokens.access}"):
                self.assert_challenged(self.api.get("/whoami", headers=[("Authorization", value)]), 401, INVALID)
        self.assertEqual(self.api.get("/whoami", headers=[("Authorization", f"Bearer   {tokens.access}")]).status, 200)

    def test_what_is_wrong_in_the_environment_ends_it_and_is_named(self):
        wrong = self.api.environment | {"REDIS_URL": "http://127.0.0.1", "PORT": str(free_port())}
        done = subprocess.run(self.shell(), cwd=HERE, env=wrong, stdin=subprocess.DEVNULL, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("OptionError: redis_url ", done.stdout)

    def test_sigterm_ends_it_cleanly_also_while_redis_hangs(self):
        for hangs in (False, True):
            with self.subTest(hangs=hangs):
                redis = self.start_redis()
                recant = self.start(redis=redis)
                api = self.start_api(recant)
                self.addCleanup(api.end)
                self.lets_in(recant.sign_in(), api)
                if hangs:
                    redis.process.pause()
                    self.addCleanup(redis.process.go_on)
                processes = [api.process.pid, *children_of(api.process.pid)]
                self.assertEqual(len(processes), 1 + self.workers)
                api.process.signal(signal.SIGTERM)
                self.assertEqual(api.process.wait(), 0, api.output())
                wait_until(lambda: not any(map(is_running, processes)), "all its processes have ended")
                for word in ("Traceback", "Fatal", "terminate called", "SIGKILL"):
                    self.assertNotIn(word, api.output())


class Uvicorn(Server, RecantTest):
    command = "python -m uvicorn app:app --port $PORT"
    workers = 0

    def test_two_fields_are_refused_as_the_request_that_they_are(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        bearer = ("Authorization", f"Bearer {tokens.access}")
        self.assert_challenged(self.api.get("/whoami", headers=[bearer, bearer]), 400, 'Bearer error="invalid_request"')


class Gunicorn(Server, RecantTest):
    command = "python -m gunicorn wsgi:app"
    workers = 2

    def test_each_worker_has_a_verifier_that_judges(self):
        """None was made before fork()."""
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        self.assertEqual([threads_of_the_library(worker) for worker in children_of(self.api.process.pid)], [1, 1])
        self.assertEqual(threads_of_the_library(self.api.process.pid), 0)
        self.assertEqual({self.api.get("/whoami", tokens.access).status for _ in range(100)}, {200})


if __name__ == "__main__":
    unittest.main()
