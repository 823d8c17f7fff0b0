"""The report and its charts, from figures as a run leaves them."""

import json
import unittest
from xml.etree import ElementTree

import charts
import goals
import report
from dispatch import EVEN, SKEWED, busiest_share
from figures import nanoseconds

SVG = "{http://www.w3.org/2000/svg}"


def run(cpu):
    return {"cpu_ns": cpu, "user_ticks": 1, "system_ticks": 3, "frames_per_second": 1e9 / cpu,
            "frames": 1000, "seconds": 1, "load_cpu_ns": 500,
            "latency_ns": {"p50": 1000, "p99": 2000, "p99_9": 3000}}


def part(*values, error=None):
    return {"runs": [None if value is None else run(value) for value in values], "error": error}


def results(**more):
    found = {
        "machine": {"processor": "one of many"},
        "settings": {"rounds": 2, "seconds": 1.5, "arguments": ""},
        "cells": {"relay-64-1": {"bare32": part(10_000, 10_000), "brink": part(11_000, 12_000),
                                 "rinetd": part(None, error="it is not installed")}},
        "memory": {"relay": {"brink": {"bytes": [371], "connections": 4000, "error": None}}},
        "calls": {"echo-64-1": {"brink": {"calls": {"recvfrom": 1.0}, "error": None}}},
        "dispatch": {"skipped": "there is one core"}, "failures": [], "charts": ["cpu-relay"],
        **more}
    found["goals"] = goals.judge(found)
    return found


def line_with(text, start):
    found = [line for line in text.splitlines() if line.startswith(start)]
    assert len(found) == 1, found
    return found[0]


class Report(unittest.TestCase):
    def test_a_row_of_work(self):
        text = report.figures(results())
        cells = line_with(text, "| brink | 11").split(" | ")
        self.assertEqual(cells[1:5], ["11.5 µs", "2.88 µs", "8.62 µs", "87,121"])
        self.assertIn("1.15 (1.10 to 1.20)", line_with(text, "| bare loop, 32 KiB | 10"))

    def test_what_was_not_measured_is_named(self):
        text = report.figures(results(failures=[("relay-64-1, brink", "no frame came back")]))
        self.assertIn("| rinetd | not measured: it is not installed |", text)
        self.assertIn("Not measured: there is one core.", text)
        self.assertIn("- relay-64-1, brink: no frame came back", text)

    def test_rows_have_as_many_columns_as_their_head(self):
        lines = report.figures(results()).splitlines()
        for above, line in zip(lines, lines[1:]):
            if above.startswith("|") and line.startswith("|"):
                self.assertEqual(line.count("|"), above.count("|"), line)

    def test_dispatch_tells_which_is_faster(self):
        def pair(sharded, shared):
            return {"sharded": part(*sharded), "shared": part(*shared)}

        cells = {EVEN[0].name: pair((10, 10), (20, 20)), EVEN[1].name: pair((10, 10), (9, 11)),
                 SKEWED[0].name: pair((20, 20), (10, 10))}
        text = report.figures(results(dispatch={"cells": cells}))
        for cell, faster in ((EVEN[0], "sharded"), (EVEN[1], "neither in every round"),
                             (SKEWED[0], "shared")):
            self.assertTrue(line_with(text, f"| {cell.title()}").endswith(f"| {faster} |"))

    def test_is_plain_data(self):
        json.dumps(results())

    def test_busiest_share(self):
        self.assertEqual(busiest_share({1: 0, 2: 10}, {1: 90, 2: 20}), 0.9)
        self.assertEqual(busiest_share({1: 5}, {1: 5}), 0)


class Charts(unittest.TestCase):
    def parse(self, rows):
        return ElementTree.fromstring(charts.chart("A & B", "note", [("head", rows)], nanoseconds))

    def bars(self, svg, kind):
        return [float(one.get("width")) for one in svg.iter(f"{SVG}rect")
                if one.get("class") == kind]

    def test_bars_are_to_scale(self):
        spread = {"median": 10, "min": 9, "max": 11}
        twice = {"median": 20, "min": 20, "max": 20}
        svg = self.parse([("brink", spread, "brink"), ("other", twice, "peer")])
        self.assertAlmostEqual(self.bars(svg, "peer")[0], 2 * self.bars(svg, "brink")[0], delta=0.2)
        kinds = [one.get("class") for one in svg.iter(f"{SVG}line")]
        self.assertEqual(kinds.count("spread"), 1)

    def test_a_very_long_bar_is_cut_and_marked(self):
        rows = [(name, {"median": value, "min": value, "max": value}, "peer")
                for name, value in (("a", 1), ("b", 1), ("c", 100))]
        svg = self.parse(rows)
        widths = self.bars(svg, "peer")
        self.assertAlmostEqual(widths[2] / widths[0], charts.LONGEST, delta=0.1)
        self.assertEqual(len(list(svg.iter(f"{SVG}path"))), 1)

    def test_bars_and_figures_stay_inside(self):
        wide = {"median": 10, "min": 1, "max": 500}
        svg = self.parse([("brink", wide, "brink"), ("other", wide, "peer")])
        for one in svg.iter(f"{SVG}text"):
            self.assertLess(float(one.get("x")), charts.WIDTH / 2)

    def test_what_is_missing_is_said(self):
        svg = self.parse([("rinetd", None, "peer")])
        self.assertIn("not measured", [one.text for one in svg.iter(f"{SVG}text")])

    def test_follows_the_reader_and_needs_nothing_else(self):
        text = charts.chart("t", "n", [("h", [])], nanoseconds)
        self.assertIn("prefers-color-scheme: dark", text)
        self.assertNotIn("http", text.replace("http://www.w3.org/2000/svg", ""))

    def test_only_what_was_run_is_drawn(self):
        self.assertEqual(set(report.charts(results())), {"cpu-relay", "memory"})
        self.assertEqual(report.charts({"cells": {}}), {})


if __name__ == "__main__":
    unittest.main()
