"""What becomes of several rounds: a median, and how far they lie apart.

A ratio is taken within each round, where both sides met the same mood of the machine, and only then
is the median of those ratios taken.
"""
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Spread:
    """The middle of some rounds, and the least and greatest of them."""
    median: float
    least: float
    greatest: float

    @property
    def width(self):
        """Half of how far apart the extremes are, as a part of the median."""
        return (self.greatest - self.least) / 2 / self.median if self.median else 0.0


def spread(values):
    values = list(values)
    if not values:
        raise ValueError("no rounds")
    return Spread(statistics.median(values), min(values), max(values))


def ratio(ours, theirs):
    """Of each round's pair."""
    ours, theirs = list(ours), list(theirs)
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} rounds of one side and {len(theirs)} of the other")
    if not all(theirs):
        raise ValueError("a round of the other side counted nothing")
    return spread(a / b for a, b in zip(ours, theirs))
