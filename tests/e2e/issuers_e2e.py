"""Contract §4, [[issuer]]: tokens of other issuers are judged, and taken back, beside ours."""
import json
import os
import time
import unittest

from harness.case import RecantTest
from harness.issuer import HmacIssuer, claims_of, sign
from harness.ports import free_port
from harness.recant import Recant
from harness.redis_cli import RedisCli

HOUR = 3600
MARGIN = 300


class WithLegacy(RecantTest):
    """One recant that knows one other issuer; `table` is added to its [[issuer]]."""
    table = {}

    @classmethod
    def setUpClass(cls):
        cls.legacy = cls.ends(HmacIssuer("legacy", sid_claim="session", max_ttl="1h", **cls.table))
        cls.settings = {"issuer": [cls.legacy.table]}
        super().setUpClass()

    def check(self, token, query=""):
        return self.recant.check(token, query)

    def assert_passes(self, token):
        self.assert_empty(self.check(token), 200)

    def assert_revoked(self, token, reason="admin"):
        self.assert_invalid_token(self.check(token), f"revoked: {reason}")


class Checking(WithLegacy):
    def identity(self, token):
        answer = self.check(token)
        self.assert_empty(answer, 200)
        return [answer.header(f"X-Auth-{name}")
                for name in ("Subject", "Session", "Scope", "Expires")]

    def test_says_whose_token_it_is(self):
        token = self.legacy.token(session="s1", scope="read write")
        self.assertEqual(self.identity(token),
                         ["legacy/42", "legacy/s1", "read write", str(claims_of(token)["exp"])])
        self.assertEqual(self.identity(self.legacy.token())[:3], ["legacy/42", "", ""])

    def test_nobody_of_theirs_passes_for_somebody_of_ours(self):
        user = self.recant.create_user()
        for sub in (user.id, "a b", "x/../y", "\u00eb"):
            token = self.legacy.token(sub=sub)
            spelled = sub.replace(" ", "%20").replace("\u00eb", "%C3%AB")
            self.assertEqual(self.identity(token)[0], f"legacy/{spelled}")

    def test_nobody_of_ours_passes_for_somebody_of_theirs(self):
        answer = self.recant.admin("POST", "/v1/admin/sessions", {"subject": "legacy/42"})
        self.assert_problem(answer, "invalid_request")
        for fine in ("legacy", "legacy2/42", "x/legacy/42"):
            self.assert_alive(self.recant.open_session(fine))

    def test_its_scope_and_audience_are_asked_for_like_ours(self):
        token = self.legacy.token(scope="read", aud=["api", "x"])
        self.assert_empty(self.check(token, "?scope=read&audience=x"), 200)
        self.assert_problem(self.check(token, "?scope=write"), "insufficient_scope")
        self.assert_problem(self.check(token, "?audience=y"), "forbidden")

    def test_ours_is_judged_as_before(self):
        self.assert_alive(self.recant.sign_in())

    def test_j46_each_speaks_in_its_own_name_only(self):
        ours = self.recant.sign_in()
        as_us = {**ours.claims}
        for header in ({"alg": "HS256", "typ": "JWT"}, {"alg": "HS256", "typ": "at+jwt"},
                       {"alg": "HS256", "typ": "at+jwt", "kid": ours.header["kid"]}):
            self.assert_invalid_token(self.check(sign(header, as_us, self.legacy.secret)))
        self.assert_invalid_token(self.check(self.legacy.token(iss="recant")))
        self.assert_invalid_token(self.check(self.legacy.token(iss=self.legacy.iss + "/")))

    def test_forged_expired_and_misdirected_ones_are_refused(self):
        now = int(time.time())
        for token, told in (
                (self.legacy.token(secret=b"x" * 32), "The token is not valid."),
                (self.legacy.token(header={"alg": "none"}), "The token is not valid."),
                (self.legacy.token(header={"alg": "HS512", "typ": "JWT"}), None),
                (self.legacy.token(iat=now - 200, exp=now - 100), "expired"),
                (self.legacy.token(aud="other"), None), (self.legacy.token(aud=None), None),
                (self.legacy.token(iss=None), None), (self.legacy.token(sub=None), None),
                (self.legacy.token(exp=None), None), (self.legacy.token(sub=42), None),
                (self.legacy.token(life=HOUR + 1), None), (self.legacy.token(jti=7), None),
                (self.legacy.token(iat=now + 100), None), (self.legacy.token(nbf=now + 100), None),
                (self.legacy.token(header={"alg": "HS256", "typ": "at+jwt"}), None),
                (self.legacy.token(header={"alg": "HS256", "typ": "logout+jwt"}), None),
                (self.legacy.token(cnf={"jkt": "x"}), None)):
            self.assert_invalid_token(self.check(token), told)

    def test_j42_iat_jti_and_client_id_may_be_absent(self):
        self.assert_passes(self.legacy.token(iat=None, jti=None))
        self.assert_passes(self.legacy.token(life=HOUR))
        self.assert_passes(self.legacy.token(header={"alg": "HS256"}))
        self.assert_passes(self.legacy.token(header={"alg": "HS256", "kid": "v1"}))

    def test_its_tokens_open_no_account_and_no_session_of_ours(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        for claims in ({}, {"sub": user.id}, {"sub": user.id, "session": tokens.session,
                                              "sid": tokens.session}):
            token = self.legacy.token(**claims)
            self.assert_passes(token)
            for method, path, body in (
                    ("GET", "/v1/me", None), ("GET", "/v1/sessions", None),
                    ("POST", "/v1/logout-all", None),
                    ("DELETE", f"/v1/sessions/{tokens.session}", None),
                    ("POST", "/v1/password", {"old_password": user.password,
                                              "new_password": "another password"})):
                answer = self.recant.call(method, path, body, bearer=token)
                self.assert_problem(answer, "forbidden")
            self.assert_passes(token)
        self.assert_alive(tokens)
        self.assertEqual(self.recant.try_login(user.name, user.password).status, 200)


class LoggingOut(WithLegacy):
    """Whoever holds a token may take it back."""
    redis_options = ()

    def test_ends_a_token_without_a_session_alone(self):
        token, other = self.legacy.token(), self.legacy.token()
        for _ in range(2):
            self.assert_empty(self.recant.logout(token), 204)
        self.assert_revoked(token, "logout")
        self.assert_passes(other)

    def test_ends_the_session_that_the_token_names(self):
        tokens = [self.legacy.token(session="s1") for _ in range(2)]
        other = self.legacy.token(session="s2")
        self.assert_empty(self.recant.logout(tokens[0]), 204)
        for token in tokens:
            self.assert_revoked(token, "logout")
        jti = claims_of(tokens[0])["jti"]
        self.assertEqual(self.recant.redis("GET", f"blacklist:jti:legacy/{jti}"), "1")
        self.assert_passes(other)

    def test_ends_an_expired_one_too(self):
        now = int(time.time())
        token = self.legacy.token(iat=now - 200, exp=now - 100, session="s3")
        self.assert_empty(self.recant.logout(token), 204)
        self.assert_revoked(self.legacy.token(session="s3"), "logout")

    def test_needs_something_to_hold_it_by(self):
        token = self.legacy.token(jti=None)
        self.assert_problem(self.recant.logout(token), "no_jti")
        self.assert_passes(token)

    def test_never_ends_a_session_of_ours(self):
        ours = self.recant.sign_in()
        token = self.legacy.token(sub=ours.user_id, session=ours.session, jti=ours.jti)
        self.assert_empty(self.recant.logout(token), 204)
        self.assert_revoked(token, "logout")
        self.assert_alive(ours)
        self.assert_invalid_token(self.recant.logout(self.legacy.token(secret=b"x" * 32)))


class Revoking(WithLegacy):
    redis_options = ()

    def revoke(self, **body):
        answer = self.recant.revoke(**body)
        self.assertEqual(answer.status, 200, answer)
        self.assertIs(answer.json["enforced"], True)
        return answer.json

    def test_a_token(self):
        token, other = self.legacy.token(), self.legacy.token()
        jti = claims_of(token)["jti"]
        for more in ({}, {"issuer": "legacy"}):
            said = self.revoke(token=token, **more)
            self.assertEqual((said["kind"], said["id"]), ("jti", f"legacy/{jti}"))
        self.assert_revoked(token)
        self.assert_passes(other)
        self.assertEqual(self.recant.redis("GET", f"blacklist:jti:legacy/{jti}"), "1")
        self.assert_lives_for(f"blacklist:jti:legacy/{jti}", 900 + MARGIN)

    def test_a_token_without_a_jti_cannot_be_taken_back_alone(self):
        token = self.legacy.token(jti=None)
        self.assert_passes(token)
        for more in ({}, {"issuer": "legacy"}):
            self.assert_problem(self.recant.revoke(token=token, **more), "no_jti")
        self.revoke(subject="42", issuer="legacy")
        self.assert_revoked(token)

    def test_a_jti(self):
        token = self.legacy.token(sub="by jti")
        jti, exp = claims_of(token)["jti"], claims_of(token)["exp"]
        self.revoke(jti=jti, exp=exp)  # one of ours, of the same spelling
        self.assert_passes(token)
        self.revoke(jti=jti, exp=exp, issuer="legacy")
        self.assert_revoked(token)

    def test_a_session(self):
        tokens = [self.legacy.token(session="s 1:{}%") for _ in range(2)]
        other = self.legacy.token(session="s2")
        said = self.revoke(session="s 1:{}%", issuer="legacy", reason="stolen")
        self.assertEqual((said["kind"], said["id"]), ("session", "legacy/s 1:{}%"))
        self.assertIs(said["tidied"], False)  # nobody here knows which tokens it has
        for token in tokens:
            self.assert_revoked(token, "stolen")
        self.assert_passes(other)
        key = "blacklist:session:legacy/s%201%3A%7B%7D%25"
        self.assertGreaterEqual(self.recant.redis("PTTL", key), (HOUR + MARGIN - 15) * 1000)

    def test_a_subject(self):
        user = self.recant.open_session("many")
        token, other = self.legacy.token(sub="many"), self.legacy.token(sub="few")
        self.revoke(subject="many")
        self.assert_passes(token)  # theirs is another one
        self.assert_dead(user, "admin")
        said = self.revoke(subject="many", issuer="legacy")
        self.assertEqual((said["kind"], said["id"], said["sessions"]),
                         ("subject", "legacy/many", 0))
        self.assert_revoked(token)
        for wait in (False, True):  # nobody here knows which tokens it has
            said = self.revoke(subject="many", issuer="legacy", wait=wait)
            self.assertIs(said["tidied"], False)
        self.assert_passes(other)
        self.assert_alive(self.recant.open_session("many"))

    def test_everybody(self):
        recant = self.start(self.settings)
        token, ours = self.legacy.token(), recant.sign_in()
        self.assert_empty(recant.check(token), 200)
        self.assertEqual(recant.revoke(all=True).status, 200)
        self.assert_invalid_token(recant.check(token), "revoked: admin")
        self.assert_dead(ours, "admin", recant)

    def test_a_revocation_outlives_every_token_that_it_holds_down(self):
        """Also where no session of ours could live as long as a token of theirs."""
        recant = self.start({**self.settings, "refresh.idle_ttl": "10m",
                             "refresh.absolute_ttl": "10m", "token.access_ttl": "5m"})
        recant.sign_in()  # whose end is all that is known
        for key, body in (("blacklist:user:legacy/42", {"subject": "42", "issuer": "legacy"}),
                          ("blacklist:user:7", {"subject": "7"}),
                          ("blacklist:session:legacy/s", {"session": "s", "issuer": "legacy"}),
                          ("blacklist:all", {"all": True})):
            self.assertEqual(recant.revoke(**body).status, 200)
            left = recant.redis("PTTL", key) / 1000
            self.assertGreaterEqual(left, HOUR + MARGIN - 15, key)

    def test_a_token_issued_within_the_leeway_after_it_is_dead_too(self):
        """Clocks of issuers differ: dead if iat * 1000 <= watermark + leeway (30 s)."""
        watermark = self.recant.redis("TIME")
        now = int(watermark[0])
        self.recant.redis("SET", "blacklist:user:legacy/late", now * 1000, "EX", 900)
        self.assert_revoked(self.legacy.token(sub="late", iat=now + 20), "foreign")
        self.recant.redis("SET", "blacklist:user:legacy/late", (now - 100) * 1000, "EX", 900)
        self.assert_revoked(self.legacy.token(sub="late", iat=now - 70), "foreign")
        self.assert_passes(self.legacy.token(sub="late", iat=now - 69))

    def test_a_token_that_does_not_say_when_it_was_issued_dies_by_any_watermark(self):
        token = self.legacy.token(sub="timeless", iat=None)
        self.assert_passes(token)
        yesterday = int((time.time() - 86400) * 1000)
        self.recant.redis("SET", "blacklist:user:legacy/timeless", yesterday, "EX", 900)
        self.assert_revoked(token, "foreign")

    def test_what_others_write_counts(self):
        for key_of in (lambda c: f"blacklist:jti:legacy/{c['jti']}",
                       lambda c: f"blacklist:session:legacy/{c['session']}",
                       lambda c: f"blacklist:user:legacy/{c['sub']}"):
            token = self.legacy.token(sub="written", session="s")
            self.assert_passes(token)
            self.recant.redis("SET", key_of(claims_of(token)), "1", "EX", 900)
            self.assert_revoked(token, "foreign")
            self.recant.redis("DEL", key_of(claims_of(token)))
            self.recant.redis("SADD", key_of(claims_of(token)), "spoiled")
            self.assertEqual(self.check(token).status, 503)
            self.recant.redis("DEL", key_of(claims_of(token)))

    def test_what_is_not_clear_is_refused(self):
        ours = self.recant.sign_in()
        for body in ({"subject": "42", "issuer": "nobody"}, {"subject": "42", "issuer": ""},
                     {"subject": "42", "issuer": self.legacy.iss}, {"subject": "42", "issuer": 1},
                     {"all": True, "issuer": "legacy"}, {"token": "x", "issuer": "legacy"},
                     {"token": ours.access, "issuer": "legacy"},
                     {"token": ours.refresh, "issuer": "legacy"},
                     {"session": "", "issuer": "legacy"},
                     {"session": "not a uuid"}):
            self.assert_problem(self.recant.revoke(**body), "invalid_request")
        self.assert_alive(ours)


class SharedIds(WithLegacy):
    """The other issuer's subjects are ours: during a move from it, say."""
    redis_options = ()
    table = {"shared_ids": True}

    def test_stand_as_they_are(self):
        token = self.legacy.token(sub="as they are", session="s1")
        answer = self.check(token)
        self.assertEqual((answer.header("X-Auth-Subject"), answer.header("X-Auth-Session")),
                         ("as%20they%20are", "s1"))

    def test_one_revocation_ends_what_both_issued(self):
        ours, theirs = self.recant.open_session("both"), self.legacy.token(sub="both")
        self.assertEqual(self.recant.revoke(subject="both").status, 200)
        self.assert_dead(ours, "admin")
        self.assert_revoked(theirs)

    def test_what_the_recipe_writes_counts(self):
        token = self.legacy.token()
        self.recant.redis("SET", f"blacklist:jti:{claims_of(token)['jti']}", "1", "EX", 900)
        self.assert_revoked(token, "foreign")

    def test_they_are_still_no_tokens_of_ours(self):
        tokens = self.recant.sign_in()
        token = self.legacy.token(sub=tokens.user_id, session=tokens.session, sid=tokens.session)
        self.assert_passes(token)
        self.assert_problem(self.recant.call("GET", "/v1/me", bearer=token), "forbidden")


class UnderTheWhitelist(WithLegacy):
    """`legacy` knows nothing of Recant's Redis; `sharing` whitelists what it signs there."""
    redis_options = ()

    @classmethod
    def setUpClass(cls):
        cls.legacy = cls.ends(HmacIssuer("legacy", sid_claim="session"))
        cls.sharing = cls.ends(HmacIssuer("sharing", sid_claim="session", shared_ids=True))
        cls.settings = {"session.strategy": "whitelist", "redis.foreign_writers": True,
                        "issuer": [cls.legacy.table, cls.sharing.table]}
        super(WithLegacy, cls).setUpClass()
        cls.cli = RedisCli(cls.recant.server)

    def whitelisted(self, **claims):
        token = self.sharing.token(**claims)
        self.cli.whitelist(claims_of(token)["sub"], claims_of(token)["jti"])
        return token

    def is_listed(self, token):
        return self.cli.is_whitelisted(claims_of(token)["sub"], claims_of(token)["jti"])

    def test_who_shares_our_ids_must_stand_there(self):
        token = self.sharing.token()
        self.assert_revoked(token, "foreign")
        self.cli.whitelist("42", claims_of(token)["jti"])
        self.assert_passes(token)
        self.assertEqual(self.cli.unlist("42", claims_of(token)["jti"]), 1)
        self.assert_revoked(token, "foreign")

    def test_under_its_own_name_and_no_other(self):
        token = self.sharing.token()
        jti = claims_of(token)["jti"]
        for sub, name in (("43", jti), ("42", jti + "0"), ("sharing/42", f"sharing/{jti}"), ("sharing/42", jti)):
            self.cli.whitelist(sub, name)
        self.assert_revoked(token, "foreign")

    def test_without_a_jti_it_stands_nowhere(self):
        self.cli.whitelist("42", "")
        self.assert_revoked(self.sharing.token(jti=None), "foreign")

    def test_whatever_takes_it_back_takes_it_off(self):
        acts = (lambda t, c: self.recant.revoke(token=t),
                lambda t, c: self.recant.revoke(jti=c["jti"], exp=c["exp"], subject=c["sub"]),
                lambda t, c: self.recant.revoke(jti=c["jti"], exp=c["exp"], subject=c["sub"], issuer="sharing"),
                lambda t, c: self.recant.revoke(subject=c["sub"], wait=True),
                lambda t, c: self.recant.revoke(subject=c["sub"], issuer="sharing", wait=True),
                lambda t, c: self.recant.logout(t))
        for number, act in enumerate(acts):
            token, bystander = self.whitelisted(sub=f"u{number}"), self.whitelisted(sub="bystander")
            self.assert_passes(token)
            self.assertIn(act(token, claims_of(token)).status, (200, 204))
            self.assertFalse(self.is_listed(token), number)
            self.assertTrue(self.cli.is_blacklisted(claims_of(token)["jti"]))
            self.assert_invalid_token(self.check(token))
            self.assert_passes(bystander)

    def test_of_any_other_nobody_asks(self):
        token = self.legacy.token(session="s1")
        self.assert_passes(token)
        jti = claims_of(token)["jti"]
        self.cli.whitelist("legacy/42", f"legacy/{jti}")
        self.assert_passes(token)
        self.assertEqual(self.cli.unlist("legacy/42", f"legacy/{jti}"), 1)
        self.assert_passes(token)
        # Nor is what is ours under that spelling touched by what ends theirs.
        self.cli.whitelist("42", jti)
        answer = self.recant.revoke(subject="42", issuer="legacy", wait=True)
        self.assertEqual(answer.status, 200)
        self.assert_revoked(token)
        self.assertTrue(self.cli.is_whitelisted("42", jti))

    def test_ids_that_it_may_have_carry_its_name(self):
        token = self.legacy.token(sub="named")
        jti = claims_of(token)["jti"]
        self.cli.whitelist("legacy/named", f"legacy/{jti}")
        self.assertTrue(self.recant.revoke(subject="named", issuer="legacy", wait=True).json["tidied"])
        self.assertFalse(self.cli.is_whitelisted("legacy/named", f"legacy/{jti}"))
        self.assertTrue(self.cli.is_blacklisted(f"legacy/{jti}"))


class AnotherRecant(RecantTest):
    """Profile rfc9068 with a key set: the other issuer is a recant itself."""

    @classmethod
    def setUpClass(cls):
        cls.other = cls.ends(Recant({"token.issuer": "https://other.example"}))
        cls.jwks = os.path.join(cls.other.home, "jwks.json")
        with open(cls.jwks, "wb") as file:
            file.write(cls.other.call("GET", "/.well-known/jwks.json").body)
        cls.settings = {"issuer": [
            {"name": "other", "iss": "https://other.example", "audience": ["api"],
             "algorithms": ["ES256"], "jwks_file": cls.jwks, "sid_claim": "sid"}]}
        super().setUpClass()

    def test_its_tokens_are_good_here_and_ours_are_not_there(self):
        theirs, ours = self.other.sign_in(), self.recant.sign_in()
        answer = self.recant.check(theirs.access)
        self.assert_empty(answer, 200)
        self.assertEqual(answer.header("X-Auth-Subject"), f"other/{theirs.user_id}")
        self.assertEqual(answer.header("X-Auth-Session"), f"other/{theirs.session}")
        self.assert_alive(ours)
        self.assert_invalid_token(self.other.check(ours.access), "The token is not valid.")

    def test_its_refresh_tokens_are_not(self):
        theirs = self.other.sign_in()
        self.assert_problem(self.recant.try_refresh(theirs.refresh), "invalid_grant", "malformed")

    def test_its_session_is_taken_back_here(self):
        theirs = self.other.sign_in()
        said = self.recant.revoke(session=theirs.session, issuer="other").json
        self.assertEqual(said["id"], f"other/{theirs.session}")
        self.assert_invalid_token(self.recant.check(theirs.access), "revoked: admin")
        self.assert_invalid_token(self.recant.check(self.other.refresh(theirs).access),
                                  "revoked: admin")
        self.assert_empty(self.other.check(theirs.access), 200)


class Starting(RecantTest):
    def refused(self, tables):
        recant = Recant({"issuer": tables}, start=False)
        self.addCleanup(recant.end)
        recant.launch(free_port())
        self.assertEqual(recant.process.wait(), 1, recant.output())
        return recant.output()

    def issuer(self, name="legacy", **table):
        return self.ends(HmacIssuer(name, **table))

    def test_a_key_is_of_one_issuer(self):
        one = self.issuer("one")
        two = self.issuer("two", secret_file=one.table["secret_file"])
        self.assertIn("also a key of the issuer one", self.refused([one.table, two.table]))

    def test_no_issuer_has_a_key_of_ours(self):
        recant = self.start()
        jwks = self.issuer().write("jwks.json",
                                   recant.call("GET", "/.well-known/jwks.json").body)
        recant.kill()
        recant.settings["issuer"] = [
            {"name": "us", "iss": "https://us.example", "audience": ["api"],
             "algorithms": ["ES256"], "jwks_file": jwks}]
        recant.launch(recant.port)
        self.assertEqual(recant.process.wait(), 1, recant.output())
        self.assertIn("also a key of this server", recant.output())

    def test_secrets_are_secret_and_long(self):
        issuer = self.issuer()
        for content, mode, told in ((issuer.secret, 0o644, "chmod 600"),
                                    (b"short", 0o600, "cannot be used for HS256"),
                                    (b"secret" * 8, 0o600, "cannot be used for HS256"),
                                    (b"", 0o600, "cannot be used for HS256")):
            path = issuer.write("bad", content, mode)
            self.assertIn(told, self.refused([{**issuer.table, "secret_file": path}]))
        missing = os.path.join(issuer.directory, "missing")
        self.assertIn(missing, self.refused([{**issuer.table, "secret_file": missing}]))

    def test_a_final_newline_is_no_part_of_a_secret(self):
        issuer = self.issuer()
        issuer.write("secret", issuer.secret + b"\n")
        recant = self.start({"issuer": [issuer.table]})
        self.assert_empty(recant.check(issuer.token()), 200)

    def test_bytes_are_taken_as_they_are(self):
        issuer = self.issuer()
        issuer.secret = bytes(range(200, 240)) + b"\n"
        issuer.write("secret", issuer.secret)
        recant = self.start({"issuer": [issuer.table]})
        self.assert_empty(recant.check(issuer.token()), 200)

    def test_key_sets_hold_what_the_table_allows(self):
        issuer = self.issuer()
        table = {"name": "other", "iss": "https://other.example", "audience": ["api"],
                 "algorithms": ["RS256"]}
        ours = self.recant.call("GET", "/.well-known/jwks.json").body
        for content, told in ((ours, "no key of an algorithm"), (b'{"keys":[]}', "no key"),
                              (b"{}", "not a JWK set"), (b"\xff", "not a JWK set")):
            path = issuer.write("jwks.json", content)
            self.assertIn(told, self.refused([{**table, "jwks_file": path}]))

    def test_who_was_ours_before_is_not_taken_for_theirs(self):
        """A session of a subject that is now spelled like one of theirs."""
        issuer = self.issuer()
        recant = self.start()
        tokens = recant.open_session("legacy/42")
        self.assert_alive(tokens, recant)
        recant.kill()
        recant.settings["issuer"] = [issuer.table]
        recant.start()
        self.assert_invalid_token(recant.check(tokens.access))
        self.assertEqual(recant.check(issuer.token()).header("X-Auth-Subject"), "legacy/42")


if __name__ == "__main__":
    unittest.main()
