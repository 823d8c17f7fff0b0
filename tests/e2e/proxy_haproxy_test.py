"""PROXY protocol headers, to and from a real HAProxy."""

import socket
import subprocess

import harness
from backends import Backend
from harness import find_program, needs
from programs import wait_until
from settings import WAIT
from wire import frame, read_exactly, read_frame, read_to_end, round_trip, unused_address

HAPROXY = """
global
    maxconn 200
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen l
    bind {host}:{port} {bind}
    {options}
    server s {server} {to_server}
"""
ACCEPTS = """
listener "l" {{ address = 127.0.0.1:0; upstream = u; accept-proxy = {accept}; trusted = {trusted} }}
upstream "u" {{ server = {server}; {options} }}
"""
CLIENT = "127.9.8.7"


def capturing(connection):
    """A server that keeps the line or the header before the first frame."""
    start = read_exactly(connection, 16)
    if start.startswith(b"\r\n\r\n\0\r\nQUIT\n"):
        head = start + read_exactly(connection, int.from_bytes(start[14:16], "big"))
    else:
        head = start
        while not head.endswith(b"\r\n"):
            head += read_exactly(connection, 1)
    try:
        while True:
            connection.sendall(frame(read_frame(connection)))
    except (EOFError, ConnectionError):
        return head


def tlvs(head):
    """The type-length-values of a version 2 header of TCP over IPv4."""
    at, found = 16 + 12, {}
    while at + 3 <= len(head):
        size = int.from_bytes(head[at + 1:at + 3], "big")
        found[head[at]] = head[at + 3:at + 3 + size]
        at += 3 + size
    return found


@needs("haproxy")
class HaproxyCase(harness.TestCase):
    def haproxy(self, server, bind="", options="", to_server=""):
        """Started; its address, and the file that it logs into."""
        folder = self.folder()
        host, port = unused_address()
        (folder / "haproxy.cfg").write_text(HAPROXY.format(
            host=host, port=port, server=server, bind=bind, options=options, to_server=to_server))
        log = folder / "log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [find_program("haproxy"), "-db", "-f", folder / "haproxy.cfg"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        self.addCleanup(process.wait, WAIT)
        self.addCleanup(process.kill)

        def listens():
            self.assertIsNone(process.poll(), log.read_text())
            with socket.socket() as probe:
                return probe.connect_ex((host, port)) == 0

        wait_until(listens, "haproxy to listen")
        return f"{host}:{port}", log

    def client(self, address):
        """One that comes from an address that nobody else has; its address as text, too."""
        host, port = address.split(":")
        sock = socket.create_connection((host, int(port)), WAIT, source_address=(CLIENT, 0))
        self.addCleanup(sock.close)
        return sock, "%s:%d" % sock.getsockname()

    def accepting(self, server, accept="required", trusted="127.0.0.0/8", options=""):
        return self.configured(ACCEPTS.format(accept=accept, trusted=trusted, server=server,
                                              options=options))


class FromHaproxy(HaproxyCase):
    def test_the_log_has_the_real_client(self):
        backend = Backend(self, "b")
        for name, to_server in (("v1", "send-proxy"), ("v2", "send-proxy-v2"),
                                ("ssl", "send-proxy-v2-ssl"),
                                ("crc", "send-proxy-v2 proxy-v2-options crc32c,unique-id")):
            with self.subTest(name):
                program = self.accepting(backend.address)
                address, _ = self.haproxy(program.address(), to_server=to_server,
                                          options="unique-id-format %ci-%cp")
                sock, peer = self.client(address)
                self.assertEqual(round_trip(sock, b"hello"), b"hello")
                sock.close()
                close = program.wait_for_log(event="close", peer=peer)
                self.assertEqual((close["reason"], close["client_frames"]),
                                 ("client-closed", "1"))

    def test_a_chain_passes_the_client_and_its_id_on(self):
        """HAProxy, brink, brink, a server: it is the first client that all tell of."""
        server = self.upstream(capturing)
        last = self.accepting(server.address, options="send-proxy = v2")
        first = self.accepting(last.address(), options="send-proxy = v2")
        address, _ = self.haproxy(
            first.address(), to_server="send-proxy-v2 proxy-v2-options unique-id",
            options="unique-id-format id-%ci-%cp")
        sock, peer = self.client(address)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        sock.close()
        for program in (first, last):
            program.wait_for_log(event="close", peer=peer)
        host, port = peer.split(":")
        who = socket.inet_aton(host), int(port).to_bytes(2, "big")
        heads = [head for head in (server.result(0), server.result(1))  # of the look at haproxy, too
                 if (head[16:20], head[24:26]) == who]
        self.assertEqual(len(heads), 1)
        self.assertEqual(heads[0][12:14], b"\x21\x11")  # version 2, proxied; TCP over IPv4
        self.assertEqual(tlvs(heads[0]).get(5), f"id-{host}-{port}".encode())

    def test_who_is_denied_is_the_real_client(self):
        """Not HAProxy, which is who connects."""
        backend = Backend(self, "b")
        program = self.configured(
            'listener "l" { address = 127.0.0.1:0; upstream = u; accept-proxy = required; '
            f'deny = {CLIENT} }}\nupstream "u" {{ server = {backend.address} }}\n')
        address, _ = self.haproxy(program.address(), to_server="send-proxy-v2")
        sock, peer = self.client(address)
        self.assertEqual(read_to_end(sock), b"")
        self.assertTrue(program.wait_for_log(reason="denied", peer=peer))
        other = self.connect(address)
        self.assertEqual(round_trip(other, b"hello"), b"hello")

    def test_haproxys_own_checks_are_no_clients(self):
        program = self.accepting(Backend(self, "b").address)
        address, _ = self.haproxy(
            program.address(), to_server="send-proxy-v2 check check-send-proxy inter 100ms")
        sock, peer = self.client(address)
        for _ in range(5):
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
        program.wait_for_logs(3, event="close")  # checks
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        self.assertEqual(program.log(event="bad-proxy-header"), [])
        sock.close()
        program.wait_for_log(event="close", peer=peer)

    def test_required_and_not_sent(self):
        program = self.accepting(Backend(self, "b").address)
        address, _ = self.haproxy(program.address())
        sock, _ = self.client(address)
        sock.sendall(frame(b"hello"))
        self.assertEqual(end_of(sock), b"")
        program.wait_for_log(event="close", reason="proxy-header")

    def test_who_is_not_trusted_is_not_believed(self):
        """To somebody else it is the beginning of a frame, and of a bad one."""
        program = self.accepting(Backend(self, "b").address, "optional", "10.0.0.0/8")
        address, _ = self.haproxy(program.address(), to_server="send-proxy")
        sock, peer = self.client(address)
        sock.sendall(frame(b"hello"))
        self.assertEqual(end_of(sock), b"")
        close = program.wait_for_log(event="close")
        self.assertNotEqual(close["peer"], peer)
        self.assertEqual(close["reason"], "frame-too-large")


def end_of(sock):
    try:
        return read_to_end(sock)
    except ConnectionResetError:
        return b""


class ToHaproxy(HaproxyCase):
    def sending(self, server, version, health=""):
        return self.configured(
            'listener "l" { address = 127.0.0.1:0; upstream = u }\n'
            f'upstream "u" {{ server = {server}; send-proxy = {version}; {health} }}\n')

    def test_its_log_has_the_real_client(self):
        backend = Backend(self, "b")
        for version in ("v1", "v2"):
            with self.subTest(version):
                address, log = self.haproxy(
                    backend.address, bind="accept-proxy",
                    options='log stdout format raw daemon\n    log-format "client=%ci:%cp bytes=%B"')
                program = self.sending(address, version)
                sock, peer = self.client(program.address())
                self.assertEqual(round_trip(sock, b"hello"), b"hello")
                sock.close()
                wait_until(lambda: f"client={peer} bytes=9" in log.read_text(), "haproxy's log")

    def test_and_passes_it_on(self):
        """brink, HAProxy, a server that looks at what it gets."""
        server = self.upstream(capturing)
        address, _ = self.haproxy(server.address, bind="accept-proxy", to_server="send-proxy")
        program = self.sending(address, "v2")
        sock, peer = self.client(program.address())
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        sock.close()
        host, port = peer.split(":")
        to_host, to_port = program.address().split(":")
        heads = [server.result(0)]
        self.assertIn(f"PROXY TCP4 {host} {to_host} {port} {to_port}\r\n".encode(), heads)

    def test_checks_begin_with_a_header_of_their_own(self):
        backend = Backend(self, "b")
        for version in ("v1", "v2"):
            with self.subTest(version):
                address, _ = self.haproxy(backend.address, bind="accept-proxy")
                program = self.sending(address, version, "health { interval = 100ms; fall = 1; "
                                       "rise = 1; send-payload = text:ping; "
                                       "expect-payload = text:ping }")
                sock, _ = self.client(program.address())
                self.assertEqual(round_trip(sock, b"hello"), b"hello")
                backend.kill()
                program.wait_for_log(event="server-down")
                backend.start()
                program.wait_for_log(event="server-up")  # a check has passed
                again, _ = self.client(program.address())
                self.assertEqual(round_trip(again, b"hello"), b"hello")


if __name__ == "__main__":
    harness.main()
