"""brink run: a configuration file, started for real, and a frame through it."""

import os
import signal

import harness
from programs import echo_bytes
from settings import ROOT
from wire import frame, read_frame, round_trip

CONF = ROOT / "src" / "app" / "share" / "examples" / "conf"


class Run(harness.TestCase):
    def run_file(self, path, **variables):
        return self.start("run", "-c", path, env={**os.environ, **variables})

    def run_text(self, text):
        path = self.folder() / "brink.conf"
        path.write_text(text)
        return self.run_file(path)

    def test_a_relay_of_one_server(self):
        program = self.run_text('listener "l" { address = 127.0.0.1:0; upstream = u }\n'
                                f'upstream "u" {{ server = {self.upstream(echo_bytes).address} }}\n')
        self.assertEqual(round_trip(self.connect(program), b"there and back"), b"there and back")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.log()[-1]["event"], "stop")

    def test_listeners_of_different_frames(self):
        program = self.run_text('listener "a" { address = 127.0.0.1:0; service = echo }\n'
                                'listener "b" { address = 127.0.0.1:0; service = echo; frame = u16be }\n')
        for index, layout in ((0, "<I"), (1, ">H")):
            sock = self.connect(program.address(index))
            body = b"listener %d" % index
            self.assertEqual(round_trip_as(sock, body, layout), body)

    def test_address_in_use(self):
        address = self.echo().address()
        path = self.folder() / "brink.conf"
        path.write_text(f'listener "l" {{ address = {address}; service = echo }}\n')
        done = self.brink("run", "-c", path, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(address, done.stderr)


def round_trip_as(sock, body, layout):
    sock.sendall(frame(body, layout))
    return read_frame(sock, layout)


class Examples(harness.TestCase):
    """Each with its ports replaced and a server that echoes behind it."""

    def assert_relays(self, name, body, layout, **variables):
        program = self.start("run", "-c", CONF / name, env={**os.environ, **variables})
        sock = self.connect(program.address())
        self.assertEqual(round_trip_as(sock, body, layout), body)

    def echo_address(self):
        return self.upstream(echo_bytes).address

    def test_three_servers(self):
        one, two, three = (self.echo_address() for _ in range(3))
        self.assert_relays("three-servers.conf", b"ping", "<I", PORT="0", ONE=one, TWO=two,
                           THREE=three)

    def test_dns(self):
        self.assert_relays("dns.conf", b"\x62\x72" + bytes(15), ">H", PORT="0",
                           RESOLVER_1=self.echo_address(), RESOLVER_2=self.echo_address())

    def test_kafka(self):
        self.assert_relays("kafka.conf", b"\0\x12\0\0\0\0\0\1", ">I", PORT_1="0", PORT_2="0",
                           PORT_3="0", BROKER_1=self.echo_address(),
                           BROKER_2=self.echo_address(), BROKER_3=self.echo_address())

    def test_rpc(self):
        self.assert_relays("rpc.conf", b"move", "<I", PORT="0", WORLD_1=self.echo_address(),
                           WORLD_2=self.echo_address())

    def test_modbus(self):
        program = self.start("run", "-c", CONF / "modbus.conf",
                             env={**os.environ, "PORT": "0", "PLC": self.echo_address()})
        sock = self.connect(program)
        request = bytes.fromhex("000100000006010300000001")
        sock.sendall(request)
        self.assertEqual(sock.recv(len(request)), request)

    def test_sidecar(self):
        folder = self.folder()
        application = self.echo(listen=f"unix:{folder}/application")
        self.assertTrue(application.running())
        program = self.start("run", "-c", CONF / "sidecar.conf",
                             env={**os.environ, "INBOUND": "127.0.0.1:0",
                                  "APPLICATION": f"{folder}/application",
                                  "OUTBOUND": f"{folder}/outbound",
                                  "DATABASE_1": self.echo_address(),
                                  "DATABASE_2": self.echo_address()})
        program.wait_for_logs(2, event="listen")
        sock = self.connect(f"unix:{folder}/outbound")
        self.assertEqual(round_trip_as(sock, b"query", ">I"), b"query")


if __name__ == "__main__":
    harness.main()
