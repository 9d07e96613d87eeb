"""POST /v1/refresh on two cores: sessions are refreshed in turn, each with its live refresh token.

Before each round there are new sessions, more than a round can refresh once or twice, as people come
back every quarter of an hour and not again at once.
"""
import uuid

from measure import machine, seeding, servers
from measure.load import Load

NAME = "refresh"
CONNECTIONS = 64


def run(bench):
    placement = machine.two_cores_for_the_server()
    load = Load("refresh.lua", CONNECTIONS, placement.load)
    sessions = bench.scale.refresh_sessions
    with bench.running(placement, 2, [servers.Recant, *bench.peers()]) as (redis, sides):
        def measure(side):
            file = bench.material.write_lines("refresh.tokens", refresh_tokens_of(side, redis, sessions))
            return load.round(side, redis, bench.scale.seconds, file)
        rounds = bench.interleave(NAME, sides, measure)
    return {"placement": placement.words, "connections": CONNECTIONS, "sessions": sessions,
            "seconds": bench.scale.seconds, "titles": {side.name: side.title for side in sides}, "rounds": rounds}


def refresh_tokens_of(side, redis, count):
    if isinstance(side, servers.Recant):
        subjects = (str(uuid.uuid4()) for _ in range(count))
        return [tokens["refresh_token"] for tokens in seeding.open_sessions(side, subjects)]
    keys = seeding.RecipeKeys(redis, side.database)
    try:
        return keys.refresh_tokens(count)
    finally:
        keys.close()
