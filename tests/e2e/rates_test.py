"""Limits of a listener: what its clients may send in a second, and how many may come."""

import select
import signal
import time

import harness
from wire import ending, frame, payload, read_exactly, read_frame, round_trip

EARLY = 0.1  # seconds: what the clock, in whole milliseconds, and a read at once may make of it


class RatesCase(harness.TestCase):
    def serve(self, limits, workers=2):
        """Two listeners that echo, the first with the limits."""
        path = self.folder() / "brink.conf"
        path.write_text(f'workers = {workers}\n'
                        f'listener "l" {{ address = 127.0.0.1:0; service = echo; limits {{ {limits} }} }}\n'
                        'listener "free" { address = 127.0.0.1:0; service = echo }\n')
        return self.start("run", "-c", path)

    def figures(self, program):
        program.signal(signal.SIGUSR1)
        return program.wait_for_log(event="stats")


class Clients(RatesCase):
    def test_who_sends_too_much_is_read_more_slowly(self):
        program = self.serve("client-bytes = 200KiB/s; client-bytes-burst = 64KiB")
        fast = self.connect(program)
        body = payload(264 * 1024)
        begun = time.monotonic()
        reader = self.thread(read_frame, fast)
        fast.sendall(frame(body))
        other = self.connect(program)  # its rate is its own
        self.assertEqual(round_trip(other, b"meanwhile"), b"meanwhile")
        reader()
        self.assertGreaterEqual(time.monotonic() - begun, 1.0 - EARLY)
        self.assertGreater(int(self.figures(program)["slowed"]), 5)

    def test_what_comes_back_is_whole(self):
        program = self.serve("client-frames = 500/s; client-frames-burst = 20")
        sock = self.connect(program)
        bodies = [payload(n % 50, n) for n in range(320)]
        begun = time.monotonic()
        sock.sendall(b"".join(frame(body) for body in bodies))
        self.assertEqual([read_frame(sock) for _ in bodies], bodies)
        self.assertGreaterEqual(time.monotonic() - begun, 300 / 500 - EARLY)

    def test_or_is_closed(self):
        program = self.serve("client-frames = 1/s; client-frames-burst = 10; over-rate = close")
        sock = self.connect(program)
        for n in range(10):
            self.assertEqual(round_trip(sock, b"%d" % n), b"%d" % n)
        sock.sendall(frame(b"too many") * 10)
        self.assertEqual(ending(sock), "fin")
        sock.close()
        closed = program.wait_for_log(event="close", reason="over-rate")
        self.assertEqual(closed["side"], "client")
        self.assertEqual(self.figures(program)["over_rate"], "1")


class All(RatesCase):
    def test_clients_share_a_rate(self):
        for workers in (1, 2):
            with self.subTest(workers=workers):
                program = self.serve("bytes = 400KiB/s; bytes-burst = 40KiB", workers)
                socks = [self.connect(program) for _ in range(4)]
                begun = time.monotonic()
                readers = [self.thread(read_exactly, sock, 4 + 110 * 1024) for sock in socks]
                for sock in socks:
                    sock.sendall(frame(payload(110 * 1024)))
                for reader in readers:
                    reader()
                self.assertGreaterEqual(time.monotonic() - begun, 1.0 - EARLY)
                free = self.connect(program.address(1))
                self.assertEqual(round_trip(free, b"free"), b"free")


class Places(RatesCase):
    def test_a_listener_has_its_own(self):
        program = self.serve("clients = 2")
        inside = [self.connect(program) for _ in range(2)]
        for sock in inside:
            self.assertEqual(round_trip(sock, b"in"), b"in")
        third = self.connect(program)
        third.sendall(frame(b"hello"))
        free = self.connect(program.address(1))
        for _ in range(50):
            self.assertEqual(round_trip(free, b"free"), b"free")
        self.assertEqual(select.select([third], [], [], 0)[0], [])
        inside[0].close()
        self.assertEqual(read_frame(third), b"hello")

    def test_new_ones_come_at_their_rate(self):
        program = self.serve("connections = 50/s; connections-burst = 5")
        begun = time.monotonic()
        socks = [self.connect(program) for _ in range(30)]
        for sock in socks:
            sock.sendall(frame(b"hello"))
        for sock in socks:
            self.assertEqual(read_frame(sock), b"hello")
        self.assertGreaterEqual(time.monotonic() - begun, (30 - 5 - 2) / 50 - EARLY)
        self.assertGreater(int(self.figures(program)["rate_pauses"]), 0)


if __name__ == "__main__":
    harness.main()
