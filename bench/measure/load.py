"""Load, by wrk: so many connections kept alive, each with one request under way at any time."""
import dataclasses
import json
import os
import subprocess

from . import paths
from .machine import cpu_seconds
from .problem import Problem


@dataclasses.dataclass(frozen=True)
class Load:
    """`script` is a file of bench/load; `cores` are wrk's own."""
    script: str
    connections: int
    cores: frozenset

    def run(self, port, seconds, *arguments):
        """What wrk counted, as load/summary.lua prints it."""
        command = [
            "taskset", "--cpu-list", ",".join(map(str, sorted(self.cores))),
            "wrk", "--threads", "1", "--connections", str(self.connections), "--duration",
            f"{seconds}s", "--timeout", "10s", "--script", os.path.join(paths.BENCH, "load", self.script),
            f"http://127.0.0.1:{port}", "--", *map(str, arguments)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
        lines = run.stdout.strip().splitlines()
        if run.returncode or not lines or not lines[-1].startswith("{"):
            raise Problem(f"wrk failed: {(run.stderr or run.stdout).strip()[-500:]}")
        return json.loads(lines[-1])

    def round(self, server, redis, seconds, *arguments):
        """One round against a server: its rate, its latencies, and the processor time a request took of
        the server and of Redis."""
        before = cpu_seconds(server.pid), cpu_seconds(redis.process.pid)
        counted = self.run(server.port, seconds, *arguments)
        after = cpu_seconds(server.pid), cpu_seconds(redis.process.pid)
        done = counted["requests"]
        if not done:
            raise Problem(f"{server.title} answered nothing: {server.last_words()}")
        return {
            "rate": done / counted["duration_us"] * 1e6,
            "p50_us": counted["p50_us"], "p99_us": counted["p99_us"],
            "server_cpu_us": (after[0] - before[0]) / done * 1e6,
            "redis_cpu_us": (after[1] - before[1]) / done * 1e6,
            "server_cores": (after[0] - before[0]) / counted["duration_us"] * 1e6,
            "refused": counted["refused"] + counted["broken"], "requests": done,
        }
