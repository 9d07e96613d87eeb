"""What the tests say about answers and tokens, and who ends what they started."""
import re
import unittest

from .recant import Recant
from .redis_server import RedisServer
from .http import STATUS_OF
from .verbs import Tokens

UUID7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
JWT = re.compile(r"^[\w-]+\.[\w-]+\.[\w-]+$", re.ASCII)
REFRESH_TOKEN = re.compile(r"^rt_[\w-]{43,}$", re.ASCII)
TOKEN_MEMBERS = {"access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in",
                 "session_id", "user_id"}
# RFC 6750 §3: for a token that was sent and is not good.
INVALID_TOKEN = re.compile(
    r'^Bearer realm="recant", error="invalid_token", error_description="([^"\\]+)"$')
BARE_CHALLENGE = 'Bearer realm="recant"'


class RecantTest(unittest.TestCase):
    """Tests of one class share one recant and one Redis; `settings` are added to recant.toml."""

    settings = {}
    redis_options = None  # None: the private Redis

    @classmethod
    def setUpClass(cls):
        redis = None
        if cls.redis_options is not None:
            redis = cls.ends(RedisServer(*cls.redis_options))
        cls.recant = cls.ends(Recant(cls.settings, redis))

    @classmethod
    def ends(cls, thing):
        cls.addClassCleanup(thing.end)
        return thing

    def start(self, settings=None, redis=None, **more):
        """A recant for this test alone."""
        recant = Recant(settings, redis, **more)
        self.addCleanup(recant.end)
        return recant

    def start_redis(self, *options, **more):
        redis = RedisServer(*options, **more)
        self.addCleanup(redis.end)
        return redis

    # --- answers ------------------------------------------------------------------------------

    def assert_answer(self, answer, status, members=None):
        self.assertEqual(answer.status, status, answer)
        if members is not None:
            self.assertEqual(set(answer.json), set(members), answer)
            self.assertEqual(answer.header("Content-Type"), "application/json", answer)

    def assert_empty(self, answer, status):
        self.assertEqual((answer.status, answer.body), (status, b""), answer)

    def assert_tokens(self, answer, status=200):
        self.assert_answer(answer, status, TOKEN_MEMBERS)
        members = answer.json
        self.assertEqual(members["token_type"], "Bearer")
        self.assertRegex(members["access_token"], JWT)
        self.assertRegex(members["refresh_token"], REFRESH_TOKEN)
        self.assertRegex(members["session_id"], UUID7)
        for member in ("expires_in", "refresh_expires_in"):
            self.assertIs(type(members[member]), int)
        return Tokens(answer)

    def assert_problem(self, answer, code, reason=None):
        """http.check_manners has seen to the form already."""
        self.assertEqual(answer.status, STATUS_OF[code], answer)
        problem = answer.json
        self.assertEqual((problem["code"], problem.get("reason")), (code, reason), answer)

    def assert_bare_challenge(self, answer):
        self.assertEqual(answer.header("WWW-Authenticate"), BARE_CHALLENGE, answer)

    def assert_invalid_token(self, answer, description=None):
        """401 for whoever sent a token; what it is told, when that matters."""
        self.assertEqual((answer.status, answer.json["code"]), (401, "invalid_token"), answer)
        said = INVALID_TOKEN.match(answer.header("WWW-Authenticate") or "")
        self.assertTrue(said, answer)
        if description is not None:
            self.assertEqual(said.group(1), description, answer)

    # --- tokens -------------------------------------------------------------------------------

    def assert_alive(self, tokens, recant=None):
        self.assert_empty((recant or self.recant).check(tokens.access), 200)

    def assert_dead(self, tokens, reason, recant=None):
        """Both halves: the access token is refused and nothing can be refreshed."""
        recant = recant or self.recant
        self.assert_invalid_token(recant.check(tokens.access), f"revoked: {reason}")
        self.assert_problem(recant.try_refresh(tokens.refresh), "invalid_grant", reason="revoked")

    # --- Redis --------------------------------------------------------------------------------

    def assert_lives_for(self, key, seconds, slack=15, recant=None):
        """A TTL; the slack is for the time since it was set and for rounding up."""
        left = (recant or self.recant).redis("PTTL", key) / 1000
        self.assertTrue(seconds - slack <= left <= seconds + slack, f"{key}: {left} s")
