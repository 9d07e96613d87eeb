"""The Python package and what processes do: threads, fork(), their end; and a library that is missing."""
import asyncio
import importlib.metadata
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from harness.process import die_with_parent, wait_until
from harness.recant import ROOT
from python_case import PythonTest, Verdict, package
from python_package import DEBIANS_PYTHON, LIBRARY, SITE, environment, options_for, run, threads_of_the_library


class Threads(PythonTest):
    def test_other_threads_go_on_while_one_waits(self):
        redis, recant, verifier = self.with_a_redis_of_its_own(redis_timeout="10s")
        token = recant.sign_in().access
        redis.process.pause()
        self.addCleanup(redis.process.go_on)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(verifier.check(token, deadline=10)))
        thread.start()
        time.sleep(0.05)
        redis.process.go_on()  # which could not be if it kept the interpreter to itself
        thread.join()
        self.assert_judged(answers[0], Verdict.VALID)

    def test_closing_waits_for_calls_of_others_and_takes_nothing_from_under_them(self):
        redis, recant, verifier = self.with_a_redis_of_its_own(redis_timeout="10s")
        token = recant.sign_in().access
        before = threads_of_the_library()
        redis.process.pause()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(verifier.check(token, deadline=1)))
                   for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        verifier.close()
        # Without waiting it would be there until their deadline; the kernel shows a thread a moment longer than it lives.
        wait_until(lambda: threads_of_the_library() == before - 1, "its thread has ended", 0.3)
        for thread in threads:
            thread.join()
        redis.process.go_on()
        for checked in answers:
            self.assert_judged(checked, Verdict.UNAVAILABLE, "no answer within the deadline")

    def test_after_the_end_nothing_is_known(self):
        token = self.recant.sign_in().access
        with self.verifier() as verifier:
            self.assertTrue(verifier.check(token))
        verifier.close()
        self.assert_judged(verifier.check(token), Verdict.UNAVAILABLE)
        self.assert_judged(verifier.check_cached(token), Verdict.UNAVAILABLE)
        self.assertEqual((verifier.ready, verifier.why_not_ready), (False, "no verifier"))

    def test_a_verifier_that_nobody_holds_ends(self):
        before = threads_of_the_library()
        verifier = package.Verifier(**options_for(self.recant))
        wait_until(lambda: threads_of_the_library() == before + 1, "its thread has begun")
        del verifier
        wait_until(lambda: threads_of_the_library() == before, "its thread has ended")


class Forks(PythonTest):
    def in_child(self, work):
        """What a real child of fork() returns from `work`, which then ends as programs do."""
        ends = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            code = 1
            try:
                os.write(ends[1], work().encode())
                code = 0
            finally:
                os._exit(code)
        os.close(ends[1])
        with os.fdopen(ends[0]) as said:
            text = said.read()
        _, status = os.waitpid(child, 0)
        self.assertEqual(status, 0, text)
        return text

    def test_the_childs_is_unavailable_and_is_made_anew(self):
        verifier = self.verifier()
        token = self.recant.sign_in().access
        self.assertTrue(verifier.check(token))

        def work():
            said = [verifier.check(token).reason, verifier.check_cached(token).reason, verifier.why_not_ready,
                    str(verifier.ready)]
            verifier.close()
            again = package.Verifier(**options_for(self.recant))
            wait_until(lambda: again.ready, "the new one is ready")
            said.append(again.check(token).verdict.value)
            again.close()
            return "\n".join(said)
        why = "made before fork(): make a verifier anew in the child"
        self.assertEqual(self.in_child(work).split("\n"), [why, why, why, "False", "valid"])
        self.assertTrue(verifier.check(self.recant.sign_in().access))

    def test_a_child_does_not_wait_for_what_only_its_parent_ends(self):
        redis, recant, verifier = self.with_a_redis_of_its_own(redis_timeout="10s")
        token = recant.sign_in().access
        redis.process.pause()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(verifier.check(token, deadline=10)))
        thread.start()
        loop = asyncio.new_event_loop()
        task = loop.create_task(verifier.check_async(token))
        loop.run_until_complete(asyncio.sleep(0.05))  # both are under way

        def work():
            self.assertEqual(package.aio._waiting, {})
            verifier.close()
            package.verifier._end()  # as at the end of the interpreter
            return "closed"
        self.assertEqual(self.in_child(work), "closed")
        redis.process.go_on()
        thread.join()
        self.assert_judged(answers[0], Verdict.VALID)
        self.assert_judged(loop.run_until_complete(task), Verdict.VALID)
        loop.close()


PROGRAM = """
import asyncio, faulthandler, gc, os, signal, sys, threading, time
import recant
faulthandler.enable()
options = {options!r}
token = sys.argv[1]
def ready(**more):
    verifier = recant.Verifier(**options, **more)
    while not verifier.ready:
        time.sleep(0.01)
    return verifier
"""


class Ends(PythonTest):
    """Programs of their own, which may crash."""

    def run_program(self, text, recant=None):
        recant = recant or self.recant
        source = PROGRAM.format(options=options_for(recant, redis_timeout="1s")) + text
        # Python 3.12 warns of any fork() beside threads.
        command = [DEBIANS_PYTHON, "-X", "dev", "-W", "ignore::DeprecationWarning", "-c", source]
        done = subprocess.run([*command, recant.sign_in().access], text=True, env=environment(),
                              capture_output=True, timeout=60, preexec_fn=die_with_parent)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def test_a_program_that_closes_nothing(self):
        self.assertEqual(self.run_program("""
verifier = ready(log=lambda level, line: None)
print(verifier.check(token).verdict.value)
"""), "valid\n")

    def test_a_program_that_ends_while_checks_are_under_way(self):
        redis = self.start_redis()
        recant = self.start(redis=redis)
        self.assertEqual(self.run_program(f"""
verifier = ready(log=lambda level, line: time.sleep(0.01))
os.kill({redis.process.pid}, signal.SIGSTOP)
for _ in range(4):
    threading.Thread(target=lambda: verifier.check(token, deadline=30), daemon=True).start()
async def leave():
    asyncio.get_running_loop().create_task(verifier.check_async(token))
    await asyncio.sleep(0.1)
loop = asyncio.new_event_loop()
loop.run_until_complete(leave())
for task in asyncio.all_tasks(loop):
    task.cancel()
loop.run_until_complete(asyncio.sleep(0))
loop.close()
print("ends")
""", recant), "ends\n")
        redis.process.go_on()

    def test_a_program_that_ends_while_a_verifier_that_nobody_holds_is_told(self):
        self.assertEqual(self.run_program("""
telling = threading.Event()
def log(level, line):
    telling.set()
    time.sleep(0.3)
verifier = recant.Verifier(**options, log=log)
telling.wait()
del verifier
print("ends")
"""), "ends\n")

    def test_a_program_that_makes_verifiers_until_it_has_ended(self):
        self.assertEqual(self.run_program("""
held = {}
def make(number):
    while True:
        try:
            held[number] = recant.Verifier(**options, log=lambda level, line: None)
        except RuntimeError as error:
            assert "ending" in str(error)
            return
for number in range(3):
    threading.Thread(target=make, args=(number,), daemon=True).start()
time.sleep(0.3)
print("ends")
"""), "ends\n")

    def test_closing_races_with_every_call(self):
        self.assertEqual(self.run_program("""
seen = set()
going = True
def call(verifier):
    while going:
        seen.add(verifier.check(token).verdict.value)
        verifier.check_cached(token + "x")
        seen.add(asyncio.run(verifier.check_async(token)).verdict.value)
        verifier.ready, verifier.why_not_ready
for round in range(15):
    going = True
    verifier = ready(cache_entries=0)
    threads = [threading.Thread(target=call, args=(verifier,)) for _ in range(4)]
    threads += [threading.Thread(target=verifier.close) for _ in range(2)]
    for thread in threads[:4]: thread.start()
    time.sleep(0.02)
    for thread in threads[4:]: thread.start()
    time.sleep(0.01)
    going = False
    for thread in threads: thread.join()
print(*sorted(seen))
"""), "unavailable valid\n")

    def test_a_child_that_ends_as_programs_do(self):
        self.assertEqual(self.run_program("""
verifier = ready(log=lambda level, line: None)
child = os.fork()
if child == 0:
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), verifier.check(token).verdict.value)
"""), "7 valid\n")


class Library(unittest.TestCase):
    def import_with(self, **more):
        """The last line that is said."""
        done = subprocess.run([DEBIANS_PYTHON, "-c", "import recant; print('imported')"], env=environment(**more),
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              preexec_fn=die_with_parent)
        return done.stdout.strip().splitlines()[-1]

    def fails(self, library, sentence):
        self.assertRegex(self.import_with(RECANT_LIBRARY=library), f"^ImportError: {sentence}")

    def test_a_library_that_is_missing(self):
        advice = "cannot open.* Install the package librecant0.1, or name the file of .* in RECANT_LIBRARY"
        self.fails("/nonexistent/librecant.so.0.1", f".*/nonexistent/librecant.so.0.1: {advice}")
        if "librecant.so.0.1" not in run("/sbin/ldconfig", "-p"):
            self.fails("", f".* librecant.so.0.1: {advice}")

    def test_a_library_that_is_another(self):
        self.fails("libc.so.6", "libc.so.6 is not librecant. Install ")

    def test_a_library_of_another_version(self):
        with tempfile.TemporaryDirectory() as folder:
            for version in ("0.2.0", "1.0.0", "0.10.0"):
                path = os.path.join(folder, f"{version}.so")
                run("gcc", "-shared", "-o", path, self.source(folder, version))
                self.fails(path, f"{path} is librecant {version}, .*RECANT_LIBRARY")
            path = os.path.join(folder, "early.so")
            run("gcc", "-shared", "-o", path, self.source(folder, "0.1.0"))
            self.fails(path, f"{path} has no recant_options_new. Install")

    @staticmethod
    def source(folder, version):
        path = os.path.join(folder, "version.c")
        with open(path, "w") as file:
            file.write(f'const char* recant_version(void) {{ return "{version}"; }}\n')
        return path

    def test_it_is_found_where_the_loader_looks(self):
        self.assertEqual(self.import_with(RECANT_LIBRARY="", LD_LIBRARY_PATH=os.path.dirname(LIBRARY)), "imported")

    def test_what_is_installed_is_typed_needs_nothing_and_has_the_librarys_version(self):
        found, = importlib.metadata.distributions(name="recant", path=[SITE])
        self.assertIn("recant/py.typed", map(str, found.files))
        self.assertIsNone(found.requires)
        with open(os.path.join(ROOT, "CMakeLists.txt")) as file:
            self.assertIn(f"project(recant VERSION {found.version} ", file.read())


if __name__ == "__main__":
    unittest.main()
