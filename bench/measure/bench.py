"""One run: what all parts share, and the interleaving of the sides that are compared."""
import contextlib
import dataclasses
import sys

from . import machine, peers, servers
from .material import PASSWORD
from harness.redis_server import RedisServer


@dataclasses.dataclass(frozen=True)
class Scale:
    """How much is measured."""
    rounds: int
    seconds: int  # of one round of one side
    refresh_sessions: int  # new ones before each round
    revoke_times: dict  # how many sessions a subject has: how often that is measured
    memory_sessions: int
    library_tokens: tuple = (1000, 100_000, 1_000_000)


FULL = Scale(rounds=3, seconds=3, refresh_sessions=24_000, memory_sessions=10_000,
             revoke_times={1: 9, 10: 9, 100: 9, 1000: 5, 10_000: 3, 100_000: 3})
QUICK = Scale(rounds=2, seconds=1, refresh_sessions=6_000, memory_sessions=2_000,
              revoke_times={1: 5, 10: 5, 100: 5, 1000: 3, 10_000: 2}, library_tokens=(1000, 100_000))


@dataclasses.dataclass
class Bench:
    material: object
    scale: Scale
    missing: dict = dataclasses.field(default_factory=dict)  # name of a peer: why it cannot run here

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def peers(self):
        return [peer for peer in servers.PEERS if peer.name not in self.missing]

    @contextlib.contextmanager
    def running(self, placement, threads, kinds):
        """A Redis, and one server of each kind beside one another; the peers have shown that they do
        the work. While one is measured, the others wait for nothing."""
        with contextlib.ExitStack() as ends:
            redis = RedisServer(tcp=True)
            ends.callback(redis.end)
            setting = servers.Setting(redis, self.material, threads, placement.server)
            started = []
            for kind in kinds:
                server = kind(setting)
                ends.callback(server.end)
                started.append(server.start())
            for server in started:
                if isinstance(server, servers.Peer):
                    peers.Proof(server, servers.ISSUER, servers.AUDIENCE, PASSWORD).run()
            machine.pin(redis.process.pid, placement.redis)
            yield redis, started

    def interleave(self, part, sides, measure):
        """`measure(side)` for A B C, A B C, …: {name: rounds}. One turn of each goes before and is not
        counted, so that code is compiled and caches are warm."""
        results = {side.name: [] for side in sides}
        for turn in range(self.scale.rounds + 1):
            for side in sides:
                figures = measure(side)
                if turn:
                    results[side.name].append(figures)
                self.say(f"{part}, {f'round {turn} of {self.scale.rounds}' if turn else 'warming up'}: "
                         f"{side.title} {figures['rate']:,.0f}/s" + _warning(figures))
        return results


def _warning(figures):
    return f" ({figures['refused']} refused)" if figures.get("refused") else ""
