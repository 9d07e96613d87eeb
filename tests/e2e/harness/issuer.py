"""A service that signs tokens of its own, as the recipe does it: HS256, typ JWT, no kid."""
import hashlib
import hmac
import itertools
import json
import os
import secrets
import shutil
import tempfile
import time

from .verbs import encode, unpack

_numbers = itertools.count(1)


class HmacIssuer:
    """`table` is its [[issuer]]; more of it may be given by name."""

    def __init__(self, name, **table):
        self.directory = tempfile.mkdtemp(prefix="recant-e2e-issuer-")
        self.secret = secrets.token_urlsafe(48).encode()
        self.iss = f"https://{name}.example"
        self.table = {"name": name, "iss": self.iss, "audience": ["api"], "algorithms": ["HS256"],
                      "secret_file": self.write("secret", self.secret), "profile": "jwt", **table}

    def end(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def write(self, name, content, mode=0o600):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        return path

    def token(self, sub="42", life=900, header=None, secret=None, **claims):
        """A claim given as None is left out."""
        now = int(time.time())
        all_claims = {"iss": self.iss, "aud": "api", "sub": sub, "iat": now, "exp": now + life,
                      "jti": f"j{next(_numbers)}", **claims}
        all_claims = {name: value for name, value in all_claims.items() if value is not None}
        return sign(header or {"alg": "HS256", "typ": "JWT"}, all_claims, secret or self.secret)


def sign(header, claims, secret):
    head, body = (encode(json.dumps(part).encode()) for part in (header, claims))
    mac = hmac.digest(secret, f"{head}.{body}".encode(), hashlib.sha256)
    return f"{head}.{body}.{encode(mac)}"


def claims_of(token):
    return unpack(token.split(".")[1])
