"""The machine: what it is, which process runs on which core, and how much of one it used."""
import dataclasses
import datetime
import os
import platform
import subprocess

from . import paths
from .problem import Problem
from harness.process import children_of

_TICKS = os.sysconf("SC_CLK_TCK")


def describe():
    """What the figures depend on. No names of hosts or people."""
    return {
        "cpu": _cpu_model(), "cores": len(os.sched_getaffinity(0)), "memory_gib": _memory_gib(),
        "kernel": platform.release().split("-")[0], "system": _system(),
    }


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def commit():
    """The short hash; followed by `+ changes` when the sources differ from it."""
    try:
        head = _git("rev-parse", "--short=10", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "src", "bench", "scripts")
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    return head + (" + changes" if changed else "")


def busy():
    """How many other processes wanted a core in the last minute, about."""
    return os.getloadavg()[0]


@dataclasses.dataclass(frozen=True)
class Placement:
    """Which cores the server, Redis and the load generator have, and how to say so."""
    server: frozenset
    redis: frozenset
    load: frozenset
    words: str


def one_core_for_the_server():
    """Whatever else runs has other cores, so that the server's one thread is what is measured."""
    cores = _cores(2)
    redis = cores[2] if len(cores) > 2 else cores[1]
    shared = "Redis and the load generator on another" if redis == cores[1] else \
        "the load generator and Redis on others"
    return Placement(frozenset(cores[:1]), frozenset([redis]), frozenset([cores[1]]),
                     f"the server on one core, {shared}")


def two_cores_for_the_server():
    """With fewer than four cores nobody can have one alone."""
    cores = _cores(2)
    if len(cores) < 4:
        both = frozenset(cores[:2])
        return Placement(both, both, both, "server, Redis and load generator share two cores")
    return Placement(frozenset(cores[:2]), frozenset([cores[2]]), frozenset([cores[3]]),
                     "the server on two cores, Redis on a third, the load generator on a fourth")


def pin(pid, cores):
    """A process, all its threads and all it started."""
    for process in family(pid):
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                os.sched_setaffinity(int(thread), cores)
        except (FileNotFoundError, ProcessLookupError):
            pass  # ended meanwhile


def family(pid):
    members = [pid]
    for child in children_of(pid):
        members += family(child)
    return members


def cpu_seconds(pid):
    """What a process and all it started have used so far, in user and kernel space."""
    total = 0
    for process in family(pid):
        try:
            with open(f"/proc/{process}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _cores(least):
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < least:
        raise Problem(f"{least} cores are needed, so that the load generator does not take the server's;"
                      f" here is {len(cores)}")
    return cores


def _git(*words):
    return subprocess.run(["git", "-C", paths.ROOT, *words], check=True, capture_output=True,
                          text=True).stdout.strip()


def _cpu_model():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _memory_gib():
    with open("/proc/meminfo") as info:
        return round(int(info.readline().split()[1]) / 1024 / 1024, 1)


def _system():
    with open("/etc/os-release") as release:
        for line in release:
            if line.startswith("PRETTY_NAME="):
                return line.partition("=")[2].strip().strip('"')
    return platform.system()
