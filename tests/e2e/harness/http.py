"""HTTP as a client sees it, and the manners that every answer of Recant has (contract §2)."""
import http.client
import json

from . import record
import re

STATUS_OF = {
    "invalid_request": 400, "invalid_credentials": 401, "invalid_token": 401, "invalid_grant": 401,
    "insufficient_scope": 403, "forbidden": 403, "wrong_password": 403, "account_disabled": 403,
    "csrf": 403, "not_found": 404, "method_not_allowed": 405, "username_taken": 409,
    "name_taken": 409, "last_key": 409, "session_limit": 409, "payload_too_large": 413, "unsupported_media_type": 415,
    "weak_password": 422, "invalid_claims": 422, "no_jti": 422, "throttled": 429, "busy": 503,
    "unavailable": 503,
}
JWKS_PATH = "/.well-known/jwks.json"
OPS_PATHS = ("/healthz", "/readyz", "/metrics")
OAUTH_PATHS = ("/oauth2/introspect", "/oauth2/revoke", "/oauth2/token")
BASIC_CHALLENGE = 'Basic realm="recant"'


class Answer:
    def __init__(self, method, path, status, headers, body):
        self.call = f"{method} {path}"
        self.path = path.partition("?")[0]
        self.has_body = method != "HEAD" and status != 204
        self.status = status
        self.headers = headers
        self.body = body
        if self.path == "/metrics":
            record.current.keep(f"the answer to {self.call}", body.decode(errors="replace"))
        else:
            record.current.secrets.note_text(body)
        for cookie in self.all("Set-Cookie"):
            record.current.secrets.note_text(cookie.encode())

    @property
    def json(self):
        return json.loads(self.body)

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def header(self, name):
        """The value of a header that stands once at most."""
        values = self.all(name)
        assert len(values) <= 1, f"{self.call}: {len(values)} times {name}"
        return values[0] if values else None

    def __repr__(self):
        headers = "".join(f"\n  {n}: {v}" for n, v in self.headers)
        return f"{self.call} -> {self.status}{headers}\n  {self.body[:600]!r}"


def check_manners(answer):
    """What holds for every answer, whatever was asked."""
    assert len(answer.all("X-Request-Id")) == 1, f"one X-Request-Id: {answer}"
    # The members of public keys are base64url of any bytes.
    held = answer.body + "".join(answer.all("Set-Cookie")).encode()
    if answer.path != JWKS_PATH and re.search(rb"eyJ|\brt_", held):
        assert answer.header("Cache-Control") == "no-store", f"a token needs no-store: {answer}"
    is_check = answer.path == "/v1/check" or answer.path.startswith("/v1/check/")
    if is_check:
        assert answer.status in (200, 401, 403, 503), f"no gateway understands this: {answer}"
    identity = [n for n, _ in answer.headers if n.lower().startswith("x-auth-")]
    assert bool(identity) == (is_check and answer.status == 200), f"identity on 200 only: {answer}"
    if answer.status in (429, 503) and answer.path not in OPS_PATHS:
        assert int(answer.header("Retry-After")) >= 1, answer
    is_oauth = answer.path in OAUTH_PATHS
    if answer.status == 401:
        challenge = answer.header("WWW-Authenticate") or ""
        assert challenge.startswith('Bearer realm="recant"') or is_oauth and challenge == BASIC_CHALLENGE, answer
    elif answer.status != 403:
        assert answer.header("WWW-Authenticate") is None, answer
    if is_oauth:
        check_oauth(answer)
    elif answer.status >= 400 and answer.has_body and answer.path not in OPS_PATHS:
        check_problem(answer)


def check_problem(answer):
    """RFC 9457, with our members and no others."""
    assert answer.header("Content-Type") == "application/problem+json", answer
    problem = answer.json
    assert set(problem) - {"reason"} == {"status", "title", "code", "detail"}, answer
    assert problem["status"] == answer.status == STATUS_OF[problem["code"]], answer
    assert all(isinstance(problem[m], str) and problem[m] for m in ("title", "detail")), answer


def check_oauth(answer):
    """RFC 6749 §5.1 and §5.2."""
    assert answer.header("Cache-Control") == "no-store", answer
    if answer.status >= 400 and answer.has_body:
        assert answer.header("Content-Type") == "application/json", answer
        assert set(answer.json) == {"error", "error_description"}, answer
        assert all(re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", text) for text in answer.json.values()), answer


def client(port, seconds=30, tls=None):
    """A connection for as many calls as one likes; with `tls`, an ssl.SSLContext, over TLS."""
    if tls is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=seconds, context=tls)


def call(port, method, path, body=None, headers=(), seconds=30, tls=None):
    """One call on a connection of its own. A dict is sent as JSON, bytes as they are."""
    connection = client(port, seconds, tls)
    sent = list(headers.items() if isinstance(headers, dict) else headers)
    record.current.secrets.note(body)
    for _, value in sent:
        record.current.secrets.note_text(str(value).encode())
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            if not any(n.lower() == "content-type" for n, _ in sent):
                sent.append(("Content-Type", "application/json"))
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in sent:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(method, path, response.status, response.getheaders(), response.read())
    finally:
        connection.close()
    check_manners(answer)
    return answer
