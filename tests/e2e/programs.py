"""A program under test that runs and logs, and a server of the test's own."""

import contextlib
import fcntl
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

from settings import PATIENCE, WAIT
from wire import listening_socket

SANITIZER_SIGNS = ("AddressSanitizer", "ThreadSanitizer", "LeakSanitizer", "runtime error:")


def wait_until(condition, what, timeout=None):
    """Polls `condition` until it holds; its value is returned."""
    deadline = time.monotonic() + (timeout or WAIT)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.005)


def proc_status(pid, key):
    """A figure of /proc/PID/status in bytes, such as VmHWM or RssAnon."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+) kB", text, re.M).group(1)) * 1024


def cpu_seconds(pid):
    """User and system time that the process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(program):
    """How many descriptors it has."""
    return len(os.listdir(f"/proc/{program.pid}/fd"))


def tcp_sockets():
    """All IPv4 ones: local port, remote port, and the kernel's state."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return [(int(row[1][-4:], 16), int(row[2][-4:], 16), row[3]) for row in rows]


def connecting_to(port):
    """How many connections to that port have had no answer yet (SYN_SENT)."""
    return sum(remote == port and state == "02" for _, remote, state in tcp_sockets())


def listening_at(port):
    return any(local == port and state == "0A" for local, _, state in tcp_sockets())


LOGFMT = re.compile(r'([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|\S*)')


def parse_logfmt(line):
    """The pairs of a logfmt line as a dict, quotes and escapes removed."""
    pairs = {}
    for key, value in LOGFMT.findall(line):
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        pairs[key] = value
    return pairs


class Program:
    """A running program that logs to stderr: brink, or one of its examples."""

    def __init__(self, arguments, open_files=None, wrapper=(), **options):
        if open_files:
            wrapper = (*wrapper, "sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh")
        self.arguments = [str(word) for word in (*wrapper, *arguments)]
        self.lines = []
        self._parsed = []
        self._ended = False
        self._news = threading.Condition()
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.pid = self.process.pid
        fcntl.fcntl(self.process.stderr, fcntl.F_SETPIPE_SZ, 1 << 20)  # a full pipe loses log lines
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def _read_log(self):
        for raw in self.process.stderr:
            with self._news:
                self.lines.append(raw.decode(errors="replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _line(self, index):
        """The line number `index`, parsed, each line once."""
        while len(self._parsed) <= index:
            self._parsed.append(parse_logfmt(self.lines[len(self._parsed)]))
        return self._parsed[index]

    def log(self, **fields):
        """The lines so far that carry all these pairs, as dicts."""
        with self._news:
            parsed = [self._line(index) for index in range(len(self.lines))]
        return [pairs for pairs in parsed if fields.items() <= pairs.items()]

    def wait_for_logs(self, count, timeout=None, **fields):
        """The first `count` lines with these pairs, once there are as many."""
        deadline = time.monotonic() + (timeout or WAIT)
        found, at = [], 0
        with self._news:
            while len(found) < count:
                if at < len(self.lines):
                    pairs = self._line(at)
                    at += 1
                    if fields.items() <= pairs.items():
                        found.append(pairs)
                elif self._ended or not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"no log line with {fields} ({len(found)} of {count})"
                                         f"{' before its end' if self._ended else ''}")
        return found

    def wait_for_log(self, timeout=None, **fields):
        return self.wait_for_logs(1, timeout, **fields)[0]

    def address(self, index=0):
        """Where it listens: the address of the listen line number `index`."""
        return self.wait_for_logs(index + 1, event="listen")[index]["address"]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=None):
        """Its exit code, once it has ended and its log is complete."""
        code = self.process.wait(timeout or WAIT)
        self._reader.join(WAIT)
        return code

    def running(self):
        return self.process.poll() is None

    def end(self):
        """Ends it if it still runs: asked once, asked again, killed. Complaints are returned."""
        complaints = []
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if not self.running():
                break
            self.signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3 * PATIENCE)
        code = self.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        if code not in (0, 3):
            complaints.append(f"exit code {code}")
        complaints += [line for line in self.lines if any(sign in line for sign in SANITIZER_SIGNS)]
        return complaints

    def describe(self):
        tail = self.lines[-60:]
        return "\n".join([f"--- {' '.join(self.arguments)}", *tail])


class Upstream:
    """Calls `script(connection)` on a thread of its own for each connection. What the scripts
    return is in `results`, in the order of their ends; what they raise fails the test."""

    def __init__(self, script, backlog=1024):
        self._script = script
        self._listener, self.address = listening_socket(backlog)
        self._listener.settimeout(None)
        self._threads, self._connections = [], []
        self._news = threading.Condition()
        self._closing = False
        self.results, self.errors = [], []
        self.accepted = 0
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(WAIT)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._news:
                self._connections.append(connection)
                self._threads.append(thread)
                self.accepted += 1
                self._news.notify_all()
            thread.start()

    def _serve(self, connection):
        result = error = None
        try:
            with connection:
                result = self._script(connection)
        except Exception as caught:  # noqa: BLE001 - reported by the main thread
            error = caught
        with self._news:
            if error is None:
                self.results.append(result)
            elif not self._closing:
                self.errors.append(error)
            self._news.notify_all()

    def wait_for_accepted(self, count=1):
        with self._news:
            if not self._news.wait_for(lambda: self.accepted >= count, WAIT):
                raise AssertionError(f"{self.accepted} of {count} connections reached the upstream")

    def result(self, index=0):
        """What the script returned that ended as number `index`."""
        with self._news:
            self._news.wait_for(lambda: self.errors or len(self.results) > index, WAIT)
            if self.errors:
                raise AssertionError(f"the upstream's script failed: {self.errors[0]!r}")
            if len(self.results) <= index:
                raise AssertionError("the upstream's script has not ended")
            return self.results[index]

    def end(self):
        with self._news:
            self._closing = True
            connections = list(self._connections)
        for sock in (self._listener, *connections):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(WAIT)
        for thread in self._threads:
            thread.join(WAIT)
        return [f"the upstream's script failed: {error!r}" for error in self.errors]


def echo_bytes(connection):
    """An upstream's script: sends everything back until its peer ends. Returns the byte count."""
    total = 0
    with contextlib.suppress(ConnectionError):
        while chunk := connection.recv(1 << 16):
            connection.sendall(chunk)
            total += len(chunk)
    return total
