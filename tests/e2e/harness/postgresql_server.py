"""A real PostgreSQL for one test class: on a Unix socket and on a port of its own, as nobody where we are root."""
import base64
import os
import shutil
import signal
import subprocess
import tempfile

from . import record
from .ports import free_port
from .process import Process, wait_until

PROGRAMS = "/usr/lib/postgresql/15/bin"
NOBODY = 65534
PASSWORD = "pg-secret correct/horse"


def _as_server_user(command):
    """The signal that it gets when we end is set last: a change of user clears it."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=QUIT", *command]


class PostgresqlServer:
    """Keeps its address and what it committed over kill() and start()."""

    def __init__(self, certificate=None):
        """With a certificate (harness.authority) it also speaks TLS."""
        self.directory = tempfile.mkdtemp(prefix="recant-e2e-pg-")
        self.port = free_port()
        self.process = None
        if os.geteuid() == 0:
            os.chown(self.directory, NOBODY, NOBODY)
        self._tls = self._own(certificate) if certificate else []
        self._run([f"{PROGRAMS}/initdb", f"--pgdata={self.directory}/data", "--username=recant", "--auth-local=trust",
                   "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        self.start()
        record.current.secrets.keep(PASSWORD)
        self.sql(f"ALTER ROLE recant PASSWORD '{PASSWORD}'")

    def _own(self, certificate):
        """PostgreSQL takes a key that is its user's alone."""
        options = ["-c", "ssl=on"]
        for name, file in (("ssl_cert_file", certificate.cert), ("ssl_key_file", certificate.key)):
            copy = shutil.copy(file, self.directory)
            os.chmod(copy, 0o600)
            if os.geteuid() == 0:
                os.chown(copy, NOBODY, NOBODY)
            options += ["-c", f"{name}={copy}"]
        return options

    def _run(self, command):
        done = subprocess.run(_as_server_user(command), cwd="/", capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self):
        try:
            os.unlink(f"{self.directory}/data/postmaster.pid")
        except FileNotFoundError:
            pass
        command = [f"{PROGRAMS}/postgres", "-D", f"{self.directory}/data", "-k", self.directory,
                   "-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}", "-c", "fsync=off",
                   "-c", "shared_buffers=16MB", *self._tls]
        self.process = Process(_as_server_user(command), f"{self.directory}/log", environment={"LANG": "C"}, cwd="/")
        wait_until(self._is_ready, "PostgreSQL is ready", 60)

    def _is_ready(self):
        if self.process.ended():
            raise AssertionError("PostgreSQL ended: " + self.process.output())
        try:
            with open(f"{self.directory}/data/postmaster.pid") as file:
                return any(line.startswith("ready") for line in file)
        except FileNotFoundError:
            return False

    def database(self, name):
        """A new one; its URL, by way of the socket."""
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name):
        return f"postgresql://recant@:{self.port}/{name}?host={self.directory}"

    def url_by_password(self, name, password="pg-secret%20correct%2Fhorse", parameters=""):
        record.current.secrets.keep(password)
        return f"postgresql://recant:{password}@127.0.0.1:{self.port}/{name}{parameters}"

    def sql(self, text, database="postgres"):
        """What psql prints."""
        command = [f"{PROGRAMS}/psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
                   f"--host={self.directory}", f"--port={self.port}", "--username=recant", f"--dbname={database}",
                   f"--command={text}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self):
        """As an administrator does it, without waiting for clients."""
        self.process.signal(signal.SIGINT)
        self.process.wait(60)

    def end(self):
        if not self.process.ended():
            self.process.signal(signal.SIGQUIT)  # unlike after SIGKILL, its children and shared memory go too
            self.process.wait(60)
        self.process.end()
        shutil.rmtree(self.directory, ignore_errors=True)


def make_seal(path):
    """As `openssl rand -base64 32` does it."""
    text = record.current.secrets.keep(base64.b64encode(os.urandom(32)).decode())
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text + "\n")
    return path
