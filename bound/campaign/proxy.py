"""The network between the verifiers and Redis: a process of its own, so that nothing else holds it up.

    proxy.py PATH_OF_REDIS COUNT

First it writes its ports as a JSON list, one link a verifier. Then each line of its input is a command, answered
by a line once it is done: {"link": 3, "up": "hold", "down": "pass", "delay_ms": 0}, or {"link": 3, "cut": true}.
`up` is from the verifier to Redis, `down` the way back:

    pass     as it comes
    hold     nothing goes on until it passes again; then all of it does, in its order
    drop     what comes is gone. The stream would have a hole, so a connection that lost anything is cut when
             it passes again
    swallow  (down) pushes are taken out of the stream and the rest goes on: what no network does, for the
             tests that see the judge judge
"""
import asyncio
import json
import re
import socket
import struct
import sys

_PUSH = re.compile(rb">2\r\n\$10\r\ninvalidate\r\n(?:_\r\n|\*1\r\n\$(\d+)\r\n)")


class Link:
    def __init__(self, redis):
        self.redis = redis
        self.modes = {"up": "pass", "down": "pass"}
        self.delay = 0
        self.changed = asyncio.Event()
        self.connections = set()
        self.damaged = set()

    def set(self, up, down, delay_ms):
        self.modes = {"up": up, "down": down}
        self.delay = delay_ms / 1000
        self.changed.set()
        self.changed = asyncio.Event()
        if "drop" not in (up, down):
            for connection in list(self.damaged):
                self.cut(connection)

    def cut_all(self):
        for connection in list(self.connections):
            self.cut(connection)

    def cut(self, writers):
        """Both ends are told by a reset."""
        self.connections.discard(writers)
        self.damaged.discard(writers)
        for writer in writers:
            if writer.transport.is_closing():
                continue
            end = writer.get_extra_info("socket")
            if end.family == socket.AF_INET:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def serve(self, reader, writer):
        while self.modes["up"] != "pass":  # whoever connects meanwhile hears nothing
            await self.changed.wait()
        try:
            redis_reader, redis_writer = await asyncio.open_unix_connection(self.redis)
        except OSError:
            self.cut((writer,))
            return
        writers = (writer, redis_writer)
        self.connections.add(writers)
        pumps = [asyncio.ensure_future(self.pump("up", reader, redis_writer, writers)),
                 asyncio.ensure_future(self.pump("down", redis_reader, writer, writers))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        self.cut(writers)

    async def pump(self, way, reader, writer, writers):
        try:
            while data := await reader.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                while self.modes[way] == "hold":
                    await self.changed.wait()
                if self.modes[way] == "drop":
                    self.damaged.add(writers)
                    continue
                if self.modes[way] == "swallow":
                    data = without_pushes(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass


def without_pushes(data):
    """Those of one key; frames come whole as a rule, and a rule is enough here."""
    kept = b""
    while found := _PUSH.search(data):
        end = found.end() + (int(found[1]) + 2 if found[1] else 0)
        kept, data = kept + data[:found.start()], data[end:]
    return kept + data


async def main():
    redis, count = sys.argv[1], int(sys.argv[2])
    links = [Link(redis) for _ in range(count)]
    servers = [await asyncio.start_server(link.serve, "127.0.0.1", 0) for link in links]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        command = json.loads(line)
        link = links[command.pop("link")]
        if command.pop("cut", False):
            link.cut_all()
        else:
            link.set(**command)
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
