"""brink relay: how one side ends its stream is how the other sees it end."""

import socket
import threading

import harness
from programs import echo_bytes
from settings import WAIT
from wire import (connect, ending, frame, payload, read_exactly, read_frame, read_to_end, reset,
                  round_trip)

MIB = 1 << 20


class HalfClose(harness.TestCase):
    def test_client_ends_first(self):
        """The upstream gets all bytes and then the FIN; its answer still reaches the client."""
        answer = frame(payload(2 * MIB, 2))

        def script(connection):
            request = read_to_end(connection)
            connection.sendall(answer)
            return request

        upstream = self.upstream(script)
        program = self.relay(upstream.address)
        sock = self.connect(program)
        request = frame(payload(3 * MIB))
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(sock), answer)
        self.assertEqual(upstream.result(), request)
        close = program.wait_for_log(event="close")
        self.assertEqual(close["reason"], "client-closed")
        self.assertEqual((close["client_frames"], close["upstream_frames"]), ("1", "1"))

    def test_upstream_ends_first(self):
        """The client gets all bytes, then the FIN; what it sends on still reaches the upstream."""
        greeting = frame(payload(2 * MIB, 3))

        def script(connection):
            connection.sendall(greeting)
            connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection)

        upstream = self.upstream(script)
        program = self.relay(upstream.address)
        sock = self.connect(program)
        self.assertEqual(read_to_end(sock), greeting)
        request = frame(payload(3 * MIB))
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(upstream.result(), request)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "upstream-closed")

    def test_upstream_closes(self):
        """Both ways at once: the client gets the last bytes before the FIN."""
        farewell = frame(payload(MIB))
        program = self.relay(self.upstream(lambda connection: connection.sendall(farewell)).address)
        sock = self.connect(program)
        self.assertEqual(read_to_end(sock), farewell)
        sock.close()
        self.assertEqual(program.wait_for_log(event="close")["reason"], "upstream-closed")

    def test_queued_bytes_come_before_the_fin(self):
        """The upstream has long finished when its slow reader begins to read."""
        farewell = frame(payload(8 * MIB))
        upstream = self.upstream(lambda connection: connection.sendall(farewell))
        sock = self.connect(self.relay(upstream.address), receive_buffer=16384)
        upstream.wait_for_accepted()
        self.assertTrue(read_to_end(sock) == farewell, "not the same bytes")

    def test_fin_before_any_byte(self):
        upstream = self.upstream(echo_bytes)
        program = self.relay(upstream.address)
        sock = self.connect(program)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(sock), b"")
        self.assertEqual(upstream.result(), 0)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "client-closed")


class Cut(harness.TestCase):
    """A frame that its sender did not finish is never passed off as whole."""

    def cut_by_client(self, end, data):
        def script(connection):
            read_exactly(connection, len(data))
            connection.sendall(frame(b"seen"))
            return ending(connection)

        upstream = self.upstream(script)
        program = self.relay(upstream.address)
        sock = self.connect(program)
        sock.sendall(data)
        self.assertEqual(read_frame(sock), b"seen")
        end(sock)
        return program, sock, upstream

    def cut_by_upstream(self, end, data):
        seen = threading.Event()

        def script(connection):
            connection.sendall(data)
            seen.wait(WAIT)
            end(connection)

        program = self.relay(self.upstream(script).address)
        sock = self.connect(program)
        self.assertEqual(read_exactly(sock, len(data)), data)
        seen.set()
        return program, sock

    def test_client_fin_in_a_payload(self):
        program, sock, upstream = self.cut_by_client(
            lambda sock: sock.shutdown(socket.SHUT_WR), frame(b"whole") + frame(bytes(100))[:60])
        self.assertEqual(upstream.result(), "reset")
        ending(sock)
        cut = program.wait_for_log(event="frame-cut", side="client")
        self.assertEqual(cut["missing"], "44")
        close = program.wait_for_log(event="close")
        self.assertEqual((close["reason"], close["client_frames"]), ("client-mid-frame", "1"))

    def test_client_fin_in_a_header(self):
        data = frame(b"whole")
        program, sock, upstream = self.cut_by_client(
            lambda sock: (sock.sendall(b"\x05\x00"), sock.shutdown(socket.SHUT_WR)), data)
        upstream.result()  # which has got no byte of that frame, if not a reset
        ending(sock)
        program.wait_for_log(event="frame-cut", side="client")
        self.assertEqual(program.wait_for_log(event="close")["reason"], "client-mid-frame")

    def test_client_reset_in_a_frame(self):
        program, _, upstream = self.cut_by_client(reset, frame(bytes(100))[:60])
        self.assertEqual(upstream.result(), "reset")
        program.wait_for_log(event="frame-cut", side="client")
        self.assertIn(program.wait_for_log(event="close")["reason"],
                      ("client-mid-frame", "client-reset"))

    def test_client_reset_at_a_boundary(self):
        program, _, upstream = self.cut_by_client(reset, frame(bytes(100)))
        upstream.result()
        self.assertEqual(program.wait_for_log(event="close")["reason"], "client-reset")
        self.assertEqual(program.log(event="frame-cut"), [])

    def test_upstream_fin_in_a_payload(self):
        program, sock = self.cut_by_upstream(lambda connection: connection.close(),
                                             frame(bytes(100))[:60])
        self.assertEqual(ending(sock), "reset")
        cut = program.wait_for_log(event="frame-cut", side="upstream")
        self.assertEqual(cut["missing"], "44")
        close = program.wait_for_log(event="close")
        self.assertEqual((close["reason"], close["upstream_frames"]), ("upstream-mid-frame", "0"))

    def test_upstream_reset_in_a_frame(self):
        program, sock = self.cut_by_upstream(reset, frame(bytes(100))[:60])
        self.assertEqual(ending(sock), "reset")
        program.wait_for_log(event="frame-cut", side="upstream")
        self.assertIn(program.wait_for_log(event="close")["reason"],
                      ("upstream-mid-frame", "upstream-reset"))

    def test_upstream_reset_at_a_boundary(self):
        program, sock = self.cut_by_upstream(reset, frame(bytes(100)))
        ending(sock)
        self.assertEqual(program.wait_for_log(event="close")["reason"], "upstream-reset")
        self.assertEqual(program.log(event="frame-cut"), [])

    def test_others_are_unharmed(self):
        program = self.relay(self.upstream(echo_bytes).address)
        other = self.connect(program)
        for cut in range(1, 40):
            with connect(program.address()) as sock:
                sock.sendall(frame(bytes(36))[:cut])
                if cut % 2:
                    reset(sock)
            self.assertEqual(round_trip(other, b"unharmed"), b"unharmed")


if __name__ == "__main__":
    harness.main()
