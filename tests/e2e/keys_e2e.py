"""Keys: rotation by command and by schedule, a key that leaked, refresh secrets, crashes."""
import datetime
import json
import os
import random
import signal
import threading
import time
import unittest

from harness.case import TIME, RecantTest
from harness.jws import verifies
from harness.process import wait_until
from harness.verbs import Tokens

JWKS = "/.well-known/jwks.json"
ROTATE = "/v1/admin/keys/rotate"
MARGIN = 300  # docs/keys.md: five minutes over the last token


def seconds_of(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def text_of(seconds):
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


class KeysTest(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts a recant of its own."""

    def rotate(self, recant, **body):
        answer = recant.admin("POST", ROTATE, body or None)
        self.assert_answer(answer, 200, {"keys", "next_rotation_at", "made", "retired"})
        return answer.json

    def keys(self, recant, kind=None):
        """By kid, as they are listed."""
        answer = recant.admin("GET", "/v1/admin/keys")
        self.assert_answer(answer, 200, {"keys", "next_rotation_at"})
        return {key["kid"]: key for key in answer.json["keys"] if kind in (None, key["kind"])}

    def signing(self, recant, kind="access"):
        found = [k["kid"] for k in self.keys(recant, kind).values() if k["state"] == "signing"]
        self.assertEqual(len(found), 1)
        return found[0]

    def published(self, recant):
        return {key["kid"] for key in recant.call("GET", JWKS).json["keys"]}

    def files(self, recant):
        return sorted(os.listdir(f"{recant.data}/keys"))

    def book(self, recant):
        with open(f"{recant.data}/keys/keys.json") as file:
            return json.load(file)

    def change_book(self, recant, change):
        """While the server is down."""
        book = self.book(recant)
        for entry in book["keys"]:
            change(entry)
        with open(f"{recant.data}/keys/keys.json", "w") as file:
            json.dump(book, file)


class ByCommand(KeysTest):
    def test_published_then_used_then_kept(self):
        recant = self.start()
        old = recant.sign_in()
        old_kid = old.header["kid"]
        before = time.time()
        made = self.rotate(recant, signs_in=3)
        kid, secret = made["made"]
        self.assertEqual(made["retired"], [])
        listed = self.keys(recant)
        self.assertEqual({k: v["state"] for k, v in listed.items() if v["kind"] == "access"},
                         {old_kid: "signing", kid: "published"})
        self.assertEqual({v["kind"] for k, v in listed.items() if k in (kid, secret)},
                         {"access", "refresh"})
        for key in listed.values():
            self.assertEqual(set(key), {"kid", "kind", "alg", "state", "created_at", "signs_from",
                                        "signs_until", "removed_at"})
            self.assertRegex(key["created_at"], TIME)
        self.assertAlmostEqual(seconds_of(listed[kid]["signs_from"]), before + 3, delta=2.5)
        self.assertEqual(listed[old_kid]["signs_until"], listed[kid]["signs_from"])
        # Readers know it, and no token carries it yet.
        self.assertEqual(self.published(recant), {old_kid, kid})
        self.assertEqual(recant.sign_in().header["kid"], old_kid)

        wait_until(lambda: self.signing(recant) == kid, "the new key signs")
        newer = recant.refresh(old)
        self.assertEqual(newer.header["kid"], kid)
        self.assertEqual(self.published(recant), {old_kid, kid})
        for tokens in (old, newer):
            self.assert_alive(tokens, recant)
            self.assertTrue(verifies(tokens.access, recant.call("GET", JWKS).json))
        left = self.keys(recant)[old_kid]
        self.assertEqual(left["state"], "verifying")
        # token.access_ttl is 15 minutes
        self.assertAlmostEqual(seconds_of(left["removed_at"]) - seconds_of(left["signs_until"]),
                               900 + MARGIN, delta=0.01)
        recant.line_with("key.rotated", '"actor":"first"', kid, "published")
        recant.line_with("key.rotated", '"actor":"schedule"', kid, "signing")

        for stop in (recant.terminate, recant.kill):
            stop()
            recant.start()
            self.assertEqual(self.signing(recant), kid)
            for tokens in (old, newer):
                self.assert_alive(tokens, recant)
        self.assert_alive(recant.refresh(newer), recant)

    def test_O27_ten_minutes_unless_said_otherwise(self):
        recant = self.start()
        made = self.rotate(recant)
        key = self.keys(recant)[made["made"][0]]
        ahead = seconds_of(key["signs_from"]) - seconds_of(key["created_at"])
        self.assertAlmostEqual(ahead, 600, delta=0.01)
        age = int(recant.call("GET", JWKS).header("Cache-Control").partition("max-age=")[2])
        self.assertLessEqual(age, ahead / 2)
        again = self.rotate(recant)
        self.assertEqual(again["made"], [])
        self.assertEqual(self.rotate(recant, signs_in=0)["made"], [])
        self.assertEqual(self.signing(recant), made["made"][0])

    def test_nothing_secret_is_told(self):
        recant = self.start({"token.algorithm": "HS256"})
        tokens = recant.sign_in()
        told = (recant.admin("GET", "/v1/admin/keys").body + recant.call("GET", JWKS).body
                + recant.admin("POST", ROTATE).body + json.dumps(self.book(recant)).encode())
        self.assertIn(tokens.header["kid"].encode(), told)
        for name in self.files(recant):
            if name == "keys.json":
                continue
            with open(f"{recant.data}/keys/{name}", "rb") as file:
                secret = file.read().strip()
            recant.secrets.keep(secret.decode())
            self.assertNotIn(secret, told)

    def test_what_cannot_be_is_refused(self):
        recant = self.start()
        before = self.files(recant)
        for body, code in (({"signs_in": -1}, "invalid_request"), ({"now": True}, "invalid_request"),
                           ({"only": "x"}, "invalid_request"), ({"retire": "x"}, "not_found"),
                           ({"retire": "../admin.key"}, "not_found"),
                           ({"retire": "*"}, "not_found")):
            self.assert_problem(recant.admin("POST", ROTATE, body), code)
        self.assert_problem(recant.call("POST", ROTATE), "invalid_token")
        self.assert_problem(recant.admin("GET", ROTATE), "method_not_allowed")
        self.assertEqual(self.files(recant), before)


class AKeyThatLeaked(KeysTest):
    def test_is_believed_by_no_thread_once_the_call_has_returned(self):
        recant = self.start({"server.threads": 4})
        people = [recant.sign_in() for _ in range(3)]
        leaked = people[0].header["kid"]
        answer = self.rotate(recant, retire=leaked)
        self.assertEqual(answer["retired"], [leaked])
        for _ in range(40):  # each on a connection of its own, so on any of the threads
            for tokens in people:
                self.assert_invalid_token(recant.check(tokens.access))
        self.assertNotIn(leaked, self.published(recant))
        self.assertFalse([name for name in self.files(recant) if leaked in name])
        # Their clients are told invalid_token, refresh, and go on.
        newer = [recant.refresh(tokens) for tokens in people]
        for tokens in newer:
            self.assertEqual(tokens.header["kid"], answer["made"][0])
            self.assert_alive(tokens, recant)
        recant.line_with("key.rotated", '"actor":"first"', leaked, "retired")
        self.assertEqual(self.keys(recant)[leaked]["state"], "retired")
        recant.kill()
        recant.start()
        for old, new in zip(people, newer, strict=True):
            self.assert_invalid_token(recant.check(old.access))
            self.assert_alive(new, recant)
        self.assert_problem(recant.admin("POST", ROTATE, {"retire": leaked}), "not_found")

    def test_a_refresh_secret_ends_its_sessions(self):
        recant = self.start()
        old = recant.sign_in()
        leaked = self.signing(recant, "refresh")
        answer = self.rotate(recant, retire=leaked)
        self.assertEqual((answer["retired"], len(answer["made"])), ([leaked], 1))
        self.assert_alive(old, recant)  # until it expires: its key did not leak
        for _ in range(2):
            refused = recant.try_refresh(old.refresh)
            self.assert_problem(refused, "invalid_grant", reason="revoked")
            self.assert_bare_challenge(refused)
            self.assertIn("retired", refused.json["detail"])
            recant.terminate()
            recant.start()
        self.assert_alive(recant.refresh(recant.sign_in()), recant)

    def test_a_successor_whose_secret_is_gone_is_said_to_be_so(self):
        """Two tabs: one refreshed under a secret that has leaked since, the other comes late."""
        recant = self.start({"refresh.grace": "60s"})
        first = recant.sign_in()
        self.rotate(recant, only="refresh", signs_in=0)
        recant.refresh(first)
        self.rotate(recant, retire=self.signing(recant, "refresh"))
        refused = recant.try_refresh(first.refresh)
        self.assert_problem(refused, "invalid_grant", reason="revoked")

    def test_all_of_them(self):
        recant = self.start()
        self.rotate(recant, signs_in=0)
        old = recant.sign_in()
        answer = self.rotate(recant, retire="all")
        self.assertEqual((len(answer["retired"]), len(answer["made"])), (4, 2))
        self.assert_invalid_token(recant.check(old.access))
        self.assert_problem(recant.try_refresh(old.refresh), "invalid_grant", reason="revoked")
        self.assertEqual(self.published(recant), {answer["made"][0]})
        self.assert_alive(recant.sign_in(), recant)


class RefreshSecrets(KeysTest):
    def test_a_session_goes_over_to_the_new_one_and_the_old_one_opens(self):
        recant = self.start({"refresh.grace": "60s"})
        first = recant.sign_in()
        before = self.signing(recant, "refresh")
        record = f"session:user:{first.user_id}:{first.session}"
        self.assertEqual(recant.redis("HGET", record, "k"), before)
        secret, = self.rotate(recant, only="refresh", signs_in=0)["made"]
        second = recant.refresh(first)
        self.assertEqual(recant.redis("HGET", record, "k"), secret)
        # The tab that comes late gets the very same successor.
        self.assertEqual(recant.refresh(first).refresh, second.refresh)
        self.assert_alive(recant.refresh(second), recant)
        kept = self.keys(recant)[before]
        self.assertAlmostEqual(seconds_of(kept["removed_at"]) - seconds_of(kept["signs_until"]),
                               90 * 86400 + MARGIN, delta=0.01)

    def test_reuse_is_still_seen_after_a_rotation(self):
        recant = self.start({"refresh.grace": "0s"})
        stolen = recant.sign_in()
        self.rotate(recant, only="refresh", signs_in=0)
        current = recant.refresh(stolen)
        self.assert_problem(recant.try_refresh(stolen.refresh), "invalid_grant", reason="reused")
        self.assert_dead(current, "reused", recant)


class HowLongKeysAreKept(KeysTest):
    def test_by_what_was_issued_and_not_by_todays_settings(self):
        recant = self.start({"token.access_ttl": "2h", "refresh.absolute_ttl": "100d"})
        tokens = recant.sign_in()
        kid, secret = tokens.header["kid"], self.signing(recant, "refresh")
        recant.terminate()
        recant.settings |= {"token.access_ttl": "1m", "refresh.absolute_ttl": "20d"}
        recant.start()
        self.rotate(recant, signs_in=0)
        for _ in range(2):
            listed = self.keys(recant)
            for key, life in ((kid, 2 * 3600), (secret, 100 * 86400)):
                kept = seconds_of(listed[key]["removed_at"]) - seconds_of(listed[key]["signs_until"])
                self.assertAlmostEqual(kept, life + MARGIN, delta=0.01)
            self.assert_alive(tokens, recant)
            recant.kill()
            recant.start()

    def test_then_they_go_with_their_files(self):
        recant = self.start()
        old = recant.sign_in()
        kid = old.header["kid"]
        self.rotate(recant, signs_in=0)
        recant.terminate()
        # As if the time had passed: soon, and while it serves.
        end = time.time() + 4

        def soon(entry):
            if entry["kid"] == kid:
                entry["removed_at"] = text_of(end)
        self.change_book(recant, soon)
        recant.start()
        self.assertIn(kid, self.published(recant))
        self.assertTrue([name for name in self.files(recant) if kid in name])
        self.assert_alive(old, recant)
        wait_until(lambda: kid not in self.published(recant), "the old key is gone")
        self.assertGreaterEqual(time.time(), end)
        self.assert_invalid_token(recant.check(old.access))
        wait_until(lambda: not [name for name in self.files(recant) if kid in name],
                   "its file is gone")
        recant.line_with("key.rotated", '"actor":"schedule"', kid, "removed")
        self.assertNotIn(kid, self.keys(recant))


class BySchedule(KeysTest):
    def test_one_that_came_due_while_the_server_was_down(self):
        recant = self.start({"keys.rotate_every": "30d"})
        old = recant.sign_in()
        kid = old.header["kid"]
        listed = recant.admin("GET", "/v1/admin/keys").json
        begun = seconds_of(self.keys(recant)[kid]["signs_from"])
        self.assertAlmostEqual(seconds_of(listed["next_rotation_at"]), begun + 30 * 86400, delta=0.01)
        recant.terminate()
        self.change_book(recant, lambda entry: entry.update(signs_from=text_of(begun - 40 * 86400)))
        recant.start()
        fresh = {k: v for k, v in self.keys(recant).items() if v["state"] == "published"}
        self.assertEqual({key["kind"] for key in fresh.values()}, {"access", "refresh"})
        for key in fresh.values():  # published before it is used, however late it is
            ahead = seconds_of(key["signs_from"]) - seconds_of(key["created_at"])
            self.assertAlmostEqual(ahead, 600, delta=0.01)
        recant.line_with("key.rotated", '"actor":"start"', "published")
        self.assertEqual(recant.refresh(old).header["kid"], kid)
        # Nearly due: it happens while the server serves, to the second.
        recant.terminate()
        now = time.time()
        self.change_book(recant, lambda entry: entry.update(signs_from=text_of(now + 4))
                         if entry["kid"] in fresh else None)
        recant.start()
        wait_until(lambda: self.signing(recant) in fresh, "the scheduled key signs")
        self.assertGreaterEqual(time.time(), now + 4)
        self.assert_alive(old, recant)

    def test_it_publishes_while_the_server_runs(self):
        recant = self.start({"keys.rotate_every": "1d"})
        kid = recant.sign_in().header["kid"]
        recant.terminate()
        due = time.time() + 604  # ten minutes and a bit
        self.change_book(recant, lambda entry: entry.update(signs_from=text_of(due - 86400)))
        recant.start()
        self.assertEqual(self.published(recant), {kid})
        wait_until(lambda: len(self.published(recant)) == 2, "the next key is published")
        fresh, = [k for k in self.keys(recant, "access").values() if k["state"] == "published"]
        self.assertGreaterEqual(seconds_of(fresh["signs_from"]), due - 0.001)
        ahead = seconds_of(fresh["signs_from"]) - seconds_of(fresh["created_at"])
        self.assertAlmostEqual(ahead, 600, delta=0.01)


class UnderLoad(KeysTest):
    """Clients that refresh and check without a pause, a reader of the published set, and rotations."""

    def setUp(self):
        self.recant = self.start({"server.threads": 4})
        self.stop = threading.Event()
        self.wrong = []
        self.rounds = []  # the kid of each token, in the order in which they came
        self.seen = set()

    def session(self):
        """A few rounds of one session: it has 32 live tokens at most."""
        tokens = self.recant.open_session(f"user{random.random()}")
        for _ in range(8):
            answer = self.recant.try_refresh(tokens.refresh)
            if answer.status != 200:
                return self.wrong.append(answer)
            tokens = Tokens(answer)
            check = self.recant.check(tokens.access)
            if check.status != 200:
                return self.wrong.append(check)
            self.seen.add(tokens.header["kid"])
            self.rounds.append(tokens.header["kid"])
        return None

    def read(self):
        """A key that some token carried before the set was asked for stands in it."""
        carried = set(self.seen)
        missing = carried - self.published(self.recant)
        if missing:
            self.wrong.append(f"the published set lacks {missing}")

    def until_stopped(self, work):
        try:
            while not self.stop.is_set() and not self.wrong:
                work()
        except Exception as error:  # else it would end this thread and nothing more
            self.wrong.append(error)

    def test_nobody_is_refused_and_the_published_set_is_never_behind(self):
        workers = [threading.Thread(target=self.until_stopped, args=(work,))
                   for work in [self.session] * 6 + [self.read] * 2]
        for worker in workers:
            worker.start()
        made = []
        try:
            for signs_in in (0, 1, 0, 1, 0):
                made += self.rotate(self.recant, signs_in=signs_in)["made"][:1]
                wait_until(lambda: self.wrong or self.signing(self.recant) == made[-1],
                           "the new key signs")
                before = len(self.rounds)
                wait_until(lambda: self.wrong or len(self.rounds) > before + 60, "clients go on", 60)
        finally:
            self.stop.set()
            for worker in workers:
                worker.join()
        self.assertEqual(self.wrong, [])
        self.assertEqual(len(made), 5)
        self.assertLessEqual(set(made), set(self.rounds))


class Crashes(KeysTest):
    def test_at_any_moment_of_many_rotations(self):
        recant = self.start()
        tokens = recant.sign_in()
        chance = random.Random(7)
        for _ in range(8):
            stop = threading.Event()

            def turn():
                while not stop.is_set():
                    try:
                        recant.admin("POST", ROTATE, {"signs_in": 0})
                    except OSError:
                        return
            worker = threading.Thread(target=turn)
            worker.start()
            time.sleep(chance.uniform(0.05, 0.3))
            newest = recant.refresh(tokens)
            recant.kill()
            stop.set()
            worker.join()
            recant.start()
            # Both were signed before the crash, by whichever keys.
            self.assert_alive(tokens, recant)
            self.assert_alive(newest, recant)
            tokens = recant.refresh(newest)
            self.assert_alive(tokens, recant)
        listed = self.keys(recant)
        named = [name for name in self.files(recant) if name != "keys.json"]
        self.assertEqual(len(named), len(listed))
        for name in named:
            self.assertTrue(any(kid in name for kid in listed), name)
        self.assertNotIn("left alone", recant.output())


class HangUp(KeysTest):
    def test_without_files_to_read_again_it_is_a_line_in_the_log(self):
        recant = self.start()
        recant.process.signal(signal.SIGHUP)
        recant.line_with("SIGHUP", "no certificate and no key file")
        self.assert_alive(recant.sign_in(), recant)
        self.assertEqual(recant.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
