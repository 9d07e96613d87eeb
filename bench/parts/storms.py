"""Checks in a program that embeds librecant while others sign in, in the whitelist strategy: each login writes a
key that every verifier is told of.

The server issues the tokens that are checked and is then ended, so that one verifier listens to this Redis. At
such rates no password can be hashed: bench_storm does of a login what Redis sees of it.
"""
import json
import subprocess
from types import SimpleNamespace

from measure import machine, servers
from measure.material import program
from measure.peers import call
from measure.problem import Problem
from harness.verbs import unpack
from . import check

NAME = "storms"
SIDES = (SimpleNamespace(name="calm", title="no logins", logins=0),
         SimpleNamespace(name="breeze", title="1,000 logins a second", logins=1_000),
         SimpleNamespace(name="storm", title="10,000 logins a second", logins=10_000))


class Whitelisting(servers.Recant):
    settings = {"session.strategy": "whitelist"}


def run(bench):
    placement = machine.one_core_for_the_server()
    with bench.running(placement, 1, [Whitelisting]) as (redis, (recant,)):
        bench.say(f"storms: {check.TOKENS:,} tokens")
        issued = check.tokens_of(recant, redis)
        tokens = bench.material.write_lines("storms.tokens", issued)
        keys = bench.material.write_lines("storms.jwks", [keys_of(recant)])
        words = [recant.redis_url, servers.ISSUER, servers.AUDIENCE, keys, tokens]
        recant.end()

        def measure(side):
            return checks_beside(side.logins, placement, words, bench.scale.seconds)
        rounds = bench.interleave(NAME, SIDES, measure)
        must_go_by_the_whitelist(redis, issued[0], lambda: checks_beside(0, placement, words, 0.1))
    return {"placement": placement.words, "tokens": check.TOKENS, "seconds": bench.scale.seconds,
            "titles": {side.name: side.title for side in SIDES}, "rounds": rounds}


def keys_of(recant):
    return call(recant.port, "GET", "/.well-known/jwks.json").body.decode()


def must_go_by_the_whitelist(redis, token, check_all):
    """A figure of a verifier that lets a token in without its place would say nothing."""
    claims = unpack(token.split(".")[1])
    redis("DEL", f"whitelist:user:{claims['sub']}:jti:{claims['jti']}")
    try:
        check_all()
    except Problem as problem:
        if "revoked: whitelist" in str(problem):
            return
        raise
    raise Problem("the verifier takes a token whose place in the whitelist is gone")


def checks_beside(logins, placement, words, seconds):
    """One round. The verifier, with its own thread, has the server's core; the logins share Redis's."""
    core = min(placement.redis)
    cores = ",".join(map(str, sorted(placement.server)))
    command = [program("bench_storm"), *words, str(seconds), str(logins), str(core)]
    run = subprocess.run(["taskset", "--cpu-list", cores, *command], capture_output=True, text=True,
                         timeout=seconds + 60)
    if run.returncode:
        raise Problem(run.stderr.strip() or f"bench_storm ended by {run.returncode}")
    counted = json.loads(run.stdout)
    return {"rate": counted["checks"] / counted["seconds"],
            **{name: counted[name] for name in ("p50_ns", "p99_ns", "p999_ns", "checks", "asked")},
            "logins_rate": counted["logins"] / counted["seconds"],
            "received_rate": counted["received_bytes"] / counted["seconds"]}
