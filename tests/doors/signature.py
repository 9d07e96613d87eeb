"""J24 to J33: the signature. Whatever stands in the token, it is what a good one says."""
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from harness.jws import CURVES, DIGEST_INFO, L, Q
from harness.verbs import decode, encode

from forge import DROP, HASHES, SECRET, Key, number_bytes, pss
from lines import Lines


class Signature(Lines):
    def sealed(self, forge, alg, signature, verdict="bad_signature"):
        """A good token with another signature: bytes, or what makes them of a good one."""
        make = (lambda good: signature) if isinstance(signature, bytes) else signature
        key = forge.keys[alg]
        return self.case(forge.token(alg, sign=lambda text: make(key.sign(text))), verdict, forge=forge)

    def signed(self, forge, alg, sign, verdict="bad_signature"):
        return self.case(forge.token(alg, sign=sign), verdict, forge=forge)

    def good(self):
        return [self.case(forge.token(alg), forge=forge) for forge, alg, _ in self.keys()]

    def judge_or_skip(self, kty, make):
        cases = [case for forge, alg, key in self.keys(kty) for case in make(forge, alg, key)]
        if not cases:
            self.skipTest("there is no such key here")
        self.judge(self.good() + cases)

    def test_J24_an_ECDSA_signature_is_two_numbers_of_full_length(self):
        def make(forge, alg, key):
            size = len(key.sign(b"")) // 2

            def der(good):
                return encode_dss_signature(int.from_bytes(good[:size], "big"), int.from_bytes(good[size:], "big"))

            def short(good):
                return good[:size].lstrip(b"\0")[:size - 1] + good[size:]
            for change in (der, short, lambda good: good[:-1], lambda good: good[1:], lambda good: good + b"\0",
                           lambda good: b"\0" + good, lambda good: b"\0" + good[:size] + b"\0" + good[size:],
                           lambda good: good + good, lambda good: good[:size], lambda good: good[size:] + good[:size],
                           lambda good: b"\x04" + good):
                yield self.sealed(forge, alg, change)
        self.judge_or_skip("EC", make)

    def test_J25_r_and_s_are_in_range(self):
        """CVE-2022-21449."""
        def make(forge, alg, key):
            p, _, n, _ = CURVES[key.crv]
            size = (key.private.curve.key_size + 7) // 8
            edges = [number_bytes(edge, size) for edge in (0, 1, n - 1, n, n + 1, p - 1, p, 256**size - 1)]
            for r in edges:
                for s in edges:
                    yield self.sealed(forge, alg, r + s)
                yield self.sealed(forge, alg, lambda good, r=r: r + good[size:])
                yield self.sealed(forge, alg, lambda good, s=r: good[:size] + s)
            if n * 2 < 256**size:  # P-521: a number and the order beyond it are still 66 bytes
                yield self.sealed(forge, alg, lambda good: add(good[:size], n) + good[size:])
                yield self.sealed(forge, alg, lambda good: good[:size] + add(good[size:], n))
        self.judge_or_skip("EC", make)

    def test_J26_either_s_is_good(self):
        def make(forge, alg, key):
            n = CURVES[key.crv][2]
            size = (key.private.curve.key_size + 7) // 8
            for _ in range(4):
                yield self.sealed(forge, alg, lambda good: good[:size] + negated(good[size:], n), "accepted")
            yield self.sealed(forge, alg, lambda good: negated(good[:size], n) + good[size:])
        self.judge_or_skip("EC", make)

    def test_J27_an_Ed25519_signature_is_canonical(self):
        def little(number):
            return number.to_bytes(32, "little")

        def plus_order(good, times):
            s = int.from_bytes(good[32:], "little") + times * L
            return good[:32] + little(s) if s < 2**256 else good[:63] + b"\xff"

        def make(forge, alg, key):
            for times in (1, 2, 7, 14):
                yield self.sealed(forge, alg, lambda good, t=times: plus_order(good, t))
            small = [little(1), little(0), little(Q - 1), little(Q), little(Q + 1), little(1 | 1 << 255),
                     bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                     bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
            for r in small:
                for s in (0, 1, L - 1, L):
                    yield self.sealed(forge, alg, r + little(s))
                yield self.sealed(forge, alg, lambda good, r=r: r + good[32:])
            for change in (lambda good: good[:32] + negated(good[32:], L, "little"), lambda good: good[:63],
                           lambda good: good + b"\0", lambda good: b"\0" + good, lambda good: good[32:] + good[:32],
                           lambda good: bytes([*good[:31], good[31] ^ 0x80, *good[32:]])):
                yield self.sealed(forge, alg, change)
        self.judge_or_skip("OKP", make)

    def test_J28_an_RSA_signature_is_of_the_one_padding(self):
        def make(forge, alg, key):
            numbers = key.private.private_numbers()
            n, size = numbers.public_numbers.n, key.private.key_size // 8

            def of(block):
                return number_bytes(pow(int.from_bytes(block, "big"), numbers.d, n), size)
            for change in (lambda good: good[:-1], lambda good: good[1:], lambda good: b"\0" + good,
                           lambda good: good + b"\0", lambda good: good + good,
                           lambda good: number_bytes(int.from_bytes(good, "big") + n),
                           lambda good: negated(good, n)):
                yield self.sealed(forge, alg, change)
            for number in (0, 1, n - 1, n, n + 1):
                yield self.sealed(forge, alg, number_bytes(number, size))
            if alg.startswith("RS"):
                for block in paddings(key.hash, size):
                    yield self.signed(forge, alg, lambda text, b=block: of(b(text)))
                # The twin: this way of making one makes good ones too.
                yield self.signed(forge, alg, lambda text: of(padded(size, DIGEST_INFO[key.hash] + digest(key, text))),
                                  "accepted")
        self.judge_or_skip("RSA", make)

    def test_J29_PSS_has_the_hash_of_its_name_and_a_salt_as_long(self):
        def make(forge, alg, key):
            if not alg.startswith("PS"):
                return
            length = HASHES[key.hash].digest_size
            longest = key.private.key_size // 8 - length - 2
            for salt in {0, 1, 20, length - 1, length + 1, 32, 48, 64, longest} - {length}:
                yield self.signed(forge, alg, lambda text, s=salt: key.private.sign(text, pss(key.hash, s), HASHES[key.hash]))
            for mask in set(HASHES) - {key.hash}:
                yield self.signed(forge, alg, lambda text, m=mask: key.private.sign(
                    text, pss(key.hash, mask=m), HASHES[key.hash]))
                yield self.signed(forge, alg, lambda text, m=mask: key.private.sign(text, pss(m), HASHES[m]))
            yield self.signed(forge, alg, lambda text: key.private.sign(text, padding.PKCS1v15(), HASHES[key.hash]))
        self.judge_or_skip("RSA", make)

    def test_J30_a_MAC_is_whole(self):
        """CVE-2024-25189, CVE-2024-25190: half a tag, or the beginning of one, is none."""
        def make(forge, alg, key):
            for length in range(len(key.sign(b""))):
                yield self.sealed(forge, alg, lambda good, n=length: good[:n])
            for change in (lambda good: good + b"\0", lambda good: good + good, lambda good: good[::-1],
                           lambda good: b"\0" * len(good), lambda good: good.hex().encode()):
                yield self.sealed(forge, alg, change)
            for name in {"sha1", "sha256", "sha384", "sha512", "md5"} - {key.hash}:
                yield self.signed(forge, alg, lambda text, n=name: hmac.digest(key.private, text, n))
            for secret in (b"", b"\0", key.private[:-1], key.private + b"x", decode(encode(key.private)) * 2, b"secret"):
                yield self.signed(forge, alg, lambda text, s=secret: hmac.digest(s, text, key.hash))
            yield self.signed(forge, alg, lambda text: hashlib.new(key.hash, key.private + text).digest())
        self.judge_or_skip("oct", make)

    def test_J31_nothing_and_zeros_are_no_signature(self):
        """CVE-2020-28042, CVE-2019-20933."""
        cases = self.good()
        for forge, alg, key in self.keys():
            size = len(key.sign(b""))
            cases += [self.sealed(forge, alg, signature) for signature in
                      (b"", b"\0", b"\0" * size, b"\1" * size, b"\xff" * size)]
            for mac in SECRET:
                cases.append(self.signed(forge, alg, lambda text, m=mac: hmac.digest(b"", text, "sha" + m[2:])))
        self.judge(cases)

    def test_J32_no_claim_counts_before_the_signature(self):
        """Each fault is named behind a good signature, and no fault is behind another's."""
        faults = (({"exp": 1_000_000_000, "iat": 999_999_000}, "expired"), ({"iss": "https://other.example"}, "wrong_issuer"),
                  ({"aud": "other"}, "wrong_audience"), ({"sub": DROP}, "bad_claims"), ({"cnf": {}}, "sender_bound"),
                  ({"nbf": 9_999_999_999}, "not_yet_valid"), ({"exp": 9_999_999_999}, "too_long_lived"))
        cases = self.good()
        for forge, alg, _ in self.keys():
            attacker = Key(alg)
            for claims, verdict in faults:
                cases.append(self.case(forge.token(alg, claims=claims), verdict, forge=forge))
                cases.append(self.case(forge.token(alg, claims=claims, sign=attacker.sign), "bad_signature", forge=forge))
            cases.append(self.case(forge.token(alg, {"typ": "JWT"}, sign=attacker.sign), "bad_signature", forge=forge))
            cases.append(self.case(forge.token(alg, claims=b"no JSON", sign=attacker.sign), "bad_signature", forge=forge))
        self.judge(cases)

    def test_J33_what_is_signed_is_what_was_sent(self):
        cases = self.good()
        for forge, alg, _ in self.keys():
            head, body = forge.header(alg), forge.claims()
            header, payload, signature = forge.token(alg, head, body).split(".")
            other = forge.token(alg).split(".")
            for text in (body + " ", " " + body, body.replace(": ", ":").replace(",", ", "), body.replace("ada", "\\u0061da")):
                cases.append(self.case(f"{header}.{encode(text.encode())}.{signature}", "bad_signature", forge=forge))
                cases.append(self.case(forge.token(alg, head, text), forge=forge))
            for text in (head + " ", head.replace("alg", "\\u0061lg")):
                cases.append(self.case(f"{encode(text.encode())}.{payload}.{signature}", "bad_signature", forge=forge))
                cases.append(self.case(forge.token(alg, text, body), forge=forge))
            cases.append(self.case(f"{header}.{other[1]}.{signature}", "bad_signature", forge=forge))
            cases.append(self.case(f"{header}.{payload}.{other[2]}", "bad_signature", forge=forge))
            # Decoded, in another order, without the dot: what somebody else might have signed.
            for message in ((head + "." + body), header + payload, payload + "." + header, payload, body):
                cases.append(self.signed(forge, alg, lambda _, k=forge.keys[alg], m=message: k.sign(m.encode())))
        self.judge(cases)

    def test_every_bit_and_every_length_of_every_signature(self):
        for forge, alg, key in self.keys():
            with self.subTest(alg):
                header, payload, signature = forge.token(alg).split(".")
                good = decode(signature)
                bad = [good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1:] for at in range(len(good)) for bit in range(8)]
                bad += [good[:length] for length in range(len(good))]
                bad += [good + secrets.token_bytes(more) for more in (1, 2, 3, 16, len(good))]
                self.judge([self.case(f"{header}.{payload}.{signature}", forge=forge)]
                           + [self.case(f"{header}.{payload}.{encode(other)}", "bad_signature", forge=forge) for other in bad])


def add(raw, number):
    return number_bytes(int.from_bytes(raw, "big") + number, len(raw))


def negated(raw, order, order_of_bytes="big"):
    return (order - int.from_bytes(raw, order_of_bytes)).to_bytes(len(raw), order_of_bytes)


def digest(key, text):
    return hashlib.new(key.hash, text).digest()


def padded(size, inner, kind=b"\0\1", filling=b"\xff"):
    """RFC 8017 §9.2."""
    return kind + filling * (size - len(inner) - 3) + b"\0" + inner


def paddings(name, size):
    """Blocks that a lenient reader takes for a padded hash; each is given the text."""
    info = DIGEST_INFO[name]
    without_null = bytes([info[0], info[1] - 2, info[2], info[3] - 2]) + info[4:-4] + info[-2:]
    other = "sha256" if name != "sha256" else "sha512"

    def hashed(text, by=name):
        return hashlib.new(by, text).digest()
    yield lambda text: padded(size, without_null + hashed(text))  # parameters absent
    yield lambda text: padded(size, hashed(text))  # no DigestInfo
    yield lambda text: padded(size, DIGEST_INFO[other] + hashed(text, other))
    yield lambda text: padded(size, info + hashed(text, "sha1").ljust(len(hashed(text)), b"\0"))
    yield lambda text: padded(size, info + hashed(text), kind=b"\0\2")
    yield lambda text: padded(size, info + hashed(text), kind=b"\0\0")
    yield lambda text: padded(size, info + hashed(text), filling=b"\xfe")
    yield lambda text: padded(size, info + hashed(text) + b"\0")  # bytes behind it
    yield lambda text: padded(size, info + hashed(text))[:3] + b"\0" + padded(size, info + hashed(text))[4:]
    # Bleichenbacher's: a short filling, and what does not count behind the hash.
    yield lambda text: (b"\0\1" + b"\xff" * 8 + b"\0" + info + hashed(text)).ljust(size, b"\0")
    yield lambda text: (b"\0\1\0" + info + hashed(text)).ljust(size, b"\xff")
