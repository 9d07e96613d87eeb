"""Just enough RESP2 to look at a Redis and to write into it the way any other service would."""
import socket


class RedisError(Exception):
    """What Redis answered with a minus sign."""


def _frame(words):
    parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


class Resp:
    def __init__(self, address, seconds=10, secure=None):
        """`secure` makes the socket another one, once it is connected."""
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(address)
            if secure is not None:
                self._socket = secure(self._socket)
        except OSError:
            self._socket.close()
            raise
        self._stream = self._socket.makefile("rb")

    def __call__(self, *words):
        reply, = self.pipeline([words])
        return reply

    def pipeline(self, commands):
        """Many in one write; the replies in their order, or the first error."""
        self._socket.sendall(b"".join(map(_frame, commands)))
        replies = [self._read() for _ in commands]
        for reply in replies:
            if isinstance(reply, RedisError):
                raise reply
        return replies

    def next(self):
        """What comes without being asked for, however long that takes."""
        self._socket.settimeout(None)
        return self._read()

    def close(self):
        self._stream.close()
        self._socket.close()

    def _read(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        length = int(rest)
        if length < 0:
            return None
        if kind == b"$":
            return self._stream.read(length + 2)[:-2].decode(errors="surrogateescape")
        return [self._read() for _ in range(length)]
