"""Free TCP ports."""
import socket


def free_port():
    """Free a moment ago: whoever binds it may still be late, and tries another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
