"""docs/benchmarks.md, out of the raw figures of one run."""
from measure import figures
from report.targets import MISSED, TARGETS, WAITING

NO_REASON = "No reason is written down yet (bench/report/notes.md)."


def page(results, notes):
    """`results` is what run.py writes as JSON."""
    parts = results["parts"]
    sections = [_head(results), _targets(parts), _misses(parts, notes)]
    sections += [section(parts[name]) for name, section in SECTIONS.items() if name in parts]
    sections += [_setting(results), _waiting()]
    return "\n\n".join(section for section in sections if section) + "\n"


def judged(parts):
    """(target, spread, verdict) of each that this run measured."""
    for target in TARGETS:
        spread = target.figure(parts[target.part]) if target.part in parts else None
        if spread is not None:
            yield target, spread, target.verdict(spread)


def summary(results):
    """Two lines for the README."""
    spreads = {target.name: spread for target, spread, _ in judged(results["parts"])}
    claims = []
    for name, words in (
            ("refresh_fastify", "refreshes {0} times as fast as the recipe in fastify"),
            ("check_go", "checks {0} times as fast as the recipe in Go"),
            ("login_limit", "signs in at {0} of what the password hash allows")):
        if name in spreads:
            claims.append(words.format(_short(spreads[name].median)))
    rows = results["parts"]["revoke"]["rows"] if "revoke" in results["parts"] else []
    if rows:
        claims.append(f"ends {rows[-1]['sessions']:,} sessions of a user in "
                      f"{figures.spread(rows[-1]['recant_ms']).median:.1f} ms")
    if not claims:
        return "Measured beside the usual recipe: [docs/benchmarks.md](docs/benchmarks.md)."
    listed = " and ".join([", ".join(claims[:-1]), claims[-1]] if len(claims) > 1 else claims)
    return f"Recant {listed}, on {_machine(results['machine'])}.\n" \
           "How that was measured, and beside what: [docs/benchmarks.md](docs/benchmarks.md)."


# --- what stands at the top -------------------------------------------------------------------------


def _head(results):
    kind = "A quick run of few short rounds: not for comparison.\n\n" if results["quick"] else ""
    return f"""# Benchmarks

<!-- Written by scripts/bench. What is said about misses is in bench/report/notes.md. -->

{kind}Measured {results["date"]} at commit `{results["commit"]}` on {_machine(results["machine"])}; {results["machine"]["system"]}, Linux {results["machine"]["kernel"]}.

Figures of different machines say little beside one another, and those of one machine at different hours not much
more. So each comparison is made in one run, both sides in turn (A B C, A B C, …), {results["rounds"]} rounds; a ratio is taken within each
round, and what stands here is the median of those ratios with the least and the greatest. `scripts/bench` does it all again."""


def _targets(parts):
    rows = []
    for target, spread, verdict in judged(parts):
        rows.append([target.what, target.beside, target.reach, _measured(target, spread),
                     "reached" if verdict != MISSED else "**missed**"])
    return "## The numbers to reach\n\n" + _table(
        ["what", "beside", "to reach", "measured", ""], rows)


def _measured(target, spread):
    if target.unit == "bytes":
        return f"{spread.median:,.0f} bytes"
    return f"{_short(spread.median)} × ({_short(spread.least)} to {_short(spread.greatest)})"


def _misses(parts, notes):
    missed = [target for target, _, verdict in judged(parts) if verdict == MISSED]
    if not missed:
        return ""
    lines = [f"- **{target.what}**, beside {target.beside}: {notes.get(target.name, NO_REASON)}"
             for target in missed]
    return "### What is missed, and why\n\n" + "\n".join(lines)


# --- one section a part -----------------------------------------------------------------------------


def _check(part):
    return f"""## Check

`GET /v1/check` over {part["connections"]} connections kept alive, {part["tokens"]:,} ES256 tokens in turn, {part["seconds"]} s a round; {part["placement"]}, every server with one
thread. Each server verifies signature, issuer, audience and times, asks Redis whether the token is revoked, and answers 200 with the subject in a header. The peers ask
`GET blacklist:jti:<jti>`; Recant's question also covers session, user, everybody, and whether this is still the master. fast-jwt's cache holds all tokens, so that a token's signature is verified once.

{_rates(part)}"""


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
    rows, refused = [], []
    ours = [r["rate"] for r in part["rounds"]["recant"]]
    for name, rounds in part["rounds"].items():
        rate = figures.spread(r["rate"] for r in rounds)
        against = figures.ratio(ours, [r["rate"] for r in rounds])
        row = [part["titles"][name], f"{rate.median:,.0f} ± {rate.width * 100:.0f} %",
               "" if name == "recant" else
               f"{_short(against.median)} ({_short(against.least)} to {_short(against.greatest)})"]
        row += [_median(rounds, key, 1000, 2) for key in ("p50_us", "p99_us")]
        if microseconds:
            row += [_median(rounds, key, 1, 1) for key in ("server_cpu_us", "redis_cpu_us")]
        rows.append(row)
        count = sum(r.get("refused", 0) for r in rounds)
        if count:
            refused.append(f"{part['titles'][name]}: {count:,} requests were not answered with success.")
    text = _table(head, rows)
    if microseconds:
        text += "\n\n`server µs` and `Redis µs` are processor time a request, of the server and of Redis."
    return "\n\n".join([text, *refused])


def _median(rounds, key, unit, digits):
    if key not in rounds[0]:
        return ""
    return f"{figures.spread(r[key] for r in rounds).median / unit:.{digits}f}"


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

{_table(["sessions", "until enforced", "tidied", "the recipe's walk", "times"], rows)}"""


def _memory(part):
    rows = []
    for who, side in (("Recant", part["recant"]), ("the recipe", part["recipe"])):
        rows += [[who, f"`{key}`", f"{size:,.0f}"] for key, size in side["keys"].items()]
        rows.append([f"**{who}**", "`MEMORY USAGE`, all keys", f"**{sum(side['keys'].values()):,.0f}**"])
        rows.append([f"**{who}**", "`used_memory`, difference", f"**{side['used_bytes']:,.0f}**"])
    return f"""## Redis bytes a session

{part["sessions"]:,} sessions, each of a user of its own (a UUID), opened by a browser (user agent of Chrome on Windows, an IPv4 address). The recipe's three bare keys know neither device nor address nor when a session began, cannot be listed, and hold the
blacklist entry of a token that a living session does not have yet. `MEMORY USAGE` is what Redis gives for a key; `used_memory` adds the hash tables of keys and expiries, and what the allocator rounds up.

{_table(["", "key", "bytes"], rows)}"""


SECTIONS = {"check": _check, "refresh": _refresh, "login": _login, "revoke": _revoke, "memory": _memory}


# --- what stands at the end -------------------------------------------------------------------------


def _setting(results):
    versions = results["versions"]
    lines = [
        "Load comes from wrk, one thread, each connection with one request under way; a first turn of all sides is not counted. "
        "An answer that is no success is counted and named.",
        "Recant runs with its defaults and logs to a file; it is built by `scripts/build` (`-O2`).",
        "The peers (`bench/peers`) are the recipe as a good engineer writes it: keys parsed once, one pool or one auto-pipelined connection to Redis, `cluster` "
        "workers in Node, no log. Before each measurement each must have refused a token that is revoked (by itself, by another service, after a cache had seen it), badly signed, expired, "
        "or meant for somebody else, and a refresh token used twice.",
        "One `redis-server` for all sides of a part, on loopback, `--appendonly no --save \"\"`, a database of its own for each.",
        "nginx: one worker, no access log, `return 204`.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
    ]
    lines += [f"Not measured here: {name}, because {why}." for name, why in results["missing"].items()]
    return "## How\n\n" + "\n".join(f"- {line}" for line in lines)


def _waiting():
    return "## Not measured yet\n\n" + _table(["what", "waits for"], WAITING)


def _machine(machine):
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']:g} GiB"


def _short(value):
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
