"""GET /v1/check while logins keep every thread that hashes passwords busy, beside the same without logins.

Checks come at a pace far below what the server can do: what is asked is whether a check has to wait, not how many
there can be.
"""
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from measure import machine, servers
from measure.load import Load
from measure.material import PASSWORD
from . import check, login

NAME = "loaded"
CONNECTIONS = 16
PAUSE_MS = 10  # of each connection between an answer and the next request, on average
LEAD_S = 0.5  # the logins' before the checks


def run(bench):
    placement = machine.two_cores_for_the_server()
    checks = Load("check.lua", CONNECTIONS, placement.load)
    logins = Load("login.lua", login.CONNECTIONS, placement.load)
    seconds = bench.scale.seconds
    with bench.running(placement, len(placement.server), [servers.Recant, *bench.peers()]) as (redis, started):
        login.open_accounts(bench, started[0])
        files = {}
        for server in started:
            bench.say(f"loaded: {check.TOKENS:,} tokens of {server.title}")
            files[server.name] = bench.material.write_lines(f"{server.name}.tokens", check.tokens_of(server, redis))

        def checks_of(server):
            counted = checks.round(server, redis, seconds, files[server.name], PAUSE_MS)
            return {name: counted[name] for name in ("rate", "p50_us", "p99_us", "refused")}

        def measure(side):
            if not side.is_busy:
                return checks_of(side.server)
            with ThreadPoolExecutor(1) as beside:
                signing_in = beside.submit(
                    logins.run, side.server.port, seconds + 1, bench.material.names_file, PASSWORD)
                time.sleep(LEAD_S)
                figures = checks_of(side.server)
            counted = signing_in.result()
            return figures | {"logins_rate": counted["requests"] / counted["duration_us"] * 1e6}
        sides = [side_of(server, is_busy) for server in started for is_busy in (False, True)]
        rounds = bench.interleave(NAME, sides, measure)
    return {"placement": placement.words, "connections": CONNECTIONS, "pause_ms": PAUSE_MS, "seconds": seconds,
            "logins": login.CONNECTIONS, "servers": {server.name: server.title for server in started},
            "titles": {side.name: side.title for side in sides}, "rounds": rounds}


def side_of(server, is_busy):
    state = "busy" if is_busy else "idle"
    return SimpleNamespace(
        name=f"{server.name}_{state}", title=f"{server.title}, {state}", server=server, is_busy=is_busy)
