"""brink top, as text and on a terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import harness
from ctl_test import Controlled
from settings import BRINK, WAIT
from wire import round_trip

MOVES = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z@])|\x1b[()][B0]|\x1b([=>78M])")


KEYS = "q quit p pause  a all l listeners s servers w workers  sort c f b n o  r turn"


class Screen:
    """What a terminal shows that is written to: the sequences that ncurses uses for xterm."""

    def __init__(self, rows, columns):
        self.resize(rows, columns)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.region = (0, rows - 1)
        self.last = " "

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)

    def _put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n" and self.row == self.region[1]:
            self._scroll(1, *self.region)
        elif char == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char >= " ":
            if self.column < self.columns and self.row < self.rows:
                self.cells[self.row][self.column] = char
            self.last = char
            self.column += 1

    def _scroll(self, count, top, bottom):
        bottom = min(bottom, self.rows - 1)  # the screen may have become smaller meanwhile
        if top > bottom:
            return
        for _ in range(abs(count)):
            if count > 0:
                del self.cells[top]
                self.cells.insert(bottom, [" "] * self.columns)
            else:
                del self.cells[bottom]
                self.cells.insert(top, [" "] * self.columns)

    def _control(self, private, numbers, letter):
        values = [int(number) if number else 0 for number in numbers.split(";")]
        first = values[0] or 1
        line = self.cells[min(self.row, self.rows - 1)]
        if private:
            if letter == "h" and values[0] == 1049:
                self.resize(self.rows, self.columns)
        elif letter in "Hf":
            self.row, self.column = first - 1, (values[1] if len(values) > 1 else 1) - 1
        elif letter == "d":
            self.row = first - 1
        elif letter == "G":
            self.column = first - 1
        elif letter in "ABCD":
            self.row += {"A": -first, "B": first}.get(letter, 0)
            self.column += {"C": first, "D": -first}.get(letter, 0)
        elif letter == "K":
            start, end = ((self.column, self.columns), (0, self.column + 1),
                          (0, self.columns))[values[0]]
            line[start:end] = [" "] * (end - start)
        elif letter == "J":
            keep = self.row if values[0] == 0 else 0
            if values[0] == 0:
                line[self.column:] = [" "] * (self.columns - self.column)
                keep = self.row + 1
            for row in range(keep, self.rows):
                self.cells[row] = [" "] * self.columns
        elif letter == "X":
            line[self.column:self.column + first] = [" "] * first
        elif letter == "P":
            del line[self.column:self.column + first]
            line.extend([" "] * (self.columns - len(line)))
        elif letter == "@":
            line[self.column:self.column] = [" "] * first
            del line[self.columns:]
        elif letter == "b":
            for _ in range(first):
                self._put(self.last)
        elif letter == "r":
            self.region = (first - 1, (values[1] if len(values) > 1 else self.rows) - 1)
            self.row = self.column = 0
        elif letter in "ST":
            self._scroll(first if letter == "S" else -first, *self.region)
        elif letter in "LM":
            self._scroll(first if letter == "M" else -first, self.row, self.region[1])

    def write(self, text):
        at = 0
        while at < len(text):
            match = MOVES.match(text, at)
            if match:
                if match[3]:
                    self._control(match[1], match[2], match[3])
                elif match[4] == "M" and self.row == self.region[0]:
                    self._scroll(-1, *self.region)
                at = match.end()
            elif text[at] == "\x1b":
                return text[at:]  # the rest is still to come
            else:
                self._put(text[at])
                at += 1
        return ""


class Terminal:
    """brink top in a terminal of its own."""

    def __init__(self, *options, rows=24, columns=80):
        self.screen = Screen(rows, columns)
        self.master, slave = pty.openpty()
        self._size(rows, columns)
        self.process = subprocess.Popen(
            [BRINK, "top", *map(str, options)], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env={**os.environ, "TERM": "xterm"},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self._rest = self.raw = ""

    def _size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self._size(rows, columns)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def wait_until(self, condition, what):
        """Until its text is as the condition wants it; the text."""
        deadline = time.monotonic() + WAIT
        while not condition(self.screen.text()):
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"no {what} on the screen:\n{self.screen.text()}")
        return self.screen.text()

    def wait_for(self, pattern):
        return self.wait_until(lambda text: re.search(pattern, text, re.M), repr(pattern))

    def _read(self, deadline):
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            text = os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            return False
        self.raw += text
        self._rest = self.screen.write(self._rest + text)
        return True

    def end(self):
        """Its exit status, once it has ended by itself."""
        deadline = time.monotonic() + WAIT
        while self._read(deadline):
            pass
        return self.process.wait(WAIT)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Text(Controlled):
    def test_once(self):
        program = self.serve()
        for _ in range(3):
            round_trip(self.connect(program), b"hello")
        done = self.brink("top", "--once", "-i", "100ms", "-s", self.socket)
        self.assertRegex(done.stdout, r"(?m)^frames +0 +0 +3 +0$")
        self.assertRegex(done.stdout, r"(?m)^bytes +0 B +0 B +27 +0$")
        self.assertRegex(done.stdout, r"(?m)^front +3 ")
        self.assertIn("clients 3 of ", done.stdout)

    def test_rates_and_parts(self):
        program = self.serve()
        load = self.start_program((BRINK, "load", program.address(), "-c", "2", "-r", "1000",
                                   "-d", "1h"))
        self.addCleanup(load.signal, signal.SIGKILL)
        (stats,) = [self.json("show")]
        self.assertEqual(stats["listeners"][0]["name"], "front")
        done = self.brink("top", "-b", "-n", "2", "-i", "500ms", "-s", self.socket, "-v",
                          "listeners")
        rates = re.findall(r"(?m)^front +\d+ +(\S+)", done.stdout)
        self.assertEqual(len(rates), 2)
        self.assertTrue(200 < float(rates[1]) < 3000, rates)
        self.assertNotIn("WORKER", done.stdout)
        load.signal(signal.SIGINT)
        load.process.wait(WAIT)

    def test_nobody_there(self):
        done = self.brink("top", "--once", "-s", "unix:@brink-test/no-top", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Is brink running?", done.stderr)
        done = self.brink("top", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--batch writes text", done.stderr)


class Watched(Controlled):
    def watch(self, *options, **size):
        terminal = Terminal("-s", self.socket, "-i", "200ms", *options, **size)
        self.addCleanup(terminal.close)
        return terminal

    def test_views_and_the_end(self):
        program = self.pair()
        for _ in range(2):
            round_trip(self.connect(program), b"hello")
        terminal = self.watch()
        for part in (r"^brink \S+ at unix:", r"^clients 2 of", r"^frames +0 +0 +2 +2$",
                     r"^front +2 ", r"^pair/one +up ", r"^ +0 +\d+%", r"^q quit"):
            text = terminal.wait_for(part)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        terminal.press("s")
        terminal.wait_until(lambda text: "WORKER" not in text and "LISTENER" not in text
                            and "pair/two" in text, "servers alone")
        round_trip(self.connect(program), b"more")
        terminal.wait_for(r"^frames .* 3 +3$")
        terminal.press("p")
        terminal.wait_for(r"\[paused\]")
        round_trip(self.connect(program), b"not seen")
        terminal.press("l")
        terminal.wait_until(lambda text: re.search(r"(?m)^front ", text)
                            and re.search(r"(?m)^frames .* 3 +3$", text), "what was paused")
        terminal.press("p")
        terminal.wait_for(r"^frames .* 4 +4$")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("\x1b[?1049l", terminal.raw)  # the terminal as it was

    def test_another_size(self):
        self.pair()
        terminal = self.watch()
        terminal.wait_for(r"^WORKER ")
        terminal.resize(8, 40)
        text = terminal.wait_until(lambda text: text.splitlines()[7:8] == [KEYS[:40]]
                                   and "WORKER" not in text, "small screen")
        self.assertLessEqual(max(map(len, text.splitlines())), 40)
        terminal.resize(40, 120)
        terminal.wait_for(r"^WORKER ")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_a_brink_that_goes_and_comes(self):
        program = self.serve()
        terminal = self.watch()
        terminal.wait_for(r"^front ")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        terminal.wait_for(r"^no answer, this is old: nobody answers(.*\n)+front ")
        again = self.start(*program.arguments[1:])
        again.wait_for_log(event="admin")
        terminal.wait_until(lambda text: "no answer" not in text, "answer")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_one_that_is_not_there_yet(self):
        self.socket = f"unix:{self.folder()}/none"
        terminal = self.watch()
        terminal.wait_for(r"^nobody answers at .*")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_a_terminal_that_goes(self):
        self.serve()
        terminal = self.watch()
        terminal.wait_for(r"^front ")
        os.close(terminal.master)
        terminal.master = os.open("/dev/null", os.O_RDONLY)
        terminal.process.wait(WAIT)


if __name__ == "__main__":
    harness.main()
