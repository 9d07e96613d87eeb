"""Whoever signs in and whoever takes tokens back, all the time and by every door: Recant's API, and foreign hands at
Redis. What is not acknowledged is tried again until it is: only from then on does the promise hold."""
import http.client
import json
import random
import time

from .instants import MS, now
from harness.resp import RedisError

LIVE = 96  # tokens, as a rule
_OLD_ENOUGH = 400 * MS
_PAUSE = 0.05


class Api:
    """One connection to `recant serve`, made again when it is lost."""

    def __init__(self, recant):
        self._recant = recant
        self._connection = http.client.HTTPConnection("127.0.0.1", recant.port, timeout=15)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def post(self, path, body):
        """Status and JSON, or nothing when no answer came."""
        try:
            self._connection.request("POST", path, json.dumps(body), {
                "Content-Type": "application/json", "Authorization": f"Bearer {self._recant.admin_key}"})
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None, None


def sign_in(recant, tokens, stop):
    """Keeps some alive. Two sessions in a row are of one subject."""
    with Api(recant) as api:
        while not stop.is_set():
            if tokens.live_count() >= LIVE:
                time.sleep(0.01)
                continue
            status, answer = api.post("/v1/admin/sessions", {"subject": f"subject-{tokens.count() // 2}"})
            if status == 201:
                tokens.add(answer["access_token"])
            else:
                time.sleep(0.02)


def _until_acknowledged(stop, attempt):
    """When that was; nothing if the run ended before."""
    while not stop.is_set():
        if attempt():
            return now()
        time.sleep(0.02)
    return None


def revoke_by_api(recant, tokens, seed, stop):
    chance = random.Random(seed)
    kinds = {"token": 30, "jti": 30, "session": 30, "subject": 20, "all": 1}
    with Api(recant) as api:
        while not stop.wait(chance.uniform(0, 2 * _PAUSE)):
            token = tokens.take(_OLD_ENOUGH)
            if token is None:
                continue
            how, = chance.choices(list(kinds), kinds.values())
            fallen = [token]
            if how in ("subject", "all"):
                fallen += tokens.take_others(token.subject if how == "subject" else None)
            instant = _until_acknowledged(stop, lambda: _enforced(api, _body(how, token)))
            if instant:
                tokens.acknowledge(fallen, "api " + how, instant)


def _body(how, token):
    return {"token": {"token": token.text}, "jti": {"jti": token.jti, "exp": token.expires_at},
            "session": {"session": token.session}, "subject": {"subject": token.subject}, "all": {"all": True}}[how]


def revoke_and_wait(recant, tokens, bound_ms, stop):
    """Answered when it is dead everywhere: no check that begins after the answer may accept it."""
    with Api(recant) as api:
        while not stop.wait(_PAUSE):
            token = tokens.take(_OLD_ENOUGH)
            if token is None:
                continue
            instant = _until_acknowledged(stop, lambda: _enforced(api, {"session": token.session, "wait": True}))
            if instant:
                tokens.acknowledge([token], "api wait", instant - bound_ms * MS)


def _enforced(api, body):
    status, answer = api.post("/v1/admin/revocations", body)
    if status not in (None, 200, 202, 503):
        raise RuntimeError(f"{body} was answered {status}: {answer}")
    return status == 200 and answer["enforced"]


class Foreign:
    """A service in another language, at Redis itself (contract §1)."""

    def __init__(self, redis):
        self._redis, self._connection = redis, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def write(self, commands):
        """Did Redis acknowledge all of them?"""
        try:
            self._connection = self._connection or self._redis.connect()
            self._connection.pipeline(commands)
            return True
        except (OSError, RedisError):
            self.__exit__()
            return False


def revoke_at_redis(redis, tokens, seed, stop):
    chance = random.Random(seed)
    with Foreign(redis) as foreign:
        while not stop.wait(chance.uniform(0, 2 * _PAUSE)):
            token = tokens.take(_OLD_ENOUGH)
            if token is None:
                continue
            how = chance.choice(list(_FOREIGN))
            fallen = [token] + (tokens.take_others(token.subject) if how == "watermark" else [])
            commands = _FOREIGN[how](token, tokens.latest_session_of(token.subject))
            instant = _until_acknowledged(stop, lambda: foreign.write(commands))
            if instant:
                tokens.acknowledge(fallen, "foreign " + how, instant)


def _jti(token):
    return ["SET", f"blacklist:jti:{token.jti}", "1", "EX", 1200]


def _session(token):
    return ["SET", f"blacklist:session:{token.session}", "1", "EX", 1200]


_FOREIGN = {
    "jti": lambda token, latest: [_jti(token)],
    "session": lambda token, latest: [_session(token)],
    # Over every session that ever was, so that a higher one is not replaced by one that revives anybody.
    "watermark": lambda token, latest: [["SET", f"blacklist:user:{token.subject}",
                                         max(latest, int(time.time() * 1000)), "EX", 1200]],
    "transaction": lambda token, latest: [["MULTI"], _jti(token), ["SET", "another", "x"], ["EXEC"]],
    "script": lambda token, latest: [["EVAL", "return redis.call(unpack(ARGV))", 1, _session(token)[1],
                                      *_session(token)]],
}

