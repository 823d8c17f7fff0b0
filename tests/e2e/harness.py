"""The test case that the whole-program tests derive from.

Everything is bounded in time, nothing sleeps to let something happen, ports are the kernel's
choice, and whatever a test starts ends with it.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import wire
from programs import Program, Upstream
from settings import BRINK, DISPATCH, TEST_LIMIT


class TestTimeout(AssertionError):
    pass


def _on_alarm(_number, _stack):
    raise TestTimeout(f"the test took longer than {TEST_LIMIT} s")


class TestCase(unittest.TestCase):
    """Cleans up whatever a test starts, and shows the logs of a test that fails."""

    def run(self, result=None):
        self._shown = []
        before = len(result.failures) + len(result.errors)
        signal.signal(signal.SIGALRM, _on_alarm)
        signal.alarm(TEST_LIMIT)
        try:
            super().run(result)
        finally:
            signal.alarm(0)
        if len(result.failures) + len(result.errors) > before:
            self._show()
        return result

    def _show(self):
        for program in self._shown:
            print(program.describe(), file=sys.stderr)

    def _end(self, thing):
        complaints = thing.end()
        self.assertEqual(complaints, [], "at its end")

    def start(self, *arguments, **options):
        """brink with these arguments. Ended with the test."""
        if arguments[0] in ("echo", "relay"):
            arguments = (arguments[0], *DISPATCH, *arguments[1:])  # a later --workers stands
        return self.start_program((BRINK, *arguments), **options)

    def start_program(self, arguments, **options):
        program = Program(arguments, **options)
        self._shown.append(program)
        self.addCleanup(self._end, program)
        return program

    def echo(self, *options, listen="127.0.0.1:0", **settings):
        program = self.start("echo", "--listen", listen, *options, **settings)
        program.address()
        return program

    def relay(self, to, *options, listen="127.0.0.1:0", **settings):
        program = self.start("relay", "--listen", listen, "--to", to, *options, **settings)
        program.address()
        return program

    def configured(self, text, **variables):
        """brink run with this text as its configuration, and these variables."""
        path = self.folder() / "brink.conf"
        path.write_text(text)
        program = self.start("run", "-c", path, env={**os.environ, **variables})
        program.wait_for_log(event="start")
        return program

    def quiet(self, command, *options, wrapper=()):
        """An echo or a relay whose log has only what is wrong with it, not with each client."""
        listener, address = wire.listening_socket()
        with listener:
            program = self.start(command, "--listen", f"fd:{listener.fileno()}", *options,
                                 "--log-level", "error", wrapper=wrapper,
                                 pass_fds=[listener.fileno()])
        program.address = lambda: address
        hello = bytes(8)  # empty frames, of four bytes or of eight
        with wire.connect(address) as sock:  # it has begun
            sock.sendall(hello)
            self.assertEqual(wire.read_exactly(sock, len(hello)), hello)
            sock.shutdown(socket.SHUT_WR)
            wire.read_to_end(sock)
        return program

    def upstream(self, script, **options):
        upstream = Upstream(script, **options)
        self.addCleanup(self._end, upstream)
        return upstream

    def connect(self, where, **options):
        """A client of a Program, or of an address."""
        address = where if isinstance(where, str) else where.address()
        sock = wire.connect(address, **options)
        self.addCleanup(sock.close)
        return sock

    def folder(self):
        """A temporary folder with a short path, open to peers that run as another user."""
        path = tempfile.mkdtemp(prefix="brink-")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        os.chmod(path, 0o755)
        return pathlib.Path(path)

    def thread(self, function, *arguments):
        """Runs a function beside the test; returned is one that waits for its result."""
        outcome = {}

        def body():
            try:
                outcome["value"] = function(*arguments)
            except Exception as caught:  # noqa: BLE001 - raised again by join
                outcome["error"] = caught

        worker = threading.Thread(target=body, daemon=True)
        worker.start()

        def join():
            worker.join(TEST_LIMIT)
            self.assertFalse(worker.is_alive(), "still at work")
            if "error" in outcome:
                raise outcome["error"]
            return outcome["value"]

        return join

    def command(self, *words, check=True, timeout=None, **options):
        """Runs a command to its end; its output as text."""
        words = [str(word) for word in words]
        done = subprocess.run(words, capture_output=True, timeout=timeout or TEST_LIMIT, text=True,
                              stdin=options.pop("stdin", subprocess.DEVNULL), **options)
        if check and done.returncode != 0:
            self.fail(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def brink(self, *arguments, **options):
        return self.command(BRINK, *arguments, **options)


def needs(*programs):
    """Skips a test class whose peers are not installed."""
    missing = [name for name in programs if find_program(name) is None]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


def find_program(name):
    """Like `which`, and also where Debian puts servers."""
    places = [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    places += sorted(map(str, pathlib.Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    return shutil.which(name, path=os.pathsep.join(places))


def main():
    unittest.main(verbosity=2)
