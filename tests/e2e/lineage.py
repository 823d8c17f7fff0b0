"""A program that is upgraded, again and again: one process after the other under one log."""

import ctypes
import os
import pathlib
import signal

from programs import wait_until
from settings import PATIENCE, WAIT

PR_SET_CHILD_SUBREAPER = 36


class Lineage:
    """What began as `program` (a Program, which the test has started). Ended with the test."""

    def __init__(self, case, program):
        # Whom the launcher leaves behind is a child of the test, which can wait for it.
        if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise AssertionError("prctl: no subreaper")
        self.program = program
        self.pids = [program.pid]
        case.addCleanup(self._end, case)

    @property
    def pid(self):
        return self.pids[-1]

    def begin_upgrade(self):
        """Returns the new process' number once it is ready; the one before still drains."""
        os.kill(self.pid, signal.SIGUSR2)
        return self.take_up()

    def take_up(self):
        """The same, when somebody else has asked for it."""
        done = len(self.pids)
        self.pids.append(int(self.program.wait_for_logs(done, event="upgrade")[-1]["pid"]))
        return self.pid

    def upgrade(self):
        """And it has handed everything over, and ended well."""
        before = self.pid
        self.begin_upgrade()
        code = self.wait(before)
        if code != 0:
            raise AssertionError(f"process {before} ended with {code}")
        return self.pid

    def wait(self, pid, timeout=None):
        """Its exit code, once it has ended; negative: the signal that ended it."""
        if pid == self.program.pid:
            return self.program.process.wait(timeout or WAIT)
        return os.waitstatus_to_exitcode(
            wait_until(lambda: _status(pid), f"the end of process {pid}", timeout)[0])

    def _end(self, case):
        last = self.pid
        if last == self.program.pid:
            return  # ended as any other
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if not runs(last):
                break
            os.kill(last, number)
            try:
                case.assertIn(self.wait(last, 3 * PATIENCE), (0, 3))
                break
            except AssertionError:
                if number == signal.SIGKILL:
                    raise


def runs(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] not in "ZX"


def _status(pid):
    """(status,) of a child that has ended; None: it has not, or is not ours yet."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return (status,) if ended else None
