"""A check inside the process that asks: librecant beside libraries that verify a token each time and ask
Redis (bench_in_process). One thread has one core to itself, with Redis on another; two threads share both."""
import json
import os
import subprocess

from measure import machine
from measure.material import program
from measure.problem import Problem
from harness.redis_server import RedisServer

NAME = "library"
NEW = 2000  # tokens that nobody has seen, in a round
PEERS = {"libjwt": "libjwt + hiredis", "cpp_jwt": "cpp-jwt + hiredis",
         "openssl": "OpenSSL, its key parsed once + hiredis"}
LOOKS = "no check: three looks into the memory of {0:,} tokens"
SEEN = {"": "{0:,} tokens in turn", "_random": "{0:,} tokens at random", "_two_threads": "{0:,} tokens, two threads"}


def run(bench):
    executable = program("bench_in_process")
    if not os.path.exists(executable):
        raise Problem("bench_in_process is not built: scripts/bench builds it, where scripts/install bench has been")
    placement, sizes = machine.one_core_for_the_server(), bench.scale.library_tokens
    bench.say(f"{NAME}: {max(sizes):,} tokens are signed and made known")
    redis = RedisServer(tcp=True)
    try:
        machine.pin(redis.process.pid, placement.redis)
        command = [executable, redis.port, bench.scale.seconds / 4, bench.scale.rounds, NEW, *sizes]
        entries = lines_of(bench, [str(word) for word in command])
    finally:
        redis.end()
    memory = [entry for entry in entries if "bytes_a_token" in entry][-1]  # of the largest
    rounds = {}
    for entry in entries:
        if "side" in entry:
            rounds.setdefault(entry["side"], []).append({key: entry[key] for key in ("rate", "checks", "asked")})
    return {"placement": "one thread on one core, Redis on another; two threads share both with Redis",
            "sizes": list(sizes), "new": NEW, "token_bytes": memory["token_bytes"],
            "bytes_a_token": memory["bytes_a_token"], "titles": titles(sizes), "rounds": rounds}


def titles(sizes):
    """Of each side: what is beside, what has been seen before, and what has not."""
    seen = {f"recant_{size}{how}": "librecant, " + words.format(size)
            for size in sizes for how, words in SEEN.items()}
    looks = {f"looks_{size}": LOOKS.format(size) for size in sizes}
    return {**PEERS, **seen, **looks, "new_recant": "librecant, tokens never seen",
            "new_openssl": PEERS["openssl"] + ", the same tokens"}


def lines_of(bench, command):
    """What the program prints, line by line as it comes."""
    entries = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            entry = json.loads(line)
            entries.append(entry)
            if "side" in entry:
                bench.say(f"{NAME}, round {entry['round']} of {bench.scale.rounds}: "
                          f"{entry['side']} {entry['rate']:,.0f}/s")
    if running.returncode:
        raise Problem("bench_in_process failed; what it said stands above")
    return entries
