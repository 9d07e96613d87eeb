"""The statistics behind Q11: a difference that was planted is noticed, and none is seen where there is none."""
import random
import unittest

from welch import NOTICED, largest_t, welch_t

SEEDS = range(20)


def times(seed, count=5000, longer=0.0, interrupted=0.02):
    """As a machine shows them: most near 1000 ns, some later, a few very late."""
    source = random.Random(seed)
    drawn = []
    for _ in range(count):
        time = 1000 + source.expovariate(1 / 20) + longer
        drawn.append(time + source.uniform(0, 100_000) if source.random() < interrupted else time)
    return drawn


class Welch(unittest.TestCase):
    def test_is_what_the_formula_says(self):
        # By hand: means 2 and 4, variances 1 and 4, so -2 / sqrt(1/3 + 4/3).
        self.assertAlmostEqual(welch_t([1, 2, 3], [2, 4, 6]), -2 / (5 / 3) ** 0.5)
        # Means 5 and 3, variances 10 and 2, of five and of two: 2 / sqrt(10/5 + 2/2).
        self.assertAlmostEqual(welch_t([1, 3, 5, 7, 9], [2, 4]), 2 / 3 ** 0.5)

    def test_times_that_never_vary(self):
        self.assertEqual(welch_t([7, 7], [7, 7, 7]), 0)
        self.assertEqual(welch_t([7, 7], [8, 8, 8]), float("-inf"))

    def test_sees_nothing_between_equals(self):
        for seed in SEEDS:
            self.assertLess(largest_t(times(seed), times(1000 + seed)), NOTICED, seed)

    def test_notices_what_was_planted(self):
        for seed in SEEDS:
            self.assertGreater(largest_t(times(seed), times(1000 + seed, longer=5)), NOTICED, seed)

    def test_notices_it_behind_interruptions(self):
        """All of the times together are too wild for that; the crops are not."""
        for seed in SEEDS:
            one, other = times(seed, interrupted=0.1), times(1000 + seed, longer=5, interrupted=0.1)
            self.assertLess(abs(welch_t(one, other)), NOTICED, seed)
            self.assertGreater(largest_t(one, other), NOTICED, seed)

    def test_notices_a_kind_that_is_never_fast(self):
        self.assertEqual(largest_t([1, 2] * 50, [1000, 1001] * 50), float("inf"))

    def test_it_does_not_matter_which_is_first(self):
        one, other = times(1), times(2, longer=3)
        self.assertEqual(largest_t(one, other), largest_t(other, one))


if __name__ == "__main__":
    unittest.main()
