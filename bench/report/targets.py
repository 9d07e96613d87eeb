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


def times(one, other):
    """How many times as many a second as that side."""
    def figure(part):
        rounds = part["rounds"]
        if one not in rounds or other not in rounds:
            return None
        return figures.ratio([r["rate"] for r in rounds[one]], [r["rate"] for r in rounds[other]])
    return figure


def rates(other):
    return times("recant", other)


def waiting(server):
    """How many times as long the slowest hundredth of its checks takes while it hashes passwords."""
    def figure(part):
        idle, busy = (part["rounds"].get(f"{server}_{state}") for state in ("idle", "busy"))
        return figures.ratio([r["p99_us"] for r in busy], [r["p99_us"] for r in idle]) if idle else None
    return figure


def growth(part):
    """The call with the most sessions, against the call with one; calls of one size are no pairs, so
    the range is that of the medians' extremes."""
    least, most = (figures.spread(row["recant_ms"]) for row in (part["rows"][0], part["rows"][-1]))
    return figures.Spread(most.median / least.median, most.least / least.median, most.greatest / least.median)


def session_bytes(part):
    total = sum(part["recant"]["keys"].values())
    return figures.Spread(total, total, total)


VERIFY_AND_GET = "OpenSSL's signature and one GET by hiredis"

TARGETS = (
    Target("library_hot_1000", "library", "check in-process, 1,000 tokens seen before, one thread", VERIFY_AND_GET,
           800, True, times("recant_1000", "openssl")),
    Target("library_hot_1000000", "library", "check in-process, 1,000,000 tokens seen before, one thread",
           VERIFY_AND_GET, 200, True, times("recant_1000000", "openssl")),
    Target("library_two_threads", "library", "check in-process, two threads", "one thread", 1.8, True,
           times("recant_1000_two_threads", "recant_1000")),
    Target("library_new", "library", "time of a check in-process, a token never seen", VERIFY_AND_GET, 1.3, False,
           times("new_openssl", "new_recant")),
    Target("check_nginx", "check", "check over HTTP, one thread", "nginx answering a static 204", 0.95, True,
           rates("nginx")),
    Target("check_fastify", "check", "check over HTTP, one thread", "fastify + fast-jwt (cache on) + ioredis", 3, True,
           rates("fastify")),
    Target("check_go", "check", "check over HTTP, one thread", "Go net/http + golang-jwt + redigo", 8, True,
           rates("go")),
    Target("loaded_p99", "loaded", "check p99 while logins keep every hashing thread busy", "the same, idle", 2, False,
           waiting("recant")),
    Target("refresh_fastify", "refresh", "refresh, two cores", "fastify + fast-jwt + ioredis", 3, True,
           rates("fastify")),
    Target("login_limit", "login", "login", "the argon2id limit: cores ÷ one hash", 0.95, True,
           rates("limit")),
    Target("revoke_flat", "revoke", "revoke-all until enforced, with the most sessions",
           "the same with one session", 1.5, False, growth),
    Target("memory_bytes", "memory", "Redis bytes a session", "nothing: a bound", 700, False,
           session_bytes, "bytes"),
)
