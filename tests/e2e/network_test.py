"""Networks that lose packets, break for good, or carry only small ones. In namespaces of the network
that the test makes."""

import contextlib
import time

import harness
import wire
from harness import needs
from network import Network, can_make
from programs import open_files, wait_until
from settings import PATIENCE, WAIT
from traffic import Traffic
from wire import ending, frame, payload, read_exactly, read_frame, round_trip

PORT = 7000
LATE = 1.0 * PATIENCE  # seconds that a timeout may come late


@needs("ip", "nft", "ss")
class NetworkCase(harness.TestCase):
    def setUp(self):
        if not can_make():
            self.skipTest("namespaces of the network need root")
        self.network = Network()
        self.addCleanup(self.network.__exit__)
        self.network.__enter__()

    def relayed(self, *options):
        """A relay between clients and an echo, each in a namespace of its own."""
        back = f"{self.network.back}:{PORT}"
        self.echo("--idle-timeout", "0", listen=back, wrapper=self.network.wrapper("upstream"))
        program = self.relay(back, *options, listen=f"{self.network.front}:{PORT}",
                             wrapper=self.network.wrapper())
        program.wait_for_log(event="start")
        self._files = open_files(program)
        return program

    def client(self, **options):
        sock = self.network.within("clients", wire.connect, f"{self.network.front}:{PORT}", **options)
        self.addCleanup(sock.close)
        return sock

    def assert_nothing_left(self, program):
        """No connection of brink's, whatever the kernel still tries to send."""
        wait_until(lambda: open_files(program) == self._files, "every connection to be closed")


class LostPackets(NetworkCase):
    def test_some_are_dropped(self):
        """Everything comes, later."""
        program = self.relayed()
        for role in ("brink", "upstream"):
            self.network.drop(role, "numgen random mod 100 < 5")
        traffic = self.network.within("clients", Traffic, f"{self.network.front}:{PORT}", 8,
                                      sizes=(0, 12, 700, 20000), interval=0.05, patience=3 * WAIT)
        self.addCleanup(traffic.close)
        join = self.thread(traffic.run)
        traffic.wait_for_rounds(5)
        traffic.stop()
        join()
        for role in ("brink", "upstream"):
            self.assertGreater(self.network.dropped(role), 0)
        traffic.close()
        self.assert_nothing_left(program)

    def test_small_packets(self):
        program = self.relayed()
        for role in ("clients", "upstream"):
            self.network.shrink(role, 576)
        sock = self.client()
        body = payload(300_000)
        sending = self.thread(sock.sendall, frame(body) * 3)
        for _ in range(3):
            self.assertEqual(read_frame(sock), body)
        sending()
        sock.close()
        self.assert_nothing_left(program)


class BrokenLinks(NetworkCase):
    def test_clients_fall_silent(self):
        """Their link is down for good: idle ones and those that are owed bytes are let go of, and so
        is the upstream."""
        program = self.relayed("--idle-timeout", "1s")
        idle, owed = self.client(), self.client(receive_buffer=4096)
        self.assertEqual(round_trip(idle, b"hello"), b"hello")
        owed.sendall(frame(payload(500)) * 2000)
        read_exactly(owed, 1000)
        self.network.cut("clients")
        for close in program.wait_for_logs(2, event="close"):
            self.assertIn(close["reason"], ("idle-timeout", "client-mid-frame"))
        self.assert_nothing_left(program)

    def test_upstream_falls_silent(self):
        """Its clients are told by a reset or an end, in time."""
        program = self.relayed("--idle-timeout", "1s")
        idle, waiting = self.client(), self.client()
        for sock in (idle, waiting):
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
        self.network.cut("upstream")
        begun = time.monotonic()
        waiting.sendall(frame(b"a request without a reply"))
        for sock in (idle, waiting):
            ending(sock)
        self.assertLess(time.monotonic() - begun, 2 + LATE)
        program.wait_for_logs(2, event="close")
        self.assert_nothing_left(program)

    def test_upstream_falls_silent_within_a_frame(self):
        """What came of the reply is no whole frame: a reset tells so."""
        program = self.relayed("--frame-timeout", "500ms", "--idle-timeout", "5s")
        sock = self.client()
        self.network.drop("brink", f"tcp sport {PORT} quota over 10000 bytes")
        self.assertEqual(round_trip(sock, b"the first ones pass"), b"the first ones pass")
        sock.sendall(frame(payload(20_000)))
        with contextlib.suppress(ConnectionResetError):
            self.assertNotEqual(sock.recv(100_000), b"", "a cut frame ends as if it were whole")
            self.assertEqual(ending(sock), "reset")
        self.assertIn(program.wait_for_log(event="close")["reason"], ("frame-timeout", "idle-timeout"))
        self.assert_nothing_left(program)

    def test_upstream_that_never_answers(self):
        program = self.relayed("--connect-timeout", "300ms")
        self.network.drop("upstream", f"tcp dport {PORT}")
        begun = time.monotonic()
        ending(self.client())
        self.assertGreaterEqual(time.monotonic() - begun, 0.29)
        self.assertLess(time.monotonic() - begun, 0.3 + LATE)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "connect-timeout")
        self.assert_nothing_left(program)

    def test_no_way_to_the_upstream(self):
        """The kernel says so at once."""
        program = self.relayed()
        self.network.cut("upstream")
        ending(self.client())
        self.assertEqual(program.wait_for_log(event="close")["reason"], "connect-failed")
        self.assert_nothing_left(program)


class KilledConnections(NetworkCase):
    def test_by_the_administrator(self):
        """ss -K ends a connection as if it had broken: the other side hears of it."""
        program = self.relayed()
        for side in (f"sport = {PORT}", f"dport = {PORT}"):
            other, sock = self.client(), self.client()
            self.assertEqual(round_trip(other, b"hello"), b"hello")
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
            sock.sendall(frame(payload(100))[:50])
            self.assertEqual(read_exactly(sock, 50), frame(payload(100))[:50])
            before = len(program.log(event="close"))
            self.network.inside("brink", "ss", "-K", "-t", side)
            ending(other)
            self.assertEqual(ending(sock), "reset")
            for close in program.wait_for_logs(before + 2, event="close")[before:]:
                self.assertRegex(close["reason"], "reset|mid-frame")
        self.assert_nothing_left(program)


if __name__ == "__main__":
    harness.main()
