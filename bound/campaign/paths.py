"""Where things are. Processes are started by the end-to-end tests' harness; what machine this is, bench/ knows."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOUND = os.path.join(ROOT, "bound")
BUILD = os.path.join(ROOT, "build", "bound")
_RELEASE = os.path.join(ROOT, "build", "release")

os.environ.setdefault("RECANT_BINARY", os.path.join(_RELEASE, "src/app/recant"))
VERIFIER = os.environ.get("RECANT_BOUND_VERIFIER") or os.path.join(_RELEASE, "bound/bound_verifier")

for path in (os.path.join(ROOT, "tests", "e2e"), os.path.join(ROOT, "bench")):
    if path not in sys.path:
        sys.path.insert(0, path)
