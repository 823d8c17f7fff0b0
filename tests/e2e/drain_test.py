"""How connections leave: by policy, after a delay, spread over a time, and what a deadline cuts."""

import contextlib
import selectors
import signal
import socket
import threading
import time

import harness
from programs import echo_bytes, listening_at, wait_until
from settings import DISPATCH, PATIENCE, WAIT
from wire import connect, ending, frame, payload, read_exactly, read_frame, read_to_end, round_trip


def name_of(sock):
    return "%s:%d" % sock.getsockname()


class Drain(harness.TestCase):
    def begun(self, program, size=1000, sent=500):
        """A client that has sent a part of a frame to an echo, or through a relay to one."""
        sock = self.connect(program)
        sock.sendall(frame(payload(size))[:4 + sent])
        self.assertEqual(read_exactly(sock, 4 + sent), frame(payload(size))[:4 + sent])
        return sock

    def waiting_server(self):
        """An upstream that answers once told to, and the events of having been asked, and of that."""
        asked, go = threading.Event(), threading.Event()

        def script(connection):
            body = read_frame(connection)
            asked.set()
            go.wait(WAIT)
            connection.sendall(frame(body))
            return connection.recv(1)

        return self.upstream(script), asked, go

    def end_in_log(self, program):
        return program.wait_for_log(event="stop")


class Policy(Drain):
    def test_idle_waits_for_the_reply(self):
        upstream, asked, go = self.waiting_server()
        program = self.relay(upstream.address, "--drain-policy", "idle")
        sock = self.connect(program)
        sock.sendall(frame(b"question"))
        self.assertTrue(asked.wait(WAIT))
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait_for_log(event="signal")["policy"], "idle")
        go.set()
        self.assertEqual(read_to_end(sock), frame(b"question"))
        self.assertEqual(program.wait(), 0)

    def test_boundary_does_not(self):
        upstream, asked, go = self.waiting_server()
        program = self.relay(upstream.address, "--drain-policy", "boundary")
        sock = self.connect(program)
        sock.sendall(frame(b"question"))
        self.assertTrue(asked.wait(WAIT))
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(sock), "fin")
        self.assertEqual(program.wait(), 0)
        stop = self.end_in_log(program)
        self.assertEqual((stop["frames_cut"], stop["drain_cut"]), ("0", "0"))
        go.set()

    def test_boundary_finishes_frames(self):
        program = self.relay(self.echo().address(), "--drain-policy", "boundary")
        sock = self.begun(program)
        program.signal(signal.SIGTERM)
        program.wait_for_log(event="signal")
        sock.sendall(payload(1000)[500:])
        self.assertEqual(read_to_end(sock), payload(1000)[500:])
        self.assertEqual(program.wait(), 0)

    def test_now_cuts(self):
        program = self.relay(self.echo().address(), "--drain-policy", "now")
        sock = self.begun(program)
        idle = self.connect(program)
        self.assertEqual(round_trip(idle, b"idle"), b"idle")
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(sock), "reset")
        self.assertEqual(ending(idle), "fin")
        self.assertEqual(program.wait(), 3)
        self.assertEqual(self.end_in_log(program)["drain_cut"], "1")

    def test_quiet(self):
        """Raw bytes are let go when nothing has come for so long."""
        program = self.relay(self.upstream(echo_bytes).address, "--frame", "raw",
                             "--drain-quiet", "200ms")
        sock = self.connect(program)
        sock.sendall(b"some")
        self.assertEqual(read_exactly(sock, 4), b"some")
        begun = time.monotonic()
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(sock), "fin")
        self.assertLess(time.monotonic() - begun, 0.9 * PATIENCE)
        self.assertEqual(program.wait(), 0)


class Deadline(Drain):
    def test_who_stops_within_a_frame_is_cut_and_named(self):
        program = self.relay(self.echo().address(), "--drain-timeout", "300ms")
        cut = [self.begun(program, 1000, 500 + n) for n in range(3)]
        idle = [self.connect(program) for _ in range(5)]
        for sock in idle:
            self.assertEqual(round_trip(sock, b"idle"), b"idle")
        program.signal(signal.SIGTERM)
        for sock in idle:
            self.assertEqual(ending(sock), "fin")
        for sock in cut:
            self.assertEqual(ending(sock), "reset")
        self.assertEqual(program.wait(), 3)
        stop = self.end_in_log(program)
        self.assertEqual(stop["drained"], "no")
        self.assertEqual(stop["drain_cut"], "3")
        self.assertEqual(stop["frames_cut"], "6")  # the request's, and the echo's, of each
        self.assertEqual(len(program.log(event="drain-cut")), 3)
        for n, sock in enumerate(cut):
            (line,) = program.log(event="drain-cut", peer=name_of(sock))
            self.assertEqual(line["client_missing"], str(500 - n))
            self.assertEqual(line["upstream_missing"], str(500 - n))
            self.assertEqual(line["client_undelivered"], "0")
            self.assertEqual(line["upstream_undelivered"], "0")
            self.assertIn("upstream", line)
            sides = {frame["side"]: frame["missing"]
                     for frame in program.log(event="frame-cut", peer=name_of(sock))}
            self.assertEqual(sides, {"client": str(500 - n), "upstream": str(500 - n)})
            (close,) = program.log(event="close", peer=name_of(sock))
            self.assertEqual(close["reason"], "drain-deadline")

    def test_what_was_not_delivered_is_told(self):
        whole = frame(bytes(15 << 20))

        def script(connection):
            with contextlib.suppress(ConnectionError):
                read_frame(connection)
                connection.sendall(whole)

        program = self.relay(self.upstream(script).address, "--drain-timeout", "500ms")
        sock = self.connect(program, receive_buffer=16384)
        sock.sendall(frame(b"question"))
        sock.recv(1, socket.MSG_PEEK)  # and reads no more
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 3)
        (line,) = program.log(event="drain-cut")
        self.assertEqual(line["peer"], name_of(sock))
        self.assertGreater(int(line["upstream_missing"]), 0)
        self.assertGreater(int(line["upstream_undelivered"]), 0)
        self.assertEqual(line["unanswered"], "1")
        self.assertEqual(self.end_in_log(program)["drain_cut"], "1")
        self.assertEqual(self.end_in_log(program)["frames_cut"], "1")

    def test_request_without_a_reply(self):
        """It is cut short, although no frame is: that is told, too."""
        upstream, asked, go = self.waiting_server()
        program = self.relay(upstream.address, "--drain-timeout", "500ms")
        sock = self.connect(program)
        sock.sendall(frame(b"question"))
        self.assertTrue(asked.wait(WAIT))
        program.signal(signal.SIGTERM)
        ending(sock)
        self.assertEqual(program.wait(), 3)
        (line,) = program.log(event="drain-cut")
        self.assertEqual((line["peer"], line["unanswered"]), (name_of(sock), "1"))
        stop = self.end_in_log(program)
        self.assertEqual((stop["drain_cut"], stop["frames_cut"]), ("1", "0"))
        go.set()


class Delay(Drain):
    CONFIG = """
        admin {{ address = 127.0.0.1:0 }}
        drain-delay = {delay}; drain-timeout = 10s
        listener "front" {{ address = 127.0.0.1:0; service = echo }}
    """

    def serve(self, delay):
        program = self.configured(self.CONFIG.format(delay=delay))
        self.admin = program.wait_for_log(event="admin")["address"]
        return program

    def ready(self):
        with connect(self.admin) as sock:
            sock.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            return int(read_to_end(sock).split()[1])

    def test_unready_while_clients_are_served_and_then_refused(self):
        program = self.serve("1500ms" if PATIENCE == 1 else "5s")
        old = self.connect(program)
        self.assertEqual(round_trip(old, b"old"), b"old")
        self.assertEqual(self.ready(), 200)
        program.signal(signal.SIGTERM)
        told = program.wait_for_log(event="signal")
        self.assertEqual((told["action"], told["policy"]), ("delay", "idle"))
        self.assertEqual(self.ready(), 503)
        new = self.connect(program)
        self.assertEqual(round_trip(new, b"new"), b"new")
        self.assertEqual(round_trip(old, b"still"), b"still")
        self.assertEqual(program.log(event="drain"), [])
        self.assertEqual(program.wait_for_log(event="drain")["clients"], "2")
        self.assertEqual(ending(old), "fin")
        self.assertEqual(ending(new), "fin")
        port = int(program.address().rsplit(":", 1)[1])
        wait_until(lambda: not listening_at(port), "the listener to be closed")
        self.assertEqual(program.wait(), 0)

    def test_second_signal_does_not_wait(self):
        program = self.serve("1h")
        sock = self.begun(program)
        program.signal(signal.SIGTERM)
        program.wait_for_log(event="signal", action="delay")
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(sock), "reset")
        self.assertEqual(program.wait(), 3)
        self.assertEqual(program.wait_for_log(event="signal", action="leave")["policy"], "now")


class Spread(Drain):
    def test_clients_leave_one_after_another(self):
        """Each is served until its time has come. Ten slices of the time: none has half of all."""
        program = self.echo("--drain-spread", "2s")
        socks = [self.connect(program) for _ in range(100)]
        for sock in socks:
            self.assertEqual(round_trip(sock, b"x"), b"x")
        selector = selectors.DefaultSelector()
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ)
        begun = time.monotonic()
        program.signal(signal.SIGTERM)
        times = []
        while len(times) < len(socks):
            for key, _ in selector.select(WAIT):
                self.assertEqual(ending(key.fileobj), "fin")
                selector.unregister(key.fileobj)
                times.append(time.monotonic() - begun)
        self.assertEqual(program.wait(), 0)
        self.assertGreater(times[-1], 1.0)
        self.assertLess(times[-1], 2.0 + 1.0 * PATIENCE)
        slices = [sum(n <= at * 5 < n + 1 for at in times) for n in range(100)]
        self.assertLess(max(slices), 50)
        self.assertGreater(sum(1 for count in slices if count > 0), 4)

    def test_who_has_time_is_served(self):
        program = self.echo("--drain-spread", "1h", "--drain-timeout", "3h")
        socks = [self.connect(program) for _ in range(5)]
        for sock in socks:
            self.assertEqual(round_trip(sock, b"x"), b"x")
        program.signal(signal.SIGTERM)
        program.wait_for_log(event="signal")
        for sock in socks:
            self.assertEqual(round_trip(sock, b"still"), b"still")
        program.signal(signal.SIGTERM)
        for sock in socks:
            ending(sock)
        self.assertEqual(program.wait(), 0)


class Door(Drain):
    def test_who_waits_to_be_accepted_is_served(self):
        """The program is stopped while they come, so that they are in the kernel's queue then."""
        program = self.echo(*DISPATCH)
        inside = self.connect(program)
        self.assertEqual(round_trip(inside, b"in"), b"in")
        program.signal(signal.SIGSTOP)
        socks = [connect(program.address()) for _ in range(20)]
        for sock in socks:
            self.addCleanup(sock.close)
            sock.sendall(frame(b"waiting"))
        program.signal(signal.SIGTERM)
        program.signal(signal.SIGCONT)
        for sock in socks:
            self.assertEqual(read_to_end(sock), frame(b"waiting"))
        self.assertEqual(ending(inside), "fin")
        self.assertEqual(program.wait(), 0)
        self.assertEqual(self.end_in_log(program)["accepted"], "21")


if __name__ == "__main__":
    harness.main()
