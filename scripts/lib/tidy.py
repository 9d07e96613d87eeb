"""Runs clang-tidy over the sources of src/ and of examples/, in parallel, and remembers what was clean.

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


def digest_of(tool, how, paths):
    digest = hashlib.sha256((tool + how).encode())
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def units():
    """(source, its options, what its verdict depends on) for each source."""
    tool = output(TOOL, "--version") + output("g++", "--version") + (ROOT / ".clang-tidy").read_text()
    yield from units_of_src(tool)
    yield from units_of_examples(tool)


def units_of_src(tool):
    includes = dependencies()
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if not source.is_relative_to(ROOT / "src"):
            continue
        compiled = re.search(r" -o (\S+)", entry["command"]).group(1)
        key = digest_of(tool, entry["command"].replace(str(ROOT), ""), {source, *includes[compiled]})
        yield source, ["-p", str(BUILD)], key


def units_of_examples(tool):
    """Programs of their own, which the build does not know: compiled as their users do, against include/."""
    options = ["--header-filter=/examples/", "--", "-std=c++20", "-I", str(ROOT / "include")]
    for source in sorted((ROOT / "examples").rglob("*.cpp")):
        headers = {*source.parent.glob("*.hpp"), *(ROOT / "include").rglob("*.h*")}
        yield source, options, digest_of(tool, " ".join(options).replace(str(ROOT), ""), {source, *headers})


def check(source, options):
    """The compiler that builds judges warnings; clang's own, about its library mostly, are not asked for."""
    done = subprocess.run([TOOL, "--quiet", "--warnings-as-errors=*", "--extra-arg=-Wno-error", str(source), *options],
                          capture_output=True, text=True)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def main(jobs):
    CACHE.mkdir(parents=True, exist_ok=True)
    for mark in CACHE.iterdir():
        if mark.stat().st_mtime < time.time() - KEEP_SECONDS:
            mark.unlink(missing_ok=True)
    everything = list(units())
    due = [unit for unit in everything if not (CACHE / unit[-1]).exists()]
    print(f"clang-tidy: {len(everything)} files, {len(due)} to look at", flush=True)
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(check, source, options): (source, key) for source, options, key in due}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            source, key = running[future]
            status, text = future.result()
            if status:
                failures += 1
                print(text, flush=True)
            else:
                (CACHE / key).touch()
            print(f"[{number}/{len(due)}] {source.relative_to(ROOT)}{': FAILED' if status else ''}", flush=True)
    for *_, key in everything:
        if (CACHE / key).exists():
            os.utime(CACHE / key)
    if failures:
        print(f"clang-tidy: {failures} files have findings (see above)")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
