"""What is read from /proc, from the load and from strace; and the order of rounds."""

import os
import subprocess
import sys
import unittest

import bench
import measure
import processes
import rounds
from cells import Cell

TRACE = """\
41 100.000100 epoll_wait(3, [], 512, -1) = 1
41 100.500000 recvfrom(7, ""..., 65536, 0, NULL, NULL) = 68
42 100.600000 sendto(7, ""..., 68, MSG_NOSIGNAL, NULL, 0 <unfinished ...>
41 100.700000 recvfrom(8, ""..., 65536, 0, NULL, NULL) = 68
42 100.800000 <... sendto resumed>) = 68
41 102.000000 close(7) = 0
100.900000 sendto(8, ""..., 68, MSG_NOSIGNAL, NULL, 0) = 68
41 100.950000 --- SIGCONT {si_signo=SIGCONT} ---
"""


class Calls(unittest.TestCase):
    def test_counts_what_began_in_time_and_once(self):
        found = measure.count_calls(TRACE.splitlines(), 100.4, 101)
        self.assertEqual(found, {"recvfrom": 2, "sendto": 2})


class Load(unittest.TestCase):
    RESULT = {"frames": 1000, "seconds": 2, "latency_ns": {},
              "cpu_ns": {"user": 1000, "system": 3000}}

    def test_cpu_is_by_frame(self):
        found = measure.per_frame((0, 0, 0), (5_000_000, 10, 30), self.RESULT)
        self.assertEqual((found["cpu_ns"], found["load_cpu_ns"]), (5000, 4))
        self.assertEqual(found["frames_per_second"], 500)
        self.assertEqual((found["user_ticks"], found["system_ticks"]), (10, 30))

    def test_a_load_with_failures_is_no_run(self):
        measure.check({**self.RESULT, "errors": 0, "different": 0})
        for bad in ({"errors": 1}, {"different": 1}, {"frames": 0}):
            with self.assertRaises(processes.Failed):
                measure.check({**self.RESULT, **bad})


class Proc(unittest.TestCase):
    def test_counts_children_and_those_that_have_ended(self):
        script = ("import os, time\n"
                  "def burn():\n"
                  "    end = time.process_time() + 0.1\n"
                  "    while time.process_time() < end: pass\n"
                  "if os.fork() == 0: burn(); os._exit(0)\n"
                  "os.wait()\n"
                  "if os.fork() == 0: burn(); print('x', flush=True); time.sleep(60)\n"
                  "os.wait()\n")
        with processes.Stage() as stage:
            child = stage.start([sys.executable, "-c", script], os.sched_getaffinity(0))
            self.assertEqual(child.lines.next(30), "x")
            pids = processes.tree(child.pid)
            self.assertEqual(len(pids), 2)
            total, user, system = processes.cpu(child.pid)
            self.assertGreater(total, 180_000_000)
            self.assertGreater(user + system, 15)
            self.assertGreater(processes.anonymous_bytes(child.pid), 100_000)
            self.assertIn(child.pid, processes.thread_cpu(child.pid))
        self.assertEqual([pid for pid in pids if processes.alive(pid)], [])

    def test_one_that_fails_to_start_says_why(self):
        with processes.Stage() as stage:
            child = stage.start([sys.executable, "-c", "import sys; sys.exit('no luck')"],
                                os.sched_getaffinity(0))
            self.assertIsNone(child.lines.next(30))
            with self.assertRaisesRegex(processes.Failed, "ended with 1; no luck"):
                processes.wait_until_accepts(child, processes.free_port())

    def test_lines_come_apart(self):
        child = subprocess.Popen([sys.executable, "-c", "print('a\\nb'); print('c', end='')"],
                                 stdout=subprocess.PIPE)
        with child:
            lines = processes.Lines(child.stdout)
            self.assertEqual([lines.next(30), lines.next(30), lines.next(30)], ["a", "b", None])


class Rounds(unittest.TestCase):
    CELL = Cell("work", "echo", 64, 1, 1, ("a", "b", "c"))

    def rounds(self, run, count=2):
        results, failures = {}, rounds.Failures()
        work = [(self.CELL, self.CELL.programs)]
        for number in range(count):
            for _ in rounds.one_round(number, work, run, results, failures):
                pass
        return results["work"], failures

    def test_each_begins_another(self):
        order = []
        self.rounds(lambda _cell, name: order.append(name) or {"cpu_ns": 1})
        self.assertEqual(order, ["a", "b", "c", "b", "c", "a"])

    def test_a_failure_is_tried_again_then_left_alone(self):
        asked = []

        def run(_cell, name):
            asked.append(name)
            if name == "b":
                raise processes.Failed("broken")
            return {"cpu_ns": 1}

        found, failures = self.rounds(run)
        self.assertEqual(asked.count("b"), 2)
        self.assertEqual(found["b"], {"runs": [None, None], "error": "broken"})
        self.assertEqual(failures, [("work, b", "broken")])
        self.assertEqual(len(found["a"]["runs"]), 2)

    def test_what_cannot_be_measured_is_no_failure(self):
        def run(_cell, _name):
            raise processes.NotMeasurable("not installed")

        found, failures = self.rounds(run)
        self.assertEqual((found["a"]["error"], failures), ("not installed", []))


class Plan(unittest.TestCase):
    BUILT = ["--brink", sys.executable, "--bare", sys.executable]

    def plan(self, *words):
        return bench.plan(bench.arguments([*words, *self.BUILT]))

    def test_rows_and_patterns(self):
        self.assertEqual([cell.name for cell, _ in self.plan("echo-64-1")], ["echo-64-1"])
        self.assertTrue(all(cell.name.startswith("relay-") for cell, _ in self.plan("relay-*")))

    def test_quick_has_fewer_runs(self):
        count = [sum(len(programs) for _, programs in self.plan(*words))
                 for words in (["quick"], [])]
        self.assertLess(count[0] * 3, count[1])

    def test_programs_can_be_chosen(self):
        self.assertEqual(self.plan("relay-64-1", "--programs", "nginx")[0][1], ("brink", "nginx"))

    def test_open_files_that_are_not_allowed_are_told(self):
        self.assertIn("relay-64-1-idle", bench.too_many_files(self.plan(), 4096))
        self.assertNotIn("relay-64-1", bench.too_many_files(self.plan(), 4096))


if __name__ == "__main__":
    unittest.main()
