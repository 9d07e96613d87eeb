"""J42 to J52, A16: the claims, behind a good header and a good signature."""
import time

from harness.verbs import encode

from forge import DROP, Raw, uuid7
from lines import Lines

NO_TIMES = ('"1700000000"', '"NaN"', '"Infinity"', '""', "true", "false", "null", "[]", "[1700000000]", "{}", "1e400",
            "-1e400", "-0", "-0.0", "-1", "-1700000000", "-1e9", "9007199254740993", "18446744073709551616", "1e300",
            "253402300800", "253402300799.5", "NaN", "Infinity", "+1700000000", "0x65", "1_700_000_000")
NO_IDS = ("", "a\0b", "a\r\nX-Auth-Subject: root", "\n", "\t", "\x7f", "\x1b[31m", "a\u0085b", "\u0080", "x" * 256, "é" * 128)
NO_TEXTS = tuple(Raw(text) for text in ("null", "1", "0", "true", "[]", '["ada"]', "{}", '{"ada":1}'))
IDS = ("x", "x" * 255, "é" * 127, "a b", "100% {x}: y", "blacklist:*", "../..", "'; DROP TABLE users; --", "zoë\u00a0y")


class Claims(Lines):
    def test_J42_says_all_that_an_access_token_says(self):
        names = ("exp", "iat", "sub", "iss", "aud", "client_id", "jti")
        bad = [{name: value} for name in names for value in (DROP, None)]
        bad += [{name: DROP, name.upper(): "x"} for name in names]
        if self.door.reads_sid:
            bad.append({"sid": DROP})
        self.judge_claims("bad_claims", bad, [{"scope": "a b"}, {"more": {"x": 1}}])

    def test_J43_times_are_numbers_of_the_common_era(self):
        now = int(time.time())
        bad = [{name: Raw(text)} for name in ("exp", "iat", "nbf", "auth_time") for text in NO_TIMES]
        self.judge_claims("bad_claims", bad, [
            {"exp": Raw(f"{now + 500}.5")}, {"exp": Raw(f"{(now + 500) / 1e9:.9f}e9")}, {"exp": Raw(f"{now + 500}.0")},
            {"iat": Raw(f"{now - 10}.75")}, {"nbf": 0}, {"nbf": Raw("1.5e9")}, {"nbf": Raw("1.5E+9")}, {"auth_time": 1.25}])

    def test_J43_a_fraction_never_makes_it_live_longer(self):
        whole = 1_700_000_000
        times = {"iat": whole - 10, "jti": uuid7()}
        ends = self.forge.token(claims={**times, "exp": Raw(f"{whole}.9")})
        begins = self.forge.token(claims={**times, "exp": whole + 600, "nbf": Raw(f"{whole}.1")})
        self.judge([self.case(self.forge.token()), self.case(self.forge.token(claims={"exp": Raw("1.5")}), "bad_claims"),
                    self.case(ends, at=whole + 29.999), self.case(ends, "expired", at=whole + 30),
                    self.case(begins, "not_yet_valid", at=whole - 29.001), self.case(begins, at=whole - 29)])

    def test_J44_counts_from_nbf_until_exp(self):
        """To the millisecond where the door can be told the time; else with seconds to spare. The leeway is 30 s."""
        now = int(time.time())
        cases = [self.case(self.forge.token(claims=claims)) for claims in (
            {}, {"exp": now - 1}, {"nbf": now - 1}, {"nbf": now + 5}, {"exp": now + 600, "nbf": now - 600})]
        cases += [self.case(self.forge.token(claims=claims), "expired") for claims in (
            {"exp": now - 31, "iat": now - 600}, {"exp": now - 40, "iat": now - 50}, {"exp": 0, "iat": 0},
            {"exp": 1_000_000_000, "iat": 999_999_999})]
        cases += [self.case(self.forge.token(claims={"nbf": nbf}), "not_yet_valid")
                  for nbf in (now + 300, now + 599, 9_999_999_999)]
        whole = 1_700_000_000
        token = self.forge.token(claims={"iat": whole - 600, "nbf": whole - 300, "exp": whole})
        for at, verdict in ((whole - 330.001, "not_yet_valid"), (whole - 330, "accepted"), (whole - 300, "accepted"),
                            (whole, "accepted"), (whole + 29.999, "accepted"), (whole + 30, "expired"),
                            (whole + 30.001, "expired"), (whole + 10**9, "expired")):
            cases.append(self.case(token, verdict, at=at))
        self.judge(cases)

    def test_J45_is_not_of_the_future_and_not_for_ever(self):
        now = int(time.time())
        year = 366 * 24 * 3600
        cases = [self.case(self.forge.token(claims=claims)) for claims in (
            {}, {"iat": now}, {"iat": now + 5}, {"iat": now - 200, "exp": now + 100}, {"iat": now + 5, "exp": now + 5})]
        for verdict, claims in (("not_yet_valid", {"iat": now + 300}), ("not_yet_valid", {"iat": now + 599}),
                                ("bad_claims", {"iat": now + 601}), ("bad_claims", {"iat": now + 1, "exp": now}),
                                ("too_long_lived", {"exp": now + year}), ("too_long_lived", {"exp": 253402300799}),
                                ("too_long_lived", {"iat": 0}), ("too_long_lived", {"iat": now - year})):
            cases.append(self.case(self.forge.token(claims=claims), verdict))
        whole, day = 1_700_000_000, 24 * 3600
        for claims, verdict, at in (({"iat": whole, "exp": whole + day}, "accepted", whole),
                                    ({"iat": whole, "exp": whole + day + 1}, "too_long_lived", whole),
                                    ({"iat": whole, "exp": whole + 60}, "accepted", whole - 30),
                                    ({"iat": whole, "exp": whole + 60}, "not_yet_valid", whole - 30.001)):
            cases.append(self.case(self.forge.token(claims=claims), verdict, at=at))
        self.judge(cases)

    def test_J46_iss_is_the_owner_of_the_key_to_the_byte(self):
        """CVE-2024-53861, l8w8jwt#45."""
        iss = self.forge.iss
        others = [iss + "/", iss[:-1], iss + ".com", iss.upper(), iss.title(), "_" + iss + "_", " " + iss, iss + " ",
                  iss.replace("https", "http"), iss + "\0", iss + "?", iss + "#", "", "recant", "*", iss + "," + iss,
                  iss.replace("e", "е"), "//" + iss.partition("//")[2], iss.replace("https://", "https://a@")]
        others += [forge.iss for forge in self.forges[1:]]
        cases = [self.case(self.forge.token()),
                 self.case(self.forge.token(claims={"iss": Raw(f'"{iss[:8]}\\u{ord(iss[8]):04x}{iss[9:]}"')}))]
        cases += [self.case(self.forge.token(claims={"iss": other}), "wrong_issuer") for other in others]
        cases += [self.case(self.forge.token(claims={"iss": value}), "bad_claims")
                  for value in (None, 1, True, [iss], {iss: 1}, [iss, iss])]
        # Nobody speaks for the owner of another key.
        cases += [self.case(forge.token(claims={"iss": iss}), "wrong_issuer", forge=forge) for forge in self.forges[1:]]
        self.judge(cases)

    def test_J47_aud_names_this_audience(self):
        """CVE-2020-26160."""
        aud = self.forge.audience
        good = ([aud], ["x", aud], [aud, "x"], [aud, aud])
        wrong = ("x", ["x"], ["x", "y"], aud + "x", aud[:-1], aud.upper(), f"{aud} x", f"x,{aud}", f" {aud}", "*", f"https://{aud}",
                 "аpi")
        none = (DROP, None, [], "", [""], 1, True, {}, {aud: 1}, [aud, 1], [aud, None], [aud, ""], [aud, [aud]], [[aud]], [{}],
                [aud, "a\nb"], f"{aud}\0")
        self.judge([self.case(self.forge.token())] + [self.case(self.forge.token(claims={"aud": value})) for value in good]
                   + [self.case(self.forge.token(claims={"aud": value}), "wrong_audience") for value in wrong]
                   + [self.case(self.forge.token(claims={"aud": value}), "bad_claims") for value in none])

    def test_J48_ids_are_short_texts_without_control_characters(self):
        names = ("sub", "jti", "client_id")
        self.judge_claims("bad_claims", [{name: Raw(encode_json(text))} for name in names for text in NO_IDS]
                          + [{name: value} for name in names for value in NO_TEXTS],
                          [{name: text} for name in names for text in IDS])

    def test_J48_a_session_of_ours_is_a_UUID_of_version_7(self):
        if not self.door.reads_sid:
            self.skipTest("no sid is read from another issuer's token, unless sid_claim names one")
        sid = uuid7()
        self.judge_claims("bad_claims", [{"sid": text} for text in (
            "", "x", sid.upper(), sid.replace("-", ""), "{" + sid + "}", sid[:14] + "4" + sid[15:], sid[:19] + "1" + sid[20:],
            sid + "0", sid[:-1], "urn:uuid:" + sid)] + [{"sid": value} for value in (None, 1, [sid], {})])

    def test_A16_a_session_that_was_not_opened_here_is_none(self):
        """However well it is signed."""
        if not (self.door.name == "check" and self.door.reads_sid):
            self.skipTest("only a server looks for sessions, and for those of its own tokens")
        self.assertEqual(self.door.recant.check(self.forge.token()).status, 200)
        for _ in range(8):
            self.assertEqual(self.door.recant.check(self.forge.token(claims={"sid": uuid7()})).status, 401)

    def test_J49_no_claim_leaves_its_place(self):
        """Neither a field of HTTP nor a line of output is split or steered by what a claim holds. Keys of Redis:
        keys_test; the log: log_forging_e2e."""
        if not hasattr(self.door, "subject_told"):
            self.skipTest("it tells nobody anything")
        for subject in (*IDS, "<script>", "\u202e\u2066", "a%0d%0aX-Auth-Scope: admin", '"', "\\", "${jndi:x}", "%s%n"):
            with self.subTest(subject):
                self.assertEqual(self.door.subject_told(self.forge.token(claims={"sub": subject})), subject)
        self.judge_claims("bad_claims", [{"sub": "ada\r\nX-Auth-Scope: admin"}, {"sub": "ada\x1b[2J"}])

    def test_J51_no_status_list_is_looked_up(self):
        """Status lists are not offered: the claim changes nothing, and never saves a token."""
        status = ({"status_list": {"idx": 0, "uri": "http://127.0.0.1:1/list"}}, {"status_list": {"idx": -1}}, {}, None, 1)
        self.judge([self.case(self.forge.token(claims={"status": value})) for value in status]
                   + [self.case(self.forge.token(claims={"status": value, "aud": "x"}), "wrong_audience") for value in status])

    def test_J52_one_that_is_bound_to_a_key_is_no_bearer_token(self):
        thumbprint = encode(b"\x01" * 32)
        self.judge_claims("sender_bound", [{"cnf": value} for value in (
            {"jkt": thumbprint}, {"x5t#S256": thumbprint}, {"jwk": {}}, {"kid": "x"}, {}, None, [], "x", 1, False)],
            [{"Cnf": {"jkt": thumbprint}}, {"confirmation": {}}])


def encode_json(text):
    """Control characters as escapes, which is how they get past a JSON reader."""
    return '"' + "".join(c if c.isalnum() and ord(c) > 0xff or c in "é" or " " <= c <= "~" and c not in '"\\'
                         else f"\\u{ord(c):04x}" for c in text) + '"'
