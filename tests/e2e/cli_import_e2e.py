"""recant user import: a file of JSON lines, nothing lost on a bad line, and it can be run again."""
import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.process import wait_until
from harness.recant import BINARY, clean_environment

# Of "open sesame 42", made by passlib 1.7.4.
HASH = "pbkdf2_sha256$1000$dPzE4M1gm3zL$NYAt6gWaNadqSH2PZkeYcBaiGoDEteXtx9Du/J3hoVA="


def person(number, **more):
    return {"username": f"person {number}", "password_hash": HASH} | more


class ImportCommand(RecantTest):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="recant-e2e-")
        self.addCleanup(shutil.rmtree, self.home)
        self.file = os.path.join(self.home, "people.jsonl")

    def write(self, lines, path=None):
        with open(path or self.file, "w", encoding="utf-8") as file:
            file.writelines((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)

    @staticmethod
    def environment(recant):
        return clean_environment(RECANT_SERVER=f"http://127.0.0.1:{recant.port}",
                                 RECANT_ADMIN_KEY=recant.admin_key)

    def run_import(self, *arguments, stdin="", recant=None):
        return subprocess.run([BINARY, "user", "import", *arguments], input=stdin, capture_output=True,
                              text=True, timeout=60, env=self.environment(recant or self.recant),
                              cwd=self.home)

    def summary(self, *arguments, **more):
        done = self.run_import(*arguments, "--json", **more)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def rejected(self, suffix=".rejected"):
        with open(self.file + suffix, encoding="utf-8") as file:
            return file.read().splitlines()

    def names(self):
        found, after = set(), ""
        while True:
            page = self.recant.admin("GET", "/v1/admin/users" + (f"?after={after}" if after else "")).json
            found |= {user["username"] for user in page["users"]}
            after = page.get("next")
            if not after:
                return found

    def test_moves_people_in_who_then_sign_in(self):
        self.write([person(f"a{n}") for n in range(450)])
        done = self.run_import(self.file)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(done.stdout, "450 accounts imported.\n")
        self.assertTrue({f"person a{n}" for n in range(450)} <= self.names())
        body = {"username": "person a449", "password": "open sesame 42"}
        self.assert_tokens(self.recant.call("POST", "/v1/login", body))
        self.assertEqual(os.listdir(self.home), ["people.jsonl"])

    def test_running_it_again_passes_over_who_is_here(self):
        self.write([person(f"b{n}") for n in range(3)])
        self.assertEqual(self.summary(self.file), {"imported": 3, "present": 0, "refused": 0})
        self.write([person(f"b{n}") for n in range(5)])
        self.assertEqual(self.summary(self.file), {"imported": 2, "present": 3, "refused": 0})

    def test_a_bad_line_is_told_and_kept_and_keeps_nobody_away(self):
        bad = ['{"username":"person c1"', "[1]", json.dumps({"username": "no hash \u00e9"}, ensure_ascii=False),
               json.dumps(person("c2", password_hash="hunter22")), '{"a":1,"a":2}', "x" * 40_000,
               json.dumps(person("c3", claims={"sub": "root"}))]
        lines = ["# a comment", "", person("c0"), *bad, person("c9")]
        self.write(lines)
        done = self.run_import(self.file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 accounts imported, 7 lines refused", done.stdout)
        for number in range(4, 11):
            self.assertIn(f"people.jsonl:{number}: ", done.stderr)
        self.assertNotIn("hunter22", done.stderr)
        self.assertLessEqual({"person c0", "person c9"}, self.names())
        kept = self.rejected()
        self.assertCountEqual([line for line in kept if not line.startswith("# line ")], bad)
        self.assertEqual(len([line for line in kept if line.startswith("# line ")]), len(bad))
        self.assertEqual(stat.S_IMODE(os.stat(self.file + ".rejected").st_mode), 0o600)

    def test_a_line_beyond_what_the_server_reads_stops_nobody(self):
        def nested(levels):
            return json.loads('{"a":' * levels + "1" + "}" * levels)

        # A body is read 16 levels deep, and the line itself is the third of them.
        bad = [json.dumps(person("j1", claims=nested(14))), json.dumps(person("j2", claims={"a": "x" * 20_000})),
               json.dumps(person("j3", claims={"x" * 20_000: 1}))]
        self.write([person("j0"), *bad, person("j8", claims=nested(13)), person("j9")])
        done = self.run_import(self.file)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("3 lines refused", done.stdout)
        self.assertCountEqual([line for line in self.rejected() if not line.startswith("# line ")], bad)
        self.assertLessEqual({"person j0", "person j8", "person j9"}, self.names())

    def test_an_endless_line_is_kept_whole_and_takes_no_memory(self):
        endless = "x" * 100_000_000
        self.write([person("k0"), endless, person("k1")])
        done = subprocess.run(["prlimit", "--data=60000000", BINARY, "user", "import", self.file], capture_output=True,
                              text=True, timeout=60, env=self.environment(self.recant), cwd=self.home)
        self.assertEqual((done.returncode, done.stdout),
                         (1, f"2 accounts imported, 1 line refused: mend {self.file}.rejected and import that.\n"), done)
        self.assertIn("people.jsonl:2: This line is longer than 32 KiB.", done.stderr)
        comment, kept = self.rejected()
        self.assertTrue(comment.startswith("# line 2: "))
        self.assertTrue(kept == endless, "word for word")

    def test_different_people_of_one_name_are_not_swallowed(self):
        other = person("l", scope="read")
        self.write([person("l"), person("l"), other, {**other, "username": "PERSON L"}, person("m")])
        done = self.run_import(self.file)
        self.assertEqual((done.returncode, done.stdout.split(":")[0]),
                         (1, "2 accounts imported, 1 here already, 2 lines refused"), done)
        for number in (3, 4):
            self.assertIn(f"people.jsonl:{number}: username: stands on line 1 already", done.stderr)
        self.assertEqual(self.summary(self.file)["present"], 3, "run again, it says the same")

    def test_the_mended_lines_are_imported_from_the_rejected_file(self):
        self.write([person("d0"), person("d1", password_hash="x")])
        self.assertEqual(self.run_import(self.file).returncode, 1)
        mended = [line.replace('"x"', json.dumps(HASH)) for line in self.rejected()]
        self.write(mended, self.file + ".rejected")
        done = self.run_import(self.file + ".rejected")
        self.assertEqual((done.returncode, done.stdout), (0, "1 account imported.\n"), done)

    def test_what_was_rejected_before_is_never_overwritten(self):
        self.write([person("e", password_hash="x")])
        for suffix in (".rejected", ".rejected.1", ".rejected.2"):
            summary = self.summary(self.file)
            self.assertEqual(summary["rejected_file"], self.file + suffix)
            self.assertEqual(len(self.rejected(suffix)), 2)

    def test_killed_in_the_middle_and_run_again(self):
        lines = [json.dumps(person(f"i{n}")) + "\n" for n in range(500)]
        with subprocess.Popen([BINARY, "user", "import", "-"], stdin=subprocess.PIPE, text=True,
                              env=self.environment(self.recant), cwd=self.home) as importer:
            importer.stdin.write("".join(lines[:450]))
            importer.stdin.flush()
            wait_until(lambda: "person i199" in self.names(), "the first batch is in")
            importer.kill()
        summary = self.summary("-", stdin="".join(lines))
        self.assertEqual(summary["imported"] + summary["present"], 500)
        self.assertGreaterEqual(summary["present"], 200)
        self.assertTrue({f"person i{n}" for n in range(500)} <= self.names())

    def test_from_standard_input(self):
        done = self.run_import("-", stdin=json.dumps(person("f")))
        self.assertEqual((done.returncode, done.stdout), (0, "1 account imported.\n"), done)

    def test_what_cannot_be_read_or_written_is_said(self):
        for operand in ("/no/such/file", self.home):
            done = self.run_import(operand)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done)
            self.assertIn(operand, done.stderr)
        self.write([person("g", password_hash="x")])
        done = self.run_import(self.file, "--rejected", "/no/such/directory/bad")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/no/such/directory/bad", done.stderr)

    def test_a_server_that_goes_away_loses_nothing(self):
        recant = self.start()
        self.write([person(f"h{n}") for n in range(1000)])
        self.assertEqual(self.summary(self.file, recant=recant)["imported"], 1000)
        recant.admin_key  # read while its directory stands
        recant.terminate()
        self.write([person(f"h{n}") for n in range(1001)])
        done = self.run_import(self.file, recant=recant)
        self.assertEqual((done.returncode, done.stdout), (3, ""), done)
        self.assertIn("Run the same command again", done.stderr)
        recant.start()
        self.assertEqual(self.summary(self.file, recant=recant),
                         {"imported": 1, "present": 1000, "refused": 0})


if __name__ == "__main__":
    unittest.main()
