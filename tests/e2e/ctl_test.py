"""brink ctl against a running brink: each of its commands, and wrong ones."""

import json
import os
import signal
import socket

import harness
from admin_test import ask
from programs import echo_bytes, wait_until
from wire import connect, frame, read_exactly, read_to_end, round_trip

ECHO = 'listener "front" { address = 127.0.0.1:0; service = echo }\n'


class Controlled(harness.TestCase):
    def serve(self, text=ECHO, more="", **options):
        """brink run, with an admin's address that `ctl` asks."""
        folder = self.folder()
        self.socket = f"unix:{folder}/admin.sock"
        path = folder / "brink.conf"
        path.write_text(f"admin {{ address = {self.socket}{more} }}\n{text}")
        program = self.start("run", "-c", path, **options)
        program.wait_for_log(event="admin")
        return program

    def ctl(self, *words, status=0):
        """What it prints; with `status`, what it says is wrong."""
        done = self.brink("ctl", "--socket", self.socket, *words, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr if status else done.stdout

    def json(self, *words):
        return json.loads(self.ctl("--json", *words))

    def rows(self, *words):
        """The rows of a table, by their columns' titles."""
        lines = self.ctl("show", *words).splitlines()
        titles = lines[0].split()
        return [dict(zip(titles, line.split())) for line in lines[1:]]

    def pair(self):
        """A relay of two servers, each with a name."""
        self.one, self.two = self.upstream(echo_bytes), self.upstream(echo_bytes)
        return self.serve(
            'listener "front" { address = 127.0.0.1:0; upstream = pair }\n'
            'upstream "pair" { balance = round-robin\n'
            f'server "one" {{ address = {self.one.address} }}\n'
            f'server "two" {{ address = {self.two.address} }} }}\n')


class Show(Controlled):
    def test_each_list(self):
        program = self.pair()
        socks = [self.connect(program) for _ in range(3)]
        for sock in socks:
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
        summary = self.ctl("show")
        self.assertIn("clients     3 of at most", summary)
        self.assertIn("frames      3 of clients, 3 of upstreams\n", summary)
        (front,) = self.rows("listeners")
        self.assertEqual((front["LISTENER"], front["ADDRESS"], front["CLIENTS"], front["FRAMES"]),
                         ("front", program.address(), "3", "3"))
        (pair,) = self.rows("upstreams")
        self.assertEqual((pair["SERVERS"], pair["CONNECTIONS"]), ("2", "3"))
        servers = self.rows("servers")
        self.assertEqual([(row["SERVER"], row["ADDRESS"], row["STATE"]) for row in servers],
                         [("one", self.one.address, "up"), ("two", self.two.address, "up")])
        self.assertEqual(sorted(int(row["OPENED"]) for row in servers), [1, 2])
        clients = self.rows("clients")
        self.assertEqual({row["PEER"] for row in clients},
                         {"127.0.0.1:%d" % sock.getsockname()[1] for sock in socks})
        self.assertEqual({row["SERVER"] for row in clients}, {"one", "two"})
        self.assertEqual([row["CLIENT"] for row in self.rows("clients", "front")],
                         [row["CLIENT"] for row in clients])
        self.assertEqual(len(self.json("show", "clients", "--limit", "2")["clients"]), 2)
        self.assertEqual(self.json("show", "clients", "--limit", "2")["count"], 3)
        self.assertIn("2 of 3; --limit N", self.ctl("show", "clients", "--limit", "2"))
        self.assertEqual(sum(int(row["CLIENTS"]) for row in self.rows("workers")), 3)
        self.assertGreater(len(self.rows("pools")), 0)
        self.assertIn("no listener", self.ctl("show", "clients", "back", status=1))

    def test_json_is_what_is_served(self):
        self.serve()
        served = json.loads(ask(self.socket, "/stats.json")[2])
        shown = self.json("show", "listeners")
        self.assertEqual(shown["listeners"][0]["frames"], served["listeners"][0]["frames"])
        self.assertEqual(shown.keys(), served.keys())

    def test_errors(self):
        good = self.upstream(echo_bytes)
        program = self.serve(
            'listener "front" { address = 127.0.0.1:0; upstream = u }\n'
            f'upstream "u" {{ server "good" {{ address = {good.address} }}\n'
            'server "dead" { address = unix:@brink-test/nobody }\n'
            'balance = round-robin; eject { connect-failures = 1; time = 1m } }\n')
        for _ in range(2):
            self.assertEqual(round_trip(self.connect(program), b"on"), b"on")
        program.wait_for_log(event="server-ejected")
        self.assertIn("event=server-ejected upstream=u", self.ctl("show", "errors"))
        newest = self.json("show", "errors")["errors"][0]
        self.assertEqual((newest["level"], newest["event"]), ("warn", "server-ejected"))

    def test_a_frame_that_is_not_whole(self):
        program = self.serve()
        sock = self.connect(program)
        sock.sendall(frame(b"twelve bytes")[:-5])
        read_exactly(sock, 11)
        (client,) = self.json("show", "clients")["clients"]
        self.assertEqual((client["mid_frame"]["client"], client["missing_bytes"]["client"]),
                         (True, 5))
        self.assertRegex(self.ctl("show", "clients"), r"(?m) c5$")


class Drain(Controlled):
    def test_a_listener_and_back(self):
        program = self.serve(ECHO + 'listener "back" { address = 127.0.0.1:0; service = echo }\n')
        sock, other = self.connect(program), self.connect(program.address(1))
        round_trip(sock, b"x")
        round_trip(other, b"x")
        self.assertEqual(self.ctl("drain", "listener", "front"), "listener front: draining\n")
        self.assertEqual(read_to_end(sock), b"")
        self.assertEqual(round_trip(other, b"stays"), b"stays")
        late = self.connect(program)  # the kernel's queue has it
        late.sendall(frame(b"late"))
        wait_until(lambda: self.json("show", "clients", "front")["count"] == 0, "it to be empty")
        self.assertEqual(self.ctl("undrain", "listener", "front"), "listener front: undrained\n")
        self.assertEqual(read_exactly(late, 8), frame(b"late"))

    def test_a_frame_is_finished_first(self):
        program = self.serve()
        sock = self.connect(program)
        whole = frame(b"to be finished")
        sock.sendall(whole[:-1])
        read_exactly(sock, len(whole) - 1)
        self.ctl("drain", "listener", "front", "--policy", "boundary", "--timeout", "1m")
        (client,) = self.json("show", "clients")["clients"]
        self.assertEqual(client["state"], "leaving")
        sock.sendall(whole[-1:])
        self.assertEqual(read_to_end(sock), whole[-1:])

    def test_a_server_and_its_weight(self):
        program = self.pair()
        first = self.connect(program)
        round_trip(first, b"x")
        at = self.rows("clients")[0]["SERVER"]
        other = "two" if at == "one" else "one"
        self.ctl("drain", "server", f"pair/{at}")
        self.assertEqual(read_to_end(first), b"")
        wait_until(lambda: self.json("show")["clients"] == 0, "the client to be gone")
        for _ in range(4):
            round_trip(self.connect(program), b"x")
        self.assertEqual({row["SERVER"] for row in self.rows("clients")}, {other})
        self.ctl("undrain", "server", f"pair/{at}")
        self.assertEqual(self.ctl("weight", f"pair/{other}", "0"), f"pair/{other} 0: weight set\n")
        for _ in range(4):
            round_trip(self.connect(program), b"x")
        self.assertEqual([row["SERVER"] for row in self.rows("clients")].count(at), 4)
        weights = {row["SERVER"]: row["WEIGHT"] for row in self.rows("servers")}
        self.assertEqual(weights, {at: "1", other: "0"})

    def test_a_client(self):
        program = self.serve()
        goes, stays = self.connect(program), self.connect(program)
        for sock in (goes, stays):
            round_trip(sock, b"x")
        peer = "127.0.0.1:%d" % goes.getsockname()[1]
        (name,) = [row["CLIENT"] for row in self.rows("clients") if row["PEER"] == peer]
        self.assertEqual(self.ctl("close", name), f"{name}: closing\n")
        self.assertEqual(read_to_end(goes), b"")
        self.assertEqual(program.wait_for_log(event="close")["reason"], "drained")
        self.assertEqual(round_trip(stays, b"still"), b"still")
        self.assertIn("client", self.ctl("close", name, status=1))
        (name,) = [row["CLIENT"] for row in self.rows("clients")]
        stays.sendall(frame(b"half")[:-2])
        read_exactly(stays, 6)
        self.ctl("close", name, "--now")
        with self.assertRaises(ConnectionResetError):
            read_to_end(stays)

    def test_all_of_it(self):
        program = self.serve()
        sock = self.connect(program)
        round_trip(sock, b"x")
        self.assertEqual(self.ctl("stop"), "draining\n")
        self.assertEqual(read_to_end(sock), b"")
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.log(event="command")[0]["command"], "drain")

    def test_all_of_it_at_once(self):
        program = self.serve()
        sock = self.connect(program)
        sock.sendall(frame(b"half")[:-2])
        read_exactly(sock, 6)
        self.ctl("drain", "all", "--timeout", "1h")
        program.wait_for_log(event="signal")
        self.assertIn("drains already", self.ctl("drain", "all", status=1))
        self.ctl("drain", "all", "--policy", "now")
        self.assertEqual(program.wait(), 3)


class Reload(Controlled):
    def test_a_new_configuration_is_gone_on_by(self):
        program = self.serve()
        sock = self.connect(program)
        round_trip(sock, b"x")
        path = program.arguments[-1]
        with open(path, "a", encoding="utf-8") as file:
            file.write('listener "more" { address = 127.0.0.1:0; service = echo }\n')
        self.assertEqual(self.ctl("reload"), "reloaded\n")
        self.assertEqual([row["LISTENER"] for row in self.rows("listeners")], ["front", "more"])
        self.assertEqual(round_trip(sock, b"stays"), b"stays")

    def test_one_that_is_wrong_changes_nothing(self):
        program = self.serve()
        with open(program.arguments[-1], "a", encoding="utf-8") as file:
            file.write("nonsense = 1\n")
        self.assertIn("brink ctl reload: ", self.ctl("reload", status=1))
        self.assertEqual(round_trip(self.connect(program), b"as ever"), b"as ever")


class Log(Controlled):
    def test_the_level_changes_at_once(self):
        program = self.serve()
        round_trip(self.connect(program), b"x")
        self.assertEqual(program.log(event="accept"), [])
        self.assertEqual(self.ctl("log", "debug"), "debug: log level set\n")
        round_trip(self.connect(program), b"x")
        program.wait_for_log(event="accept", level="debug")
        self.ctl("log", "error")
        lines = len(program.lines)
        with self.connect(program) as sock:
            round_trip(sock, b"x")
        self.ctl("log", "info")
        program.wait_for_log(event="command", command="log")
        told = program.lines[lines:]
        self.assertFalse([line for line in told if "event=accept" in line], told)


class Refused(Controlled):
    def test_by_tcp_one_may_only_look(self):
        program = self.serve(more=", 127.0.0.1:0")
        tcp = program.wait_for_logs(2, event="admin")[1]["address"]
        unix, self.socket = self.socket, tcp
        self.assertIn("front", self.ctl("show", "listeners"))
        self.assertIn("clients", self.ctl("show"))
        for words in (("drain", "all"), ("log", "debug"), ("weight", "u/s", "1"), ("reload",),
                      ("close", "1"), ("undrain", "listener", "front"), ("upgrade",)):
            self.assertIn("over a unix socket only", self.ctl(*words, status=1))
        self.assertEqual(ask(tcp, "/drain", "POST")[0], 403)
        self.assertEqual(ask(unix, "/readyz")[0], 200)

    def test_a_name_that_is_not_known(self):
        program = self.serve(more=", 127.0.0.1:0; host = brink.example")
        tcp = program.wait_for_logs(2, event="admin")[1]["address"]
        for host, status in (("evil.example", b"403"), ("brink.example", b"200"),
                             ("127.0.0.1", b"200"), ("localhost:9", b"200")):
            with connect(tcp) as sock:
                sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                             % host.encode())
                self.assertEqual(read_to_end(sock).split()[1], status, host)

    def test_only_its_user_and_group_reach_the_socket(self):
        self.serve()
        self.assertEqual(os.stat(self.socket[5:]).st_mode & 0o777, 0o660)

    def test_what_there_is_not(self):
        self.pair()
        self.assertIn("nope", self.ctl("drain", "listener", "nope", status=1))
        self.assertIn("nope", self.ctl("drain", "server", "pair/nope", status=1))
        self.assertIn("nope", self.ctl("weight", "nope/one", "1", status=1))
        self.assertIn("nope", self.ctl("undrain", "listener", "nope", status=1))
        self.assertIn("client", self.ctl("close", "12345", status=1))

    def test_wrong_command_lines(self):
        self.serve()
        for words in ((), ("drain",), ("drain", "front"), ("show", "servrs"), ("weight", "u/s"),
                      ("weight", "u/s", "1000"), ("log", "loud"), ("close",), ("nonsense",),
                      ("reload", "x"), ("drain", "all", "--policy", "soon")):
            self.ctl(*words, status=2)

    def test_nobody_there(self):
        folder = self.folder()
        self.socket = f"unix:{folder}/none.sock"
        self.assertIn("Is brink running?", self.ctl("show", status=1))
        done = self.brink("ctl", "show", check=False,
                          env={**os.environ, "RUNTIME_DIRECTORY": str(folder)})
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"unix:{folder}/admin.sock", done.stderr)


class Default(harness.TestCase):
    """Without a section `admin`."""

    def run_in(self, folder, text=ECHO, **options):
        path = self.folder() / "brink.conf"
        path.write_text(text)
        return self.start("run", "-c", path, **options,
                          env={**os.environ, "RUNTIME_DIRECTORY": f"{folder}:/nowhere"})

    def test_it_is_where_ctl_asks(self):
        folder = self.folder()
        program = self.run_in(folder)
        self.assertEqual(program.wait_for_log(event="admin")["address"],
                         f"unix:{folder}/admin.sock")
        done = self.brink("ctl", "show", env={**os.environ, "RUNTIME_DIRECTORY": str(folder)})
        self.assertIn("serving", done.stdout)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(os.listdir(folder), [])

    def test_one_that_is_in_use_is_left_alone(self):
        folder = self.folder()
        self.run_in(folder).wait_for_log(event="admin")
        second = self.run_in(folder)
        self.assertIn("admin.sock", second.wait_for_log(event="admin-failed")["error"])
        self.assertEqual(round_trip(self.connect(second), b"serves"), b"serves")
        self.assertEqual(ask(f"unix:{folder}/admin.sock", "/healthz")[0], 200)

    def test_one_that_was_left_behind_is_replaced(self):
        folder = self.folder()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(f"{folder}/admin.sock")
        self.run_in(folder).wait_for_log(event="admin")
        self.assertEqual(ask(f"unix:{folder}/admin.sock", "/healthz")[0], 200)

    def test_it_can_be_turned_off(self):
        folder = self.folder()
        program = self.run_in(folder, ECHO + "admin { address = off }\n")
        self.assertEqual(round_trip(self.connect(program), b"x"), b"x")
        self.assertEqual(os.listdir(folder), [])
        self.assertEqual(program.log(event="admin"), [])

    def test_echo_and_relay_have_one_if_they_are_told_to(self):
        folder = self.folder()
        program = self.echo("--admin", f"unix:{folder}/a", "--admin", "127.0.0.1:0")
        addresses = [line["address"] for line in program.wait_for_logs(2, event="admin")]
        self.assertEqual(addresses[0], f"unix:{folder}/a")
        for address in addresses:
            self.assertEqual(ask(address, "/healthz")[0], 200)
        self.brink("ctl", "-s", addresses[0], "stop")
        self.assertEqual(program.wait(), 0)


if __name__ == "__main__":
    harness.main()
