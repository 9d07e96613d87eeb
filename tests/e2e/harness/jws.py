"""Signatures as somebody else verifies them: RFC 7518 and RFC 8032 over plain integers, no library
of ours."""
import hashlib
import hmac

from .verbs import decode, unpack

# FIPS 186-4, D.1.2: p, b, n and G; a is p - 3. RFC 7518 §3.4 fixes the hash of each.
CURVES = {
    "P-256": (2**256 - 2**224 + 2**192 + 2**96 - 1,
              0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
              0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
              (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
               0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)),
    "P-384": (2**384 - 2**128 - 2**96 + 2**32 - 1,
              int("B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875A"
                  "C656398D8A2ED19D2A85C8EDD3EC2AEF", 16),
              int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
                  "581A0DB248B0A77AECEC196ACCC52973", 16),
              (int("AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A38"
                   "5502F25DBF55296C3A545E3872760AB7", 16),
               int("3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C0"
                   "0A60B1CE1D7E819D7A431D7C90EA0E5F", 16))),
    "P-521": (2**521 - 1,
              int("0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF1"
                  "09E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B50"
                  "3F00", 16),
              int("01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
                  "FFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E9138"
                  "6409", 16),
              (int("00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D"
                   "3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5"
                   "BD66", 16),
               int("011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E"
                   "662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD1"
                   "6650", 16))),
}
# RFC 8017 §9.2, note 1: the DigestInfo in front of a hash.
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
ALGORITHMS = {  # name -> kty, crv or None, hash or None
    "ES256": ("EC", "P-256", "sha256"), "ES384": ("EC", "P-384", "sha384"),
    "ES512": ("EC", "P-521", "sha512"), "EdDSA": ("OKP", "Ed25519", None),
    "RS256": ("RSA", None, "sha256"), "RS384": ("RSA", None, "sha384"),
    "RS512": ("RSA", None, "sha512"), "PS256": ("RSA", None, "sha256"),
    "PS384": ("RSA", None, "sha384"), "PS512": ("RSA", None, "sha512"),
    "HS256": ("oct", None, "sha256"), "HS384": ("oct", None, "sha384"),
    "HS512": ("oct", None, "sha512"),
}


def number(text):
    return int.from_bytes(decode(text), "big")


def _add(a, b, p):
    """Points of a curve with a = -3; None is the one at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % p == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    x = (slope * slope - a[0] - b[0]) % p
    return x, (slope * (a[0] - x) - a[1]) % p


def multiply(k, point, p):
    total = None
    while k:
        if k & 1:
            total = _add(total, point, p)
        point, k = _add(point, point, p), k >> 1
    return total


def ecdsa(key, message, signature, name):
    p, b, n, g = CURVES[key["crv"]]
    x, y = number(key["x"]), number(key["y"])
    size = (p.bit_length() + 7) // 8
    r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
    on_curve = (y * y - x * x * x + 3 * x - b) % p == 0
    if not on_curve or len(signature) != 2 * size or not (0 < r < n and 0 < s < n):
        return False
    hashed = int.from_bytes(hashlib.new(name, message).digest(), "big")  # never longer than n here
    w = pow(s, -1, n)
    point = _add(multiply(hashed * w % n, g, p), multiply(r * w % n, (x, y), p), p)
    return point is not None and point[0] % n == r


def _opened(key, signature):
    n = number(key["n"])
    size = (n.bit_length() + 7) // 8
    if len(signature) != size:
        return b"", n
    return pow(int.from_bytes(signature, "big"), number(key["e"]), n).to_bytes(size, "big"), n


def rsa_pkcs1(key, message, signature, name):
    opened, _ = _opened(key, signature)
    digest = DIGEST_INFO[name] + hashlib.new(name, message).digest()
    return opened == b"\0\1" + b"\xff" * (len(opened) - len(digest) - 3) + b"\0" + digest


def rsa_pss(key, message, signature, name):
    """RFC 8017 §9.1.2, with MGF1 over the same hash and a salt as long as it (RFC 7518 §3.5)."""
    opened, n = _opened(key, signature)
    length = hashlib.new(name).digest_size
    bits = n.bit_length() - 1
    encoded = opened[-((bits + 7) // 8):]
    if not opened or encoded[-1] != 0xBC:
        return False
    masked, hashed = encoded[:-length - 1], encoded[-length - 1:-1]
    mask = b"".join(hashlib.new(name, hashed + count.to_bytes(4, "big")).digest()
                    for count in range(len(masked) // length + 1))
    block = bytes(a ^ b for a, b in zip(masked, mask, strict=False))
    block = bytes([block[0] & 0xFF >> (8 * len(encoded) - bits)]) + block[1:]
    salt = block[-length:]
    if block[:-length] != b"\0" * (len(block) - length - 1) + b"\1":
        return False
    inner = b"\0" * 8 + hashlib.new(name, message).digest() + salt
    return hashlib.new(name, inner).digest() == hashed


# RFC 8032 §5.1.
Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q


def _edwards_add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % Q
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, Q) % Q,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, Q) % Q)


def _edwards_multiply(k, point):
    total = (0, 1)
    while k:
        if k & 1:
            total = _edwards_add(total, point)
        point, k = _edwards_add(point, point), k >> 1
    return total


def _edwards_point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if (x * x - square) % Q:
        return None
    return (Q - x if x & 1 != sign else x), y


def ed25519(key, message, signature, _=None):
    public = decode(key["x"])
    a, r = _edwards_point(public), _edwards_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    base = _edwards_point((4 * pow(5, -1, Q) % Q).to_bytes(32, "little"))
    return _edwards_multiply(s, base) == _edwards_add(r, _edwards_multiply(h % L, a))


def hmac_sha(key, message, signature, name):
    return hmac.compare_digest(hmac.new(decode(key["k"]), message, name).digest(), signature)


def _check_of(algorithm):
    if algorithm == "EdDSA":
        return ed25519
    return {"ES": ecdsa, "RS": rsa_pkcs1, "PS": rsa_pss, "HS": hmac_sha}[algorithm[:2]]


def signature_is_good(key, algorithm, token):
    """The whole token under one key, as JWK."""
    kty, crv, name = ALGORITHMS[algorithm]
    if (key["kty"], key.get("crv")) != (kty, crv):
        return False
    signed, _, signature = token.rpartition(".")
    return _check_of(algorithm)(key, signed.encode(), decode(signature), name)


def verifies(token, jwks):
    """Does the key of the token's `kid` verify it?"""
    header = unpack(token.split(".")[0])
    key, = [k for k in jwks["keys"] if k["kid"] == header["kid"]]
    assert key["alg"] == header["alg"], (key, header)
    return signature_is_good(key, header["alg"], token)
