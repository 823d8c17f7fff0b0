"""A load that goes on while something is done to the relay it goes through, and what it loses.

`brink load` makes it: frames in a pipeline on many connections that stay, and besides on a few that
are made anew all the time; every reply is compared with what was sent, byte by byte.
"""

import collections
import dataclasses
import json
import signal
import subprocess

from settings import BRINK, WAIT

SIZES = "0..64:60,1KiB:30,16KiB:9,100KiB"
IN_FLIGHT = 8
CHURNING = 10  # connections that are made anew
LIFE = 25      # frames of each of their lives
BROKEN = {"errors", "different", "unanswered", "unasked"}  # keys of a result


@dataclasses.dataclass
class Losses:
    """What a load says at its end: all connections, and both kinds of load, together."""

    frames: int = 0      # answered
    opened: int = 0      # connections
    refused: int = 0     # of them, that were not to be had
    closed: int = 0      # that the relay ended, or broke
    cut: int = 0         # frames that were on their way and never answered
    different: int = 0   # answered by something else
    reasons: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def add(self, result):
        self.frames += result["frames"]
        self.opened += result["opened"]
        self.cut += result["unanswered"]
        self.different += result["different"] + result["unasked"]
        for reason in result["reasons"]:
            self.reasons[reason["why"]] += reason["count"]
            if reason["why"].startswith("connecting:"):
                self.refused += reason["count"]
            else:
                self.closed += reason["count"]

    def none(self):
        return not (self.refused or self.closed or self.cut or self.different)

    def __str__(self):
        return (f"{self.frames:>10,} frames  {self.refused:>7,} refused  {self.closed:>7,} closed  "
                f"{self.cut:>7,} cut  {self.different:>7,} changed")


class SteadyLoad:
    """Through `address`, from start to stop(). `defer` is like addCleanup."""

    def __init__(self, address, defer, connections=500, in_flight=IN_FLIGHT, sizes=SIZES, brink=BRINK):
        common = [brink, "load", address, "-d", "1h", "--json", "--verify", "-s", sizes,
                  "--timeout", f"{WAIT}s"]
        self._loads = [
            self._start(defer, *common, "-c", str(connections), "-p", str(in_flight)),
            self._start(defer, *common, "-c", str(CHURNING), "-p", "2", "--churn", str(LIFE)),
        ]
        for load in self._loads:
            if not load.stdout.readline():  # all connections stand, and each has had a reply
                raise AssertionError(f"the load does not begin: {load.stderr.read()}")

    @staticmethod
    def _start(defer, *words):
        load = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

        def end():
            load.kill()
            load.wait()
            load.stdout.close()
            load.stderr.close()

        defer(end)
        return load

    def running(self):
        return all(load.poll() is None for load in self._loads)

    def stop(self):
        """What is on its way comes back yet. The Losses."""
        losses = Losses()
        for load in self._loads:
            load.send_signal(signal.SIGINT)
        for load in self._loads:
            said, complaint = load.communicate(timeout=3 * WAIT)
            if not said:
                raise AssertionError(f"the load says nothing: {complaint}")
            losses.add(json.loads(said.splitlines()[-1]))
        return losses
