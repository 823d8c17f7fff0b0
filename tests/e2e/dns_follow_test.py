"""A configuration whose servers are found by DNS, with a real name server whose zone changes."""

import random
import socket

import harness
from discovery_test import NameServer
from harness import needs
from settings import WAIT
from traffic import flowing
from wire import round_trip

CONFIG = """
listener "l" {{ address = 127.0.0.1:0; upstream = u }}
upstream "u" {{
    {source}
    resolvers = {resolvers}
    dns-max = 1s
    {options}
}}
"""


class FollowCase(harness.TestCase):
    def setUp(self):
        self.names = NameServer(self)

    def follow(self, source, options=""):
        return self.configured(CONFIG.format(source=source, resolvers=self.names.address,
                                             options=options))

    def servers(self, *hosts):
        """One at each host, all at the same port, as one name has them; the port."""
        with socket.create_server((hosts[0], 0)) as probe:
            port = probe.getsockname()[1]
        for host in hosts:
            self.echo(listen=f"{host}:{port}")
        return port

    def update(self, *changes):
        self.names.update(*changes)

    def served_by(self, program):
        """A round trip of a new client; who had it."""
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        peer = "%s:%d" % sock.getsockname()
        sock.close()
        return program.wait_for_log(event="close", peer=peer)["upstream"].rsplit(":", 1)[0]


# Nobody else's, with high probability: the port of the first is to be free at the others.
NET = "127.%d.%d" % tuple(random.SystemRandom().randrange(1, 255) for _ in range(2))
HOSTS = tuple(f"{NET}.{n}" for n in (1, 2, 3))


@needs("knotd", "kdig", "knsupdate")
class Follow(FollowCase):
    def test_records_come_and_go_and_clients_follow(self):
        port = self.servers(*HOSTS)
        self.update("del app.example.test. AAAA", "del app.example.test. A",
                    f"add app.example.test. 1 A {HOSTS[0]}")
        program = self.follow(f"dns = app.example.test.:{port}",
                              "when-down = boundary; rehome = yes")
        program.wait_for_log(event="server-added", address=f"{HOSTS[0]}:{port}")
        with flowing(self, program.address(), 12, batch=2) as traffic:
            for host in HOSTS[1:]:
                self.update(f"add app.example.test. 1 A {host}")
                program.wait_for_log(event="server-added", address=f"{host}:{port}")
            self.assertEqual({self.served_by(program) for _ in range(9)}, set(HOSTS))
            mine = len(program.log(event="close"))
            for host in HOSTS[:2]:
                self.update(f"del app.example.test. A {host}")
                program.wait_for_log(event="server-removed", address=f"{host}:{port}")
                traffic.wait_for_rounds()
            self.assertEqual({self.served_by(program) for _ in range(6)}, {HOSTS[2]})
            self.assertEqual(len(program.log(event="close")), mine + 6, "a client was lost")
        closes = program.wait_for_logs(mine + 6, event="close")
        self.assertEqual({close["reason"] for close in closes}, {"client-closed"})

    def test_a_silent_name_server_changes_nothing(self):
        port = self.servers(*HOSTS[:2])
        self.update("del app.example.test. AAAA", "del app.example.test. A",
                    *(f"add app.example.test. 1 A {host}" for host in HOSTS[:2]))
        program = self.follow(f"dns = app.example.test.:{port}")
        program.wait_for_logs(2, event="server-added")
        with flowing(self, program.address(), 6):
            self.names.stop()
            program.wait_for_log(2 * WAIT, event="dns-failed")  # long after the TTL
            self.assertEqual({self.served_by(program) for _ in range(4)}, set(HOSTS[:2]))
            self.names.start()
            program.wait_for_log(2 * WAIT, event="dns-recovered")
        self.assertEqual(program.log(event="server-removed"), [])
        self.assertEqual({close["reason"] for close in program.log(event="close")},
                         {"client-closed"})

    def test_a_name_that_is_not_there_yet(self):
        port = self.servers(HOSTS[0])
        program = self.follow(f"dns = later.example.test.:{port}")
        program.wait_for_log(event="dns-failed")
        sock = self.connect(program)  # nobody can serve it
        self.assertEqual(sock.recv(1), b"")
        program.wait_for_log(event="close", reason="no-server")
        self.update(f"add later.example.test. 1 A {HOSTS[0]}")
        program.wait_for_log(2 * WAIT, event="server-added")
        self.assertEqual(self.served_by(program), HOSTS[0])

    def test_services(self):
        port = self.servers(*HOSTS[:2])
        self.update("del _app._tcp.example.test. SRV",
                    f"add one.example.test. 1 A {HOSTS[0]}",
                    f"add two.example.test. 1 A {HOSTS[1]}",
                    f"add _app._tcp.example.test. 1 SRV 10 5 {port} one.example.test.",
                    f"add _app._tcp.example.test. 1 SRV 20 5 {port} two.example.test.")
        program = self.follow("srv = _app._tcp.example.test.")
        program.wait_for_logs(2, event="server-added")
        self.assertEqual({self.served_by(program) for _ in range(4)}, {HOSTS[0]})
        self.update(f"del _app._tcp.example.test. SRV 10 5 {port} one.example.test.")
        program.wait_for_log(event="server-removed", address=f"{HOSTS[0]}:{port}")
        self.assertEqual({self.served_by(program) for _ in range(4)}, {HOSTS[1]})


if __name__ == "__main__":
    harness.main()
