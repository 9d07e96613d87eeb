"""Where things are. What starts and ends processes is the end-to-end tests' own harness."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "bench")
BUILD = os.path.join(ROOT, "build", "bench")
E2E = os.path.join(ROOT, "tests", "e2e")

if E2E not in sys.path:
    sys.path.insert(0, E2E)
