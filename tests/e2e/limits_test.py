"""What bounds a connection: how many there may be, and how long each may take."""

import contextlib
import resource
import select
import selectors
import threading
import time

import harness
from programs import cpu_seconds, echo_bytes
from settings import PATIENCE, WAIT
from wire import ending, frame, payload, read_exactly, read_frame, round_trip

CLIENTS = 500
LATE = 1.0 * PATIENCE  # seconds that a timeout may come late


class LimitsCase(harness.TestCase):
    def serve_all(self, socks, reply):
        """Each gets its reply and leaves, which lets others in, until all have been served."""
        waiting = len(socks)
        with selectors.DefaultSelector() as selector:
            for sock in socks:
                selector.register(sock, selectors.EVENT_READ)
            while waiting:
                events = selector.select(WAIT)
                self.assertTrue(events, f"{waiting} never got in")
                for key, _ in events:
                    self.assertEqual(read_frame(key.fileobj), reply)
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    waiting -= 1


class MaxClients(LimitsCase):
    def test_further_clients_wait_and_get_in(self):
        for workers in (1, 2):
            with self.subTest(workers=workers):
                program = self.echo("--max-clients", 4, "--workers", workers)
                inside = [self.connect(program) for _ in range(4)]
                for sock in inside:
                    self.assertEqual(round_trip(sock, b"in"), b"in")
                waiting = [self.connect(program) for _ in range(3)]
                for sock in waiting:
                    sock.sendall(frame(b"hello"))
                self.assertEqual(select.select(waiting, [], [], 0.2)[0], [], "more than 4 got in")
                for sock in inside:
                    self.assertEqual(round_trip(sock, b"still in"), b"still in")
                for sock in inside[:3]:
                    sock.close()
                for sock in waiting:
                    self.assertEqual(read_frame(sock), b"hello")
                self.assertEqual(round_trip(inside[3], b"last"), b"last")

    def test_relay(self):
        program = self.relay(self.upstream(echo_bytes).address, "--max-clients", 2)
        inside = [self.connect(program) for _ in range(2)]
        for sock in inside:
            self.assertEqual(round_trip(sock, b"in"), b"in")
        late = self.connect(program)
        late.sendall(frame(b"hello"))
        self.assertEqual(select.select([late], [], [], 0.2)[0], [], "more than 2 got in")
        inside[0].close()
        self.assertEqual(read_frame(late), b"hello")

    def test_turns_at_a_full_server(self):
        """Many come and go at the limit, and accepting never stays paused."""
        program = self.echo("--max-clients", 3)
        for turn in range(30):
            socks = [self.connect(program) for _ in range(10)]
            for sock in socks:
                sock.sendall(frame(payload(turn)))
            self.serve_all(socks, payload(turn))


class OpenFiles(LimitsCase):
    """64 descriptors and 500 clients."""

    def crowd(self, program):
        socks = [self.connect(program) for _ in range(CLIENTS)]
        for sock in socks:
            sock.sendall(frame(b"let me in"))
        return socks

    def served(self, socks, reply, timeout):
        """Those of `socks` that have got the reply, once no other has for so long."""
        lucky = []
        with selectors.DefaultSelector() as selector:
            for sock in socks:
                selector.register(sock, selectors.EVENT_READ)
            while events := selector.select(timeout):
                for key, _ in events:
                    self.assertEqual(read_frame(key.fileobj), reply)
                    selector.unregister(key.fileobj)
                    lucky.append(key.fileobj)
        return lucky

    def check(self, program):
        socks = self.crowd(program)
        inside = self.served(socks, b"let me in", 0.5 * PATIENCE)
        self.assertGreater(len(inside), 5)
        self.assertLess(len(inside), 64)

        used, begun = cpu_seconds(program.pid), time.monotonic()
        threading.Event().wait(1)
        used = (cpu_seconds(program.pid) - used) / (time.monotonic() - begun)
        self.assertLess(used, 0.1, "not idle while full")

        for sock in inside:
            self.assertEqual(round_trip(sock, b"not lost"), b"not lost")
        for sock in inside:
            sock.close()
        self.serve_all([sock for sock in socks if sock.fileno() >= 0], b"let me in")

    def test_echo(self):
        self.check(self.echo(open_files=64))

    def test_relay(self):
        self.check(self.relay(self.echo().address(), open_files=64))

    def test_limit_that_falls_while_running(self):
        """Nothing at the start told of it: accept fails with EMFILE."""
        program = self.echo()
        program.wait_for_log(event="start")
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (64, 64))
        self.check(program)
        program.wait_for_log(event="accept-paused", level="warn")


class IdleTimeout(harness.TestCase):
    def test_idle_client(self):
        program = self.echo("--idle-timeout", "500ms")
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        begun = time.monotonic()
        ending(sock)
        took = time.monotonic() - begun
        self.assertGreaterEqual(took, 0.49)
        self.assertLess(took, 0.5 + LATE)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "idle-timeout")

    def test_client_that_says_nothing(self):
        program = self.relay(self.upstream(echo_bytes).address, "--idle-timeout", "300ms")
        begun = time.monotonic()
        ending(self.connect(program))
        self.assertGreaterEqual(time.monotonic() - begun, 0.29)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "idle-timeout")

    def test_bytes_of_either_side_count(self):
        """The one side sends now and then, the other never: nobody is idle."""
        def script(connection):
            while not self.enough.wait(0.1):
                connection.sendall(frame(b"tick"))

        self.enough = threading.Event()
        self.addCleanup(self.enough.set)
        idle = 0.5 * PATIENCE
        program = self.relay(self.upstream(script).address, "--idle-timeout",
                             f"{idle * 1000:.0f}ms")
        sock = self.connect(program)
        begun = time.monotonic()
        while time.monotonic() - begun < 3 * idle:
            self.assertEqual(read_frame(sock), b"tick")
        self.enough.set()
        sock.close()
        self.assertNotEqual(program.wait_for_log(event="close")["reason"], "idle-timeout")

    def test_zero_is_never(self):
        program = self.echo("--idle-timeout", "0")
        sock = self.connect(program)
        self.assertEqual(select.select([sock], [], [], 0.3)[0], [])
        self.assertEqual(round_trip(sock, b"hello"), b"hello")


class FrameTimeout(harness.TestCase):
    def dribble(self, sock, data):
        """A byte every 20 ms, until the peer has had enough."""
        for at in range(len(data)):
            if select.select([sock], [], [], 0.02)[0]:
                return
            with contextlib.suppress(ConnectionError):
                sock.sendall(data[at:at + 1])

    def test_dribbling_client(self):
        program = self.echo("--frame-timeout", "500ms")
        other, quiet, slow = (self.connect(program) for _ in range(3))
        self.assertEqual(round_trip(quiet, b"hello"), b"hello")
        begun = time.monotonic()
        dribbling = self.thread(self.dribble, slow, frame(bytes(10_000)))
        while not program.log(event="close"):
            self.assertEqual(round_trip(other, payload(1000)), payload(1000))
            self.assertLess(time.monotonic() - begun, 0.5 + LATE, "not closed in time")
        self.assertGreaterEqual(time.monotonic() - begun, 0.49)
        dribbling()
        ending(slow)
        closes = program.log(event="close")
        self.assertEqual([close["reason"] for close in closes], ["frame-timeout"])
        self.assertEqual(round_trip(quiet, b"between frames"), b"between frames")

    def test_dribbled_header(self):
        program = self.relay(self.upstream(echo_bytes).address, "--frame-timeout", "300ms")
        sock = self.connect(program)
        sock.sendall(b"\x05\x00")
        ending(sock)
        close = program.wait_for_log(event="close")
        self.assertEqual((close["reason"], close["side"]), ("frame-timeout", "client"))

    def test_frames_in_time_go_on(self):
        """Each is finished in time, together they take longer."""
        program = self.echo("--frame-timeout", f"{500 * PATIENCE}ms")
        sock = self.connect(program)
        begun = time.monotonic()
        while time.monotonic() - begun < 1.2 * PATIENCE:
            sock.sendall(frame(b"hello")[:6])
            threading.Event().wait(0.05)
            sock.sendall(frame(b"hello")[6:])
            self.assertEqual(read_frame(sock), b"hello")

    def test_slow_upstream(self):
        def script(connection):
            read_frame(connection)
            connection.sendall(frame(bytes(100))[:50])
            return ending(connection)

        upstream = self.upstream(script)
        program = self.relay(upstream.address, "--frame-timeout", "300ms")
        sock = self.connect(program)
        sock.sendall(frame(b"hello"))
        read_exactly(sock, 50)
        self.assertEqual(ending(sock), "reset")
        upstream.result()
        close = program.wait_for_log(event="close")
        self.assertEqual((close["reason"], close["side"]), ("frame-timeout", "upstream"))

    def test_a_thousand_dribblers(self):
        program = self.echo("--frame-timeout", "1s")
        other = self.connect(program)
        socks = [self.connect(program) for _ in range(1000)]
        for sock in socks:
            sock.sendall(frame(bytes(16))[:5])
        for n in range(200):
            self.assertEqual(round_trip(other, payload(n, n)), payload(n, n))
        program.wait_for_logs(1000, event="close", reason="frame-timeout")
        self.assertEqual(round_trip(other, b"unharmed"), b"unharmed")


if __name__ == "__main__":
    harness.main()
