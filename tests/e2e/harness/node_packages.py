"""Node, and the packages of a lock file, installed once into a folder; scripts of packages are not run."""
import hashlib
import os
import re
import shutil
import subprocess

NODE_LEAST = 18


def lacking():
    """Why there is no Node to use, or None."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return f"{tool} is missing: scripts/install node installs it"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    major = re.match(r"v(\d+)", version)
    if not major or int(major[1]) < NODE_LEAST:
        return f"node is {version or 'broken'}, and {NODE_LEAST} is the least (scripts/install node)"
    return None


def install(source, folder):
    """Afterwards `folder`/node_modules holds what `source`/package-lock.json names. What went wrong, or None."""
    with open(os.path.join(source, "package-lock.json"), "rb") as lock:
        wanted = hashlib.sha256(lock.read()).hexdigest()
    stamp = os.path.join(folder, "installed")
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return None
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(source, name), folder)
    try:
        run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                             capture_output=True, text=True, timeout=250)
    except subprocess.TimeoutExpired:
        return f"npm did not install what {source} needs within 250 s (is the registry reached?)"
    if run.returncode:
        return f"npm could not install what {source} needs (is the registry reached?): {run.stderr.strip()[-1000:]}"
    with open(stamp, "w") as file:
        file.write(wanted)
    return None
