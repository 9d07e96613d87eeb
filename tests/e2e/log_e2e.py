"""Contract §5: what is logged, and what never is. Every run of the suite is held against its secrets
(harness.recant); here the most talkative log meets the most hostile input."""
import json
import re
import subprocess
import unittest

from harness.case import RecantTest
from harness.verbs import PASSWORD

EVENTS = {"login.ok", "login.failed", "refresh.ok", "refresh.reused", "session.revoked",
          "subject.revoked", "token.revoked", "password.changed", "user.disabled", "admin.denied"}
HOSTILE = "x\r\n{\"event\":\"login.ok\",\"subject\":\"forged\"}\u2028\x1b[31m\"\\"


class Logging(RecantTest):
    settings = {"log.level": "debug", "log.format": "json", "refresh.grace": "0s",
                "redis.timeout": "1s"}
    redis_options = ()

    def lines(self):
        text = self.recant.output()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def test_every_security_event_is_there_with_who_and_where(self):
        recant = self.recant
        user = recant.create_user()
        tokens = recant.login(user)
        recant.try_login(user.name, "not the password")
        newer = recant.refresh(tokens)
        recant.try_refresh(tokens.refresh)
        recant.logout(newer.access)
        recant.revoke(token=recant.login(user).access)
        recant.revoke(subject=user.id)
        here = recant.login(user)
        recant.call("POST", "/v1/password", {"old_password": PASSWORD, "new_password": "a new one"},
                    bearer=here.access)
        recant.admin("POST", f"/v1/admin/users/{user.id}/disable")
        recant.call("GET", "/v1/admin/users", bearer=here.access)
        for event in EVENTS:
            line = json.loads(recant.line_with(f'"{event}"'))
            self.assertEqual(line["event"], event)
            self.assertEqual(line["address"], "127.0.0.1")
            self.assertTrue(line["request_id"])
        self.assertTrue(json.loads(recant.line_with("login.ok", user.id))["session"])

    def test_A12_nobody_writes_lines_of_their_own(self):
        recant = self.recant
        for name in (HOSTILE, "quote\"back\\slash", "\u2028", "%s%n{}"):
            recant.try_login(name, PASSWORD)
            recant.open_session(name.replace("\r", "").replace("\n", "").replace("\x1b", ""))
            recant.call("POST", "/v1/login", {"username": "nobody", "password": PASSWORD},
                        headers={"User-Agent": name.encode("latin-1", "replace").decode("latin-1")
                                 .replace("\r", "").replace("\n", "")})
        recant.admin("POST", "/v1/admin/revocations",
                     {"subject": "last of the hostile", "reason": "a\"b\\c {\"event\":\"x\"}"})
        recant.line_with("last of the hostile")
        for line in recant.output().splitlines():
            self.assertNotIn("\x1b", line)
            if line.startswith("{"):
                self.assertNotEqual(json.loads(line).get("subject"), "forged")

    def test_the_most_talkative_log_holds_no_secret(self):
        recant = self.recant
        user = recant.create_user()
        tokens = recant.login(user)
        recant.call("GET", f"/v1/me?access_token={tokens.access}")
        recant.call("GET", f"/{tokens.access}")
        recant.call("GET", f"/v1/sessions/{tokens.refresh}", bearer=tokens.access)
        recant.call("DELETE", f"/v1/sessions/{tokens.refresh}", bearer=tokens.access)
        recant.call("GET", f"/v1/admin/users/{tokens.access}", bearer=recant.admin_key)
        recant.call("GET", "/v1/me", headers={"X-Request-Id": tokens.refresh})
        recant.call("GET", "/v1/me", headers={"Cookie": f"t={tokens.access}", "User-Agent": "a"})
        recant.call("POST", "/v1/login", f'{{"username":"a","password":"{PASSWORD}"'.encode(),
                    headers={"Content-Type": "application/json"})
        recant.call("POST", "/v1/refresh", {"refresh_token": tokens.refresh, "extra": 1})
        recant.try_login(user.name, user.password + "x")
        recant.call("GET", "/v1/admin/users", bearer=recant.admin_key + "x")
        recant.redis("SADD", f"blacklist:jti:{tokens.jti}", "x")
        recant.check(tokens.access)
        recant.try_refresh(tokens.refresh)
        recant.server.kill()
        recant.check(tokens.access)
        recant.server.start()
        recant.wait_ready()
        self.assertGreater(len(self.lines()), 10)
        recant.secrets.must_not_stand_in(recant.output(), "the log")

    def test_text_is_as_discreet(self):
        recant = self.start({"log.level": "debug", "log.format": "text"})
        tokens = recant.sign_in()
        recant.logout(tokens.access)
        line = recant.line_with("session.revoked")
        self.assertNotRegex(line, r"^\{")
        self.assertIn(tokens.session, line)


class Greeting(RecantTest):
    """The commands that the first start prints are good to paste."""

    def test_the_commands_to_try_do_what_they_say(self):
        text = self.recant.line_with("listens on") and self.recant.output()
        block = re.search(r"another terminal:\n\n(.*?)\n\n(?=\S|$)", text, re.DOTALL)
        self.assertTrue(block, text)
        script = "set -e\n" + re.sub(r"(?m)^  ", "", block.group(1))
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("200 OK", done.stdout)
        self.assertRegex(done.stdout, r"(?i)x-auth-subject: [0-9a-f-]{36}")


if __name__ == "__main__":
    unittest.main()
