"""Signing with a key file of Recant's, to make tokens that Recant would never sign."""
import base64
import hashlib
import json
import secrets

from .jws import CURVES, multiply
from .verbs import encode

P, _, N, G = CURVES["P-256"]


def scalar_of(pem):
    """Of an unencrypted PKCS#8 file of P-256: the 32 bytes behind their OCTET STRING's head."""
    der = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))
    head = bytes.fromhex("020101" "0420")  # ECPrivateKey version 1, then the private key
    at = der.index(head) + len(head)
    return int.from_bytes(der[at:at + 32], "big")


def sign(scalar, header, claims):
    message = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    hashed = int.from_bytes(hashlib.sha256(message.encode()).digest(), "big")
    while True:
        k = secrets.randbelow(N - 1) + 1
        r = multiply(k, G, P)[0] % N
        s = pow(k, -1, N) * (hashed + r * scalar) % N
        if r and s:
            return f"{message}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
