"""brink load against brink itself, and against peers that behave as they should not."""

import contextlib
import itertools
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import threading

import harness
from programs import open_files, wait_until
from settings import BRINK, PATIENCE, SANITIZED, WAIT
from wire import frame, listening_socket, read_frame, reset


class Load(harness.TestCase):
    """Runs it with --json and reads what it says."""

    def load(self, address, *options, status=0):
        """The object of the result line, after that of the ready line."""
        done = self.brink("load", address, "--json", *options, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["event"] for line in lines], ["ready", "result"], done.stderr)
        self.ready = lines[0]
        return lines[1]

    def endless(self, address, *options):
        """One that runs until it is interrupted; it has said that it is ready."""
        load = subprocess.Popen([BRINK, "load", address, "-d", "1h", "--json", *options],
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(load.wait)
        self.addCleanup(load.stdout.close)
        self.addCleanup(load.kill)
        self.ready = json.loads(load.stdout.readline())
        return load

    def assert_clean(self, result):
        for key in ("errors", "different", "unanswered", "unasked"):
            self.assertEqual(result[key], 0, (key, result))
        self.assertEqual(result["reasons"], [])

    def refused(self, address, *options):
        """What it says when no connection can be opened."""
        done = self.brink("load", address, *options, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"to {address}: ", done.stderr)
        return done.stderr


class Endpoints(Load):
    def test_echo(self):
        result = self.load(self.echo().address(), "-n", 5000, "-c", 4, "-p", 8, "--verify")
        self.assert_clean(result)
        self.assertEqual(self.ready, {"event": "ready", "connections": 4, "idle": 0})
        self.assertEqual(result["frames"], 5000)
        self.assertEqual(result["bytes"], 5000 * 68)
        self.assertEqual(result["opened"], 4)
        self.assertAlmostEqual(result["frames_per_second"], 5000 / result["seconds"],
                               delta=result["frames_per_second"] / 100)
        latency = result["latency_ns"]
        order = [latency[key] for key in ("min", "p50", "p90", "p99", "p99_9", "p99_99", "max")]
        self.assertEqual(order, sorted(order))
        self.assertGreater(order[0], 0)
        self.assertTrue(order[0] <= latency["mean"] <= order[-1])
        self.assertGreater(result["cpu_ns"]["user"] + result["cpu_ns"]["system"], 0)

    def test_relay_and_many_sizes(self):
        address = self.relay(self.echo().address()).address()
        result = self.load(address, "-n", 4000, "-p", 16, "--verify", "-t", 3, "-s",
                           "0..100:50,1KiB..64KiB:5,1MiB")
        self.assert_clean(result)
        self.assertEqual(result["frames"], 4000)

    def test_specs(self):
        for spec in ("u16be", "dns", "postgres", "mqtt", "raw", "tls", "protobuf",
                     "ascii=decimal,delimiter=:,size=6"):
            with self.subTest(spec=spec):
                address = self.echo("--frame", spec).address()
                self.assert_clean(self.load(address, "-n", 500, "-c", 3, "-p", 5, "-f", spec, "-s",
                                            "20..2000", "--verify"))

    def test_unix_socket(self):
        address = self.echo(listen=f"unix:{self.folder()}/socket").address()
        self.assert_clean(self.load(address, "-n", 3000, "-p", 4, "--verify"))

    def test_frame_larger_than_all_buffers(self):
        address = self.echo("--max-frame", "20MiB").address()
        result = self.load(address, "-n", 8, "-c", 2, "-s", "16MiB", "--max-frame", "20MiB",
                           "--verify")
        self.assert_clean(result)

    def test_by_time(self):
        result = self.load(self.echo().address(), "-d", "300ms")
        self.assert_clean(result)
        self.assertGreater(result["frames"], 0)
        self.assertTrue(0.3 <= result["seconds"] < 0.3 + PATIENCE, result)

    def test_table(self):
        text = self.brink("load", self.echo().address(), "-n", 1000, "-p", 2).stdout
        self.assertIn("frames       1000 there and back in ", text)
        for row in (r"rate +\d+ frames/s, ", r"errors +0\n", r"p99\.99 +[\d.]+ [num]?s\n",
                    r"[\d.]+ [num]?s to +[\d.]+ [num]?s +[\d.]+%  #+\n"):
            self.assertRegex(text, row)


class Options(Load):
    def test_rate(self):
        """Neither faster nor slower than told, and none of them left out."""
        result = self.load(self.echo().address(), "-r", 2000, "-n", 1000, "-c", 10)
        self.assert_clean(result)
        self.assertEqual((result["frames"], result["unsent"]), (1000, 0))
        self.assertTrue(0.4995 <= result["seconds"] < 0.4995 + PATIENCE, result)

    def test_rate_beyond_what_the_peer_does(self):
        """10 ms for each, one at a time, where 1000 a second are due: the latency is that of the
        queue, not of the peer, and what never left is told."""
        def slow(connection):
            with contextlib.suppress(EOFError, ConnectionError):
                while True:
                    body = read_frame(connection)
                    threading.Event().wait(0.01)
                    connection.sendall(frame(body))

        result = self.load(self.upstream(slow).address, "-r", 1000, "-d", "1s", "-c", 1)
        self.assertEqual(result["frames"] + result["unsent"], 1000)
        self.assertLess(result["frames"], 110)
        self.assertGreater(result["latency_ns"]["max"], 800_000_000)

    def test_churn(self):
        echo = self.echo()
        result = self.load(echo.address(), "-n", 1000, "-c", 4, "--churn", 10)
        self.assert_clean(result)
        self.assertEqual(result["frames"], 1000)
        self.assertTrue(100 <= result["opened"] <= 104, result)
        closed = echo.wait_for_logs(result["opened"], event="close")
        self.assertEqual({line["reason"] for line in closed}, {"client-closed"})
        self.assertLessEqual(max(int(line["client_frames"]) for line in closed), 11)

    def test_churn_where_the_first_frame_is_another(self):
        address = self.echo("--frame", "postgres").address()
        self.assert_clean(self.load(address, "-n", 400, "--churn", 5, "-f", "postgres", "--verify",
                                    "-p", 3))

    def test_idle(self):
        echo = self.echo()
        before = open_files(echo)
        load = self.endless(echo.address(), "--idle", "100", "-c", "2")
        self.assertEqual(self.ready, {"event": "ready", "connections": 2, "idle": 100})
        self.assertEqual(open_files(echo) - before, 102)
        load.send_signal(signal.SIGINT)
        result = json.loads(load.stdout.readline())
        self.assertEqual((result["event"], result["opened"]), ("result", 102))
        self.assert_clean(result)
        self.assertEqual(load.wait(WAIT), 0)
        closed = echo.wait_for_logs(102, event="close")
        self.assertGreaterEqual(sum(line["client_frames"] == "1" for line in closed), 100)

    def test_one_way(self):
        def sink(connection):
            total = 0
            while chunk := connection.recv(1 << 16):
                total += len(chunk)
            return total

        upstream = self.upstream(sink)
        result = self.load(upstream.address, "-n", 50000, "-c", 2, "--one-way")
        self.assertEqual(result["frames"], 50000)
        self.assertIsNone(result["latency_ns"])
        self.assert_clean(result)
        self.assertEqual(upstream.result(0) + upstream.result(1), 50000 * 68)

    def test_many_connections(self):
        count = 1000 if SANITIZED else 8000
        address = self.quiet("echo", "--max-clients", 10000).address()
        result = self.load(address, "-c", count, "-n", 2 * count)
        self.assert_clean(result)
        self.assertEqual(result["opened"], count)
        self.assertEqual(result["frames"], 2 * count)

    def test_too_many_connections(self):
        done = self.command("sh", "-c", 'ulimit -n 100; exec "$@"', "sh", BRINK, "load", ":1",
                            "-c", 200, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("200 connections need", done.stderr)
        self.assertIn("100 are allowed", done.stderr)

    def test_interrupted(self):
        load = self.endless(self.echo().address())
        load.send_signal(signal.SIGINT)
        self.assert_clean(json.loads(load.stdout.readline()))
        self.assertEqual(load.wait(WAIT), 0)

    def test_terminal(self):
        """There, and only there, a line tells how far it is."""
        primary, secondary = pty.openpty()
        self.addCleanup(os.close, primary)
        with open(secondary, "wb", buffering=0) as terminal:
            subprocess.run([BRINK, "load", self.echo().address(), "-d", "700ms"], stderr=terminal,
                           stdout=subprocess.DEVNULL, check=True, timeout=WAIT)
        self.assertRegex(os.read(primary, 1 << 16).decode(), r"\r *[\d.]+ s +\d+ frames/s ")


class Misbehaving(Load):
    def test_nobody_there(self):
        listener, address = listening_socket()
        listener.close()
        self.assertIn("connecting: Connection refused", self.refused(address))

    def test_closes_before_the_first_reply(self):
        upstream = self.upstream(lambda connection: read_frame(connection))
        self.assertIn("the first frame: the peer closed", self.refused(upstream.address))

    def test_never_answers(self):
        upstream = self.upstream(lambda connection: connection.recv(1 << 16) and connection.recv(1))
        self.assertIn("the first frame: no reply in time; --one-way",
                      self.refused(upstream.address, "--timeout", "200ms"))

    def test_answers_once(self):
        """The frames that follow are waited for at the end, and then told."""
        def once(connection):
            connection.sendall(frame(read_frame(connection)))
            connection.recv(1 << 16)
            connection.recv(1)

        result = self.load(self.upstream(once).address, "-d", "100ms", "-c", 3, "-p", 2,
                           "--timeout", "200ms", status=1)
        self.assertEqual((result["frames"], result["unanswered"], result["errors"]), (0, 6, 3))
        self.assertEqual(result["reasons"], [{"count": 3, "why": "at work: no reply in time"}])

    def test_loses_a_reply(self):
        """With a count nothing else would end it."""
        def all_but_one(connection):
            with contextlib.suppress(EOFError, ConnectionError):
                for count in itertools.count():
                    body = read_frame(connection)
                    if count != 10:  # the first one does not count
                        connection.sendall(frame(body))

        result = self.load(self.upstream(all_but_one).address, "-c", 1, "-n", 20, "--timeout",
                           "300ms", status=1)
        self.assertEqual((result["frames"], result["unanswered"], result["errors"]), (9, 1, 1))
        self.assertEqual(result["reasons"], [{"count": 1, "why": "at work: no reply in time"}])

    def test_one_connection_does_not_come_back(self):
        """The frames that are due on it are never sent; the others are."""
        listener, address = listening_socket()
        self.addCleanup(listener.close)

        def serve():
            connections = [listener.accept()[0] for _ in range(2)]
            for connection in connections:
                connection.sendall(frame(read_frame(connection)))
            read_frame(connections[0])
            listener.close()
            reset(connections[0])
            with contextlib.suppress(EOFError, ConnectionError), connections[1]:
                while True:
                    connections[1].sendall(frame(read_frame(connections[1])))

        join = self.thread(serve)
        result = self.load(address, "-c", 2, "-n", 20, "-r", 200, "--timeout", "300ms", status=1)
        join()
        self.assertEqual((result["frames"], result["unanswered"], result["unsent"]), (10, 1, 9))
        self.assertGreater(result["errors"], 1)

    def test_answers_garbage(self):
        upstream = self.upstream(lambda connection: (connection.recv(1 << 16), connection.sendall(
            b"HTTP/1.1 400 Bad Request\r\n\r\n")))
        text = self.refused(upstream.address)
        self.assertIn("what came back is not a frame; is --frame right?", text)
        self.assertIn("HTTP", text)

    def test_closes_now_and_then(self):
        """Each end is an error with its reason; it goes on with a new connection."""
        def some(connection):
            with contextlib.suppress(EOFError, ConnectionError):
                for _ in range(20):
                    connection.sendall(frame(read_frame(connection)))

        result = self.load(self.upstream(some).address, "-n", 300, "-c", 4, status=1)
        self.assertGreater(result["errors"], 4)
        self.assertEqual(result["frames"] + result["unanswered"], 300)
        self.assertEqual(sum(reason["count"] for reason in result["reasons"]), result["errors"])
        self.assertTrue(all(reason["why"].startswith("at work: ") for reason in result["reasons"]))

    def test_goes_away(self):
        """With no connection left, it ends before its time and says so."""
        listener, address = listening_socket()
        self.addCleanup(listener.close)

        def serve():
            connection, _ = listener.accept()
            connection.sendall(frame(read_frame(connection)))
            read_frame(connection)
            listener.close()
            reset(connection)

        join = self.thread(serve)
        done = self.brink("load", address, "-c", 1, "-d", "1h", "--timeout", "300ms", check=False)
        join()
        self.assertEqual(done.returncode, 1)
        self.assertIn("ended early  no connection was left; connecting: Connection refused",
                      done.stdout)

    def test_changes_a_byte(self):
        """One of a thousand frames, one bit of its last byte."""
        def change(connection):
            count = 0
            with contextlib.suppress(EOFError, ConnectionError):
                while True:
                    body = bytearray(read_frame(connection))
                    count += 1
                    if count == 500:
                        body[-1] ^= 1
                    connection.sendall(frame(body))

        upstream = self.upstream(change)
        result = self.load(upstream.address, "-n", 1000, "-c", 1, "--verify", status=1)
        self.assertEqual((result["frames"], result["different"]), (1000, 1))
        result = self.load(upstream.address, "-n", 1000, "-c", 1)  # nobody looks
        self.assertEqual(result["different"], 0)

    def test_mixes_up_its_clients(self):
        """Each of two gets what the other one sent."""
        lock, waiting = threading.Lock(), []

        def swap(connection):
            connection.sendall(frame(read_frame(connection)))  # the first is not looked at
            with lock:
                waiting.append(connection)
            wait_until(lambda: len(waiting) == 2, "both")
            other = waiting[1 - waiting.index(connection)]
            with contextlib.suppress(EOFError, OSError):
                while True:
                    other.sendall(frame(read_frame(connection)))

        result = self.load(self.upstream(swap).address, "-n", 100, "-c", 2, "--verify", "--timeout",
                           "500ms", status=1)
        self.assertGreater(result["frames"], 90)
        self.assertGreaterEqual(result["different"], result["frames"])

    def test_answers_otherwise(self):
        """A server whose replies are other than the requests is as good as one that echoes."""
        def serve(connection):
            with contextlib.suppress(EOFError, ConnectionError):
                while True:
                    body = read_frame(connection)
                    connection.sendall(frame(struct.pack("<I", len(body))))

        result = self.load(self.upstream(serve).address, "-n", 500, "-p", 4, "-s", "0..1000")
        self.assertEqual(result["frames"], 500)
        self.assert_clean(result)

    def test_answers_twice(self):
        def twice(connection):
            with contextlib.suppress(EOFError, ConnectionError):
                connection.sendall(frame(read_frame(connection)))
                while True:
                    connection.sendall(2 * frame(read_frame(connection)))

        result = self.load(self.upstream(twice).address, "-n", 10, "-c", 1)
        self.assertEqual(result["frames"], 10)
        self.assertGreater(result["unasked"], 0)

    def test_closes_idle_connections(self):
        """Each is told, and stays closed. The one at work shows itself by its second frame."""
        idle = []

        def serve(connection):
            idle.append(connection)
            connection.sendall(frame(read_frame(connection)))
            with contextlib.suppress(EOFError, OSError):
                body = read_frame(connection)
                for other in idle:
                    if other is not connection:
                        other.shutdown(socket.SHUT_RDWR)
                while True:
                    connection.sendall(frame(body))
                    body = read_frame(connection)

        result = self.load(self.upstream(serve).address, "-c", 1, "--idle", 3, "-n", 300, status=1)
        self.assertEqual(result["frames"], 300)
        self.assertEqual(result["opened"], 4)
        self.assertEqual(result["reasons"], [
            {"count": 3, "why": "an idle connection: the peer closed the connection"}])


if __name__ == "__main__":
    harness.main()
