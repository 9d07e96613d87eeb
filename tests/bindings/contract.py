"""What every API must do that librecant protects, whatever it is written in.

All take what they need from the environment: PORT, REDIS_URL, ISSUER, AUDIENCE and JWKS_URL. They answer
    GET /whoami   200 {"subject": …, "session": …}
    GET /orders   200 to whoever has the scope orders:read, else 403
and to whoever is not let in 401 or 503, by RFC 6750.
"""
import json
import os
import shutil
import tempfile
import threading
import time

from harness import http
from harness.bound import BOUND
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import Process, wait_until

PREFIX = os.environ["RECANT_PREFIX"]
INVALID = 'Bearer error="invalid_token"'


def library_folder():
    """Where librecant.so was installed."""
    found = [folder for folder, _, names in os.walk(PREFIX) if "librecant.so" in names]
    folder, = found
    return folder


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:600]!r}"


class Api:
    """One that serves from construction to end(), by `command`; its log is its own."""

    def __init__(self, command, recant, redis_url, cwd=None, ready="/whoami", **environment):
        self.home = tempfile.mkdtemp(prefix="recant-api-")
        self.port = free_port()
        self._ready = ready
        self.environment = os.environ | {
            "PORT": str(self.port), "REDIS_URL": redis_url, "ISSUER": "recant", "AUDIENCE": "api",
            "JWKS_URL": f"http://127.0.0.1:{recant.port}/.well-known/jwks.json"} | environment
        self.process = Process(command, os.path.join(self.home, "log"), self.environment, cwd=cwd or self.home)
        try:
            wait_until(lambda: self.process.ended() or self._answers(), "the API answers", 60)
            assert not self.process.ended(), "the API ended at start:\n" + self.output()
        except BaseException:
            self.end()
            raise

    def output(self):
        return self.process.output()

    def get(self, path, bearer=None, headers=()):
        sent = list(headers)
        if bearer is not None:
            sent.append(("Authorization", f"Bearer {bearer}"))
        connection = http.client(self.port)
        try:
            connection.putrequest("GET", path)
            for name, value in sent:
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def end(self):
        try:
            self.process.end()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def _answers(self):
        try:
            self.get(self._ready)
            return True
        except OSError:
            return False


class Contract:
    """Mixed into a RecantTest; `start_api` says how the API is started: start_api(cls, recant, **environment) -> Api."""
    redis_options = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.ends(cls.start_api(cls.recant))

    def lets_in(self, tokens, api=None):
        """Once its keys and Redis are there."""
        api = api or self.api
        wait_until(lambda: api.get("/whoami", tokens.access).status == 200, "the API lets a good token in")

    def assert_challenged(self, answer, status, challenge):
        self.assertEqual((answer.status, answer.header("WWW-Authenticate")), (status, challenge), answer)

    def test_200_and_after_a_revocation_elsewhere_401_within_the_bound(self):
        for _ in range(10):
            tokens = self.recant.sign_in()
            self.lets_in(tokens)
            answer = self.api.get("/whoami", tokens.access)
            self.assertEqual(answer.json, {"subject": tokens.user_id, "session": tokens.session})
            self.assertEqual(self.recant.revoke(session=tokens.session).status, 200)
            self.assert_refused_within_the_bound(tokens, time.monotonic())

    def assert_refused_within_the_bound(self, tokens, acknowledged):
        while True:
            began = time.monotonic()
            answer = self.api.get("/whoami", tokens.access)
            if answer.status != 200:
                break
            self.assertLess(began - acknowledged, BOUND)
        self.assert_challenged(answer, 401, INVALID)

    def test_401_within_the_bound_of_what_another_hand_writes_into_Redis(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        self.recant.redis("SET", f"blacklist:jti:{tokens.jti}", "1", "EX", 900)  # waits out the bound
        self.assert_challenged(self.api.get("/whoami", tokens.access), 401, INVALID)

    def test_whoever_brings_nothing_is_challenged_and_told_of_no_error(self):
        self.assert_challenged(self.api.get("/whoami"), 401, "Bearer")
        self.assert_challenged(self.api.get("/whoami", headers=[("Authorization", "Basic dTpw")]), 401, "Bearer")

    def test_a_scheme_with_no_token_behind_it_is_no_better_than_a_bad_token(self):
        self.lets_in(self.recant.sign_in())  # without keys nothing can be said of it
        self.assert_challenged(self.api.get("/whoami", headers=[("Authorization", "Bearer")]), 401, INVALID)

    def test_what_never_was_a_token_is_refused(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)  # without keys nothing can be said of some of these
        good = tokens.access
        for bad in ("x", "a.b.c", good[:-4] + "AAAA", good + "=", "x" * 9000):
            self.assert_challenged(self.api.get("/whoami", bad), 401, INVALID)
        head, body, _ = good.split(".")
        self.assert_challenged(self.api.get("/whoami", f"{head}.{body}."), 401, INVALID)

    def test_two_credentials_are_one_too_many(self):
        """RFC 6750 §2: no more than one method, and nobody knows which of two counts."""
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        bearer = ("Authorization", f"Bearer {tokens.access}")
        for second in (bearer, ("Authorization", "Bearer x"), ("authorization", "Basic dTpw")):
            for pair in ((bearer, second), (second, bearer)):
                answer = self.api.get("/whoami", headers=pair)
                self.assertIn(answer.status, (400, 401), answer)

    def test_the_name_of_the_scheme_is_written_as_anybody_likes(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        for scheme in ("bearer", "BEARER"):
            answer = self.api.get("/whoami", headers=[("Authorization", f"{scheme} {tokens.access}")])
            self.assertEqual(answer.status, 200, answer)

    def test_a_token_for_another_audience_is_refused(self):
        other = self.start_api(self.recant, AUDIENCE="another")
        self.addCleanup(other.end)
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        # Until the keys are there nothing can be said of it.
        wait_until(lambda: other.get("/whoami", tokens.access).status != 503, "the other API has its keys")
        self.assert_challenged(other.get("/whoami", tokens.access), 401, INVALID)

    def test_a_scope_is_asked_for_where_one_is_needed(self):
        without = self.recant.sign_in()
        having = self.recant.sign_in(scope="orders:read profile")
        self.lets_in(without)
        self.assert_challenged(self.api.get("/orders", without.access), 403,
                               'Bearer error="insufficient_scope", scope="orders:read"')
        self.lets_in(having)
        self.assertEqual(self.api.get("/orders", having.access).status, 200)

    def test_each_of_many_at_once_is_told_of_himself(self):
        people = [self.recant.open_session(f"person-{n}") for n in range(20)]
        self.lets_in(people[0])
        wrong = []

        def ask(tokens):
            for _ in range(25):
                answer = self.api.get("/whoami", tokens.access)
                if answer.status != 200 or answer.json["session"] != tokens.session:
                    wrong.append(answer)
        threads = [threading.Thread(target=ask, args=(tokens,)) for tokens in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_without_redis_503_and_with_it_200_again(self):
        redis = self.start_redis(tcp=True, persistent=True)
        recant = self.start(redis=redis)
        api = self.start_api(recant)
        self.addCleanup(api.end)
        tokens = recant.sign_in()
        self.lets_in(tokens, api)
        redis.kill()
        time.sleep(BOUND)
        answer = api.get("/whoami", tokens.access)
        self.assertEqual(answer.status, 503, answer)
        self.assertGreaterEqual(int(answer.header("Retry-After")), 1)
        redis.start()
        self.lets_in(tokens, api)

    def test_nothing_of_a_check_passes_through_the_server(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        api = self.start_api(recant)
        self.addCleanup(api.end)
        seen, unseen = recant.sign_in(), recant.sign_in()
        self.lets_in(seen, api)
        recant.kill()
        self.assertEqual(api.get("/whoami", seen.access).status, 200)
        self.assertEqual(api.get("/whoami", unseen.access).status, 200)

    def test_no_token_is_logged(self):
        tokens = self.recant.sign_in()
        self.lets_in(tokens)
        self.api.get("/whoami", tokens.access[:-4] + "AAAA")
        self.assertNotIn(tokens.access.split(".")[2][:20], self.api.output())
