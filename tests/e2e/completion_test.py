"""Completions: they offer what `brink help` and each --help tell, and nothing that is refused."""

import os
import pty
import re
import select
import subprocess
import time
import unittest

import harness
from settings import BRINK, ROOT, WAIT

FOLDER = ROOT / "src" / "app" / "share" / "completions"
BASH = """
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_brink
printf '%s\\n' "${COMPREPLY[@]}"
"""
def commands_of(text):
    """The words under "Commands:" of a help."""
    listed = re.search(r"^Commands:\n((?:  .+\n)+)", text, re.M)
    return re.findall(r"^  ([a-z][a-z-]*) ", listed[1], re.M) if listed else []


def options_of(text):
    return re.findall(r"^ +(?:-., )?(--[a-z-]+)", text, re.M)


def operands_of(text):
    """The words that a usage names behind the options."""
    usage = re.match(r"(?:(?:Usage:|  or:|   ).*\n)+", text)[0]
    behind = re.sub(r"(?m)^(Usage:|  or:) .*\[OPTION\.\.\.\]", "", usage)
    return re.findall(r"\b[a-z][a-z-]*", behind)


class Completion(harness.TestCase):
    def bash(self, *words):
        done = self.command("bash", "-c", BASH, "bash", FOLDER / "brink.bash", BRINK, *words)
        return done.stdout.split()

    def every_command(self, words=()):
        """All that can be called, with its help."""
        text = self.brink(*words, "--help").stdout
        yield words, text
        for name in commands_of(text):
            yield from self.every_command((*words, name))

    def test_bash_offers_every_command_and_option(self):
        seen = 0
        for words, text in self.every_command():
            self.assertEqual(self.bash(*words, ""), commands_of(text) + operands_of(text), words)
            if words:
                self.assertEqual(sorted(self.bash(*words, "--")), sorted(options_of(text)), words)
            seen += 1
        self.assertGreater(seen, 10)

    def test_bash_offers_values_that_are_taken(self):
        taken = set()
        for words, text in self.every_command():
            for option in options_of(text):
                offered = self.bash(*words, option, "")
                if "config" in option or offered == commands_of(text) + operands_of(text):
                    continue  # a file; no value at all
                self.assertEqual(self.bash(*words, option, "="), offered)
                for value in offered:
                    if (option, value) not in taken:
                        self.brink(*words, option, value, "--help")
                        taken.add((option, value))
        wanted = {"debug", "json", "shared", "postgres", "raw", "reply"}
        self.assertLessEqual(wanted, {value for _, value in taken})

    def test_bash_completes_words(self):
        folder = self.folder()
        (folder / "brink.conf").touch()
        self.assertEqual(self.bash("rel"), ["relay"])
        self.assertEqual(self.bash("help", "rel"), ["relay"])
        self.assertEqual(self.bash("relay", "-f", "postg"), ["postgres"])
        self.assertEqual(self.bash("relay", "--log-level", "=", "d"), ["debug"])
        self.assertEqual(self.bash("run", "-c", f"{folder}/br"), [f"{folder}/brink.conf"])
        self.assertEqual(self.bash("nonsense", "re"), [])
        self.assertEqual(self.bash("relay", "--listen", ""), [])


class Zsh(harness.TestCase):
    """A zsh on a terminal: what a line becomes when Tab is pressed."""

    def setUp(self):
        super().setUp()
        self.folder_of = self.folder()
        (self.folder_of / "_brink").symlink_to(FOLDER / "_brink")
        os.symlink(BRINK, self.folder_of / "brink")
        self.terminal, inner = pty.openpty()
        environment = {"PATH": f"{self.folder_of}:{os.environ['PATH']}", "TERM": "dumb",
                       "HOME": str(self.folder_of), "COLUMNS": "200", "LINES": "60"}
        self.process = subprocess.Popen(["zsh", "-f", "-i"], stdin=inner, stdout=inner, stderr=inner,
                                        env=environment, start_new_session=True, close_fds=True)
        os.close(inner)
        self.addCleanup(self.stop)
        self.type(f"PS1='> ' LISTMAX=1000 fpath=({self.folder_of} $fpath)\n")
        self.type("unsetopt zle_bracketed_paste; stty -echo; autoload -U compinit; compinit -u -D\n")
        self.type("bindkey '^I' complete-word; setopt no_beep; print ready$((1 + 1))\n")
        self.until("ready2")

    def stop(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def until(self, pattern):
        """What has come up to where it matches."""
        text, deadline = "", time.monotonic() + WAIT
        while not re.search(pattern, text):
            ready, _, _ = select.select([self.terminal], [], [], deadline - time.monotonic())
            self.assertTrue(ready, f"{pattern!r} did not come; {text!r} did")
            text += os.read(self.terminal, 65536).decode(errors="replace")
        return text

    def completed(self, line, pattern):
        self.type(f"{line}\t")
        text = self.until(pattern)
        self.type("\x15")  # ^U: away with it
        return text

    def test_words(self):
        self.completed("brink rel", r"relay ")
        self.completed("brink help dem", r"demo ")
        self.completed("brink relay --log-level d", r"debug ")
        self.completed("brink relay --log-level=w", r"=warn ")
        self.completed("brink relay -f postg", r"postgres ")
        self.completed("brink frame scan --dire", r"direction")
        self.completed("brink frame scan --direction rep", r"reply ")
        (self.folder_of / "my.conf").touch()
        self.completed(f"brink run -c {self.folder_of}/my", r"my\.conf ")

    def test_lists(self):
        text = self.brink("help").stdout
        names = commands_of(text)
        listed = self.completed("brink ", rf"(?s){names[-1]} +-- .*> ")
        for name in names:
            self.assertRegex(listed, rf"{name} +-- ")
        options = options_of(self.brink("relay", "--help").stdout)
        listed = self.completed("brink relay --", r"(?s)--workers +-- .*> ")
        for option in options:
            self.assertIn(option, listed)


Completion = harness.needs("bash")(Completion)
Zsh = harness.needs("zsh")(Zsh)

if __name__ == "__main__":
    harness.main()
