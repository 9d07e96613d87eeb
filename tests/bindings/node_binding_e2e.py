"""bindings/node: what the package says of tokens, and how its verifiers live and end."""
import json
import os
import re
import shutil
import subprocess
import tempfile

import node_package
from harness.case import RecantTest
from harness.issuer import HmacIssuer
from harness.process import die_with_parent, wait_until
from harness.recant import ROOT, clean_environment


def text_of(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


class Judge:
    """node/judge.mjs: the package as an ES module has it."""

    def __init__(self, folder, environment):
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(["node", "judge.mjs"], cwd=folder, env=environment, text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                                         preexec_fn=die_with_parent)

    def judge(self, token):
        self._process.stdin.write(token + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            self._log.seek(0)
            raise AssertionError("it said nothing but:\n" + self._log.read())
        return json.loads(answer)

    def end(self):
        self._process.stdin.close()
        code = self._process.wait(30)
        self._process.stdout.close()
        self._log.close()
        assert code == 0, code


class NodeTest(RecantTest):
    """With the package installed in `folder`, beside the scripts of tests/bindings/node."""
    redis_options = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = node_package.project(cls)
        shutil.copytree(node_package.HERE, cls.folder, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("package*.json"))
        super().setUpClass()

    def world(self, people=(), **more):
        tokens = [{"access": tokens.access, "session": tokens.session} for tokens in people]
        return clean_environment(
            REDIS_URL=self.recant.server.url, REDIS_PID=str(self.recant.server.process.pid), TOKENS=json.dumps(tokens),
            JWKS_URL=f"http://127.0.0.1:{self.recant.port}/.well-known/jwks.json", **more)

    def assert_good(self, *command, code=0, people=None):
        """A script of ours says so, and ends as it should. It may have silenced Redis."""
        if people is None:
            people = [self.recant.sign_in()]
        try:
            said = node_package.run("node", *command, cwd=self.folder, env=self.world(people), code=code)
        finally:
            self.recant.server.process.go_on()
            self.recant.wait_ready()
        self.assertEqual(said, "good\n")


class Verdicts(NodeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuer = cls.ends(HmacIssuer("other"))

    def start_judge(self, **more):
        table = self.issuer.table
        issuer = {"name": "other", "iss": table["iss"], "audience": ["api"], "algorithms": ["HS256"],
                  "secretFile": table["secret_file"], "profile": "jwt"}
        judge = Judge(self.folder, self.world(ISSUERS=json.dumps([issuer])) | more)
        self.addCleanup(judge.end)
        tokens = self.recant.sign_in()
        wait_until(lambda: judge.judge(tokens.access)["valid"], "it has keys and Redis")
        return judge

    def test_a_valid_token_says_whose_it_is_and_is_remembered(self):
        judge = self.start_judge()
        tokens = self.recant.sign_in(scope="orders:read profile")
        claims = tokens.claims
        first, second = judge.judge(tokens.access), judge.judge(tokens.access)
        self.assertEqual((first.pop("cached"), second.pop("cached")), (None, "valid"))
        self.assertEqual(first, second)
        self.assertRegex(first.pop("expiresAt"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$")
        self.assertEqual(first, {
            "verdict": "valid", "valid": True, "reason": "", "subject": tokens.user_id, "session": tokens.session,
            "scope": "orders:read profile", "clientId": claims["client_id"], "issuer": "", "frozen": True,
            "expires": True, "scopes": ["orders:read"], "audiences": ["api"]})

    def test_what_is_no_token_is_invalid(self):
        judge = self.start_judge()
        good = self.recant.sign_in().access
        for bad in ("", "x", "a.b.c", "ä" * 3000, good[:-4] + "AAAA", good + "=", f"{good}\0", "x" * 100_000):
            answer = judge.judge(bad)
            self.assertEqual((answer["verdict"], answer["reason"]), ("invalid", "not_signed_by_us"), answer)
            self.assertEqual((answer["valid"], answer["subject"], answer["expiresAt"]), (False, "", None))
            self.assertEqual((answer["scopes"], answer["audiences"], answer["frozen"]), ([], [], True))

    def test_a_header_that_did_not_come_is_invalid_and_never_valid(self):
        answer = self.start_judge().judge("undefined")
        self.assertEqual((answer["verdict"], answer["cached"]), ("invalid", "invalid"))

    def test_a_revoked_token_is_revoked_and_says_whose_it_was(self):
        judge = self.start_judge()
        tokens = self.recant.sign_in()
        self.assertTrue(judge.judge(tokens.access)["valid"])
        self.assertEqual(self.recant.revoke(session=tokens.session, wait=True).status, 200)
        answer = judge.judge(tokens.access)
        self.assertEqual((answer["verdict"], answer["valid"], answer["reason"]), ("revoked", False, "session"))
        self.assertEqual((answer["subject"], answer["audiences"]), (tokens.user_id, ["api"]))

    def test_another_issuers_token_has_its_name(self):
        answer = self.start_judge().judge(self.issuer.token(sub="42"))
        self.assertEqual((answer["verdict"], answer["issuer"], answer["subject"]), ("valid", "other", "other/42"))

    def test_without_redis_it_is_unavailable(self):
        tokens = self.recant.sign_in()
        judge = self.start_judge()
        gone = Judge(self.folder, self.world(ISSUERS="[]") | {"REDIS_URL": "redis://127.0.0.1:1"})
        self.addCleanup(gone.end)
        self.assertTrue(judge.judge(tokens.access)["valid"])
        answer = gone.judge(tokens.access)
        self.assertEqual((answer["verdict"], answer["valid"]), ("unavailable", False))
        self.assertNotEqual(answer["reason"], "")


class Lives(NodeTest):
    def test_options_are_refused_by_the_names_that_they_have_here(self):
        self.assert_good("options.js")

    def test_of_very_many_at_once_each_is_told_of_himself(self):
        people = [self.recant.open_session(f"person-{n}") for n in range(20)]
        self.assert_good("many.js", people=people)

    def test_closing_tells_whoever_waits(self):
        self.assert_good("pending.js", "close")

    def test_process_exit_with_checks_pending_leaves_no_thread(self):
        self.assert_good("pending.js", "exit", code=7)

    def test_an_idle_verifier_keeps_nobody(self):
        self.assert_good("pending.js", "idle")

    def test_a_pending_check_keeps_the_process_until_it_is_answered(self):
        self.assert_good("pending.js", "end")

    def test_workers_end_in_every_way(self):
        self.assert_good("workers.js")

    def test_a_forgotten_verifier_is_freed(self):
        self.assert_good("--expose-gc", "collected.js")

    def test_the_log_comes_to_the_event_loop(self):
        self.assert_good("log.js")


class Package(NodeTest):
    def test_every_option_of_the_library_is_one_here(self):
        """By the table of the library, that of the package, and the declarations for TypeScript."""
        def camel(name):
            return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
        names = text_of("src/embed/option_names.cpp")
        options = text_of("bindings/node/lib/options.js")
        declared = text_of("bindings/node/index.d.ts")
        for letter, table, interface, more in (("V", "OPTIONS", "VerifierOptions", {"issuers", "log"}),
                                               ("I", "ISSUER_OPTIONS", "IssuerOptions", set())):
            known = {camel(name) for name in re.findall(rf'{{"(\w+)", &{letter}::', names)}
            self.assertGreater(len(known), 10)
            mine = re.search(rf"const {table} = {{\n  __proto__: null,\n(.*?)^}};", options, re.DOTALL | re.MULTILINE)[1]
            self.assertEqual(set(re.findall(r"^  (\w+):", mine, re.MULTILINE)), known)
            told = re.search(rf"interface {interface} {{\n(.*?)^}}", declared, re.DOTALL | re.MULTILINE)[1]
            self.assertEqual(set(re.findall(r"^  (\w+)\??:", told, re.MULTILINE)), known | more)

    def test_typescript_takes_the_declarations(self):
        compiler = os.path.join(node_package.frameworks(), "typescript/bin/tsc")
        node_package.run("node", compiler, "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext",
                         "usage.ts", cwd=self.folder, env=clean_environment())

    def test_without_the_library_npm_says_what_to_install(self):
        folder = tempfile.mkdtemp(prefix="recant-node-")
        self.addCleanup(shutil.rmtree, folder)
        said = node_package.install(folder, node_package.pack(folder), code=1,
                                    PKG_CONFIG_PATH="", PKG_CONFIG_LIBDIR="/none")
        self.assertIn("recant: librecant is not found. Install librecant-dev, or name the folder of its recant.pc", said)

    def test_what_npm_has_not_compiled_says_how_to(self):
        folder = tempfile.mkdtemp(prefix="recant-node-")
        self.addCleanup(shutil.rmtree, folder)
        node_package.install(folder, node_package.pack(folder), npm_config_ignore_scripts="true")
        said = node_package.run("node", "-e", "require('recant')", cwd=folder, env=clean_environment(), code=1)
        self.assertIn("`npm rebuild recant` does it", said)
