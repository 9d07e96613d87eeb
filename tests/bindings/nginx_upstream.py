"""The API behind nginx, which knows nothing of tokens: it tells what arrived."""
import http.server
import json
import threading


class Request:
    """One that arrived: `headers` are (name, value), in order and with duplicates."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body

    def all(self, name):
        """The values of a field, under any name that a framework may take for it."""
        return [value for known, value in self.headers if _alike(known) == _alike(name)]


def _alike(name):
    return name.lower().replace("_", "-").replace(".", "-")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, list(self.headers.items()), body)
        self.server.requests.append(request)
        who = [request.all(name) for name in ("X-Auth-Subject", "X-Auth-Session")]
        told = [values[0] if len(values) == 1 else values for values in who]
        said = json.dumps(dict(zip(("subject", "session"), told))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def _chunk(self):
        chunk = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return chunk

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


class Upstream(http.server.ThreadingHTTPServer):
    """Serves from construction to end()."""
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = []
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, *_):
        """nginx closes connections as it likes."""

    def end(self):
        self.shutdown()
        self.server_close()
        self._thread.join()
