"""brink relay: an upstream that is not there, not yet there, or slow to answer."""

import selectors
import shutil
import socket
import subprocess
import time

import harness
from programs import connecting_to, wait_until
from settings import PATIENCE, WAIT
from wire import ending, frame, listening_socket, payload, read_frame, read_to_end, reset


class Connecting(harness.TestCase):
    def full_listener(self):
        """A listener whose backlog is full: a further connection attempt gets no answer."""
        listener, address = listening_socket(backlog=0)
        self.addCleanup(listener.close)
        for _ in range(8):
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        wait_until(lambda: connecting_to(listener.getsockname()[1]), "a full backlog")
        return listener, address

    def test_refused(self):
        listener, address = listening_socket()
        listener.close()
        program = self.relay(address)
        sock = self.connect(program)
        self.assertIn(ending(sock), ("fin", "reset"))
        self.assertEqual(program.wait_for_log(event="close")["reason"], "connect-failed")

    def test_no_such_unix_socket(self):
        program = self.relay(f"unix:{self.folder()}/none")
        ending(self.connect(program))
        self.assertEqual(program.wait_for_log(event="close")["reason"], "connect-failed")

    def test_unreachable(self):
        """In a network namespace of its own, where nothing leads anywhere."""
        if not shutil.which("unshare") or subprocess.run(["unshare", "-n", "true"],
                                                         capture_output=True).returncode:
            self.skipTest("needs a network namespace (root)")
        program = self.relay("192.0.2.1:9", listen=f"unix:{self.folder()}/relay",
                             wrapper=("unshare", "-n"))
        ending(self.connect(program))
        self.assertEqual(program.wait_for_log(event="close")["reason"], "connect-failed")

    def test_upstream_comes_back(self):
        listener, address = listening_socket()
        listener.close()
        program = self.relay(address)
        ending(self.connect(program))
        host, port = address.split(":")
        with socket.create_server((host, int(port))) as listener:
            sock = self.connect(program)
            sock.sendall(frame(b"hello"))
            listener.settimeout(WAIT)
            with listener.accept()[0] as connection:
                connection.settimeout(WAIT)
                self.assertEqual(read_frame(connection), b"hello")

    def test_timeout(self):
        _, address = self.full_listener()
        program = self.relay(address, "--connect-timeout", "300ms")
        begun = time.monotonic()
        ending(self.connect(program))
        took = time.monotonic() - begun
        self.assertEqual(program.wait_for_log(event="close")["reason"], "connect-timeout")
        self.assertGreaterEqual(took, 0.29)
        self.assertLess(took, 0.3 + 1.0 * PATIENCE)

    def test_bytes_sent_before_the_connect_completes(self):
        listener, address = self.full_listener()
        port = listener.getsockname()[1]
        before = connecting_to(port)
        sock = self.connect(self.relay(address))
        stream = b"".join(frame(payload(1000, n)) for n in range(200))
        sender = self.thread(lambda: (sock.sendall(stream), sock.shutdown(socket.SHUT_WR)))
        wait_until(lambda: connecting_to(port) > before, "the relay's connect")
        self.assertEqual(self.first_bytes(listener), stream)
        sender()

    def first_bytes(self, listener):
        """Accepts until a connection brings bytes, the fillers being silent."""
        waiting = selectors.DefaultSelector()
        self.addCleanup(waiting.close)
        waiting.register(listener, selectors.EVENT_READ)
        while True:
            events = waiting.select(WAIT)
            self.assertTrue(events, "the relay's connection never came")
            for key, _ in events:
                if key.fileobj is not listener:
                    key.fileobj.settimeout(WAIT)
                    return read_to_end(key.fileobj)
                connection = listener.accept()[0]
                self.addCleanup(connection.close)
                waiting.register(connection, selectors.EVENT_READ)

    def test_client_goes_before_the_connect_completes(self):
        _, address = self.full_listener()
        program = self.relay(address, "--connect-timeout", "1s")
        reset(self.connect(program))
        self.assertIn(program.wait_for_log(event="close")["reason"],
                      ("client-reset", "connect-timeout"))


if __name__ == "__main__":
    harness.main()
