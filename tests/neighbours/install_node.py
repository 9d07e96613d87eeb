"""Installs the Node packages that services beside Recant use, once for each lock file.

    install_node.py FOLDER      afterwards FOLDER/node_modules holds what node/package-lock.json names
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
NODE_LEAST = 18


def lacking():
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return f"{tool} is missing: scripts/install node installs it"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    major = re.match(r"v(\d+)", version)
    if not major or int(major[1]) < NODE_LEAST:
        return f"node is {version or 'broken'}, and {NODE_LEAST} is the least (scripts/install node)"
    return None


def install(folder):
    """What went wrong, or None."""
    with open(os.path.join(HERE, "package-lock.json"), "rb") as lock:
        wanted = hashlib.sha256(lock.read()).hexdigest()
    stamp = os.path.join(folder, "installed")
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return None
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, name), folder)
    run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                         capture_output=True, text=True)
    if run.returncode:
        return ("npm could not install what tests/neighbours/node needs (is the registry reached?): "
                + run.stderr.strip()[-1000:])
    with open(stamp, "w") as file:
        file.write(wanted)
    return None


if __name__ == "__main__":
    sys.exit(lacking() or install(os.path.abspath(sys.argv[1])))
