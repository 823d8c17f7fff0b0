"""Medians, ratios by rounds, and how figures are written."""

import unittest

import figures


def runs(*values):
    return [None if value is None else {"cpu_ns": value} for value in values]


class Ratios(unittest.TestCase):
    def test_pairs_within_a_round(self):
        self.assertEqual(figures.paired(runs(10, 30), runs(5, 10), "cpu_ns"), [2, 3])

    def test_leaves_out_a_round_that_either_lacks(self):
        self.assertEqual(figures.paired(runs(10, None, 30), runs(None, 5, 10), "cpu_ns"), [3])

    def test_of_nothing_is_nothing(self):
        self.assertEqual(figures.paired([], runs(1), "cpu_ns"), [])
        self.assertIsNone(figures.spread([]))
        self.assertIsNone(figures.median([]))

    def test_median_of_ratios_is_not_ratio_of_medians(self):
        mine, theirs = runs(1, 20, 30), runs(1, 10, 60)
        self.assertEqual(figures.spread(figures.paired(mine, theirs, "cpu_ns")),
                         {"median": 1, "min": 0.5, "max": 2})

    def test_best_is_by_median(self):
        cells = {"work": {"bare32": {"runs": runs(9, 9, 1)}, "bare64": {"runs": runs(8, 8, 8)},
                          "brink": {"runs": [None]}}}
        self.assertEqual(figures.best_of(cells, "work", ("bare32", "bare64")), "bare64")
        self.assertIsNone(figures.best_of(cells, "work", ("brink",)))
        self.assertIsNone(figures.best_of(cells, "other", ("bare32",)))

    def test_reaches_into_a_run(self):
        found = figures.column([{"latency_ns": {"p50": 7}}, {}, None], "latency_ns.p50")
        self.assertEqual(found, [7])

    def test_user_share_is_of_all_rounds(self):
        ticks = [{"user_ticks": 0, "system_ticks": 10}, {"user_ticks": 2, "system_ticks": 8}, None]
        self.assertEqual(figures.user_share(ticks), 0.1)
        self.assertIsNone(figures.user_share([{"user_ticks": 0, "system_ticks": 0}]))


class Texts(unittest.TestCase):
    def test_three_digits_in_a_fitting_unit(self):
        for value, text in ((0.5, "0.50 ns"), (397.4, "397 ns"), (999.99, "1000 ns"),
                            (6234, "6.23 µs"), (17_800, "17.8 µs"), (705_000, "705 µs"),
                            (1_550_000, "1.55 ms"),
                            (2e9, "2.00 s"), (None, "")):
            self.assertEqual(figures.nanoseconds(value), text)

    def test_sizes(self):
        for value, text in ((80, "80 B"), (371.4, "371 B"), (3400, "3.32 KiB"),
                            (5 << 20, "5.00 MiB")):
            self.assertEqual(figures.size(value), text)

    def test_ratio_has_its_spread(self):
        found = figures.ratio({"median": 1.044, "min": 1, "max": 1.07})
        self.assertEqual(found, "1.04 (1.00 to 1.07)")


if __name__ == "__main__":
    unittest.main()
