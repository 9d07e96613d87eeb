"""The calls of contract §2 as verbs: each takes what a client would have."""
import base64
import hashlib
import itertools
import json

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"


class User:
    def __init__(self, user_id, username, password):
        self.id = user_id
        self.name = username
        self.password = password


class Tokens:
    """*tokens* of contract §2."""

    def __init__(self, answer):
        members = answer.json
        self.access = members["access_token"]
        self.refresh = members["refresh_token"]
        self.session = members["session_id"]
        self.user_id = members["user_id"]
        self.expires_in = members["expires_in"]
        self.refresh_expires_in = members["refresh_expires_in"]

    @property
    def claims(self):
        return unpack(self.access.split(".")[1])

    @property
    def header(self):
        return unpack(self.access.split(".")[0])

    @property
    def jti(self):
        return self.claims["jti"]

    @property
    def grant(self):
        """What the access token says; an ECDSA signature differs each time it is made."""
        return self.access.rpartition(".")[0]

    @property
    def place(self):
        """Its key on the whitelist; the subject is one that needs no encoding."""
        return f"whitelist:user:{self.user_id}:jti:{self.jti}"

    @property
    def refresh_id(self):
        """As in the key `refresh_token:<id>`."""
        return encode(hashlib.sha256(self.refresh.encode()).digest())


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def unpack(segment):
    return json.loads(decode(segment))


class Verbs:
    """Mixed into whatever has call() and admin()."""

    def create_user(self, username=None, password=PASSWORD, **more):
        username = username or f"user{next(_numbers)}"
        body = {"username": username, "password": password, **more}
        answer = self.admin("POST", "/v1/admin/users", body)
        assert answer.status == 201, answer
        return User(answer.json["user_id"], username, password)

    def try_login(self, username, password, **more):
        return self.call("POST", "/v1/login", {"username": username, "password": password, **more})

    def login(self, user, **more):
        return self._tokens(self.try_login(user.name, user.password, **more))

    def sign_in(self, **more):
        """A new user's first session."""
        return self.login(self.create_user(**more))

    def open_session(self, subject, **more):
        """For an application with a login of its own."""
        answer = self.admin("POST", "/v1/admin/sessions", {"subject": subject, **more})
        assert answer.status == 201, answer
        return Tokens(answer)

    def try_refresh(self, refresh_token):
        return self.call("POST", "/v1/refresh", {"refresh_token": refresh_token})

    def refresh(self, tokens):
        return self._tokens(self.try_refresh(tokens.refresh))

    def check(self, access_token, query="", method="GET", path="/v1/check"):
        return self.call(method, path + query, bearer=access_token)

    def logout(self, access_token):
        return self.call("POST", "/v1/logout", bearer=access_token)

    def revoke(self, **body):
        return self.admin("POST", "/v1/admin/revocations", body)

    @staticmethod
    def _tokens(answer):
        assert answer.status == 200, answer
        return Tokens(answer)
