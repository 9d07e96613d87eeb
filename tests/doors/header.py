"""J11 to J23: the header. Whatever stands in it, the signature is good."""
import json
import socket

from harness.jws import ALGORITHMS
from harness.verbs import decode, encode

from forge import DROP, SECRET, Key, Raw, number_bytes, sign_as
from lines import Lines

UNKNOWN = ("", "none", "None", "NONE", "noNE", "nOnE", "es256", "Es256", "ES256 ", " ES256", "ES256\0", "ES-256", "SHA256",
           "ES256K", "ES521", "Ed448", "ed25519", "EDDSA", "eddsa", "RS1", "rs256", "HS1", "hs256", "HS256/64", "dir",
           "RSA1_5", "RSA-OAEP", "A128KW", "ECDH-ES", "PBES2-HS256+A128KW", "HMAC", "RSA", "*")


class Header(Lines):
    def test_J11_alg_is_one_that_is_known_to_the_letter(self):
        bad = [{"alg": alg} for alg in UNKNOWN]
        bad += [{"alg": DROP}] + [{"alg": Raw(text)} for text in ("null", "1", "true", "{}", '["ES256"]', '{"ES256":1}')]
        bad += [{"alg": DROP, "Alg": self.forge.alg}, {"alg": DROP, "enc_alg": self.forge.alg}]
        self.judge_headers("bad_algorithm", bad, [{"Alg": "none"}])

    def test_J11_nobody_goes_without_a_signature(self):
        """CVE-2015-2951, CVE-2022-23540."""
        good = self.forge.token()
        cases = [self.case(good)]
        for alg in ("none", "None", "NONE", "nOnE"):
            for header in (self.forge.header(alg=alg), self.forge.header(alg=alg, kid=DROP), f'{{"alg":"{alg}"}}'):
                token = self.forge.token(header=header)
                cases += [self.case(token, "bad_algorithm"), self.case(token.rpartition(".")[0] + ".", "bad_algorithm"),
                          self.case(token.rpartition(".")[0], "not_compact")]
        self.judge(cases)

    def test_J12_a_key_has_one_algorithm(self):
        """Each key is asked to verify under each other name, with what it would sign under that name if it can."""
        cases = []
        for forge, alg, key in self.keys():
            case = self.of(forge)
            cases.append(case(forge.token(alg)))
            for other in ALGORITHMS:
                if other == alg:
                    continue
                header = {"alg": other}
                cases.append(case(forge.token(alg, header), "wrong_algorithm"))
                if ALGORITHMS[other][0] == key.kty:
                    token = forge.token(alg, header, sign=lambda text, k=key, o=other: sign_as(o, k.private, text))
                    cases.append(case(token, "wrong_algorithm"))
        self.judge(cases)

    def test_J13_no_public_key_is_a_secret(self):
        """CVE-2015-9235, CVE-2016-10555, CVE-2022-29217, CVE-2023-48223, CVE-2024-54150."""
        cases = []
        for forge, alg, key in self.keys():
            if key.kty == "oct":
                continue
            cases.append(self.case(forge.token(alg), forge=forge))
            for secret in public_forms(key):
                for mac in SECRET:
                    for kid in (key.kid, DROP):
                        token = forge.token(alg, {"alg": mac, "kid": kid},
                                            sign=lambda text, m=mac, s=secret: sign_as(m, s, text))
                        missing = kid is DROP and len(forge.keys) > 1
                        cases.append(self.case(token, "unknown_key" if missing else "wrong_algorithm", forge=forge))
        if not cases:
            self.skipTest("there is no public key here")
        self.judge(cases)

    def test_J14_no_key_comes_from_a_token_and_nothing_is_fetched(self):
        """CVE-2018-0114, CVE-2026-27962."""
        key, attacker = self.forge.keys[self.forge.alg], Key(self.forge.alg)
        with socket.create_server(("127.0.0.1", 0)) as trap:
            url = f"http://127.0.0.1:{trap.getsockname()[1]}/keys.json"
            cases = [self.case(self.forge.token())]
            for members in ({"jwk": attacker.jwk}, {"jwk": {**attacker.jwk, "kid": key.kid}}, {"jku": url}, {"x5u": url},
                            {"x5c": [encode(attacker.public_bytes("DER"))]}, {"x5t": "AAAA"}, {"x5t#S256": "AAAA"},
                            {"jwk": attacker.jwk, "jku": url, "x5u": url}, {"jwk": {"kty": "oct", "k": ""}},
                            {"jwk": None}, {"jku": 1}):
                cases.append(self.case(self.forge.token(header=members)))  # ignored
                cases.append(self.case(self.forge.token(header=members, sign=attacker.sign), "bad_signature"))
                cases.append(self.case(self.forge.token(header={**members, "kid": attacker.kid}, sign=attacker.sign),
                                       "unknown_key"))
            self.judge(cases)
            trap.setblocking(False)
            with self.assertRaises(BlockingIOError):
                trap.accept()

    def test_J15_kid_is_the_name_of_a_key_and_nothing_else(self):
        kid = self.forge.keys[self.forge.alg].kid
        self.judge_headers("bad_member", [{"kid": Raw(text)} for text in ("null", "1", "true", "{}", f'["{kid}"]')]
                           + [{"kid": text} for text in (kid + "\0", kid + "\r\nX-Auth-Subject: root", "\x7f", "\x1b[2J",
                                                         "k" * 129, "é" * 65)])
        self.judge_headers("unknown_key", [{"kid": text} for text in (
            "", kid[:-1], kid + "x", kid.swapcase(), kid + " ", " " + kid, kid + "%00", "*", "?" * len(kid), "[a-z]*",
            "k" * 128, "../../../../dev/null", "/dev/null", "file:///dev/null", "/proc/self/environ", kid + "/../" + kid,
            "x' OR '1'='1", "x'; DROP TABLE keys; --", f"x' UNION SELECT '{kid}", f"*)(kid={kid}", "x|id", "$(id)", "`id`",
            "{{7*7}}", "blacklist:*", "http://127.0.0.1/keys.json", "0", "-1", "null", "__proto__", "constructor")])

    def test_J15_without_kid_a_set_of_several_keys_has_none(self):
        cases = [self.case(self.forge.token())]
        for forge in self.forges:
            verdict = "unknown_key" if len(forge.keys) > 1 else "accepted"
            cases.append(self.case(forge.token(header={"kid": DROP}), verdict, forge=forge))
            cases.append(self.case(forge.token(header={"kid": DROP}, sign=Key(forge.alg).sign),
                                   "unknown_key" if len(forge.keys) > 1 else "bad_signature", forge=forge))
        self.judge(cases)

    def test_J16_J41_a_key_that_is_not_known_or_not_any_more_verifies_nothing(self):
        """No set of keys is fetched while a token is judged: sets are files, so an unknown kid costs nothing.
        How a key is retired: keys_e2e and own_keys_e2e."""
        cases = [self.case(self.forge.token())]
        for _ in range(20):
            stranger = Key(self.forge.alg)
            cases.append(self.case(self.forge.token(header={"kid": stranger.kid}, sign=stranger.sign), "unknown_key"))
        self.judge(cases)

    def test_J17_nothing_is_critical(self):
        """CVE-2025-59420, GHSA-752w-5fwx-jx9f."""
        self.judge_headers("critical_extension", [
            {"crit": []}, {"crit": "exp"}, {"crit": None}, {"crit": {}}, {"crit": 0}, {"crit": False}, {"crit": [1]},
            {"crit": [""]}, {"crit": ["exp"], "exp": 1}, {"crit": ["absent"]}, {"crit": ["alg"]}, {"crit": ["x", "x"], "x": 1},
            {"crit": ["http://example.com/x"], "http://example.com/x": True}, {"crit": ["kid"]}, {"crit": ["cnf"], "cnf": {}}],
            [{"Crit": ["x"]}, {"critical": ["x"]}])

    def test_J18_b64_is_not_used(self):
        bad = [{"b64": value, **more} for value in (True, False, None, "false", 0)
               for more in ({}, {"crit": ["b64"]})]
        payload = self.forge.claims()
        header = self.forge.header(b64=False, crit=["b64"])
        signed = encode(header.encode()) + "." + payload  # RFC 7797 §3: the payload as it is
        raw = encode(self.forge.keys[self.forge.alg].sign(signed.encode()))
        detached = f"{encode(header.encode())}.{encode(payload.encode())}.{raw}"
        self.judge([self.case(self.forge.token()), self.case(detached, "critical_extension")]
                   + [self.case(self.forge.token(header=header), "critical_extension") for header in bad])

    def test_J19_nothing_is_encrypted_or_compressed(self):
        """CVE-2022-36083, CVE-2023-50966, CVE-2024-28180, CVE-2026-27932."""
        self.judge_headers("encryption_header", [
            {"zip": "DEF"}, {"zip": None}, {"enc": "A256GCM"}, {"p2c": 2_000_000_000}, {"p2s": "AAAA"}, {"p2c": None},
            {"epk": {}}, {"apu": ""}, {"apv": ""}, {"iv": ""}, {"tag": ""}, {"zip": "DEF", "enc": "A128CBC-HS256"}],
            [{"Zip": "DEF"}])

    def test_J20_typ_is_that_of_an_access_token(self):
        self.judge_headers("wrong_type", [{"typ": DROP}] + [{"typ": typ} for typ in (
            "", "at", "at+jw", "at-jwt", "at+jwt ", " at+jwt", "at+jwt;v=1", "text/at+jwt", "/at+jwt", "application/",
            "application/application/at+jwt", "at+jwt\0", "at+jwt,JWT", "JWT+at")],
            [{"typ": typ} for typ in ("at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "APPLICATION/AT+jwt")])
        self.judge_headers("bad_member", [{"typ": typ} for typ in (None, 1, True, {}, ["at+jwt"])])

    def test_J21_no_other_kind_of_token_is_an_access_token(self):
        self.judge_headers("wrong_type", [{"typ": typ} for typ in (
            "JWT", "jwt", "application/jwt", "id+jwt", "id_token+jwt", "logout+jwt", "dpop+jwt", "statuslist+jwt",
            "secevent+jwt", "token-introspection+jwt", "oauth-authz-req+jwt", "entity-statement+jwt", "vc+jwt", "kb+jwt",
            "JOSE", "JOSE+JSON", "JWE", "rt+jwt")])
        # An ID token that calls itself one lacks what an access token says.
        self.judge_claims("bad_claims", [{"client_id": DROP, "jti": DROP, "nonce": "n", "at_hash": "h"}])

    def test_J22_Ed25519_goes_by_both_of_its_names(self):
        if "EdDSA" not in self.forge.keys:
            self.skipTest("there is no such key here")
        token = self.forge.token
        self.judge([self.case(token("EdDSA", {"alg": name})) for name in ("EdDSA", "Ed25519")]
                   + [self.case(token("EdDSA", {"alg": name}), "bad_algorithm") for name in ("Ed448", "ED25519", "eddsa")]
                   + [self.case(token(alg, {"alg": name}), "wrong_algorithm") for name in ("EdDSA", "Ed25519")
                      for alg in self.forge.keys if alg != "EdDSA"])

    def test_J23_cty_has_no_place(self):
        self.judge_headers("wrong_type", [{"cty": cty} for cty in ("JWT", "jwt", "at+jwt", "json", "")], [{"Cty": "JWT"}])
        self.judge_headers("bad_member", [{"cty": cty} for cty in (None, 1, {}, ["JWT"])])


def public_forms(key):
    """Whatever somebody may take for a secret who knows the public key only."""
    yield b""
    pem, der = key.public_bytes(), key.public_bytes("DER")
    yield from (pem, pem.strip(), pem.replace(b"\n", b""), der, encode(der).encode())
    for jwk in (key.jwk, key.members):
        yield json.dumps(jwk).encode()
        yield json.dumps(jwk, separators=(",", ":")).encode()
    for name in ("x", "y", "n", "e"):
        if name in key.members:
            yield key.members[name].encode()
            yield decode(key.members[name])
    yield key.kid.encode()
    yield key.thumbprint.encode()
    if key.kty == "EC":
        yield key.public_bytes("X962", "UncompressedPoint")
        yield key.public_bytes("X962", "CompressedPoint")
    if key.kty == "RSA":
        yield key.public_bytes("PEM", "PKCS1")
        yield key.public_bytes("DER", "PKCS1")
        yield number_bytes(key.private.public_key().public_numbers().n)
