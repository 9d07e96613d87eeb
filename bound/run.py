"""What scripts/bound runs once all is built; its help is that of scripts/bound."""
import argparse
import json
import os
import signal
import sys

from campaign import page, paths
from campaign.campaign import Campaign, Plan
from campaign.verdict import is_enough, shortcomings
from measure import machine

KEPT = (os.path.join(paths.BOUND, "results", "latest.json"), os.path.join(paths.ROOT, "docs", "bound.md"))
PASSING = (os.path.join(paths.BUILD, "results.json"), os.path.join(paths.BUILD, "bound.md"))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    try:
        if options.page:
            with open(KEPT[0]) as file:
                return write(json.load(file), KEPT)
        return measure(options)
    except KeyboardInterrupt:
        return 130


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bound", add_help=False)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=positive, default=60)
    parser.add_argument("--verifiers", type=positive, default=8)
    parser.add_argument("--faults", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--page", action="store_true")
    return parser.parse_args()


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def measure(options):
    busy = round(machine.busy(), 1)
    faults = 2 * options.seconds if options.faults is None else options.faults
    result = Campaign(Plan(options.seed, options.seconds, faults, options.verifiers)).run()
    results = {"date": machine.now(), "commit": machine.commit(), "machine": machine.describe(),
               "build": "optimised" if "/release/" in paths.VERIFIER else "not optimised", "busy": busy,
               "result": result}
    write(results, KEPT if options.keep else PASSING)
    print(f"{result['checks']:,} checks, {sum(result['faults'].values()):,} faults, "
          f"{result['late_accepted']} checks accepted past the bound; refused after (ms) {result['refused_ms']}")
    found = shortcomings(result)
    for sentence in found:
        print(f"bound: {sentence}", file=sys.stderr)
    if options.keep and not is_enough(result):
        print("bound: this is less than the kept result has to be; the page says so", file=sys.stderr)
    return 1 if found else 0


def write(results, files):
    for path, content in zip(files, (json.dumps(results, indent=1) + "\n", page.page(results))):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(content)
    print("Written: " + ", ".join(os.path.relpath(path, paths.ROOT) for path in files))
    return 0


if __name__ == "__main__":
    sys.exit(main())
