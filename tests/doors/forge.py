"""Tokens as somebody else signs them, right and wrong: by python3-cryptography, hmac and plain integers, so that
nothing of Recant's has a hand in what its verifier is shown."""
import hashlib
import hmac
import json
import secrets
import time
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from harness.jws import ALGORITHMS
from harness.verbs import encode

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
ASYMMETRIC = [alg for alg in ALGORITHMS if not alg.startswith("HS")]
SECRET = [alg for alg in ALGORITHMS if alg.startswith("HS")]
DROP = object()  # in place of a value: no such member


class Raw(str):
    """A value of a member as JSON text, which no serializer would write."""


def number_bytes(number, size=None):
    return number.to_bytes(size or (number.bit_length() + 7) // 8, "big")


def sign_ec(private, message, name):
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(HASHES[name])))
    size = (private.curve.key_size + 7) // 8
    return number_bytes(r, size) + number_bytes(s, size)


def pss(name, salt=None, mask=None):
    digest = HASHES[name].digest_size
    return padding.PSS(padding.MGF1(HASHES[mask or name]), digest if salt is None else salt)


def sign_as(alg, private, message):
    """By any key that can: an RSA key signs RS* and PS*, a curve's key with any hash."""
    family, name = alg[:2], ALGORITHMS[alg][2]
    if family == "HS":
        return hmac.digest(private, message, name)
    if family == "ES":
        return sign_ec(private, message, name)
    if family == "RS":
        return private.sign(message, padding.PKCS1v15(), HASHES[name])
    if family == "PS":
        return private.sign(message, pss(name), HASHES[name])
    return private.sign(message)


class Key:
    def __init__(self, alg, private=None):
        self.alg = alg
        self.kty, self.crv, self.hash = ALGORITHMS[alg]
        self.private = private or self._draw()
        self.kid = f"{alg}-{secrets.token_hex(4)}"

    def _draw(self):
        if self.kty == "EC":
            return ec.generate_private_key(CURVES[self.crv])
        if self.kty == "OKP":
            return ed25519.Ed25519PrivateKey.generate()
        if self.kty == "RSA":
            return rsa.generate_private_key(65537, 2048)
        return secrets.token_urlsafe(64).encode()

    def sign(self, message):
        return sign_as(self.alg, self.private, message)

    @property
    def pem(self):
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption())

    def public_bytes(self, encoding="PEM", form="SubjectPublicKeyInfo"):
        return self.private.public_key().public_bytes(getattr(serialization.Encoding, encoding),
                                                      getattr(serialization.PublicFormat, form))

    @property
    def members(self):
        """RFC 7518 §6 and RFC 8037 §2: those that a thumbprint is made of."""
        if self.kty == "oct":
            return {"k": encode(self.private), "kty": "oct"}
        numbers = self.private.public_key()
        if self.kty == "OKP":
            return {"crv": self.crv, "kty": "OKP", "x": encode(self.public_bytes("Raw", "Raw"))}
        numbers = numbers.public_numbers()
        if self.kty == "RSA":
            return {"e": encode(number_bytes(numbers.e)), "kty": "RSA", "n": encode(number_bytes(numbers.n))}
        size = (self.private.curve.key_size + 7) // 8
        return {"crv": self.crv, "kty": "EC", "x": encode(number_bytes(numbers.x, size)),
                "y": encode(number_bytes(numbers.y, size))}

    @property
    def thumbprint(self):
        """RFC 7638 §3."""
        text = json.dumps(self.members, sort_keys=True, separators=(",", ":"))
        return encode(hashlib.sha256(text.encode()).digest())

    @property
    def jwk(self):
        return {**self.members, "kid": self.kid, "alg": self.alg, "use": "sig"}


def object_text(members):
    parts = []
    for name, value in members.items():
        if value is not DROP:
            parts.append(f"{json.dumps(name)}:{value if isinstance(value, Raw) else json.dumps(value)}")
    return "{" + ",".join(parts) + "}"


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def uuid7():
    """RFC 9562 §5.7, of this moment."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


class Forge:
    """An issuer, its keys and the tokens that it would sign if it were told to."""

    def __init__(self, iss, algorithms, audience="api"):
        self.iss, self.audience = iss, audience
        rsa_key = None  # one for all: what tells RS256 from PS512 is the name alone
        self.keys = {}
        for alg in algorithms:
            is_rsa = ALGORITHMS[alg][0] == "RSA"
            self.keys[alg] = Key(alg, rsa_key if is_rsa else None)
            rsa_key = self.keys[alg].private if is_rsa else rsa_key
        self.alg = algorithms[0]
        self.session = lambda sub: (sub, uuid7())  # that a token of `sub` may name

    @property
    def jwks(self):
        return {"keys": [key.jwk for key in self.keys.values()]}

    def header(self, of=None, /, **changes):
        """Of the key of that algorithm."""
        key = self.keys[of or self.alg]
        return object_text({"alg": key.alg, "typ": "at+jwt", "kid": key.kid} | changes)

    def claims(self, **changes):
        now = int(time.time())
        subject, session = self.session(changes.get("sub", "ada"))
        members = {"iss": self.iss, "sub": subject, "aud": self.audience, "client_id": "web", "iat": now - 10,
                   "exp": now + 600, "jti": uuid7(), "sid": session}
        return object_text(members | changes)

    def token(self, alg=None, header=None, claims=None, sign=None):
        """`header` and `claims`: changes (a dict), or the whole text. `sign`: bytes → signature."""
        key = self.keys[alg or self.alg]
        head = self.header(alg, **header) if isinstance(header, dict) else header
        body = self.claims(**claims) if isinstance(claims, dict) else claims
        head = self.header(alg) if head is None else head
        body = self.claims() if body is None else body
        signed = f"{encode(as_bytes(head))}.{encode(as_bytes(body))}"
        return self.seal(signed, key.alg, sign)

    def seal(self, signed, alg=None, sign=None):
        """A signature behind whatever text."""
        signature = (sign or self.keys[alg or self.alg].sign)(signed.encode())
        return f"{signed}.{encode(signature)}"
