"""Ending all sessions of one subject, against how many there are: the call until it is enforced, and
beside it the recipe's SCAN over `whitelist:user:<sub>:jti:*`.

In Redis stand, at each call, the sessions of all the greater sizes as well, as those of other people.
"""
import time
import uuid

from measure import machine, seeding, servers
from measure.peers import call
from measure.problem import Problem

NAME = "revoke"
LONG = 10_000  # so many sessions of one subject take a second or more to open


def run(bench):
    sizes = bench.scale.revoke_times
    subjects = [(count, str(uuid.uuid4())) for count, times in sorted(sizes.items()) for _ in range(times)]
    total = sum(count for count, _ in subjects)
    placement = machine.two_cores_for_the_server()
    fastify = [peer for peer in bench.peers() if peer is servers.Fastify]
    rows = {count: {"sessions": count, "recant_ms": [], "tidied_ms": [], "recipe_ms": []} for count in sizes}
    with bench.running(placement, 2, [servers.Recant, *fastify]) as (redis, sides):
        keys = seeding.RecipeKeys(redis, servers.Fastify.database)
        bench.say(f"revoke: opening {total:,} sessions on either side")
        tokens, opened = {}, 0
        for count, subject in subjects:
            if count >= LONG:
                bench.say(f"revoke: {opened:,} sessions are open")
            tokens[subject] = seeding.open_sessions(sides[0], [subject] * count)[-1]["access_token"]
            if fastify:
                keys.sessions(subject, count)
            opened += count
        said = None
        for count, subject in subjects:
            row = rows[count]
            enforced, tidied = revoke(sides[0], redis, subject, count, tokens[subject])
            row["recant_ms"].append(enforced)
            row["tidied_ms"].append(tidied)
            if fastify:
                row["recipe_ms"].append(walk(sides[1], keys, subject, count))
            if said != count:
                said = count
                bench.say(f"revoke, {count:,} sessions: {enforced:.2f} ms until enforced"
                          + (f", the walk {row['recipe_ms'][-1]:.1f} ms" if fastify else ""))
        keys.close()
    return {"placement": placement.words, "total_sessions": total, "rows": list(rows.values())}


def revoke(recant, redis, subject, count, token):
    """Milliseconds until the answer that says `enforced`, and until every key of a session is gone."""
    call(recant.port, "GET", "/healthz")  # so that nothing of ours is done for the first time
    begun = time.perf_counter()
    answer = call(recant.port, "POST", "/v1/admin/revocations", {"subject": subject}, recant.admin_key)
    enforced = (time.perf_counter() - begun) * 1000
    if answer.status != 200 or not answer.json["enforced"] or answer.json["sessions"] != count:
        raise Problem(f"Recant did not end {count} sessions: {answer.status} {answer.body!r}")
    refused = call(recant.port, "GET", "/v1/check", bearer=token)
    if refused.status != 401:
        raise Problem(f"a token of a subject that is revoked is answered {refused.status}")
    while redis("EXISTS", f"sessions:user:{subject}"):
        time.sleep(0.0005)
    return enforced, (time.perf_counter() - begun) * 1000


def walk(peer, keys, subject, count):
    begun = time.perf_counter()
    answer = call(peer.port, "POST", "/v1/revoke", {"subject": subject})
    taken = (time.perf_counter() - begun) * 1000
    if answer.status != 200 or answer.json["sessions"] != count:
        raise Problem(f"the walk did not end {count} sessions: {answer.status} {answer.body!r}")
    return taken
