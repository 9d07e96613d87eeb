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
AT_ONCE = SimpleNamespace(name="at_once", title="argon2id and nothing else, on all cores at once")


def run(bench):
    placement = machine.two_cores_for_the_server()
    load = Load("login.lua", CONNECTIONS, placement.load)
    cores = len(placement.server)
    with bench.running(placement, cores, [servers.Recant, *bench.peers()]) as (redis, sides):
        open_accounts(bench, sides[0])

        def measure(side):
            if side in (LIMIT, AT_ONCE):
                return hashes(bench.scale.seconds / 2, cores, 1 if side is LIMIT else cores, placement.server)
            return load.round(side, redis, bench.scale.seconds, bench.material.names_file, PASSWORD)
        rounds = bench.interleave(NAME, [LIMIT, AT_ONCE, *sides], measure)
    titles = {side.name: side.title for side in [LIMIT, AT_ONCE, *sides]}
    return {"placement": placement.words, "connections": CONNECTIONS, "seconds": bench.scale.seconds,
            "cores": cores, "titles": titles, "rounds": rounds}


def open_accounts(bench, recant):
    """Those that the peers are told of in a file."""
    bench.say(f"{ACCOUNTS} accounts of Recant")
    for account in bench.material.accounts:
        answer = recant.admin("POST", "/v1/admin/users",
                              {"username": account["username"], "password": PASSWORD})
        if answer.status != 201:
            raise Problem(f"Recant opens no account: {answer}")


def hashes(seconds, cores, threads, where):
    """What `cores` cores could check in a second at the pace of `threads` of them that do nothing else."""
    command = [program("bench_argon2id"), "time", str(seconds), str(threads)]
    on = ",".join(map(str, sorted(where)[:threads]))
    run = subprocess.run(["taskset", "--cpu-list", on, *command], capture_output=True, text=True)
    if run.returncode:
        raise Problem(f"bench_argon2id failed: {run.stderr.strip()}")
    one = json.loads(run.stdout)["median_ms"]
    return {"rate": cores * 1000 / one, "hash_ms": one}
