"""bindings/node as whoever uses it has it: packed, and compiled by `npm install` against the library's prefix."""
import fcntl
import os
import shutil
import subprocess
import tempfile

import contract
from harness import node_packages
from harness.recant import ROOT, clean_environment

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")


def environment(**more):
    """Of npm: where the library is, and every warning of the compiler an error."""
    found = {"PKG_CONFIG_PATH": os.path.join(contract.library_folder(), "pkgconfig"), "CFLAGS": "-Werror"}
    return clean_environment(**found) | more


def run(*command, cwd, env, code=0):
    """What it wrote."""
    done = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)
    assert done.returncode == code, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def pack(folder):
    """The path of the package that npm makes of bindings/node."""
    name = run("npm", "pack", "--silent", "--pack-destination", folder, os.path.join(ROOT, "bindings/node"),
               cwd=folder, env=environment()).split()[-1]
    return os.path.join(folder, name)


def install(folder, package, code=0, **more):
    """What npm wrote. Nothing is asked of a registry: the package needs no other."""
    return run("npm", "install", "--offline", "--no-audit", "--no-fund", "--no-save", package, cwd=folder,
               env=environment(**more), code=code)


def project(cls):
    """A folder with node_modules/recant, for the tests of a class."""
    lacking = node_packages.lacking()
    assert lacking is None, lacking
    folder = tempfile.mkdtemp(prefix="recant-node-")
    cls.addClassCleanup(shutil.rmtree, folder)
    with open(os.path.join(folder, "package.json"), "w") as file:
        file.write('{"private": true}')
    install(folder, pack(folder))
    return folder


def frameworks():
    """Where node_modules holds what node/package-lock.json names: express, fastify and the compiler of TypeScript."""
    folder = os.path.join(os.environ["RECANT_BINDINGS_TREE"], "node")
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:  # other tests may want the same at this moment
        fcntl.flock(lock, fcntl.LOCK_EX)
        wrong = node_packages.lacking() or node_packages.install(HERE, folder)
    assert wrong is None, wrong
    return os.path.join(folder, "node_modules")
