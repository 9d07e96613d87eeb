"""The API behind the gateway: tells each request that reached it, as it arrived."""
import base64
import hashlib
import http.server
import threading


class Request:
    """One that arrived: `headers` are (name, value), in order and with duplicates."""

    def __init__(self, method, target, headers, body, trailers):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.trailers = trailers  # lines

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
        trailers = []
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body, trailers = self._chunks()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, list(self.headers.items()), body, trailers)
        self.server.requests.append(request)
        if self.headers.get("Upgrade") == "websocket":
            self._be_a_websocket()
            return
        status, headers = self.server.says
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        said = self.server.tell(request)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def _chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return body, list(iter(lambda: self.rfile.readline().strip(), b""))

    def _be_a_websocket(self):
        """As far as a gateway looks (RFC 6455 §4.2.2); then it shouts back what it hears."""
        key = self.headers.get("Sec-WebSocket-Key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.wfile.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                         f"Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        self.wfile.write(self.rfile.read(5).upper())
        self.close_connection = True

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

    def tell(self, request):
        """The body of its answer."""
        return b"from the API"

    def handle_error(self, *_):
        """Gateways close connections as they like."""

    def end(self):
        self.shutdown()
        self.server_close()
        self._thread.join()
