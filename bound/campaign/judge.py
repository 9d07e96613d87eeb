"""Holds what the verifiers said against when revocations were acknowledged."""
import collections
import dataclasses

from .instants import MS, SECOND
from .records import COUNTS

# A revocation is of a quiet time when no fault was in force from so long before it to so long after.
_BEFORE, _AFTER = SECOND, SECOND // 2
_POINTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


@dataclasses.dataclass(frozen=True)
class Violation:
    """A token that one verifier accepted in a check that began at the end of the bound or later."""
    token: object
    verifier: int
    late_ms: float
    faults: list  # kinds that were in force between the revocation and that check

    def __str__(self):
        return (f"token {self.token.number}, revoked by {self.token.how}: verifier {self.verifier} accepted it "
                f"{self.late_ms:.3f} ms past the bound; in force: {', '.join(self.faults) or 'no fault'}")


@dataclasses.dataclass
class Judged:
    counts: collections.Counter
    violations: list
    refused_ms: list        # from a revocation to the first check that was refused, of each token and verifier
    refused_quiet_ms: list  # likewise, of quiet times
    accepted_ms: list       # to the last check that was accepted, where there was one after it

    @property
    def checks(self):
        return sum(self.counts[name] for name in COUNTS[:5])


def judge(tokens, records, faults, bound_ms):
    """`records` are all that any process left: (number of the verifier, Record)."""
    judged = Judged(collections.Counter(), [], [], [], [])
    revoked = [token for token in list(tokens) if token.acknowledged]
    quiet = {token.number for token in revoked if not any(
        fault.overlaps(token.acknowledged - _BEFORE, token.acknowledged + _AFTER) for fault in faults)}
    for verifier, record in records:
        judged.counts.update(record.counts())
        for token in revoked:
            accepted, refused, _ = record.entry(token.number)
            if accepted:
                _judge_one(judged, token, verifier, accepted, refused, faults, bound_ms, token.number in quiet)
    return judged


def _judge_one(judged, token, verifier, accepted, refused, faults, bound_ms, quiet):
    bound = bound_ms * MS
    if accepted >= token.acknowledged + bound:
        in_force = {fault.kind for fault in faults if fault.overlaps(token.acknowledged, accepted)}
        judged.violations.append(
            Violation(token, verifier, (accepted - token.acknowledged - bound) / MS, sorted(in_force)))
    if token.how == "api wait":  # its answer came when all was over
        return
    if accepted > token.acknowledged:
        judged.accepted_ms.append((accepted - token.acknowledged) / MS)
    if refused:
        # One that Redis told first, or that was cut off, had refused it before: for it no time has passed.
        taken = max(0, refused - token.acknowledged) / MS
        judged.refused_ms.append(taken)
        if quiet:
            judged.refused_quiet_ms.append(taken)


def spread(values):
    """What so many of them do not exceed."""
    ordered = sorted(values)
    return {"count": len(ordered)} | {
        name: round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3) if ordered else None
        for name, part in _POINTS.items()}
