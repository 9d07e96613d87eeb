"""What the tests of the lines share: a door, tokens, and what the door must say of them."""
import unittest

from door import REFUSED, Case


class Lines(unittest.TestCase):
    """Each test is one line of the list, J01 to J52, or one hole that others had; each shows tokens of both kinds, good
    and bad."""
    door_type = None  # lent by verifier_doors_e2e.py

    @classmethod
    def setUpClass(cls):
        cls.door = cls.door_type()
        cls.addClassCleanup(cls.door.end)
        cls.forges = cls.door.forges
        cls.forge = cls.forges[0]

    def case(self, token, verdict="accepted", forge=None, at=None, only=None, check=None):
        """`verdict` as `token verify` words it, and `check` where HTTP says something else before the verifier is
        asked. `at`: Unix time, for the door that can be told. `only`: doors to which the token can be carried."""
        verdict = check if check and self.door.name == "check" else verdict
        token = token.encode() if isinstance(token, str) else token
        return Case(token, verdict, forge or self.forge, at, only)

    def of(self, forge):
        """case() of another issuer."""
        return lambda token, verdict="accepted", **more: self.case(token, verdict, forge, **more)

    def keys(self, kty=None):
        """(forge, alg, key) of each key that is known here."""
        for forge in self.forges:
            for alg, key in forge.keys.items():
                if kty in (None, key.kty):
                    yield forge, alg, key

    def judge(self, cases):
        name = self.door.name
        cases = [case for case in cases
                 if (case.only is None or name in case.only) and (case.at is None or name == "verifier")]
        kinds = {case.verdict == "accepted" for case in cases}
        self.assertEqual(kinds, {True, False}, "a line is shown by good tokens and by bad ones")
        wrong = []
        for case, said in zip(cases, self.door.judge(cases), strict=True):
            fits = said != "accepted" if case.verdict == REFUSED else said == self.door.words(case.verdict)
            if not fits:
                wrong.append(f"{said}, not {case.verdict}: {case.token[:120]!r}")
        if wrong:
            self.fail(f"{len(wrong)} of {len(cases)} at the door {name}:\n" + "\n".join(wrong[:5]))

    def judge_headers(self, verdict, bad, good=(), **claims):
        """Each is a dict of changes to a good header, or a header's whole text."""
        self.judge([self.case(self.forge.token())]
                   + [self.case(self.forge.token(header=header, claims=claims), verdict) for header in bad]
                   + [self.case(self.forge.token(header=header, claims=claims)) for header in good])

    def judge_claims(self, verdict, bad, good=()):
        """Each is a dict of changes to good claims, or a payload's whole text."""
        self.judge([self.case(self.forge.token())]
                   + [self.case(self.forge.token(claims=claims), verdict) for claims in bad]
                   + [self.case(self.forge.token(claims=claims)) for claims in good])
