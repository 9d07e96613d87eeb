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


def in_process(cache):
    """How many times as long verify + GET takes as a check of the library, with so many tokens in turn."""
    def figure(part):
        return figures.ratio(figures.each(part[cache]["peer_ns"]), figures.each(part[cache]["ns"]))
    return figure


def never_seen(part):
    return figures.ratio(figures.each(part["new"]["us"]), figures.each(part["new"]["limit_us"]))


def two_threads(part):
    return figures.spread(figures.each(part["two_threads"]["ratio"]))


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


VERIFY_AND_GET = "verify + GET: OpenSSL's signature and one question by hiredis"

TARGETS = (
    Target("library_hot_1000", "library", "check in-process, 1,000 tokens seen before, one thread", VERIFY_AND_GET,
           800, True, in_process("hot_1000")),
    Target("library_hot_1000000", "library", "check in-process, 1,000,000 tokens seen before, one thread",
           VERIFY_AND_GET, 200, True, in_process("hot_1000000")),
    Target("library_two_threads", "library", "check in-process, two threads", "one thread", 1.8, True, two_threads),
    Target("library_new", "library", "check in-process, a token never seen", VERIFY_AND_GET, 1.3, False, never_seen),
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
