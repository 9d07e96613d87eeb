"""TCP ports of this process's own."""
import random
import socket

_FIRST = 10_000


def _first_given_away():
    """The kernel gives those from here on to whoever connects, or binds no port in particular."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as limits:
        return int(limits.read().split()[0])


def _reserved(port):
    """Until this process ends nobody else who asks here gets it. An abstract Unix socket leaves no file behind."""
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind(f"\0recant-test-port-{port}")
    except OSError:
        lock.close()
        return False
    lock.detach()
    return True


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what has just ended counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """Nobody else's, bound or not: tests run side by side, and in each a server may be late, down for a moment, or
    not meant to be there at all. src/testing/free_port.cpp does the same."""
    last = max(_first_given_away(), _FIRST + 1000)
    start = random.randrange(_FIRST, last)
    for port in [*range(start, last), *range(_FIRST, start)]:
        if _reserved(port) and _is_free(port):
            return port
    raise AssertionError("no free port on 127.0.0.1")
