"""What is judged to have met its goal, and what is named as not measured."""

import unittest

import goals
from cells import cells, CALLS_PROGRAMS, MEMORY_PROGRAMS


def part(*values, error=None):
    return {"runs": [None if value is None else {"cpu_ns": value} for value in values],
            "error": error}


def row(results, work, against=""):
    found = [one for one in goals.judge(results)
             if one["work"] == work and against in one["against"]]
    assert len(found) == 1, found
    return found[0]


class Judging(unittest.TestCase):
    def test_ratio_against_the_best_bare_loop(self):
        results = {"cells": {"echo-64-1": {"bare32": part(10, 10, 10), "bare64": part(8, 8, 8),
                                           "brink": part(8, 8.4, 10)}}}
        found = row(results, "echo 64 B, 1 in flight")
        self.assertEqual(found["against"], "bare loop, 64 KiB")
        self.assertEqual(found["found"], {"median": 1.05, "min": 1, "max": 1.25})
        self.assertEqual(found["verdict"], "ok")
        results["cells"]["echo-64-1"]["brink"] = part(9, 9, 9)
        self.assertEqual(row(results, "echo 64 B, 1 in flight")["verdict"], "over")

    def test_across_two_pieces_of_work(self):
        results = {"cells": {"relay-64-1": {"brink": part(10, 20)},
                             "relay-64-1-idle": {"brink": part(11, 24)}}}
        found = row(results, "relay, 64 busy of 8,000 connections")
        self.assertAlmostEqual(found["found"]["median"], 1.15)
        self.assertEqual(found["verdict"], "over")

    def test_names_why_there_is_no_figure(self):
        absent = part(None, error="nginx is not installed")
        results = {"cells": {"relay-64-1": {"brink": part(10), "nginx": absent}}}
        found = row(results, "framed relay 64 B, 1 in flight", "nginx")
        self.assertIsNone(found["found"])
        self.assertEqual(found["verdict"], "not measured: nginx: nginx is not installed")
        self.assertEqual(row({}, "echo 64 B, 1 in flight")["verdict"], "not measured: not run")

    def test_bytes(self):
        results = {"memory": {"echo": {"brink": {"bytes": [190, 191, 230], "error": None}}}}
        self.assertEqual(row(results, "idle connection, resident: echo")["verdict"], "ok")

    def test_calls_wait_aside_and_never_change_epoll(self):
        def judged(**calls):
            return row({"calls": {"echo-64-1": {"brink": {"calls": calls, "error": None}}}},
                       "calls per echoed 64 B frame, 1 in flight")

        found = judged(recvfrom=1.0, sendto=1.0, epoll_wait=0.5)
        self.assertEqual((found["verdict"], found["found"]["median"]), ("ok", 2))
        self.assertEqual(judged(recvfrom=1.5, sendto=1.0)["verdict"], "over")
        self.assertEqual(judged(recvfrom=1.0, sendto=0.9, epoll_ctl=0.01)["verdict"], "over")

    def test_table_is_in_columns(self):
        lines = goals.table(goals.judge({}))
        self.assertEqual(len(lines), len(goals.GOALS) + 1)
        self.assertEqual(len({line.index("not measured") for line in lines[1:]}), 1)


class Work(unittest.TestCase):
    def test_every_goal_has_its_runs_in_quick(self):
        by_name = {cell.name: cell for cell in cells()}
        for goal in goals.GOALS:
            if isinstance(goal, goals.Ratio):
                self.assertIn(goal.program, by_name[goal.cell].quick)
                for name in goal.against:
                    self.assertIn(name, by_name[goal.other or goal.cell].quick, goal)
            elif isinstance(goal, goals.Bytes):
                self.assertIn("brink", MEMORY_PROGRAMS[goal.service])
            else:
                self.assertIn("brink", CALLS_PROGRAMS[goal.cell])

    def test_quick_is_a_part(self):
        for cell in cells():
            self.assertLessEqual(set(cell.quick), set(cell.programs), cell.name)

    def test_names_are_unique(self):
        self.assertEqual(len({cell.name for cell in cells()}), len(cells()))

    def test_open_files(self):
        by_name = {cell.name: cell for cell in cells()}
        self.assertEqual(by_name["relay-64-1-idle"].open_files(), 16_050)


if __name__ == "__main__":
    unittest.main()
