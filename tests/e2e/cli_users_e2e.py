"""Contract §3: `recant user …`, a client of the running server."""
import os
import pty
import signal
import sqlite3
import subprocess
import unittest
import uuid

from harness.case import UUID7, RecantTest
from harness.cli import Terminal, environment_for, run, without_escapes
from harness.process import children_of
from harness.recant import BINARY
from harness.verbs import PASSWORD

NEW_PASSWORD = "another horse \u00e9\u4e16"


class Users(RecantTest):
    def recant_cli(self, *words, **more):
        done = run(*words, recant=self.recant, **more)
        for secret in (PASSWORD, NEW_PASSWORD, self.recant.admin_key):
            self.assertNotIn(secret, done.out + done.err)
        return done

    def add(self, name, *more):
        done = self.recant_cli("user", "add", name, "--password-stdin", "--json", *more,
                               stdin=PASSWORD + "\n")
        self.assertEqual(done.code, 0, done)
        (account,) = done.lines
        return account

    def test_add_opens_an_account_that_can_sign_in(self):
        account = self.add("ada", "--scope", "read write", "--claims", '{"tenant":"t1"}')
        self.assertRegex(account["user_id"], UUID7)
        self.assertEqual((account["username"], account["scope"]), ("ada", "read write"))
        tokens = self.assert_tokens(self.recant.try_login("ada", PASSWORD))
        self.assertEqual((tokens.claims["scope"], tokens.claims["tenant"]), ("read write", "t1"))

    def test_add_says_what_it_did(self):
        done = self.recant_cli("user", "add", "grace", "--password-stdin", stdin=PASSWORD)
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertRegex(done.out, r"^grace has an account, user_id [0-9a-f-]{36}\n$")

    def test_refusals_are_1_with_the_servers_words(self):
        self.add("taken")
        for words, stdin, part in (
                (("user", "add", "Taken", "--password-stdin"), PASSWORD, "taken"),
                (("user", "add", "weak", "--password-stdin"), "short", "8"),
                (("user", "add", str(uuid.uuid4()), "--password-stdin"), PASSWORD, "UUID"),
                (("user", "disable", "nobody"), "", "no such account"),
                (("user", "enable", "nobody"), "", "no such account"),
                (("user", "delete", "nobody", "--yes"), "", "no such account"),
                (("user", "passwd", "nobody", "--password-stdin"), PASSWORD, "no such account")):
            done = self.recant_cli(*words, stdin=stdin)
            self.assertEqual((done.code, done.out), (1, ""), done)
            self.assertTrue(done.err.startswith("recant " + " ".join(words[:2]) + ": "), done)
            self.assertIn(part, done.err)

    def test_a_password_comes_from_a_terminal_or_from_standard_input(self):
        for words in (("user", "add", "nobody1"), ("user", "passwd", "ada")):
            if words[1] == "passwd":
                self.add("ada2")
                words = ("user", "passwd", "ada2")
            done = self.recant_cli(*words, stdin=PASSWORD + "\n")
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn("--password-stdin", done.err)
            done = self.recant_cli(*words, "--password-stdin")
            self.assertEqual(done.code, 2, done)
            done = self.recant_cli(*words, "--password", PASSWORD)
            self.assertEqual(done.code, 2, done)

    def test_claims_that_are_no_object_are_2(self):
        for claims in ("", "x", "[1]", '{"a":'):
            done = self.recant_cli("user", "add", "n", "--password-stdin", "--claims", claims,
                                   stdin=PASSWORD)
            self.assertEqual(done.code, 2, done)

    def test_disable_enable_passwd_delete(self):
        account = self.add("turing")
        tokens = self.assert_tokens(self.recant.try_login("turing", PASSWORD))
        done = self.recant_cli("user", "disable", "Turing")
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assert_dead(tokens, "disabled")
        self.assertEqual(self.recant_cli("user", "enable", account["user_id"]).code, 0)
        tokens = self.assert_tokens(self.recant.try_login("turing", PASSWORD))
        done = self.recant_cli("user", "passwd", "turing", "--password-stdin",
                               stdin=NEW_PASSWORD + "\r\nnot this line\n")
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assert_dead(tokens, "password_change")
        tokens = self.assert_tokens(self.recant.try_login("turing", NEW_PASSWORD))
        self.assertEqual(self.recant_cli("user", "delete", "turing", "--yes").code, 0)
        self.assert_dead(tokens, "deleted")
        self.assertEqual(self.recant_cli("user", "delete", "turing", "--yes").code, 1)

    def test_deleting_needs_a_yes(self):
        account = self.add("hopper")
        tokens = self.assert_tokens(self.recant.try_login("hopper", PASSWORD))
        done = self.recant_cli("user", "delete", "hopper", stdin="yes\n")
        self.assertEqual((done.code, done.out), (2, ""), done)
        self.assertIn("hopper would be removed for good", done.err)
        self.assertIn("--yes", done.err)
        for answer in ("no\n", "\n", "y\n", "YES\n", "\x04"):
            with Terminal("user", "delete", "Hopper", recant=self.recant) as terminal:
                self.assertIn(f"hopper (user_id {account['user_id']}", terminal.expect("Type yes to go on: "))
                terminal.type(answer)
                rest, code = terminal.end()
            self.assertEqual(code, 1, rest)
            self.assertIn("Hopper has not been removed.", rest)
        self.assert_alive(tokens)
        with Terminal("user", "delete", "hoper", recant=self.recant) as terminal:
            rest, code = terminal.end()
        self.assertEqual(code, 1, rest)
        self.assertIn("no such account", rest)
        self.assertNotIn("Type yes", rest)
        with Terminal("user", "delete", "hopper", recant=self.recant) as terminal:
            terminal.expect("Type yes")
            terminal.type("yes\n")
            rest, code = terminal.end()
        self.assertEqual(code, 0, rest)
        self.assert_dead(tokens, "deleted")

    def test_who_was_asked_about_is_who_is_deleted(self):
        """Also where the name has become somebody else's meanwhile."""
        first = self.add("curie")
        with Terminal("user", "delete", "curie", recant=self.recant) as terminal:
            terminal.expect("Type yes")
            self.assertEqual(self.recant.admin("DELETE", f"/v1/admin/users/{first['user_id']}").status, 204)
            other = self.add("curie")
            terminal.type("yes\n")
            rest, code = terminal.end()
        self.assertEqual(code, 1, rest)
        self.assertIn("no such account", rest)
        self.assertEqual(self.recant.admin("GET", "/v1/admin/users/curie").json["user_id"], other["user_id"])

    def test_names_of_every_kind_reach_the_server_as_they_are(self):
        for name in ("a/b?c#d", "sp ace", "50%", "Zo\u00eb \u4e16\u754c", "..", "-x"):
            words = ("--", name) if name.startswith("-") else (name,)
            done = self.recant_cli("user", "add", "--password-stdin", "--json", *words,
                                   stdin=PASSWORD)
            self.assertEqual(done.code, 0, done)
            self.assertEqual(done.lines[0]["username"], name)
            if name != "..":  # no path leads there, by the rules of URLs
                done = self.recant_cli("user", "delete", "--yes", *words)
                self.assertEqual(done.code, 0, done)


class Prompts(RecantTest):
    def prompt(self, *words, **more):
        terminal = Terminal(*words, recant=self.recant, **more)
        self.addCleanup(terminal.__exit__)
        return terminal

    def test_a_password_is_asked_for_twice_and_not_shown(self):
        terminal = self.prompt("user", "add", "prompted")
        terminal.expect("Password for prompted: ")
        self.assertFalse(terminal.echoes)
        terminal.type(NEW_PASSWORD + "\n")
        terminal.expect("Once more: ")
        self.assertFalse(terminal.echoes)
        terminal.type(NEW_PASSWORD + "\n")
        rest, code = terminal.end()
        self.assertEqual(code, 0, rest)
        self.assertNotIn(NEW_PASSWORD, rest)
        self.assert_tokens(self.recant.try_login("prompted", NEW_PASSWORD))

    def test_two_that_differ_change_nothing(self):
        user = self.recant.create_user()
        terminal = self.prompt("user", "passwd", user.name)
        terminal.expect(f"Password for {user.name}: ")
        terminal.type(NEW_PASSWORD + "\n")
        terminal.expect("Once more: ")
        terminal.type(NEW_PASSWORD + "!\n")
        rest, code = terminal.end()
        self.assertEqual(code, 2, rest)
        self.assertIn("not the same", rest)
        self.assert_tokens(self.recant.try_login(user.name, PASSWORD))

    def test_a_wrong_name_is_told_before_a_password_is_typed(self):
        rest, code = self.prompt("user", "passwd", "nobody").end()
        self.assertEqual(code, 1, rest)
        self.assertNotIn("Password", rest)

    def test_ctrl_c_and_ctrl_d_leave_the_echo_on(self):
        for keys, expected in (("secr\x03", -signal.SIGINT), ("\x04", 2)):
            terminal = self.prompt("user", "add", "never")
            terminal.expect("Password for never: ")
            self.assertFalse(terminal.echoes)
            terminal.type(keys)
            rest, code = terminal.end()
            self.assertEqual(code, expected, rest)
            self.assertNotIn("secr", rest)
        self.assert_problem(self.recant.admin("GET", "/v1/admin/users/never"), "not_found")

    def test_a_signal_puts_the_echo_back_before_it_ends(self):
        """A shell keeps the terminal's settings; here the shell is the parent that holds it open."""
        script = f'{BINARY} user add never; stty -a'
        environment = environment_for(self.recant, TERM="xterm")
        pid, fd = pty.fork()
        if pid == 0:
            os.execve("/bin/sh", ["sh", "-c", script], environment)
        text = b""
        try:
            while b"Password" not in text:
                text += os.read(fd, 4096)
            os.kill(children_of(pid)[0], signal.SIGTERM)
            while True:
                try:
                    text += os.read(fd, 4096)
                except OSError:
                    break
        finally:
            os.waitpid(pid, 0)
            os.close(fd)
        self.assertRegex(text.decode(), r"[^-]echo\b")


class Lists(RecantTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # More than a page; argon2id takes its time, so these stand in the database directly.
        cls.recant.terminate()
        cls.count = 2500
        with sqlite3.connect(os.path.join(cls.recant.data, "recant.db")) as database:
            database.executemany(
                "INSERT INTO accounts (user_id, username, folded_name, password_hash, scope,"
                " claims_json, disabled, created_at) VALUES (?, ?, ?, 'x', 'read', '', 0, 1795000000000)",
                [(f"0190a8a0-0000-7000-8000-{n:012x}", f"name{n:05}", f"name{n:05}")
                 for n in range(cls.count)])
        database.close()
        cls.recant.start()

    def test_every_page_is_followed(self):
        done = run("user", "list", "--json", recant=self.recant)
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertEqual([line["username"] for line in done.lines],
                         [f"name{n:05}" for n in range(self.count)])

    def test_in_a_pipe_it_is_a_table_that_loses_nothing(self):
        done = run("user", "list", recant=self.recant)
        head, *rows = done.out.splitlines()
        self.assertEqual(head.split()[:3], ["USERNAME", "STATE", "SCOPE"])
        self.assertEqual(len(rows), self.count)
        self.assertEqual(rows[7].split(), ["name00007", "active", "read", "2026-11-18", "11:06",
                                           "0190a8a0-0000-7000-8000-000000000007"])
        self.assertNotIn("\x1b", done.out)

    def test_broken_pipe_is_nobodys_error(self):
        script = f"{BINARY} user list | head -n 3"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60,
                              env=environment_for(self.recant))
        self.assertEqual((len(done.stdout.splitlines()), done.stderr), (3, ""))

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "user", "list"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=60, env=environment_for(self.recant))
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)

    def test_on_a_terminal_the_table_is_cut_to_its_width(self):
        self.recant.create_user("n" * 100)
        for columns in (60, 80, 120):
            with Terminal("user", "list", recant=self.recant, columns=columns) as terminal:
                text, code = terminal.end()
            self.assertEqual(code, 0)
            widths = {len(line) for line in without_escapes(text).splitlines()}
            self.assertLessEqual(max(widths), columns)
            self.assertIn("\u2026", text)

    def test_colour_is_for_terminals_without_no_color(self):
        for more, colour in (({}, True), ({"NO_COLOR": "1"}, False)):
            with Terminal("user", "list", recant=self.recant, **more) as terminal:
                text, _ = terminal.end()
            self.assertEqual("\x1b[1m" in text, colour)


class Strangers(RecantTest):
    def test_what_strangers_wrote_steers_no_terminal(self):
        user = self.recant.create_user("a\u202eb")
        self.recant.login(user, device="phone")
        self.recant.call("POST", "/v1/login", {"username": user.name, "password": PASSWORD},
                         headers={"User-Agent": "a\x9bb"})
        with Terminal("user", "list", recant=self.recant, NO_COLOR="1") as terminal:
            text, _ = terminal.end()
        self.assertNotIn("\u202e", text)
        self.assertIn("\\u202e", text)
        done = run("session", "list", user.id, recant=self.recant)
        self.assertNotIn("\x9b", done.out)


if __name__ == "__main__":
    unittest.main()
