"""examples/nginx-module in a real nginx: a master and two workers, as nobody in particular."""
import fcntl
import glob
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile

from contract import Answer, library_folder
from harness import http, record
from harness.case import RecantTest
from harness.ports import free_port
from harness.process import Process, children_of, wait_until
from harness.recant import ROOT
from nginx_upstream import Upstream

IDENTITY = ("X-Auth-Subject", "X-Auth-Session", "X-Auth-Scope", "X-Auth-Expires")
SOURCES = os.path.join(ROOT, "bindings", "nginx")
EXAMPLE = os.path.join(ROOT, "examples", "nginx-module", "recant.conf")
MODULE = "ngx_http_recant_module.so"
NOBODY = 65534
WORKERS = 2


def built_module():
    """The module by the build script, from a copy of its sources: once for all tests of the same sources."""
    digest = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(SOURCES, "*"))) + [os.path.join(library_folder(), "librecant.so")]:
        with open(path, "rb") as file:
            digest.update(file.read())
    tree = os.path.join(os.environ["RECANT_BINDINGS_TREE"], "nginx")
    os.makedirs(tree, exist_ok=True)
    folder = os.path.join(tree, digest.hexdigest()[:16])
    with open(os.path.join(tree, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, MODULE)):
            _build(folder)
    return os.path.join(folder, MODULE)


def _build(folder):
    with tempfile.TemporaryDirectory(prefix="recant-nginx-build-") as home:
        copy = os.path.join(home, "nginx")
        shutil.copytree(SOURCES, copy)
        # nginx calls every handler with more than it needs.
        flags = {"CFLAGS": "-Wall -Wextra -Wno-unused-parameter -Werror",
                 "PKG_CONFIG_PATH": os.path.join(library_folder(), "pkgconfig")}
        made = subprocess.run([os.path.join(copy, "build"), folder], cwd=home, env=os.environ | flags,
                              capture_output=True, text=True, timeout=500)
    assert made.returncode == 0, made.stdout + made.stderr


def open_to_nobody(redis):
    """Its Unix socket, in a folder of its own."""
    if not redis.port:
        os.chmod(redis.directory, 0o755)
        os.chmod(redis.url.removeprefix("unix://"), 0o777)


class Nginx:
    """Serves from construction to end(), with the example as it stands but for its addresses.

    `http` is more that stands in http {}; in it @HOME@, @API@ and @OTHER@ are this nginx's folder, the API and a
    second port. `changes` are replaced in the example.
    """

    def __init__(self, recant, upstream, http="", changes=(), audience="api"):
        self.home = tempfile.mkdtemp(prefix="recant-nginx-")
        self.port, self.other = free_port(), free_port()
        self.process = None
        self.killed = 0  # workers, by a test: nginx says an [alert] of each, as of one that crashed
        open_to_nobody(recant.server)
        self._here = {"redis://127.0.0.1:6379": recant.server.url, "127.0.0.1:8080": f"127.0.0.1:{recant.port}",
                      "127.0.0.1:3000": f"127.0.0.1:{upstream.port}", "listen 80;": f"listen 127.0.0.1:{self.port} reuseport;",
                      "recant_audience  api;": f"recant_audience  {audience};", **dict(changes)}
        self._more = (http.replace("@HOME@", self.home).replace("@API@", f"127.0.0.1:{upstream.port}")
                      .replace("@OTHER@", f"127.0.0.1:{self.other}"))
        try:
            self._install()
        except BaseException:
            self.end()
            raise

    def serve(self, bearer):
        """Returns when each worker has its keys and its Redis, by which a token is judged whether good or not."""
        self.process = Process([*self._as_nobody(), *self.command()], self.path("log"), self._environment(), cwd=self.home)
        try:
            wait_until(lambda: self.process.ended() or self._listens(), "nginx listens")
            assert not self.process.ended(), "nginx ended at start:\n" + self.output()
            self.wait_ready(bearer)
        except BaseException:
            self.end()
            raise
        return self

    def wait_ready(self, bearer):
        """Which worker is asked is chance (reuseport)."""
        wait_until(lambda: all(self.get("/ready", bearer).status != 503 for _ in range(20)), "nginx judges")

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def output(self):
        return self.process.output()

    def workers(self):
        return children_of(self.process.pid)

    def signal(self, name):
        self.process.signal(getattr(signal, "SIG" + name))

    def command(self, *more):
        return ["nginx", "-e", "stderr", "-p", self.home, "-c", self.path("nginx.conf"), *more]

    def test(self):
        """nginx -t: its exit code and what it says."""
        tried = subprocess.run([*self._as_nobody(), *self.command("-t")], capture_output=True, text=True, timeout=60,
                               env=self._environment(), cwd=self.home)
        return tried.returncode, tried.stderr

    def get(self, path, bearer=None, headers=()):
        return self.call("GET", path, bearer, headers)

    def answers(self, path, bearer, status):
        try:
            return self.get(path, bearer).status == status
        except OSError:
            return False

    def call(self, method, path, bearer=None, headers=(), body=None, chunked=False, port=None):
        """One call on a connection of its own."""
        connection = http.client(port or self.port)
        try:
            return call_on(connection, method, path, bearer, headers, body, chunked)
        finally:
            connection.close()

    def end(self):
        try:
            if self.process is not None:
                self.process.end()
                alerts = [line for line in self.output().splitlines() if "[alert]" in line]
                assert len(alerts) == self.killed, alerts
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def _install(self):
        module = built_module()
        shutil.copy(module, self.home)
        shutil.copy(os.path.join(library_folder(), "librecant.so"), self.path(_soname(module)))
        with open(EXAMPLE) as file:
            text = file.read()
        for old, new in self._here.items():
            assert old in text, f"the example does not say {old!r}"
            text = text.replace(old, new)
        self.write("recant.conf", text)
        self.write("nginx.conf", self._around())
        if os.geteuid() == 0:
            for folder, _, names in os.walk(self.home):
                for path in (folder, *(os.path.join(folder, name) for name in names)):
                    os.chown(path, NOBODY, NOBODY)

    def _around(self):
        """In place of Debian's nginx.conf. At notice, since at info nginx itself quotes a second Authorization."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "\n".join(f"    {kind}_temp_path {self.path(kind)};" for kind in kinds)
        return f"""
load_module {self.path(MODULE)};
daemon off; pid {self.path('pid')}; worker_processes {WORKERS}; error_log stderr notice;
events {{ worker_connections 1024; }}
http {{
    access_log off;
{places}
    include {self.path('recant.conf')};
{self._more}
}}
"""

    def _environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECANT_", "XDG_"))}
        # glibc overwrites what is freed: whoever still reads it falls.
        return kept | {"HOME": self.home, "LD_LIBRARY_PATH": self.home, "MALLOC_PERTURB_": "165"}

    def _listens(self):
        return self.answers("/", None, 401)

    @staticmethod
    def _as_nobody():
        if os.geteuid() != 0:
            return []
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=KILL"]


class NginxTest(RecantTest):
    """Tests of one class share a Recant, its Redis and an API; `http` stands beside the example."""
    redis_options = ()
    http = ""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.ends(Upstream())
        super().setUpClass()

    @classmethod
    def start_api(cls, recant, AUDIENCE="api"):
        nginx = Nginx(recant, cls.upstream, http=cls.http, audience=AUDIENCE)
        return nginx.serve(recant.sign_in().access)

    def setUp(self):
        self.upstream.requests.clear()

    def arrived(self):
        """The one request that the API saw."""
        self.assertEqual(len(self.upstream.requests), 1)
        return self.upstream.requests.pop()

    def told_of(self, request):
        """What the API is told; each field must stand exactly once, under whatever name."""
        told = [request.all(name) for name in IDENTITY]
        self.assertEqual([len(values) for values in told], [1] * 4, request.headers)
        return tuple(values[0] for values in told)


def call_on(connection, method, path, bearer=None, headers=(), body=None, chunked=False):
    """One call on an http.client connection, which may serve for more."""
    sent = list(headers)
    if bearer is not None:
        record.current.secrets.note_text(bearer.encode())
        sent.append(("Authorization", f"Bearer {bearer}"))
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in sent:
        connection.putheader(name, value)
    if chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    elif body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body, encode_chunked=chunked)
    response = connection.getresponse()
    return Answer(response.status, response.getheaders(), response.read())


def _soname(module):
    """Under which name the module looks for the library."""
    said = subprocess.run(["objdump", "-p", module], capture_output=True, text=True, check=True).stdout
    name, = [line.split()[1] for line in said.splitlines() if "NEEDED" in line and "librecant" in line]
    return name
