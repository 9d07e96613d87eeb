"""The driver's end of the proxy. Thread-safe."""
import json
import os
import subprocess
import sys
import threading

from . import paths
from harness.process import die_with_parent


class Network:
    def __init__(self, redis_socket, links):
        script = os.path.join(paths.BOUND, "campaign", "proxy.py")
        self._process = subprocess.Popen(
            [sys.executable, "-B", script, redis_socket, str(links)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=die_with_parent)
        self._lock = threading.Lock()
        self.ports = json.loads(self._process.stdout.readline())

    def set(self, link, up="pass", down="pass", delay_ms=0):
        self._tell({"link": link, "up": up, "down": down, "delay_ms": delay_ms})

    def cut(self, link):
        self._tell({"link": link, "cut": True})

    def end(self):
        self._process.kill()
        self._process.communicate()

    def _tell(self, command):
        with self._lock:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            if self._process.stdout.readline() != "done\n":
                raise RuntimeError("the proxy has ended")
