"""One section of docs/benchmarks.md a part: each takes what its part measured and is the section's text."""
from measure import figures
from report.form import between, table


def _library(part):
    rows, beside = [], part["rounds"]["openssl"]
    for name, rounds in part["rounds"].items():
        base = part["rounds"]["new_openssl"] if name.startswith("new_") else beside
        rows.append([part["titles"][name], _rate(rounds), f"{_nanoseconds(rounds):,.0f}", _against(rounds, base, "rate")])
    return f"""## Check in-process

Tokens checked by `librecant` in the program that asks (`bench/programs/in_process.cpp`): so many ES256 tokens, each seen before, in turn or at random; {part["placement"]}. Beside it what a careful program does without it: the signature, by three
libraries, then `GET blacklist:jti:<jti>` by hiredis over loopback. The last two rows are of tokens that nobody has seen, {part["new"]:,} a round. A row without a check is what memory alone takes for the looks that a check has in a row, each by what the one before says: the table, the entry, its stamps (`bench/programs/in_process/looks.hpp`).

{table(["", "checks/s", "ns a check", "÷ OpenSSL + hiredis"], rows)}

What is remembered takes {part["bytes_a_token"]:,.0f} bytes a token, of which the token itself is {part["token_bytes"]:,.0f}."""


def _check(part):
    return f"""## Check over HTTP

`GET /v1/check` over {part["connections"]} connections kept alive, {part["tokens"]:,} ES256 tokens in turn, {part["seconds"]} s a round; {part["placement"]}, every server with one
thread. Each answers 200 with the subject in a header, and 401 once the token is revoked; nginx looks at nothing. The peers verify signature, issuer, audience and times and ask `GET blacklist:jti:<jti>` each time; fast-jwt's cache
holds all tokens, so that a token's signature is verified once. Recant answers from memory what it has found good, as long as Redis keeps telling it what is taken back ([revocation-bound.md](revocation-bound.md)); all its tokens were checked in the turn that is not counted.

{_rates(part)}"""


def _storms(part):
    rows = []
    calm = part["rounds"]["calm"]
    for name, rounds in part["rounds"].items():
        share = sum(r["asked"] for r in rounds) / sum(r["checks"] for r in rounds)
        rows.append([part["titles"][name], _rate(rounds), _against(rounds, calm, "rate"),
                     *(_median(rounds, key, 1, 0) for key in ("p50_ns", "p99_ns")), _against(rounds, calm, "p99_ns"),
                     _median(rounds, "p999_ns", 1, 0), f"{share * 1e6:,.1f}", _median(rounds, "logins_rate", 1, 0),
                     _median(rounds, "received_rate", 1000, 1)])
    return f"""## Checks while others sign in

With `session.strategy = "whitelist"` each login writes a key that every verifier is told of. One thread of a program that embeds `librecant` checks {part["tokens"]:,} tokens in turn, {part["seconds"]} s a round, on one core with the verifier's own thread; Redis and
the logins share another. No server hashes passwords at such rates, so these logins are made (`bench/programs/login_storm.cpp`): the keys that a login leaves in Redis, written as plain commands in one pipeline; what is left out, the account, the password, the signature and what the server's script looks at, no
verifier sees. A latency is from one reading of the clock to the next, checks that had to ask Redis included.

{table(["", "checks/s", "÷ calm", "p50 ns", "p99 ns", "÷ calm", "p99.9 ns", "asked Redis, of a million", "logins/s", "kB/s heard"], rows)}

*Heard* is what the verifier's connection received: keys that changed, heartbeats, answers."""


def _loaded(part):
    rows = []
    for server, title in part["servers"].items():
        idle, busy = (part["rounds"][f"{server}_{state}"] for state in ("idle", "busy"))
        rows.append([title, *(_median(rounds, key, 1000, 2) for key in ("p50_us", "p99_us") for rounds in (idle, busy)),
                     _against(busy, idle, "p99_us"), _median(idle, "rate", 1, 0), _median(busy, "rate", 1, 0),
                     _median(busy, "logins_rate", 1, 0)])
    head = ["", "p50 ms, idle", "busy", "p99 ms, idle", "busy", "p99, busy ÷ idle", "checks/s, idle", "busy", "logins/s"]
    rates = "\n\n".join([table(head, rows), *_refused(part)])
    return f"""## Check while passwords are hashed

`GET /v1/check` over {part["connections"]} connections, each with a pause of {part["pause_ms"]} ms on average between an answer and the next request, far fewer than any of these servers can answer; idle, and while {part["logins"]} connections sign in without pause, which
keeps every thread that hashes busy. {part["seconds"]} s a round, idle and busy in turn; {part["placement"]}, every server with two threads or processes.

{rates}"""


def _refresh(part):
    return f"""## Refresh

`POST /v1/refresh` over {part["connections"]} connections, {part["sessions"]:,} new sessions before each round, {part["seconds"]} s a round; {part["placement"]}, every server with two threads or
processes. The peers do the least that rotates: `GETDEL refresh_token:<token>`, a new ES256 token, `SET refresh_token:<new>`; two clients that refresh at once log their user out. Recant's one script
rotates so that they do not, finds replays, and keeps the session's record. What the load generator and Redis use of the cores they share is the same on both sides and brings the rates closer together than the servers are: compare
`server µs` too.

{_rates(part)}"""


def _login(part):
    return f"""## Login

`POST /v1/login` over {part["connections"]} connections, {part["seconds"]} s a round; {part["placement"]}. All hash with argon2id, 19 MiB, two passes, one lane. The limit is
{part["cores"]} cores ÷ one hash, measured in each round on one core, with the other idle, by the function that Recant calls; under it stands what that function alone reaches when it runs on all cores at once and they share one memory. The peers' accounts are in memory, Recant's in SQLite. The peers hash with `@node-rs/argon2` (Node) and `golang.org/x/crypto` (Go).

{_rates(part, microseconds=False)}"""


def _rates(part, microseconds=True):
    head = ["", "requests/s", "Recant ÷ it", "p50 ms", "p99 ms"]
    if microseconds:
        head += ["server µs", "Redis µs"]
    rows, ours = [], [r["rate"] for r in part["rounds"]["recant"]]
    for name, rounds in part["rounds"].items():
        against = figures.ratio(ours, [r["rate"] for r in rounds])
        row = [part["titles"][name], _rate(rounds), "" if name == "recant" else between(against)]
        row += [_median(rounds, key, 1000, 2) for key in ("p50_us", "p99_us")]
        if microseconds:
            row += [_median(rounds, key, 1, 1) for key in ("server_cpu_us", "redis_cpu_us")]
        rows.append(row)
    text = table(head, rows)
    if microseconds:
        text += "\n\n`server µs` and `Redis µs` are processor time a request, of the server and of Redis."
    return "\n\n".join([text, *_refused(part)])


def _revoke(part):
    rows = []
    for row in part["rows"]:
        enforced, tidied = figures.spread(row["recant_ms"]), figures.spread(row["tidied_ms"])
        walk = figures.spread(row["recipe_ms"]) if row["recipe_ms"] else None
        rows.append([f"{row['sessions']:,}", f"{enforced.median:.2f} ({enforced.least:.2f} to {enforced.greatest:.2f})",
                     f"{tidied.median:,.1f}", f"{walk.median:,.1f} ({walk.least:,.1f} to {walk.greatest:,.1f})" if walk else "",
                     f"{len(row['recant_ms'])}"])
    return f"""## Ending all sessions of a user

`POST /v1/admin/revocations` with a `subject`, from the call to the answer that says `enforced: true`: from then on every check of every one of those sessions is 401, which is tried each time. *Tidied* is when the last key of the
last session is gone; nothing waits for it. Beside it the recipe's `DEL whitelist:user:<id>:jti:*`, which is a SCAN over everybody's keys (ioredis `scanStream`, COUNT 1000, UNLINK), on the same Redis. Both begin with {part["total_sessions"]:,} sessions in it; {part["placement"]}. Milliseconds,
median (least to greatest).

{table(["sessions", "until enforced", "tidied", "the recipe's walk", "times"], rows)}"""


def _memory(part):
    rows = []
    for who, side in (("Recant", part["recant"]), ("the recipe", part["recipe"])):
        rows += [[who, f"`{key}`", f"{size:,.0f}"] for key, size in side["keys"].items()]
        rows.append([f"**{who}**", "`MEMORY USAGE`, all keys", f"**{sum(side['keys'].values()):,.0f}**"])
        rows.append([f"**{who}**", "`used_memory`, difference", f"**{side['used_bytes']:,.0f}**"])
    return f"""## Redis bytes a session

{part["sessions"]:,} sessions, each of a user of its own (a UUID), opened by a browser (user agent of Chrome on Windows, an IPv4 address). The recipe's three bare keys know neither device nor address nor when a session began, cannot be listed, and hold the
blacklist entry of a token that a living session does not have yet. `MEMORY USAGE` is what Redis gives for a key; `used_memory` adds the hash tables of keys and expiries, and what the allocator rounds up.

{table(["", "key", "bytes"], rows)}"""


def _refused(part):
    """A line for each side whose answers were not all a success."""
    for name, rounds in part["rounds"].items():
        count = sum(r.get("refused", 0) for r in rounds)
        if count:
            yield f"{part['titles'][name]}: {count:,} requests were not answered with success."


def _rate(rounds):
    rate = figures.spread(r["rate"] for r in rounds)
    return f"{rate.median:,.0f} ± {rate.width * 100:.0f} %"


def _median(rounds, key, unit, digits):
    if key not in rounds[0]:
        return ""
    return f"{figures.spread(r[key] for r in rounds).median / unit:,.{digits}f}"


def _against(rounds, others, key):
    return "" if rounds is others else between(figures.ratio([r[key] for r in rounds], [r[key] for r in others]))


def _nanoseconds(rounds):
    return 1e9 / figures.spread(r["rate"] for r in rounds).median


SECTIONS = {"library": _library, "check": _check, "storms": _storms, "loaded": _loaded,
            "refresh": _refresh, "login": _login, "revoke": _revoke, "memory": _memory}
