"""Contract §1: `redis.prefix` goes before every key, and `redis.hash_tags = "always"` writes the subject {subject}."""
import binascii
import re
import unittest

from harness.acl import Line
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import wait_until


def go_through_everything(case, recant, subject):
    """Each kind of key is written at least once; one session of the subject is left alive."""
    sessions = [recant.open_session(subject) for _ in range(4)]
    newer = recant.refresh(sessions[0])
    case.assert_alive(newer, recant)
    case.assert_empty(recant.logout(newer.access), 204)
    case.assert_dead(newer, "logout", recant)
    case.assertEqual(recant.revoke(token=sessions[1].access).status, 200)
    case.assert_invalid_token(recant.check(sessions[1].access), "revoked: admin")
    case.assertEqual(recant.revoke(session=sessions[2].session).status, 200)
    case.assertEqual(recant.revoke(subject=subject, wait=True).json["tidied"], True)
    case.assert_dead(sessions[3], "admin", recant)
    case.assertEqual(recant.revoke(all=True).status, 200)
    last = recant.open_session(subject)
    case.assert_alive(last, recant)
    return last


def slot(key):
    """Redis Cluster specification, "Hash tags": what stands between the first { and the next }, if anything does."""
    start = key.find("{")
    end = key.find("}", start + 1)
    if start >= 0 and end > start + 1:
        key = key[start + 1:end]
    return binascii.crc_hqx(key.encode(), 0) % 16384


class TwoServersOnOneRedis(RecantTest):
    """Each with a prefix, one of which is the beginning of the other, and one with none."""

    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def setUp(self):
        self.redis = self.start_redis()

    def server(self, prefix):
        return self.start({"redis.prefix": prefix} if prefix else {}, redis=self.redis)

    def keys(self):
        return set(self.redis("KEYS", "*"))

    @staticmethod
    def sessions(server, tokens):
        return server.call("GET", "/v1/sessions", bearer=tokens.access).json["sessions"]

    def test_every_key_begins_with_the_prefix(self):
        go_through_everything(self, self.server("shop:"), "alice")
        self.assertGreater(len(self.keys()), 10)
        self.assertEqual([key for key in self.keys() if not key.startswith("shop:")], [])

    def test_they_do_not_see_one_another(self):
        servers = [self.server(prefix) for prefix in ("", "shop:", "shop:eu:")]
        living = [server.open_session("alice") for server in servers]
        for server in servers:
            others = [(s, t, self.sessions(s, t)) for s, t in zip(servers, living) if s is not server]
            mine = servers.index(server)
            last = go_through_everything(self, server, "alice")
            self.assert_invalid_token(server.check(living[mine].access))
            living[mine] = last
            for other, tokens, sessions in others:
                self.assert_alive(tokens, other)
                self.assertEqual(self.sessions(other, tokens), sessions)
        for server, tokens in zip(servers, living):
            self.assert_alive(server.refresh(tokens), server)

    def test_a_foreign_writer_writes_behind_the_prefix(self):
        recant = self.server("shop:")
        tokens = recant.open_session("alice")
        self.redis("SET", f"blacklist:jti:{tokens.jti}", "1")
        self.assert_alive(tokens, recant)
        self.redis("SET", f"shop:blacklist:jti:{tokens.jti}", "1")
        self.assert_invalid_token(recant.check(tokens.access), "revoked: foreign")


class Tagged(RecantTest):
    settings = {"redis.hash_tags": "always", "redis.prefix": "app:"}
    redis_options = ()

    def test_the_names_are_the_contracts(self):
        tokens = go_through_everything(self, self.recant, "alice")
        keys = set(self.recant.redis("KEYS", "*"))
        self.assertLessEqual({f"app:session:user:{{alice}}:{tokens.session}",
                              "app:sessions:user:{alice}", "app:blacklist:user:{alice}",
                              f"app:refresh_token:{{alice}}{tokens.refresh_id}",
                              "app:recant:reason:user:{alice}", "app:blacklist:all"}, keys)
        self.assertEqual([key for key in keys if "alice" in key and "{alice}" not in key], [])

    def test_what_stands_under_one_tag_shares_a_slot(self):
        recant = self.recant
        odd = "a}b{c:d"
        tokens = go_through_everything(self, recant, odd)
        name = "a%7Db%7Bc%3Ad"
        slots = {key: slot(key) for key in recant.redis("KEYS", f"*{name}*")}
        self.assertIn(f"app:session:user:{{{name}}}:{tokens.session}", slots)
        self.assertEqual(set(slots.values()), {slot(name)}, slots)

    def test_a_foreign_writer_writes_the_tagged_name(self):
        tokens = self.recant.open_session("bob")
        self.recant.redis("SET", "app:blacklist:user:{bob}", "1")
        self.assert_dead(tokens, "foreign")
        tokens = self.recant.open_session("carol")
        self.recant.redis("DEL", f"app:refresh_token:{{carol}}{tokens.refresh_id}")
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", reason="revoked")


class FromOneFormToTheOther(RecantTest):
    """ADR 10: what was revoked under one name stays revoked under the other, and nobody signs in anew."""

    @classmethod
    def setUpClass(cls):
        """Each test has a Redis of its own."""

    def setUp(self):
        self.redis = self.start_redis()
        self.recant = self.start({"redis.prefix": "app:"}, redis=self.redis)

    def change_to(self, form, convert=False):
        self.recant.settings["redis.hash_tags"] = form
        self.recant.flags = ["--convert-keys"] if convert else []

    def restart(self):
        self.recant.process.kill()
        self.recant.start()

    def refused(self):
        """What it says when it ends at start."""
        self.recant.process.kill()
        before = len(self.recant.output())
        self.recant.launch(self.recant.port)
        self.assertEqual(self.recant.process.wait(30), 1)
        return self.recant.output()[before:]

    def test_a_change_is_refused_until_the_keys_are_converted(self):
        recant = self.recant
        alive, dead = recant.open_session("alice"), recant.open_session("bob")
        self.assertEqual(recant.revoke(subject="bob", wait=True).status, 200)
        # A foreign service bars one altogether: nothing of ours would remember that.
        self.redis("SET", "app:blacklist:user:carol", "1", "EX", 10**6)
        for there, back, name in (("always", "auto", "{alice}"), ("auto", "always", "alice")):
            with self.subTest(to=there):
                self.change_to(there)
                said = self.refused()
                self.assertIn("--convert-keys", said)
                self.assertIn(f"Set redis.hash_tags back to {back}", said)
                self.change_to(there, convert=True)
                recant.start()
                self.assert_alive(alive, recant)
                alive = recant.refresh(alive)
                self.assertEqual(self.redis("EXISTS", f"app:session:user:{name}:{alive.session}"), 1)
                self.assert_dead(dead, "admin", recant)
                answer = recant.admin("POST", "/v1/admin/sessions", {"subject": "carol"})
                self.assert_problem(answer, "forbidden")
                # From now on as ever, and the other form is the one that is refused.
                self.change_to(there)
                self.restart()
                self.assert_alive(alive, recant)
                self.change_to(back)
                self.assertIn(f"Set redis.hash_tags back to {there}", self.refused())

    def test_a_conversion_that_was_interrupted_is_ended_first(self):
        self.redis("SET", "app:recant:key_form", "converting:tagged")
        for form in ("auto", "always"):
            self.change_to(form)
            self.assertIn("or that was interrupted", self.refused())
        self.change_to("always", convert=True)
        self.recant.start()
        self.assert_alive(self.recant.open_session("alice"), self.recant)

    def test_what_foreign_services_wrote_before_us_is_converted_too(self):
        redis = self.start_redis()
        redis("SET", "blacklist:user:carol", "1", "EX", 10**6)
        recant = self.start({"redis.hash_tags": "always"}, redis=redis, start=False)
        recant.flags = ["--convert-keys"]
        recant.start()
        self.assertEqual(redis("GET", "blacklist:user:{carol}"), "1")

    def test_a_server_that_was_not_stopped_knows_nothing(self):
        left_running = self.start({"redis.prefix": "app:"}, redis=self.redis)
        tokens = self.recant.open_session("alice")
        alive, dead = left_running.open_session("alice"), left_running.open_session("bob")
        self.assertEqual(self.recant.revoke(subject="bob", wait=True).status, 200)
        self.assert_alive(alive, left_running)
        self.assert_dead(dead, "admin", left_running)
        self.recant.process.kill()
        self.change_to("always", convert=True)
        self.recant.start()
        self.assertEqual(self.redis("GET", "app:recant:policy"),
                         "v=1 strategy=blacklist max_staleness=250 keys=tagged")
        self.assert_problem(left_running.check(alive.access), "unavailable")
        # What it finds still speaks: that its session has ended names no subject.
        self.assert_invalid_token(left_running.check(dead.access), "revoked: admin")
        wait_until(lambda: not left_running.is_ready(), "it has noticed")
        told = left_running.call("GET", "/readyz").json["detail"]
        self.assertIn("The keys of this Redis are spelled with hash tags", told)
        self.assertIn("--convert-keys", told)
        self.assert_alive(tokens, self.recant)
        self.assertEqual(self.recant.call("GET", "/readyz").json, {"status": "ready"})

    def test_a_flush_does_not_make_tagged_keys_plain(self):
        self.recant.process.kill()
        self.redis("FLUSHALL")
        self.change_to("always")
        self.recant.start()
        self.redis("FLUSHALL")
        tokens = self.recant.open_session("alice")  # whoever issues puts the policy back
        self.assertIn(" keys=tagged", self.redis("GET", "app:recant:policy"))
        self.restart()
        self.assert_alive(tokens, self.recant)
        self.change_to("auto")
        self.assertIn("Set redis.hash_tags back to always", self.refused())

    def test_the_policy_of_an_earlier_version_is_given_the_form_without_asking(self):
        redis = self.start_redis()
        redis("SET", "recant:key_form", "tagged")
        for stood in ("v=1 strategy=blacklist", "v=1 strategy=blacklist max_staleness=250"):
            redis("SET", "recant:policy", stood)
            recant = self.start({"redis.hash_tags": "always"}, redis=redis)
            self.assertEqual(redis("GET", "recant:policy"), "v=1 strategy=blacklist max_staleness=250 keys=tagged")
            self.assertEqual(recant.call("GET", "/readyz").json, {"status": "ready"})
            self.assert_alive(recant.open_session("alice"), recant)

    def test_the_rights_that_it_needs_are_named(self):
        redis = self.start_redis(tcp=True)
        Line("recant").grant(redis, "recant", "pw-of-redis")
        url = redis.url.replace("://", "://recant:pw-of-redis@")
        recant = self.start({"redis.url": url, "redis.hash_tags": "always"}, redis=redis, start=False)
        recant.secrets.keep("pw-of-redis")
        recant.flags = ["--convert-keys"]
        recant.launch(free_port())
        self.assertEqual(recant.process.wait(30), 1)
        found = re.search(r"ACL SETUSER recant ([^;]*);", recant.output())
        redis("ACL", "SETUSER", "recant", *found.group(1).split())
        redis("SET", "blacklist:user:carol", "1", "EX", 10**6)
        recant.start()
        self.assertEqual(redis("GET", "blacklist:user:{carol}"), "1")


if __name__ == "__main__":
    unittest.main()
