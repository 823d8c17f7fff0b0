"""brink relay: what one side sends the other gets, whole, in order, and with the same ending."""

import selectors
import socket
import threading

import harness
from programs import echo_bytes, proc_status
from settings import SANITIZED, TEST_LIMIT
from wire import connect, frame, payload, read_exactly, read_frame, read_to_end, round_trip

MIB = 1 << 20


class Data(harness.TestCase):
    def test_round_trips_of_all_sizes(self):
        program = self.relay(self.upstream(echo_bytes).address)
        sock = self.connect(program)
        sizes = [0, 1, 3, 4, 5, 4095, 32764, 32768, 32769, 65531, 65536, 65537, 1_000_000]
        for size in sizes:
            body = payload(size, size)
            self.assertEqual(round_trip(sock, body), body, f"a payload of {size} bytes")
        sock.close()
        close = program.wait_for_log(event="close")
        total = str(sum(sizes) + 4 * len(sizes))
        for side in ("client", "upstream"):
            self.assertEqual(close[f"{side}_frames"], str(len(sizes)))
            self.assertEqual(close[f"{side}_bytes"], total)

    def test_huge_frame_in_bounded_memory(self):
        upstream = self.upstream(echo_bytes)
        program = self.relay(upstream.address, "--max-frame", "65MiB")
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"warm up"), b"warm up")
        before = proc_status(program.pid, "VmHWM")
        body = payload(64 * MIB)
        sender = self.thread(sock.sendall, frame(body))
        self.assertTrue(read_frame(sock) == body, "not the same bytes")
        sender()
        if not SANITIZED:
            grown = proc_status(program.pid, "VmHWM") - before
            self.assertLess(grown, 24 * MIB)

    def test_one_byte_at_a_time(self):
        program = self.relay(self.upstream(echo_bytes).address)
        sock = self.connect(program)
        stream = frame(payload(1500)) + frame(b"") + frame(b"x")
        reader = self.thread(read_exactly, sock, len(stream))
        for at in range(len(stream)):
            sock.sendall(stream[at:at + 1])
        self.assertEqual(reader(), stream)

    def test_part_of_a_frame_is_passed_on(self):
        """Cut-through: a frame's bytes do not wait for its end."""
        def script(connection):
            part = read_exactly(connection, 504)
            connection.sendall(frame(b"half seen"))
            return part + read_to_end(connection)

        upstream = self.upstream(script)
        sock = self.connect(self.relay(upstream.address))
        whole = frame(payload(1000))
        sock.sendall(whole[:504])
        self.assertEqual(read_frame(sock), b"half seen")
        sock.sendall(whole[504:])
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(upstream.result(), whole)

    def test_raw(self):
        program = self.relay(self.upstream(echo_bytes).address, "--frame", "raw")
        sock = self.connect(program)
        data = b"\xff" * 300_000
        sender = self.thread(lambda: (sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
        self.assertEqual(read_to_end(sock), data)
        sender()
        self.assertEqual(program.wait_for_log(event="close")["client_bytes"], "300000")

    def test_server_that_speaks_first(self):
        def script(connection):
            connection.sendall(frame(b"welcome"))
            return echo_bytes(connection)

        sock = self.connect(self.relay(self.upstream(script).address))
        self.assertEqual(read_frame(sock), b"welcome")
        self.assertEqual(round_trip(sock, b"thanks"), b"thanks")

    def test_unix_sockets_on_both_sides(self):
        folder = self.folder()
        echo = self.echo(listen=f"unix:{folder}/echo")
        relay = self.relay(echo.address(), listen=f"unix:{folder}/relay")
        body = payload(200_000)
        self.assertEqual(round_trip(self.connect(relay), body), body)

    def test_500_clients_at_once(self):
        relay = self.relay(self.echo().address())
        address = relay.address()
        clients = [connect(address) for _ in range(500)]
        for sock in clients:
            self.addCleanup(sock.close)
        for turn in range(3):
            bodies = [payload(100 + n, turn * 1000 + n) for n in range(500)]
            for sock, body in zip(clients, bodies):
                sock.sendall(frame(body))
            for sock, body in zip(clients, bodies):
                self.assertEqual(read_frame(sock), body)
        for sock in clients:
            sock.close()
        closes = relay.wait_for_logs(500, event="close", reason="client-closed")
        self.assertEqual({close["upstream_frames"] for close in closes}, {"3"})


class Backpressure(harness.TestCase):
    def flood(self, size):
        """An upstream that answers the frame "flood" with so many bytes and echoes the others."""
        body = payload(size)

        def script(connection):
            while (request := read_frame(connection)) != b"flood":
                connection.sendall(frame(request))
            connection.settimeout(TEST_LIMIT)
            connection.sendall(frame(body))

        return self.upstream(lambda connection: self.until_end(script, connection)), body

    def until_end(self, script, connection):
        try:
            return script(connection)
        except EOFError:
            return None

    def test_reader_that_is_slow(self):
        """It gets everything in the end, memory stays bounded, and others are not held up."""
        upstream, body = self.flood(48 * MIB)
        program = self.relay(upstream.address, "--max-frame", "64MiB")
        slow = self.connect(program, receive_buffer=32768)
        others = [self.connect(program) for _ in range(8)]
        for sock in others:
            self.assertEqual(round_trip(sock, b"warm up"), b"warm up")
        before = proc_status(program.pid, "VmHWM")
        slow.sendall(frame(b"flood"))
        self.assertEqual(slow.recv(1, socket.MSG_PEEK), frame(body)[:1])
        for n in range(100):
            for sock in others:
                self.assertEqual(round_trip(sock, payload(n, n)), payload(n, n))
        self.assertEqual(upstream.results, [], "the flood went somewhere")
        if not SANITIZED:
            self.assertLess(proc_status(program.pid, "VmHWM") - before, 8 * MIB)
        self.assertTrue(read_frame(slow) == body, "not the same bytes")

    def test_upstream_that_does_not_read(self):
        go = threading.Event()
        self.addCleanup(go.set)

        def script(connection):
            if read_frame(connection) == b"wait":
                go.wait(TEST_LIMIT)
            return len(read_to_end(connection))

        upstream = self.upstream(script)
        program = self.relay(upstream.address)
        sock = self.connect(program)
        stream = frame(payload(15 * MIB))
        before = proc_status(program.pid, "VmHWM")
        sock.sendall(frame(b"wait"))
        sock.setblocking(False)
        sent = 0
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while sent < len(stream) and selector.select(0.3):
                sent += sock.send(stream[sent:])
        if not SANITIZED:
            self.assertLess(proc_status(program.pid, "VmHWM") - before, 8 * MIB)
        other = self.connect(program)
        other.sendall(frame(b"hello"))
        other.shutdown(socket.SHUT_WR)
        self.assertEqual(upstream.result(), 0, "another client was held up")
        go.set()
        sock.settimeout(TEST_LIMIT)
        sock.sendall(stream[sent:])
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(upstream.result(1), len(stream))


if __name__ == "__main__":
    harness.main()
