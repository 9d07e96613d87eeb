"""Contract §5: what is never logged. Every run of the suite is held against its secrets (harness.record); here the
most talkative log meets every way to lose one. Its events are in log_events_e2e, its lines in log_forging_e2e."""
import json
import re
import subprocess
import unittest

from harness.case import RecantTest
from harness.verbs import PASSWORD


class Logging(RecantTest):
    settings = {"log.level": "debug", "log.format": "json", "refresh.grace": "0s",
                "redis.timeout": "1s"}
    redis_options = ()

    def lines(self):
        text = self.recant.output()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

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
