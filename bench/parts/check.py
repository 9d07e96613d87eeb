"""GET /v1/check over connections kept alive, on one core: 1,000 tokens in turn."""
from measure import machine, seeding, servers
from measure.load import Load
from measure.peers import call

NAME = "check"
TOKENS = 1000
CONNECTIONS = 64


def run(bench):
    placement = machine.one_core_for_the_server()
    load = Load("check.lua", CONNECTIONS, placement.load)
    kinds = [servers.Nginx, servers.Recant, *bench.peers()]
    with bench.running(placement, 1, kinds) as (redis, sides):
        files = {}
        for side in sides[1:]:
            bench.say(f"check: {TOKENS:,} tokens of {side.title}")
            files[side.name] = bench.material.write_lines(f"{side.name}.tokens", tokens_of(side, redis))
        files["nginx"] = files["recant"]

        def measure(side):
            return load.round(side, redis, bench.scale.seconds, files[side.name])
        rounds = bench.interleave(NAME, sides, measure)
    return {"placement": placement.words, "connections": CONNECTIONS, "tokens": TOKENS,
            "seconds": bench.scale.seconds, "titles": {side.name: side.title for side in sides}, "rounds": rounds}


def tokens_of(side, redis):
    """Access tokens that the side has issued itself."""
    if isinstance(side, servers.Recant):
        return [tokens["access_token"] for tokens in
                seeding.open_sessions(side, (f"subject{n}" for n in range(TOKENS)))]
    keys = seeding.RecipeKeys(redis, side.database)
    try:
        good = keys.refresh_tokens(TOKENS)
    finally:
        keys.close()
    return [call(side.port, "POST", "/v1/refresh", {"refresh_token": token}).json["access_token"]
            for token in good]
