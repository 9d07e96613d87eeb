"""ASVS 16.4.1: whatever strangers send, and wherever, the log stays as many lines as there is to tell, each
is whole, and nobody but the server writes one."""
import collections
import json
import re
import unittest
import urllib.parse
from typing import Callable, NamedTuple

from harness.case import RecantTest
from harness.issuer import HmacIssuer
from harness.verbs import PASSWORD

# What would be a line of its own, by each format, if it could begin one.
FORGED = {"json": b'{"event":"login.ok","subject":"forged"}', "text": b'2026 info  login.ok subject=forged'}
SEPARATORS = {
    "CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "NUL": b"\0", "vertical tab": b"\v", "form feed": b"\f",
    "group separator": b"\x1d", "backspace": b"\b", "ANSI colour": b"\x1b[31m", "ANSI erase": b"\x1b[2J\x1b[H",
    "ANSI title": b"\x1b]0;x\x07", "DEL": b"\x7f", "NEL": "\x85".encode(), "C1 CSI": "\x9b2J".encode(),
    "line separator": "\u2028".encode(), "paragraph separator": "\u2029".encode(),
    "right to left": "\u202e".encode(), "tag": "\U000e0041".encode(),
    "no UTF-8": b"\xff\xfe", "Latin-1 NEL": b"\x85", "overlong LF": b"\xc0\x8a", "surrogate": b"\xed\xa0\x80",
    "cut UTF-8": b"\xe2\x80", "quote": b'"', "quote and comma": b'","event":"login.ok","subject":"forged","x":"',
    "backslash": b"\\", "escaped quote": b'\\"', "field": b" subject=forged ", "format": b"%s%n{}${x}",
    "percent": b"%0d%0a",
}
LONG = {"10 kB": b"forged " * 1463, "10 kB of escapes": b"\x1b" * 10240,
        "10 kB of separators": "\u2028".encode() * 3413}


def texts(log_format):
    return {name: b"ada" + mark + FORGED[log_format] for name, mark in SEPARATORS.items()} | LONG


FIELDS = {"time", "level", "message", "event", "request_id", "subject", "session", "token", "actor", "detail",
          "address", "user_agent", "method", "route", "status", "seconds"}
LONGEST_LINE = 4096


class Request(NamedTuple):
    method: bytes
    target: bytes
    headers: list = []
    body: bytes = b""


class Told(NamedTuple):
    """The security event that an answer tells of, and in which field the text stands there, if it does."""
    event: str = ""
    field: str = ""


class Place(NamedTuple):
    request: Callable  # of the test's world and the text
    told: dict = {}    # by status; of any other nothing is told but that there was an answer
    by_admin: bool = False


GUESSED = {401: Told("login.failed"), 429: Told("login.throttled")}  # who goes on guessing waits


def quoted(raw):
    """A JSON string with just these bytes in it; what is no UTF-8 stays as it is."""
    return json.dumps(raw.decode(errors="surrogateescape"), ensure_ascii=False).encode(errors="surrogateescape")


def login(name=b'"nobody"', more=b"", headers=()):
    return Request(b"POST", b"/v1/login", list(headers),
                   b'{"username":' + name + b',"password":"' + PASSWORD.encode() + b'"' + more + b"}")


def admin(world, method, path, body=b"", headers=()):
    return Request(method, path, [(b"Authorization", b"Bearer " + world.recant.admin_key.encode()), *headers], body)


def revoke(world, members):
    return admin(world, b"POST", b"/v1/admin/revocations", b"{" + members + b"}")


def encoded(raw):
    return urllib.parse.quote_from_bytes(raw, safe="").encode()


PLACES = {
    "username": Place(lambda w, t: login(quoted(t)), GUESSED),
    "new username": Place(
        lambda w, t: admin(w, b"POST", b"/v1/admin/users",
                           b'{"username":' + quoted(t) + b',"password":"' + PASSWORD.encode() + b'"}'),
        {201: Told("user.added")}, by_admin=True),
    "device": Place(lambda w, t: login(w.name, b',"device":' + quoted(t)), {200: Told("login.ok")}),
    "user agent": Place(lambda w, t: login(w.name, headers=[(b"User-Agent", t)]),
                        {200: Told("login.ok", "user_agent")}),
    "request id": Place(lambda w, t: login(headers=[(b"X-Request-Id", b"%d-" % w.next() + t)]),
                        GUESSED),
    "forwarded for": Place(lambda w, t: login(headers=[(b"X-Forwarded-For", t)]), GUESSED),
    "host": Place(lambda w, t: Request(b"GET", b"/healthz", [(b"Host", t)])),
    "method": Place(lambda w, t: Request(t, b"/v1/login")),
    "path": Place(lambda w, t: Request(b"GET", b"/v1/admin/" + t), {401: Told("admin.denied")}),
    "encoded path": Place(lambda w, t: Request(b"GET", b"/v1/admin/users/" + encoded(t)), {401: Told("admin.denied")}),
    "an administrator's path": Place(
        lambda w, t: admin(w, b"POST", b"/v1/admin/users/" + encoded(t) + b"/enable"),
        {204: Told("user.enabled")}, by_admin=True),
    "query": Place(lambda w, t: Request(b"GET", b"/v1/check?scope=" + encoded(t))),
    "token": Place(lambda w, t: Request(b"GET", b"/v1/check", [(b"Authorization", b"Bearer " + t)])),
    "cookie": Place(lambda w, t: Request(b"GET", b"/v1/check", [(b"Cookie", t)])),
    "refresh token": Place(
        lambda w, t: Request(b"POST", b"/v1/refresh", [], b'{"refresh_token":' + quoted(t) + b"}")),
    "member": Place(lambda w, t: Request(b"POST", b"/v1/login", [], b"{" + quoted(t) + b":1}")),
    "subject": Place(
        lambda w, t: admin(w, b"POST", b"/v1/admin/sessions", b'{"subject":' + quoted(t) + b"}"),
        {201: Told("login.ok", "subject")}, by_admin=True),
    "subject that ends": Place(
        lambda w, t: revoke(w, b'"subject":' + quoted(t)), {200: Told("subject.revoked", "subject")}, by_admin=True),
    "jti": Place(lambda w, t: revoke(w, b'"exp":%d,"jti":' % w.exp + quoted(t)),
                 {200: Told("token.revoked", "token")}, by_admin=True),
    "session": Place(lambda w, t: revoke(w, b'"issuer":"legacy","session":' + quoted(t)),
                     {200: Told("session.revoked", "session")}, by_admin=True),
    "reason": Place(lambda w, t: revoke(w, b'"subject":"eve","reason":' + quoted(t)),
                    {200: Told("subject.revoked", "detail")}, by_admin=True),
    "admin key": Place(
        lambda w, t: admin(w, b"POST", b"/v1/admin/admin-keys", b'{"scope":"users","name":' + quoted(t) + b"}"),
        by_admin=True),
    "foreign claims": Place(
        lambda w, t: Request(b"POST", b"/v1/logout", [(b"Authorization", b"Bearer " + w.foreign_token(t))]),
        {204: Told("session.revoked", "session")}),
}

_TEXT_LINE = re.compile(r'(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<level>debug|info |warn |error) '
                        r'(?P<text>[a-z_.]+(?: [a-zA-Z]+)*)(?P<fields>(?: [a-z_]+=(?:"(?:[^"\\]|\\.)*"|[^ "=\\]+))*)')
_TEXT_FIELD = re.compile(r' ([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^ "=\\]+))')


def read_json(line):
    read = json.loads(line, object_pairs_hook=lambda pairs: pairs)
    names = [name for name, _ in read]
    assert len(names) == len(set(names)), line
    return dict(read)


def read_text(line):
    whole = _TEXT_LINE.fullmatch(line)
    assert whole, line
    fields = _TEXT_FIELD.findall(whole["fields"])
    names = [name for name, *_ in fields]
    assert len(names) == len(set(names)), line
    kind = "event" if re.fullmatch(r"[a-z_]+\.[a-z_]+", whole["text"]) else "message"
    return {"time": whole["time"], "level": whole["level"].strip(), kind: whole["text"],
            **{name: inside or bare for name, inside, bare in fields}}


class Forging(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts a recant of its own."""

    def send(self, request):
        """(status, request id) of what was answered, whatever was sent; nothing if it was not a request."""
        with self.recant.connect(60) as connection:
            headers = list(request.headers)
            if not any(name == b"Host" for name, _ in headers):
                headers.append((b"Host", b"localhost"))
            if request.body:
                headers.append((b"Content-Type", b"application/json"))
            headers += [(b"Content-Length", b"%d" % len(request.body)), (b"Connection", b"close")]
            head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
            connection.sendall(b"%b %b HTTP/1.1\r\n%b\r\n%b" % (request.method, request.target, head, request.body))
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        self.recant.secrets.note_text(answer)
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
        self.assertTrue(status, answer[:200])
        return int(status[1]), re.search(rb"\r\nX-Request-Id: ([A-Za-z0-9._-]{1,64})\r\n", answer)[1].decode()

    def start_world(self, log_format):
        self.legacy = HmacIssuer("legacy", sid_claim="session")
        self.addCleanup(self.legacy.end)
        self.recant = self.start({"log.level": "debug", "log.format": log_format, "password.memory_kib": 7168,
                                  "password.iterations": 5, "server.trusted_proxies": ["127.0.0.1"],
                                  "issuer": [self.legacy.table]})
        user = self.recant.create_user()
        self.name = quoted(user.name.encode())
        self.count = 0
        self.exp = self.recant.login(user).claims["exp"]

    def next(self):
        self.count += 1
        return self.count

    def foreign_token(self, text):
        spelled = text.decode(errors="replace")
        return self.legacy.token(sub=spelled, session=spelled, jti=None, kid=spelled).encode()

    def forge(self):
        """Sends every text to every place; what is to be told of each answer, by its request id."""
        told = {}
        for where, place in PLACES.items():
            for what, text in self.texts.items():
                with self.subTest(place=where, text=what):
                    status, request_id = self.send(place.request(self, text))
                    self.assertIn(status // 100, (2, 4))
                    self.assertNotIn(request_id, told)
                    told[request_id] = (where, what, status)
        return told

    def written(self, read):
        """What the log holds in the end, with each line read; and that it is text for any reader of lines."""
        self.assertEqual(self.recant.terminate(), 0)
        with open(self.recant.log, "rb") as log:
            text = log.read().decode()  # strictly
        raw = text.split("\n")
        self.assertEqual(raw.pop(), "", "the last line is whole")
        self.assertEqual(text.splitlines(), raw, "lines end at LF and nowhere else")
        steering = {c for c in text if not c.isprintable()} - {"\n"}
        self.assertFalse(steering, "nothing that a terminal obeys")
        answered = [line for line in raw if "request_id" in line]
        for line in raw:
            self.assertLessEqual(len(line.encode()), LONGEST_LINE)
            if "forged" in line:
                self.assertIn(line, answered, "only what was sent in a request speaks of it")
        lines = [read(line) for line in answered]
        for line in lines:
            self.assertLessEqual(set(line), FIELDS)
            self.assertNotEqual(line.get("subject"), "forged")
        return lines

    def judge(self, told, lines):
        """Each answer left exactly the lines that there are to tell of it, and none is left over."""
        by_request = collections.defaultdict(list)
        for line in lines:
            by_request[line["request_id"]].append(line)
        for request_id, (where, what, status) in told.items():
            with self.subTest(place=where, text=what, status=status):
                place = PLACES[where]
                expected = ["answered"]
                happened = place.told.get(status, Told())
                if happened.event:
                    expected.append(happened.event)
                found = by_request.pop(request_id)
                names = [line.get("event") or line["message"] for line in found]
                if place.by_admin and "an administrator called" in names:
                    names.remove("an administrator called")
                    # What is no request at all never comes as far.
                self.assertCountEqual(names, expected)
                if happened.field:
                    self.text_stands(found, happened, self.texts[what], where)
        return by_request

    def text_stands(self, found, happened, text, where):
        """Nothing is lost either: the field says what was sent."""
        line = next(line for line in found if line.get("event") == happened.event)
        sent = text.strip()[:256] if happened.field == "user_agent" else text
        said = line[happened.field].removeprefix("legacy/")
        self.said[where] += 1
        if self.exact:
            self.assertEqual(said.replace("\ufffd", ""), sent.decode(errors="replace").replace("\ufffd", ""))

    def run_all(self, log_format, read, exact):
        self.texts = texts(log_format)
        self.start_world(log_format)
        self.exact, self.said = exact, collections.Counter()
        told = self.forge()
        rest = self.judge(told, self.written(read))
        # What is left was asked by the test itself, before: that it is ready, a user, a login.
        names = {line.get("event") or line["message"] for lines in rest.values() for line in lines}
        self.assertEqual(names, {"answered", "user.added", "login.ok", "an administrator called"})
        # The hostile texts got as far as the log where they may be spelled so.
        for where, place in PLACES.items():
            if any(happened.field for happened in place.told.values()):
                self.assertGreater(self.said[where], 3, where)

    def test_A12_json(self):
        self.run_all("json", read_json, exact=True)

    def test_A12_text(self):
        self.run_all("text", read_text, exact=False)


if __name__ == "__main__":
    unittest.main()
