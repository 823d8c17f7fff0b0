"""brink relay between openssl s_client and s_server: TLS records are frames."""

import os
import socket
import subprocess

import harness
from harness import needs
from programs import wait_until
from settings import TEST_LIMIT
from wire import connect, count_frames, payload

SIZE = 5_000_000
RECORD = ">3xH"  # type and version, then the length


@needs("openssl")
class Tls(harness.TestCase):
    def setUp(self):
        self.work = self.folder()
        self.file = self.work / "file"
        self.file.write_bytes(payload(SIZE))
        self.command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=brink",
                     "-keyout", self.work / "key", "-out", self.work / "certificate")

    def serve(self, *words, stdout=subprocess.DEVNULL):
        """Starts an s_server for one connection and a relay in front of it."""
        path = self.work / f"server{len(os.listdir(self.work))}"
        server = subprocess.Popen(
            ["openssl", "s_server", "-unix", path, "-naccept", "1", "-quiet", "-cert",
             self.work / "certificate", "-key", self.work / "key", *words],
            stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.DEVNULL, cwd=self.work)
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.stdin.close)
        self.addCleanup(server.kill)
        wait_until(lambda: os.path.exists(path), "s_server to listen")
        self.tap = self.upstream(lambda connection: self.pass_on(connection, f"unix:{path}"))
        self.program = self.relay(self.tap.address, "--frame", "tls")
        return server

    def pass_on(self, connection, address):
        """Stands between relay and server. Returns the bytes that went each way."""
        with connect(address) as server:
            back = self.thread(self.pump, server, connection)
            return self.pump(connection, server), back()

    def pump(self, source, target):
        seen = []
        try:
            while chunk := source.recv(65536):
                target.sendall(chunk)
                seen.append(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the one side may be gone before the other's last record
        return b"".join(seen)

    def client(self, *words, **streams):
        """Runs an s_client to its end; what it received."""
        done = subprocess.run(["openssl", "s_client", "-connect", self.program.address(), "-quiet",
                               *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=TEST_LIMIT, check=False, **streams)
        return done.stdout

    def check_counts(self):
        """The relay counted just the records that a look at the bytes finds."""
        close = self.program.wait_for_log(event="close")
        for side, seen in zip(("client", "upstream"), self.tap.result()):
            self.assertEqual(int(close[f"{side}_frames"]), count_frames(seen, RECORD), side)
            self.assertEqual(int(close[f"{side}_bytes"]), len(seen), side)
        self.assertGreaterEqual(max(int(close["client_frames"]), int(close["upstream_frames"])),
                                SIZE // 16384)

    def test_upload(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version=version):
                received = self.work / "received"
                with open(received, "wb") as stdout:
                    server = self.serve(stdout=stdout)
                with open(self.file, "rb") as stdin:
                    self.client(version, "-no_ign_eof", "-nocommands", stdin=stdin)
                server.wait(TEST_LIMIT)
                self.assertTrue(received.read_bytes() == self.file.read_bytes(), "not the same")
                self.check_counts()

    def test_download(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version=version):
                self.serve("-HTTP")
                received = self.client(version, input=b"GET /file HTTP/1.0\r\n\r\n")
                self.assertTrue(received == self.file.read_bytes(), "not the same")
                self.check_counts()


if __name__ == "__main__":
    harness.main()
