"""Every algorithm of `token.algorithm`, from the first start to somebody else's verifier."""
import json
import os
import subprocess
import unittest

from harness.case import RecantTest
from harness.jws import ALGORITHMS, signature_is_good, verifies
from harness.recant import BINARY
from harness.verbs import decode, encode

# RFC 7518 §3.2: a secret at least as long as the hash.
SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}


class EachAlgorithm(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each test starts a recant of its own."""

    def sign_and_check(self, algorithm):
        recant = self.start({"token.algorithm": algorithm})
        tokens = recant.sign_in(scope="read")
        self.assertEqual(tokens.header["alg"], algorithm)
        self.assert_alive(tokens, recant)
        newer = recant.refresh(tokens)
        self.assert_alive(newer, recant)
        header, payload, signature = newer.access.split(".")
        flipped = bytearray(decode(signature))
        flipped[-1] ^= 1
        self.assert_invalid_token(recant.check(f"{header}.{payload}.{encode(flipped)}"),
                                  "The token is not valid.")
        return recant, newer

    def published_set(self, recant, algorithm, tokens):
        """What a stranger needs: one key of the right kind, and nothing secret."""
        kty, crv, _ = ALGORITHMS[algorithm]
        answer = recant.call("GET", "/.well-known/jwks.json")
        self.assertEqual(answer.header("Cache-Control"), "public, max-age=300")
        jwks = answer.json
        if kty == "oct":
            self.assertEqual(jwks["keys"], [])
            self.assertIn(algorithm, jwks["note"])
            return {"keys": [self.secret_key(recant, algorithm, tokens)]}
        self.assertEqual(set(jwks), {"keys"})
        key, = jwks["keys"]
        members = {"EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}, "RSA": {"n", "e"}}[kty]
        self.assertEqual(set(key), {"kty", "kid", "alg", "use"} | members)
        self.assertEqual((key["kty"], key.get("crv"), key["alg"], key["use"], key["kid"]),
                         (kty, crv, algorithm, "sig", tokens.header["kid"]))
        if kty == "RSA":
            self.assertEqual(len(decode(key["n"])), 3072 // 8)
        return jwks

    def secret_key(self, recant, algorithm, tokens):
        """As its owner takes it from the file."""
        kid = tokens.header["kid"]
        name, = [n for n in os.listdir(f"{recant.data}/keys") if f"-{kid}." in n]
        self.assertRegex(name, rf"^signing-\d+-{algorithm}-{kid}\.secret$")
        with open(f"{recant.data}/keys/{name}") as file:
            secret = recant.secrets.keep(file.read().strip())
        self.assertEqual(len(decode(secret)), SECRET_BYTES[algorithm])
        return {"kty": "oct", "kid": kid, "alg": algorithm, "use": "sig", "k": secret}

    def token_verify(self, recant, jwks, *tokens):
        """`recant token verify`: the exit code and what it says of each."""
        path = os.path.join(recant.home, "jwks.json")
        with open(path, "w") as file:
            json.dump(jwks, file)
        done = subprocess.run([BINARY, "token", "verify", "--jwks", path, "-"], text=True,
                              input="\n".join(tokens) + "\n", capture_output=True, timeout=60)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def try_one(self, algorithm):
        recant, tokens = self.sign_and_check(algorithm)
        jwks = self.published_set(recant, algorithm, tokens)
        self.assertTrue(verifies(tokens.access, jwks))
        header, payload, signature = tokens.access.split(".")
        forged = ".".join((header, encode(decode(payload).replace(b'"read"', b'"root"')),
                           signature))
        self.assertFalse(signature_is_good(jwks["keys"][0], algorithm, forged))

        code, (good,) = self.token_verify(recant, jwks, tokens.access)
        self.assertEqual((code, good["valid"], good["claims"]), (0, True, tokens.claims))
        code, (bad,) = self.token_verify(recant, jwks, forged)
        self.assertEqual((code, bad), (1, {"valid": False, "reason": "bad_signature"}))
        code, (other,) = self.token_verify(recant, {"keys": []}, tokens.access)
        self.assertEqual((code, other["reason"]), (1, "unknown_key"))

        recant.terminate()
        recant.start()
        self.assert_alive(tokens, recant)
        self.assertEqual(recant.refresh(tokens).header["kid"], tokens.header["kid"])


def add_tests():
    for algorithm in ALGORITHMS:
        def test(self, algorithm=algorithm):
            self.try_one(algorithm)
        setattr(EachAlgorithm, f"test_{algorithm}", test)


add_tests()

if __name__ == "__main__":
    unittest.main()
