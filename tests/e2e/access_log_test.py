"""Access lines: the last of each connection, in the log, in a file of its own, in any form."""

import re
import signal

import harness
import wire
from programs import wait_until

FIELDS = ("time", "level", "event", "service", "listener", "peer", "upstream", "server", "code",
          "reason", "side", "ms", "connect_ms", "client_bytes", "client_frames", "upstream_bytes",
          "upstream_frames")


def listener(to, extra=""):
    return ('listener "front" { address = 127.0.0.1:0; upstream = u }\n'
            f'upstream "u" {{ server "one" {{ address = {to} }} }}\n{extra}\n')


def log_of(program):
    return "\n".join(program.lines)


class AccessLog(harness.TestCase):
    def serve(self, extra):
        return self.configured(listener(self.echo().address(), extra))

    def visit(self, program):
        """A client that sends a frame, gets it back and leaves; its address."""
        with wire.connect(program.address()) as sock:
            sock.sendall(wire.frame(b"hello"))
            self.assertEqual(wire.read_frame(sock), b"hello")
            peer = "%s:%d" % sock.getsockname()
            sock.shutdown(1)
            wire.read_to_end(sock)
        return peer

    def end(self, program):
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)

    def test_every_field_can_be_named(self):
        """What brink writes and what `brink check` knows are the same."""
        program = self.serve("")
        self.visit(program)
        close = program.wait_for_log(event="close")
        self.assertEqual(tuple(close), FIELDS)
        self.assertEqual((close["listener"], close["server"]), ("front", "one"))
        self.assertEqual(close["code"], "CF-bb")
        template = " ".join(f"%{{{name}}}" for name in FIELDS)
        path = self.folder() / "brink.conf"
        path.write_text(listener("127.0.0.1:1", f'access-format = "{template}"'))
        self.brink("check", "-c", path)
        path.write_text(listener("127.0.0.1:1", 'access-format = "%{pear}"'))
        done = self.brink("check", "-c", path, check=False)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"brink\.conf:3: access-format: no field is called \"pear\"; "
                                      r"did you mean %\{peer\}")

    def test_a_file_of_its_own(self):
        folder = self.folder()
        path = folder / "access.log"
        program = self.serve(f'access-log = {path}\n'
                             'access-format = "%{peer} \\"%{listener}\\" %{code} '
                             '%{client_frames}/%{upstream_frames} %{error} 100%%"')
        first = self.visit(program)
        old = folder / "access.log.1"
        wait_until(path.read_text, "an access line")
        path.rename(old)
        program.signal(signal.SIGUSR1)
        wait_until(path.exists, "a new file")
        second = self.visit(program)
        self.end(program)
        self.assertEqual(old.read_text(), f'{first} "front" CF-bb 1/1 - 100%\n')
        self.assertEqual(path.read_text(), f'{second} "front" CF-bb 1/1 - 100%\n')
        self.assertNotIn("event=close", log_of(program))

    def test_none(self):
        program = self.serve("access-log = off")
        self.visit(program)
        self.end(program)
        self.assertNotIn("event=close", log_of(program))
        self.assertIn("event=stop", log_of(program))

    def test_among_the_others(self):
        program = self.serve('access-format = "%{time} %{peer} %{code}"')
        peer = self.visit(program)
        self.end(program)
        self.assertRegex(log_of(program),
                         rf"(?m)^20\d\d-\d\d-\d\dT[\d:.]+Z {re.escape(peer)} CF-bb$")
        self.assertIn("event=stop", log_of(program))

    def test_a_file_that_cannot_be_opened(self):
        path = self.folder() / "brink.conf"
        path.write_text(listener("127.0.0.1:1", "access-log = /nowhere/access.log"))
        done = self.brink("run", "-c", path, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("event=start-failed error=\"the log file /nowhere/access.log cannot be opened",
                      done.stderr)


if __name__ == "__main__":
    harness.main()
