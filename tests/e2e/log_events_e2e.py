"""Each security event of the log: what causes it, and every field of its line. docs/operating.md lists them."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from typing import Callable, NamedTuple
from urllib.parse import urlencode

from harness import oauth
from harness.case import TIME, RecantTest
from harness.document import rows_below
from harness.verbs import PASSWORD

AGENT = "auditor/1.0"
WRONG = "not the password"
# Of contract §5, whose names are fixed.
FIXED = {"login.ok", "login.failed", "login.throttled", "refresh.ok", "refresh.reused", "session.revoked", "subject.revoked",
         "token.revoked", "password.changed", "user.disabled", "key.rotated", "admin.denied"}


class Auditor:
    """Calls, each with a request id of its own, and what they are known to have been about."""

    def __init__(self, recant):
        self.recant = recant
        self.known = {}
        self.request = None
        self._count = 0

    def ask(self, method, path, body=None, bearer=None, status=200, headers=()):
        """The call that causes an event: the last one is what is looked at."""
        self._count += 1
        self.request = f"auditor-{self._count}"
        answer = self.recant.call(method, path, body, bearer,
                                  headers={"X-Request-Id": self.request, "User-Agent": AGENT} | dict(headers))
        assert answer.status == status, answer
        assert answer.header("X-Request-Id") == self.request
        return answer

    def administer(self, method, path, body=None, status=200):
        return self.ask(method, path, body, self.recant.admin_key, status)

    def submit(self, path, parameters, status=200):
        """A form, as clients of OAuth send it."""
        body = urlencode(parameters).encode()
        self.recant.secrets.note_text(body)
        return self.ask("POST", path, body, status=status, headers=dict([oauth.FORM]))

    def knows(self, **known):
        self.known |= known

    # --- without an event of their own under the request that is looked at ---------------------

    def user(self):
        user = self.recant.create_user()
        self.knows(user=user.id)
        return user

    def session(self):
        user = self.user()
        tokens = self.recant.login(user)
        self.knows(session=tokens.session, jti=tokens.jti)
        return user, tokens


# --- the causes -----------------------------------------------------------------------------------

def signs_in(a):
    user = a.user()
    answer = a.ask("POST", "/v1/login", {"username": user.name, "password": PASSWORD, "device": "phone"})
    a.knows(session=answer.json["session_id"])


def an_application_vouches(a):
    answer = a.administer("POST", "/v1/admin/sessions", {"subject": "of another login"}, status=201)
    a.knows(session=answer.json["session_id"])


def a_wrong_password(a):
    a.ask("POST", "/v1/login", {"username": a.user().name, "password": WRONG}, status=401)


def a_guesser(a):
    user = a.user()
    for _ in range(5):
        a.recant.try_login(user.name, WRONG)
    a.ask("POST", "/v1/login", {"username": user.name, "password": WRONG}, status=429)


def a_guesser_at_nobody(a):
    for _ in range(5):
        a.recant.try_login("somebody", WRONG)
    a.ask("POST", "/v1/login", {"username": "somebody", "password": WRONG}, status=429)


def an_unknown_name(a):
    a.ask("POST", "/v1/login", {"username": "nobody", "password": WRONG}, status=401)


def a_disabled_account(a):
    user = a.user()
    a.recant.admin("POST", f"/v1/admin/users/{user.id}/disable")
    a.ask("POST", "/v1/login", {"username": user.name, "password": PASSWORD}, status=403)


def a_wrong_old_password(a):
    _, tokens = a.session()
    a.ask("POST", "/v1/password", {"old_password": WRONG, "new_password": "a new one"}, tokens.access, 403)


def refreshes(a):
    _, tokens = a.session()
    a.ask("POST", "/v1/refresh", {"refresh_token": tokens.refresh})


def refreshes_twice(a):
    _, tokens = a.session()
    a.recant.refresh(tokens)
    a.ask("POST", "/v1/refresh", {"refresh_token": tokens.refresh})


def shows_a_spent_refresh_token(a):
    _, tokens = a.session()
    # As if more than the grace lay between.
    newer = a.recant.refresh(tokens)
    record = f"session:user:{tokens.user_id}:{tokens.session}"
    superseded = int(a.recant.redis("HGET", record, "p0"))
    a.recant.redis("HSET", record, "p0", superseded - 60_000)
    a.ask("POST", "/v1/refresh", {"refresh_token": tokens.refresh}, status=401)
    assert a.recant.check(newer.access).status == 401


def logs_out(a):
    _, tokens = a.session()
    a.ask("POST", "/v1/logout", bearer=tokens.access, status=204)


def logs_out_by_refresh_token(a):
    _, tokens = a.session()
    a.ask("POST", "/v1/logout", {"refresh_token": tokens.refresh}, status=204)


def ends_another_device(a):
    user, tokens = a.session()
    other = a.recant.login(user)
    a.knows(session=other.session)
    a.ask("DELETE", f"/v1/sessions/{other.session}", bearer=tokens.access, status=204)


def a_session_is_taken_back(a):
    user, tokens = a.session()
    a.administer("POST", "/v1/admin/revocations", {"session": tokens.session, "subject": user.id, "reason": "stolen"})


def a_session_of_nobody_knows_whom_is_taken_back(a):
    _, tokens = a.session()
    a.administer("POST", "/v1/admin/revocations", {"session": tokens.session})


def logs_out_everywhere(a):
    _, tokens = a.session()
    a.ask("POST", "/v1/logout-all", bearer=tokens.access)


def a_subject_is_taken_back(a):
    user, _ = a.session()
    a.administer("POST", "/v1/admin/revocations", {"subject": user.id, "reason": "laptop stolen"})


def everybody_is_taken_back(a):
    a.administer("POST", "/v1/admin/revocations", {"all": True})


def a_token_is_taken_back(a):
    _, tokens = a.session()
    a.administer("POST", "/v1/admin/revocations", {"token": tokens.access})


def a_jti_is_taken_back(a):
    _, tokens = a.session()
    a.administer("POST", "/v1/admin/revocations", {"jti": tokens.jti, "exp": tokens.claims["exp"]})


def gives_a_token_back(a):
    _, tokens = a.session()
    a.submit(oauth.REVOKE, {"client_id": oauth.PUBLIC, "token": tokens.access})


def gives_a_session_back(a):
    _, tokens = a.session()
    a.submit(oauth.REVOKE, {"client_id": oauth.PUBLIC, "token": tokens.refresh})


def a_client_takes_a_token_back(a):
    _, tokens = a.session()
    a.submit(oauth.REVOKE, {"client_id": "first", "client_secret": a.recant.admin_key, "token": tokens.access})


def changes_the_password(a):
    _, tokens = a.session()
    answer = a.ask("POST", "/v1/password", {"old_password": PASSWORD, "new_password": "a new one"}, tokens.access)
    a.knows(session=answer.json["session_id"])


def the_password_is_set(a):
    a.administer("POST", f"/v1/admin/users/{a.user().id}/password", {"password": "another one"}, status=204)


def signs_up(a):
    a.knows(user=a.ask("POST", "/v1/users", {"username": "newcomer", "password": PASSWORD}, status=201).json["user_id"])


def an_account_is_made(a):
    body = {"username": "made", "password": PASSWORD}
    a.knows(user=a.administer("POST", "/v1/admin/users", body, status=201).json["user_id"])


def an_account_is_disabled(a):
    a.administer("POST", f"/v1/admin/users/{a.user().id}/disable", status=204)


def an_account_is_enabled(a):
    a.administer("POST", f"/v1/admin/users/{a.user().id}/enable", status=204)


def an_account_is_deleted(a):
    a.administer("DELETE", f"/v1/admin/users/{a.user().id}", status=204)


def a_key_is_made_to_sign_later(a):
    answer = a.administer("POST", "/v1/admin/keys/rotate", {"only": "access"}).json
    kid = answer["made"][0]
    a.knows(kid=kid, time=next(key["signs_from"] for key in answer["keys"] if key["kid"] == kid))


def a_published_key_is_made_to_sign_now(a):
    """The one of the line before this."""
    a.administer("POST", "/v1/admin/keys/rotate", {"only": "access", "signs_in": 0})


def a_secret_is_made_to_sign_now(a):
    answer = a.administer("POST", "/v1/admin/keys/rotate", {"only": "refresh", "signs_in": 0}).json
    kid = answer["made"][0]
    a.knows(kid=kid, time=next(key["signs_from"] for key in answer["keys"] if key["kid"] == kid))


def a_key_is_retired(a):
    retired = a.recant.sign_in().header["kid"]
    answer = a.administer("POST", "/v1/admin/keys/rotate", {"retire": retired}).json
    kid = answer["made"][0]
    a.knows(retired=retired, kid=kid, time=next(k["signs_from"] for k in answer["keys"] if k["kid"] == kid))


def an_admin_key_is_made(a):
    a.administer("POST", "/v1/admin/admin-keys", {"name": "deploy", "scope": "users revoke"}, status=201)


def an_admin_key_is_removed(a):
    a.administer("DELETE", "/v1/admin/admin-keys/deploy", status=204)


def somebody_without_an_admin_key(a):
    _, tokens = a.session()
    a.ask("GET", "/v1/admin/users", bearer=tokens.access, status=401)


def somebody_without_any_key(a):
    a.ask("GET", "/v1/admin/users", status=401)


def an_admin_key_without_the_scope(a):
    narrow = a.recant.admin("POST", "/v1/admin/admin-keys", {"name": "narrow", "scope": "sessions"}).json["key"]
    a.recant.secrets.keep(narrow)
    a.ask("DELETE", "/v1/admin/users/somebody", bearer=narrow, status=403)


def somebody_who_looks_around(a):
    a.ask("GET", "/v1/admin/there-is-no-such-thing", bearer="guessed", status=401)


def a_client_without_its_secret(a):
    a.submit(oauth.INTROSPECT, {"client_id": "first", "client_secret": "guessed", "token": "x"}, 401)


def another_page(a):
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Cookie": "__Host-recant_rt=rt_x"}
    a.ask("POST", "/v1/logout", status=403, headers=headers)


class Row(NamedTuple):
    cause: Callable
    events: list  # of (name, fields beside the common ones), in their order


TABLE = [
    Row(signs_in, [("login.ok", {"subject": "{user}", "session": "{session}"})]),
    Row(an_application_vouches, [
        ("login.ok", {"subject": "of another login", "session": "{session}", "actor": "first"})]),
    Row(a_wrong_password, [("login.failed", {"subject": "{user}", "detail": "invalid_credentials"})]),
    Row(an_unknown_name, [("login.failed", {"detail": "invalid_credentials"})]),
    Row(a_disabled_account, [("login.failed", {"subject": "{user}", "detail": "account_disabled"})]),
    Row(a_wrong_old_password, [("login.failed", {"subject": "{user}", "detail": "wrong_password"})]),
    Row(a_guesser, [("login.throttled", {"subject": "{user}", "detail": "throttled"})]),
    Row(a_guesser_at_nobody, [("login.throttled", {"detail": "throttled"})]),
    Row(refreshes, [("refresh.ok", {"subject": "{user}", "session": "{session}", "detail": "rotated"})]),
    Row(refreshes_twice, [("refresh.ok", {"subject": "{user}", "session": "{session}", "detail": "repeated"})]),
    Row(shows_a_spent_refresh_token, [
        ("refresh.reused", {"subject": "{user}", "session": "{session}", "detail": "reused"})]),
    Row(logs_out, [("session.revoked", {"subject": "{user}", "session": "{session}", "detail": "logout"})]),
    Row(logs_out_by_refresh_token, [
        ("session.revoked", {"subject": "{user}", "session": "{session}", "detail": "logout"})]),
    Row(ends_another_device, [("session.revoked", {"subject": "{user}", "session": "{session}", "detail": "logout"})]),
    Row(a_session_is_taken_back, [("session.revoked", {
        "subject": "{user}", "session": "{session}", "actor": "first", "detail": "stolen"})]),
    Row(a_session_of_nobody_knows_whom_is_taken_back, [
        ("session.revoked", {"session": "{session}", "actor": "first", "detail": "admin"})]),
    Row(logs_out_everywhere, [("subject.revoked", {"subject": "{user}", "detail": "logout_all"})]),
    Row(a_subject_is_taken_back, [
        ("subject.revoked", {"subject": "{user}", "actor": "first", "detail": "laptop stolen"})]),
    Row(everybody_is_taken_back, [("subject.revoked", {"actor": "first", "detail": "admin"})]),
    Row(a_token_is_taken_back, [("token.revoked", {
        "subject": "{user}", "session": "{session}", "token": "{jti}", "actor": "first", "detail": "admin"})]),
    Row(a_jti_is_taken_back, [("token.revoked", {"token": "{jti}", "actor": "first", "detail": "admin"})]),
    Row(gives_a_token_back, [("token.revoked", {
        "subject": "{user}", "session": "{session}", "token": "{jti}", "detail": "logout"})]),
    Row(gives_a_session_back, [("session.revoked", {"subject": "{user}", "session": "{session}", "detail": "logout"})]),
    Row(a_client_takes_a_token_back, [("token.revoked", {
        "subject": "{user}", "session": "{session}", "token": "{jti}", "actor": "first", "detail": "admin"})]),
    Row(changes_the_password, [("password.changed", {"subject": "{user}"}),
                               ("subject.revoked", {"subject": "{user}", "detail": "password_change"}),
                               ("login.ok", {"subject": "{user}", "session": "{session}"})]),
    Row(the_password_is_set, [
        ("password.changed", {"subject": "{user}", "actor": "first"}),
        ("subject.revoked", {"subject": "{user}", "actor": "first", "detail": "password_change"})]),
    Row(signs_up, [("user.added", {"subject": "{user}"})]),
    Row(an_account_is_made, [("user.added", {"subject": "{user}", "actor": "first"})]),
    Row(an_account_is_disabled, [
        ("user.disabled", {"subject": "{user}", "actor": "first"}),
        ("subject.revoked", {"subject": "{user}", "actor": "first", "detail": "disabled"})]),
    Row(an_account_is_enabled, [("user.enabled", {"subject": "{user}", "actor": "first"})]),
    Row(an_account_is_deleted, [
        ("subject.revoked", {"subject": "{user}", "actor": "first", "detail": "deleted"}),
        ("user.deleted", {"subject": "{user}", "actor": "first"})]),
    Row(a_key_is_made_to_sign_later, [
        ("key.rotated", {"actor": "first", "detail": "access {kid} published, signs from {time}"})]),
    Row(a_published_key_is_made_to_sign_now, [("key.rotated", {"actor": "first", "detail": "access {kid} signing"})]),
    Row(a_secret_is_made_to_sign_now, [
        ("key.rotated", {"actor": "first", "detail": "refresh {kid} published, signs from {time}"}),
        ("key.rotated", {"actor": "first", "detail": "refresh {kid} signing"})]),
    Row(a_key_is_retired, [
        ("key.rotated", {"actor": "first", "detail": "access {retired} retired"}),
        ("key.rotated", {"actor": "first", "detail": "access {kid} published, signs from {time}"}),
        ("key.rotated", {"actor": "first", "detail": "access {kid} signing"})]),
    Row(an_admin_key_is_made, [("admin_key.added", {"actor": "first", "detail": "deploy: users revoke"})]),
    Row(an_admin_key_is_removed, [("admin_key.removed", {"actor": "first", "detail": "deploy"})]),
    Row(somebody_without_an_admin_key, [("admin.denied", {"detail": "/v1/admin/users"})]),
    Row(somebody_without_any_key, [("admin.denied", {"detail": "/v1/admin/users"})]),
    Row(an_admin_key_without_the_scope, [("admin.denied", {"actor": "narrow", "detail": "/v1/admin/users/{{user}}"})]),
    Row(somebody_who_looks_around, [("admin.denied", {})]),
    Row(a_client_without_its_secret, [("admin.denied", {"detail": "/oauth2/introspect"})]),
    Row(another_page, [("csrf.refused", {"detail": "/v1/logout"})]),
]


def signs_in_once_more(a):
    user, _ = a.session()
    answer = a.ask("POST", "/v1/login", {"username": user.name, "password": PASSWORD})
    a.knows(newer=answer.json["session_id"])


def an_application_vouches_once_more(a):
    a.knows(session=a.recant.open_session("twice").session)
    answer = a.administer("POST", "/v1/admin/sessions", {"subject": "twice"}, status=201)
    a.knows(newer=answer.json["session_id"])


WHERE_THE_OLDEST_IS_EVICTED = [
    Row(signs_in_once_more, [("session.revoked", {"subject": "{user}", "session": "{session}", "detail": "evicted"}),
                             ("login.ok", {"subject": "{user}", "session": "{newer}"})]),
    Row(an_application_vouches_once_more, [
        ("session.revoked", {"subject": "twice", "session": "{session}", "actor": "first", "detail": "evicted"}),
        ("login.ok", {"subject": "twice", "session": "{newer}", "actor": "first"})]),
]


def signs_in_in_vain(a):
    user, _ = a.session()
    a.ask("POST", "/v1/login", {"username": user.name, "password": PASSWORD}, status=409)


WHERE_IT_IS_DENIED = [
    Row(signs_in_in_vain, [("login.failed", {"subject": "{user}", "detail": "session_limit"})]),
]


def documented():
    """{event: (level, fields that are always there, all fields)} of docs/operating.md."""
    found = {}
    for event, level, always, sometimes, *_ in rows_below("operating.md", "## Security events"):
        words = [set(re.findall("`([a-z_]+)`", cell)) for cell in (always, sometimes)]
        found[event.strip("`")] = (level, words[0], words[0] | words[1])
    return found


class Events(RecantTest):
    """The rows of one configuration."""
    rows = []

    def events_of(self, request):
        lines = [json.loads(line) for line in self.recant.output().splitlines() if line.startswith("{")]
        return [line for line in lines if "event" in line and line.get("request_id") == request]

    def judge_all(self):
        auditor = Auditor(self.recant)
        self.maxDiff = None
        asked = []
        for row in self.rows:
            row.cause(auditor)
            asked.append((row, auditor.request, dict(auditor.known)))
        # What comes last is written last.
        auditor.ask("POST", "/v1/login", {"username": "nobody", "password": WRONG}, status=401)
        self.recant.line_with('"login.failed"', f'"{auditor.request}"')
        levels = {event: level for event, (level, *_) in documented().items()}
        for row, request, known in asked:
            with self.subTest(row.cause.__name__):
                common = {"request_id": request, "address": "127.0.0.1", "user_agent": AGENT}
                expected = [{"event": name, "level": levels[name]} | common
                            | {field: text.format_map(known) for field, text in fields.items()}
                            for name, fields in row.events]
                found = self.events_of(request)
                for line in found:
                    self.assertRegex(line.pop("time"), TIME)
                self.assertCountEqual(found, expected)


class SecurityEvents(Events):
    settings = {"log.format": "json", "refresh.grace": "30s", "server.cookies": True}
    rows = TABLE

    def test_each_has_exactly_the_fields_that_its_cause_has(self):
        self.judge_all()

    def test_the_document_lists_them_and_their_fields(self):
        listed = documented()
        self.assertEqual(set(listed), {name for row in TABLE for name, _ in row.events})
        self.assertLessEqual(FIXED, set(listed))
        for name, (_, always, ever) in listed.items():
            seen = [set(fields) for row in TABLE for event, fields in row.events if event == name]
            self.assertEqual(always, set.intersection(*seen), name)
            self.assertEqual(ever, set.union(*seen), name)


class OneSessionTooMany(Events):
    settings = {"log.format": "json", "session.max_per_user": 1}
    rows = WHERE_THE_OLDEST_IS_EVICTED

    def test_the_one_that_ends_is_told_of(self):
        self.judge_all()


class OneSessionTooManyDenied(Events):
    settings = {"log.format": "json", "session.max_per_user": 1, "session.on_limit": "deny"}
    rows = WHERE_IT_IS_DENIED

    def test_the_one_that_does_not_begin_is_told_of(self):
        self.judge_all()


class Adopted(RecantTest):
    settings = {"log.format": "json", "refresh.adopt": True}
    redis_options = ()

    def test_a_foreign_refresh_token_becomes_a_session(self):
        self.recant.redis("SET", "refresh_token:of-the-service-before", "ada", "EX", 900)
        auditor = Auditor(self.recant)
        answer = auditor.ask("POST", "/v1/refresh", {"refresh_token": "of-the-service-before"})
        line = json.loads(self.recant.line_with('"refresh.ok"', f'"{auditor.request}"'))
        self.assertRegex(line.pop("time"), TIME)
        self.assertEqual(line, {
            "level": "info", "event": "refresh.ok", "request_id": auditor.request, "subject": "ada",
            "session": answer.json["session_id"], "detail": "adopted", "address": "127.0.0.1", "user_agent": AGENT})


class KeysWithoutARequest(RecantTest):
    """key.rotated where nobody called: no request_id, no address, and who did it."""

    @classmethod
    def setUpClass(cls):
        """Each test starts a recant of its own."""

    def rotated(self, recant, detail):
        line = json.loads(recant.line_with('"key.rotated"', detail))
        self.assertRegex(line.pop("time"), TIME)
        return line

    def expected(self, actor, detail):
        return {"level": "info", "event": "key.rotated", "actor": actor, "detail": detail}

    def test_by_schedule(self):
        recant = self.start({"log.format": "json"})
        made = recant.admin("POST", "/v1/admin/keys/rotate", {"only": "access", "signs_in": 1}).json["made"]
        detail = f"access {made[0]} signing"
        self.assertEqual(self.rotated(recant, detail), self.expected("schedule", detail))

    def test_at_a_start(self):
        recant = self.start({"log.format": "json"})
        kid, = recant.admin("POST", "/v1/admin/keys/rotate", {"only": "access"}).json["made"]
        recant.terminate()
        book = f"{recant.data}/keys/keys.json"
        with open(book) as file:
            keys = json.load(file)
        for entry in keys["keys"]:  # as if the ten minutes had passed
            if entry["kid"] == kid:
                entry["signs_from"] = entry["created_at"]
        with open(book, "w") as file:
            json.dump(keys, file)
        recant.start()
        detail = f"access {kid} signing"
        self.assertEqual(self.rotated(recant, detail), self.expected("start", detail))

    def test_by_files_of_ones_own(self):
        home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, home)
        first, second = (self.make_key(home, name) for name in ("first.pem", "second.pem"))
        recant = self.start({"log.format": "json", "keys.files": [first]})
        old = recant.sign_in().header["kid"]
        with open(first, "wb") as signing, open(second, "rb") as other:
            signing.write(other.read())
        recant.process.signal(signal.SIGHUP)
        recant.line_with("keys.files were read again")
        new = recant.sign_in().header["kid"]
        for detail in (f"access {new} published", f"access {new} signing", f"access {old} removed"):
            self.assertEqual(self.rotated(recant, detail), self.expected("keys.files", detail))

    @staticmethod
    def make_key(home, name):
        path = os.path.join(home, name)
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-out", path], check=True, capture_output=True)
        os.chmod(path, 0o600)
        return path


if __name__ == "__main__":
    unittest.main()
