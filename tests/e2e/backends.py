"""Servers that a test may kill, stop and start again, and clients that keep them busy and count
what they lose."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading

from programs import wait_until
from settings import WAIT
from wire import connect, frame, read_frame, unused_address

SERVER = pathlib.Path(__file__).with_name("backend_server.py")


class Backend:
    """backend_server.py, at an address that stays the same. Ended with the test."""

    def __init__(self, case, name):
        self.name = name
        self._place = unused_address()
        self.address = "%s:%d" % self._place
        self.process = None
        case.addCleanup(self.kill)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, SERVER, self._place[0], str(self._place[1])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer("listen")

    def _answer(self, command):
        line = self.process.stdout.readline().strip()
        if line != command:
            raise AssertionError(f"the server {self.name} was to say {command}, not {line!r}")

    def tell(self, command):
        """refuse or listen; returns when it is done."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self._answer(command)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(WAIT)
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    def stop(self):
        """It stands still, and the kernel goes on accepting for it."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")

        def stands():
            states = []
            for task in tasks.iterdir():
                with contextlib.suppress(OSError):  # it has just ended
                    states.append((task / "stat").read_text().rsplit(")", 1)[1].split()[0])
            return set(states) == {"T"}

        os.kill(self.process.pid, signal.SIGSTOP)
        wait_until(stands, f"the server {self.name} to stand still")

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)


class Life:
    """What became of one connection of a client."""

    def __init__(self, sock):
        self.sock = sock
        self.peer = "%s:%d" % sock.getsockname()
        self.sent = self.answered = 0
        self.ending = None  # "fin" or "reset", by the program

    def lost(self):
        return self.sent - self.answered

    def call(self, body):
        self.sent += 1
        self.sock.sendall(frame(body))
        reply = read_frame(self.sock)
        if reply != body:
            raise AssertionError(f"{self.peer}: what came is not what was sent")
        self.answered += 1


class Callers:
    """So many clients, each with one frame on its way at a time; one whose connection ends makes a
    new one. What is not right is raised by stop()."""

    def __init__(self, case, address, count):
        self._address = address
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._error = None
        self.now = [None] * count  # the life of each
        self.ended = []            # lives that the program has ended
        self.done = []             # lives that ended well
        case.addCleanup(self._stopping.set)
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True)
                         for number in range(count)]
        for thread in self._threads:
            thread.start()
        self.wait_for_answers()

    def _run(self, number):
        bodies = random.Random(number)
        try:
            while not self._stopping.is_set():
                self._live(number, bodies)
        except Exception as caught:  # noqa: BLE001 - raised again by stop
            self._error = self._error or caught

    def _live(self, number, bodies):
        life = Life(connect(self._address))
        self.now[number] = life
        try:
            while not self._stopping.is_set():
                life.call(bodies.randbytes(bodies.choice((0, 1, 12, 200, 3000))))
        except EOFError as caught:
            if not str(caught).startswith("end of stream after 0 of 4 "):
                raise AssertionError(f"{life.peer}: a cut frame ended with a FIN") from caught
            life.ending = "fin"
        except (ConnectionResetError, BrokenPipeError):
            life.ending = "reset"
        finally:
            life.sock.close()
        with self._lock:
            (self.done if life.ending is None else self.ended).append(life)

    def wait_for_answers(self, more=3, but=()):
        """Each gets so many more, but those whose peer's address is in `but`."""
        def total(number):
            life = self.now[number]
            return (life, life.answered) if life is not None else (None, 0)

        before = [total(number) for number in range(len(self.now))]

        def all_went_on():
            if self._error is not None:
                raise self._error
            for number, (life, answered) in enumerate(before):
                now = self.now[number]
                if life is not None and life.peer in but and now is life:
                    continue
                if now is None or now.answered - (answered if now is life else 0) < more:
                    return False
            return True

        wait_until(all_went_on, "every client to get answers")

    def stop(self):
        """Each gets its answer yet."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(WAIT)
            if thread.is_alive():
                raise AssertionError("a client still waits for an answer")
        if self._error is not None:
            raise self._error
