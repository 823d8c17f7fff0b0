"""Calls that the kernel fails, by strace: no established connection loses a byte, nothing spins, and
when it is over new clients get in.

strace fails the call instead of making it. So EAGAIN is not among the faults: an edge would be lost
that no kernel loses. And it lets go only while nothing is on its way: a call that it was just about
to fail would fail with ENOSYS.
"""

import contextlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

import harness
from harness import needs
from programs import cpu_seconds, wait_until
from settings import SHARED, WAIT
from traffic import flowing
from wire import connect, frame, payload, read_exactly, read_frame, reset, round_trip

WINDOW = 0.3         # seconds that a fault lasts at least
IDLE_ENOUGH = 0.4    # of a core; with the traffic it takes 0.05
REST = 0.1           # seconds between two attempts to accept (net/listener.h)
WORKERS = 2
CROWD = 8


class Faults:
    """Has strace fail calls of a running program, from `with` to its end. A fault is what `-e inject`
    takes; one without a colon only has these calls traced."""

    def __init__(self, pid, *faults):
        words = ["strace", "-f", "-e", "signal=none"]
        names = sorted({name for fault in faults for name in fault.split(":")[0].split(",")})
        words += ["-e", f"trace={','.join(names)}"]
        for fault in faults:
            words += ["-e", f"inject={fault}"] if ":" in fault else []
        self._words = [*words, "-p", str(pid)]
        self._attached = threading.Event()
        self.lines, self.injected = [], 0

    def __enter__(self):
        self._strace = subprocess.Popen(self._words, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._attached.wait(WAIT)
        if not any("attached" in line for line in self.lines):
            self.__exit__()
            raise RuntimeError(f"strace cannot attach here: {self.lines}")
        return self

    def _read(self):
        for line in self._strace.stderr:
            self.lines.append(line)
            self.injected += "(INJECTED)" in line
            self._attached.set()
        self._attached.set()

    def wait_for_injected(self, count):
        wait_until(lambda: self.injected >= count, f"{count} calls that fail")

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self._strace.returncode is not None:
            return
        self._strace.send_signal(signal.SIGINT)
        self._strace.wait(WAIT)
        self._reader.join(WAIT)
        self._strace.stderr.close()


def is_short(line):
    """Whether a traced send took less than it was given."""
    asked = re.findall(r"iov_len=(\d+)", line) or re.findall(r", (\d+), MSG_NOSIGNAL", line)
    sent = re.search(r"= (\d+)$", line)
    return sent is not None and int(sent[1]) < sum(map(int, asked))


def leave(sock):
    with contextlib.suppress(OSError):
        reset(sock)


@needs("strace")
class FaultsCase(harness.TestCase):
    def setUp(self):
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as probe:
            try:
                with Faults(probe.pid, "accept4:error=EMFILE"):
                    pass
            except RuntimeError as why:
                self.skipTest(str(why))
            finally:
                probe.stdin.close()

    def both(self, scenario):
        """Passes through it with an echo and with a relay, at once. What stands behind the relay is
        healthy."""
        relay = self.relay(self.echo().address(), "--workers", WORKERS)
        joins = [self.thread(scenario, self.echo("--workers", WORKERS)),
                 self.thread(scenario, relay)]
        for join in joins:
            join()

    def crowd(self, program):
        socks = [self.connect(program) for _ in range(CROWD)]
        for sock in socks:
            with contextlib.suppress(ConnectionError):
                sock.sendall(frame(b"let me in"))
        return socks

    def trouble(self, program, *faults, flows=True, least=3):
        """Fails calls for a while, with traffic and new clients. These, and how often it failed."""
        with flowing(self, program.address(), 6, interval=0.02) as traffic:
            with Faults(program.pid, *faults) as injection:
                used, begun = cpu_seconds(program.pid), time.monotonic()
                crowd = self.crowd(program)
                injection.wait_for_injected(least)
                if flows:
                    traffic.wait_for_rounds(5)
                threading.Event().wait(max(0, begun + WINDOW - time.monotonic()))
                used, took = cpu_seconds(program.pid) - used, time.monotonic() - begun
                count = injection.injected
                with traffic.pause():
                    injection.end()
            self.assertTrue(program.running())
            self.assertLess(used / took, IDLE_ENOUGH, f"{faults}: not idle while calls fail")
            traffic.wait_for_rounds(5)
            self.assertEqual(round_trip(self.connect(program), b"healed"), b"healed")
        return crowd, count / took


class Accept(FaultsCase):
    def assert_all_get_in(self, crowd):
        for sock in crowd:
            self.assertEqual(read_frame(sock), b"let me in")
            sock.close()

    def test_out_of_files_or_memory(self):
        """The clients wait in the kernel's queue meanwhile."""
        def scenario(program):
            for error in ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"):
                crowd, rate = self.trouble(program, f"accept4:error={error}")
                self.assertLess(rate, 2 * WORKERS / REST, f"{error}: tried too often")
                self.assert_all_get_in(crowd)
            program.wait_for_log(event="accept-paused", level="warn")

        self.both(scenario)

    @unittest.skipIf(SHARED, "with connections that are armed for each wakeup nothing flows meanwhile")
    def test_also_the_listener_cannot_be_silenced(self):
        def scenario(program):
            crowd, _ = self.trouble(program, "accept4:error=EMFILE", "epoll_ctl:error=ENOSPC")
            self.assert_all_get_in(crowd)

        self.both(scenario)

    def test_clients_that_are_gone_already(self):
        """Says nothing of the next client, so the next one is accepted at once."""
        def scenario(program):
            for error in ("ECONNABORTED", "EPROTO", "EINTR"):
                crowd, _ = self.trouble(program, f"accept4:error={error}:when=1+2", least=2)
                self.assert_all_get_in(crowd)

        self.both(scenario)


def refused(program):
    """Clients that the log tells were refused, one by one or as a count of repeats."""
    counted = sum(int(line["count"]) for line in program.log(event="suppressed", of="refused"))
    return len(program.log(event="refused")) + counted


class Epoll(FaultsCase):
    @unittest.skipIf(SHARED, "with connections that are armed for each wakeup nothing flows meanwhile")
    def test_no_room_for_new_clients(self):
        """They are refused, those that are in do not notice."""
        def scenario(program):
            for error in ("ENOSPC", "ENOMEM"):
                crowd, _ = self.trouble(program, f"epoll_ctl:error={error}")
                for sock in crowd:
                    with contextlib.suppress(ConnectionError):
                        self.assertEqual(sock.recv(1), b"")
            wait_until(lambda: refused(program) == 2 * CROWD, "all refusals in the log")

        self.both(scenario)

    def test_no_room_for_the_upstream(self):
        """The second or third call of a session fails: it ends, and says why."""
        program = self.relay(self.echo().address(), "--workers", 1)
        for which in ("2+2", "3+3"):
            crowd, _ = self.trouble(program, f"epoll_ctl:error=ENOSPC:when={which}", least=1)
            for sock in crowd:
                with contextlib.suppress(ConnectionError):
                    self.assertIn(sock.recv(100), (frame(b"let me in"), b""))
                leave(sock)
        program.wait_for_log(event="close", reason="connect-failed")

    def test_interrupted(self):
        def scenario(program):
            self.trouble(program, "epoll_wait,epoll_pwait:error=EINTR:when=1+2")

        self.both(scenario)

    def test_wait_fails(self):
        def scenario(program):
            self.trouble(program, "epoll_wait,epoll_pwait:error=ENOMEM:when=1+2")
            program.wait_for_log(event="poll-failed", level="error")

        self.both(scenario)


class Transfers(FaultsCase):
    def test_interrupted(self):
        def scenario(program):
            self.trouble(program, "recvfrom,sendto,sendmsg:error=EINTR:when=1+2")

        self.both(scenario)

    def test_no_memory_now_and_then(self):
        def scenario(program):
            for error in ("ENOBUFS", "ENOMEM"):
                self.trouble(program, f"recvfrom,sendto,sendmsg:error={error}:when=1+3")

        self.both(scenario)

    def test_no_memory_for_a_while(self):
        """Nothing flows on a worker meanwhile, and afterwards everything comes."""
        def scenario(program):
            for calls in ("recvfrom", "sendto,sendmsg"):
                self.trouble(program, f"{calls}:error=ENOBUFS:when=1..30", flows=False)

        self.both(scenario)

    def test_short_sends(self):
        """Tiny buffers, and readers that take a few bytes at a time."""
        stream = b"".join(frame(payload(size, size)) for size in range(0, 900, 3))
        for command in (["echo"], ["relay", "--to", self.echo().address()]):
            with socket.create_server(("127.0.0.1", 0)) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
                program = self.start(*command, "--listen", f"fd:{listener.fileno()}",
                                     pass_fds=[listener.fileno()])
                program.address()
            with Faults(program.pid, "sendto,sendmsg") as traced:
                joins = [self.thread(self.sip, program.address(), stream, step)
                         for step in (1, 7, 100)]
                for join in joins:
                    self.assertEqual(join(), stream)
            self.assertGreater(sum(map(is_short, traced.lines)), 20, "no send came short")

    def sip(self, address, stream, step):
        with connect(address, receive_buffer=4096) as sock:
            sender = self.thread(sock.sendall, stream)
            data = b"".join(read_exactly(sock, min(step, len(stream) - at))
                            for at in range(0, len(stream), step))
            sender()
        return data


class Upstream(FaultsCase):
    def test_dialing_fails(self):
        """Each such client is told by the end of its connection, and the log by a line."""
        program = self.relay(self.echo().address(), "--workers", WORKERS)
        for fault in ("socket:error=EMFILE", "socket:error=ENOBUFS", "connect:error=ENETUNREACH",
                      "connect:error=EADDRNOTAVAIL", "connect:error=ENOMEM"):
            crowd, _ = self.trouble(program, fault)
            for sock in crowd:
                with contextlib.suppress(ConnectionError):
                    self.assertEqual(sock.recv(1), b"")
                sock.close()
        program.wait_for_logs(5 * CROWD, event="close", reason="connect-failed")


if __name__ == "__main__":
    harness.main()
