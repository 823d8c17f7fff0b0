"""The tests' own machinery: what it reads and waits for, and that it notices what is wrong."""

import socket
import unittest

import harness
import wire
from programs import Program, Upstream, parse_logfmt


class Logfmt(unittest.TestCase):
    def test_values(self):
        line = r'time=1 event=bad-frame likely="a \"quoted\" word" empty= path=/a=b'
        self.assertEqual(parse_logfmt(line), {"time": "1", "event": "bad-frame", "empty": "",
                                              "likely": 'a "quoted" word', "path": "/a=b"})


class Wire(unittest.TestCase):
    def test_count_frames(self):
        stream = wire.frame(b"") + wire.frame(b"x" * 300)
        self.assertEqual(wire.count_frames(stream), 2)
        self.assertEqual(wire.count_frames(b""), 0)
        for cut in (1, 5, len(stream) - 1):
            with self.assertRaises(ValueError):
                wire.count_frames(stream[:cut])

    def test_addresses(self):
        self.assertEqual(wire.split_address("[::1]:80"), (socket.AF_INET6, ("::1", 80)))
        self.assertEqual(wire.split_address("unix:@name"), (socket.AF_UNIX, "\0name"))
        self.assertEqual(wire.split_address("127.0.0.1:80"), (socket.AF_INET, ("127.0.0.1", 80)))

    def test_percentile(self):
        self.assertEqual(wire.percentile(range(1000), 0.99), 990)
        self.assertEqual(wire.percentile([7], 0.99), 7)


class Programs(unittest.TestCase):
    def shell(self, script):
        return Program(("sh", "-c", script))

    def test_log(self):
        program = self.shell("exec >&2; echo event=listen address=here; echo event=x n=2; "
                             "exec sleep 60")
        self.assertEqual(program.wait_for_log(event="x")["n"], "2")
        self.assertEqual(program.address(), "here")
        with self.assertRaises(AssertionError):
            program.wait_for_log(timeout=0.01, event="y")
        self.assertEqual(program.end(), ["exit code -15"])

    def test_end_while_waiting(self):
        program = self.shell("echo event=x >&2; exit 3")
        with self.assertRaisesRegex(AssertionError, "before its end"):
            program.wait_for_logs(2, event="x")
        self.assertEqual(program.wait(), 3)
        self.assertEqual(program.end(), [])

    def test_sanitizer_report(self):
        program = self.shell("echo '==1==ERROR: AddressSanitizer: bad' >&2; exit 0")
        program.wait()
        self.assertEqual(len(program.end()), 1)

    def test_limit_of_open_files(self):
        program = Program(("sh", "-c", "echo files=$(ulimit -Hn) >&2"), open_files=64)
        self.assertEqual(program.wait_for_log(files="64"), {"files": "64"})
        program.wait()
        program.end()


class Upstreams(unittest.TestCase):
    def upstream(self, script):
        upstream = Upstream(script)
        self.addCleanup(upstream.end)
        return upstream, wire.connect(upstream.address)

    def test_result(self):
        upstream, sock = self.upstream(wire.read_to_end)
        with sock:
            sock.sendall(b"hello")
        self.assertEqual(upstream.result(), b"hello")

    def test_error(self):
        upstream, sock = self.upstream(lambda connection: wire.read_exactly(connection, 9))
        sock.close()
        with self.assertRaisesRegex(AssertionError, "0 of 9 bytes"):
            upstream.result()
        self.assertEqual(len(upstream.end()), 1)

    def test_endings(self):
        for end, seen in ((wire.reset, "reset"), (socket.socket.close, "fin")):
            # It ends when asked to: before, the client might not be connected yet.
            _, sock = self.upstream(lambda connection, end=end: (connection.recv(1),
                                                                 end(connection)))
            with sock:
                sock.sendall(b"x")
                self.assertEqual(wire.ending(sock), seen)


class Failures(unittest.TestCase):
    """A failing test is seen to fail, whatever it is that fails."""

    def failures(self, body):
        class Case(harness.TestCase):
            def test(self):
                body(self)

            def _show(self):
                pass

        result = unittest.TestResult()
        Case("test").run(result)
        return len(result.failures) + len(result.errors)

    def test_what_is_noticed(self):
        self.assertEqual(self.failures(lambda case: None), 0)
        self.assertEqual(self.failures(lambda case: case.fail()), 1)
        self.assertEqual(self.failures(lambda case: case.start_program(("sh", "-c", "exit 4"))), 1)
        self.assertEqual(self.failures(lambda case: case.thread(int, "x")()), 1)


if __name__ == "__main__":
    harness.main()
