"""The arithmetic: expected values are worked out by hand."""
import unittest

import room  # noqa: F401
from measure import figures


class Figures(unittest.TestCase):
    def test_the_middle_of_the_rounds_and_their_extremes(self):
        spread = figures.spread([9, 10, 30, 11, 8])
        self.assertEqual((spread.median, spread.least, spread.greatest), (10, 8, 30))
        self.assertAlmostEqual(spread.width, 1.1)  # (30 - 8) / 2 / 10

    def test_a_ratio_is_of_pairs_not_of_medians(self):
        """In the second round the machine was slow for both."""
        spread = figures.ratio([100, 20, 90], [50, 10, 30])
        self.assertEqual((spread.median, spread.least, spread.greatest), (2, 2, 3))

    def test_rounds_without_a_partner_are_no_ratio(self):
        with self.assertRaises(ValueError):
            figures.ratio([1, 2], [1])
        with self.assertRaises(ValueError):
            figures.ratio([1], [0])
        with self.assertRaises(ValueError):
            figures.spread([])


if __name__ == "__main__":
    unittest.main()
