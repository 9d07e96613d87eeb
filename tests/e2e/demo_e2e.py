"""`recant demo`: what it tells is true, and nothing of it is left however it ends."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.cli import Terminal, without_escapes
from harness.process import children_of, is_running, wait_until
from harness.recant import BINARY, ROOT, clean_environment
from harness.resp import Resp
from harness.secrets import Secrets

STEPS = ("sign_in", "issue", "store", "call", "revoke", "refresh", "reuse", "everywhere")
TITLES = ["Step 1 of 5: sign in", "Step 2 of 5: issue", "Step 3 of 5: store", "Step 4 of 5: call",
          "Step 5 of 5: validate and revoke"]
PROMPT = "Enter goes on"
# What a machine that is busy may add to a figure in seconds.
SLACK = 60


def processes_of(directory):
    """Whatever belongs to a demo there: by its TMPDIR, or because it works in it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                marked = f"TMPDIR={directory}".encode() in file.read().split(b"\0")
            if marked or os.readlink(f"/proc/{pid}/cwd").startswith(directory):
                found.append(int(pid))
        except OSError:
            pass
    return [pid for pid in found if is_running(pid)]


class DemoTest(RecantTest):
    @classmethod
    def setUpClass(cls):
        """Each demo is a server of its own."""
        cls.home = tempfile.mkdtemp(prefix="recant-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)

    @classmethod
    def run_demo(cls, *arguments, environment=None):
        return subprocess.run([BINARY, "demo", *arguments], stdin=subprocess.DEVNULL, timeout=120,
                              capture_output=True, text=True, cwd="/",
                              env=environment or cls.environment())

    @classmethod
    def environment(cls, **more):
        return clean_environment(TMPDIR=cls.home, TERM="xterm") | more

    def watch(self, *arguments, **more):
        return self.enterContext(Terminal("demo", *arguments, TMPDIR=self.home, **more))

    @staticmethod
    def go_to(demo, pause):
        """Enter after Enter, up to the pause of that number; all that was told so far."""
        told = demo.expect(PROMPT)
        for _ in range(pause - 1):
            demo.type("\n")
            told += demo.expect(PROMPT)
        return told

    def directory(self):
        found, = glob.glob(os.path.join(self.home, "recant-demo-*"))
        return found

    def assert_nothing_left(self):
        wait_until(lambda: not processes_of(self.home), "no process of the demo is left")
        self.assertEqual(os.listdir(self.home), [])


class Telling(DemoTest):
    """The whole of it, once for a person and once for a script."""
    arguments = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = cls.run_demo(*cls.arguments)
        cls.lines = cls.run_demo("--json", *cls.arguments)

    def setUp(self):
        self.events = [json.loads(line) for line in self.lines.stdout.splitlines()]

    def of(self, step, kind):
        """The events of one kind in a step."""
        names = [e["name"] if e["event"] == "step" else None for e in self.events]
        rest = self.events[names.index(step) + 1:]
        ends = [i for i, e in enumerate(rest) if e["event"] in ("step", "end")]
        return [e for e in rest[:ends[0]] if e["event"] == kind]

    @staticmethod
    def changes(event, kind):
        return {k["key"]: k for k in event["keys"] if k["change"] == kind}

    def assert_about(self, seconds, expected):
        self.assertTrue(expected - SLACK <= seconds <= expected + 1, (seconds, expected))


class Told(Telling):
    strategy = "blacklist"

    @property
    def first_token(self):
        """What it says, and its key on the whitelist."""
        claims = self.of("issue", "token")[0]["claims"]
        return claims, f"whitelist:user:{claims['sub']}:jti:{claims['jti']}"

    # --- for a person -------------------------------------------------------------------------

    def test_it_ends_well_and_leaves_nothing(self):
        for done in (self.text, self.lines):
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assert_nothing_left()

    def test_the_five_steps_come_in_their_order(self):
        titles = re.findall(r"(?m)^── (.*?) ─+$", self.text.stdout)
        self.assertEqual(titles[:5], TITLES)
        self.assertEqual(len(titles), len(STEPS))

    def test_it_fits_80_columns_and_is_plain_where_no_terminal_is(self):
        for line in self.text.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)
            self.assertTrue(line.isprintable(), line)
        self.assertNotIn(PROMPT, self.text.stdout)

    def test_the_password_is_a_demos_and_tokens_are_shortened(self):
        self.assertIn('"password": "only-for-this-demo"', self.text.stdout)
        for done in (self.text, self.lines):
            Secrets().must_not_stand_in(done.stdout, "the demo's output")
        self.assertRegex(self.text.stdout, r"eyJ[\w-]+…[\w-]{4}")

    def test_it_says_which_strategy_it_goes_by(self):
        self.assertIn(f"It goes by the {self.strategy},", self.text.stdout)
        self.assertEqual(self.events[0]["strategy"], self.strategy)

    # --- what it tells is true ----------------------------------------------------------------

    def test_every_step_has_what_was_sent_and_what_came_back(self):
        expected = {"sign_in": [("POST", "/v1/login", 200)],
                    "call": [("GET", "/v1/check", 200)],
                    "revoke": [("POST", "/v1/logout", 204), ("GET", "/v1/check", 401)],
                    "refresh": [("POST", "/v1/login", 200), ("POST", "/v1/refresh", 200),
                                ("POST", "/v1/refresh", 200)],
                    "reuse": [("POST", "/v1/refresh", 401), ("GET", "/v1/check", 401)],
                    "everywhere": [("POST", "/v1/login", 200), ("POST", "/v1/login", 200),
                                   ("POST", "/v1/logout-all", 200), ("GET", "/v1/check", 401),
                                   ("GET", "/v1/check", 401)]}
        for step in STEPS:
            calls = [(s["method"], s["path"], r["status"])
                     for s, r in zip(self.of(step, "sent"), self.of(step, "received"), strict=True)]
            self.assertEqual(calls, expected.get(step, []), step)

    def test_the_token_decoded_is_the_one_that_came(self):
        token, = self.of("issue", "token")
        body = self.of("sign_in", "received")[0]["body"]
        self.assertEqual(token["header"]["typ"], "at+jwt")
        claims = token["claims"]
        self.assertEqual((claims["sub"], claims["sid"]), (body["user_id"], body["session_id"]))
        self.assertEqual(claims["exp"] - claims["iat"], body["expires_in"])

    def test_what_the_recipe_stores_appears_with_the_ttl_it_says(self):
        commands, = [e["commands"] for e in self.of("store", "recipe")]
        claims, place = self.first_token
        refresh_token = commands[-1][1]
        self.assertRegex(refresh_token, r"^refresh_token:[\w-]{43}$")
        self.assertEqual([command[:4] for command in commands], self.stored(place, refresh_token, claims))
        appeared = self.changes(self.of("store", "keys")[0], "appeared")
        for _, key, value, unit, life in commands:
            self.assertEqual(appeared[key]["value"], value)
            self.assert_about(appeared[key]["ttl_ms"] / 1000, int(life) / (1000 if unit == "PX" else 1))
        self.assertIn(f"session:user:{claims['sub']}:{claims['sid']}", appeared)
        self.assertIn(f"sessions:user:{claims['sub']}", appeared)
        self.assertEqual(place in appeared, self.strategy == "whitelist")

    def stored(self, place, refresh_token, claims):
        return [["SET", refresh_token, claims["sub"], "PX"]]

    def test_a_check_changes_nothing_but_time(self):
        before = self.changes(self.of("store", "keys")[0], "appeared")
        event, = self.of("call", "keys")
        after = self.changes(event, "unchanged")
        self.assertEqual(set(after), set(before))
        self.assertEqual(len(after), len(event["keys"]))
        for key, state in after.items():
            self.assertLess(state["ttl_ms"], before[key]["ttl_ms"], key)

    def test_a_logout_takes_back_what_was_stored(self):
        (_, deleting), = [e["commands"] for e in self.of("revoke", "recipe")]
        claims, place = self.first_token
        event, = self.of("revoke", "keys")
        stored = self.of("store", "recipe")[0]["commands"][-1][1]
        self.assertEqual(deleting, ["DEL", stored])
        gone = self.changes(event, "vanished")
        self.assertIn(stored, gone)
        self.assertEqual(place in gone, self.strategy == "whitelist")
        entry = self.changes(event, "appeared")[f"blacklist:jti:{claims['jti']}"]
        self.assertEqual(entry["value"], "1")
        self.assert_about(entry["ttl_ms"] / 1000, 15 * 60 + 5 * 60)
        refused = self.of("revoke", "received")[1]
        self.assertIn("revoked: logout", refused["headers"]["WWW-Authenticate"])

    def test_taking_back_is_the_recipes_command(self):
        """And what a reader of the recipe asks Redis is answered otherwise after it."""
        (blacklisting, _), = [e["commands"] for e in self.of("revoke", "recipe")]
        entry = f"blacklist:jti:{self.first_token[0]['jti']}"
        self.assertEqual(blacklisting[:4], ["SET", entry, "1", "EX"])
        event, = self.of("revoke", "keys")
        state = self.changes(event, "appeared")[entry]
        self.assert_about(state["ttl_ms"] / 1000, int(blacklisting[4]))
        asked = [(e["command"], e["answer"]) for e in self.of("revoke", "asked")]
        self.assertEqual(asked, [(["GET", entry], "(nil)"), (["GET", entry], '"1"')])

    def test_a_refresh_rotates_and_repeats_inside_the_grace(self):
        _, first, again = self.of("refresh", "received")
        for member in ("refresh_token", "session_id"):
            self.assertEqual(first["body"][member], again["body"][member])
        (taken, *stored), = [e["commands"] for e in self.of("refresh", "recipe")]
        event = self.of("refresh", "keys")[-1]
        self.assertEqual(set(self.changes(event, "vanished")), {taken[1]})
        self.assertEqual(set(self.changes(event, "appeared")), {command[1] for command in stored})

    def test_a_reuse_ends_the_session(self):
        refused, dead = self.of("reuse", "received")
        self.assertEqual(refused["body"]["reason"], "reused")
        self.assertIn("revoked: reused", dead["headers"]["WWW-Authenticate"])
        commands, = [e["commands"] for e in self.of("reuse", "recipe")]
        self.assertEqual(len(commands), 3)
        event, = self.of("reuse", "keys")
        for command in commands:
            if command[0] == "DEL":
                self.assertIn(command[1], self.changes(event, "vanished"))
            else:
                entry = self.changes(event, "appeared")[command[1]]
                self.assert_about(entry["ttl_ms"] / 1000, int(command[4]))

    def test_everywhere_is_one_watermark_and_tidying(self):
        self.assertEqual(self.of("everywhere", "received")[2]["body"], {"sessions": 2})
        event = self.of("everywhere", "keys")[-1]
        subject = self.of("sign_in", "received")[0]["body"]["user_id"]
        self.assertIn(f"blacklist:user:{subject}", self.changes(event, "appeared"))
        gone = self.changes(event, "vanished")
        self.assertEqual(sum(key.startswith("session:user:") for key in gone), 2)
        self.assertEqual(sum(key.startswith("whitelist:user:") for key in gone),
                         2 if self.strategy == "whitelist" else 0)


class ToldOfTheWhitelist(Told):
    arguments = ("--strategy", "whitelist")
    strategy = "whitelist"

    def stored(self, place, refresh_token, claims):
        return [["SET", place, "1", "EX"], *super().stored(place, refresh_token, claims)]

    def test_taking_back_is_the_recipes_command(self):
        (deleting, _), = [e["commands"] for e in self.of("revoke", "recipe")]
        _, place = self.first_token
        self.assertEqual(deleting, ["DEL", place])
        asked = [(e["command"], e["answer"]) for e in self.of("revoke", "asked")]
        self.assertEqual(asked, [(["GET", place], '"1"'), (["GET", place], "(nil)")])


class Excerpt(Telling):
    def test_the_readmes_excerpt_is_what_it_prints(self):
        with open(os.path.join(ROOT, "README.md")) as file:
            excerpt = re.search(r"```text\n(Nobody has\. .*?)\n```", file.read(), re.DOTALL).group(1)
        self.assertIn(without_chance(excerpt), without_chance(self.text.stdout))


def without_chance(text):
    """Ids, tokens and figures differ from one demo to the next; all else stays."""
    text = re.sub(r"[\w-]+…[\w-]{4}", "ID", text)
    return re.sub(r" +\d+\.\d s| EX \d+", " N", text)


class Watched(DemoTest):
    def test_what_the_screen_shows_is_what_redis_holds(self):
        """Somebody else looks into the same Redis while the demo waits for Enter."""
        for strategy in ("blacklist", "whitelist"):
            demo = self.watch("--strategy", strategy)
            self.assert_shows_what_stands(self.go_to(demo, 4), strategy)
            demo.type("\x03")
            demo.end()
            self.assert_nothing_left()

    def assert_shows_what_stands(self, told, strategy):
        redis = Resp(os.path.join(self.directory(), "data", "redis", "redis.sock"))
        self.addCleanup(redis.close)
        store = without_escapes(told).partition("Step 3 of 5")[2]
        rows = re.findall(r"(?m)^  \+ (\S+) +([\d.]+) s  (\S+)", store)
        shown = {key: (float(ttl), value) for key, ttl, value in rows}
        found = {short(key): key for key in redis("KEYS", "*")
                 if key != "recant:policy" and not key.startswith("throttle:")}
        self.assertEqual(set(shown), set(found))
        self.assertEqual(any(key.startswith("whitelist:") for key in shown), strategy == "whitelist")
        self.assertEqual(redis("GET", "recant:policy"), f"v=1 strategy={strategy} max_staleness=250")
        for name, (ttl, value) in shown.items():
            left = redis("PTTL", found[name]) / 1000
            self.assertTrue(ttl - SLACK <= left <= ttl + 0.05, (name, ttl, left))
            if redis("TYPE", found[name]) == "string":
                self.assertEqual(value, short(redis("GET", found[name])))

    def test_enter_leads_through_all_of_it(self):
        demo = self.watch()
        for number in range(len(STEPS)):
            self.assertEqual(demo.expect(PROMPT).count("── "), min(number, 1))
            demo.type("\n")
        told, code = demo.end()
        self.assertEqual((told.count("── "), code), (1, 0))
        self.assertIn("are gone", " ".join(told.split()))
        self.assert_nothing_left()

    def test_no_pause_and_the_end_of_input_are_taken_at_their_word(self):
        told, code = self.watch("--no-pause").end()
        self.assertEqual((told.count("── "), code), (len(STEPS), 0))
        demo = self.watch()
        self.go_to(demo, 2)
        demo.type("\x04")
        told, code = demo.end()
        self.assertEqual((told.count("── "), code), (0, 0))
        self.assert_nothing_left()

    def test_colour_is_for_terminals_that_want_it(self):
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False),
                                      ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)):
            demo = self.watch(**environment)
            self.assertEqual("\x1b[" in self.go_to(demo, 1), coloured, environment)
            demo.type("\x03")
            demo.end()
        self.assert_nothing_left()


def short(text):
    return re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43}",
                  lambda found: found.group(0)[:4] + "…" + found.group(0)[-4:], text)


class Ended(DemoTest):
    def at_pause(self, number):
        demo = self.watch()
        self.go_to(demo, number)
        return demo

    def assert_nothing_left_at_once(self):
        """Whoever started it finds nothing when the shell is back."""
        self.assertEqual((os.listdir(self.home), processes_of(self.home)), ([], []))

    def test_by_ctrl_c_at_each_step(self):
        for number in range(1, len(STEPS) + 1):
            demo = self.at_pause(number)
            demo.type("\x03")
            told, code = demo.end()
            self.assertEqual(code, -signal.SIGINT)
            self.assertIn("nothing of it is left", told)
            self.assert_nothing_left_at_once()

    def test_by_a_signal_while_it_starts_and_while_it_tells(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            for moment in ("recant-demo-*", "recant-demo-*/data", "recant-demo-*/data/redis/*.sock"):
                demo = self.watch("--no-pause")
                wait_until(lambda m=moment: glob.glob(os.path.join(self.home, m)), moment)
                demo.kill(number)
                self.assertEqual(demo.end()[1], -number)
                self.assert_nothing_left_at_once()

    def test_by_kill_9(self):
        for moment in ("recant-demo-*/data", "recant-demo-*/data/redis/*.sock"):
            demo = self.watch("--no-pause")
            wait_until(lambda m=moment: glob.glob(os.path.join(self.home, m)), moment)
            demo.kill(signal.SIGKILL)
            demo.end()
            self.assert_nothing_left()
        self.at_pause(3).kill(signal.SIGKILL)
        self.assert_nothing_left()

    def test_by_a_reader_that_has_seen_enough(self):
        command = f'"{BINARY}" demo | head -1'
        done = subprocess.run(["bash", "-c", command], env=self.environment(), timeout=60,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.stdout, "recant demo: how a JWT is taken back\n")
        self.assert_nothing_left()

    def test_by_a_terminal_that_is_closed(self):
        self.at_pause(2).hang_up()
        self.assert_nothing_left()

    def test_by_the_end_of_its_server(self):
        demo = self.at_pause(2)
        home = self.directory()
        server, = [pid for pid in children_of(demo.pid) if os.readlink(f"/proc/{pid}/cwd") == home]
        os.kill(server, signal.SIGKILL)
        demo.type("\n\n\n")
        told, code = demo.end()
        self.assertEqual(code, 3)
        self.assertIn("recant demo: ", told)
        self.assert_nothing_left()


class Refused(DemoTest):
    def test_usage(self):
        for arguments in (("extra",), ("--no-such-flag",), ("--no-pause", "x"), ("--strategy",),
                          ("--strategy", "x"), ("--strategy", "")):
            done = self.run_demo(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)
            self.assertIn("recant demo --help", done.stderr)
        done = self.run_demo("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        for word in ("--no-pause", "--json", "--strategy NAME", "blacklist", "whitelist", "NO_COLOR",
                     "leaves nothing behind"):
            self.assertIn(word, " ".join(done.stdout.split()))
        self.assert_nothing_left()

    def refused(self, environment, *says):
        done = self.run_demo(environment=environment)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertEqual(len(done.stderr.splitlines()), 1, done)
        for part in ("recant demo: ", *says):
            self.assertIn(part, done.stderr)
        self.assert_nothing_left()

    def test_where_no_directory_can_be_made(self):
        self.refused(clean_environment(TMPDIR="/proc/nowhere"), "/proc/nowhere")

    def test_without_a_redis_server(self):
        self.refused(self.environment() | {"PATH": self.home}, "redis-server")

    def test_settings_of_a_real_server_do_not_reach_it(self):
        environment = self.environment(RECANT_REDIS_URL="redis://127.0.0.1:1/0",
                                       RECANT_SERVER_DATA="/proc/nowhere")
        self.assertEqual(self.run_demo(environment=environment).returncode, 0)

    def test_a_tmpdir_too_long_for_a_socket_is_no_obstacle(self):
        with tempfile.TemporaryDirectory(prefix="x" * 90) as long:
            done = self.run_demo("--json", environment=clean_environment(TMPDIR=long))
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(os.listdir(long), [])
            used = json.loads(done.stdout.splitlines()[0])["directory"]
            self.assertFalse(os.path.exists(used), used)


if __name__ == "__main__":
    unittest.main()
