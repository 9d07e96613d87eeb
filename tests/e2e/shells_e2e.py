"""What `recant completion` and `recant man` print, in the real shells and before the real readers of manuals."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness.cli import Terminal, run, without_escapes
from harness.process import wait_until
from harness.recant import BINARY


def commands():
    """{"user add": {"--scope", …}} by the help, which is what a person would type from."""
    names = re.findall(r"^  ([a-z-]+(?: [a-z-]+)?)   ", run("--help").out, re.MULTILINE)
    return {name: set(re.findall(r"^  (--[a-z][a-z._-]+)", run(*name.split(), "--help").out, re.MULTILINE))
            for name in names}


class Shell(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="recant-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.commands = commands()
        assert len(cls.commands) > 20, cls.commands
        os.mkdir(os.path.join(cls.home, "with space"))
        for name in ("key one.pem", "readme"):
            open(os.path.join(cls.home, name), "w").close()

    def script(self, shell, name):
        done = run("completion", shell)
        self.assertEqual((done.code, done.err), (0, ""), done)
        path = os.path.join(self.home, name)
        with open(path, "w") as file:
            file.write(done.out)
        return path

    def check(self, *words):
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=self.home)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), words)


class Bash(Shell):
    def setUp(self):
        self.path = self.script("bash", "recant.bash")

    def complete(self, *words):
        """COMPREPLY, as readline would see it after these words; the last is being typed."""
        program = ('source "$1"; shift; COMP_WORDS=(recant "$@"); COMP_CWORD=$#; _recant;'
                   ' printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", program, "bash", self.path, *words], text=True,
                              capture_output=True, timeout=60, cwd=self.home)
        self.assertEqual(done.returncode, 0, done)
        return {line for line in done.stdout.splitlines() if line}

    def test_syntax(self):
        self.check("bash", "-n", self.path)
        self.check("shellcheck", self.path)

    def test_commands(self):
        firsts = {name.split()[0] for name in self.commands}
        self.assertEqual(self.complete(""), firsts | {"help"})
        self.assertEqual(self.complete("us"), {"user"})
        self.assertEqual(self.complete("user", ""),
                         {name.split()[1] for name in self.commands if name.startswith("user ")})
        self.assertEqual(self.complete("admin-key", "r"), {"remove"})
        self.assertEqual(self.complete("nonsense", ""), set())

    def test_options_of_every_command(self):
        for name, options in self.commands.items():
            self.assertEqual(self.complete(*name.split(), "-"), options | {"--help"}, name)
        self.assertEqual(self.complete("user", "add", "alice", "--sco"), {"--scope"})

    def test_values(self):
        self.assertEqual(self.complete("keys", "rotate", "--only", ""), {"access", "refresh"})
        self.assertEqual(self.complete("keys", "rotate", "--only", "=", "r"), {"refresh"})
        self.assertEqual(self.complete("keys", "rotate", "--only", "="), {"access", "refresh"})
        self.assertIn("EdDSA", self.complete("serve", "--token.algorithm", "E"))
        self.assertEqual(self.complete("completion", ""), {"bash", "zsh", "fish"})
        self.assertEqual(self.complete("user", "add", "--scope", ""), set())

    def test_files_and_directories(self):
        self.assertEqual(self.complete("user", "list", "--ca", "k"), {"key one.pem"})
        self.assertIn("readme", self.complete("user", "import", "rea"))
        self.assertEqual(self.complete("man", "--out", "w"), {"with space"})
        self.assertEqual(self.complete("man", "--out", "k"), set())

    def test_in_a_bash_at_a_terminal(self):
        with ShellTerminal("bash", "--norc", "--noprofile", "-i", home=self.home) as bash:
            bash.type(f"source recant.bash; PATH={os.path.dirname(BINARY)}:$PATH; echo REA''DY\n")
            bash.expect("READY")
            bash.type("recant admin-key rem\t--conf\t")
            bash.expect("recant admin-key remove --config ")


class Zsh(Shell):
    def setUp(self):
        self.path = self.script("zsh", "_recant")

    def test_syntax(self):
        self.check("zsh", "-f", "-n", self.path)

    def test_in_a_zsh_at_a_terminal(self):
        with ShellTerminal("zsh", "-f", "-i", home=self.home, PS1="> ") as zsh:
            zsh.type(f"unsetopt zle_bracketed_paste; fpath=($PWD $fpath); autoload -Uz compinit;"
                     f" compinit -u -D; zstyle ':completion:*' list-prompt ''; echo REA''DY\n")
            zsh.expect("READY")
            zsh.type("recant adm\trem\t")
            zsh.expect("admin-key remove ")
            zsh.type("--admin-key-f\t")
            zsh.expect("--admin-key-file")
            zsh.type("\x15recant keys rotate --only=ref\t")
            zsh.expect("--only=refresh")
            zsh.type("\x15recant user list --ca key\t")
            zsh.expect("key\\ one.pem")
            zsh.type("\x15recant us\t\t\t")
            listed = zsh.expect("Remove an account for good.")
            for name in (n for n in self.commands if n.startswith("user ")):
                self.assertIn(name.split()[1], listed)


class ShellTerminal(Terminal):
    """A shell in place of recant."""

    def __init__(self, *words, home, **more):
        self.program = words[0]
        super().__init__(*words[1:], cwd=home, columns=200, program=shutil.which(words[0]),
                         HOME=home, INPUTRC="/dev/null", **more)

    def expect(self, part, seconds=60):
        """Shells draw with escapes and go back to draw again."""
        wait_until(lambda: part in self._drawn(), f"{self.program} shows {part!r}", seconds)
        came, self.text = self._drawn(), ""
        return came

    def _drawn(self):
        self.read_what_is_there()
        return re.sub(r"[^\x08]\x08", "", without_escapes(self.text))


class Fish(Shell):
    def setUp(self):
        self.path = self.script("fish", "recant.fish")

    def complete(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", f'source recant.fish; complete -C "{line}"'],
                              capture_output=True, text=True, timeout=60, cwd=self.home,
                              env=os.environ | {"HOME": self.home})
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return {entry.split("\t")[0] for entry in done.stdout.splitlines() if entry}

    def test_syntax(self):
        self.check("fish", "--no-config", "-n", self.path)

    def test_commands(self):
        self.assertEqual(self.complete("recant "), {name.split()[0] for name in self.commands})
        self.assertEqual(self.complete("recant user "),
                         {name.split()[1] for name in self.commands if name.startswith("user ")})

    def test_options_of_every_command(self):
        for name, options in self.commands.items():
            self.assertEqual(self.complete(f"recant {name} --"), options | {"--help"}, name)

    def test_values(self):
        self.assertEqual(self.complete("recant keys rotate --only "), {"access", "refresh"})
        self.assertEqual(self.complete("recant completion "), {"bash", "zsh", "fish"})
        self.assertEqual(self.complete("recant user add --scope "), set())
        self.assertIn("key one.pem", {name.replace("\\", "") for name in self.complete("recant user list --ca k")})
        self.assertEqual(self.complete("recant user add k"), set())


class Manual(Shell):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.man = os.path.join(cls.home, "share", "man1")
        done = run("man", "--out", cls.man)
        assert (done.code, done.err) == (0, ""), done

    def pages(self):
        return sorted(os.listdir(self.man))

    def test_a_page_for_each_command_and_one_for_all(self):
        wanted = {"recant-" + name.replace(" ", "-") + ".1" for name in self.commands}
        self.assertEqual(set(self.pages()), wanted | {"recant.1"})

    def test_groff_and_mandoc_find_nothing(self):
        for page in self.pages():
            path = os.path.join(self.man, page)
            done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", path], capture_output=True,
                                  text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", path], capture_output=True,
                                  text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (0, ""), page)

    def test_man_shows_them_without_a_warning(self):
        for page in self.pages():
            done = subprocess.run(["man", "--warnings", "-l", os.path.join(self.man, page)],
                                  capture_output=True, text=True, timeout=60,
                                  env=os.environ | {"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            self.assertIn("SEE ALSO", done.stdout)

    def test_what_is_shown_is_what_help_says(self):
        """Every option and every example, letter for letter: so nothing was taken for a request or an escape."""
        for name in self.commands:
            page = os.path.join(self.man, "recant-" + name.replace(" ", "-") + ".1")
            shown = subprocess.run(["mandoc", "-Tutf8", "-O", "width=500", page], text=True, timeout=60,
                                   capture_output=True).stdout
            shown = re.sub(r".\x08", "", shown)
            help_text = run(*name.split(), "--help").out
            examples = help_text.partition("\nExamples\n")[2].partition("\nExit status\n")[0]
            self.assertTrue(examples, name)
            for line in examples.splitlines():
                self.assertIn(line.strip(), shown, name)
            for option in self.commands[name]:
                self.assertIn(option, shown, name)
            flat = " ".join(shown.split())
            for text in re.findall(r"^  --\S+.*\n((?:      .*\n)+)", help_text, re.MULTILINE):
                self.assertIn(" ".join(text.split()), flat, name)

    def test_without_a_directory_it_prints_recant_1(self):
        with open(os.path.join(self.man, "recant.1")) as page:
            self.assertEqual(run("man").out, page.read())

    def test_a_directory_that_cannot_be_written_is_told(self):
        done = run("man", "--out", os.path.join(self.home, "readme", "x"))
        self.assertEqual((done.code, done.out), (1, ""), done)
        self.assertIn("cannot be written", done.err)


if __name__ == "__main__":
    unittest.main()
