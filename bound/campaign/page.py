"""docs/bound.md, out of the raw figures of one run."""
from .verdict import CHECKS, FAULTS, is_enough

_WORDS = {
    "redis_stop": "Redis stopped, then going on (SIGSTOP, SIGCONT)",
    "redis_kill": "Redis killed, and started again on its append-only file",
    "verifier_stop": "a verifier stopped, then going on",
    "verifier_kill": "a verifier killed, and another started in its place",
    "client_kill": "`CLIENT KILL` of a verifier's connection",
    "cut": "a verifier's connection reset at both ends",
    "delay": "all that a verifier and Redis say to one another delayed by 1 to 200 ms",
    "hold_answers": "what Redis says to a verifier held, then delivered",
    "hold_questions": "what a verifier says to Redis held, then delivered",
    "partition_one": "both held, then delivered",
    "black_hole": "both lost, then the connection reset",
    "partition_all": "all verifiers cut off from Redis at once; what was held then delivered",
}


QUIET_P99_MS = 2  # the number to reach


def page(results):
    result, machine = results["result"], results["machine"]
    verdicts, plan = result["verdicts"], result["plan"]
    accepted = verdicts["from_cache"] + verdicts["from_redis"]
    faults = sum(result["faults"].values())
    kind = "" if is_enough(result) else f"\n**A shorter run**: the result to keep has at least {CHECKS:,} checks and {FAULTS:,} faults.\n"
    return f"""# The bound, measured under faults

<!-- Written by scripts/bound. -->

Measured {results["date"]} at commit `{results["commit"]}` on {machine["cpu"]}, {machine["cores"]} cores, {machine["memory_gib"]} GiB; {machine["system"]}, Linux {machine["kernel"]}; {results["build"]}. Of other work the machine had a load of {results["busy"]} when it began.
{kind}
**{result["checks"]:,} checks, {faults:,} faults, {result["late_accepted"]} checks accepted past the bound.** {plan["verifiers"]} verifier processes, {result["seconds"]:,.0f} s,
{sum(result["revocations"].values()):,} tokens taken back, `max_staleness` {plan["policy_ms"]} ms, seed {plan["seed"]}. What the promise is and why it holds: [revocation-bound.md](revocation-bound.md). How it is measured: [bound/](../bound/README.md).

A check is accepted past the bound if it began, by the clock of this machine that goes on while it sleeps, {plan["judged_ms"]} ms or more after the
revocation of its token had been answered, and was answered `valid`. Of all checks {result["late"]:,} began so late, of tokens that had been taken back; each of them could have failed.

{_table(["checks answered", "count"], [
    ["valid, from memory", f"{verdicts['from_cache']:,} ({100 * verdicts['from_cache'] / max(1, accepted):.1f} % of the valid)"],
    ["valid, Redis was asked", f"{verdicts['from_redis']:,}"], ["revoked", f"{verdicts['revoked']:,}"],
    ["unavailable", f"{verdicts['unavailable']:,}"]])}

## From the acknowledgement on

Milliseconds from the answer to a revocation, of each token and each verifier that had accepted it before. Refused: until the first check began that was not answered `valid`; 0 where a verifier
had ceased before, told by Redis sooner than whoever revoked, or cut off. A verifier that is stopped begins no check, so its time goes on. In a quiet time no fault was in force from 1 s before to 0.5 s after. Still accepted: until the last check began that was answered `valid`, of those that began after the acknowledgement.
The verifiers rest 1 ms between rounds over all their tokens and share the cores with all else here, so a figure is no less than that.

{_table(["", "pairs", "p50", "p90", "p99", "p99.9", "max"], [
    _spread("refused", result["refused_ms"]), _spread("refused, in quiet times", result["refused_quiet_ms"]),
    _spread("still accepted", result["accepted_ms"])])}

To reach: in quiet times 99 of 100 refuse within {QUIET_P99_MS} ms: {_reached(result["refused_quiet_ms"]["p99"])}

## What befell them

At random from the seed, for 10 ms to 2 s each (what was killed is started after a quarter of that), several at once, in storms of 8 s with 3 s of quiet between.

{_table(["fault", "times"], [[_WORDS[name], f"{count:,}"] for name, count in result["faults"].items()])}

## By whom tokens were taken back

{_table(["revocation", "tokens"], [[_door(name), f"{count:,}"] for name, count in result["revocations"].items()])}

`api` is `POST /v1/admin/revocations` of a `recant serve`, with `wait` judged from its answer on, with no time after it; `foreign` is another hand at Redis.

## What is left out

A Redis that forgets: `FLUSHALL`, a start from an older file, or `appendfsync` other than `always`. What was acknowledged then stands nowhere, and no bound is promised for it until revocations
are journalled and replayed. Nor do clocks that run apart or a Redis whose primary changes occur here: all runs on one machine, with one Redis.
"""


def _reached(p99):
    if p99 is None:
        return "not measured, since no time was quiet."
    if p99 <= QUIET_P99_MS:
        return f"reached, {p99:,.1f} ms."
    return (f"**missed**, {p99:,.1f} ms. A push is with a verifier as soon as it is given a core, and here more "
            "processes than there are cores check without pause.")


def _door(name):
    whose, _, how = name.partition(" ")
    return f"`{whose}`: {how}"


def _spread(name, figures):
    return [name, f"{figures['count']:,}"] + [
        "" if figures[point] is None else f"{figures[point]:,.1f}" for point in ("p50", "p90", "p99", "p99.9", "max")]


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
