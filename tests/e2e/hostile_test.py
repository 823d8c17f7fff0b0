"""Hostile clients, and what the others notice of them: their throughput and p99 are measured beside
the attack and without it. Everybody's bytes are compared."""

import os
import pathlib
import subprocess
import sys
import threading
import time

import harness
from programs import open_files, wait_until
from settings import PATIENCE, SANITIZED, WAIT
from traffic import flowing
from wire import percentile

WINDOW = 1.5     # seconds of a measurement
ATTEMPTS = 5     # the machine has other things to do
NOISE = 0.008    # seconds: two ticks of the scheduler, for more processes than cores
FACTOR = 2
CONNECTS = 10_000 if SANITIZED else 100_000
HERE = pathlib.Path(__file__).parent


class Attackers:
    """attackers.py at work, from `with` to its end."""

    def __init__(self, name, program, count=None):
        words = [sys.executable, str(HERE / "attackers.py"), name, program.address()]
        self._words = words + ([str(count)] if count else [])
        self.done = 0

    def __enter__(self):
        crowd = "500" if SANITIZED else "2000"
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, text=True,
                                         env={**os.environ, "BRINK_CROWD": crowd})
        if self._process.stdout.readline() != "ready\n":
            raise AssertionError(f"{self._words} does not get going")
        return self

    def wait(self, timeout):
        self._process.wait(timeout)

    def __exit__(self, *_):
        self._process.terminate()
        output, _ = self._process.communicate(timeout=WAIT)
        self.done = int(output or "-1")
        if self._process.returncode != 0:
            raise AssertionError(f"{self._words} ends with {self._process.returncode}")


class Hostile(harness.TestCase):
    def setUp(self):
        self._pinned = ()
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1 and not SANITIZED:
            self.addCleanup(os.sched_setaffinity, 0, cores)
            self._pinned = ("taskset", "-c", str(cores[0]))
            os.sched_setaffinity(0, cores[1:])

    def served(self, service, *options):
        options = ("--workers", 1, "--max-clients", 8000, *options)
        if service == "echo":
            return self.quiet("echo", *options, wrapper=self._pinned)
        # What is measured is the relay's doing: the upstream, at work with the attack as well, must
        # not keep those who measure from their core.
        upstream = self.quiet("echo", "--max-clients", 8000, wrapper=("nice", "-n", "5"))
        return self.quiet("relay", "--to", upstream.address(), *options, wrapper=self._pinned)

    def measure(self, traffic):
        """Batches a second, and the p99 of the time that a batch takes."""
        begun = time.perf_counter()
        threading.Event().wait(WINDOW)
        took = [took for when, took in list(traffic.latencies) if when >= begun]
        self.assertGreater(len(took), 0, "nobody is served")
        return len(took) / (time.perf_counter() - begun), percentile(took, 0.99)

    def unharmed(self, name, service, traffic, program, least=0):
        """Whether those of the traffic hardly notice, in one of a few attempts; and at least so many
        of the attackers' connections must have come to their end."""
        figures = []
        for _ in range(ATTEMPTS):
            calm = self.measure(traffic)
            with Attackers(name, program) as attackers:
                attacked = self.measure(traffic)
            if not SANITIZED:  # whose patience is longer than the attack
                self.assertGreaterEqual(attackers.done, least)
            figures.append(f"{calm[0]:.0f} -> {attacked[0]:.0f}/s, "
                           f"p99 {calm[1] * 1e3:.2f} -> {attacked[1] * 1e3:.2f} ms")
            print(f"{name}, {service}: {figures[-1]}, {attackers.done} done", flush=True)
            good = attacked[0] * FACTOR >= calm[0] and attacked[1] <= FACTOR * calm[1] + NOISE
            if good or SANITIZED:
                return
        self.fail(f"the others notice: {figures}")

    def attack(self, name, *options, services=("echo", "relay"), layout="<I", least=0):
        for service in services:
            with self.subTest(service=service):
                program = self.served(service, *options)
                before = open_files(program)
                with flowing(self, program.address(), 8, batch=4, interval=0.02,
                             layout=layout) as traffic:
                    self.unharmed(name, service, traffic, program, least)
                traffic.close()
                wait_until(lambda: open_files(program) <= before, "every connection to be closed")
                self.assertTrue(program.running())

    def test_one_byte_at_a_time(self):
        self.attack("byte_by_byte")

    def test_thousands_of_dribblers(self):
        self.attack("slow_frame", "--frame-timeout", f"{600 * PATIENCE}ms", least=100)

    def test_thousands_who_say_nothing(self):
        self.attack("silent", "--idle-timeout", f"{600 * PATIENCE}ms", least=100)

    def test_headers_that_claim_4_gib(self):
        self.attack("wild_header")

    def test_headers_that_claim_all_that_64_bits_can_count(self):
        self.attack("wild_header", "--frame", "u64le", services=["echo"], layout="<Q")

    def test_a_million_empty_frames(self):
        self.attack("empty_frames")

    def test_readers_that_never_read(self):
        self.attack("never_reads")

    def test_resets_at_every_point_of_a_frame(self):
        self.attack("resets")

    def test_http_tls_and_noise(self):
        self.attack("garbage")

    def test_many_who_come_and_go(self):
        program = self.served("relay")
        before = open_files(program)
        with flowing(self, program.address(), 8, batch=4, interval=0.02) as traffic:
            self.unharmed("comes_and_goes", "relay", traffic, program)
            with Attackers("comes_and_goes", program, CONNECTS) as attackers:
                attackers.wait(50 * PATIENCE)
            self.assertGreaterEqual(attackers.done, CONNECTS)
        traffic.close()
        wait_until(lambda: open_files(program) <= before, "every connection to be closed")


if __name__ == "__main__":
    harness.main()
