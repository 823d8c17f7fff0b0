"""A steady load: no epoll_ctl, and no frame that waits for a timer."""

import collections
import re
import selectors
import signal
import subprocess
import tempfile
import threading
import time

import harness
from harness import needs
from programs import wait_until
from settings import PATIENCE, SANITIZED, WAIT
from wire import frame, payload, percentile

CONNECTIONS = 64
IN_FLIGHT = 16
FRAME = frame(payload(64))
ROW = r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+)(?: +\d+)? +(\w+)$"  # calls and name, in strace's table


class Load:
    """Keeps so many frames in flight on so many connections, on a thread of its own."""

    def __init__(self, socks):
        self.socks = socks
        self.latencies = []
        self._sent = {sock: collections.deque() for sock in socks}
        self._partial = dict.fromkeys(socks, 0)
        self._stopping = threading.Event()

    def run(self):
        with selectors.DefaultSelector() as selector:
            for sock in self.socks:
                selector.register(sock, selectors.EVENT_READ)
                self._send(sock, IN_FLIGHT)
            while not self._stopping.is_set():
                events = selector.select(WAIT)
                if not events:
                    raise AssertionError("the load has come to a stop")
                for key, _ in events:
                    self._receive(key.fileobj)

    def _send(self, sock, count):
        sock.sendall(FRAME * count)
        self._sent[sock].append((time.monotonic(), count))

    def _receive(self, sock):
        data = sock.recv(1 << 16)
        if not data:
            raise AssertionError("the connection was closed")
        count, self._partial[sock] = divmod(self._partial[sock] + len(data), len(FRAME))
        now, left = time.monotonic(), count
        while left:
            sent, batch = self._sent[sock].popleft()
            took = min(batch, left)
            self.latencies += [now - sent] * took
            left -= took
            if took < batch:
                self._sent[sock].appendleft((sent, batch - took))
        if count:
            self._send(sock, count)

    def stop(self):
        self._stopping.set()


class SteadyLoad(harness.TestCase):
    def load(self, program):
        """Starts the load; it and a function that waits for its end."""
        load = Load([self.connect(program) for _ in range(CONNECTIONS)])
        self.addCleanup(load.stop)
        return load, self.thread(load.run)

    def relay_of_echo(self):
        return self.relay(self.echo("--workers", 1).address(), "--workers", 1)

    def test_latency(self):
        """A stall by Nagle's algorithm comes back with each attempt, a busy machine's does not."""
        program = self.relay_of_echo()
        for _ in range(3):
            load, join = self.load(program)
            wait_until(lambda: len(load.latencies) > 5_000, "frames there and back")
            load.stop()
            join()
            if percentile(load.latencies, 0.99) < 0.030 * PATIENCE:
                return
        self.fail(f"the 99th percentile is {percentile(load.latencies, 0.99)} s")

    def trace(self, program, seconds):
        """Counts the system calls of the running program by name, by strace."""
        with tempfile.NamedTemporaryFile("r") as table:
            strace = subprocess.Popen(["strace", "-c", "-f", "-o", table.name, "-p",
                                       str(program.pid)], stderr=subprocess.PIPE, text=True)
            self.addCleanup(strace.wait)
            self.addCleanup(strace.stderr.close)
            self.addCleanup(strace.kill)
            line = strace.stderr.readline()
            if "attached" not in line:
                self.skipTest(f"strace cannot attach here: {line.strip()}")
            threading.Event().wait(seconds)
            strace.send_signal(signal.SIGINT)
            strace.wait(WAIT)
            rows = re.findall(ROW, table.read(), re.M)
        return {name: int(calls) for calls, name in rows if name != "total"}

    @needs("strace")
    def test_no_epoll_ctl(self):
        if SANITIZED:
            self.skipTest("sanitizers and strace do not go together")
        for name, start in (("relay", self.relay_of_echo),
                            ("echo", lambda: self.echo("--workers", 1))):
            with self.subTest(service=name):
                program = start()
                load, join = self.load(program)
                wait_until(lambda: len(load.latencies) > 1000, "frames there and back")
                before = len(load.latencies)
                calls = self.trace(program, 1)
                self.assertGreater(len(load.latencies) - before, 100)
                load.stop()
                join()
                self.assertNotIn("epoll_ctl", calls)
                self.assertGreater(calls.get("epoll_wait", 0) + calls.get("epoll_pwait", 0)
                                   + calls.get("epoll_pwait2", 0), 10, calls)


if __name__ == "__main__":
    harness.main()
