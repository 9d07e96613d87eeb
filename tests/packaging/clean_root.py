"""A Debian 12 with nothing on it but what is essential and apt, made with mmdebstrap from the package
sources that this machine has; removed at the end. Needs root, as installing a package does."""
import glob
import os
import shutil
import subprocess
import tempfile

SOURCES = glob.glob("/etc/apt/sources.list.d/*.sources") + glob.glob("/etc/apt/sources.list.d/*.list") + [
    path for path in ["/etc/apt/sources.list"] if os.path.exists(path) and os.path.getsize(path)]
# What this machine's apt needs to know to reach its sources.
TOLD = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until", "Acquire::Check-Date")
# What apt and dpkg keep for themselves, and caches.
NOT_OF_PACKAGES = ("var/lib/apt", "var/lib/dpkg", "var/cache", "var/log", "tmp", "run", "dev", "proc",
                   "etc/ld.so.cache", "etc/resolv.conf", "etc/hosts",
                   # accounts, which are compared by name, and their backups
                   "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid",
                   "etc/.pwd.lock")


def run(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=250, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def apt_options():
    dump = run("apt-config", "dump")
    return [f"--aptopt={line}" for line in dump.splitlines() if line.split(" ")[0] in TOLD and not line.endswith('"";')]


class CleanRoot:
    def __init__(self):
        if os.geteuid() != 0:
            raise AssertionError("a package is installed by root; run this test as root")
        self.path = tempfile.mkdtemp(prefix="recant-root-")
        os.chmod(self.path, 0o755)
        run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", *apt_options(),
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/recant/*",
            "bookworm", self.path, *SOURCES)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", self.inside("etc", name))

    def remove(self):
        shutil.rmtree(self.path)

    def inside(self, *parts):
        return os.path.join(self.path, *(part.lstrip("/") for part in parts))

    def run(self, *command):
        """As root, in there; services are not started, as policy-rc.d has it where there is no systemd."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        return run("chroot", self.path, *command, env=environment)

    def files(self):
        """Of all packages together."""
        found = set()
        for folder, folders, files in os.walk(self.path):
            short = os.path.relpath(folder, self.path)
            folders[:] = [f for f in folders if not self._is_of_none(os.path.join(short, f))]
            found.update(os.path.normpath(os.path.join(short, name)) for name in (*files, *folders))
        return {name for name in found if not self._is_of_none(name)}

    @staticmethod
    def _is_of_none(name):
        name = os.path.normpath(name).rstrip("-")
        return any(name == known or name.startswith(known + "/") for known in NOT_OF_PACKAGES)

    def users(self):
        with open(self.inside("etc/passwd")) as file:
            return {line.partition(":")[0] for line in file}
