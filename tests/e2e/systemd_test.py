"""Under a service manager: what it is told, the sockets it passes, and the log's ways out."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import unittest

import harness
from programs import wait_until
from settings import BRINK, DISPATCH, ROOT, WAIT
from wire import frame, listening_socket, read_exactly, read_to_end, round_trip

UNITS = ROOT / "src" / "app" / "share" / "systemd"

# Puts descriptors to 3 and up and becomes the program: LISTEN_PID is its own number.
PASS = """
import fcntl, os, sys
count = int(sys.argv[1])
high = [fcntl.fcntl(int(word), fcntl.F_DUPFD, 100) for word in sys.argv[2:2 + count]]
for index, fd in enumerate(high):
    os.dup2(fd, 3 + index)
os.closerange(3 + count, 200)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(count)
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


class Manager:
    """A datagram socket where a program tells how it is."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(WAIT)
        self.socket.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        self.environment = {**os.environ, "NOTIFY_SOCKET": name}

    def next(self):
        """The next state as a dict."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def until(self, key):
        while True:
            state = self.next()
            if key in state:
                return state


class Notify(harness.TestCase):
    def manager(self, name=None):
        manager = Manager(name or str(self.folder() / "notify"))
        self.addCleanup(manager.socket.close)
        return manager

    def served(self, manager, *options, **variables):
        return self.echo(*options, env={**manager.environment, **variables})

    def test_ready_and_stopping(self):
        for name in (None, f"@brink-test-{os.getpid()}"):
            manager = self.manager(name)
            program = self.served(manager)
            ready = manager.next()
            self.assertEqual(ready["READY"], "1")
            self.assertEqual(ready["MAINPID"], str(program.pid))
            self.assertIn("4096 clients", ready["STATUS"])
            self.assertEqual(round_trip(self.connect(program), b"hello"), b"hello")
            program.signal(signal.SIGTERM)
            self.assertEqual(manager.next()["STOPPING"], "1")
            self.assertEqual(program.wait(), 0)

    def test_watchdog(self):
        manager = self.manager()
        program = self.served(manager, WATCHDOG_USEC="200000")
        for _ in range(5):
            manager.until("WATCHDOG")
        program.signal(signal.SIGSTOP)  # what was sent before is read, and then comes nothing
        manager.socket.settimeout(1)
        with self.assertRaises(TimeoutError):
            while True:
                manager.until("WATCHDOG")
        program.signal(signal.SIGCONT)
        manager.socket.settimeout(WAIT)
        manager.until("WATCHDOG")

    def test_drain_asks_for_more_time(self):
        manager = self.manager()
        program = self.served(manager, "--drain-timeout", "1h")
        sock = self.connect(program)
        sock.sendall(frame(bytes(100))[:50])
        read_exactly(sock, 4)
        program.signal(signal.SIGTERM)
        self.assertIn("1 clients", manager.until("STOPPING")["STATUS"])
        for _ in range(2):
            self.assertEqual(manager.until("EXTEND_TIMEOUT_USEC")["EXTEND_TIMEOUT_USEC"], "5000000")
        sock.sendall(frame(bytes(100))[50:])
        self.assertEqual(len(read_to_end(sock)), 100)
        self.assertEqual(program.wait(), 0)

    def test_failure_is_told(self):
        manager = self.manager()
        address = self.echo().address()
        done = self.brink("echo", "--listen", address, check=False, env=manager.environment)
        self.assertEqual(done.returncode, 1)
        self.assertIn(address, manager.next()["STATUS"])

    def test_manager_that_is_gone(self):
        program = self.echo(env={**os.environ, "NOTIFY_SOCKET": "/nowhere/at/all"})
        program.wait_for_log(event="notify-failed", level="error")
        self.assertEqual(round_trip(self.connect(program), b"hello"), b"hello")


class Passed(harness.TestCase):
    def passed(self, sockets, names, *arguments):
        numbers = [sock.fileno() for sock in sockets]
        words = [sys.executable, "-c", PASS, len(numbers), *numbers, BRINK, *arguments]
        return self.start_program(words, pass_fds=numbers,
                                  env={**os.environ, "LISTEN_FDNAMES": ":".join(names)})

    def listening(self):
        sock, address = listening_socket()
        self.addCleanup(sock.close)
        return sock, address

    def test_by_name(self):
        made = [self.listening() for _ in range(3)]
        program = self.passed([sock for sock, _ in made], ["web", "other", "web"], "echo",
                              *DISPATCH, "--listen", "fd:web")
        program.wait_for_log(event="start")
        self.assertEqual(program.wait_for_log(event="socket-unused")["name"], "other")
        for index in (0, 2):
            sock = self.connect(made[index][1])
            self.assertEqual(round_trip(sock, b"by name"), b"by name")

    def test_by_name_in_a_configuration(self):
        made = [self.listening() for _ in range(2)]
        path = self.folder() / "brink.conf"
        path.write_text('listener "a" { address = fd:one; service = echo }\n'
                        'listener "b" { address = fd:two; service = echo; frame = u16be }\n')
        self.brink("check", "-c", path)
        self.brink("check", "--full", "-c", path)
        program = self.passed([sock for sock, _ in made], ["two", "one"], "run", "-c", path)
        program.wait_for_log(event="start")
        self.assertEqual(round_trip(self.connect(made[1][1]), b"u32le"), b"u32le")
        sock = self.connect(made[0][1])
        sock.sendall(b"\0\2ab")
        self.assertEqual(read_exactly(sock, 4), b"\0\2ab")

    def test_name_that_was_not_passed(self):
        done = self.brink("echo", "--listen", "fd:web", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("FileDescriptorName=web", done.stderr)


class Log(harness.TestCase):
    def test_json(self):
        program = self.start("echo", "--listen", "127.0.0.1:0", "--log-format", "json")
        wait_until(lambda: len(program.lines) >= 2, "its first lines")
        listen, start = (json.loads(line) for line in program.lines[:2])
        self.assertEqual((listen["event"], start["event"]), ("listen", "start"))
        self.assertEqual(start["pid"], program.pid)
        with contextlib.closing(socket.create_connection(
                listen["address"].rsplit(":", 1), timeout=WAIT)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                sock.recv(1)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        lines = [json.loads(line) for line in program.lines]
        (bad,) = [line for line in lines if line["event"] == "bad-frame"]
        self.assertEqual(bad["value"], int.from_bytes(b"GET ", "little"))
        self.assertIsInstance(bad["header"], str)
        self.assertEqual(lines[-1]["event"], "stop")

    def test_journal(self):
        """Standard error is the journal's if JOURNAL_STREAM says so."""
        read, write = os.pipe()
        with os.fdopen(read, "rb") as lines:
            about = os.fstat(write)
            with subprocess.Popen(
                    [BRINK, "echo", "--listen", "127.0.0.1:0"], stderr=write,
                    env={**os.environ, "JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}) as process:
                os.close(write)
                self.assertTrue(lines.readline().startswith(b"<6>level=info event=listen address="))
                process.terminate()
                self.assertTrue(lines.readlines()[-1].startswith(b"<6>level=info event=stop "))

    def test_file_that_is_moved_away(self):
        folder = self.folder()
        path = folder / "brink.conf"
        log, old = folder / "brink.log", folder / "brink.log.1"
        path.write_text('log-file = brink.log\n'
                        'listener "a" { address = 127.0.0.1:0; service = echo }\n')
        program = self.start("run", "-c", path)
        wait_until(lambda: log.exists() and "event=start" in log.read_text(), "its first lines")
        self.assertEqual(stat.S_IMODE(log.stat().st_mode) & 0o007, 0)
        log.rename(old)
        program.signal(signal.SIGUSR1)
        wait_until(lambda: log.exists() and "event=stats" in log.read_text(), "a new file")
        self.assertNotIn("event=stats", old.read_text())
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        self.assertIn("event=stop", log.read_text())
        self.assertEqual(program.lines, [])

    def test_repeats(self):
        program = self.echo()
        for _ in range(40):
            with contextlib.closing(socket.create_connection(
                    program.address().rsplit(":", 1), timeout=WAIT)) as sock:
                sock.sendall(b"\xff\xff\xff\xff")
                with contextlib.suppress(ConnectionError):
                    sock.recv(1)
        program.wait_for_logs(40, event="close")

        def told():
            counted = sum(int(line["count"])
                          for line in program.log(event="suppressed", of="bad-frame"))
            return len(program.log(event="bad-frame")) + counted == 40

        wait_until(told, "all to be told, or counted")


@unittest.skipIf(shutil.which("systemd-analyze") is None, "not installed: systemd")
class Units(harness.TestCase):
    def test_verify(self):
        folder = self.folder()
        service = (UNITS / "brink.service").read_text()
        (folder / "brink.service").write_text(service.replace("/usr/bin/brink", str(BRINK)))
        shutil.copy(UNITS / "brink.socket", folder)
        done = self.command("systemd-analyze", "verify", "--man=no", folder / "brink.service",
                            folder / "brink.socket", check=False)
        ours = [line for line in (done.stdout + done.stderr).splitlines() if "brink" in line]
        self.assertEqual(ours, [])

    def test_exposure(self):
        """No worse than README.md and brink-run(1) say; systemd 250 and later rate files."""
        done = self.command("systemd-analyze", "security", "--offline=true", "--no-pager",
                            UNITS / "brink.service", check=False)
        rated = re.search(r"Overall exposure level for brink\.service: (\d+\.\d)", done.stdout)
        if rated is None:
            self.skipTest(f"this systemd-analyze rates no files: {done.stderr}")
        for told in (ROOT / "README.md", ROOT / "src" / "app" / "share" / "man" / "brink-run.1.scd"):
            score = re.search(r"(\d\.\d) of 10", told.read_text())
            self.assertLessEqual(float(rated[1]), float(score[1]), told.name)


if __name__ == "__main__":
    harness.main()
