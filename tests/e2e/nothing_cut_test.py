"""Nothing is cut: 500 connections in full flow, and new ones all the time, through 20 reloads and 10
upgrades in a row: no connection is refused or closed, no frame cut or changed. What a reload of
HAProxy or nginx costs the same load is printed beside it; ./dev bench reload tells more."""

import os
import signal
import sys
import time

import harness
import reloaders
from harness import needs
from lineage import Lineage
from settings import SANITIZED
from steady import SteadyLoad
from wire import unused_address

CONNECTIONS = 100 if SANITIZED else 500
CYCLES = 10  # of two reloads and one upgrade
# What HAProxy and nginx do: ./dev bench reload has them do as much, and wait as operators do.
MUCH = os.environ.get("BRINK_BENCH") == "1"
PEER_RELOADS = 3 * CYCLES if MUCH else 1
OLD_WORKERS = 5 if MUCH else 1  # seconds that they are given
CONF = """
max-clients = 4000
drain-timeout = 60s
upgrade-timeout = 60s
listener "l" {{ address = {address}; upstream = u; idle-timeout = {idle}s }}
upstream "u" {{ server = {server} }}
{more}
"""
MORE = 'listener "more" { address = 127.0.0.1:0; upstream = u }\n'


class NothingIsCut(harness.TestCase):
    def setUp(self):
        self.server = self.quiet("echo", "--max-clients", 20000, "--workers", 1).address()
        if MUCH:
            signal.alarm(600)

    def show(self, name, what, losses):
        print(f"{name:8} {what:50} {losses}", file=sys.stderr, flush=True)

    def configure(self, number):
        """Each time another: one listener more or less, another time-out."""
        self.path.write_text(CONF.format(address=self.address, server=self.server,
                                         idle=60 + number % 60, more=MORE if number % 2 else ""))

    def begin(self):
        self.address = "%s:%d" % unused_address()
        self.path = self.folder() / "brink.conf"
        self.configure(0)
        self.program = self.start("run", "-c", self.path)
        self.program.wait_for_log(event="start")
        self.lineage = Lineage(self, self.program)
        self.reloads = 0

    def reload(self):
        self.reloads += 1
        self.configure(self.reloads)
        os.kill(self.lineage.pid, signal.SIGHUP)
        self.program.wait_for_logs(self.reloads, event="reload")

    def test_brink(self):
        self.begin()
        load = SteadyLoad(self.address, self.addCleanup, CONNECTIONS)
        began = time.monotonic()
        for _ in range(CYCLES):
            self.reload()
            self.reload()
            self.lineage.upgrade()
            self.assertTrue(load.running())
        took = time.monotonic() - began
        losses = load.stop()
        self.show("brink", f"{2 * CYCLES} reloads, {CYCLES} upgrades in {took:.1f} s", losses)
        self.assertTrue(losses.none(), losses.reasons)
        self.assertGreater(losses.frames, 100 * CONNECTIONS)
        for stop in self.program.wait_for_logs(CYCLES, event="stop"):
            self.assertEqual((stop["drained"], stop["frames_cut"]), ("yes", "0"))
            self.assertGreaterEqual(int(stop["handed_over"]), CONNECTIONS)

    def losses_of(self, peer):
        """Of its reloads; by then the old workers are gone."""
        begin = getattr(reloaders, peer)
        relay = begin(self.folder(), self.server, self.addCleanup, OLD_WORKERS)
        load = SteadyLoad(relay.address, self.addCleanup, CONNECTIONS)
        began = time.monotonic()
        for number in range(PEER_RELOADS):
            relay.reload()
            if number + 1 < PEER_RELOADS:
                time.sleep(1)  # as brink takes about that long
        relay.wait_for_old_workers()
        took = time.monotonic() - began
        losses = load.stop()
        self.show(peer, f"{PEER_RELOADS} reloads in {took:.1f} s, old workers go after "
                        f"{OLD_WORKERS} s", losses)
        return losses

    def assert_seen(self, losses):
        """What a relay of bytes loses is seen: so would it be at brink."""
        self.assertEqual(losses.different, 0)
        self.assertGreater(losses.closed, 0)
        self.assertGreater(losses.cut, 0)

    @needs("haproxy")
    def test_haproxy(self):
        self.assert_seen(self.losses_of("haproxy"))

    @needs("nginx")
    def test_nginx(self):
        self.assert_seen(self.losses_of("nginx"))


if __name__ == "__main__":
    harness.main()
