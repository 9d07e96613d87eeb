"""J34 to J40: what is taken for a key. Each set is shown to the verifier's reader, to `recant token verify` and to a
server that is to start with it."""
import json
import math
import secrets

from harness.jws import CURVES, Q
from harness.verbs import decode, encode

from forge import DROP, Forge, Raw, number_bytes, object_text

TOO_SHORT = "it is too short for the algorithm"
MODULUS = "the RSA modulus is malformed or known to be weak"
EXPONENT = "the RSA exponent is not an odd number from 65537 up"
NOT_RANDOM = "the secret is not random"
LENGTH = "a coordinate has not the curve's length"
CURVE = "the point is not on the curve"
WEAK = "the Ed25519 point is weak or not in its canonical form"
KIND = "it is a key of another kind than the algorithm needs"
MALFORMED = "a member is missing or malformed"
USES = '"use" and "key_ops" contradict each other'
PRIVATE = "it has private members"
TWICE = "its kid is another key's too"
MIXED = "secrets stand beside public keys"
NO_ALG = 'a secret needs an "alg"'
NOT_JSON = "it is not JSON within the limits"
NO_SET = 'it is not an object with an array "keys"'
TOO_MANY = "it has more than 64 keys"
UNUSED = "unknown_key"  # the set is taken, and the key in it passed over
GOOD = "accepted"

RSA, EC, OKP, OCT = "RS256", "ES256", "EdDSA", "HS256"


class Keys:
    """Sets, and what must be said of each."""

    def __init__(self, forge):
        self._forge = forge

    def one(self, alg, /, **changes):
        """A set of the issuer's key of that algorithm, with other members."""
        return self.set_of(self.jwk(alg, **changes))

    def jwk(self, alg, /, **changes):
        return object_text(self._forge.keys[alg].jwk | changes)

    def set_of(self, *keys):
        return '{"keys":[' + ",".join(keys) + "]}"

    def J34(self):
        """RSA keys (RFC 7518 §3.3 and §6.3.1), ROCA."""
        n, e = (int.from_bytes(decode(self._forge.keys[RSA].members[name]), "big") for name in "ne")

        def of(modulus=n, exponent=e):
            return self.one(RSA, n=encode(number_bytes(modulus)), e=encode(number_bytes(exponent)))
        yield of(), GOOD
        for bits in (8, 512, 1024, 1536, 2040, 2047):
            yield of(odd(bits)), TOO_SHORT
        for bits in (8193, 16384):
            yield of(odd(bits)), "the RSA modulus has more than 8192 bits"
        yield of(n - 1), MODULUS
        yield of(roca(2048)), MODULUS
        yield self.one(RSA, n=encode(b"\0" + number_bytes(n))), MODULUS
        for exponent in (0, 1, 2, 3, 17, 65535, 65536, 65538, 2**64 + 1):
            yield of(exponent=exponent), EXPONENT
        yield self.one(RSA, e=encode(b"\0\1\0\1")), EXPONENT

    def J35(self):
        """Secrets (RFC 7518 §3.2; rfc8725bis §3.5)."""
        yield self.one(OCT), GOOD
        for alg, size in (("HS256", 32), ("HS384", 48), ("HS512", 64)):
            for length in (0, 1, size // 2, size - 1):
                yield self.one(OCT, alg=alg, k=encode(secrets.token_bytes(length))), TOO_SHORT
            yield self.one(OCT, alg=alg, k=encode(b"a" * size)), NOT_RANDOM
            yield self.one(OCT, alg=alg, k=encode(b"secret" * 11)), NOT_RANDOM
            yield self.one(OCT, alg=alg, k=encode(b"0123" * 16)), NOT_RANDOM
        yield self.one(OCT, alg=DROP), NO_ALG

    def J36(self):
        """Points (RFC 7518 §6.2.1.2, RFC 8037 §2)."""
        for alg in ("ES256", "ES384", "ES512", OKP):
            yield self.one(alg), GOOD
        for alg in ("ES256", "ES384", "ES512"):
            key = self._forge.keys[alg]
            x, y = (decode(key.members[name]) for name in "xy")
            for a, b, why in ((x[1:], y, LENGTH), (b"\0" + x, y, LENGTH), (x, y + b"\0", LENGTH), (b"", b"", LENGTH),
                              (b"\0", b"\0", LENGTH), (b"\0" * len(x), b"\0" * len(x), CURVE), (y, x, CURVE),
                              (x, number_bytes(int.from_bytes(y, "big") ^ 1, len(y)), CURVE),
                              (b"\xff" * len(x), b"\xff" * len(x), CURVE),
                              (number_bytes(CURVES[key.crv][0], len(x)), y, CURVE)):
                yield self.one(alg, x=encode(a), y=encode(b)), why
            for other in ("RS256", "HS256", "EdDSA", *({"ES256", "ES384", "ES512"} - {alg})):
                yield self.one(alg, alg=other), KIND
        yield self.one("ES256", crv="P-384"), KIND
        yield self.one("ES256", crv="P-384", alg=DROP), LENGTH
        yield self.one("ES256", crv="P-256K"), KIND
        yield self.one("ES256", kty="RSA"), KIND
        yield self.one("ES256", kty="OKP"), KIND
        yield self.one(RSA, alg="HS256"), KIND
        # The eight points of small order, other spellings of them, and one beyond the prime (speccheck 0 to 3, 11).
        low = [0, 1, Q - 1, Q, Q + 1, 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826,
               0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7]
        for y in low:
            for sign in (0, 1 << 255):
                yield self.one(OKP, x=encode((y | sign).to_bytes(32, "little"))), WEAK
        yield self.one(OKP, x=encode(b"\xff" * 32)), WEAK
        yield self.one(OKP, x=encode(decode(self._forge.keys[OKP].members["x"])[:31])), LENGTH
        yield self.one(OKP, alg="ES256"), KIND

    def J37(self):
        """What it is for (RFC 7517 §4.2 and §4.3)."""
        for changes in ({}, {"use": DROP}, {"use": DROP, "key_ops": ["verify"]}, {"key_ops": ["verify"]},
                        {"key_ops": ["sign", "verify"]}):
            yield self.one(EC, **changes), GOOD
        for changes in ({"use": "enc"}, {"use": "SIG"}, {"use": ""}, {"use": DROP, "key_ops": ["sign"]},
                        {"use": DROP, "key_ops": []}, {"use": DROP, "key_ops": ["encrypt", "decrypt"]},
                        {"use": "enc", "key_ops": ["encrypt"]}, {"key_ops": ["sign"]}):
            yield self.one(EC, **changes), UNUSED
        for changes in ({"key_ops": ["encrypt"]}, {"key_ops": ["verify", "encrypt"]},
                        {"use": "enc", "key_ops": ["verify"]}, {"key_ops": ["verify", "verify"]}, {"use": DROP, "key_ops": ["verify", "verify"]}):
            yield self.one(EC, **changes), USES

    def J38(self):
        """The set as a whole (RFC 7517 §5)."""
        kid = self._forge.keys[EC].kid
        for other in ('{"kty":"AKP","kid":"x","pub":"AAAA"}', '{"kty":"ec"}', '{"kty":"OKP","crv":"X25519","x":"AAAA"}',
                      '{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}', self.jwk(RSA, alg="RSA-OAEP-256"),
                      self.jwk(OKP, use="enc"), self.jwk(OKP)):
            yield self.set_of(other, self.jwk(EC)), GOOD
        yield self.set_of(self.jwk(EC), self.jwk(OKP, kid=kid)), TWICE
        yield self.set_of(self.jwk(EC), self.jwk(EC)), TWICE
        yield self.set_of(self.jwk(EC, use="enc"), self.jwk(OKP, kid=kid)), TWICE
        yield self.set_of(self.jwk(EC), self.jwk(OCT)), MIXED
        yield self.set_of(self.jwk(OCT, use="enc"), self.jwk(EC)), MIXED
        for name in ("d", "p", "q", "dp", "dq", "qi", "oth"):
            for alg in (EC, OKP, RSA):
                yield self.one(alg, **{name: "AQAB"}), PRIVATE
        yield self.one(EC, use="enc", d="AQAB"), PRIVATE
        yield self.set_of(), UNUSED
        yield self.one(EC, kty="AKP"), UNUSED

    def J39(self):
        """Members of the wrong type, missing ones, and too much of everything."""
        good = self.jwk(EC)
        yield self.set_of(good), GOOD
        yield '{"more":[1],"keys":[' + good + "]}", GOOD
        yield self.set_of(good, *(self.jwk(OKP, kid=str(i)) for i in range(63))), GOOD
        yield self.set_of(good, *(self.jwk(OKP, kid=str(i)) for i in range(64))), TOO_MANY
        for text in ("", " ", "x", "{", '{"keys":[}', '{"keys":[],"keys":[' + good + "]}", self.set_of(good) + "x",
                     "[" * 100_000, self.set_of(good)[:-1] + " " * 300_000 + "}", '{"keys":' + "[" * 20 + "]" * 20 + "}",
                     "\ufeff" + self.set_of(good), self.set_of(good[:-1] + ',"alg":"ES256"}')):
            yield text, NOT_JSON
        for text in ("[]", "null", "1", '"keys"', "{}", '{"keys":null}', '{"keys":"x"}', '{"keys":{}}', '{"KEYS":[]}', good):
            yield text, NO_SET
        for key in ("1", "null", '"x"', "[]", "{}", '{"kty":null}', '{"kty":5}', '{"kty":["EC"]}'):
            yield self.set_of(key), MALFORMED
        for name, texts in {"alg": "5 null [] {}", "kid": "1 null []", "use": '1 null ["sig"]', "crv": "1 null []",
                            "key_ops": '"verify" [1] null {}', "x": '1 null [] "+/" "AA==" "A" "AB"', "y": "1 null"}.items():
            for text in texts.split():
                yield self.one(EC, **{name: Raw(text)}), MALFORMED
        for alg, names in ((EC, ("kty", "crv", "x", "y")), (OKP, ("kty", "crv", "x")), (RSA, ("kty", "n", "e")),
                           (OCT, ("k",))):
            for name in names:
                yield self.one(alg, **{name: DROP}), MALFORMED
        yield self.one(EC, kid="k" * 129), MALFORMED

    def CVE_2022_23529(self):
        """What is no text where a key's should be: nobody asks it what it is."""
        yield self.one(EC), GOOD
        for text in ('{"toString":"x"}', '{"length":43}', '[65,66]', "{}", "true"):
            for name in ("kty", "crv", "x", "y", "kid", "alg"):
                yield self.one(EC, **{name: Raw(text)}), MALFORMED


def odd(bits):
    """A number of that many bits; nobody knows its factors, which no reader could tell."""
    return secrets.randbits(bits) | 1 << bits - 1 | 1


def roca(bits):
    """As CVE-2017-15361 makes them: a power of 65537 modulo many small primes."""
    product = math.prod(n for n in range(2, 168) if all(n % d for d in range(2, n)))
    while True:
        number = odd(bits) // product * product + pow(65537, secrets.randbelow(10**6), product)
        if number.bit_length() == bits and number % 2:
            return number


def issuer():
    """With one key of each kind that the sets are made of."""
    return Forge("https://issuer.example", [EC, RSA, OKP, OCT, "ES384", "ES512"])
