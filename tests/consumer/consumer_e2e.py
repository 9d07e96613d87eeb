"""A program in C++17 and one in C99, built against what `cmake --install` put into an empty prefix, judge tokens of a real
server; and what was installed is held against what it may show and need."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.process import die_with_parent, wait_until
from harness.recant import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.environ["RECANT_VERIFIER_TREE"]
# Of Debian, what a program may need at run time.
NEEDED = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libssl.so.3", "libcrypto.so.3", "libsodium.so.23"}
LOADER = re.compile(r"ld-linux.*")
# Every package that only the server is built with.
SERVERS_PACKAGES = ("CLI11", "tomlplusplus", "spdlog", "prometheus-cpp", "SOCI")


def run(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def needed_by(path):
    found = set(re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", path)))
    return {name for name in found if not LOADER.fullmatch(name)}


class Program:
    def __init__(self, path, library, *arguments):
        environment = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": library}
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen([path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         stderr=self._log, env=environment, preexec_fn=die_with_parent)

    def judge(self, token):
        self._process.stdin.write(token + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().rstrip("\n")
        if not answer:
            self._log.seek(0)
            raise AssertionError("it said nothing but:\n" + self._log.read())
        return answer

    def end(self):
        """Its exit code, once it has nothing more to judge."""
        self._process.stdin.close()
        code = self._process.wait(30)
        self._process.stdout.close()
        self._log.close()
        return code


class Consumer(RecantTest):
    redis_options = ()

    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="recant-consumer-")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        without = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in SERVERS_PACKAGES]
        run("cmake", "--preset", "verifier-only", "-B", TREE, *without, cwd=ROOT)
        run("ninja", "-C", TREE)
        run("cmake", "--install", TREE, "--prefix", cls.prefix)
        found = [folder for folder, _, files in os.walk(cls.prefix) if "librecant.so" in files]
        cls.library, = found
        super().setUpClass()

    def installed(self, *parts):
        return os.path.join(self.prefix, *parts)

    def build_cpp(self):
        tree = self.installed("cpp")
        run("cmake", "-S", os.path.join(HERE, "cpp"), "-B", tree, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("ninja", "-C", tree)
        return os.path.join(tree, "consumer")

    def build_c(self):
        path = self.installed("consumer-c")
        environment = {**os.environ, "PKG_CONFIG_PATH": os.path.join(self.library, "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "recant", env=environment).split()
        run("gcc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", os.path.join(HERE, "c", "consumer.c"), "-o",
            path, *flags)
        return path

    def start_program(self, path):
        return Program(path, self.library, self.recant.server.url, "recant", "api",
                       f"http://127.0.0.1:{self.recant.port}/.well-known/jwks.json")

    def judge_tokens(self, path):
        program = self.start_program(path)
        try:
            tokens = self.recant.sign_in()
            self.assertEqual(program.judge(tokens.access), f"valid {tokens.user_id}")
            self.assertEqual(program.judge(tokens.access), f"valid {tokens.user_id}")
            self.assertEqual(program.judge(tokens.access[:-4] + "AAAA"), "invalid ")
            self.recant.logout(tokens.access)
            wait_until(lambda: program.judge(tokens.access) == f"revoked {tokens.user_id}", "the token is dead here, too")
            again = self.recant.sign_in()
            self.assertEqual(program.judge(again.access), f"valid {again.user_id}")
        finally:
            self.assertEqual(program.end(), 0)

    def test_a_program_in_cpp17_found_by_cmake(self):
        path = self.build_cpp()
        self.assertLessEqual(needed_by(path) - NEEDED, {"librecant.so.0.1"})
        self.judge_tokens(path)

    def test_a_program_in_c99_found_by_pkg_config(self):
        path = self.build_c()
        self.assertEqual(needed_by(path), {"librecant.so.0.1", "libc.so.6"})
        self.judge_tokens(path)

    def test_what_is_installed_is_what_a_program_needs(self):
        files = {os.path.relpath(os.path.join(folder, name), self.prefix)
                 for folder, _, names in os.walk(self.prefix) for name in names}
        there = {re.sub(r"^lib/[^/]*-linux-gnu[^/]*/", "lib/", name) for name in files
                 if not name.startswith(("cpp/", "consumer-c", "share/doc/"))}
        self.assertEqual(there, {
            "include/recant/recant.h", "include/recant/verifier.hpp", "lib/librecant.so", "lib/librecant.so.0.1",
            "lib/librecant.so.0.1.0", "lib/pkgconfig/recant.pc", "lib/cmake/recant/recant-config.cmake",
            "lib/cmake/recant/recant-config-release.cmake", "lib/cmake/recant/recant-config-version.cmake"})

    def test_the_library_needs_openssl_and_libsodium_and_nothing_else(self):
        path = os.path.join(self.library, "librecant.so.0.1")
        self.assertLessEqual(needed_by(path), NEEDED)
        self.assertIn("[librecant.so.0.1]", run("readelf", "--dynamic", path))

    def test_the_library_shows_what_its_headers_declare_and_nothing_else(self):
        lines = run("nm", "--dynamic", "--defined-only", "--demangle", "--without-symbol-versions",
                    os.path.join(self.library, "librecant.so.0.1")).splitlines()
        shown = [line.split(" ", 2)[2] for line in lines if " A " not in line]
        allowed = re.compile(r"recant_\w+|recant::(Checked|Verifier)::[~\w\[\]:]+\(.*"
                             r"|recant::Checked::operator=\(.*|recant::(to_string|version)\(.*")
        self.assertEqual([name for name in shown if not allowed.fullmatch(name)], [])
        with open(os.path.join(ROOT, "include/recant/recant.h")) as header:
            declared = set(re.findall(r"^RECANT_API [^;(]*?(recant_\w+)\(", header.read(), re.MULTILINE))
        self.assertGreater(len(declared), 20)
        self.assertEqual({name for name in shown if name.startswith("recant_")}, declared)

    def test_each_header_stands_alone(self):
        include = self.installed("include")
        for compiler, language, name in (("g++", "c++17", "verifier.hpp"), ("gcc", "c99", "recant.h"),
                                         ("g++", "c++17", "recant.h")):
            with self.subTest(compiler=compiler, name=name):
                source = self.installed("cpp-" + name + (".c" if compiler == "gcc" else ".cpp"))
                with open(source, "w") as file:
                    file.write(f"#include <recant/{name}>\n#include <recant/{name}>\nint main(void) {{ return 0; }}\n")
                self.addCleanup(lambda path=source: os.path.exists(path) and os.remove(path))
                run(compiler, f"-std={language}", "-fsyntax-only", "-pedantic", "-Wall", "-Wextra", "-Werror",
                    "-I", include, source)

    def test_what_the_page_shows_compiles(self):
        with open(os.path.join(ROOT, "docs/library.md")) as page:
            blocks = re.findall(r"^```(cpp|c)\n(.*?)^```$", page.read(), re.MULTILINE | re.DOTALL)
        self.assertEqual(sorted(language for language, _ in blocks), ["c", "cpp", "cpp"])
        for language, text in blocks:
            compiler, standard = ("g++", "c++17") if language == "cpp" else ("gcc", "c99")
            source = self.installed("cpp-page." + language)
            with open(source, "w") as file:
                file.write(text)
            self.addCleanup(lambda path=source: os.path.exists(path) and os.remove(path))
            run(compiler, f"-std={standard}", "-fsyntax-only", "-pedantic", "-Wall", "-Wextra", "-Werror",
                "-I", self.installed("include"), source)

    def test_the_headers_name_no_third_party(self):
        for name in ("verifier.hpp", "recant.h"):
            with open(os.path.join(ROOT, "include/recant", name)) as file:
                included = re.findall(r"#include [<\"](.*)[>\"]", file.read())
            self.assertTrue(included)
            self.assertEqual([i for i in included if not re.fullmatch(r"[a-z_]+|std(def|int)\.h", i)], [])


if __name__ == "__main__":
    unittest.main()
