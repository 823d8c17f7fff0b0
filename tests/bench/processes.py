"""Processes that are started for a run and end with it, and what they have used, from /proc."""

import contextlib
import ctypes
import glob
import os
import pathlib
import resource
import select
import signal
import socket
import subprocess
import tempfile
import time

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """A run that went wrong, and how."""


class NotMeasurable(Failed):
    """A run that cannot be made here, and why; nothing went wrong."""


def raise_open_files():
    """As many open files as may be; children inherit it. Returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port():
    """A port of 127.0.0.1 that nobody has at present, for programs that cannot choose one."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def stat_fields(pid):
    """/proc/PID/stat from the state on; [] for a process that is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def tree(pid):
    """The process and all that descend from it. Quick, so that counting disturbs little."""
    found = [pid]
    for one in found:
        for path in glob.glob(f"/proc/{one}/task/*/children"):
            with contextlib.suppress(OSError):
                found += map(int, pathlib.Path(path).read_text().split())
    return found


def alive(pid):
    """Whether there is such a process, and it has not ended."""
    fields = stat_fields(pid)
    return bool(fields) and fields[0] not in "ZX"


def cpu_clock(pid):
    """CPU time of all its threads, in ns: its own clock, as clock_getcpuclockid(3) names it."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def cpu(pid):
    """(ns, user ticks, system ticks) of a process, its descendants, and those that have ended."""
    total = user = system = 0
    for one in tree(pid):
        fields = stat_fields(one)
        if not fields:
            continue
        own_user, own_system, dead_user, dead_system = map(int, fields[11:15])
        total += cpu_clock(one) + (dead_user + dead_system) * TICK_NS
        user += own_user + dead_user
        system += own_system + dead_system
    return total, user, system


def thread_cpu(pid):
    """{thread: ns on a CPU} of a process."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            text = pathlib.Path(f"/proc/{pid}/task/{name}/schedstat").read_text()
            found[int(name)] = int(text.split()[0])
    return found


def anonymous_bytes(pid):
    """Resident memory that is not a file's, of a process and its descendants; what they share is
    counted once (Pss_Anon)."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss_Anon:"):
                    total += int(line.split()[1]) * 1024
    return total


class Lines:
    """The lines of a pipe, each waited for no longer than told."""

    def __init__(self, pipe):
        self._fd = pipe.fileno()
        self._rest = b""

    def next(self, seconds):
        """The next line; None at the end of the pipe or of the time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                return None
            got = os.read(self._fd, 1 << 16)
            if not got:
                return None
            self._rest += got
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode(errors="replace")


class Child:
    """A started process; its stderr is in a file."""

    def __init__(self, arguments, cores, log):
        self.arguments = [str(word) for word in arguments]
        self._log = log

        def prepare():  # in the child: ends, with its own children, even if the driver is killed
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            os.sched_setaffinity(0, cores)

        with open(log, "wb") as errors:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=errors,
                                            preexec_fn=prepare)
        self.pid = self.process.pid
        self.lines = Lines(self.process.stdout)

    def running(self):
        return self.process.poll() is None

    def said(self):
        """Its stderr so far."""
        return pathlib.Path(self._log).read_text(errors="replace").strip()

    def complaint(self):
        """Its last words, for a report."""
        text = self.said()
        last = text.splitlines()[-1][:200] if text else ""
        code = self.process.poll()
        state = "it runs" if code is None else f"it ended with {code}"
        return f"{state}; {last}" if last else state

    def end(self):
        """Kills it and its descendants, and waits for all of them. Parents first, so that none
        starts another child in place of a killed one."""
        pids = tree(self.pid) if self.running() else []
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        deadline = time.monotonic() + 10
        while any(map(alive, pids)) and time.monotonic() < deadline:
            time.sleep(0.002)  # sockets by the thousand take a while to close


class Stage:
    """A temporary folder and the processes of a run: with Stage() as stage."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self._count = 0

    def __enter__(self):
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        self.folder = pathlib.Path(folder)
        return self

    def __exit__(self, *reason):
        self._stack.close()

    def start(self, arguments, cores):
        self._count += 1
        child = Child(arguments, cores, self.folder / f"log.{self._count}")
        self._stack.callback(child.end)
        return child

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def wait_until_said(child, text, seconds=10):
    """Until the text is in its stderr; raises Failed if it ends before, or waits too long."""
    deadline = time.monotonic() + seconds
    while text not in child.said():
        if not child.running() or time.monotonic() > deadline:
            raise Failed(f"{child.arguments[0]}: {child.complaint()}")
        time.sleep(0.005)


def wait_until_accepts(child, port, seconds=10):
    """Until a connection to the port is accepted; raises Failed if the process ends before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not child.running():
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.005)
    raise Failed(f"{child.arguments[0]} does not accept connections: {child.complaint()}")
