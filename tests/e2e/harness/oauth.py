"""The calls of OAuth (docs/oauth.md), as a client makes them by hand."""
import base64
from urllib.parse import quote_plus, urlencode

INTROSPECT, REVOKE, TOKEN = "/oauth2/introspect", "/oauth2/revoke", "/oauth2/token"
METADATA = "/.well-known/oauth-authorization-server"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
PUBLIC = "recant"  # token.client_id, unless the settings say otherwise
INACTIVE = b'{"active":false}'


class Client:
    """An admin key, by whichever method it authenticates."""

    def __init__(self, recant, name, scope):
        answer = recant.admin("POST", "/v1/admin/admin-keys", {"name": name, "scope": scope})
        assert answer.status == 201, answer
        self.recant, self.name = recant, name
        self.key = recant.secrets.keep(answer.json["key"])

    @property
    def basic(self):
        """RFC 6749 §2.3.1: each half encoded as in a form."""
        pair = f"{quote_plus(self.name)}:{quote_plus(self.key)}".encode()
        return [("Authorization", "Basic " + base64.b64encode(pair).decode())]

    @property
    def form(self):
        return {"client_id": self.name, "client_secret": self.key}

    def introspect(self, token, headers=(), **more):
        return post(self.recant, INTROSPECT, {"token": token, **more}, [*self.basic, *headers])

    def revoke(self, token, **more):
        return post(self.recant, REVOKE, {"token": token, **more}, self.basic)


def post(recant, path, parameters, headers=()):
    """`parameters` may also be the body itself."""
    body = parameters if isinstance(parameters, bytes) else urlencode(parameters).encode()
    recant.secrets.note_text(body)
    return recant.call("POST", path, body, headers=[FORM, *headers])


def give_back(recant, token, client_id=PUBLIC, **more):
    """As the public client does it."""
    return post(recant, REVOKE, {"token": token, "client_id": client_id, **more})


def refresh(recant, token, client_id=PUBLIC, **more):
    return post(recant, TOKEN, {"grant_type": "refresh_token", "refresh_token": token, "client_id": client_id, **more})
