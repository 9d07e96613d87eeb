"""Whether a measurement holds: nothing was accepted too late, and it could have been."""
from .schedule import KINDS

CHECKS, FAULTS = 1_000_000, 1_000  # of the kept result
CACHED = 0.5  # of what was accepted; a verifier that always asks proves little of a verdict cache
# Of checks that could have been accepted too late.
LATE = 1_000


def shortcomings(result):
    """Sentences; none when it holds."""
    verdicts, found = result["verdicts"], []
    if result["violations"] or result["late_accepted"]:
        found.append(f"{max(result['late_accepted'], len(result['violations']))} checks were accepted past the bound "
                     f"(seed {result['plan']['seed']})")
    accepted = verdicts["from_cache"] + verdicts["from_redis"]
    if verdicts["from_cache"] < CACHED * accepted or not accepted:
        found.append(f"of {accepted:,} checks that were accepted only {verdicts['from_cache']:,} asked nobody")
    if result["late"] < LATE:
        found.append(f"only {result['late']:,} checks began past the bound of a revocation")
    if verdicts["invalid"]:
        found.append(f"{verdicts['invalid']:,} checks said that a token is invalid, which none is")
    missing = [kind for kind in result["plan"]["kinds"] if not result["faults"].get(kind)]
    if missing and result["plan"]["faults"]:
        found.append(f"no fault of {', '.join(missing)}")
    return found


def is_enough(result):
    """Is it what the promise is held against?"""
    return result["checks"] >= CHECKS and sum(result["faults"].values()) >= FAULTS \
        and set(result["faults"]) == set(KINDS) and not shortcomings(result)
