"""J50: a clock that is set back revives nothing, in a process that has seen the later time."""
import json
import os
import subprocess
import time
import unittest

from harness.bound import BOUND
from harness.case import RecantTest
from harness.recant import BINARY, clean_environment

from door import Files
from forge import Forge

HOUR = 3600


class Clock(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts what it needs."""

    def setUp(self):
        self.files = Files()
        self.addCleanup(self.files.end)
        self.offset = self.files.write("offset", "0")
        self.forge = Forge("https://issuer.example", ["ES256"])
        self.jwks = self.files.write("jwks.json", json.dumps(self.forge.jwks))
        self.environment = {"LD_PRELOAD": os.environ["SET_CLOCK"], "CLOCK_OFFSET_FILE": self.offset}

    def set_clock(self, seconds):
        with open(self.offset + ".new", "w") as file:
            file.write(str(seconds))
        os.rename(self.offset + ".new", self.offset)

    def judge(self, worth, unnoticed=0):
        """`worth` says of a token whether it is valid; for so many seconds a clock set ahead may go `unnoticed`."""
        token = self.forge.token()
        self.assertEqual(worth(token), "valid")
        self.set_clock(HOUR)
        time.sleep(unnoticed)
        self.assertEqual(worth(token), "expired")
        self.set_clock(0)
        self.assertEqual(worth(token), "expired")
        self.set_clock(-HOUR)
        self.assertEqual(worth(token), "expired")

    def test_J50_at_check(self):
        table = {"name": "other", "iss": self.forge.iss, "audience": ["api"], "algorithms": ["ES256"],
                 "jwks_file": self.jwks}
        recant = self.start({"issuer": [table]}, redis=self.start_redis(), environment=self.environment)

        def worth(token):
            answer = recant.check(token)
            if answer.status == 200:
                return "valid"
            return "expired" if 'description="expired"' in (answer.header("WWW-Authenticate") or "") else answer
        # By what is remembered a token ends as the wall clock said when the lease was granted.
        self.judge(worth, unnoticed=BOUND)

    def test_J50_at_the_command(self):
        """One that is asked again and again, a line a token."""
        asked = subprocess.Popen(
            [BINARY, "token", "verify", "--jwks", self.jwks, "--issuer", self.forge.iss, "-"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean_environment(**self.environment))

        def worth(token):
            asked.stdin.write(token + "\n")
            asked.stdin.flush()
            answer = json.loads(asked.stdout.readline())
            return "valid" if answer["valid"] else answer["reason"]
        try:
            self.judge(worth)
        finally:
            asked.communicate()


if __name__ == "__main__":
    unittest.main()
