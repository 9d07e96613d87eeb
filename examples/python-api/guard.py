"""Who is let in and what he is told (RFC 6750), for app.py and wsgi.py alike."""
import json
import logging
import os

import recant
from recant import Checked, Verdict

SCOPES = {"/whoami": None, "/orders": "orders:read"}  # what each route asks for
INVALID_TOKEN = 'Bearer error="invalid_token"'

logging.basicConfig(level=logging.INFO)


def make_verifier() -> recant.Verifier:
    """Where the process begins that serves: not before fork()."""
    return recant.Verifier(
        redis_url=os.environ["REDIS_URL"],
        issuer=os.environ["ISSUER"],
        audience=[os.environ["AUDIENCE"]],
        jwks_url=os.environ["JWKS_URL"],
        log=logging.getLogger("recant").log,
    )


class Answer(Exception):
    """Raised where nothing more is to be asked."""

    def __init__(self, status: int, body: dict, **headers: str) -> None:
        self.status = status
        self.body = json.dumps(body).encode()
        self.headers = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        self.headers += [(name.replace("_", "-"), value) for name, value in headers.items()]


def refuse(status: int, challenge: str) -> Answer:
    return Answer(status, {}, WWW_Authenticate=challenge)


def bearer_of(authorization: list[str]) -> str:
    """The token, of all fields of that name."""
    if len(authorization) > 1:
        raise refuse(400, 'Bearer error="invalid_request"')
    scheme, _, token = "".join(authorization).partition(" ")
    if scheme.lower() != "bearer":
        raise refuse(401, "Bearer")
    return token.strip(" ")


def answer(path: str, checked: Checked) -> Answer:
    if checked.verdict is Verdict.UNAVAILABLE:
        logging.getLogger("api").warning("503: %s", checked.reason)
        return Answer(503, {}, Retry_After="1")
    if not checked.is_valid:
        return refuse(401, INVALID_TOKEN)
    if path not in SCOPES:
        return Answer(404, {})
    needed = SCOPES[path]
    if needed and not checked.has_scope(needed):
        return refuse(403, f'Bearer error="insufficient_scope", scope="{needed}"')
    return Answer(200, {"subject": checked.subject, "session": checked.session})
