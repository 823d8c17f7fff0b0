"""The admin's address: figures after a known load, what Prometheus and a browser make of them."""

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import tempfile
import unittest

import harness
from programs import echo_bytes, wait_until
from settings import SANITIZED, TEST_LIMIT, WAIT
from wire import connect, frame, read_exactly, reset, round_trip, split_address

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')


class Connection(http.client.HTTPConnection):
    """HTTP to an address as brink prints it, unix sockets too."""

    def __init__(self, address):
        super().__init__("localhost", timeout=WAIT)
        self.address = address

    def connect(self):
        family, where = split_address(self.address)
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(where)


def ask(address, path, method="GET", body=None):
    """Status, headers and body."""
    with contextlib.closing(Connection(address)) as connection:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def parse_metrics(text):
    """Samples by name and labels: {("brink_x", (("a", "b"),)): 1.0}."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        pairs = tuple(sorted(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', labels or "")))
        assert (name, pairs) not in samples, line
        samples[name, pairs] = float(value)
    return samples


class Scraped(harness.TestCase):
    def start_with_admin(self, text, address="127.0.0.1:0", **options):
        path = self.folder() / "brink.conf"
        path.write_text(f"admin {{ address = {address} }}\n{text}")
        program = self.start("run", "-c", path, **options)
        program.admin = program.wait_for_log(event="admin")["address"]
        return program

    def stats(self, program):
        status, headers, body = ask(program.admin, "/stats.json")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        return json.loads(body)

    def metrics(self, program):
        status, headers, body = ask(program.admin, "/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return parse_metrics(body.decode())

    def metric(self, program, name, **labels):
        return self.metrics(program)["brink_" + name, tuple(sorted(labels.items()))]

    @staticmethod
    def histogram_samples(metric, labels, told):
        """What /metrics makes of a histogram of stats.json."""
        below = 0
        for bound, count in zip([*told["bounds"], "+Inf"], told["counts"], strict=True):
            below += count
            yield metric + "_bucket", labels | {"le": float(bound)}, below
        yield metric + "_count", labels, below
        yield metric + "_sum", labels, told["sum"]

    LABELS = {"closed": ["reason"], "frames_cut_by_reason": ["side", "reason"],
              "bad_frames": ["side", "error"]}
    NAMES = {"frames_cut_by_reason": "frames_cut_total", "clients": "clients", "drained": "drained",
             "read_paused": "read_paused"}

    def samples(self, metric, labels, names, value):
        """What /metrics makes of a figure of stats.json; `names` of the labels of its parts."""
        if isinstance(value, dict) and "bounds" in value:
            yield from self.histogram_samples(metric, labels, value)
        elif isinstance(value, dict):
            for part, each in value.items():
                yield from self.samples(metric, labels | {names[0]: part}, names[1:], each)
        else:
            yield metric, labels, value

    def listener_samples(self, listener):
        for key, value in listener.items():
            if isinstance(value, (str, list, type(None))) or key == "frames_cut":
                continue
            plain = isinstance(value, int) or not str(value).count("bounds")
            metric = self.NAMES.get(key, key + "_total" if plain else key)
            yield from self.samples(f"brink_listener_{metric}", {"listener": listener["name"]},
                                    self.LABELS.get(key, ["side"]), value)

    def assert_same(self, program):
        """JSON and metrics tell the same; nothing may be going on meanwhile."""
        stats, metrics = self.stats(program), self.metrics(program)
        told = {(name, tuple((key, float(value) if key == "le" else value)
                             for key, value in labels)): number
                for (name, labels), number in metrics.items() if name.startswith("brink_listener_")}
        for listener in stats["listeners"]:
            self.assertEqual({side: sum(causes.values()) for side, causes in
                              listener["frames_cut_by_reason"].items()}, listener["frames_cut"])
            for name, labels, value in self.listener_samples(listener):
                self.assertEqual(told.pop((name, tuple(sorted(labels.items())))), value, name)
        self.assertEqual({key[0] for key in told}, {"brink_listener_info"})
        for upstream in stats["upstreams"]:
            for server in upstream["servers"]:
                labels = (("address", server["address"]), ("server", server["name"]),
                          ("upstream", upstream["name"]))
                self.assertEqual(metrics["brink_server_connections", labels], server["connections"])
                self.assertEqual(metrics["brink_server_connections_opened_total", labels],
                                 server["total_connections"])


class Figures(Scraped):
    def load(self):
        """What is known of it: seven clients of a relay, 3 + 2 * 5 frames, and each a last one."""
        one, two = self.upstream(echo_bytes), self.upstream(echo_bytes)
        program = self.start_with_admin(
            'listener "front" { address = 127.0.0.1:0; upstream = pair; max-frame = 1000 }\n'
            'listener "shut" { address = 127.0.0.1:0; service = echo; deny = 127.0.0.0/8 }\n'
            'listener "idle" { address = 127.0.0.1:0; service = echo }\n'
            f'upstream "pair" {{ server "one" {{ address = {one.address} }}\n'
            f'server "two" {{ address = {two.address} }} }}\n')
        socks = [self.connect(program.address(0)) for _ in range(7)]
        for i, sock in enumerate(socks):
            for _ in range(i):
                self.assertEqual(round_trip(sock, b"x" * i), b"x" * i)
        return program, socks

    def test_after_a_known_load(self):
        program, socks = self.load()
        frames = sum(range(7))
        size = sum(i * (4 + i) for i in range(7))
        # One is cut, one too large, one reset; the others end well.
        socks[4].sendall(frame(b"whole") + b"\x08\0\0\0half")
        read_exactly(socks[4], 9 + 8)
        socks[4].shutdown(socket.SHUT_WR)
        socks[5].sendall(b"\xe9\x03\0\0")
        reset(socks[6])
        for sock in socks[:4]:
            sock.close()
        with connect(program.address(1)) as denied:
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(denied.recv(1), b"")
        program.wait_for_logs(7, event="close")
        stats = wait_until(lambda: (lambda now: now["clients"] == 0 and now)(self.stats(program)),
                           "all to be gone")
        front, shut, idle = stats["listeners"]
        self.assertEqual((front["name"], front["upstream"], front["service"]),
                         ("front", "pair", "relay"))
        self.assertEqual(front["addresses"], [program.address(0)])
        self.assertEqual((front["accepted"], front["clients"], front["denied"]), (7, 0, 0))
        self.assertEqual(front["frames"], {"client": frames + 1, "upstream": frames + 1})
        self.assertEqual(front["bytes"]["client"], size + 9 + 8 + 4)
        self.assertEqual(front["frames_cut"]["client"], 1)
        self.assertEqual(front["frames_cut_by_reason"]["client"]["client-mid-frame"], 1)
        self.assertEqual(front["bad_frames"]["client"]["too-large"], 1)
        for side, begun in (("client", 1), ("upstream", 1)):  # the cut one, there and back
            sizes = front["frame_size_bytes"][side]
            self.assertEqual(sum(sizes["counts"]), frames + 1 + begun)
            self.assertEqual(sizes["sum"], size + 9 + (4 + 8))
            self.assertEqual(sum(front["frame_duration_seconds"][side]["counts"]), frames + 1)
        self.assertEqual(sum(front["reply_duration_seconds"]["counts"]), frames + 1)
        self.assertEqual(front["read_paused"], {"client": 0, "upstream": 0})
        closed = {reason: count for reason, count in front["closed"].items() if count}
        self.assertEqual(closed, {"client-closed": 4, "client-mid-frame": 1, "frame-too-large": 1,
                                  "client-reset": 1})
        self.assertEqual(front["probes"], 1)  # the one that sent nothing
        self.assertEqual((shut["accepted"], shut["denied"], shut["source_limited"]), (1, 1, 0))
        self.assertEqual((idle["accepted"], sum(idle["closed"].values())), (0, 0))
        (pair,) = stats["upstreams"]
        self.assertEqual((pair["name"], pair["usable"], pair["connections"]), ("pair", 2, 0))
        self.assertEqual(sum(server["total_connections"] for server in pair["servers"]), 7)
        self.assertEqual(pair["frames"], front["frames"])
        self.assertEqual(pair["reply_duration_seconds"], front["reply_duration_seconds"])
        for key in ("frames", "bytes"):
            for side in ("client", "upstream"):
                self.assertEqual(sum(server[key][side] for server in pair["servers"]),
                                 front[key][side])
        self.assertEqual(sum(server["replies_timed"] for server in pair["servers"]), frames + 1)
        self.assertEqual([server["state"] for server in pair["servers"]], ["up", "up"])
        self.assertEqual(sum(worker["frames"] for worker in stats["workers"]), 2 * (frames + 1))
        self.assert_same(program)

    def test_metrics_to_the_frame(self):
        program, _ = self.load()
        self.assertEqual(self.metric(program, "listener_frames_total", listener="front",
                                     side="upstream"), sum(range(7)))
        self.assertEqual(self.metric(program, "listener_clients", listener="front"), 7)
        self.assertEqual(self.metric(program, "clients"), 7)
        self.assertEqual(self.metric(program, "upstream_connections", upstream="pair"), 7)
        metrics = self.metrics(program)
        pools = {dict(labels)["pool"] for name, labels in metrics if name == "brink_pool_objects"}
        self.assertLessEqual({"timers", "segments", "relay", "echo"}, pools)
        self.assertEqual(sum(value for (name, labels), value in metrics.items()
                             if name == "brink_pool_objects" and ("pool", "relay") in labels), 7)
        (path,) = [dict(labels)["path"] for name, labels in metrics if name == "brink_config_info"]
        self.assertTrue(path.endswith("/brink.conf"))
        self.assertEqual(metrics["brink_config_last_reload_successful", ()], 1)
        self.assert_same(program)

    def test_a_server_that_fails(self):
        good = self.upstream(echo_bytes)
        program = self.start_with_admin(
            'listener "l" { address = 127.0.0.1:0; upstream = u }\n'
            f'upstream "u" {{ server "good" {{ address = {good.address} }}\n'
            'server "dead" { address = unix:@brink-test/nobody }\n'
            'balance = round-robin; eject { connect-failures = 1; time = 1m } }\n')

        def dead():
            round_trip(self.connect(program.address()), b"on")
            server = self.stats(program)["upstreams"][0]["servers"][1]
            return server["state"] == "ejected" and server

        server = wait_until(dead, "an ejection")
        self.assertEqual((server["name"], server["connect_failures"], server["ejections"]),
                         ("dead", 1, 1))
        labels = {"upstream": "u", "server": "dead", "address": "unix:@brink-test/nobody"}
        self.assertEqual(self.metric(program, "server_state", state="ejected", **labels), 1)
        self.assertEqual(self.metric(program, "server_state", state="up", **labels), 0)
        self.assertEqual(self.metric(program, "upstream_usable_servers", upstream="u"), 1)

    def test_while_frames_go_on(self):
        program, socks = self.load()
        sent = sum(range(7))
        for number in range(50):
            round_trip(socks[0], b"again")
            stats = self.stats(program)
            self.assertEqual(stats["listeners"][0]["frames"]["upstream"], sent + number + 1)


class Paths(Scraped):
    ECHO = 'listener "echo" { address = 127.0.0.1:0; service = echo }\n'

    def test_all_of_them_on_a_unix_socket(self):
        path = self.folder() / "admin.sock"
        program = self.start_with_admin(self.ECHO, f"unix:{path}")
        self.assertEqual(program.admin, f"unix:{path}")
        for where, status, part in (("/", 200, b"<!DOCTYPE html>"), ("/healthz", 200, b"healthy"),
                                    ("/readyz", 200, b"ready"), ("/metrics", 200, b"# HELP brink_"),
                                    ("/stats.json", 200, b'{"version"'), ("/x", 404, b"/metrics")):
            got, _, body = ask(program.admin, where)
            self.assertEqual(got, status, where)
            self.assertIn(part, body)
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            status, headers, _ = ask(program.admin, "/metrics", method, b"some")
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        self.assertFalse(path.exists())

    def test_it_is_there_until_the_drain_is_over(self):
        program = self.start_with_admin(self.ECHO)
        sock = self.connect(program)
        sock.sendall(frame(b"whole")[:-1])
        read_exactly(sock, 8)
        program.signal(signal.SIGTERM)
        program.wait_for_log(event="signal")
        wait_until(lambda: ask(program.admin, "/readyz")[0] == 503, "that it is not ready")
        self.assertEqual(ask(program.admin, "/healthz")[0], 200)
        self.assertEqual(self.metric(program, "stopping"), 1)
        sock.sendall(b"e")
        self.assertEqual(read_exactly(sock, 1), b"e")
        self.assertEqual(program.wait(), 0)
        with self.assertRaises(ConnectionRefusedError):
            connect(program.admin)

    def test_nonsense_does_no_harm(self):
        program = self.start_with_admin(self.ECHO)
        for text in (b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"x" * 100_000,
                     b"GET /" + b"y" * 50_000 + b" HTTP/1.1\r\n\r\n", b""):
            with connect(program.admin) as sock:
                try:
                    sock.sendall(text)
                    sock.shutdown(socket.SHUT_WR)
                    while sock.recv(1 << 16):
                        pass
                except OSError as error:  # it was shown the door, in whatever state
                    self.assertNotIsInstance(error, TimeoutError)
        self.assertEqual(ask(program.admin, "/healthz")[0], 200)
        self.assertEqual(round_trip(self.connect(program), b"as ever"), b"as ever")

    def test_idle_visitors_do_not_keep_it_from_stopping(self):
        program = self.start_with_admin(self.ECHO)
        for _ in range(20):
            self.connect(program.admin)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)


    def test_clients_leave_descriptors_for_it(self):
        program = self.start_with_admin(self.ECHO, open_files=100)
        most = int(program.wait_for_log(event="start")["max_clients"])
        self.assertGreater(most, 0)
        for sock in [self.connect(program) for _ in range(most)]:
            self.assertEqual(round_trip(sock, b"in"), b"in")
        for _ in range(15):
            self.connect(program.admin)
        self.assertEqual(ask(program.admin, "/healthz")[0], 200)
        self.assertEqual(self.metric(program, "clients"), most)


class Start(harness.TestCase):
    def run_file(self, text):
        path = self.folder() / "brink.conf"
        path.write_text('listener "echo" { address = 127.0.0.1:0; service = echo }\n' + text)
        return self.brink("run", "-c", path, check=False)

    def test_address_in_use(self):
        address = self.echo().address()
        done = self.run_file(f"admin {{ address = {address} }}\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"admin: cannot listen on {address}: Address already in use", done.stderr)
        self.assertNotIn("event=listen", done.stderr)  # no client has come in vain

    def test_where_others_reach_it(self):
        done = self.run_file("admin { address = :0 }\n")
        self.assertEqual(done.returncode, 78)
        self.assertIn("allow-remote = yes", done.stderr)


@harness.needs("promtool")
class Prometheus(Scraped):
    def test_promtool_finds_nothing(self):
        program = self.start_with_admin(
            'listener "a" { address = 127.0.0.1:0, 127.0.0.1:0; upstream = u }\n'
            'listener "b" { address = 127.0.0.1:0; service = echo }\n'
            'upstream "u" { server "s" { address = 127.0.0.1:1 } }\n'
            'upstream "v" { server = 127.0.0.1:1, 127.0.0.1:2 }\n')
        _, _, body = ask(program.admin, "/metrics")
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True,
                              timeout=TEST_LIMIT, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


@unittest.skipIf(SANITIZED, "a browser takes what time it takes")
@harness.needs("chromium")
class Page(Scraped):
    def test_it_shows_what_there_is(self):
        server = self.upstream(echo_bytes)
        program = self.start_with_admin(
            'listener "front" { address = 127.0.0.1:0; upstream = pair }\n'
            f'upstream "pair" {{ server "alpha" {{ address = {server.address} }}\n'
            'server "beta" { address = 127.0.0.1:1; weight = 0 } }\n')
        for _ in range(3):
            round_trip(self.connect(program), b"hello")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            done = self.command("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                                "--disable-dev-shm-usage", f"--user-data-dir={folder}",
                                "--virtual-time-budget=3000", "--dump-dom",
                                f"http://{program.admin}/")
        text = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.S)
        for part in (r'>serving<', r">Listeners ", r"<td[^>]*>front</td>", r"<td[^>]*>pair</td>",
                     r">Upstream pair ", r"1 of 2 servers usable, 3 connections",
                     r"<td[^>]*>alpha</td>", r"<td[^>]*>beta</td>", r">Workers ",
                     r">Frames a second<", r">Reply time<", r">Memory ", r"<td[^>]*>segments</td>", re.escape(program.address())):
            self.assertRegex(text, part)


if __name__ == "__main__":
    harness.main()
