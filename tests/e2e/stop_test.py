"""SIGTERM and SIGINT: frames in flight are finished, idle connections leave at once."""

import contextlib
import signal
import socket
import struct
import threading
import time

import harness
from programs import echo_bytes, listening_at, wait_until
from settings import PATIENCE, WAIT
from wire import (connect, ending, frame, payload, read_exactly, read_frame, read_to_end,
                  round_trip)


class Stop(harness.TestCase):
    def wait_for_closed_listener(self, program):
        """Looks, without connecting: a client more would be one more to drain."""
        port = int(program.address().rsplit(":", 1)[1])
        wait_until(lambda: not listening_at(port), "the listener to be closed")
        with self.assertRaises(ConnectionRefusedError):
            connect(program.address())

    def assert_drained(self, program, *socks):
        self.assertEqual(program.wait(), 0)
        for sock in socks:
            (close,) = program.log(event="close", peer="%s:%d" % sock.getsockname())
            self.assertEqual(close["reason"], "drained")

    def test_nobody_connected(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            program = self.echo()
            program.signal(number)
            self.assertEqual(program.wait(), 0)

    def test_idle_connections_leave_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            program = self.relay(self.upstream(echo_bytes).address)
            socks = [self.connect(program) for _ in range(20)]
            for sock in socks[:10]:
                self.assertEqual(round_trip(sock, b"hello"), b"hello")
            self.assertEqual(round_trip(socks[19], b"last"), b"last")
            begun = time.monotonic()
            program.signal(number)
            for sock in socks:
                ending(sock)
            self.assertEqual(program.wait(), 0)
            self.assertLess(time.monotonic() - begun, 2 * PATIENCE)
            reasons = {close["reason"] for close in program.log(event="close")}
            self.assertEqual(reasons, {"drained"})

    def test_idle_client_sees_a_fin(self):
        program = self.echo()
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(sock), "fin")
        self.assert_drained(program, sock)

    def test_half_sent_frame_is_finished(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            program = self.echo()
            sock = self.connect(program)
            whole = frame(payload(100_000))
            sock.sendall(whole[:50_000])
            self.assertEqual(read_exactly(sock, 4), whole[:4])
            program.signal(number)
            self.wait_for_closed_listener(program)
            sock.sendall(whole[50_000:])
            self.assertEqual(read_to_end(sock), whole[4:])
            self.assert_drained(program, sock)

    def test_half_sent_frame_through_a_relay(self):
        begun = threading.Event()

        def script(connection):
            (size,) = struct.unpack("<I", read_exactly(connection, 4))
            begun.set()
            connection.sendall(frame(read_exactly(connection, size)[::-1]))
            return connection.recv(1)

        upstream = self.upstream(script)
        program = self.relay(upstream.address)
        sock = self.connect(program)
        body = payload(100_000)
        sock.sendall(frame(body)[:50_000])
        self.assertTrue(begun.wait(WAIT))
        program.signal(signal.SIGTERM)
        self.wait_for_closed_listener(program)
        self.assertTrue(program.running())
        sock.sendall(frame(body)[50_000:])
        self.assertEqual(read_frame(sock), body[::-1])
        self.assertEqual(read_to_end(sock), b"")
        self.assertEqual(upstream.result(), b"")
        self.assert_drained(program, sock)

    def test_reply_that_is_owed(self):
        asked, go = threading.Event(), threading.Event()

        def script(connection):
            body = read_frame(connection)
            asked.set()
            go.wait(WAIT)
            connection.sendall(frame(body))
            return connection.recv(1)

        program = self.relay(self.upstream(script).address)
        sock = self.connect(program)
        sock.sendall(frame(b"question"))
        self.assertTrue(asked.wait(WAIT))
        program.signal(signal.SIGTERM)
        self.wait_for_closed_listener(program)
        self.assertTrue(program.running())
        go.set()
        self.assertEqual(read_frame(sock), b"question")
        self.assertEqual(read_to_end(sock), b"")
        self.assert_drained(program, sock)

    def test_half_sent_reply_is_finished(self):
        go = threading.Event()
        answer = frame(payload(5_000_000))

        def script(connection):
            read_frame(connection)
            connection.sendall(answer[:100])
            go.wait(WAIT)
            connection.sendall(answer[100:])
            return connection.recv(1)

        program = self.relay(self.upstream(script).address)
        sock = self.connect(program)
        sock.sendall(frame(b"question"))
        self.assertEqual(read_exactly(sock, 100), answer[:100])
        program.signal(signal.SIGTERM)
        self.wait_for_closed_listener(program)
        go.set()
        self.assertEqual(read_to_end(sock), answer[100:])
        self.assert_drained(program, sock)

    def test_many_with_frames_in_flight(self):
        program = self.relay(self.echo().address())
        socks = [self.connect(program) for _ in range(50)]
        bodies = [payload(5000 + n, n) for n in range(50)]
        for sock, body in zip(socks, bodies):
            sock.sendall(frame(body)[:1000])
            self.assertEqual(read_exactly(sock, 4), frame(body)[:4])
        program.signal(signal.SIGTERM)
        self.wait_for_closed_listener(program)
        for sock, body in zip(socks, bodies):
            sock.sendall(frame(body)[1000:])
            self.assertEqual(read_to_end(sock), body)
        self.assert_drained(program, *socks)


class Deadline(harness.TestCase):
    def begun(self, *options):
        """A relay with one frame half sent, and its client."""
        program = self.relay(self.echo().address(), *options)
        sock = self.connect(program)
        sock.sendall(frame(bytes(1000))[:500])
        read_exactly(sock, 4)
        return program, sock

    def test_deadline(self):
        program, sock = self.begun("--drain-timeout", "300ms")
        begun = time.monotonic()
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(sock), "reset")
        self.assertEqual(program.wait(), 3)
        took = time.monotonic() - begun
        self.assertGreaterEqual(took, 0.29)
        self.assertLess(took, 0.3 + 1.0 * PATIENCE)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "drain-deadline")

    def test_second_signal(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM),
                              (signal.SIGTERM, signal.SIGINT)):
            program, sock = self.begun("--drain-timeout", "1h")
            program.signal(first)
            program.wait_for_log(event="signal")
            begun = time.monotonic()
            program.signal(second)
            self.assertEqual(ending(sock), "reset")
            self.assertEqual(program.wait(), 3)
            self.assertLess(time.monotonic() - begun, 2 * PATIENCE)

    def test_clients_in_the_backlog(self):
        """A client that waits because the limit is reached is let go, too."""
        program = self.echo("--max-clients", 1)
        inside = self.connect(program)
        self.assertEqual(round_trip(inside, b"in"), b"in")
        waiting = connect(program.address())
        with waiting:
            program.signal(signal.SIGTERM)
            ending(inside)
            ending(waiting)
            self.assertEqual(program.wait(), 0)

    def test_reader_that_never_reads(self):
        """Undelivered bytes are waited for, but not beyond the deadline."""
        def script(connection):
            with contextlib.suppress(ConnectionError):
                connection.sendall(frame(bytes(15 << 20)))

        program = self.relay(self.upstream(script).address, "--drain-timeout", "300ms")
        sock = self.connect(program, receive_buffer=16384)
        sock.recv(1, socket.MSG_PEEK)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 3)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "drain-deadline")

    def test_sigpipe_is_ignored(self):
        program = self.echo()
        sock = self.connect(program)
        program.signal(signal.SIGPIPE)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")


if __name__ == "__main__":
    harness.main()
