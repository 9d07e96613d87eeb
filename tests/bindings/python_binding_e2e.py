"""bindings/python as it is installed, against a real recant and a real Redis: verdicts, options, log."""
import copy
import gc
import logging
import pathlib
import pickle
import re
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone

from harness.document import rows_below
from harness.issuer import HmacIssuer
from harness.process import wait_until
from python_case import PythonTest, Verdict, package
from python_package import options_for, threads_of_the_library


class Verdicts(PythonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.judge = package.Verifier(**options_for(cls.recant))
        cls.addClassCleanup(cls.judge.close)
        wait_until(lambda: cls.judge.ready, "the verifier is ready")

    def test_a_good_token_says_whose_it_is(self):
        tokens = self.recant.sign_in(scope="orders:read profile")
        checked = self.judge.check(tokens.access)
        self.assert_judged(checked, Verdict.VALID, "")
        self.assertEqual((checked.subject, checked.session, checked.scope, checked.client_id, checked.issuer),
                         (tokens.user_id, tokens.session, "orders:read profile", tokens.claims["client_id"], ""))
        self.assertEqual(checked.expires_at, datetime.fromtimestamp(tokens.claims["exp"], timezone.utc))
        self.assertTrue(checked.has_scope("profile") and checked.has_scope("orders:read"))
        self.assertFalse(any(map(checked.has_scope, ("", "orders", "orders:read profile", "profile\0", "é", "\udc80"))))
        self.assertTrue(checked.has_audience("api"))
        self.assertFalse(any(map(checked.has_audience, ("", "ap", "api\0", "\ud800"))))

    def test_what_never_was_a_good_token_is_invalid(self):
        good = self.recant.sign_in().access
        for token in (good[:-4] + "AAAA", good + "é", "é" + good, good.replace(".", "\0", 1), "", "a.b.c",
                      "\udc80\ud800"):
            with self.subTest(token=token):
                checked = self.judge.check(token)
                self.assert_judged(checked, Verdict.INVALID, "not_signed_by_us")
                self.assertEqual((checked.subject, checked.session, checked.expires_at), ("", "", None))
                self.assertIsNone(self.judge.check_cached(token))

    def test_a_token_for_others_is_invalid(self):
        tokens = self.recant.sign_in()
        self.assert_judged(self.verifier(audience=["x", "y"]).check(tokens.access), Verdict.INVALID, "wrong_audience")
        self.assert_judged(self.verifier(audience=["x", "api"]).check(tokens.access), Verdict.VALID)

    def test_a_revoked_token_says_whose_it_was(self):
        tokens = self.recant.sign_in()
        self.assert_judged(self.judge.check(tokens.access), Verdict.VALID)
        self.recant.revoke(session=tokens.session)
        wait_until(lambda: not self.judge.check(tokens.access), "the revocation is known here")
        checked = self.judge.check(tokens.access)
        self.assert_judged(checked, Verdict.REVOKED, "session")
        self.assertEqual((checked.subject, checked.session), (tokens.user_id, tokens.session))
        self.assertIsNone(self.judge.check_cached(tokens.access))

    def test_what_was_checked_is_remembered(self):
        token = self.recant.sign_in().access
        self.assertIsNone(self.judge.check_cached(token))
        checked = self.judge.check(token)
        self.assertEqual(self.judge.check_cached(token).session, checked.session)
        self.assertIs(self.judge.check(token, deadline=0).verdict, Verdict.VALID)

    def test_a_token_is_str_or_bytes(self):
        token = self.recant.sign_in().access
        self.assertTrue(self.judge.check(token.encode()))
        self.assertTrue(self.judge.check_cached(token.encode()))
        for wrong in (None, bytearray(b"x"), 7):
            for call in (self.judge.check, self.judge.check_cached):
                with self.assertRaisesRegex(TypeError, "^token is "):
                    call(wrong)

    def test_a_deadline_is_seconds_or_a_timedelta(self):
        token = self.recant.sign_in().access
        self.assertTrue(self.judge.check(token, 1))
        for deadline in (0.25, timedelta(seconds=1), float("inf"), 1e30, 0, -3.5, timedelta(days=-1), float("nan")):
            self.assertTrue(self.judge.check(token, deadline), deadline)
        with self.assertRaisesRegex(TypeError, "^deadline is str"):
            self.judge.check(token, deadline="250ms")

    def test_an_answer_is_immutable_and_outlives_the_verifier(self):
        tokens = self.recant.sign_in()
        verifier = self.verifier()
        checked = verifier.check(tokens.access)
        verifier.check("another")
        verifier.close()
        self.assert_judged(checked, Verdict.VALID)
        self.assertEqual((checked.subject, checked.session), (tokens.user_id, tokens.session))
        for name in ("verdict", "subject", "anything"):
            with self.assertRaises(AttributeError):
                setattr(checked, name, "x")
        for take in (copy.copy, copy.deepcopy, pickle.dumps):
            with self.assertRaisesRegex(TypeError, "copied"):
                take(checked)
        with self.assertRaisesRegex(TypeError, "belongs to its process"):
            pickle.dumps(self.judge)

    def test_an_answer_is_freed_with_its_object(self):
        token = self.recant.sign_in().access
        self.judge.check(token)
        before = resident_kib()
        for _ in range(60_000):  # of some 300 bytes and more
            self.judge.check_cached(token)
        self.assertLess(resident_kib() - before, 8_000)

    def test_tokens_of_another_issuer(self):
        shop = self.ends(HmacIssuer("shop"))
        verifier = self.verifier(issuers=[{
            "name": "shop", "iss": shop.iss, "audience": ["api"], "algorithms": ["HS256"], "profile": "jwt",
            "secret_file": pathlib.Path(shop.table["secret_file"]), "max_ttl": timedelta(hours=2), "sid_claim": None}])
        checked = verifier.check(shop.token(sub="42"))
        self.assert_judged(checked, Verdict.VALID)
        self.assertEqual((checked.subject, checked.session, checked.issuer), ("shop/42", "", "shop"))
        now = int(time.time())
        self.assert_judged(verifier.check(shop.token(iat=now - 120, exp=now - 60)), Verdict.INVALID, "expired")
        self.assert_judged(verifier.check(shop.token(life=3 * 3600)), Verdict.INVALID, "too_long_lived")

    def test_what_cannot_be_known_is_unavailable(self):
        redis, recant, verifier = self.with_a_redis_of_its_own()
        tokens = recant.sign_in()
        redis.kill()
        checked = verifier.check(tokens.access, deadline=5)
        self.assert_judged(checked, Verdict.UNAVAILABLE)
        self.assertIn("Redis", checked.reason)
        self.assertFalse(verifier.ready)
        wait_until(lambda: redis.directory in verifier.why_not_ready, "it is said which Redis is not there")
        redis.start()
        wait_until(lambda: verifier.ready and verifier.why_not_ready == "", "Redis is there again")

    def test_past_the_deadline_nothing_is_known(self):
        redis, recant, verifier = self.with_a_redis_of_its_own(redis_timeout="10s")
        tokens = recant.sign_in()
        redis.process.pause()
        self.addCleanup(redis.process.go_on)
        for deadline in (0.05, timedelta(milliseconds=50), 0):
            checked = verifier.check(tokens.access, deadline)
            self.assert_judged(checked, Verdict.UNAVAILABLE, "no answer within the deadline")


class OptionsOfAVerifier(PythonTest):
    def make(self, **more):
        verifier = package.Verifier(**options_for(self.recant, **more))
        self.addCleanup(verifier.close)
        return verifier

    def refuses(self, error, sentence, **more):
        with self.assertRaisesRegex(error, sentence):
            self.make(**more)

    def test_what_is_wrong_is_said_in_the_words_of_the_library(self):
        self.refuses(package.OptionError, r"^redis_url is empty: give that of the server's Redis\.$", redis_url=None)
        self.refuses(package.OptionError, "^audience is empty: ", audience=[])
        self.refuses(package.OptionError, "give exactly one of jwks_url, jwks_file", jwks_url=None)
        self.refuses(package.OptionError, "^redis_timeout ", redis_timeout="1ms")
        self.refuses(package.OptionError, "^redis_timeout takes a duration such as 250ms", redis_timeout="soon")
        self.refuses(package.OptionError, r"^There is no option redis_ulr\.$", redis_ulr="x")
        self.refuses(package.OptionError, r"^There is no option issuer\.url\.$", issuers=[{"name": "x", "url": "y"}])
        self.refuses(package.OptionError, "^name of an issuer must be ", issuers=[{"name": "X Y"}])
        self.refuses(package.OptionError, "secret_file", issuers=[
            {"name": "x", "iss": "y", "audience": ["api"], "algorithms": ["HS256"], "secret_file": "/nonexistent"}])
        self.assertTrue(issubclass(package.OptionError, ValueError))

    def test_a_value_of_another_type_is_told_by_its_name(self):
        for name, wrong, where in (
                ("redis_url", b"redis://x", ""), ("audience", "api", ""), ("audience", ["api", 7], r"\[1\]"),
                ("algorithms", {"RS256"}, ""), ("redis_hash_tags", "true", ""), ("redis_hash_tags", 1, ""),
                ("redis_timeout", 0.25, ""), ("leeway", 30, ""), ("cache_entries", "9", ""), ("cache_entries", True, ""),
                ("jwks_file", 7, ""), ("log", "print", ""), ("issuers", {"name": "x"}, ""), ("issuers", ["x"], r"\[0\]"),
                ("issuers", [{"name": "x"}, {"audience": "api"}], r"\[1\]\.audience")):
            with self.subTest(name, wrong=wrong):
                self.refuses(TypeError, f"^{name}{where} is ", **{name: wrong})

    def test_what_c_would_cut_is_refused(self):
        self.refuses(package.OptionError, "^issuer holds a zero character", issuer="recant\0x")
        self.refuses(package.OptionError, r"^audience\[1\] holds|^audience holds", audience=["api", "x\0"])
        self.refuses(package.OptionError, "^max_staleness takes whole milliseconds",
                     max_staleness=timedelta(microseconds=1))

    def test_each_option_of_the_page_is_one_here_and_is_taken(self):
        of_page = {word for row in rows_below("library.md", "## Options") for word in re.findall(r"`(\w+)`", row[0])}
        self.assertEqual(set(package.Options.__annotations__), of_page)
        taken = {
            "redis_prefix": "x:", "redis_hash_tags": True, "redis_timeout": timedelta(seconds=1), "algorithms": ("ES256",),
            "leeway": "10s", "issuers": [], "jwks_refresh": timedelta(minutes=1), "jwks_max_age": "2d",
            "jwks_in_the_clear": False, "max_staleness": timedelta(milliseconds=100), "cache_entries": 0,
            "jwks_ca": pathlib.Path("/nonexistent"), "log": lambda level, line: None}
        for name, value in taken.items():
            with self.subTest(name):
                self.make(**{name: value})
        self.refuses(package.OptionError, "^jwks_file ", jwks_url=None, jwks_file="/nonexistent")
        for name in ("redis_ca", "redis_cert", "redis_key"):
            self.refuses(package.OptionError, "are for rediss:// alone", **{name: "/nonexistent"})

    def test_durations_mean_what_they_say(self):
        for value in ("9ms", timedelta(milliseconds=9), timedelta(seconds=10.001), "10001ms"):
            self.refuses(package.OptionError, "^redis_timeout ", redis_timeout=value)
        for value in ("10ms", timedelta(milliseconds=10), timedelta(seconds=10)):
            self.make(redis_timeout=value)

    def test_no_secret_is_shown(self):
        url = "redis://api:hunter2@127.0.0.1:1"
        for more in ({"redis_url": url + "/x"}, {"redis_url": url, "audience": "api"}, {"redis_url": url, "audience": []},
                     {"redis_url": [url]}, {"redis_url": url + "\0"}):
            with self.assertRaises((TypeError, ValueError)) as caught:
                self.make(**more)
            self.assertNotIn("hunter2", str(caught.exception))
        lines = []
        verifier = self.make(redis_url=url, log=lambda level, line: lines.append(line))
        wait_until(lambda: any("Redis" in line for line in lines), "it is said that Redis is not there")
        self.assertNotIn("hunter2", repr(verifier) + str(vars(type(verifier))) + verifier.why_not_ready + "".join(lines))


class Log(PythonTest):
    def test_lines_come_with_the_levels_of_logging(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        with self.assertLogs("recant", logging.INFO) as told:
            verifier = self.verifier(recant, log=logging.getLogger("recant").log)
            redis.kill()
            wait_until(lambda: any(r.levelno == logging.WARNING for r in told.records), "the loss of Redis is told")
            verifier.close()
        up, down, *_ = told.records
        self.assertEqual((up.levelno, up.getMessage()), (logging.INFO, f"Redis {redis.url[7:]} is there."))
        self.assertIn("is not there", down.getMessage())

    def test_what_the_log_raises_is_dropped(self):
        for wrong in (ValueError, SystemExit, KeyboardInterrupt):
            told = []

            def log(level, line):
                told.append(line)
                raise wrong("from the log")
            verifier = self.verifier(log=log)
            self.assertTrue(verifier.check(self.recant.sign_in().access))
            self.assertTrue(told)

    def test_the_log_is_kept_as_long_as_the_verifier(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        told = []
        verifier = self.verifier(recant, log=lambda level, line: told.append(line))
        gc.collect()
        del told[:]
        redis.kill()
        wait_until(lambda: told, "the loss of Redis is told")
        verifier.close()
        del told[:]
        redis.start()
        time.sleep(0.1)
        self.assertEqual(told, [])

    def test_a_verifier_closed_in_its_log_ends_and_does_not_wait_for_itself(self):
        before = threads_of_the_library()
        verifier = None
        closed = threading.Event()

        def log(level, line):
            go_on.wait(20)
            verifier.close()
            closed.set()
        go_on = threading.Event()
        verifier = self.verifier(ready=False, log=log)
        go_on.set()
        self.assertTrue(closed.wait(20))
        wait_until(lambda: threads_of_the_library() == before, "its thread has ended")
        self.assert_judged(verifier.check("x"), Verdict.UNAVAILABLE)

    def test_a_log_that_holds_its_verifier_does_not_keep_it_for_ever(self):
        before = threads_of_the_library()

        class Service:
            def __init__(self, options):
                self.verifier = package.Verifier(**options, log=self.log)

            def log(self, level, line):
                pass
        service = Service(options_for(self.recant))
        wait_until(lambda: service.verifier.ready, "it is ready")
        wait_until(lambda: threads_of_the_library() == before + 1, "its thread has begun")
        del service
        gc.collect()
        wait_until(lambda: threads_of_the_library() == before, "its thread has ended")


def resident_kib():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1])


if __name__ == "__main__":
    unittest.main()
