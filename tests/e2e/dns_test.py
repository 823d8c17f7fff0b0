"""brink relay in front of a real DNS server: knotd, asked by kdig and dnsperf over TCP."""

import re
import socket
import struct
import subprocess

import harness
from harness import find_program, needs
from programs import wait_until
from wire import frame, read_frame, unused_address

NAMES = 400
CONFIG = """
server:
    listen: {host}@{port}
    rundir: {folder}
    tcp-max-clients: 1000
    tcp-workers: 2
    udp-workers: 1
    background-workers: 1
database:
    storage: {folder}
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: {folder}
    journal-content: none
    zonefile-sync: -1
acl:
  - id: anyone
    address: 127.0.0.0/8
    action: transfer
zone:
  - domain: example.test
    file: example.test.zone
    acl: anyone
"""


def zone_text():
    """Names with small answers, with large ones, and with an alias."""
    lines = ["$ORIGIN example.test.", "$TTL 300", "@ SOA ns admin 1 3600 600 86400 300", "@ NS ns",
             "ns A 192.0.2.53", "@ MX 10 mail", "mail AAAA 2001:db8::25"]
    for n in range(NAMES):
        lines.append(f"host{n} A 192.0.2.{n % 256}")
        lines.append(f"alias{n} CNAME host{n}")
    for n in range(60):
        lines.append("large TXT " + " ".join(f'"{n:03}{"x" * 240}"' for _ in range(2)))
    return "\n".join(lines) + "\n"


@needs("knotd", "kdig", "dnsperf")
class Dns(harness.TestCase):
    def setUp(self):
        self.direct = self.start_knot()
        self.program = self.relay(self.direct, "--frame", "dns")
        self.relayed = self.program.address()

    def start_knot(self):
        """Starts a server; its address."""
        folder = self.folder()
        (folder / "example.test.zone").write_text(zone_text())
        host, port = unused_address()
        (folder / "knot.conf").write_text(CONFIG.format(host=host, port=port, folder=folder))
        log = open(folder / "knot.log", "wb")
        self.addCleanup(log.close)
        server = subprocess.Popen([find_program("knotd"), "-c", folder / "knot.conf"],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.kill)

        def listening():
            self.assertIsNone(server.poll(), "knotd did not start")
            with socket.socket() as probe:
                return probe.connect_ex((host, port)) == 0

        wait_until(listening, "knotd to listen")
        address = f"{host}:{port}"
        wait_until(lambda: "NOERROR" in self.kdig(address, "example.test", "SOA"), "the zone")
        return address

    def kdig(self, address, *words):
        """What kdig prints, without what differs from one run to the next."""
        host, port = address.split(":")
        done = self.command("kdig", "+tcp", "+retry=0", f"@{host}", "-p", port, *words, check=False)
        text = re.sub(r"; id: \d+", "; id", done.stdout)
        return re.sub(r"^;; (Received .* B|From .*|Time .*|.*Received.* in .* ms)$", "", text,
                      flags=re.M)

    def test_kdig(self):
        for words in (("host1.example.test", "A"), ("alias7.example.test", "A"),
                      ("large.example.test", "TXT"), ("none.example.test", "A"),
                      ("example.test", "MX"), ("example.org", "A"), ("example.test", "AXFR")):
            with self.subTest(query=words):
                direct = self.kdig(self.direct, *words)
                self.assertIn("status" if "AXFR" not in words else "SOA", direct)
                self.assertEqual(self.kdig(self.relayed, *words), direct)

    def query(self, number, name, kind):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        return (struct.pack(">6H", number, 0, 1, 0, 0, 0) + labels + b"\0"
                + struct.pack(">2H", kind, 1))

    def test_answers_to_pipelined_queries_are_the_same_bytes(self):
        queries = [self.query(n, f"alias{n}.example.test", 1) for n in range(100)]
        queries += [self.query(1000 + n, "large.example.test", 16) for n in range(10)]
        stream = b"".join(frame(query, ">H") for query in queries)
        answers = []
        for address in (self.direct, self.relayed):
            sock = self.connect(address)
            sock.sendall(stream)
            answers.append(sorted(read_frame(sock, ">H") for _ in queries))
            sock.close()
        self.assertEqual(answers[0], answers[1])
        self.assertGreater(max(map(len, answers[0])), 20_000)
        close = self.program.wait_for_log(event="close")
        self.assertEqual(close["client_frames"], "110")
        self.assertEqual(close["upstream_frames"], "110")

    def test_dnsperf(self):
        """No query is lost, and the relay has counted each one and its answer."""
        queries = self.folder() / "queries"
        queries.write_text("".join(f"host{n % NAMES}.example.test A\n" for n in range(5000)))
        host, port = self.relayed.split(":")
        done = self.command("dnsperf", "-m", "tcp", "-s", host, "-p", port, "-d", queries,
                            "-n", "1", "-c", "8", "-q", "64", "-t", "20")
        figures = {key: int(value) for key, value
                   in re.findall(r"Queries (\w+):\s+(\d+)", done.stdout)}
        self.assertEqual((figures["sent"], figures["completed"], figures["lost"]), (5000, 5000, 0))
        self.assertIn("NOERROR 5000", done.stdout)
        closes = self.program.wait_for_logs(8, event="close")
        for side in ("client_frames", "upstream_frames"):
            self.assertEqual(sum(int(close[side]) for close in closes), 5000)
        self.assertEqual(self.program.log(event="frame-cut"), [])


if __name__ == "__main__":
    harness.main()
