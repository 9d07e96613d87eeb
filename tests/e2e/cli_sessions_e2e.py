"""Contract §3: `recant session …`, `recant revoke`, `recant keys …`, against a running server."""
import time
import unittest
import uuid

from harness.case import TIME, RecantTest
from harness.cli import Terminal, run
from harness.issuer import HmacIssuer, claims_of


class Case(RecantTest):
    def cli(self, *words, **more):
        done = run(*words, recant=self.recant, **more)
        self.recant.secrets.must_not_stand_in(done.out + done.err, "the output")
        return done


class Sessions(Case):
    def test_list_shows_who_is_signed_in_where(self):
        user = self.recant.create_user()
        phone = self.recant.login(user, device="phone")
        self.recant.login(user, device="laptop")
        done = self.cli("session", "list", user.name)
        self.assertEqual((done.code, done.err), (0, ""), done)
        head, *rows = done.out.splitlines()
        self.assertEqual(head.split()[:3], ["SESSION", "DEVICE", "ADDRESS"])
        self.assertEqual(len(rows), 2)
        self.assertTrue(any(row.startswith(phone.session) and "phone" in row and "127.0.0.1" in row
                            for row in rows), done)
        done = self.cli("session", "list", user.id, "--json")
        self.assertEqual({line["device"] for line in done.lines}, {"phone", "laptop"})

    def test_more_than_a_page(self):
        for _ in range(130):
            self.recant.open_session("crowd of one/5")
        done = self.cli("session", "list", "crowd of one/5", "--json")
        self.assertEqual(len({line["session_id"] for line in done.lines}), 130)

    def test_nobody_is_not_an_empty_list(self):
        done = self.cli("session", "list", "nobody")
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("nobody", done.err)
        user = self.recant.create_user()
        done = self.cli("session", "list", user.name)
        self.assertEqual((done.code, done.out), (0, ""), done)
        self.assertIn("no sessions", done.err)

    def test_revoke_ends_one_session(self):
        user = self.recant.create_user()
        one, other = self.recant.login(user), self.recant.login(user)
        done = self.cli("session", "revoke", one.session, "--reason", "laptop stolen")
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertIn(f"Revoked: session {one.session}", done.out)
        self.assert_invalid_token(self.recant.check(one.access), "revoked: laptop stolen")
        self.assert_alive(other)
        done = self.cli("session", "revoke", "no-session")
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("session", done.err)


class Revoking(Case):
    def test_a_token_on_standard_input(self):
        for which in ("access", "refresh"):
            tokens = self.recant.sign_in()
            text = getattr(tokens, which)
            done = self.cli("revoke", "--token", "-", stdin=text + "\n")
            self.assertEqual((done.code, done.err), (0, ""), done)
            self.assertEqual(self.recant.check(tokens.access).status, 401)

    def test_a_token_is_asked_for_at_a_terminal_and_not_shown(self):
        tokens = self.recant.sign_in()
        with Terminal("revoke", "--token", "-", recant=self.recant) as terminal:
            terminal.expect("Token: ")
            self.assertFalse(terminal.echoes)
            terminal.type(tokens.access + "\n")
            rest, code = terminal.end()
        self.assertEqual(code, 0, rest)
        self.assertNotIn(tokens.access, rest)
        self.assertEqual(self.recant.check(tokens.access).status, 401)

    def test_a_token_in_an_argument_is_refused_with_words(self):
        tokens = self.recant.sign_in()
        for text in (tokens.access, tokens.refresh):
            for words in (("--token", text), (f"--token={text}",), (text,)):
                done = self.cli("revoke", *words)
                self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn("--token -", self.cli("revoke", "--token", text).err)
        self.assert_alive(tokens)

    def test_a_jti(self):
        tokens = self.recant.sign_in()
        end = str(tokens.claims["exp"])
        done = self.cli("revoke", "--jti", tokens.jti)
        self.assertEqual((done.code, done.out), (2, ""), done)
        self.assertIn("--exp", done.err)
        for wrong in ("", "x", "-5", "1.5", "2026-13-01T00:00:00Z"):
            done = self.cli("revoke", "--jti", tokens.jti, f"--exp={wrong}")
            self.assertEqual(done.code, 2, done)
        self.assert_alive(tokens)
        done = self.cli("revoke", "--jti", tokens.jti, "--exp", end)
        self.assertEqual(done.code, 0, done)
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")

    def test_a_jti_whose_end_is_written_as_a_time(self):
        tokens = self.recant.sign_in()
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(tokens.claims["exp"]))
        self.assertEqual(self.cli("revoke", "--jti", tokens.jti, "--exp", end).code, 0)
        self.assert_invalid_token(self.recant.check(tokens.access), "revoked: admin")
        left = int(self.recant.redis("TTL", f"blacklist:jti:{tokens.jti}"))
        self.assertTrue(tokens.expires_in < left <= tokens.expires_in + 300, left)

    def test_a_subject(self):
        user = self.recant.create_user()
        tokens = [self.recant.login(user) for _ in range(3)]
        done = self.cli("revoke", "--subject", user.id, "--wait", "--json")
        self.assertEqual(done.code, 0, done)
        (said,) = done.lines
        self.assertEqual((said["kind"], said["id"], said["sessions"], said["tidied"]),
                         ("subject", user.id, 3, True))
        for one in tokens:
            self.assert_dead(one, "admin")

    def test_a_name_in_the_place_of_a_subject_is_noticed(self):
        user = self.recant.create_user()
        tokens = self.recant.login(user)
        done = self.cli("revoke", "--subject", user.name)
        self.assertEqual(done.code, 0, done)
        self.assertIn("user_id", done.err)
        self.assert_alive(tokens)

    def test_everybody_needs_a_yes(self):
        tokens = self.recant.sign_in()
        done = self.cli("revoke", "--all", stdin="yes\n")
        self.assertEqual((done.code, done.out), (2, ""), done)
        self.assertIn("--yes", done.err)
        for answer, code in (("no\n", 1), ("\n", 1), ("y\n", 1), ("\x04", 1)):
            with Terminal("revoke", "--all", recant=self.recant) as terminal:
                terminal.expect("Type yes")
                terminal.type(answer)
                rest, ended = terminal.end()
            self.assertEqual(ended, code, rest)
        self.assert_alive(tokens)
        with Terminal("revoke", "--all", recant=self.recant) as terminal:
            terminal.expect("Type yes")
            terminal.type("yes\n")
            rest, ended = terminal.end()
        self.assertEqual(ended, 0, rest)
        self.assertEqual(self.recant.check(tokens.access).status, 401)
        tokens = self.recant.sign_in()
        self.assertEqual(self.cli("revoke", "--all", "--yes").code, 0)
        self.assertEqual(self.recant.check(tokens.access).status, 401)

    def test_exactly_one_target(self):
        some = str(uuid.uuid4())
        for words in ((), ("--jti", "x", "--exp", "5", "--session", some), ("--all", "--yes", "--subject", "s"),
                      ("--token", "-", "--subject", "s"), ("--exp", "5"), ("--yes", "--subject", "s"),
                      ("--session", some, "--exp", "5")):
            done = self.cli("revoke", *words, stdin="x\n")
            self.assertEqual((done.code, done.out), (2, ""), done)
        for words in (("--session", "x"), ("--subject", "s", "--reason", "x" * 65),
                      ("--subject", "s", "--issuer", "unknown")):
            done = self.cli("revoke", *words)
            self.assertEqual((done.code, done.out), (1, ""), done)


class OfAnotherIssuer(Case):
    """docs/issuers.md: --issuer, and ids as that issuer spells them."""

    @classmethod
    def setUpClass(cls):
        cls.legacy = cls.ends(HmacIssuer("legacy", sid_claim="session", max_ttl="1h"))
        cls.settings = {"issuer": [cls.legacy.table]}
        super().setUpClass()

    def revoke(self, *words, stdin=""):
        done = self.cli("revoke", "--issuer", "legacy", *words, stdin=stdin)
        self.assertEqual((done.code, done.err), (0, ""), done)
        return done.out

    def alive(self, **claims):
        token = self.legacy.token(**claims)
        self.assert_empty(self.recant.check(token), 200)
        return token

    def assert_revoked(self, token):
        self.assert_invalid_token(self.recant.check(token), "revoked: admin")

    def test_a_jti(self):
        token, other = self.alive(), self.alive()
        claims = claims_of(token)
        said = self.revoke("--jti", claims["jti"], "--exp", str(claims["exp"]))
        self.assertIn(f"Revoked: jti legacy/{claims['jti']}\n", said)
        self.assertEqual(self.recant.redis("EXISTS", f"blacklist:jti:legacy/{claims['jti']}"), 1)
        self.assert_revoked(token)
        self.assert_empty(self.recant.check(other), 200)

    def test_a_subject(self):
        token, other = self.alive(sub="ada"), self.alive(sub="bob")
        said = self.revoke("--subject", "ada")
        self.assertIn("Revoked: subject legacy/ada\n", said)
        self.assertIn("known to its issuer alone, unless redis.foreign_writers finds them", said)
        self.assertEqual(self.recant.redis("EXISTS", "blacklist:user:legacy/ada"), 1)
        self.assert_revoked(token)
        self.assert_empty(self.recant.check(other), 200)

    def test_a_session(self):
        token = self.alive(session="s 1")
        said = self.revoke("--session", "s 1")
        self.assertIn("Revoked: session legacy/s 1\n", said)
        self.assertIn("which tokens it has is known to its issuer alone", said)
        self.assertEqual(self.recant.redis("EXISTS", "blacklist:session:legacy/s%201"), 1)
        self.assert_revoked(token)

    def test_a_token_which_says_itself_whose_it_is(self):
        token = self.alive()
        self.revoke("--token", "-", stdin=token + "\n")
        self.assert_revoked(token)
        done = self.cli("revoke", "--issuer", "legacy", "--token", "-", stdin=self.recant.sign_in().access)
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("not a token of the issuer", done.err)

    def test_the_same_id_of_ours_is_another(self):
        ours = self.recant.open_session("eve")
        self.revoke("--subject", "eve")
        self.assert_alive(ours)

    def test_not_everybody_of_one_issuer(self):
        done = self.cli("revoke", "--issuer", "legacy", "--all", "--yes")
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("every issuer", done.err)


class Keys(Case):
    def test_json_tells_what_the_table_tells_of_the_next_rotation(self):
        self.assertEqual({line["next_rotation_at"] for line in self.cli("keys", "list", "--json").lines}, {None})
        self.assertNotIn("next rotation", self.cli("keys", "list").out)
        recant = self.start({"keys.rotate_every": "30d"})
        told = recant.admin("GET", "/v1/admin/keys").json
        lines = run("keys", "list", "--json", recant=recant).lines
        self.assertEqual(lines, [key | {"next_rotation_at": told["next_rotation_at"]} for key in told["keys"]])
        self.assertRegex(lines[0]["next_rotation_at"], TIME)
        shown = told["next_rotation_at"][:19].replace("T", " ")
        self.assertIn(f"The next rotation begins at {shown}", run("keys", "list", recant=recant).out)

    def test_list_and_rotate(self):
        kid = self.recant.sign_in().header["kid"]
        done = self.cli("keys", "list", "--json")
        self.assertEqual(done.code, 0, done)
        states = {line["kid"]: line["state"] for line in done.lines}
        self.assertEqual(states[kid], "signing")
        self.assertEqual({line["kind"] for line in done.lines}, {"access", "refresh"})
        done = self.cli("keys", "rotate", "--signs-in", "0s", "--only", "access", "--json")
        self.assertEqual(done.code, 0, done)
        (new,) = done.lines[0]["made"]
        self.assertEqual(self.recant.sign_in().header["kid"], new)
        table = self.cli("keys", "list").out
        self.assertRegex(table, rf"(?m)^access +ES256 +signing .*{new}$")
        self.assertRegex(table, rf"(?m)^access +ES256 +verifying .*{kid}$")

    def test_retire(self):
        tokens = self.recant.sign_in()
        kid = tokens.header["kid"]
        done = self.cli("keys", "rotate", "--retire", kid)
        self.assertEqual(done.code, 0, done)
        self.assertIn(f"retired {kid}", done.out)
        self.assertEqual(self.recant.check(tokens.access).status, 401)
        self.assert_alive(self.recant.refresh(tokens))
        done = self.cli("keys", "rotate", "--retire", "no-such-key")
        self.assertEqual((done.code, done.out), (1, ""), done)

    def test_retiring_all_needs_a_yes(self):
        done = self.cli("keys", "rotate", "--retire", "all")
        self.assertEqual((done.code, done.out), (2, ""), done)
        self.assertIn("--yes", done.err)
        self.assertEqual(self.cli("keys", "rotate", "--retire", "all", "--yes").code, 0)

    def test_wrong_options_are_2(self):
        for words in (("--signs-in", "soon"), ("--signs-in", "8d"), ("--only", "both"),
                      ("--retire", "x", "--signs-in", "5m")):
            done = self.cli("keys", "rotate", *words)
            self.assertEqual((done.code, done.out), (2, ""), done)


class Health(Case):
    def test_ready_and_not(self):
        recant = self.start()
        done = run("health", recant=recant)
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertIn("is ready", done.out)
        recant.terminate()
        done = run("health", recant=recant)
        self.assertEqual((done.code, done.out), (3, ""), done)
        self.assertIn("recant serve", done.err)

    def test_what_is_wrong_is_told(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        redis.end()
        done = run("health", "--json", recant=recant)
        self.assertEqual(done.code, 3, done)
        (said,) = done.lines
        self.assertIs(said["ready"], False)
        self.assertIn("Redis", said["detail"])
        done = run("revoke", "--subject", "s", recant=recant)
        self.assertEqual((done.code, done.out), (3, ""), done)
        self.assertIn("recant health", done.err)

    def test_needs_no_key(self):
        done = run("health", "--server", f"http://127.0.0.1:{self.recant.port}", cwd="/")
        self.assertEqual(done.code, 0, done)


if __name__ == "__main__":
    unittest.main()
