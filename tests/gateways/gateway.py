"""A gateway as its folder in examples/ sets it up: real, in the foreground, as nobody in particular."""
import os
import shutil
import socket
import tempfile

from harness import http, record
from harness.ports import free_port
from harness.process import Process, wait_until
from harness.recant import ROOT, clean_environment

_NOBODY = 65534
EXAMPLES = os.path.join(ROOT, "examples")


class Gateway:
    """Serves from construction to end().

    `changes` are replaced in the example before it is used, to see what a line of it is for.
    """
    name = None  # the folder in examples/
    files = ()
    needed = ()  # (a part, what to put in its place, the class and the test that must fail then)
    hands_trailers_on = False  # the fields behind a chunked body
    unchecked = ()  # changes that leave /free to everybody
    recant_address = "127.0.0.1:8080"
    api_address = "127.0.0.1:3000"  # None: there is no API behind it

    def __init__(self, recant_port, api_port, changes=()):
        self.home = tempfile.mkdtemp(prefix="recant-gateway-")
        self._recant_port = recant_port
        self._api_port = api_port
        self.changes = changes
        self._process = None
        try:
            self._start()
        except BaseException:
            self.end()
            raise

    # --- what each gateway says -----------------------------------------------------------------

    def listen(self, port):
        """{what the example says: what stands for it here}, for its addresses."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def write_more(self):
        """What the distribution's package brings around the example's files."""

    # --------------------------------------------------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def output(self):
        return self._process.output()

    def call(self, method, path, bearer=None, headers=(), body=None, chunked=False):
        """One call from outside, on a connection of its own; the path is sent as it is."""
        sent = list(headers)
        if bearer is not None:
            record.current.secrets.note_text(bearer.encode())
            sent.append(("Authorization", f"Bearer {bearer}"))
        connection = http.client(self.port)
        try:
            connection._validate_path = lambda _: None
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in sent:
                connection.putheader(name, value)
            if chunked:
                connection.putheader("Transfer-Encoding", "chunked")
            elif body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body, encode_chunked=chunked)
            response = connection.getresponse()
            return http.Answer(method, path, response.status, response.getheaders(),
                               response.read())
        finally:
            connection.close()

    def end(self):
        try:
            if self._process is not None:
                self._process.end()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def _start(self):
        for _ in range(5):
            self.port = free_port()
            self._write_files()
            self._process = Process([*_as_nobody(), *self.command()], self.path("log"),
                                    self._environment(), cwd=self.home)
            wait_until(lambda: self._process.ended() or self._listens(), f"{self.name} listens")
            if not self._process.ended():
                return
            if "in use" not in self.output():
                break
        raise RuntimeError(f"{self.name} ended at start:\n{self.output()}")

    def _environment(self):
        """Whose home is its own folder, and who does not know another."""
        return {name: value for name, value in clean_environment(HOME=self.home).items()
                if not name.startswith("XDG_")}

    def _write_files(self):
        here = {self.recant_address: f"127.0.0.1:{self._recant_port}"}
        if self.api_address is not None:
            here[self.api_address] = f"127.0.0.1:{self._api_port}"
        here |= self.listen(self.port)
        texts = {name: example(self.name, name) for name in self.files}
        for old, new in [*self.changes, *here.items()]:
            if not any(old in text for text in texts.values()):
                raise ValueError(f"{self.name} does not say {old!r}")
            texts = {name: text.replace(old, new) for name, text in texts.items()}
        for name, text in texts.items():
            self.write(name, text)
        self.write_more()
        if os.geteuid() == 0:
            for folder, _, names in os.walk(self.home):
                for path in (folder, *(os.path.join(folder, name) for name in names)):
                    os.chown(path, _NOBODY, _NOBODY)

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False


def example(*parts):
    with open(os.path.join(EXAMPLES, *parts)) as file:
        return file.read()


def _as_nobody():
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups",
            "--pdeathsig=KILL"]
