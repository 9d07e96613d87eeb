"""What scripts/bench runs once all is built; its help is that of scripts/bench."""
import argparse
import json
import os
import re
import signal
import subprocess
import sys

from measure import machine, paths, peers
from measure.bench import FULL, QUICK, Bench
from measure.material import Material
from measure.problem import Problem
from parts import PARTS
from report import notes, page

KEPT = os.path.join(paths.BENCH, "results", "latest.json")
PAGE = os.path.join(paths.ROOT, "docs", "benchmarks.md")
README = os.path.join(paths.ROOT, "README.md")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    try:
        if options.page:
            with open(KEPT) as file:
                write(json.load(file), kept=True)
        else:
            measure(options)
    except Problem as problem:
        sys.exit(f"bench: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    return parser.parse_args()


def measure(options):
    names = [name for name in PARTS if name in (options.parts or PARTS)]
    missing = {name: why for name in ("fastify", "express", "go") if (why := peers.make_ready(name))}
    for name, why in missing.items():
        print(f"bench: {name} is left out: {why}", file=sys.stderr)
    if machine.busy() > 0.5:
        print(f"bench: this machine is busy with something else (load {machine.busy():.1f}); "
              "the figures will be worth less", file=sys.stderr)
    results = {
        "date": machine.now(), "commit": machine.commit(), "machine": machine.describe(),
        "versions": versions(missing), "missing": missing, "quick": options.quick, "parts": {}}
    material = Material()
    try:
        bench = Bench(material, QUICK if options.quick else FULL, missing)
        results["rounds"] = bench.scale.rounds
        for name in names:
            results["parts"][name] = PARTS[name].run(bench)
    finally:
        material.end()
    write(results, kept=not options.quick and names == list(PARTS))


def write(results, kept):
    """A full run is what the repository keeps; any other leaves its page in build/bench."""
    raw, text = (KEPT, PAGE) if kept else (os.path.join(paths.BUILD, "results.json"),
                                           os.path.join(paths.BUILD, "benchmarks.md"))
    for path, content in ((raw, json.dumps(results, indent=1) + "\n"),
                          (text, page.page(results, notes.read()))):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(content)
    if kept:
        put_into_readme(page.summary(results))
    for target, spread, verdict in page.judged(results["parts"]):
        print(f"{verdict:8} {target.what}, beside {target.beside}: "
              f"{spread.median:,.2f} {target.unit}, to reach {target.reach}")
    print(f"Written: {os.path.relpath(text, paths.ROOT)}, {os.path.relpath(raw, paths.ROOT)}")


def put_into_readme(text):
    with open(README) as file:
        before = file.read()
    after, places = re.subn(r"(<!-- scripts/bench writes this -->\n).*?(<!-- -->)",
                            lambda found: found[1] + text + "\n" + found[2], before, flags=re.DOTALL)
    if not places:
        raise Problem("README.md has no place for the summary (<!-- scripts/bench writes this -->)")
    if after != before:
        with open(README, "w") as file:
            file.write(after)


def versions(missing):
    """Of whatever was measured, and of what it was measured with."""
    def said(pattern, *command):
        run = subprocess.run(command, capture_output=True, text=True)
        found = re.search(pattern, run.stdout + run.stderr)
        return found[1] if found else "unknown"
    found = {"redis-server": said(r"v=(\S+)", "redis-server", "--version"),
             "nginx": said(r"nginx/(\S+)", "nginx", "-v"), "wrk": said(r"wrk \S*?(\d[\d.]+)", "wrk", "--version")}
    if {"fastify", "express"} - set(missing):
        found["node"] = said(r"v(\S+)", "node", "--version")
        for name in ("fastify", "express"):
            with open(os.path.join(paths.BENCH, "peers", name, "package.json")) as file:
                found |= json.load(file)["dependencies"]
    if "go" not in missing:
        found["go"] = said(r"go(\d\S*)", "go", "version")
        for package in ("golang-jwt-jwt", "gomodule-redigo"):
            found[package.partition("-")[2]] = said(
                r"(?:\d+:)?([\d.]+)", "dpkg-query", "-W", "-f", "${Version}", f"golang-github-{package}-dev")
    return found


if __name__ == "__main__":
    main()
