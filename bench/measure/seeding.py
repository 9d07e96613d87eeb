"""Many sessions in little time: through Recant's own API, and straight into Redis for the recipe."""
import json
import secrets
import socket
import uuid

from .problem import Problem
from .servers import CHROME

_CONNECTIONS = 8
_BATCH = 100  # requests sent ahead on each connection


def open_sessions(recant, subjects):
    """One session a subject, in their order, by POST /v1/admin/sessions: the tokens of each."""
    head = (f"POST /v1/admin/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
            f"{recant.admin_key}\r\nUser-Agent: {CHROME}\r\nContent-Type: application/json\r\n")
    requests = []
    for subject in subjects:
        body = json.dumps({"subject": subject})
        requests.append(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    answers = []
    sockets = [socket.create_connection(("127.0.0.1", recant.port), 60) for _ in range(_CONNECTIONS)]
    streams = [connection.makefile("rb") for connection in sockets]
    try:
        step = _BATCH * _CONNECTIONS
        for start in range(0, len(requests), step):
            batches = [requests[at:at + _BATCH]
                       for at in range(start, min(start + step, len(requests)), _BATCH)]
            for connection, batch in zip(sockets, batches):
                connection.sendall(b"".join(batch))
            for stream, batch in zip(streams, batches):
                answers += [_answer(stream) for _ in batch]
    finally:
        for thing in streams + sockets:
            thing.close()
    return answers


def _answer(stream):
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = stream.read(length)
    if status != 201:
        raise Problem(f"Recant opened no session: {status} {body[:200]!r}")
    return json.loads(body)


class RecipeKeys:
    """The keys of the recipe, as its login writes them, in one database of a Redis."""

    def __init__(self, redis, database):
        self._connection = redis.connect()
        self._connection("SELECT", database)

    def close(self):
        self._connection.close()

    def __call__(self, *words):
        return self._connection(*words)

    def refresh_tokens(self, count):
        """Refresh tokens that are good, each of a subject of its own."""
        tokens = [secrets.token_urlsafe(32) for _ in range(count)]
        self._pipeline([("SET", f"refresh_token:{token}", str(uuid.uuid4()), "EX", "1209600")
                        for token in tokens])
        return tokens

    def sessions(self, subject, count):
        """Each a whitelist entry for the access token and a refresh token."""
        jtis = [str(uuid.uuid4()) for _ in range(count)]
        self._pipeline([words for jti in jtis for words in (
            ("SET", f"whitelist:user:{subject}:jti:{jti}", "1", "EX", "900"),
            ("SET", f"refresh_token:{secrets.token_urlsafe(32)}", subject, "EX", "1209600"))])
        return jtis

    def _pipeline(self, commands):
        for start in range(0, len(commands), 1000):
            self._connection.pipeline(commands[start:start + 1000])
