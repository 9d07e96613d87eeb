"""Many requests that reach the server at the same moment: all are sent but for their last byte,
and then the last bytes follow in one go."""
import http.client
import json
import socket

from . import record
from .http import Answer, check_manners


def request(method, path, body=None, bearer=None):
    payload = json.dumps(body).encode() if body is not None else b""
    record.current.secrets.note(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if bearer is not None:
        lines.append(f"Authorization: Bearer {bearer}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return method, path, "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


class Volley:
    """Connections that are kept for many rounds."""

    def __init__(self, port, width, seconds=30):
        self._sockets = []
        for _ in range(width):
            connection = socket.create_connection(("127.0.0.1", port), seconds)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self._sockets:
            connection.close()

    def fire(self, requests):
        """The answers, in the order of the requests."""
        used = list(zip(self._sockets, requests, strict=False))
        assert len(used) == len(requests), "the volley is too narrow"
        for connection, (_, _, wire) in used:
            connection.sendall(wire[:-1])
        for connection, (_, _, wire) in used:
            connection.sendall(wire[-1:])
        return [self._answer(connection, method, path) for connection, (method, path, _) in used]

    @staticmethod
    def _answer(connection, method, path):
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        answer = Answer(method, path, response.status, response.getheaders(), response.read())
        response.close()
        check_manners(answer)
        return answer
