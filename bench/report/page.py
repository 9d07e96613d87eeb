"""docs/benchmarks.md, out of the raw figures of one run."""
from measure import figures
from report.form import short, table
from report.sections import SECTIONS
from report.targets import MISSED, TARGETS

NO_REASON = "No reason is written down yet (bench/report/notes.md)."


def page(results, notes):
    """`results` is what run.py writes as JSON."""
    parts = results["parts"]
    sections = [_head(results), _targets(parts), _misses(parts, notes)]
    sections += [section(parts[name]) for name, section in SECTIONS.items() if name in parts]
    sections += [_elsewhere(), _setting(results)]
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
            ("library_hot_1000", "checks a token that it knows {0} times as fast as a signature and a question to Redis"),
            ("check_fastify", "answers `/v1/check` {0} times as fast as the recipe in fastify"),
            ("refresh_fastify", "refreshes {0} times as fast"),
            ("login_limit", "signs in at {0} of what the password hash allows")):
        if name in spreads:
            claims.append(words.format(short(spreads[name].median)))
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
    return "## The numbers to reach\n\n" + table(
        ["what", "beside", "to reach", "measured", ""], rows)


def _measured(target, spread):
    if target.unit == "bytes":
        return f"{spread.median:,.0f} bytes"
    return f"{short(spread.median)} {target.unit} ({short(spread.least)} to {short(spread.greatest)})"


def _misses(parts, notes):
    missed = [target for target, _, verdict in judged(parts) if verdict == MISSED]
    if not missed:
        return ""
    lines = [f"- **{target.what}**, beside {target.beside}: {notes.get(target.name, NO_REASON)}"
             for target in missed]
    return "### What is missed, and why\n\n" + "\n".join(lines)


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


def _elsewhere():
    return """## Measured elsewhere

How long after a revocation each of eight verifiers still takes the token, to reach: 99 of 100 refuse within 2 ms, and all within the bound of 250 ms. What of it is reached says [bound.md](bound.md), by `scripts/bound`, in quiet times and under faults."""


def _machine(machine):
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']:g} GiB"
