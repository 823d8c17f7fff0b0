"""The driver once, on a tiny piece of work: that it runs, not what it finds."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).with_name("bench.py")


class Smoke(unittest.TestCase):
    def bench(self, out, *words):
        done = subprocess.run([sys.executable, BENCH, "--rounds", "1", "--seconds", "0.2",
                               "--out", out, "--programs", "bare32", *words], timeout=100,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads((pathlib.Path(out) / "results.json").read_text())

    def test_echo_and_relay(self):
        with tempfile.TemporaryDirectory() as out:
            cells = self.bench(out, "echo-64-1", "relay-1m-1")["cells"]
            self.assertEqual(set(cells), {"echo-64-1", "relay-1m-1"})
            for parts in cells.values():
                for name in ("bare32", "brink"):
                    self.assertGreater(parts[name]["runs"][0]["cpu_ns"], 0)
            self.assertIn("echo 64 B, 1 in flight", (pathlib.Path(out) / "results.md").read_text())
            self.assertTrue((pathlib.Path(out) / "cpu-echo.svg").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
