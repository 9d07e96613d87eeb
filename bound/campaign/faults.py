"""Does what the schedule says, and remembers from when to when each fault was in force."""
import concurrent.futures
import contextlib
import dataclasses
import threading
import time

from .instants import now
from harness.resp import RedisError


@dataclasses.dataclass(frozen=True)
class InForce:
    kind: str
    whom: list
    began: int
    ended: int

    def overlaps(self, begin, end):
        return self.began <= end and begin <= self.ended


class Faults:
    def __init__(self, redis, network, verifiers):
        self.redis, self.network, self.verifiers = redis, network, verifiers
        self.log = []
        self.failures = []
        # Threads that stay: a process that one of them starts ends with it.
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=32)
        self._locks = {name: threading.Lock() for name in
                       ["redis", *(f"{kind} {number}" for kind in ("link", "verifier")
                                   for number in range(len(verifiers)))]}

    def run(self, schedule, stop):
        """Until all of them are over."""
        begin = time.monotonic()
        under_way = []
        for fault in schedule:
            if stop.wait(max(0, begin + fault.at - time.monotonic())):
                break
            under_way.append(self._pool.submit(self._befall, fault))
        concurrent.futures.wait(under_way)

    def end(self):
        """After all processes."""
        self._pool.shutdown()

    def _befall(self, fault):
        whom = fault.befalls(len(self.verifiers))
        with contextlib.ExitStack() as locks:
            for name in sorted(whom):
                locks.enter_context(self._locks[name])
            began = now()
            try:
                getattr(self, "_" + fault.kind)(fault)
            except Exception as error:  # whatever it is, the measurement is worth nothing
                self.failures.append(f"{fault}: {error!r}")
            self.log.append(InForce(fault.kind, whom, began, now()))

    def _redis_stop(self, fault):
        self.redis.process.pause()
        time.sleep(fault.seconds)
        self.redis.process.go_on()

    def _redis_kill(self, fault):
        self.redis.kill()
        time.sleep(fault.seconds / 4)
        self.redis.start()

    def _verifier_stop(self, fault):
        self.verifiers.pause(fault.verifier)
        time.sleep(fault.seconds)
        self.verifiers.go_on(fault.verifier)

    def _verifier_kill(self, fault):
        self.verifiers.kill(fault.verifier)
        time.sleep(fault.seconds / 4)
        self.verifiers.start(fault.verifier)

    def _client_kill(self, fault):
        with contextlib.closing(self.redis.connect()) as control:
            for client in control("CLIENT", "LIST").splitlines():
                fields = dict(field.partition("=")[::2] for field in client.split())
                if fields["name"] == self.verifiers.name(fault.verifier):
                    with contextlib.suppress(RedisError):  # it has gone by itself
                        control("CLIENT", "KILL", "ID", fields["id"])

    def _cut(self, fault):
        self.network.cut(fault.verifier)

    def _delay(self, fault):
        self._link(fault, delay_ms=fault.delay_ms)

    def _hold_answers(self, fault):
        self._link(fault, down="hold")

    def _hold_questions(self, fault):
        self._link(fault, up="hold")

    def _partition_one(self, fault):
        self._link(fault, up="hold", down="hold")

    def _black_hole(self, fault):
        self._link(fault, up="drop", down="drop")

    def _link(self, fault, **modes):
        self.network.set(fault.verifier, **modes)
        time.sleep(fault.seconds)
        self.network.set(fault.verifier)

    def _partition_all(self, fault):
        for link in range(len(self.verifiers)):
            self.network.set(link, up="hold", down="hold")
        time.sleep(fault.seconds)
        for link in range(len(self.verifiers)):
            self.network.set(link)
