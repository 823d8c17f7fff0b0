"""Who may be a client, how long, and what one is told that is sent away: by a configuration file."""

import socket
import threading
import time

import harness
from programs import echo_bytes
from settings import PATIENCE, WAIT
from wire import ending, frame, read_frame, read_to_end, round_trip

LATE = 2.0 * PATIENCE  # seconds that a deadline may come late


class AccessCase(harness.TestCase):
    def serve(self, options, script=echo_bytes, top="", upstream=""):
        return self.configured(
            f'{top}\nlistener "l" {{ address = 127.0.0.1:0; upstream = u; {options} }}\n'
            f'upstream "u" {{ server = {self.upstream(script).address}; {upstream} }}\n')

    def client(self, program, source):
        """One of an address of its own, out of 127.0.0.0/8."""
        host, port = program.address().split(":")
        sock = socket.create_connection((host, int(port)), WAIT, source_address=(source, 0))
        self.addCleanup(sock.close)
        return sock

    def assert_served(self, sock):
        self.assertEqual(round_trip(sock, b"served"), b"served")

    def assert_denied(self, program, sock, reason="denied", goodbye=b""):
        peer = "%s:%d" % sock.getsockname()
        self.assertEqual(read_to_end(sock), goodbye)
        self.assertEqual(program.wait_for_log(event="denied", peer=peer)["reason"], reason)

    def assert_ends_after(self, begun, seconds):
        took = time.monotonic() - begun
        self.assertGreaterEqual(took, seconds)
        self.assertLess(took, seconds + LATE)


class Who(AccessCase):
    def test_allow_and_deny(self):
        program = self.serve("allow = 127.1.0.0/16, 127.2.0.1; deny = 127.1.2.0/24")
        for source in ("127.1.0.1", "127.1.3.1", "127.2.0.1"):
            self.assert_served(self.client(program, source))
        for source in ("127.0.0.1", "127.2.0.2", "127.1.2.255"):
            self.assert_denied(program, self.client(program, source))

    def test_deny_alone_lets_all_others_in(self):
        program = self.serve("deny = 127.1.0.0/16")
        self.assert_denied(program, self.client(program, "127.1.0.1"))
        self.assert_served(self.client(program, "127.2.0.1"))

    def test_unix_sockets(self):
        for rule, served in (("allow = unix", True), ("allow = 127.0.0.1", False),
                             ("deny = unix", False), ("deny = 127.0.0.1", True)):
            with self.subTest(rule):
                path = self.folder() / "l"
                program = self.configured(f'listener "l" {{ address = "unix:{path}"; '
                                          f'service = echo; {rule} }}\n')
                sock = self.connect(f"unix:{path}")
                if served:
                    self.assert_served(sock)
                else:
                    self.assertEqual(read_to_end(sock), b"")
                    program.wait_for_log(event="denied", reason="denied")

    def test_what_the_denied_send_reaches_nobody(self):
        upstream = self.upstream(echo_bytes)
        program = self.configured(
            'listener "l" { address = 127.0.0.1:0; upstream = u; deny = 127.0.0.1 }\n'
            f'upstream "u" {{ server = {upstream.address} }}\n')
        for _ in range(8):  # more in a second would be counted instead of logged
            sock = self.connect(program)
            try:
                sock.sendall(frame(b"let me in"))
            except OSError:
                pass
            ending(sock)
        program.wait_for_logs(8, event="denied")
        self.assert_served(self.client(program, "127.1.0.1"))
        self.assertEqual(upstream.accepted, 1)

    def test_so_many_of_a_source(self):
        for bits, near, far in ((32, "127.1.0.1", "127.1.0.2"), (16, "127.1.7.7", "127.2.0.1")):
            with self.subTest(bits=bits):
                program = self.serve(
                    f"limits {{ clients-per-source = 2; source-bits-v4 = {bits} }}")
                inside = [self.client(program, "127.1.0.1") for _ in range(2)]
                for sock in inside:
                    self.assert_served(sock)
                self.assert_denied(program, self.client(program, near), "source-limit")
                self.assert_served(self.client(program, far))
                inside[0].close()
                program.wait_for_log(event="close")
                self.assert_served(self.client(program, near))
                self.assert_denied(program, self.client(program, near), "source-limit")


class Goodbye(AccessCase):
    def test_denied(self):
        program = self.serve("deny = 127.1.0.1; goodbye { refused-payload = text:no }")
        self.assert_denied(program, self.client(program, "127.1.0.1"), goodbye=frame(b"no"))

    def test_over_the_limit_of_a_source(self):
        program = self.serve("limits { clients-per-source = 1 }; "
                             "goodbye { refused = hex:020000006279 }")
        self.assert_served(self.client(program, "127.1.0.1"))
        self.assert_denied(program, self.client(program, "127.1.0.1"), "source-limit",
                           frame(b"by"))

    def test_no_server(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            address = "127.0.0.1:%d" % unused.getsockname()[1]
        program = self.configured(
            'listener "l" { address = 127.0.0.1:0; upstream = u; '
            'goodbye { refused-payload = text:later } }\n'
            f'upstream "u" {{ server = {address} }}\n')
        sock = self.connect(program)
        self.assertEqual(read_to_end(sock), frame(b"later"))
        program.wait_for_log(event="close", reason="connect-failed")

    def test_a_frame_too_large(self):
        program = self.serve("max-frame = 1KiB; goodbye { oversize-payload = text:less }")
        sock = self.connect(program)
        self.assert_served(sock)
        sock.sendall(b"\x00\x10\x00\x00")
        self.assertEqual(read_to_end(sock), frame(b"less"))
        program.wait_for_log(event="close", reason="frame-too-large")

    def test_the_server_stops(self):
        program = self.serve("goodbye { drained-payload = text:bye }")
        socks = [self.connect(program) for _ in range(10)]
        for sock in socks:
            self.assert_served(sock)
        program.process.terminate()
        for sock in socks:
            self.assertEqual(read_to_end(sock), frame(b"bye"))
        self.assertEqual(program.wait(), 0)

    def test_not_within_a_frame(self):
        """The client has got a part of a reply: nothing may look like the rest of it."""
        def script(connection):
            read_frame(connection)
            connection.sendall(frame(bytes(100))[:50])
            return ending(connection)

        program = self.serve("frame-timeout = 300ms; goodbye { drained-payload = text:bye; "
                             "refused-payload = text:no }", script, top="drain-timeout = 300ms")
        sock = self.connect(program)
        sock.sendall(frame(b"hello"))
        got = b""
        with self.assertRaises(ConnectionResetError):
            while chunk := sock.recv(1000):
                got += chunk
        self.assertEqual(got, frame(bytes(100))[:50])


class HowLong(AccessCase):
    def test_first_frame(self):
        program = self.serve("first-frame-timeout = 400ms")
        begun = time.monotonic()
        quiet, slow, good = (self.connect(program) for _ in range(3))
        self.assert_served(good)
        slow.sendall(frame(b"hello")[:6])
        for sock in (quiet, slow):
            ending(sock)
            self.assert_ends_after(begun, 0.39)
        closes = program.wait_for_logs(2, event="close")
        self.assertEqual({close["reason"] for close in closes}, {"first-frame-timeout"})
        self.assert_served(good)  # whose first one was in time

    def test_half_closed_by_the_client(self):
        """The server does not end its side."""
        def script(connection):
            self.assertEqual(read_to_end(connection), b"")
            self.enough.wait(WAIT)

        self.enough = threading.Event()
        self.addCleanup(self.enough.set)
        program = self.serve("half-closed-timeout = 400ms", script)
        sock = self.connect(program)
        begun = time.monotonic()
        sock.shutdown(socket.SHUT_WR)
        ending(sock)
        self.assert_ends_after(begun, 0.39)
        self.enough.set()
        program.wait_for_log(event="close", reason="half-closed-timeout")

    def test_half_closed_by_the_server(self):
        def script(connection):
            read_frame(connection)
            connection.sendall(frame(b"last"))
            connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection)

        program = self.serve("half-closed-timeout = 400ms", script)
        sock = self.connect(program)
        sock.sendall(frame(b"hello"))
        self.assertEqual(read_frame(sock), b"last")
        begun = time.monotonic()
        self.assertEqual(read_to_end(sock), b"")
        program.wait_for_log(event="close", reason="half-closed-timeout")
        self.assert_ends_after(begun, 0.35)

    def test_max_age(self):
        """Closed at a boundary, with nothing unanswered, and told so."""
        program = self.serve("max-age = 500ms; goodbye { drained-payload = text:bye }")
        sock = self.connect(program)
        begun = time.monotonic()
        answered, last = 0, None
        while last != b"bye":
            try:
                sock.sendall(frame(b"%d" % answered))
                last = read_frame(sock)
            except (ConnectionError, EOFError):  # it ended while one was sent
                break
            if last != b"bye":
                self.assertEqual(last, b"%d" % answered)
                answered += 1
            self.assertLess(time.monotonic() - begun, 0.5 + LATE)
        self.assertGreaterEqual(time.monotonic() - begun, 0.44)
        close = program.wait_for_log(event="close", reason="max-age")
        self.assertEqual(close["client_frames"], str(answered))
        self.assertEqual(close["upstream_frames"], str(answered))

    def test_max_age_waits_for_the_answer(self):
        def script(connection):
            body = read_frame(connection)
            self.assertFalse(self.asked(connection, 0.8))
            connection.sendall(frame(body))
            return read_to_end(connection)

        program = self.serve("max-age = 300ms", script)
        sock = self.connect(program)
        sock.sendall(frame(b"slow"))
        self.assertEqual(read_frame(sock), b"slow")
        self.assertEqual(read_to_end(sock), b"")
        program.wait_for_log(event="close", reason="max-age")

    def asked(self, connection, seconds):
        """True if more comes within the time."""
        connection.settimeout(seconds)
        try:
            connection.recv(1)
            return True
        except TimeoutError:
            return False
        finally:
            connection.settimeout(WAIT)


if __name__ == "__main__":
    harness.main()
