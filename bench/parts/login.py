"""POST /v1/login on two cores, beside what one argon2id takes alone at the same time."""
import json
import subprocess
from types import SimpleNamespace

from measure import machine, servers
from measure.load import Load
from measure.material import ACCOUNTS, PASSWORD, program
from measure.problem import Problem

NAME = "login"
CONNECTIONS = 16
LIMIT = SimpleNamespace(name="limit", title="the argon2id limit (cores ÷ one hash)")


def run(bench):
    placement = machine.two_cores_for_the_server()
    load = Load("login.lua", CONNECTIONS, placement.load)
    cores = len(placement.server)
    with bench.running(placement, cores, [servers.Recant, *bench.peers()]) as (redis, sides):
        recant = sides[0]
        bench.say(f"login: {ACCOUNTS} accounts")
        for account in bench.material.accounts:
            answer = recant.admin("POST", "/v1/admin/users",
                                  {"username": account["username"], "password": PASSWORD})
            if answer.status != 201:
                raise Problem(f"Recant opens no account: {answer}")

        def measure(side):
            if side is LIMIT:
                return limit(bench.scale.seconds, cores, placement.server)
            return load.round(side, redis, bench.scale.seconds, bench.material.names_file, PASSWORD)
        rounds = bench.interleave(NAME, [LIMIT, *sides], measure)
    titles = {side.name: side.title for side in [LIMIT, *sides]}
    return {"placement": placement.words, "connections": CONNECTIONS, "seconds": bench.scale.seconds,
            "cores": cores, "titles": titles, "rounds": rounds}


def limit(seconds, cores, where):
    """What `cores` cores could check in a second if there were nothing but the hash."""
    command = ["taskset", "--cpu-list", str(min(where)), program("bench_argon2id"), "time", str(seconds / 2)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise Problem(f"bench_argon2id failed: {run.stderr.strip()}")
    one = json.loads(run.stdout)["median_ms"]
    return {"rate": cores * 1000 / one, "hash_ms": one}
