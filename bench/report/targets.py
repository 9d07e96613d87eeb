"""The numbers to reach, as ratios of two sides of one run. A target belongs to a part, and says how its
figure comes out of what that part measured."""
import dataclasses
from typing import Callable

from measure import figures

REACHED, MISSED = "reached", "missed"


@dataclasses.dataclass(frozen=True)
class Target:
    name: str  # notes.md calls it so
    part: str
    what: str
    beside: str
    bound: float
    at_least: bool  # else: at most
    figure: Callable  # of the part's raw results: a Spread; None when that side was not measured
    unit: str = "×"

    @property
    def reach(self):
        return f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"

    def verdict(self, spread):
        holds = spread.median >= self.bound if self.at_least else spread.median <= self.bound
        return REACHED if holds else MISSED


def rates(other):
    """How many times as many requests a second as that side."""
    def figure(part):
        rounds = part["rounds"]
        if other not in rounds:
            return None
        return figures.ratio([r["rate"] for r in rounds["recant"]], [r["rate"] for r in rounds[other]])
    return figure


def growth(part):
    """The call with the most sessions, against the call with one; calls of one size are no pairs, so
    the range is that of the medians' extremes."""
    least, most = (figures.spread(row["recant_ms"]) for row in (part["rows"][0], part["rows"][-1]))
    return figures.Spread(most.median / least.median, most.least / least.median, most.greatest / least.median)


def session_bytes(part):
    total = sum(part["recant"]["keys"].values())
    return figures.Spread(total, total, total)


TARGETS = (
    Target("check_nginx", "check", "check, one thread", "nginx answering a static 204", 0.95, True,
           rates("nginx")),
    Target("check_fastify", "check", "check, one thread", "fastify + fast-jwt (cache on) + ioredis", 3, True,
           rates("fastify")),
    Target("check_go", "check", "check, one thread", "Go net/http + golang-jwt + redigo", 8, True,
           rates("go")),
    Target("refresh_fastify", "refresh", "refresh, two cores", "fastify + fast-jwt + ioredis", 3, True,
           rates("fastify")),
    Target("login_limit", "login", "login", "the argon2id limit: cores ÷ one hash", 0.95, True,
           rates("limit")),
    Target("revoke_flat", "revoke", "revoke-all until enforced, with the most sessions",
           "the same with one session", 1.5, False, growth),
    Target("memory_bytes", "memory", "Redis bytes a session", "nothing: a bound", 700, False,
           session_bytes, "bytes"),
)

# Of the design's numbers, what nothing here measures yet, and what it waits for.
WAITING = (
    ("a token seen before, judged in-process: ≥ 800 × verify + GET (1,000 tokens), ≥ 200 × (1,000,000)",
     "the verdict cache"),
    ("two threads ≥ 1.8 × one", "the verdict cache"),
    ("a token never seen: ≤ 1.3 × (OpenSSL verify + one round trip)", "the verifier as a library"),
    ("check p99 while logins saturate the hash pool: ≤ 2 × idle", "a part of its own"),
    ("revoke → all of 8 verifiers refuse: p99 ≤ 2 ms", "the verdict cache"),
)
