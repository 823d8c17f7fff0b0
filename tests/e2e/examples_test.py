"""The example programs do what they are there to show."""

import os
import selectors
import signal
import socket
import unittest

import harness
from settings import EXAMPLES, TEST_LIMIT
from wire import ending, frame, payload, read_frame, round_trip


class ExampleCase(harness.TestCase):
    def example(self, name):
        """Starts an example; the program and its address."""
        if not os.access(EXAMPLES / name, os.X_OK):
            raise unittest.SkipTest(f"not built: {EXAMPLES / name}")
        program = self.start_program((EXAMPLES / name, "127.0.0.1:0"))
        line = program.process.stdout.readline().decode()
        self.assertTrue(line.startswith("listening on "), line)
        return program, line.split()[-1]


class Hello(ExampleCase):
    def test_greets_and_answers(self):
        program, address = self.example("hello")
        sock = self.connect(address)
        name = "%s:%d" % sock.getsockname()
        for size in (0, 5, 100_000):
            self.assertEqual(round_trip(sock, payload(size)), payload(size))
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(ending(sock), "fin")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        said = program.process.stdout.read().decode().splitlines()
        self.assertEqual(said, [f"hello {name}", "goodbye: client-closed"])


class KeyValue(ExampleCase):
    def test_commands(self):
        _, address = self.example("kv")
        one, two = self.connect(address), self.connect(address)
        for sock, request, answer in (
                (one, b"GET a", b"NONE"), (one, b"SET a 1", b"OK"), (two, b"GET a", b"VALUE 1"),
                (two, b"SET a two words", b"OK"), (one, b"GET a", b"VALUE two words"),
                (one, b"SET b", b"OK"), (two, b"GET b", b"VALUE "), (one, b"DEL a", b"OK"),
                (two, b"DEL a", b"NONE"), (two, b"GET a", b"NONE")):
            self.assertEqual(round_trip(sock, request), answer, request)
        for request in (b"", b"GET", b"SING a", b"GET "):
            self.assertTrue(round_trip(one, request).startswith(b"ERROR"), request)

    def test_many_keys_pipelined(self):
        _, address = self.example("kv")
        sock = self.connect(address)
        count = 2000
        requests = [b"SET key%d %d" % (n, n * n) for n in range(count)]
        requests += [b"GET key%d" % n for n in range(count)]
        sender = self.thread(sock.sendall, b"".join(map(frame, requests)))
        answers = [read_frame(sock) for _ in requests]
        sender()
        self.assertEqual(answers[:count], [b"OK"] * count)
        self.assertEqual(answers[count:], [b"VALUE %d" % (n * n) for n in range(count)])

    def test_too_large(self):
        _, address = self.example("kv")
        sock, other = self.connect(address), self.connect(address)
        sock.sendall(frame(bytes(64 * 1024)))
        ending(sock)
        self.assertEqual(round_trip(other, b"SET a 1"), b"OK")


class Chat(ExampleCase):
    def test_everyone_else_hears(self):
        _, address = self.example("chat")
        socks = [self.connect(address) for _ in range(5)]
        self.let_in(socks)
        socks[0].sendall(frame(b"hello all"))
        for sock in socks[1:]:
            self.assertEqual(read_frame(sock), b"hello all")
        socks[1].sendall(frame(b"hello back"))
        self.assertEqual(read_frame(socks[0]), b"hello back")

    def let_in(self, socks):
        """Waits until all are members: the first hears each of them, and each the first."""
        for sock in socks[1:]:
            sock.sendall(frame(b"here"))
            self.assertEqual(read_frame(socks[0]), b"here")
        socks[0].sendall(frame(b"begin"))
        for sock in socks[1:]:
            while read_frame(sock) != b"begin":
                pass

    def test_slow_reader_is_dropped(self):
        """Two talk through a room in which a third never reads; they never wait for it."""
        program, address = self.example("chat")
        talker, listener = self.connect(address), self.connect(address)
        slow = self.connect(address, receive_buffer=16384)
        self.let_in([talker, listener, slow])
        body = payload(50_000)
        for n in range(400):
            talker.sendall(frame(body + b"%d" % n))
            self.assertEqual(read_frame(listener), body + b"%d" % n)
            if any("does not read" in line for line in program.lines):
                break
        self.assertIn("dropped %s:%d" % slow.getsockname(), "\n".join(program.lines))
        listener.sendall(frame(b"still here"))
        self.assertEqual(read_frame(talker), b"still here")
        self.assertEqual(ending(slow), "reset")

    def test_crowd(self):
        """Everyone says something, everyone hears all the others."""
        _, address = self.example("chat")
        socks = [self.connect(address) for _ in range(40)]
        self.let_in(socks)
        for n, sock in enumerate(socks):
            sock.sendall(frame(b"%d" % n))
        heard = {sock: set() for sock in socks}
        with selectors.DefaultSelector() as selector:
            for sock in socks:
                selector.register(sock, selectors.EVENT_READ)
            while any(len(words) < 39 for words in heard.values()):
                events = selector.select(TEST_LIMIT)
                self.assertTrue(events)
                for key, _ in events:
                    heard[key.fileobj].add(read_frame(key.fileobj))
        for n, sock in enumerate(socks):
            self.assertEqual(heard[sock], {b"%d" % m for m in range(40) if m != n})


if __name__ == "__main__":
    harness.main()
