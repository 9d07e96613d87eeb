"""bindings/python, installed by pip from a copy of its source and without a network, as users install it."""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile

from contract import library_folder
from harness.process import die_with_parent
from harness.recant import ROOT

DEBIANS_PYTHON = "/usr/bin/python3"  # another may come first in PATH and lack Debian's modules
LIBRARY = os.path.join(library_folder(), "librecant.so.0.1")
# pip knows of no place but the source.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def run(*command, **more):
    """What it printed; it must end well."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, preexec_fn=die_with_parent, **more)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def copy_source(folder):
    """The package's source as a checkout has it, with nothing that an earlier build left there."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    return shutil.copytree(os.path.join(ROOT, "bindings/python"), os.path.join(folder, "bindings/python"), ignore=unwanted)


def _install():
    folder = tempfile.mkdtemp(prefix="recant-python-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    site = os.path.join(folder, "site")
    run(DEBIANS_PYTHON, "-m", "pip", "install", "--no-build-isolation", "--target", site, copy_source(folder),
        env=os.environ | OFFLINE)
    return site


SITE = _install()


def environment(**more):
    """Of a program that uses it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECANT_", "PYTHON"))}
    return kept | {"PYTHONPATH": SITE, "PYTHONDONTWRITEBYTECODE": "1", "RECANT_LIBRARY": LIBRARY} | more


def load():
    """The package, in this process."""
    os.environ["RECANT_LIBRARY"] = LIBRARY
    sys.path.insert(0, SITE)
    import recant
    assert recant.__file__.startswith(SITE), recant.__file__
    return recant


def options_for(recant, **more):
    """Of a verifier beside `recant`, a harness.recant.Recant with a RedisServer."""
    return {"redis_url": recant.server.url, "issuer": "recant", "audience": ["api"],
            "jwks_url": f"http://127.0.0.1:{recant.port}/.well-known/jwks.json"} | more


def threads_of_the_library(process="self"):
    """How many verifiers of it have not ended."""
    names = []
    for task in os.listdir(f"/proc/{process}/task"):
        try:
            with open(f"/proc/{process}/task/{task}/comm") as comm:
                names.append(comm.read().strip())
        except OSError:
            pass  # it has just ended
    return names.count("recant")
