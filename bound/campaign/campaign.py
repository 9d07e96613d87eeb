"""One measurement from its beginning to its end."""
import collections
import contextlib
import dataclasses
import os
import random
import shutil
import sys
import tempfile
import threading
import time

from . import revoker
from .faults import Faults
from .instants import now
from .judge import judge, spread
from .network import Network
from .schedule import KINDS, schedule
from .tokens import Tokens
from .verifiers import Verifiers
from harness import http
from harness.process import wait_until
from harness.recant import Recant
from harness.redis_server import RedisServer


@dataclasses.dataclass(frozen=True)
class Plan:
    seed: int
    seconds: float
    faults: int
    verifiers: int = 8
    kinds: tuple = tuple(KINDS)
    policy_ms: int = 250  # verify.max_staleness: what all agree on
    judged_ms: int = 250  # what is held against; less than the policy shows that the judge judges
    swallow_pushes: bool = False  # likewise: no network does that


class Campaign:
    """`say` is told how far it is."""

    def __init__(self, plan, say=lambda text: print(text, file=sys.stderr, flush=True)):
        self.plan, self.say = plan, say
        self.faults = None
        self._stop = threading.Event()
        self._failures = []

    def run(self):
        """What is to be kept of it, as JSON takes it."""
        with contextlib.ExitStack() as ends:
            self._start(ends)
            began = now()
            self._work()
            return self._result((now() - began) / 1e9)

    def _start(self, ends):
        plan = self.plan
        folder = tempfile.mkdtemp(prefix="recant-bound-")
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        ends.callback(lambda: self.faults and self.faults.end())
        # What was acknowledged has been written to disk: outliving a Redis that forgets is another promise (G6).
        self.redis = RedisServer("--appendfsync", "always", persistent=True)
        ends.callback(self.redis.end)
        self.recant = Recant({"verify.max_staleness": f"{plan.policy_ms}ms", "log.level": "warn"}, self.redis)
        ends.callback(self.recant.end)
        with open(os.path.join(folder, "jwks.json"), "wb") as file:
            file.write(self.recant.call("GET", http.JWKS_PATH).body)
        self.tokens = Tokens(folder, plan.seed)
        ends.callback(self.tokens.end)
        network = Network(os.path.join(self.redis.directory, "redis.sock"), plan.verifiers)
        ends.callback(network.end)
        if plan.swallow_pushes:
            for link in range(plan.verifiers):
                network.set(link, down="swallow")
        self.verifiers = Verifiers(folder, network.ports, self.tokens, plan.judged_ms)
        ends.callback(self.verifiers.end)
        for number in range(plan.verifiers):
            self.verifiers.start(number)
        wait_until(lambda: len(self.verifiers.records()) == plan.verifiers, "all verifiers run")
        self.faults = Faults(self.redis, network, self.verifiers)

    def _work(self):
        plan, seeds = self.plan, random.Random(self.plan.seed)
        workers = [
            (revoker.sign_in, self.recant, self.tokens),
            (revoker.revoke_by_api, self.recant, self.tokens, seeds.random()),
            (revoker.revoke_and_wait, self.recant, self.tokens, plan.judged_ms),
            (revoker.revoke_at_redis, self.redis, self.tokens, seeds.random())]
        threads = [threading.Thread(target=self._run, args=worker, daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        faults = schedule(plan.seed, plan.seconds, plan.faults, plan.verifiers, plan.kinds)
        storm = threading.Thread(target=self.faults.run, args=(faults, self._stop), daemon=True)
        storm.start()
        self._watch(storm)
        self._stop.set()
        for thread in [*threads, storm]:
            thread.join()
        time.sleep(2 * plan.policy_ms / 1000)  # so that what was revoked last is judged too
        self.verifiers.must_all_run()
        self._failures += self.faults.failures
        if self._failures:
            raise RuntimeError("; ".join(self._failures))

    def _run(self, work, *arguments):
        try:
            work(*arguments, self._stop)
        except Exception as error:  # a worker that is missing is told of at the end
            self._failures.append(f"{work.__name__}: {error!r}")

    def _watch(self, storm):
        """Until its time is over and so is the last fault."""
        end, next_words = time.monotonic() + self.plan.seconds, time.monotonic() + 5
        while (time.monotonic() < end or storm.is_alive()) and not self._failures:
            time.sleep(0.1)
            if time.monotonic() >= next_words:
                next_words += 5
                counts = sum((collections.Counter(record.counts()) for _, record in self.verifiers.records()),
                             collections.Counter())
                self.say(f"{len(self.faults.log)} of {self.plan.faults} faults, {self.tokens.count():,} tokens, "
                         f"{counts['late']:,} checks begun past the bound, {counts['late_accepted']} of them accepted")

    def _result(self, seconds):
        judged = judge(self.tokens.all, self.verifiers.records(), self.faults.log, self.plan.judged_ms)
        for violation in judged.violations[:20]:
            self.say(f"VIOLATION (seed {self.plan.seed}): {violation}")
        revoked = [token for token in self.tokens.all if token.acknowledged]
        return {
            "plan": dataclasses.asdict(self.plan), "seconds": round(seconds, 1), "checks": judged.checks,
            "verdicts": {name: judged.counts[name] for name in
                         ("from_cache", "from_redis", "revoked", "unavailable", "invalid")},
            "late": judged.counts["late"], "late_accepted": judged.counts["late_accepted"],
            "violations": [str(violation) for violation in judged.violations],
            "tokens": self.tokens.count(),
            "revocations": dict(sorted(collections.Counter(token.how for token in revoked).items())),
            "faults": dict(sorted(collections.Counter(fault.kind for fault in self.faults.log).items())),
            "refused_ms": spread(judged.refused_ms), "refused_quiet_ms": spread(judged.refused_quiet_ms),
            "accepted_ms": spread(judged.accepted_ms),
        }
