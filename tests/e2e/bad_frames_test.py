"""What is no frame ends that connection alone, with a log line that tells why."""

import struct

import harness
from programs import echo_bytes
from wire import connect, ending, frame, payload, round_trip

TLS_HELLO = bytes.fromhex("160301020001fc0303") + bytes(200)
LIMIT = 16 * 1024 * 1024


class BadFrames(harness.TestCase):
    def refuse(self, data, *options, relay=False):
        """Has brink refuse `data`; the bad-frame line and the close line."""
        if relay:
            program = self.relay(self.upstream(echo_bytes).address, *options)
        else:
            program = self.echo(*options)
        other, sock = self.connect(program), self.connect(program)
        sock.sendall(data)
        ending(sock)
        sock.close()
        bad = program.wait_for_log(event="bad-frame")
        close = program.wait_for_log(event="close")
        self.assertEqual(bad["level"], "warn")
        self.assertEqual(bad["peer"], close["peer"])
        self.assertEqual(len(program.log(event="close")), 1)
        if "--frame" not in options:
            self.assertEqual(round_trip(other, b"unharmed"), b"unharmed")
        return bad, close

    def test_too_large(self):
        for relay in (False, True):
            with self.subTest(relay=relay):
                bad, close = self.refuse(struct.pack("<I", LIMIT - 3) + b"data", relay=relay)
                self.assertEqual(bad["error"], "too-large")
                self.assertTrue(bad["header"].startswith("fdffff00"), bad["header"])
                self.assertEqual((bad["value"], bad["limit"]), (str(LIMIT - 3), str(LIMIT)))
                self.assertEqual(bad["side"], "client")
                self.assertEqual((close["reason"], close["side"]), ("frame-too-large", "client"))

    def test_largest_that_is_allowed(self):
        program = self.echo("--max-frame", "64KiB")
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, bytes(65532)), bytes(65532))
        sock.sendall(frame(bytes(65533)))
        ending(sock)
        bad = program.wait_for_log(event="bad-frame")
        self.assertEqual((bad["value"], bad["limit"]), ("65533", "65536"))

    def test_4_gib(self):
        bad, _ = self.refuse(struct.pack("<I", 0xFFFFFFFF), relay=True)
        self.assertEqual((bad["header"], bad["value"]), ("ffffffff", "4294967295"))

    def test_all_that_64_bits_can_count(self):
        for value in (2**64 - 1, 2**64 - 8, 2**63):
            with self.subTest(value=value):
                bad, close = self.refuse(struct.pack("<Q", value), "--frame", "u64le")
                self.assertEqual(bad["value"], str(value))
                self.assertEqual(close["reason"], "frame-too-large")

    def test_length_that_the_spec_cannot_mean(self):
        bad, close = self.refuse(struct.pack(">I", 3) + b"x",
                                 "--frame", "size=4,endian=big,includes=header", relay=True)
        self.assertEqual((bad["error"], bad["value"]), ("too-small", "3"))
        self.assertEqual(close["reason"], "frame-corrupt")

    def test_digits_that_are_none(self):
        _, close = self.refuse(b"12a4 x", "--frame", "ascii=decimal,size=4")
        self.assertEqual(close["reason"], "frame-corrupt")

    def test_upstream_at_fault(self):
        def script(connection):
            connection.sendall(frame(b"good") + struct.pack("<I", 0xFFFFFFFF))
            return ending(connection)

        upstream = self.upstream(script)
        program = self.relay(upstream.address)
        ending(self.connect(program))
        upstream.result()
        self.assertEqual(program.wait_for_log(event="bad-frame")["side"], "upstream")
        close = program.wait_for_log(event="close")
        self.assertEqual((close["reason"], close["side"]), ("frame-too-large", "upstream"))
        self.assertEqual(close["upstream_frames"], "1")

    def test_likely_causes(self):
        samples = {
            "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "TLS": TLS_HELLO,
            "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
            "byte order": struct.pack(">I", 1000) + bytes(100),
        }
        for cause, data in samples.items():
            with self.subTest(cause=cause):
                bad, _ = self.refuse(data)
                self.assertIn(cause.lower(), bad["likely"].lower())
                shown = bad["header"].rstrip(".")
                self.assertTrue(data.hex().startswith(shown), shown)
                self.assertGreaterEqual(len(shown), 8)

    def test_good_frames_before_a_bad_one(self):
        program = self.echo()
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"good"), b"good")
        sock.sendall(frame(b"also good") + b"\xff\xff\xff\xff")
        ending(sock)
        self.assertEqual(program.wait_for_log(event="close")["client_frames"], "2")

    def test_random_bytes(self):
        """Whatever comes, on many connections: the program and its other clients live on."""
        program = self.relay(self.upstream(echo_bytes).address, "--frame-timeout", "10s")
        other = self.connect(program)
        for seed in range(100):
            with connect(program.address()) as sock:
                sock.sendall(payload(64 + seed, seed))
            if seed % 10 == 0:
                self.assertEqual(round_trip(other, b"unharmed"), b"unharmed")
        program.wait_for_logs(100, event="close")
        self.assertEqual(round_trip(other, b"unharmed"), b"unharmed")


if __name__ == "__main__":
    harness.main()
