"""Servers found by DNS, with a real name server whose zone changes: knotd, knsupdate."""

import os
import socket
import subprocess
import time

import harness
from harness import find_program, needs
from programs import wait_until
from wire import unused_address

DISCOVER = os.environ.get("BRINK_DISCOVER")
CONFIG = """
server:
    listen: {host}@{port}
    rundir: {folder}
    tcp-workers: 1
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
    journal-content: changes
    zonefile-sync: 0
acl:
  - id: anyone
    address: 127.0.0.0/8
    action: [update, transfer]
zone:
  - domain: example.test
    file: example.test.zone
    acl: anyone
"""
ZONE = """$ORIGIN example.test.
$TTL 1
@ SOA ns admin 1 3600 600 86400 1
@ NS ns
ns A 192.0.2.53
app A 192.0.2.2
app A 192.0.2.1
app AAAA 2001:db8::1
slow 4 A 192.0.2.1
_app._tcp SRV 10 0 7001 app
_app._tcp SRV 20 7 7002 other
other A 192.0.2.9
"""


class NameServer:
    """knotd with one zone, on an address that stays the same when it is started again."""

    def __init__(self, test):
        self.test = test
        self.folder = test.folder()
        self.host, self.port = unused_address()
        self.address = f"{self.host}:{self.port}"
        many = "".join(f"many A 10.0.{n // 250}.{n % 250}\n" for n in range(300))
        (self.folder / "example.test.zone").write_text(ZONE + many)
        config = CONFIG.format(host=self.host, port=self.port, folder=self.folder)
        (self.folder / "knot.conf").write_text(config)
        self.process = None
        test.addCleanup(self.stop)
        self.start()

    def start(self):
        with open(self.folder / "knot.log", "ab") as log:
            self.process = subprocess.Popen(
                [find_program("knotd"), "-c", self.folder / "knot.conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.answers, "knotd to answer")

    def answers(self):
        self.test.assertIsNone(self.process.poll(), "knotd did not start")
        with socket.socket() as probe:
            if probe.connect_ex((self.host, self.port)) != 0:
                return False
        done = self.test.command("kdig", "+tcp", "+retry=0", f"@{self.host}", "-p", self.port,
                                 "example.test", "SOA", check=False)
        return "NOERROR" in done.stdout

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def update(self, *changes):
        lines = [f"server {self.host} {self.port}", "zone example.test.", *changes, "send", "quit"]
        script = self.folder / "update"
        script.write_text("\n".join(lines) + "\n")
        self.test.command("knsupdate", script)


class Discovery:
    """The program that tells what it finds."""

    def __init__(self, test, kind, name, server):
        self.path = test.folder() / "discovered"
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen([DISCOVER, kind, name, server.address],
                                            stdin=subprocess.PIPE, stdout=out)
        self.test = test
        test.addCleanup(self.end)

    def end(self):
        self.process.stdin.close()
        self.test.assertEqual(self.process.wait(20), 0)

    def lines(self, prefix):
        return [line for line in self.path.read_text().splitlines() if line.startswith(prefix)]

    def wait_for(self, line):
        def is_last():
            lines = self.lines(line.split("=")[0])
            return bool(lines) and lines[-1].startswith(line)

        try:
            wait_until(is_last, line)
        except AssertionError as failed:
            raise AssertionError(f"{failed}; it told:\n{self.path.read_text()}") from failed


@needs("knotd", "kdig", "knsupdate")
class DiscoveryByDns(harness.TestCase):
    def setUp(self):
        if DISCOVER is None:
            self.skipTest("BRINK_DISCOVER does not say where the program is")
        self.names = NameServer(self)

    def test_records_come_and_go(self):
        found = Discovery(self, "dns", "app.example.test.:80", self.names)
        v6 = "[2001:db8::1]:80*1/0"
        found.wait_for(f"servers=192.0.2.1:80*1/0,192.0.2.2:80*1/0,{v6}")
        self.names.update("add app.example.test. 1 A 192.0.2.3")
        found.wait_for(f"servers=192.0.2.1:80*1/0,192.0.2.2:80*1/0,192.0.2.3:80*1/0,{v6}")
        self.names.update("del app.example.test. A 192.0.2.1", "del app.example.test. AAAA")
        found.wait_for("servers=192.0.2.2:80*1/0,192.0.2.3:80*1/0")
        self.names.update("del app.example.test. A")
        found.wait_for("event=dns-failed upstream=test name=app.example.test.")
        self.assertTrue(found.lines("event=dns-failed")[0].endswith(" kept=2"))
        self.assertEqual(found.lines("servers=")[-1], "servers=192.0.2.2:80*1/0,192.0.2.3:80*1/0")

    def test_the_ttl_is_obeyed(self):
        began = time.monotonic()
        found = Discovery(self, "dns", "slow.example.test.:80", self.names)
        found.wait_for("servers=192.0.2.1:80*1/0")
        self.names.update("add slow.example.test. 4 A 192.0.2.2")
        found.wait_for("servers=192.0.2.1:80*1/0,192.0.2.2:80*1/0")
        self.assertGreater(time.monotonic() - began, 3.5)

    def test_a_silent_server_changes_nothing(self):
        found = Discovery(self, "dns", "app.example.test.:80", self.names)
        found.wait_for("servers=192.0.2.1")
        self.names.stop()
        found.wait_for("event=dns-failed upstream=test name=app.example.test.")
        self.assertEqual(len(found.lines("servers=")), 1)
        self.names.start()
        found.wait_for("event=dns-recovered upstream=test name=app.example.test. servers=3")
        self.assertEqual(len(found.lines("servers=")), 1)

    def test_services(self):
        found = Discovery(self, "srv", "_app._tcp.example.test.", self.names)
        v6 = "[2001:db8::1]:7001*1/0"
        found.wait_for(f"servers=192.0.2.1:7001*1/0,192.0.2.2:7001*1/0,192.0.2.9:7002*7/1,{v6}")
        self.names.update("add _app._tcp.example.test. 1 SRV 10 60 7003 other.example.test.",
                          "del _app._tcp.example.test. SRV 20 7 7002 other.example.test.",
                          "del app.example.test. AAAA")
        found.wait_for("servers=192.0.2.1:7001*1/0,192.0.2.2:7001*1/0,192.0.2.9:7003*256/0")

    def test_an_answer_too_large_for_a_datagram(self):
        found = Discovery(self, "dns", "many.example.test.:80", self.names)
        found.wait_for("servers=10.0.0.0:80*1/0")
        self.assertEqual(found.lines("servers=")[-1].count(","), 299)


if __name__ == "__main__":
    harness.main()
