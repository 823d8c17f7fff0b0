"""Soak: soak.py SECONDS. A relay and an echo under mixed load, with clients that come and go, hostile
ones, and calls that the kernel fails, round after round. Every byte of the load is compared; between
rounds, with the others gone, descriptors and resident memory are counted: they must not grow."""

import itertools
import pathlib
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "e2e"))

# pylint: disable=wrong-import-position
from faults_test import Faults  # noqa: E402
from harness import TestCase, find_program  # noqa: E402
from hostile_test import Attackers  # noqa: E402
from programs import open_files, proc_status, wait_until  # noqa: E402
from traffic import flowing  # noqa: E402

ROUNDS = 12           # or fewer, if time runs out; each with every kind of trouble
ROUNDS_MIN = 6
STEP = 64 << 10       # a fall by more than that is one
FLAT_BYTES = 2 << 20  # what memory may seem to grow by over the second half of a soak
SETTLES = 12          # seconds; jemalloc gives pages back over ten, while there is something to do
TROUBLES = ("never_reads", "comes_and_goes", "byte_by_byte", "slow_frame", "garbage", "resets",
            "wild_header")
FAULTS = ("accept4:error=EMFILE", "epoll_ctl:error=ENOSPC",
          "epoll_wait,epoll_pwait:error=EINTR:when=1+2",
          "recvfrom,sendto,sendmsg:error=ENOBUFS:when=1+3")
# A call takes some thirty times as long under strace, and two thousand make theirs in one turn.
OPTIONS = ("--workers", 2, "--max-clients", 8000, "--frame-timeout", "3s", "--idle-timeout", "9s")


def slope(values):
    """By how much a straight line through the values rises from one to the next (least squares)."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((n - middle) ** 2 for n in range(len(values)))
    return sum((n - middle) * (value - mean) for n, value in enumerate(values)) / spread


def settled(program):
    """Resident bytes, once they fall no more."""
    least, end, quiet = proc_status(program.pid, "RssAnon"), time.monotonic() + SETTLES, 0
    while quiet < 4 and time.monotonic() < end:
        threading.Event().wait(0.25)
        now = proc_status(program.pid, "RssAnon")
        quiet = 0 if now < least - STEP else quiet + 1
        least = min(least, now)
    return least


class Soak(TestCase):
    """Not found by the test runner: main() runs it with the time it is given."""

    def runTest(self):
        echo = self.quiet("echo", *OPTIONS)
        relay = self.quiet("relay", "--to", echo.address(), *OPTIONS)
        self.programs = {"echo": echo, "relay": relay}
        self.samples = {name: {"descriptors": [], "bytes": []} for name in self.programs}
        length = max(0.2, self.seconds / ROUNDS / (len(TROUBLES) + len(FAULTS)) - 0.2)
        end = time.monotonic() + self.seconds
        with flowing(self, relay.address(), 30, interval=0.02, patience=30,
                     sizes=(0, 1, 64, 700, 5000, 70000)) as traffic:
            resting = {name: open_files(one) for name, one in self.programs.items()}
            for number in itertools.count(1):
                self.round(traffic, number, length)
                self.count(resting, traffic, number)
                if time.monotonic() >= end and number >= ROUNDS_MIN:
                    break
        print(f"{traffic.frames()} frames, {traffic.bytes() / 1e6:.0f} MB: every byte as it was sent")
        self.judge()

    def round(self, traffic, number, length):
        """Every trouble in turn; the calls fail of one program in one round, of the other in the next."""
        relay, failing = self.programs["relay"], list(self.programs.values())[number % 2]
        for trouble in TROUBLES:
            with Attackers(trouble, relay):
                threading.Event().wait(length)
        for fault in FAULTS if find_program("strace") else ():
            with Faults(failing.pid, fault) as injection:
                with Attackers("silent", relay):
                    threading.Event().wait(length)
                with traffic.pause():  # see faults_test
                    injection.end()

    def count(self, resting, traffic, number):
        traffic.wait_for_rounds(1)
        line = []
        for name, program in self.programs.items():
            wait_until(lambda: open_files(program) <= resting[name],
                       f"the descriptors of {name} to be what they were: {resting[name]}", 30)
            kept = self.samples[name]
            kept["descriptors"].append(open_files(program))
            kept["bytes"].append(settled(program))
            line.append(f"{name}: {kept['descriptors'][-1]} descriptors, "
                        f"{kept['bytes'][-1] / 1024:.0f} KiB")
        print(f"round {number}: {'; '.join(line)}; {traffic.frames()} frames", flush=True)

    def judge(self):
        for name, kept in self.samples.items():
            for what, bound in (("descriptors", 0.5), ("bytes", FLAT_BYTES)):
                half = kept[what][len(kept[what]) // 2:]
                grown = slope(half) * (len(half) - 1)
                print(f"{name}: {what} over the last {len(half)} rounds {min(half)} to {max(half)}, "
                      f"growth by the slope {grown:.1f}")
                self.assertLessEqual(grown, bound, f"{name}: {what} grow")


def main(seconds):
    import harness  # pylint: disable=import-outside-toplevel
    import unittest
    harness.TEST_LIMIT = int(seconds * 2 + 300)
    case = Soak()
    case.seconds = float(seconds)
    result = unittest.TextTestRunner(verbosity=0).run(case)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main(float(sys.argv[1]))
