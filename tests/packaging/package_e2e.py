"""The Debian package: installed into a clean root, started there as its unit says, and removed without
a trace but its data."""
import glob
import itertools
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

from clean_root import CleanRoot, run
from harness import http
from harness.ports import free_port
from harness.process import Process, wait_until
from harness.recant import ROOT, Recant
from harness.verbs import Verbs

BUILD = os.environ["RECANT_BUILD"]
UNIT = "usr/lib/systemd/system/recant.service"
CONFIG = "etc/recant/recant.toml"
DATA = "var/lib/recant"


class Manager:
    """What systemd is to a service with Type=notify, inside of a root."""
    _numbers = itertools.count()

    def __init__(self, root):
        self.address = f"/run/notify-{next(self._numbers)}"
        self.told = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._path = root.inside(self.address)
        self._socket.bind(self._path)
        os.chmod(self._path, 0o666)
        self._socket.settimeout(30)

    def wait_for(self, text):
        while text not in self.told:
            self.told += self._socket.recv(4096).decode()

    def close(self):
        self._socket.close()
        os.unlink(self._path)


class Unit:
    def __init__(self, path):
        with open(path) as file:
            self.settings = [line.strip().partition("=")[::2] for line in file if re.match(r"\w+=", line)]

    def all(self, name):
        return [value for key, value in self.settings if key == name]

    def one(self, name):
        value, = self.all(name)
        return value


class Served(Verbs):
    """The server in the root, started with its unit's own words as its unit's own user."""

    def __init__(self, root):
        self.root, self.port = root, free_port()
        self.unit = Unit(root.inside(UNIT))
        self.manager = Manager(root)
        self.process = None

    def start(self):
        self._make_state_directory()
        run(*self.command("ExecStartPre"), env=self.environment())
        self.process = Process(self.command("ExecStart"), self.root.inside("tmp/recant.log"), self.environment())
        try:
            self.manager.wait_for("READY=1\n")
        except socket.timeout:
            raise AssertionError("it told nobody that it is ready:\n" + self.process.output()) from None

    def _make_state_directory(self):
        path = self.root.inside("var/lib", self.unit.one("StateDirectory"))
        if not os.path.exists(path):
            os.mkdir(path, int(self.unit.one("StateDirectoryMode"), 8))
            user = self.unit.one("User")
            with open(self.root.inside("etc/passwd")) as file:
                uid, gid = next(line.split(":")[2:4] for line in file if line.startswith(user + ":"))
            os.chown(path, int(uid), int(gid))

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": self.manager.address,
                "RECANT_SERVER_LISTEN": f"127.0.0.1:{self.port}"}

    def command(self, name):
        user, group = self.unit.one("User"), self.unit.one("Group")
        return ["/usr/sbin/chroot", f"--userspec={user}:{group}", self.root.path, *shlex.split(self.unit.one(name))]

    @property
    def admin_key(self):
        with open(self.root.inside(DATA, "admin.key")) as file:
            return file.read().strip()

    def call(self, method, path, body=None, bearer=None):
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        return http.call(self.port, method, path, body, headers)

    def admin(self, method, path, body=None):
        return self.call(method, path, body, bearer=self.admin_key)

    def terminate(self):
        """As systemctl stop does; the exit code."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait(30)

    def end(self):
        if self.process and not self.process.ended():
            self.process.end()
        self.manager.close()


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="recant-package-")
        cls.addClassCleanup(shutil.rmtree, cls.home)
        run("cpack", "-G", "DEB", "-B", cls.home, cwd=BUILD)
        cls.package, = glob.glob(cls.home + "/recant_*.deb")
        cls.root = CleanRoot()
        cls.addClassCleanup(cls.root.remove)
        for folder in ("proc", "dev"):
            run("mount", "--bind", f"/{folder}", cls.root.inside(folder))
            cls.addClassCleanup(run, "umount", cls.root.inside(folder))
        shutil.copy(cls.package, cls.root.inside("tmp/recant.deb"))
        cls.libraries = sorted(glob.glob(cls.home + "/librecant*.deb"))
        for library in cls.libraries:
            shutil.copy(library, cls.root.inside("tmp"))
        # What it needs of others comes first and stays, so that what is left behind is its own.
        needs = run("dpkg-deb", "--field", cls.package, "Depends", "Recommends")
        needs += run("dpkg-deb", "--field", cls.libraries[-1], "Depends", "Recommends")
        # Both engines of the database come along (docs/database.md), whoever leaves recommended packages out.
        depends = run("dpkg-deb", "--field", cls.package, "Depends")
        for engine in ("libsoci-sqlite3-4.0", "libsoci-postgresql4.0"):
            assert engine in depends, depends
        names = re.findall(r"(?:^|[:,]) ?([a-z0-9][a-z0-9.+-]+)(?= \(|,|$)", needs, re.MULTILINE)
        cls.root.run("apt-get", "update", "-q")
        cls.root.run("apt-get", "install", "-q", "-y", "--no-install-recommends", *names)
        cls.before, cls.users_before = cls.root.files(), cls.root.users()

    def setUp(self):
        self.root.run("apt-get", "install", "-q", "-y", "--no-install-recommends", "/tmp/recant.deb")

    def tearDown(self):
        subprocess.run(["chroot", self.root.path, "dpkg", "--purge", "recant"], capture_output=True)
        shutil.rmtree(self.root.inside(DATA), ignore_errors=True)

    def serve(self):
        served = Served(self.root)
        self.addCleanup(served.end)
        served.start()
        return served

    def left_behind(self):
        return {name for name in self.root.files() - self.before if name != DATA and not name.startswith(DATA + "/")}

    def test_it_installs_what_a_user_looks_for(self):
        self.assertRegex(self.root.run("recant", "version"), r"^recant \d")
        for name in ("usr/share/man/man1/recant.1", "usr/share/man/man1/recant-user-add.1",
                     "usr/share/bash-completion/completions/recant", "usr/share/zsh/vendor-completions/_recant",
                     "usr/share/fish/vendor_completions.d/recant.fish", "usr/share/doc/recant/copyright",
                     "usr/share/doc/recant/configuration.md", UNIT, CONFIG):
            self.assertTrue(os.path.getsize(self.root.inside(name)), name)
        # Nobody else may read a configuration in which somebody will write a password.
        for name, mode in (("etc/recant", 0o750), (CONFIG, 0o640)):
            self.assertEqual(stat.S_IMODE(os.stat(self.root.inside(name)).st_mode), mode, name)
        self.assertIn("recant", self.root.users())

    def test_the_library_comes_in_two_packages_and_goes_again(self):
        names = [run("dpkg-deb", "--field", path, "Package").strip() for path in self.libraries]
        self.assertEqual(sorted(names), ["librecant-dev", "librecant0.1"])
        before = self.root.files()
        self.root.run("apt-get", "install", "-q", "-y", "--no-install-recommends",
                      *("/tmp/" + os.path.basename(path) for path in self.libraries))
        self.assertIn("librecant.so.0.1", self.root.run("ldconfig", "-p"))
        self.assertRegex(self.root.run("ldd", "/usr/lib/librecant.so.0.1"), r"libsodium\.so\.23 => /")
        for name in ("usr/include/recant/verifier.hpp", "usr/include/recant/recant.h", "usr/lib/librecant.so",
                     "usr/lib/pkgconfig/recant.pc", "usr/lib/cmake/recant/recant-config.cmake"):
            self.assertTrue(os.path.getsize(self.root.inside(name)), name)
        self.root.run("dpkg", "--purge", *names)
        self.assertEqual(self.root.files() - before, set())

    def test_it_serves_as_its_unit_says_and_keeps_its_data(self):
        served = self.serve()
        wait_until(lambda: served.call("GET", "/readyz").status == 200, "it is ready")
        served.manager.wait_for("STATUS=Serving.\n")
        user = served.create_user()
        tokens = served.login(user)
        self.assertEqual(served.check(tokens.access).status, 200)
        # The administrator's own commands, with nothing but the configuration to go by.
        accounts = self.root.run("recant", "user", "list", "--config", "/" + CONFIG,
                                 "--server", f"http://127.0.0.1:{served.port}")
        self.assertIn(user.name, accounts)
        self.assertEqual(served.terminate(), 0)
        served.manager.wait_for("STOPPING=1\n")

        self.root.run("dpkg", "--remove", "recant")
        self.assertEqual(self.left_behind(), {"etc/recant", CONFIG, *self.enabled()})
        self.root.run("dpkg", "--install", "/tmp/recant.deb")
        again = self.serve()
        self.assertEqual(again.check(tokens.access).status, 200, "the session has outlived it")
        again.login(user)

    def enabled(self):
        """What deb-systemd-helper remembers of a service while its configuration is there."""
        return {name for name in self.root.files() - self.before if "deb-systemd-helper" in name
                or name.startswith("etc/systemd/system/")}

    def test_purged_it_leaves_its_data_and_their_owner(self):
        self.assertEqual(self.serve().terminate(), 0)
        self.root.run("dpkg", "--purge", "recant")
        self.assertEqual(self.left_behind(), set())
        self.assertTrue(os.path.exists(self.root.inside(DATA, "admin.key")))
        self.assertEqual(self.root.users() - self.users_before, {"recant"})

    def test_purged_without_data_it_leaves_nothing(self):
        self.root.run("dpkg", "--purge", "recant")
        self.assertEqual(self.left_behind(), set())
        self.assertEqual(self.root.users(), self.users_before)

    def test_an_administrators_configuration_outlives_an_update(self):
        with open(self.root.inside(CONFIG), "a") as file:
            file.write('# ours\n')
        self.root.run("dpkg", "--force-confold", "--install", "/tmp/recant.deb")
        with open(self.root.inside(CONFIG)) as file:
            self.assertIn("# ours", file.read())


def system_calls(names):
    """Sets (@system-service) as systemd knows them, taken apart."""
    found = set()
    for name in names:
        if not name.startswith("@"):
            found.add(name)
            continue
        text = run("systemd-analyze", "--no-pager", "syscall-filter", name)
        found |= system_calls(re.findall(r"^    (@?[a-z_0-9-]+)$", text, re.MULTILINE))
    return found


class UnitFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="recant-prefix-")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.unit = os.path.join(cls.prefix, "lib/systemd/system/recant.service")

    def test_systemd_understands_it_and_the_example_for_secrets(self):
        drop_ins = self.unit + ".d"
        os.makedirs(drop_ins, exist_ok=True)
        shutil.copy(os.path.join(ROOT, "packaging/systemd/credentials.conf"), drop_ins)
        self.assertEqual(self.complaints(), [])
        with open(os.path.join(drop_ins, "wrong.conf"), "w") as file:
            file.write("[Service]\nProtectSytem=yes\n")
        self.assertEqual(len(self.complaints()), 1, "it looks at all of it")
        shutil.rmtree(drop_ins)

    def complaints(self):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", self.unit], capture_output=True, text=True)
        return [line for line in done.stderr.splitlines() if "recant" in line]

    def test_all_that_the_server_and_its_redis_ask_of_the_kernel_is_allowed(self):
        unit = Unit(self.unit)
        allowed = set()
        for rule in unit.all("SystemCallFilter"):
            calls = system_calls(rule.lstrip("~").split())
            allowed = allowed - calls if rule.startswith("~") else allowed | calls
        home = tempfile.mkdtemp(prefix="recant-strace-")
        self.addCleanup(shutil.rmtree, home)
        trace = os.path.join(home, "trace")
        recant = Recant(start=False, environment={"NOTIFY_SOCKET": "@recant-test"})
        self.addCleanup(recant.end)
        recant.wrapper = ["strace", "-D", "-f", "-qq", "-o", trace]
        recant.start()
        tokens = recant.sign_in()
        recant.refresh(tokens)
        recant.check(tokens.access)
        self.assertEqual(recant.terminate(), 0)
        with open(trace) as file:
            asked = set(re.findall(r"^\d+ +(?:<\.\.\. )?([a-z_0-9]+)[( ]", file.read(), re.MULTILINE))
        self.assertIn("epoll_wait", asked)
        self.assertIn("execve", asked)
        of_root = {"fchown"}  # SQLite's, which asks it as root only
        self.assertEqual(asked - allowed - of_root, set())

    def test_it_is_hardened(self):
        """systemd's own measure, from 0 (locked up) to 10; most services have over 9."""
        told = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", self.unit],
                              capture_output=True, text=True).stdout
        exposure = float(re.search(r"exposure level for recant.service: ([0-9.]+)", told).group(1))
        self.assertLess(exposure, 1.5, told)

    def test_under_a_prefix_of_ones_own_the_unit_names_it(self):
        unit = Unit(self.unit)
        self.assertEqual(unit.one("ExecStart"), f"{self.prefix}/bin/recant serve --config {self.prefix}/etc/recant/recant.toml")
        self.assertIn("recant ", run(self.prefix + "/bin/recant", "version"))
        run(self.prefix + "/bin/recant", "config", "check", "--config", self.prefix + "/etc/recant/recant.toml")

    def test_an_installation_keeps_a_configuration_that_is_there(self):
        config = self.prefix + "/etc/recant/recant.toml"
        with open(config, "a") as file:
            file.write("# ours\n")
        run("cmake", "--install", BUILD, "--prefix", self.prefix)
        with open(config) as file:
            self.assertIn("# ours", file.read())


if __name__ == "__main__":
    unittest.main()
