"""Contract §1: what stands in Redis after each act, as any other service would find it."""
import time
import unittest

from harness.case import RecantTest
from harness.process import wait_until

MARGIN = 5 * 60
IDLE = 14 * 86400
ABSOLUTE = 90 * 86400
ACCESS = 15 * 60


class KeysTest(RecantTest):
    redis_options = ()

    def keys(self, pattern="*"):
        return set(self.recant.redis("KEYS", pattern))

    def record(self, tokens):
        return f"session:user:{tokens.user_id}:{tokens.session}"

    def assert_tracks_of_a_live_session(self, tokens):
        redis = self.recant.redis
        self.assertEqual(redis("GET", f"refresh_token:{tokens.refresh_id}"), tokens.user_id)
        self.assert_lives_for(f"refresh_token:{tokens.refresh_id}", IDLE)
        self.assertEqual(redis("HGET", self.record(tokens), "v"), "1")
        self.assert_lives_for(self.record(tokens), IDLE)
        score = redis("ZSCORE", f"sessions:user:{tokens.user_id}", tokens.session)
        self.assertAlmostEqual(float(score), (time.time() + IDLE) * 1000, delta=15_000)

    def assert_no_track_of_a_session(self, tokens):
        redis = self.recant.redis
        self.assertEqual(redis("EXISTS", f"refresh_token:{tokens.refresh_id}"), 0)
        self.assertEqual(redis("EXISTS", self.record(tokens)), 0)
        index = f"sessions:user:{tokens.user_id}"
        self.assertIsNone(redis("ZSCORE", index, tokens.session))

    def assert_entry(self, key, seconds, value="1"):
        self.assertEqual(self.recant.redis("GET", key), value)
        self.assert_lives_for(key, seconds)

    def assert_watermark(self, key):
        value = self.recant.redis("GET", key)
        self.assertRegex(value, r"^\d{13}$")
        # at most a second ahead: the clock difference allowed between primaries (design §6)
        self.assertAlmostEqual(int(value), time.time() * 1000, delta=5_000)
        return int(value)


class AfterEachAct(KeysTest):
    def test_login(self):
        before = self.keys()
        tokens = self.recant.open_session("keys-login")
        self.assert_tracks_of_a_live_session(tokens)
        made = {key for key in self.keys() - before if not key.startswith("recant:")}
        self.assertEqual(made, {f"refresh_token:{tokens.refresh_id}", self.record(tokens),
                                "sessions:user:keys-login"})
        self.assertEqual(len(tokens.refresh_id), 43)
        self.assert_lives_for("sessions:user:keys-login", IDLE)

    def test_refresh(self):
        first = self.recant.sign_in()
        second = self.recant.refresh(first)
        self.assert_tracks_of_a_live_session(second)
        self.assertEqual(self.recant.redis("EXISTS", f"refresh_token:{first.refresh_id}"), 0)
        self.assertEqual(self.keys(f"blacklist:*{first.jti}*"), set())

    def test_logout(self):
        first = self.recant.sign_in()
        second = self.recant.refresh(first)
        self.recant.logout(second.access)
        for tokens in (first, second):
            self.assert_no_track_of_a_session(tokens)
            self.assert_entry(f"blacklist:jti:{tokens.jti}", ACCESS + MARGIN)
        self.assert_entry(f"blacklist:session:{first.session}", ACCESS + MARGIN)
        for name in (f"jti:{first.jti}", f"session:{first.session}"):
            key = f"recant:reason:{name}"
            self.assert_entry(key, ACCESS + MARGIN, "logout")

    def test_revoking_a_token(self):
        tokens = self.recant.sign_in()
        self.recant.revoke(token=tokens.access, reason="lost")
        self.assert_entry(f"blacklist:jti:{tokens.jti}", ACCESS + MARGIN)
        self.assert_entry(f"recant:reason:jti:{tokens.jti}", ACCESS + MARGIN, "lost")

    def test_revoking_a_foreign_jti(self):
        exp = int(time.time()) + 4000
        self.recant.revoke(jti="a:b c%{d}", exp=exp)
        self.assert_entry("blacklist:jti:a%3Ab%20c%25%7Bd%7D", 4000 + MARGIN)

    def test_a_later_revocation_never_shortens_an_earlier_one(self):
        now = int(time.time())
        self.recant.revoke(jti="twice", exp=now + 4000)
        self.recant.revoke(jti="twice", exp=now + 40)
        self.assert_lives_for("blacklist:jti:twice", 4000 + MARGIN)

    def test_revoking_a_session_without_its_subject(self):
        tokens = self.recant.sign_in()
        self.recant.revoke(session=tokens.session)
        key = f"blacklist:session:{tokens.session}"
        self.assertEqual(self.recant.redis("GET", key), "1")
        # the call cannot know how long its tokens live: as long as any session could
        self.assert_lives_for(key, ABSOLUTE + MARGIN, slack=3600)

    def test_revoking_a_subject(self):
        logins = [self.recant.open_session("keys:subject") for _ in range(3)]
        logins.append(self.recant.refresh(logins[0]))
        self.recant.revoke(subject="keys:subject", wait=True)
        key = "blacklist:user:keys%3Asubject"
        mark = self.assert_watermark(key)
        # until the subject's last session could end
        left = self.recant.redis("PTTL", key) / 1000
        self.assertTrue(IDLE - 60 <= left <= ABSOLUTE + 2 * MARGIN, left)
        for tokens in logins:
            self.assert_entry(f"blacklist:jti:{tokens.jti}", ACCESS + MARGIN)
            self.assertEqual(self.recant.redis("EXISTS", f"refresh_token:{tokens.refresh_id}"), 0)
            self.assertEqual(
                self.recant.redis("EXISTS", f"session:user:keys%3Asubject:{tokens.session}"), 0)
        self.assertEqual(self.recant.redis("EXISTS", "sessions:user:keys%3Asubject"), 0)
        self.recant.revoke(subject="keys:subject")
        self.assertGreater(self.assert_watermark(key), mark)

    def test_revoking_all(self):
        self.recant.sign_in()
        self.recant.revoke(all=True)
        self.assert_watermark("blacklist:all")
        left = self.recant.redis("PTTL", "blacklist:all") / 1000
        self.assertTrue(ACCESS <= left <= ABSOLUTE + 2 * MARGIN, left)

    def test_a_watermark_is_never_lowered(self):
        ahead = int((time.time() + 3600) * 1000)
        self.recant.redis("SET", "blacklist:user:ahead", ahead, "EX", 7200)
        self.recant.revoke(subject="ahead")
        self.assertGreater(int(self.recant.redis("GET", "blacklist:user:ahead")), ahead)

    def test_password_change_and_disable_and_delete(self):
        for act, reason in (("password", "password_change"), ("disable", "disabled"),
                            ("", "deleted")):
            user = self.recant.create_user()
            tokens = self.recant.login(user)
            path = f"/v1/admin/users/{user.id}"
            if act:
                body = {"password": "a new password"} if act == "password" else None
                self.recant.admin("POST", f"{path}/{act}", body)
            else:
                self.recant.admin("DELETE", path)
            self.assert_watermark(f"blacklist:user:{user.id}")
            self.assertEqual(self.recant.redis("GET", f"recant:reason:user:{user.id}"), reason)
            wait_until(lambda: not self.recant.redis("EXISTS", self.record(tokens)), "it is tidied")
            self.assert_entry(f"blacklist:jti:{tokens.jti}", ACCESS + MARGIN)

    def test_reuse(self):
        recant = self.start({"refresh.grace": "0s"}, redis=self.recant.server)
        first = recant.sign_in()
        second = recant.refresh(first)
        self.assert_problem(recant.try_refresh(first.refresh), "invalid_grant", reason="reused")
        self.assert_no_track_of_a_session(second)
        for tokens in (first, second):
            self.assert_entry(f"blacklist:jti:{tokens.jti}", ACCESS + MARGIN)
        self.assert_entry(f"recant:reason:session:{first.session}", ACCESS + MARGIN, "reused")

    def test_subjects_are_spelled_apart(self):
        names = ("a", "a:b", "a%3Ab", "a b", "a{b}", "a%20b", "a:b:c", "zo\u00eb")
        logins = {name: self.recant.open_session(name) for name in names}
        self.recant.revoke(subject="a:b", wait=True)
        for name, tokens in logins.items():
            if name == "a:b":
                self.assert_dead(tokens, "admin")
            else:
                self.assert_alive(tokens)
        self.assertIn("sessions:user:zo\u00eb", self.keys("sessions:user:z*"))

    def test_every_key_is_of_the_contract_and_ends_sometime(self):
        """All but the policy, which stands until somebody changes it."""
        tokens = self.recant.sign_in()
        self.recant.refresh(tokens)
        self.recant.logout(tokens.access)
        families = ("blacklist:jti:", "blacklist:session:", "blacklist:user:", "blacklist:all",
                    "refresh_token:", "session:user:", "sessions:user:", "recant:", "throttle:")
        for key in self.keys():
            self.assertTrue(key.startswith(families), key)
            left = self.recant.redis("PTTL", key)
            self.assertTrue(left == -1 if key == "recant:policy" else left > 0, (key, left))


class HidingSecrets(KeysTest):
    def test_O07_a_dump_holds_nothing_that_opens_a_door(self):
        user = self.recant.create_user(password="a password worth a search")
        tokens = self.recant.login(user, device="phone")
        tokens = self.recant.refresh(tokens)
        self.recant.logout(self.recant.login(user).access)
        self.recant.secrets.must_not_stand_in(self.dump(), "Redis")
        self.assert_alive(tokens)

    def dump(self):
        redis, text = self.recant.redis, []
        read = {"string": "GET", "hash": "HGETALL"}
        for key in self.keys():
            kind = redis("TYPE", key)
            found = redis("ZRANGE", key, 0, -1) if kind == "zset" else redis(read[kind], key)
            text.append(f"{key} {found}")
        self.assertGreater(len(text), 4)
        return "\n".join(text)


class ShortLived(KeysTest):
    settings = {"token.access_ttl": "60s", "refresh.idle_ttl": "60s", "refresh.absolute_ttl": "90s"}

    def test_an_entry_outlives_the_token_that_was_issued(self):
        tokens = self.recant.sign_in()
        life = tokens.claims["exp"] - tokens.claims["iat"]
        self.assertLessEqual(life, 60)
        self.assert_lives_for(self.record(tokens), 60)
        self.recant.logout(tokens.access)
        self.assert_entry(f"blacklist:jti:{tokens.jti}", life + MARGIN)
        self.assert_entry(f"blacklist:session:{tokens.session}", life + MARGIN)

    def test_lives_come_from_what_was_issued_not_from_todays_configuration(self):
        redis = self.recant.server
        long_lived = self.start({"token.access_ttl": "24h"}, redis=redis)
        tokens = long_lived.open_session("configured-otherwise")
        long_lived.end()
        self.recant.revoke(session=tokens.session, subject="configured-otherwise")
        self.assert_entry(f"blacklist:session:{tokens.session}", 24 * 3600 + MARGIN)
        self.assert_entry(f"blacklist:jti:{tokens.jti}", 24 * 3600 + MARGIN)


if __name__ == "__main__":
    unittest.main()
