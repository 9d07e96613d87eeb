"""The API behind the gateway: tells each request that reached it, as it arrived."""
import http.server
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
        return [v for n, v in self.headers if _alike(n) == _alike(name)]


def _alike(name):
    """As CGI and WSGI see it, and a little wider."""
    return "".join(c if c.isalnum() else "_" for c in name.lower())


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        body = self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else \
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(
            Request(self.command, self.path, list(self.headers.items()), body))
        status, headers = self.server.says
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        said = b"from the API"
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def _chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


class Api(http.server.ThreadingHTTPServer):
    """Serves from construction to end()."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = []
        self.says = (200, [])
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, *_):
        """Gateways close connections as they like."""

    def end(self):
        self.shutdown()
        self.server_close()
        self._thread.join()
