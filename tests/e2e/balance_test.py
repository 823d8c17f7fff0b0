"""Which of three servers a client gets, and what happens when they are full."""

import random
import socket

import harness
from wire import connect, ending, frame, read_frame, round_trip

CONFIG = """
workers = {workers}
listener "l" {{ address = 127.0.0.1:0; upstream = u{listener} }}
upstream "u" {{
    {servers}
    {options}
}}
"""


class BalanceCase(harness.TestCase):
    def setUp(self):
        self.addresses = {}
        for name in "abc":
            self.addresses[name] = self.upstream(telling(name)).address

    def serve(self, options, order="abc", workers=1, listener="", server=""):
        servers = "\n".join(f'server "{name}" {{ address = {self.addresses[name]}{server} }}'
                            for name in order)
        return self.configured(CONFIG.format(servers=servers, options=options, workers=workers,
                                             listener=listener))

    def who(self, sock):
        return round_trip(sock, b"who").decode()


def telling(name):
    """A server that answers each frame with its name."""
    def script(connection):
        try:
            while True:
                read_frame(connection)
                connection.sendall(frame(name.encode()))
        except (EOFError, ConnectionError):
            pass

    return script


class Balance(BalanceCase):
    def test_round_robin(self):
        program = self.serve("balance = round-robin")
        turns = [self.who(self.connect(program)) for _ in range(9)]
        self.assertEqual(sorted(turns[:3]), ["a", "b", "c"])
        self.assertEqual(turns, turns[:3] * 3)

    def test_round_robin_by_weight(self):
        servers = "abc"
        program = self.configured(
            'listener "l" { address = 127.0.0.1:0; upstream = u }\nupstream "u" {\n' + "\n".join(
                f'server "{name}" {{ address = {self.addresses[name]}; weight = {weight} }}'
                for name, weight in zip(servers, (3, 1, 0))) + "\n}\n")
        turns = [self.who(self.connect(program)) for _ in range(20)]
        self.assertEqual((turns.count("a"), turns.count("b")), (15, 5))

    def test_workers_share_the_turns(self):
        program = self.serve("balance = round-robin", workers=3)
        turns = [self.who(self.connect(program)) for _ in range(30)]
        self.assertEqual([turns.count(name) for name in "abc"], [10, 10, 10])

    def test_least_connections(self):
        program = self.serve("balance = least-connections")
        socks = {}
        for _ in range(9):
            sock = self.connect(program)
            socks.setdefault(self.who(sock), []).append(sock)
        self.assertEqual({name: len(some) for name, some in socks.items()},
                         {"a": 3, "b": 3, "c": 3})
        for sock in socks["b"]:
            sock.close()
        program.wait_for_logs(3, event="close")
        self.assertEqual([self.who(self.connect(program)) for _ in range(3)], ["b", "b", "b"])

    def test_random_two(self):
        program = self.serve("balance = random-two")
        turns = [self.who(self.connect(program)) for _ in range(60)]
        for name in "abc":
            self.assertGreater(turns.count(name), 8)
            self.assertLess(turns.count(name), 32)


class Source(BalanceCase):
    """Clients of 127.0.0.0/8 are all here."""

    def client(self, program, source):
        host, port = program.address().split(":")
        sock = socket.create_connection((host, int(port)), timeout=10,
                                        source_address=(source, 0))
        self.addCleanup(sock.close)
        return sock

    def sources(self, count):
        chance = random.Random(5)
        return ["127.%d.%d.%d" % tuple(chance.randrange(1, 255) for _ in range(3))
                for _ in range(count)]

    def test_a_source_keeps_its_server_on_every_instance(self):
        first = self.serve("balance = source")
        second = self.serve("balance = source", order="cab", workers=3)
        found = {}
        for source in self.sources(60):
            found[source] = self.who(self.client(first, source))
            self.assertEqual(self.who(self.client(first, source)), found[source])
            self.assertEqual(self.who(self.client(second, source)), found[source])
        shares = [list(found.values()).count(name) for name in "abc"]
        self.assertGreater(min(shares), 8, shares)

    def test_without_one_server_the_others_keep_theirs(self):
        whole = self.serve("balance = source")
        less = self.serve("balance = source", order="ab")
        moved = 0
        sources = self.sources(60)
        for source in sources:
            before, after = (self.who(self.client(program, source)) for program in (whole, less))
            moved += before != "c" and before != after
        self.assertLess(moved, 12)


class Full(BalanceCase):
    def test_clients_wait_for_a_place(self):
        program = self.serve("queue = 2; queue-timeout = 20s", server="; max-connections = 1")
        inside = [self.connect(program) for _ in range(3)]
        self.assertEqual(sorted(self.who(sock) for sock in inside), ["a", "b", "c"])
        places = {self.who(sock): sock for sock in inside}
        waiting = [self.connect(program) for _ in range(2)]
        for sock in waiting:
            sock.sendall(frame(b"who"))
        self.assertEqual(ending(self.connect(program)), "fin")  # one too many
        close = program.wait_for_log(event="close", reason="queue-full")
        self.assertEqual(close["upstream"], "u")
        for name, sock in zip("ca", waiting):  # in turn
            places[name].close()
            self.assertEqual(read_frame(sock), name.encode())
        self.assertEqual(self.who(places["b"]), "b")

    def test_and_not_for_ever(self):
        program = self.serve("queue-timeout = 200ms", server="; max-connections = 1")
        inside = [self.connect(program) for _ in range(3)]
        for sock in inside:
            self.who(sock)
        self.assertEqual(ending(self.connect(program)), "fin")
        close = program.wait_for_log(event="close", reason="queue-timeout")
        self.assertGreaterEqual(int(close["ms"]), 200)
        for sock in inside:
            self.who(sock)

    def test_everybody_is_served_in_the_end(self):
        program = self.serve("queue = 1000; queue-timeout = 30s", workers=3,
                             server="; max-connections = 2")
        host = program.address()

        def visit(_):
            for _ in range(20):
                with connect(host, 30) as sock:
                    self.who(sock)

        for join in [self.thread(visit, n) for n in range(20)]:
            join()
        closes = program.wait_for_logs(400, event="close")
        self.assertEqual({close["reason"] for close in closes}, {"client-closed"})


if __name__ == "__main__":
    harness.main()
