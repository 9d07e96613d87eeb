"""Programs in other languages, run beside Recant."""
import json
import os
import shutil
import subprocess
import tempfile

from harness import http
from harness.ports import free_port
from harness.process import Process, wait_until

NODE_FOLDER = os.environ["NODE_FOLDER"]


class Folder:
    """A directory of a service's own, in which `require` finds the Node packages."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="recant-neighbour-")
        os.symlink(os.path.join(NODE_FOLDER, "node_modules"), self / "node_modules")

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text):
        with open(self / name, "w") as file:
            file.write(text)
        return self / name

    def run(self, *command, **environment):
        """What it printed; it must end well."""
        done = subprocess.run(command, cwd=self.path, env=os.environ | environment, timeout=60,
                              capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def end(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Service:
    """A small HTTP service that takes and answers JSON, at PORT."""

    def __init__(self, folder, *command, **environment):
        self.port = free_port()
        self._folder = folder
        self._command = command
        self._environment = os.environ | environment | {"PORT": str(self.port)}
        self.process = None
        self.start()

    def start(self):
        self.process = Process(list(self._command), self._folder / "service.log",
                               self._environment, cwd=self._folder.path)
        wait_until(lambda: self.process.ended() or self._listens(), "the service listens")
        assert not self.process.ended(), self.process.output()

    def restart(self, **environment):
        self.process.kill()
        self._environment |= environment
        self.start()

    def call(self, method, path, body=None, bearer=None):
        """Status and what the body says."""
        connection = http.http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        return response.status, json.loads(text or "{}")

    def end(self):
        self.process.end()

    def _listens(self):
        try:
            self.call("GET", "/")
            return True
        except OSError:
            return False
