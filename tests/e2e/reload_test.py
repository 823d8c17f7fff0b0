"""SIGHUP: the configuration is read anew, and what stays is not felt."""

import os
import signal
import socket

import harness
from programs import echo_bytes, open_files, wait_until
from settings import ROOT
from systemd_test import Manager
from wire import read_exactly, round_trip, split_address

UNIT = ROOT / "src" / "app" / "share" / "systemd" / "brink.service"


def named(name):
    """An upstream's script that says who it is, and then echoes."""

    def script(sock):
        sock.sendall(name)
        echo_bytes(sock)

    return script


class Reload(harness.TestCase):
    def configured(self, text, **variables):
        self.path = self.folder() / "brink.conf"
        self.path.write_text(text)
        program = self.start("run", "-c", self.path, env={**os.environ, **variables})
        program.wait_for_log(event="start")
        self.reloads = 0
        return program

    def reload(self, program, text):
        """By SIGHUP, and waits for what comes of it."""
        self.path.write_text(text)
        program.signal(signal.SIGHUP)
        self.reloads += 1

        def outcomes():
            return program.log(event="reload") + program.log(event="reload-failed")

        wait_until(lambda: len(outcomes()) >= self.reloads, "the reload's outcome")
        last = [line for line in program.log() if line.get("event", "").startswith("reload")][-1]
        return last

    def who(self, sock):
        return read_exactly(sock, 1)

    def assert_ends(self, program):
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)

    def test_servers_change_under_clients(self):
        one, two = (self.upstream(named(name)).address for name in (b"1", b"2"))
        text = ('listener "l" {{ address = 127.0.0.1:0; upstream = u; frame = raw }}\n'
                'upstream "u" {{ server = {} }}\n')
        program = self.configured(text.format(one))
        old = self.connect(program)
        self.assertEqual(self.who(old), b"1")
        outcome = self.reload(program, text.format(two))
        self.assertEqual(outcome["event"], "reload")
        self.assertEqual(outcome["addresses_added"], "0")
        new = self.connect(program)
        self.assertEqual(self.who(new), b"2")
        for sock in (old, new):  # who had the first keeps it
            sock.sendall(b"still here")
            self.assertEqual(read_exactly(sock, 10), b"still here")
        old.close()
        new.close()
        self.assert_ends(program)

    def test_listeners_come_and_go(self):
        one = 'listener "one" { address = 127.0.0.1:0; service = echo }\n'
        two = 'listener "two" { address = 127.0.0.1:0; service = echo; frame = u16be }\n'
        program = self.configured(one)
        first = program.address()
        kept = self.connect(first)
        self.assertEqual(round_trip(kept, b"before"), b"before")
        outcome = self.reload(program, one + two)
        self.assertEqual((outcome["listeners_added"], outcome["listeners_changed"]), ("1", "0"))
        second = program.address(1)
        self.connect(second)
        outcome = self.reload(program, two)
        self.assertEqual((outcome["listeners_removed"], outcome["addresses_removed"]), ("1", "1"))
        self.assertEqual(program.log(event="unlisten")[-1]["address"], first)
        with socket.socket() as sock:
            self.assertRaises(ConnectionRefusedError, sock.connect, split_address(first)[1])
        self.assertEqual(round_trip(kept, b"after"), b"after")
        kept.close()
        self.assert_ends(program)

    def test_options_are_for_those_who_come(self):
        text = 'listener "l" {{ address = 127.0.0.1:0; service = echo; max-frame = {} }}\n'
        program = self.configured(text.format("1KiB"))
        old = self.connect(program)
        self.assertEqual(round_trip(old, bytes(500)), bytes(500))
        self.assertEqual(self.reload(program, text.format("100B"))["listeners_changed"], "1")
        new = self.connect(program)
        self.assertEqual(round_trip(new, bytes(50)), bytes(50))
        new.sendall((500).to_bytes(4, "little"))
        program.wait_for_log(event="bad-frame")
        self.assertEqual(round_trip(old, bytes(500)), bytes(500))
        old.close()
        self.assert_ends(program)

    def test_a_bad_file_changes_nothing(self):
        text = 'listener "l" { address = 127.0.0.1:0; service = echo }\n'
        program = self.configured(text)
        sock = self.connect(program)
        outcome = self.reload(program, text + "nonsense = 5\nworkers = many\n")
        self.assertEqual(outcome["event"], "reload-failed")
        self.assertIn(f"{self.path}:2", outcome["error"])
        self.assertEqual([line["line"] for line in program.log(event="config-error")], ["2", "3"])
        self.path.unlink()
        program.signal(signal.SIGHUP)
        self.reloads += 1
        program.wait_for_logs(2, event="reload-failed")
        self.assertEqual(round_trip(sock, b"as ever"), b"as ever")
        self.assertEqual(self.reload(program, text)["event"], "reload")
        sock.close()
        self.assert_ends(program)

    def test_what_needs_a_restart_is_named(self):
        text = 'listener "l" { address = 127.0.0.1:0; service = echo }\n'
        taken = self.echo().address()
        program = self.configured("workers = 2\n" + text)
        for lines, name in (("workers = 3\n", "workers"),
                            ("workers = 2\ndispatch = shared\n", "dispatch"),
                            ("workers = 2\nbuffer-memory = 1GiB\n", "buffer-memory"),
                            (f"workers = 2\nadmin {{ address = unix:@brink-{os.getpid()} }}\n", "admin"),
                            ("workers = 2\nlog-format = json\n", "log-format"),
                            ("workers = 2\nlog-file = /tmp/brink-none.log\n", "log-file"),
                            ("workers = 2\nsandbox = no\n", "sandbox"),
                            ("workers = 2\n"
                             f'listener "more" {{ address = {taken}; service = echo }}\n', taken)):
            outcome = self.reload(program, lines + text)
            self.assertEqual(outcome["event"], "reload-failed", lines)
            self.assertIn(name, outcome["error"])
        self.assertEqual(round_trip(self.connect(program), b"as ever"), b"as ever")
        self.assertEqual(self.reload(program, "workers = 2\n" + text)["event"], "reload")
        self.assert_ends(program)

    def test_level_and_drain_timeout_may_change(self):
        text = 'listener "l" { address = 127.0.0.1:0; service = echo }\n'
        program = self.configured(text)
        self.reload(program, "log-level = debug\ndrain-timeout = 1234ms\n" + text)
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        program.wait_for_log(event="accept", level="debug")
        sock.close()
        self.assert_ends(program)
        self.assertEqual(program.log(event="signal", signal="SIGTERM")[0]["timeout_ms"], "1234")

    def test_on_the_command_line_there_is_nothing_to_read(self):
        program = self.echo()
        program.signal(signal.SIGHUP)
        program.wait_for_log(event="signal", signal="SIGHUP", action="none")
        self.assertEqual(round_trip(self.connect(program), b"as ever"), b"as ever")
        self.assert_ends(program)

    def test_many_times_under_load_nobody_is_lost(self):
        two = [self.upstream(echo_bytes).address for _ in range(2)]
        text = ('listener "l" {{ address = 127.0.0.1:0; upstream = u; idle-timeout = {}s }}\n'
                'upstream "u" {{ server = {}; server = {} }}\n')
        program = self.configured(text.format(100, *two))
        address = program.address()
        clients = [self.connect(address) for _ in range(10)]
        over = []

        def talk():
            count = 0
            while not over:
                for sock in clients:
                    body = b"frame %d" % count
                    self.assertEqual(round_trip(sock, body), body)
                with self.connect(address) as passing:
                    self.assertEqual(round_trip(passing, b"passing"), b"passing")
                count += 1
            return count

        joined = self.thread(talk)
        for turn in range(4):  # a log leaves out what comes too often
            self.reload(program, text.format(101 + turn, *two))
        before = open_files(program)
        for turn in range(5):
            outcome = self.reload(program, text.format(201 + turn, *two))
            self.assertEqual(outcome["event"], "reload")
        self.assertLess(open_files(program), before + 10)
        over.append(True)
        self.assertGreater(joined(), 0)
        self.assertEqual(program.log(event="close", reason="reset"), [])
        for sock in clients:
            sock.close()
        self.assert_ends(program)
        stop = program.log(event="stop")[0]
        self.assertEqual((stop["frames_cut"], stop["refused"]), ("0", "0"))

    def test_the_manager_is_told(self):
        manager = Manager(str(self.folder() / "notify"))
        self.addCleanup(manager.socket.close)
        text = 'listener "l" { address = 127.0.0.1:0; service = echo }\n'
        program = self.configured(text, **manager.environment)
        self.assertEqual(manager.next()["READY"], "1")
        self.reload(program, text)
        begun = manager.next()
        self.assertEqual(begun["RELOADING"], "1")
        self.assertGreater(int(begun["MONOTONIC_USEC"]), 0)
        self.assertEqual(manager.next()["READY"], "1")
        self.reload(program, "nonsense\n")
        self.assertEqual(manager.next()["RELOADING"], "1")
        done = manager.next()
        self.assertEqual(done["READY"], "1")
        self.assertIn("not reloaded", done["STATUS"])
        self.assertIn("ExecReload=", UNIT.read_text())
        self.assert_ends(program)


if __name__ == "__main__":
    harness.main()
