"""Contract §1, reasons: whatever ends a session, its holder is told why, and nobody else."""
import time
import unittest
import uuid

from harness.case import RecantTest

REASONS = ["logout", "logout_all", "password_change", "disabled", "deleted", "evicted", "admin", "reused", "foreign"]
OWN_WORDS = "laptop left on a train, ticket #4711"
NEW = "another password"


# --- what ends a session --------------------------------------------------------------------------
# Each is given the test, the user, and a session of theirs that is to end.

def logs_out(case, user, tokens):
    case.done(case.recant.logout(tokens.access))


def logs_out_by_refresh_token(case, user, tokens):
    case.done(case.recant.call("POST", "/v1/logout", {"refresh_token": tokens.refresh}))


def ends_it_from_another_device(case, user, tokens):
    other = case.recant.login(user)
    case.done(case.recant.call("DELETE", f"/v1/sessions/{tokens.session}", bearer=other.access))


def logs_out_everywhere(case, user, tokens):
    other = case.recant.login(user)
    case.done(case.recant.call("POST", "/v1/logout-all", bearer=other.access))


def changes_the_password(case, user, tokens):
    body = {"old_password": user.password, "new_password": NEW}
    case.done(case.recant.call("POST", "/v1/password", body, bearer=tokens.access))


def gets_a_password_of_an_administrator(case, user, tokens):
    case.done(case.recant.admin("POST", f"/v1/admin/users/{user.id}/password", {"password": NEW}))


def is_disabled(case, user, tokens):
    case.done(case.recant.admin("POST", f"/v1/admin/users/{user.id}/disable"))


def is_deleted(case, user, tokens):
    case.done(case.recant.admin("DELETE", f"/v1/admin/users/{user.id}"))


def signs_in_once_too_often(case, user, tokens):
    for _ in range(case.settings["session.max_per_user"]):
        time.sleep(0.003)  # the order is by milliseconds
        case.recant.login(user)


def is_revoked(**what):
    """By an administrator; what is said of a session's own values is filled in."""
    def act(case, user, tokens):
        known = {"ACCESS": tokens.access, "REFRESH": tokens.refresh, "SESSION": tokens.session, "USER": user.id,
                 "JTI": tokens.jti, "EXP": tokens.claims["exp"]}
        body = {name: known.get(value, value) for name, value in what.items()}
        case.done(case.recant.revoke(**body))
    return act


def is_written(*words):
    """By a service in another language."""
    def act(case, user, tokens):
        known = {"session": tokens.session, "jti": tokens.jti, "user": user.id, "id": tokens.refresh_id,
                 "now": int(time.time() * 1000)}
        case.recant.redis(*[str(word).format(**known) for word in words])
        time.sleep(0.002)  # a watermark of this millisecond covers what begins in it
    return act


ENDS = [
    ("logout", logs_out),
    ("logout", logs_out_by_refresh_token),
    ("logout", ends_it_from_another_device),
    ("logout_all", logs_out_everywhere),
    ("password_change", changes_the_password),
    ("password_change", gets_a_password_of_an_administrator),
    ("disabled", is_disabled),
    ("deleted", is_deleted),
    ("evicted", signs_in_once_too_often),
    ("admin", is_revoked(token="ACCESS")),
    ("admin", is_revoked(token="REFRESH")),
    ("admin", is_revoked(jti="JTI", exp="EXP")),
    ("admin", is_revoked(jti="JTI", exp="EXP", subject="USER")),
    ("admin", is_revoked(session="SESSION")),
    ("admin", is_revoked(session="SESSION", subject="USER")),
    ("admin", is_revoked(subject="USER")),
    ("admin", is_revoked(subject="USER", wait=True)),
    (OWN_WORDS, is_revoked(token="ACCESS", reason=OWN_WORDS)),
    (OWN_WORDS, is_revoked(jti="JTI", exp="EXP", reason=OWN_WORDS)),
    (OWN_WORDS, is_revoked(session="SESSION", reason=OWN_WORDS)),
    (OWN_WORDS, is_revoked(subject="USER", wait=True, reason=OWN_WORDS)),
    ("foreign", is_written("SET", "blacklist:jti:{jti}", 1, "EX", 900)),
    ("foreign", is_written("SET", "blacklist:session:{session}", 1, "EX", 900)),
    ("foreign", is_written("SET", "blacklist:user:{user}", "{now}", "EX", 900)),
    ("foreign", is_written("SET", "blacklist:user:{user}", 1, "EX", 900)),
    ("foreign", is_written("DEL", "session:user:{user}:{session}")),
]


class Reasons(RecantTest):
    settings = {"session.max_per_user": 3}

    def done(self, answer):
        self.assertIn(answer.status, (200, 204), answer)

    def walk(self, reason, end):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        stranger = self.recant.sign_in()
        end(self, user, tokens)
        # Once more behind the refresh, which closes what it finds dead: it must not tell otherwise.
        for _ in range(2):
            self.assert_dead(tokens, reason)
        for path in ("/v1/me", "/v1/sessions"):
            answer = self.recant.call("GET", path, bearer=tokens.access)
            self.assert_invalid_token(answer, f"revoked: {reason}")
        forged = tokens.access[:-8] + ("AAAAAAAA" if tokens.access[-8:] != "AAAAAAAA" else "BBBBBBBB")
        answer = self.recant.check(forged)
        self.assert_invalid_token(answer)
        self.assertNotIn(reason, answer.header("WWW-Authenticate"), "told to somebody who is not the holder")
        self.assert_alive(stranger)

    def test_whatever_ends_a_session_is_told_to_its_holder(self):
        for reason, end in ENDS:
            with self.subTest(reason=reason, by=end.__qualname__):
                self.walk(reason, end)

    def test_a_spent_refresh_token(self):
        recant = self.recant
        first = recant.sign_in()
        second = recant.refresh(first)
        # As if more than the grace lay between.
        record = f"session:user:{first.user_id}:{first.session}"
        superseded = int(recant.redis("HGET", record, "p0"))
        recant.redis("HSET", record, "p0", superseded - 60_000)
        self.assert_problem(recant.try_refresh(first.refresh), "invalid_grant", reason="reused")
        for tokens in (first, second):
            self.assert_dead(tokens, "reused")

    def test_a_refresh_token_that_somebody_deleted(self):
        """Nothing says that its access token is dead, until its session is found so."""
        tokens = self.recant.sign_in()
        self.recant.redis("DEL", f"refresh_token:{tokens.refresh_id}")
        self.assert_alive(tokens)
        self.assert_problem(self.recant.try_refresh(tokens.refresh), "invalid_grant", reason="revoked")
        self.assert_dead(tokens, "foreign")

    def test_the_list_is_walked_whole(self):
        told = {reason for reason, _ in ENDS} | {"reused"}
        self.assertEqual(told, {*REASONS, OWN_WORDS})

    def test_the_first_reason_stays(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        self.recant.logout(tokens.access)
        self.recant.revoke(session=tokens.session, reason="too late")
        self.assert_dead(tokens, "logout")
        other = self.recant.login(user)
        self.recant.revoke(jti=other.jti, exp=other.claims["exp"], reason="first")
        self.recant.revoke(token=other.refresh, reason="too late")
        self.recant.revoke(subject=user.id, wait=True, reason="too late")
        self.assertEqual(self.recant.redis("GET", f"recant:reason:jti:{other.jti}"), "first")
        self.assert_dead(tokens, "logout")


class ReasonsByTheWhitelist(Reasons):
    settings = Reasons.settings | {"session.strategy": "whitelist"}

    def test_a_token_that_somebody_took_off_the_whitelist(self):
        tokens = self.recant.sign_in()
        self.recant.redis("DEL", f"whitelist:user:{tokens.user_id}:jti:{tokens.jti}")
        for _ in range(2):
            self.assert_dead(tokens, "foreign")


class Everybody(RecantTest):
    def test_a_revocation_of_all(self):
        for words in ({}, {"reason": OWN_WORDS}):
            tokens = [self.recant.sign_in(), self.recant.open_session(str(uuid.uuid4()))]
            answer = self.recant.revoke(all=True, **words)
            self.assertEqual(answer.status, 200, answer)
            for each in tokens:
                self.assert_dead(each, words.get("reason", "admin"))

    def test_a_watermark_of_somebody_elses(self):
        recant = self.start()
        tokens = recant.sign_in()
        recant.redis("SET", "blacklist:all", int(time.time() * 1000) + 1, "EX", 900)
        self.assert_dead(tokens, "foreign", recant)

    def test_a_session_ahead_of_the_clock(self):
        """As one is right after a revocation; here a foreign watermark lies further ahead."""
        recant = self.start()
        recant.redis("SET", "blacklist:user:42", int(time.time() * 1000) + 3_600_000, "EX", 900)
        tokens = recant.open_session("42")
        self.assert_alive(tokens, recant)
        recant.revoke(all=True)
        self.assert_dead(tokens, "admin", recant)
        self.assert_alive(recant.open_session("42"), recant)

    def test_who_is_barred_for_ever_does_not_sign_in(self):
        self.recant.redis("SET", "blacklist:user:43", "9999999999999")
        answer = self.recant.admin("POST", "/v1/admin/sessions", {"subject": "43"})
        self.assert_problem(answer, "forbidden")
        self.assertIn("more than a day ahead", answer.json["detail"])


if __name__ == "__main__":
    unittest.main()
