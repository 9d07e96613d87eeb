"""J34 to J40, door by door: sets of keys, and what a token under them is worth."""
import json
import unittest

from harness.case import RecantTest
from harness.jws import ALGORITHMS, CURVES
from harness.ports import free_port
from harness.recant import Recant
from harness.verbs import decode

from door import CommandDoor, Files, VerifierDoor
from forge import Forge
from keys import EC, GOOD, UNUSED, Keys, issuer


class Sets(unittest.TestCase):
    """Each test is one line; `worth` says what a token of the issuer's is worth to whoever reads the set."""

    @classmethod
    def setUpClass(cls):
        cls.forge = issuer()

    def judge(self, cases):
        cases = list(cases)
        self.assertEqual({verdict == GOOD for _, verdict in cases}, {True, False})
        wrong = []
        for jwks, verdict in cases:
            said = self.worth(jwks, self.forge, self.token_for(jwks))
            fits = said == self.words(verdict) if verdict in (GOOD, UNUSED) else verdict in said
            if not fits:
                wrong.append(f"{said}, not {verdict}: {jwks[:400]}")
        if wrong:
            self.fail(f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong[:5]))

    def token_for(self, jwks):
        """Of a key that is in the set."""
        alg = next((alg for alg in (EC, *self.forge.keys) if self.forge.keys[alg].kid in jwks), EC)
        return self.forge.token(alg)

    def words(self, verdict):
        return self.door.words(verdict)

    def test_J34_RSA_keys_are_neither_too_small_nor_too_large_nor_odd(self):
        self.judge(Keys(self.forge).J34())

    def test_J35_secrets_are_long_and_random(self):
        self.judge(Keys(self.forge).J35())

    def test_J36_points_are_on_their_curve(self):
        self.judge(Keys(self.forge).J36())

    def test_J37_a_key_is_for_verifying(self):
        self.judge(Keys(self.forge).J37())

    def test_J38_a_set_is_of_public_keys_with_names_of_their_own(self):
        self.judge(Keys(self.forge).J38())

    def test_J39_a_set_is_well_formed_and_not_huge(self):
        self.judge(Keys(self.forge).J39())

    def test_CVE_2022_23529_what_is_no_text_is_no_key(self):
        self.judge(Keys(self.forge).CVE_2022_23529())


class Offline(Sets):
    door_type = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.door = cls.door_type()
        cls.addClassCleanup(cls.door.end)

    def worth(self, *what):
        return self.door.worth(*what)


class SetsAtVerifierDoor(Offline):
    door_type = VerifierDoor


class SetsAtCommandDoor(Offline):
    door_type = CommandDoor


class SetsAtServer(Sets):
    """As jwks_file of an issuer whose tokens a server takes, or a secret as its secret_file: one that is refused ends
    the start."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = Files()
        cls.addClassCleanup(cls.files.end)

    def words(self, verdict):
        return {GOOD: 200, UNUSED: "no key of an algorithm that is allowed"}[verdict]

    def judge(self, cases):
        """A start takes its time: one good set a line."""
        cases = list(cases)
        good = next(case for case in cases if case[1] == GOOD)
        bad = [case for case in cases if case[1] != GOOD and self.table(case[0])]
        wrong = [f"{said}, not {verdict}: {jwks[:400]}" for (jwks, verdict), said in
                 ((case, self.output_of(case[0])) for case in bad)
                 if (self.words(UNUSED) if verdict == UNUSED else verdict) not in said]
        if wrong:
            self.fail(f"{len(wrong)} of {len(bad)}:\n" + "\n".join(wrong[:5]))
        recant = Recant({"issuer": [self.table(good[0])]})
        self.addCleanup(recant.end)
        self.assertEqual(recant.check(self.token_for(good[0])).status, 200)

    def table(self, jwks):
        """The [[issuer]] table for it; None when no table can say that."""
        table = {"name": "other", "iss": self.forge.iss, "audience": [self.forge.audience]}
        try:
            first = json.loads(jwks)["keys"][0]
            is_secret = first["kty"] == "oct" and len(json.loads(jwks)["keys"]) == 1
        except (ValueError, LookupError, TypeError, RecursionError):
            is_secret = False
        if not is_secret:
            return {**table, "algorithms": ["ES256", "ES384", "ES512", "RS256", "EdDSA"],
                    "jwks_file": self.files.write("set.json", jwks)}
        if not {"alg", "k"} <= set(first):
            return None
        return {**table, "algorithms": [first["alg"]], "secret_file": self.files.write("secret", decode(first["k"]))}

    def output_of(self, jwks):
        recant = Recant({"issuer": [self.table(jwks)]}, start=False)
        try:
            recant.launch(free_port())
            self.assertEqual(recant.process.wait(), 1, recant.output())
            return recant.output()
        finally:
            recant.end()


class Thumbprints(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts a recant of its own."""

    def test_J40_a_key_is_named_by_its_thumbprint(self):
        """RFC 7638 §3 and RFC 8037 §2, reckoned by hashlib."""
        files = Files()
        self.addCleanup(files.end)
        public = Forge("https://recant.example", ["RS256", "ES256", "ES384", "ES512", "EdDSA"])
        secret = Forge("https://recant.example", ["HS256"])
        for forge in (public, secret):
            keys = list(forge.keys.values())
            recant = self.start({"token.algorithm": keys[0].alg, "keys.files": [
                files.write("key", key.private if key.kty == "oct" else key.pem) for key in keys]})
            self.assertEqual(recant.sign_in().header["kid"], keys[0].thumbprint)
            published = [key["kid"] for key in recant.call("GET", "/.well-known/jwks.json").json["keys"]]
            self.assertEqual(published, [key.thumbprint for key in keys if key.kty != "oct"])

    def test_J26_what_is_signed_here_has_the_low_s(self):
        for alg in ("ES256", "ES512"):
            recant = self.start({"token.algorithm": alg})
            for _ in range(16):  # a signer that does not choose passes once in 65,536
                signature = decode(recant.open_session("ada").access.rpartition(".")[2])
                s = int.from_bytes(signature[len(signature) // 2:], "big")
                self.assertLessEqual(s, CURVES[ALGORITHMS[alg][1]][2] // 2)


del Sets, Offline  # of no door

if __name__ == "__main__":
    unittest.main()
