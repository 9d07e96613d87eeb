"""Runs clang-tidy over the sources of src/, in parallel, and remembers what was clean.

A file is looked at again only when something that the verdict depends on has changed: its own bytes
or those of any header of ours that it includes, its compile command, .clang-tidy, the tool. Verdicts
are kept by that hash, outside the clone, so that a fresh clone finds them too.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/dev"
TOOL = "clang-tidy-19"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "recant/tidy"
KEEP_SECONDS = 30 * 24 * 3600


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def dependencies():
    """object file → headers and sources of this repository, as the compiler reported them."""
    found, current = {}, None
    for line in output("ninja", "-C", str(BUILD), "-t", "deps").splitlines():
        if line.startswith("    "):
            path = pathlib.Path(os.path.normpath(BUILD / line.strip()))
            if path.is_relative_to(ROOT):
                current.append(path)
        elif ":" in line:
            current = found.setdefault(line.split(":")[0], [])
    return found


def units():
    """(source, what its verdict depends on) for each source of src/."""
    tool = output(TOOL, "--version") + output("g++", "--version") + (ROOT / ".clang-tidy").read_text()
    includes = dependencies()
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if not source.is_relative_to(ROOT / "src"):
            continue
        digest = hashlib.sha256((tool + entry["command"].replace(str(ROOT), "")).encode())
        compiled = re.search(r" -o (\S+)", entry["command"]).group(1)
        for path in sorted({source, *includes[compiled]}):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
        yield source, digest.hexdigest()


def check(source):
    """The compiler that builds judges warnings; clang's own, about its library mostly, are not asked for."""
    done = subprocess.run([TOOL, "-p", str(BUILD), "--quiet", "--warnings-as-errors=*", "--extra-arg=-Wno-error",
                           str(source)], capture_output=True, text=True)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def main(jobs):
    CACHE.mkdir(parents=True, exist_ok=True)
    for mark in CACHE.iterdir():
        if mark.stat().st_mtime < time.time() - KEEP_SECONDS:
            mark.unlink(missing_ok=True)
    everything = list(units())
    due = [(source, key) for source, key in everything if not (CACHE / key).exists()]
    print(f"clang-tidy: {len(everything)} files, {len(due)} to look at", flush=True)
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(check, source): (source, key) for source, key in due}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            source, key = running[future]
            status, text = future.result()
            if status:
                failures += 1
                print(text, flush=True)
            else:
                (CACHE / key).touch()
            print(f"[{number}/{len(due)}] {source.relative_to(ROOT)}{': FAILED' if status else ''}", flush=True)
    for _, key in everything:
        if (CACHE / key).exists():
            os.utime(CACHE / key)
    if failures:
        print(f"clang-tidy: {failures} files have findings (see above)")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
