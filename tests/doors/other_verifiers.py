"""Holes that other verifiers had, under the names of their advisories: what opened them opens nothing here.
What befell other servers is e2e/other_servers_e2e's."""
import hmac
import json
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.verbs import encode

from door import REFUSED
from forge import ASYMMETRIC, DROP, SECRET, Key, Raw, number_bytes, sign_as
from header import public_forms
from lines import Lines


class OtherVerifiers(Lines):
    def refused(self, *cases):
        """Beside a good token of each key."""
        self.judge([self.case(forge.token(alg), forge=forge) for forge, alg, _ in self.keys()] + list(cases))

    # --- the signature that is not there ------------------------------------------------------------

    def test_CVE_2015_2951_CVE_2022_23540_GHSA_9gxv_x7rp_r2hc_none_is_no_algorithm(self):
        """With the signature left as it was, and left out; for a key that is known, that is not, and for none."""
        cases = []
        for alg in ("none", "None", "NONE", "nOnE"):
            for kid in (self.forge.keys[self.forge.alg].kid, "unknown", DROP):
                token = self.forge.token(header={"alg": alg, "kid": kid})
                cases += [self.case(token, "bad_algorithm"), self.case(token.rpartition(".")[0] + ".", "bad_algorithm")]
        self.refused(*cases)

    def test_CVE_2020_28042_an_empty_signature_is_none(self):
        self.refused(*(self.case(forge.token(alg).rpartition(".")[0] + ".", "bad_signature", forge=forge)
                       for forge, alg, _ in self.keys()))

    def test_CVE_2019_20933_CVE_2020_28637_a_blank_secret_signs_nothing(self):
        cases = []
        for forge, alg, key in self.keys():
            for mac in SECRET:
                token = forge.token(alg, {"alg": mac}, sign=lambda text, m=mac: sign_as(m, b"", text))
                cases.append(self.case(token, "bad_signature" if mac == alg else "wrong_algorithm", forge=forge))
        self.refused(*cases)

    def test_CVE_2022_21449_zeros_are_no_ECDSA_signature(self):
        cases = []
        for forge, alg, key in self.keys("EC"):
            size = len(key.sign(b""))
            cases.append(self.case(forge.token(alg, sign=lambda _, n=size: bytes(n)), "bad_signature", forge=forge))
        self.refused(*cases)

    # --- a public key for a secret ------------------------------------------------------------------

    def confused(self, forms):
        """MACs under each form of each public key, as tokens that name the key."""
        for forge, alg, key in self.keys():
            if alg in ASYMMETRIC:
                for secret in forms(key):
                    for mac in SECRET:
                        token = forge.token(alg, {"alg": mac}, sign=lambda text, m=mac, s=secret: sign_as(m, s, text))
                        yield self.case(token, "wrong_algorithm", forge=forge)

    def test_CVE_2015_9235_CVE_2016_10555_a_PEM_is_no_secret(self):
        self.refused(*self.confused(lambda key: [key.public_bytes()]))

    def test_CVE_2022_29217_a_key_of_OpenSSH_is_no_secret(self):
        def forms(key):
            text = key.public_bytes("OpenSSH", "OpenSSH")
            return [text, text + b"\n", text + b" ada@example"]
        self.refused(*self.confused(forms))

    def test_CVE_2023_48223_CVE_2026_34950_a_PEM_of_another_kind_is_no_secret(self):
        """Nor with white space before it, which got past what had mended that."""
        def forms(key):
            kinds = [key.public_bytes()] + ([key.public_bytes("PEM", "PKCS1")] if key.kty == "RSA" else [])
            return [space + pem for pem in kinds for space in (b"", b" ", b"\n", b"\r\n\t")]
        self.refused(*self.confused(forms))

    def test_CVE_2022_23541_CVE_2023_48238_CVE_2024_54150_CVE_2026_48526_no_form_of_a_public_key_is_a_secret(self):
        self.refused(*self.confused(public_forms))

    def test_CVE_2026_44699_a_public_key_is_no_empty_secret_either(self):
        self.refused(*self.confused(lambda key: [b""]))

    def test_CVE_2022_23539_a_key_serves_no_other_kind_of_algorithm(self):
        """Signed with the key itself, by its own way of signing, under the name of another kind's."""
        self.refused(*(self.case(forge.token(alg, {"alg": other}), "wrong_algorithm", forge=forge)
                       for forge, alg, _ in self.keys() for other in ASYMMETRIC if other[:2] != alg[:2]))

    # --- a key, or an algorithm, of the sender's choice ---------------------------------------------

    def test_CVE_2018_0114_a_key_in_the_header_is_not_used(self):
        for kid in ("its own", "ours", DROP):
            attacker = Key(self.forge.alg)
            names = {"its own": attacker.kid, "ours": self.forge.keys[self.forge.alg].kid}
            verdict = "bad_signature" if kid == "ours" else "unknown_key"
            header = {"kid": names.get(kid, DROP), "jwk": attacker.jwk}
            self.refused(self.case(self.forge.token(header=header, sign=attacker.sign), verdict))

    def test_CVE_2026_27962_nor_where_no_key_is_known(self):
        """Of each algorithm, under a kid that nobody has."""
        self.refused(*(self.case(self.forge.token(header={"alg": alg, "kid": key.kid, "jwk": key.jwk}, sign=key.sign),
                                 "unknown_key") for alg, key in ((alg, Key(alg)) for alg in (*ASYMMETRIC, *SECRET))))

    def test_GHSA_jc38_x7x8_2xc8_no_algorithm_comes_from_beside_the_protected_header(self):
        """A JWS in JSON may have a second header, which no signature covers."""
        public = self.forge.keys[self.forge.alg].public_bytes()
        head = encode(self.forge.header(alg=DROP).encode())
        signed = f"{head}.{encode(self.forge.claims().encode())}"
        cases = []
        for alg, signature in (("HS256", hmac.digest(public, signed.encode(), "sha256")), ("none", b""),
                               (self.forge.alg, self.forge.keys[self.forge.alg].sign(signed.encode()))):
            payload = signed.partition(".")[2]
            one = {"protected": head, "header": {"alg": alg}, "signature": encode(signature)}
            for text in ({"payload": payload, **one}, {"payload": payload, "signatures": [one]}):
                cases.append(self.case(json.dumps(text, separators=(",", ":")), "not_compact", check=REFUSED))
            cases.append(self.case(f"{signed}.{encode(signature)}", "bad_algorithm"))
        self.refused(*cases)

    def test_CVE_2025_59420_GHSA_752w_5fwx_jx9f_what_is_critical_is_not_passed_over(self):
        self.refused(*(self.case(self.forge.token(header=members), "critical_extension") for members in (
            {"crit": ["cnf"], "cnf": {"jkt": "x"}}, {"crit": ["bork"], "bork": "x"}, {"crit": ["b64"], "b64": False},
            {"crit": ["x-policy"], "x-policy": "require-mfa"}, {"crit": ["http://example.com/x"]}, {"crit": []})))

    # --- what is no token of this kind --------------------------------------------------------------

    def test_CVE_2023_51774_what_was_encrypted_to_a_public_key_was_signed_by_nobody(self):
        """A JWE that anybody can make who has the public key, with good claims inside (RFC 7516 §5.1)."""
        cases = []
        for forge, alg, key in self.keys("RSA"):
            for name, wrap in (("RSA-OAEP", padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)),
                               ("RSA1_5", padding.PKCS1v15())):
                head = encode(json.dumps({"alg": name, "enc": "A256GCM", "typ": "at+jwt", "kid": key.kid}).encode())
                content_key, iv = secrets.token_bytes(32), secrets.token_bytes(12)
                sealed = AESGCM(content_key).encrypt(iv, forge.claims().encode(), head.encode())
                parts = (key.private.public_key().encrypt(content_key, wrap), iv, sealed[:-16], sealed[-16:])
                cases.append(self.case(".".join([head, *map(encode, parts)]), "encrypted", forge=forge))
        self.refused(*cases)

    def test_CVE_2022_36083_CVE_2023_50966_CVE_2026_27932_nobody_counts_to_p2c(self):
        work = {"p2c": 2_147_483_647, "p2s": encode(bytes(16)), "enc": "A128GCM"}
        head = encode(self.forge.header(alg="PBES2-HS256+A128KW", **work).encode())
        self.refused(self.case(f"{head}.AA.AA.AA.AA", "encrypted"),
                     self.case(self.forge.token(header=work), "encryption_header"),
                     self.case(self.forge.token(header={"alg": "PBES2-HS256+A128KW", **work}), "bad_algorithm"))

    def test_CVE_2024_28180_nothing_is_inflated(self):
        self.refused(self.case(self.forge.token(header={"zip": "DEF"}, claims=b"x\x9cK\x04\x00\x00b\x00b"), "encryption_header"),
                     self.case(self.forge.token(header={"zip": "DEF"}), "encryption_header"))

    def test_CVE_2025_22868_CVE_2025_27144_CVE_2025_30204_dots_are_counted_and_not_collected(self):
        good = self.forge.token()
        self.refused(self.case("." * 8192, "not_compact"), self.case(good + "." * 5000, "not_compact"),
                     self.case("a" + ".a" * 4000, "not_compact"), self.case("." * 8193, "too_long"),
                     self.case("." * 20_000_000, "too_long", only=("command",)))

    # --- claims -------------------------------------------------------------------------------------

    def test_CVE_2020_26160_an_audience_of_another_type_is_not_left_unchecked(self):
        self.refused(*(self.case(self.forge.token(claims={"aud": aud}), verdict) for aud, verdict in (
            ([], "bad_claims"), ([""], "bad_claims"), ("", "bad_claims"), (["x"], "wrong_audience"), (["x", "y"], "wrong_audience"),
            (Raw("{}"), "bad_claims"), (None, "bad_claims"))))

    def test_CVE_2024_53861_a_part_of_an_issuer_is_not_that_issuer(self):
        iss = self.forge.iss
        self.refused(*(self.case(self.forge.token(claims={"iss": part}), "wrong_issuer")
                       for part in ("", iss[0], iss[3:9], iss[:-1], iss[1:], f"_{iss}_")))

    def test_l8w8jwt_45_what_begins_like_an_issuer_is_not_that_issuer(self):
        iss = self.forge.iss
        self.refused(*(self.case(self.forge.token(claims={"iss": longer}), "wrong_issuer")
                       for longer in (iss + ".attacker.example", iss + "\0", iss + "/", iss[: len(iss) // 2])))

    # --- MACs -----------------------------------------------------------------------------------------

    def test_CVE_2024_25189_CVE_2024_25190_a_part_of_a_MAC_is_none(self):
        """That the comparison does not tell by its time how much is right: timing_e2e."""
        cases = []
        for forge, alg, key in self.keys("oct"):
            for change in (lambda good: good[:1], lambda good: good[:len(good) // 2], lambda good: good[:-1],
                           lambda good: good[:-1] + number_bytes(good[-1] ^ 1, 1), lambda good: good + b"\0"):
                cases.append(self.case(forge.token(alg, sign=lambda text, k=key, c=change: c(k.sign(text))), "bad_signature",
                                       forge=forge))
        if not cases:
            self.skipTest("there is no secret here")
        self.refused(*cases)
