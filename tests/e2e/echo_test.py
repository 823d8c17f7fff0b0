"""brink echo: every frame comes back as it was, however it was cut up on its way."""

import selectors
import socket
import time

import harness
from settings import PATIENCE, TEST_LIMIT
from wire import (connect, count_frames, ending, frame, listening_socket, payload, percentile,
                  read_exactly, read_frame, read_to_end, round_trip)

STALL = 0.040  # seconds: what Nagle's algorithm and a delayed acknowledgement cost


class Frames(harness.TestCase):
    def test_many_frames_in_one_read(self):
        sock = self.connect(self.echo())
        stream = b"".join(frame(payload(size, size)) for size in range(300))
        sock.sendall(stream)
        self.assertEqual(read_exactly(sock, len(stream)), stream)

    def test_one_frame_in_thousands_of_writes(self):
        sock = self.connect(self.echo())
        stream = frame(payload(5000))
        reader = self.thread(read_exactly, sock, len(stream))
        for at in range(len(stream)):
            sock.sendall(stream[at:at + 1])
        self.assertEqual(reader(), stream)

    def test_zero_length_frames(self):
        program = self.echo()
        sock = self.connect(program)
        stream = frame(b"") * 100_000
        reader = self.thread(read_to_end, sock)
        sock.sendall(stream)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(reader(), stream)
        close = program.wait_for_log(event="close")
        self.assertEqual(close["client_frames"], "100000")
        self.assertEqual(close["reason"], "client-closed")

    def test_sizes_around_the_edges_of_buffers(self):
        sock = self.connect(self.echo())
        for edge in (4096, 8192, 16384, 32768, 65536, 131072):
            for size in range(edge - 6, edge + 3):
                body = payload(size, size)
                sock.sendall(frame(body))
                self.assertEqual(read_frame(sock), body, f"a payload of {size} bytes")

    def test_large_frame(self):
        sock = self.connect(self.echo())
        body = payload(15 << 20)
        reader = self.thread(read_frame, sock)
        sock.sendall(frame(body))
        self.assertEqual(reader(), body)

    def test_other_layouts(self):
        for spec, layout in (("u8", "B"), ("u16be", ">H"), ("u32be", ">I"), ("u64le", "<Q")):
            with self.subTest(spec=spec):
                program = self.echo("--frame", spec)
                sock = self.connect(program)
                stream = b"".join(frame(payload(size), layout) for size in (0, 1, 255))
                sock.sendall(stream)
                sock.shutdown(socket.SHUT_WR)
                self.assertEqual(read_to_end(sock), stream)
                self.assertEqual(program.wait_for_log(event="close")["client_frames"], "3")

    def test_raw(self):
        sock = self.connect(self.echo("--frame", "raw"))
        data = b"no frames at all \xff\xff\xff\xff"
        sock.sendall(data)
        self.assertEqual(read_exactly(sock, len(data)), data)

    def test_both_directions_are_busy(self):
        """Megabytes on their way in and out at once, on several connections."""
        program = self.echo()
        stream = b"".join(frame(payload(size, size)) for size in (70_000, 1, 0, 1_000_000, 30) * 3)
        waiting = []
        for _ in range(4):
            sock = self.connect(program)
            waiting.append(self.thread(read_exactly, sock, len(stream)))
            waiting.append(self.thread(sock.sendall, stream))
        self.assertEqual([join() for join in waiting].count(stream), 4)


class Pipelining(harness.TestCase):
    def rounds(self, in_flight, rounds):
        """Seconds that a burst of so many frames takes until all are back, round by round."""
        sock = self.connect(self.echo())
        burst = [frame(payload(50 + n % 100, n)) for n in range(in_flight)]
        size, times = sum(map(len, burst)), []
        for _ in range(rounds):
            begun = time.monotonic()
            reader = self.thread(read_exactly, sock, size)
            for one in burst:
                sock.sendall(one)
            self.assertEqual(count_frames(reader()), in_flight)
            times.append(time.monotonic() - begun)
        return times

    def assert_no_stall(self, in_flight, rounds, share):
        """A stall by Nagle's algorithm comes back with each attempt, a busy machine's does not."""
        for _ in range(3):
            times = self.rounds(in_flight, rounds)
            if percentile(times, share) < STALL * PATIENCE * 3 / 4:
                return
        self.fail(f"{in_flight} frames in flight take {sorted(times)[-5:]} s")

    def test_16_in_flight(self):
        self.assert_no_stall(16, 300, 0.99)

    def test_1000_in_flight(self):
        self.assert_no_stall(1000, 20, 0.5)


class Endings(harness.TestCase):
    def test_replies_come_after_the_clients_fin(self):
        program = self.echo()
        sock = self.connect(program)
        stream = frame(payload(3_000_000)) * 3
        sender = self.thread(lambda: (sock.sendall(stream), sock.shutdown(socket.SHUT_WR)))
        self.assertEqual(read_to_end(sock), stream)
        sender()
        self.assertEqual(program.wait_for_log(event="close")["reason"], "client-closed")

    def test_fin_at_once(self):
        program = self.echo()
        sock = self.connect(program)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(sock), b"")
        close = program.wait_for_log(event="close")
        self.assertEqual((close["reason"], close["client_frames"]), ("client-closed", "0"))

    def test_client_that_goes_without_reading(self):
        program = self.echo()
        sock = self.connect(program)
        sock.sendall(frame(payload(200_000)))
        sock.close()
        close = program.wait_for_log(event="close")
        self.assertRegex(close["reason"], "^client-(closed|reset|mid-frame)$")
        self.assertEqual(round_trip(self.connect(program), b"still there"), b"still there")

    def test_fin_within_a_frame(self):
        program = self.echo()
        sock = self.connect(program)
        sock.sendall(frame(b"whole") + frame(b"x" * 1000)[:500])
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(ending(sock), "reset")
        self.assertEqual(program.wait_for_log(event="close")["reason"], "client-mid-frame")

    def test_client_that_never_reads_and_then_does(self):
        """It is slowed down by backpressure, the others are not, and nothing is lost."""
        program = self.echo()
        other = self.connect(program)
        sock = self.connect(program, receive_buffer=16384)
        stream = b"".join(frame(payload(10_000, n)) for n in range(2000))
        sock.setblocking(False)
        sent = self.send_until_stuck(sock, stream)
        self.assertLess(sent, len(stream), "all taken, though nothing was read")
        for n in range(100):
            body = payload(n * 50, n)
            self.assertEqual(round_trip(other, body), body)
        sock.settimeout(TEST_LIMIT)
        reader = self.thread(read_exactly, sock, len(stream))
        sock.sendall(stream[sent:])
        self.assertEqual(reader(), stream)

    def send_until_stuck(self, sock, stream):
        """Sends until there has been no room for a while."""
        sent = 0
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while sent < len(stream) and selector.select(0.3):
                sent += sock.send(stream[sent:sent + 65536])
        return sent


class Addresses(harness.TestCase):
    def assert_echoes(self, address):
        sock = self.connect(address)
        self.assertEqual(round_trip(sock, b"hello"), b"hello", address)

    def test_several_listeners(self):
        path = self.folder() / "echo.sock"
        program = self.start("echo", "--listen", "127.0.0.1:0", "--listen", f"unix:{path}",
                             "--listen", "127.0.0.1:0")
        addresses = [program.address(index) for index in range(3)]
        self.assertEqual(len(set(addresses)), 3)
        for address in addresses:
            self.assert_echoes(address)

    def test_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        address = self.echo(listen="[::1]:0").address()
        self.assertTrue(address.startswith("[::1]:"), address)
        self.assert_echoes(address)

    def test_every_local_address(self):
        port = self.echo(listen=":0").address().rsplit(":", 1)[1]
        self.assert_echoes(f"127.0.0.1:{port}")

    def test_unix_path(self):
        path = self.folder() / "echo.sock"
        self.assertEqual(self.echo(listen=f"unix:{path}").address(), f"unix:{path}")
        self.assert_echoes(f"unix:{path}")

    def test_unix_path_of_a_dead_program(self):
        """The file that a killed program left behind does not keep the next one from listening."""
        path = self.folder() / "echo.sock"
        left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        left.bind(str(path))
        left.close()
        self.assertTrue(path.exists())
        self.echo(listen=f"unix:{path}")
        self.assert_echoes(f"unix:{path}")

    def test_unix_abstract(self):
        name = f"brink-e2e-{payload(8, time.monotonic_ns()).hex()}"
        self.echo(listen=f"unix:@{name}")
        self.assert_echoes(f"unix:@{name}")

    def test_descriptor(self):
        listener, address = listening_socket()
        with listener:
            self.echo(listen=f"fd:{listener.fileno()}", pass_fds=[listener.fileno()])
        self.assert_echoes(address)

    def test_peer_in_the_log(self):
        program = self.echo()
        sock = self.connect(program)
        name = "%s:%d" % sock.getsockname()
        sock.close()
        program.wait_for_log(event="close", peer=name)

    def test_one_worker_and_four(self):
        for workers in (1, 4):
            with self.subTest(workers=workers):
                address = self.echo("--workers", workers).address()
                for sock in [connect(address) for _ in range(20)]:
                    with sock:
                        self.assertEqual(round_trip(sock, b"hello"), b"hello")


if __name__ == "__main__":
    harness.main()
