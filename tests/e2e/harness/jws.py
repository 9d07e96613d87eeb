"""Signatures as somebody else verifies them: RFC 7518 over plain integers, no library of ours."""
import hashlib

from .verbs import decode, unpack

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def number(text):
    return int.from_bytes(decode(text), "big")


def add(a, b):
    """Points of P-256; None is the one at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] + A) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point):
    total = None
    while k:
        if k & 1:
            total = add(total, point)
        point, k = add(point, point), k >> 1
    return total


def es256(key, message, signature):
    x, y = number(key["x"]), number(key["y"])
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    on_curve = (y * y - x * x * x - A * x - B) % P == 0
    if key["crv"] != "P-256" or not on_curve or len(signature) != 64:
        return False
    if not (0 < r < N and 0 < s < N):
        return False
    hashed = int.from_bytes(hashlib.sha256(message).digest(), "big")
    w = pow(s, -1, N)
    point = add(multiply(hashed * w % N, G), multiply(r * w % N, (x, y)))
    return point is not None and point[0] % N == r


def rs256(key, message, signature):
    n, e = number(key["n"]), number(key["e"])
    size = (n.bit_length() + 7) // 8
    digest = SHA256_INFO + hashlib.sha256(message).digest()
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    opened = pow(int.from_bytes(signature, "big"), e, n)
    return len(signature) == size and opened == int.from_bytes(padded, "big")


def verifies(token, jwks):
    """Does the key of the token's `kid` verify it?"""
    head, body, signature = token.split(".")
    header = unpack(head)
    key, = [k for k in jwks["keys"] if k["kid"] == header["kid"]]
    assert key["alg"] == header["alg"], (key, header)
    check = {"ES256": es256, "RS256": rs256}[key["alg"]]
    return check(key, f"{head}.{body}".encode(), decode(signature))
