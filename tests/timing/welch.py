"""Do two kinds of input take different times? Welch's t-test, as dudect uses it (Reparaz, Balasch and Verbauwhede,
"Dude, is my code constant time?", 2017): beyond 4.5 it is no chance."""
import math

NOTICED = 4.5
# Of all times, the fastest so many: what interrupts a measurement makes it longer, and hides small differences.
CROPS = (1, 0.99, 0.95, 0.9, 0.75, 0.5)


def mean_and_variance(values):
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def welch_t(one, other):
    """Of two lists of two values or more."""
    (mean, variance), (other_mean, other_variance) = mean_and_variance(one), mean_and_variance(other)
    error = math.sqrt(variance / len(one) + other_variance / len(other))
    difference = mean - other_mean
    return difference / error if error else math.copysign(math.inf, difference) if difference else 0.0


def largest_t(one, other):
    """The largest |t| of all crops. Both are cropped at the same time, which is one of both together."""
    together = sorted([*one, *other])
    found = []
    for crop in CROPS:
        limit = together[math.ceil(crop * len(together)) - 1]
        kept = [[value for value in values if value <= limit] for values in (one, other)]
        if min(map(len, kept)) < 2:
            return math.inf  # one kind has none of the fast times
        found.append(abs(welch_t(*kept)))
    return max(found)
