"""What one session takes of Redis, over many of them, beside the three bare keys of the recipe."""
import hashlib
import secrets
import statistics
import uuid

from measure import machine, seeding, servers
from harness.redis_server import RedisServer
from harness.verbs import encode

NAME = "memory"
SAMPLE = 200  # sessions whose keys are asked one by one


def run(bench):
    placement, count = machine.two_cores_for_the_server(), bench.scale.memory_sessions
    with bench.running(placement, 2, [servers.Recant]) as (redis, (recant,)):
        bench.say(f"memory: {count:,} sessions, each of a subject of its own")
        seeding.open_sessions(recant, [str(uuid.uuid4())])  # scripts and buffers are there from now on
        subjects = [str(uuid.uuid4()) for _ in range(count)]
        before = used(redis)
        opened = seeding.open_sessions(recant, subjects)
        ours = {"used_bytes": (used(redis) - before) / count,
                "keys": {name: statistics.median(redis("MEMORY", "USAGE", key) for key in keys)
                         for name, keys in keys_of(opened[:SAMPLE]).items()}}
    return {"sessions": count, "recant": ours, "recipe": recipe(placement, count)}


def keys_of(opened):
    def refresh_id(token):
        return encode(hashlib.sha256(token.encode()).digest())
    return {
        "session:user:<sub>:<sid>": [f"session:user:{t['user_id']}:{t['session_id']}" for t in opened],
        "sessions:user:<sub>": [f"sessions:user:{t['user_id']}" for t in opened],
        "refresh_token:<id>": [f"refresh_token:{refresh_id(t['refresh_token'])}" for t in opened],
    }


def recipe(placement, count):
    """`blacklist:jti:…`, `whitelist:user:…:jti:…` and `refresh_token:…`, each with nothing but what it
    must have: no device, no address, no end that outlives the token."""
    redis = RedisServer(tcp=True)
    try:
        machine.pin(redis.process.pid, placement.redis)
        connection = redis.connect()
        before, keys = used(redis), {}
        commands = []
        for _ in range(count):
            subject, jti = str(uuid.uuid4()), str(uuid.uuid4())
            one = {"blacklist:jti:<jti>": ("SET", f"blacklist:jti:{jti}", "1", "EX", "900"),
                   "whitelist:user:<sub>:jti:<jti>":
                       ("SET", f"whitelist:user:{subject}:jti:{jti}", "1", "EX", "900"),
                   "refresh_token:<token>":
                       ("SET", f"refresh_token:{secrets.token_urlsafe(32)}", subject, "EX", "1209600")}
            for name, command in one.items():
                keys.setdefault(name, []).append(command[1])
            commands += one.values()
        for start in range(0, len(commands), 1000):
            connection.pipeline(commands[start:start + 1000])
        taken = (used(redis) - before) / count
        connection.close()
        return {"used_bytes": taken,
                "keys": {name: statistics.median(redis("MEMORY", "USAGE", key) for key in some[:SAMPLE])
                         for name, some in keys.items()}}
    finally:
        redis.end()


def used(redis):
    lines = redis("INFO", "memory").splitlines()
    return int(next(line for line in lines if line.startswith("used_memory:")).partition(":")[2])
