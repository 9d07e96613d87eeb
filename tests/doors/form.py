"""J01 to J09: the form of a token, and of the JSON in it."""
import glob
import json
import os
import re

from harness.recant import ROOT
from harness.verbs import encode

from door import REFUSED
from forge import Raw, as_bytes
from lines import Lines

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
VECTORS = os.environ.get("RECANT_VECTORS") or os.path.join(os.path.dirname(ROOT), "shared", "vectors")
ANY_HEADER = ("verifier", "command")  # HTTP itself refuses or trims such a field

# What strict JSON is not, made of an object's text that is.
SPOILED = {
    "nothing": lambda text: b"",
    "white space": lambda text: b" \n",
    "null": lambda text: b"null",
    "an array": lambda text: b"[" + text + b"]",
    "a string": lambda text: json.dumps(text.decode()).encode(),
    "cut": lambda text: text[:-1],
    "trailing bytes": lambda text: text + b"x",
    "two objects": lambda text: text + text,
    "a NUL behind it": lambda text: text + b"\0",
    "a BOM": lambda text: b"\xef\xbb\xbf" + text,
    "UTF-16": lambda text: text.decode().encode("utf-16-le"),
    "UTF-16 with a BOM": lambda text: text.decode().encode("utf-16"),
    "UTF-32": lambda text: text.decode().encode("utf-32-be"),
    "overlong UTF-8": lambda text: text[:-1] + b',"x":"\xc0\xaf"}',
    "a surrogate in UTF-8": lambda text: text[:-1] + b',"x":"\xed\xa0\x80"}',
    "Latin-1": lambda text: text[:-1] + b',"x":"\xe9"}',
    "a lone surrogate": lambda text: text[:-1] + b',"x":"\\ud800"}',
    "surrogates the wrong way round": lambda text: text[:-1] + b',"x":"\\udc00\\ud800"}',
    "a comment": lambda text: text[:-1] + b"/**/}",
    "a comma too many": lambda text: text[:-1] + b",}",
    "single quotes": lambda text: text[:-1] + b",'x':1}",
    "a control character": lambda text: text[:-1] + b',"x":"\t"}',
    "NaN": lambda text: text[:-1] + b',"x":NaN}',
    "a zero before a number": lambda text: text[:-1] + b',"x":01}',
}


def with_member(text, member):
    return text[:-1] + "," + member + "}"


class Form(Lines):
    def sized(self, size):
        """A good token of so many bytes."""
        for spaces in range(3):
            header = self.forge.header() + " " * spaces
            bare = self.forge.claims()
            room = size - len(self.forge.token(header=header, claims=bare))
            for pad in range(room * 3 // 4 - 4, room * 3 // 4 + 4):
                token = self.forge.token(header=header, claims=bare + " " * pad)
                if len(token) == size:
                    return token
        raise AssertionError(f"no token has {size} bytes")

    def test_J01_is_of_8_KiB_at_most(self):
        self.judge([self.case(self.sized(size)) for size in (1000, 8191, 8192)]
                   + [self.case(self.sized(size), "too_long") for size in (8193, 8194, 12_000)]
                   + [self.case(text, "too_long") for text in ("." * 9000, "a" * 9000)]
                   + [self.case(self.sized(17_000), "too_long", only=ANY_HEADER),
                      self.case("." * 5_000_000, "too_long", only=("command",))]
                   + [self.case("a" * size, REFUSED, only=("check",)) for size in (16_384, 17_000, 1_000_000)])

    def test_J02_J03_has_three_segments(self):
        good = self.forge.token()
        signed = good.rpartition(".")[0]
        header, payload, signature = good.split(".")
        self.judge([self.case(good)]
                   + [self.case(text, "not_compact") for text in
                      (".", "a", "a.b", good + ".", "." + good, good + ".x", signed, f"{header}.{signature}",
                       "." * 8000, "." * 5, "a..b.c", f"{header}..{payload}.{signature}",
                       f"{good}.{payload}.{signature}.a")]
                   + [self.case("", "not_compact", only=ANY_HEADER)]
                   # A JWE has five, and is told from a JWS.
                   + [self.case(text, "encrypted") for text in ("....", "a.b.c.d.e", f"{good}.{payload}.{signature}")]
                   + [self.case("..", "bad_header")])

    def test_J04_holds_no_byte_beyond_its_alphabet(self):
        good = self.forge.token().encode()
        cases = [self.case(good)]
        places = (0, good.index(b".") + 1, good.rindex(b".") + 1, len(good))
        for byte in range(256):
            if chr(byte) in ALPHABET + ".":
                continue
            for place in places:
                token = good[:place] + bytes([byte]) + good[place:]
                inside = 0 < place < len(good)
                if byte == 0x0A:  # ends the line for `token verify`
                    cases.append(self.case(token, "not_compact", check=REFUSED, only=("verifier", "check")))
                elif byte in (0x09, 0x20) and not inside:  # white space around a field's value is none of it
                    cases.append(self.case(token, "not_compact", only=ANY_HEADER))
                elif byte == 0x0D and place == len(good):  # and so is a line's end
                    cases.append(self.case(token, "not_compact", only=("verifier",)))
                else:
                    cases.append(self.case(token, "not_compact", check=REFUSED))
        self.judge(cases)

    def test_J05_is_no_other_serialization_and_holds_no_other_token(self):
        good = self.forge.token()
        header, payload, signature = good.split(".")
        flat = {"protected": header, "payload": payload, "signature": signature}
        general = {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}
        texts = [json.dumps(form, separators=(",", ":")) for form in
                 (flat, general, {**flat, "header": {"alg": "none"}}, {**flat, "unprotected": {}})]
        self.judge([self.case(good)] + [self.case(text, "not_compact", check=REFUSED) for text in texts]
                   + [self.case(f"{header}..{signature}", "bad_signature"),  # detached
                      self.case(self.forge.token(claims=b""), "bad_claims"),
                      self.case(self.forge.token(claims=good), "bad_claims"),  # nested
                      self.case(self.forge.token(claims=json.dumps(good)), "bad_claims"),
                      self.case(self.forge.token(header={"cty": "JWT"}, claims=good), "wrong_type")])

    def test_J06_has_one_spelling_of_each_segment(self):
        """Each odd spelling is signed as it stands."""
        head, body = self.forge.header(), self.forge.claims()
        while len(head) % 3 != 1:
            head += " "
        while len(body) % 3 != 2:
            body += " "
        header, payload = encode(as_bytes(head)), encode(as_bytes(body))
        good = self.forge.seal(f"{header}.{payload}")
        cases = [self.case(good)]
        last = ALPHABET.index(header[-1])
        cases += [self.case(self.forge.seal(f"{header[:-1]}{ALPHABET[last + low]}.{payload}"), "bad_base64url")
                  for low in range(1, 16)]
        last = ALPHABET.index(payload[-1])
        cases += [self.case(self.forge.seal(f"{header}.{payload[:-1]}{ALPHABET[last + low]}"), "bad_base64url")
                  for low in range(1, 4)]
        last = ALPHABET.index(good[-1])
        if last % 16 == 0:  # 64 bytes, of which the last 4 bits are none
            cases += [self.case(good[:-1] + ALPHABET[last + low], "bad_base64url") for low in range(1, 16)]
        cases += [self.case(self.forge.seal(f"{header}A.{payload}"), REFUSED),
                  self.case(self.forge.seal(f"{header}AAA.{payload}"), "bad_base64url"),
                  self.case(self.forge.seal(f"{header}.{payload}AA"), "bad_base64url"),
                  self.case(good + "AAA", "bad_base64url"),
                  self.case(self.forge.seal(f"{header}==.{payload}"), "not_compact"),
                  self.case(self.forge.seal(f"{header}.{payload}="), "not_compact"),
                  self.case(good + "==", "not_compact"), self.case(good + "=", "not_compact")]
        self.judge(cases)

    def test_J10_two_tokens_are_none(self):
        """In one credential. Two of them, or one in the query: check_e2e."""
        good, other = self.forge.token(), self.forge.token()
        self.judge([self.case(good), self.case(other)]
                   + [self.case(good + between + second, "encrypted", check=REFUSED) for second in (good, other)
                      for between in (" ", ",", ", ", ";", "\t", "&", " Bearer ", ", Bearer ")]
                   + [self.case(f"{before} {good}", "not_compact", check=REFUSED) for before in ("Bearer", "Basic", "x")])

    def test_J07_header_and_claims_are_strict_JSON_in_UTF_8(self):
        head, body = self.forge.header().encode(), self.forge.claims().encode()
        cases = [self.case(self.forge.token()),
                 self.case(self.forge.token(header=b" \r\n" + head + b"\t", claims=b"\n" + body + b" ")),
                 self.case(self.forge.token(claims=with_member(body.decode(), '"x":"\\ud83d\\ude00é😀"')))]
        for spoil in SPOILED.values():
            cases.append(self.case(self.forge.token(header=spoil(head)), "bad_header"))
            cases.append(self.case(self.forge.token(claims=spoil(body)), "bad_claims"))
        self.judge(cases)

    def test_J07_as_JSONTestSuite_has_it(self):
        """Each of its texts as a member of a header and of claims whose signature is good."""
        files = sorted(glob.glob(os.path.join(VECTORS, "jsontestsuite", "test_parsing", "[ny]_*.json")))
        if not files:
            self.skipTest("JSONTestSuite: no vectors (RECANT_VECTORS)")
        cases = [self.case(self.forge.token())]
        for name in files:
            with open(name, "rb") as file:
                text = file.read()
            if len(text) > 5000:
                continue  # J01
            head = self.forge.header().encode()[:-1] + b',"x":' + text + b"}"
            body = self.forge.claims().encode()[:-1] + b',"x":' + text + b"}"
            if os.path.basename(name).startswith("n_"):
                cases.append(self.case(self.forge.token(header=head), "bad_header"))
                cases.append(self.case(self.forge.token(claims=body), "bad_claims"))
            elif not beyond_limits(text) and "duplicated" not in name:  # J09, J08
                cases.append(self.case(self.forge.token(header=head)))
                cases.append(self.case(self.forge.token(claims=body)))
        self.assertGreater(len(cases), 500)
        self.judge(cases)

    def test_J08_has_each_member_once(self):
        head, body = self.forge.header(), self.forge.claims()
        odd = ('"x":{"a":1,"a":1}', '"x":[{"a":1,"b":2,"\\u0061":3}]', '"x":{"":0,"":0}', '"é":1,"\\u00e9":1',
               '"😀":1,"\\ud83d\\ude00":2')
        cases = [self.case(self.forge.token()),
                 self.case(self.forge.token(header=with_member(head, '"x":{"a":1,"A":1}'))),
                 self.case(self.forge.token(claims=with_member(body, '"x":[{"a":1},{"a":1}],"Sub":"x"')))]
        for member in ('"alg":"none"', f'"alg":"{self.forge.alg}"', f'"\\u0061lg":"{self.forge.alg}"', '"kid":"x"',
                       '"typ":"at+jwt"', *odd):
            cases.append(self.case(self.forge.token(header=with_member(head, member)), "bad_header"))
        for member in ('"sub":"root"', '"s\\u0075b":"root"', '"exp":9999999999', '"aud":"x"', '"iss":"x"',
                       '"scope":"","scope":"admin"', *odd):
            cases.append(self.case(self.forge.token(claims=with_member(body, member)), "bad_claims"))
        self.judge(cases)

    def test_J09_is_bounded_in_depth_members_numbers_and_strings(self):
        def nested(depth):
            return Raw("[" * depth + "]" * depth)

        def many(count):
            return {f"m{i}": 0 for i in range(count)}

        def digits(count):
            return Raw("0." + "1" * (count - 2))
        self.judge_headers("bad_header", ({"x": nested(16)}, {"x": nested(500)}, {"x": many(257)}, {"x": digits(65)},
                                          {"x": "s" * 513}, {"s" * 513: 1}, {"kid": "s" * 513}),
                           ({"x": nested(15)}, {"x": many(256)}, {"x": digits(64)}, {"x": "s" * 512}))
        self.judge_claims("bad_claims", ({"x": nested(16)}, {"x": nested(1500)}, {"x": many(257)}, {"x": digits(65)},
                                         {"x": [0] * 257}, {"x": "s" * 4097}, {"s" * 4097: 1}, {"aud": ["a"] * 257}),
                          ({"x": nested(15)}, {"x": many(256)}, {"x": digits(64)}, {"x": [0] * 256}, {"x": "s" * 4096}))


def beyond_limits(text):
    """Good JSON, but a longer number or name than a token's (J09), or a number that nothing here holds."""
    value = json.loads(text)
    return max(map(len, re.split(rb'[",\[]', text))) > 64 or value in (float("inf"), float("-inf"))
