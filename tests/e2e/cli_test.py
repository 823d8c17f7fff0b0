"""The command line: help, usage errors, the small commands, exit codes."""

import re
import signal
import socket
import struct
import subprocess
import time

import harness
from programs import cpu_seconds, wait_until
from settings import BRINK, PATIENCE
from wire import frame, payload, round_trip

COMMANDS = ("run", "check", "relay", "echo", "ping", "load", "frame", "demo")


class Help(harness.TestCase):
    def test_help_names_the_commands(self):
        for words in (["--help"], ["help"], ["-h"]):
            text = self.brink(*words).stdout
            for command in COMMANDS:
                self.assertRegex(text, rf"(?m)^  {command} ", words)

    def test_help_of_a_command(self):
        options = {"echo": ["--listen", "--frame", "--max-clients"], "relay": ["--to", "--listen"],
                   "ping": ["--count", "--size"], "demo": ["--seconds"],
                   "load": ["--connections", "--in-flight", "--rate", "--verify", "--json"]}
        for command, names in options.items():
            for words in ([command, "--help"], ["help", command]):
                text = self.brink(*words).stdout
                for name in names:
                    self.assertIn(name, text, words)
                self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_defaults_are_told(self):
        relay = self.brink("relay", "--help").stdout
        for default in ("127.0.0.1:7000", "u32le", "4096", "60s", "5s"):
            self.assertIn(default, relay)
        self.assertIn("127.0.0.1:5882", self.brink("echo", "--help").stdout)

    def test_version(self):
        self.assertRegex(self.brink("--version").stdout, r"^brink \d+\.\d+\.\d+\n$")


class UsageErrors(harness.TestCase):
    def assert_refused(self, words, *told):
        """Exit 2, and the message holds all of `told`; nothing on stdout."""
        done = self.brink(*words, check=False)
        self.assertEqual(done.returncode, 2, (words, done.stderr))
        self.assertEqual(done.stdout, "")
        for text in told:
            self.assertIn(text, done.stderr, words)

    def test_wrong_values_are_named_with_their_option(self):
        for option, value in (("--frame", "u33le"),
                              ("--max-frame", "12furlongs"), ("--max-frame", "0"),
                              ("--max-clients", "many"), ("--max-clients", "0"),
                              ("--idle-timeout", "soon"), ("--idle-timeout", "5"),
                              ("--frame-timeout", "-1s"), ("--drain-timeout", "1.5s"),
                              ("--workers", "-3"), ("--log-level", "loud"),
                              ("--listen", "nonsense"), ("--listen", "127.0.0.1:99999"),
                              ("--listen", "fd:")):
            with self.subTest(option=option, value=value):
                self.assert_refused(["echo", option, value], option, value)

    def test_relay(self):
        self.assert_refused(["relay"], "--to")
        self.assert_refused(["relay", "--to", "nonsense"], "--to", "nonsense")
        self.assert_refused(["relay", "--to", ":1", "--connect-timeout", "x"], "--connect-timeout")

    def test_unknown_words(self):
        self.assert_refused(["eco"], "eco", "brink echo")
        self.assert_refused(["xyzzy"], "xyzzy")
        self.assert_refused(["echo", "--nonsense"], "--nonsense")
        self.assert_refused(["echo", "surplus"], "surplus")
        self.assert_refused(["frame", "xyzzy"], "xyzzy")
        self.assert_refused(["ping"], "ADDR")
        self.assert_refused(["ping", ":1", "-c", "few"], "few")
        self.assert_refused(["load"], "ADDR")
        self.assert_refused(["load", ":1", "-s", "5..4"], "--size", "5..4")
        self.assert_refused(["load", ":1", "-f", "u8", "-s", "1..300"], "--size", "300 bytes")
        self.assert_refused(["frame", "explain", "u33le"], "u33le")
        self.assert_refused(["echo", "--frame", "offset=4,sise=2"], "--frame", "sise", "size")

    def test_no_command(self):
        done = self.brink(check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("relay", done.stdout + done.stderr)


class Start(harness.TestCase):
    def test_address_in_use(self):
        address = self.echo().address()
        done = self.brink("relay", "--listen", address, "--to", ":1", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(address, done.stderr)
        self.assertRegex(done.stderr.lower(), "in use")

    def test_unix_address_in_use(self):
        address = self.echo(listen=f"unix:{self.folder()}/socket").address()
        done = self.brink("echo", "--listen", address, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(address, done.stderr)
        self.assertEqual(round_trip(self.connect(address), b"unharmed"), b"unharmed")

    def test_no_such_folder_or_interface(self):
        for address in (f"unix:{self.folder()}/none/socket", "192.0.2.1:0"):
            done = self.brink("echo", "--listen", address, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(address, done.stderr)

    def test_log(self):
        """Logfmt: each line has time, level and event; the first and last tell what ran."""
        program = self.relay(":1", "--frame", "u16be", "--max-frame", "1KiB")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        for line in program.log():
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
            self.assertIn(line["level"], ("error", "warn", "info", "debug"))
            self.assertTrue(line["event"])
        start = program.wait_for_log(event="start")
        self.assertEqual((start["service"], start["frame"]), ("relay", "u16be"))
        self.assertEqual(program.log()[-1]["event"], "stop")

    def test_log_level(self):
        path = self.folder() / "quiet"
        quiet = self.start("echo", "--listen", f"unix:{path}", "--log-level", "error")
        loud = self.echo("--log-level", "debug")
        self.connect(loud).close()
        loud.wait_for_log(event="accept", level="debug")
        loud.signal(signal.SIGTERM)
        self.assertEqual(loud.wait(), 0)
        wait_until(path.exists, "the quiet one to listen")
        quiet.signal(signal.SIGTERM)
        self.assertEqual(quiet.wait(), 0)
        self.assertEqual(quiet.lines, [])


class Ping(harness.TestCase):
    def test_round_trips(self):
        address = self.relay(self.echo().address()).address()
        done = self.brink("ping", address, "-c", 3, "-i", "10ms")
        self.assertEqual(len(re.findall(r"seq=\d+ time=[\d.]+ ms", done.stdout)), 3)
        self.assertIn("3 frames sent, 3 received", done.stdout)

    def test_sizes_and_layouts(self):
        for spec in ("u32le", "u16be", "mongodb", "raw", "ascii=decimal,delimiter=:,size=6"):
            with self.subTest(spec=spec):
                address = self.echo("--frame", spec).address()
                done = self.brink("ping", address, "-c", 2, "-i", "1ms", "-s", 60000, "-f", spec)
                self.assertIn("2 frames sent, 2 received", done.stdout)

    def test_larger_than_all_buffers(self):
        address = self.relay(self.echo("--max-frame", "33MiB").address(), "--max-frame",
                             "33MiB").address()
        self.brink("ping", address, "-c", 1, "-s", "32MiB", "--max-frame", "33MiB")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = "127.0.0.1:%d" % listener.getsockname()[1]
        done = self.brink("ping", address, "-c", 2, "-i", "1ms", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("100% lost", done.stdout)

    def test_no_reply(self):
        upstream = self.upstream(lambda connection: connection.recv(1 << 16) and connection.recv(1))
        done = self.brink("ping", upstream.address, "-c", 1, "-W", "100ms", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 frames sent, 0 received", done.stdout)

    def test_another_reply(self):
        upstream = self.upstream(lambda connection: (connection.recv(1 << 16),
                                                     connection.sendall(frame(bytes(56)))))
        done = self.brink("ping", upstream.address, "-c", 1, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("DIFFER", done.stdout)

    def test_interrupted(self):
        address = self.echo().address()
        ping = subprocess.Popen([BRINK, "ping", address, "-i", "1h"], stdout=subprocess.PIPE)
        self.addCleanup(ping.wait)
        self.addCleanup(ping.stdout.close)
        self.addCleanup(ping.kill)
        self.assertIn(b"PING", ping.stdout.readline())
        self.assertIn(b"seq=1", ping.stdout.readline())
        ping.send_signal(signal.SIGINT)
        self.assertIn(b"1 frames sent, 1 received", ping.stdout.read())
        self.assertEqual(ping.wait(), 0)


class Frame(harness.TestCase):
    def test_list(self):
        text = self.brink("frame", "list").stdout
        for preset in ("dns", "postgres", "tls", "ssh-agent", "mongodb", "kafka", "mqtt", "modbus"):
            self.assertRegex(text, rf"(?m)^{preset} ")

    def test_every_preset_can_be_explained(self):
        presets = re.findall(r"(?m)^([a-z][a-z0-9.-]*) ", self.brink("frame", "list").stdout)
        self.assertGreater(len(presets), 30)
        for preset in presets:
            text = self.brink("frame", "explain", preset).stdout
            self.assertIn(preset, text)
            self.assertIn("largest", text)

    def test_explain(self):
        text = self.brink("frame", "explain", "offset=4,size=2,endian=big,max=1000").stdout
        self.assertIn("smallest  6 bytes", text)
        self.assertIn("largest   1000 bytes", text)

    def test_scan(self):
        capture = self.folder() / "capture"
        capture.write_bytes(b"".join(frame(payload(size), ">H") for size in (12, 0, 500)))
        text = self.brink("frame", "scan", "u16be", capture).stdout
        self.assertIn("3 frames, 518 bytes; smallest 2, largest 502", text)

    def test_scan_of_a_cut_capture(self):
        capture = self.folder() / "capture"
        capture.write_bytes(frame(b"whole") + struct.pack("<I", 100) + b"cut")
        done = self.brink("frame", "scan", "u32le", capture, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 frames", done.stdout)
        self.assertIn(str(capture), done.stderr)

    def test_scan_of_no_file(self):
        done = self.brink("frame", "scan", "dns", "/no/such/file", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/no/such/file", done.stderr)


class Demo(harness.TestCase):
    def test_demo(self):
        begun = time.monotonic()
        done = self.brink("demo", "--seconds", 1)
        self.assertLess(time.monotonic() - begun, 1 + 5 * PATIENCE)
        for line in (r"frames +[1-9]\d* there and back", r"different +0", r"frames cut +0",
                     r"latency +p50 .*p99 .*max ", "Every byte came back as it was sent"):
            self.assertRegex(done.stdout, line)
        self.assertEqual(done.stderr, "")

    def test_interrupted(self):
        demo = subprocess.Popen([BRINK, "demo", "--seconds", "3600"], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.kill)
        self.assertIn(b"clients", demo.stdout.readline())
        wait_until(lambda: cpu_seconds(demo.pid) > 0.05, "frames to go there and back")
        demo.send_signal(signal.SIGINT)
        self.assertIn(b"frames cut   0", demo.stdout.read())
        self.assertEqual(demo.wait(), 0)


if __name__ == "__main__":
    harness.main()
