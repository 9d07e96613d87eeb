"""Contract §2: POST /v1/admin/sessions and POST /v1/admin/revocations."""
import time
import unittest
import uuid

from harness.case import TIME, RecantTest
from harness.process import wait_until

ANSWER = {"kind", "id", "sessions", "durable", "enforced", "enforced_at", "tidied"}


class OpeningSessions(RecantTest):
    def open(self, **body):
        return self.recant.admin("POST", "/v1/admin/sessions", body)

    def test_gives_tokens_for_any_subject(self):
        for subject in ("42", "zo\u00eb@example.com", "a b:c{d}%e", "x" * 255):
            answer = self.open(subject=subject)
            tokens = self.assert_tokens(answer, 201)
            self.assertEqual((tokens.user_id, tokens.claims["sub"]), (subject, subject))
            self.assert_alive(tokens)
            self.assert_alive(self.recant.refresh(tokens))
            self.assert_empty(self.recant.logout(tokens.access), 204)
            self.assert_dead(tokens, "logout")

    def test_custom_claims_and_scope_stay_over_a_refresh(self):
        claims = {"tenant": "t1", "roles": ["a"], "deep": {"n": 1.5, "ok": True, "no": None}}
        tokens = self.assert_tokens(
            self.open(subject="s", claims=claims, scope="read", device="tv"), 201)
        for t in (tokens, self.recant.refresh(tokens)):
            self.assertEqual({k: t.claims[k] for k in claims}, claims)
            self.assertEqual(t.claims["scope"], "read")

    def test_may_not_name_a_claim_of_ours(self):
        for ours in ("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "sid", "scope",
                     "auth_time", "nbf"):
            self.assert_problem(self.open(subject="s", claims={ours: "x"}), "invalid_claims")
            self.assert_problem(self.open(subject="s", claims={"a": 1, ours: 1}), "invalid_claims")

    def test_wrong_bodies(self):
        for body in ({}, {"subject": ""}, {"subject": 5}, {"subject": "x" * 256},
                     {"subject": "a\nb"}, {"subject": "s", "claims": "x"},
                     {"subject": "s", "scope": ["a"]}, {"subject": "s", "device": "x" * 129},
                     {"subject": "s", "exp": 5}):
            self.assert_problem(self.open(**body), "invalid_request")


class Revoking(RecantTest):
    def revoke(self, **body):
        answer = self.recant.revoke(**body)
        self.assert_answer(answer, 200, ANSWER)
        said = answer.json
        self.assertIs(said["durable"], False)  # until the journal exists
        self.assertIs(said["enforced"], True)
        self.assertIs(type(said["tidied"]), bool)
        self.assertRegex(said["enforced_at"], TIME)
        return said

    def test_a_token(self):
        first = self.recant.sign_in()
        other = self.recant.sign_in()
        said = self.revoke(token=first.access)
        self.assertEqual((said["kind"], said["id"]), ("jti", first.jti))
        self.assert_invalid_token(self.recant.check(first.access), "revoked: admin")
        self.assert_alive(other)

    def test_what_is_logged_out_by_jti_cannot_be_refreshed(self):
        tokens = self.recant.sign_in()
        self.revoke(token=tokens.access)
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", "revoked")

    def test_a_refresh_token_stands_for_its_session(self):
        tokens = self.recant.sign_in()
        newer = self.recant.refresh(tokens)
        said = self.revoke(token=tokens.refresh)
        self.assertEqual((said["kind"], said["id"]), ("session", tokens.session))
        for t in (tokens, newer):
            self.assert_dead(t, "admin")

    def test_a_jti(self):
        tokens = self.recant.sign_in()
        said = self.revoke(jti=tokens.jti, exp=tokens.claims["exp"])
        self.assertEqual((said["kind"], said["id"]), ("jti", tokens.jti))
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")

    def test_a_session_with_and_without_its_subject(self):
        for named in (True, False):
            tokens = self.recant.sign_in()
            newer = self.recant.refresh(tokens)
            more = {"subject": tokens.user_id} if named else {}
            said = self.revoke(session=tokens.session, **more)
            self.assertEqual((said["kind"], said["id"]), ("session", tokens.session))
            for t in (tokens, newer):
                self.assert_dead(t, "admin")

    def test_a_session_nobody_knows_is_revoked_all_the_same(self):
        self.assertEqual(self.revoke(session=str(uuid.uuid4()))["sessions"], 0)

    def test_a_subject(self):
        user = self.recant.create_user()
        logins = [self.recant.login(user) for _ in range(3)]
        bystander = self.recant.sign_in()
        said = self.revoke(subject=user.id)
        self.assertEqual((said["kind"], said["id"], said["sessions"]), ("subject", user.id, 3))
        for tokens in logins:
            self.assert_dead(tokens, "admin")
        self.assert_alive(bystander)
        self.assert_alive(self.recant.login(user))
        self.assertEqual(self.revoke(subject="nobody")["sessions"], 0)

    def test_wait_returns_tidied(self):
        tokens = [self.recant.open_session("waits") for _ in range(5)]
        said = self.revoke(subject="waits", wait=True)
        self.assertEqual((said["sessions"], said["tidied"]), (5, True))
        for t in tokens:
            self.assert_dead(t, "admin")

    def test_the_holder_is_told_the_admins_own_words(self):
        for body in ({"subject": "told"}, {"session": None}, {"token": None}):
            tokens = self.recant.open_session("told")
            body = {k: v or {"session": tokens.session, "token": tokens.access}[k]
                    for k, v in body.items()}
            self.revoke(**body, reason="key found on a bus")
            self.assert_invalid_token(self.recant.check(tokens.access),
                                      "revoked: key found on a bus")

    def test_a_reason_cannot_break_out_of_the_header(self):
        tokens = self.recant.sign_in()
        self.revoke(session=tokens.session, reason='a"b\\c')
        answer = self.recant.check(tokens.access)
        self.assert_invalid_token(answer)
        self.assertNotIn('a"b', answer.header("WWW-Authenticate"))

    def test_wrong_bodies(self):
        jti, exp = str(uuid.uuid4()), int(time.time()) + 60
        for body in ({}, {"all": False}, {"all": "true"}, {"subject": ""}, {"subject": 7},
                     {"subject": "s", "all": True}, {"jti": jti, "exp": exp, "all": True},
                     {"subject": "s", "session": jti, "all": True}, {"jti": jti}, {"exp": exp},
                     {"jti": jti, "exp": "soon"}, {"jti": "", "exp": exp},
                     {"jti": jti, "exp": -1}, {"jti": jti, "exp": exp * 1000},
                     {"jti": "a\nb", "exp": exp}, {"session": "not a uuid"}, {"session": 1},
                     {"token": "x"}, {"token": ""}, {"token": "a.b.c"},
                     {"subject": "s", "reason": ""}, {"subject": "s", "reason": "x" * 65},
                     {"subject": "s", "reason": "a\nb"}, {"subject": "s", "reason": "\u00eb"},
                     {"subject": "s", "wait": "yes"}, {"subject": "s", "really": True}):
            answer = self.recant.revoke(**body)
            self.assertIn((answer.status, answer.json["code"]),
                          ((400, "invalid_request"), (401, "invalid_grant")), (body, answer))
        self.assertEqual(self.recant.revoke(token="x").json["code"], "invalid_request")

    def test_an_unknown_issuer_is_refused(self):
        answer = self.recant.revoke(subject="s", issuer="nobody")
        self.assertIn(answer.status, (400, 422), answer)


class RevokingAll(RecantTest):
    def test_ends_everybodys_sessions_and_lets_them_in_again(self):
        user = self.recant.create_user()
        tokens = [self.recant.login(user), self.recant.sign_in(), self.recant.open_session("app")]
        answer = self.recant.revoke(all=True, reason="breach")
        self.assert_answer(answer, 200, ANSWER)
        self.assertEqual((answer.json["kind"], answer.json["enforced"]), ("all", True))
        for t in tokens:
            self.assert_dead(t, "breach")
        again = self.recant.login(user)
        self.assert_alive(again)
        self.recant.refresh(again)


class RevokingTheExpired(RecantTest):
    settings = {"token.access_ttl": "1s", "token.leeway": "0s"}

    def test_an_expired_token_can_be_revoked(self):
        tokens = self.recant.sign_in()
        wait_until(lambda: time.time() > tokens.claims["exp"] + 0.05, "the token has expired")
        self.assertEqual(self.recant.revoke(token=tokens.access).status, 200)


if __name__ == "__main__":
    unittest.main()
