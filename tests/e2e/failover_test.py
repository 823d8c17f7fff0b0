"""Three servers under load, of which one is killed, stopped, refuses clients, or starts again: what
is lost is what that server had, and the log tells how much."""

import select

import harness
from backends import Backend, Callers
from programs import wait_until
from settings import PATIENCE, WAIT
from traffic import flowing
from wire import ending, frame, read_exactly, round_trip

CLIENTS = 60
NAMES = ("one", "two", "three")
CONFIG = """
listener "l" {{ address = 127.0.0.1:0; upstream = u }}
upstream "u" {{
    {servers}
    balance = least-connections
    when-down = {when_down}
    rehome = {rehome}
    eject {{ connect-failures = 0 }}
    health {{
        interval = 200ms; timeout = {timeout}ms; rise = 1; fall = {fall}
        send-payload = text:ping; expect-payload = text:ping
    }}
}}
"""


class FailoverCase(harness.TestCase):
    def serve(self, when_down, rehome, fall=2, patience=PATIENCE):
        self.backends = {name: Backend(self, name) for name in NAMES}
        servers = "\n".join(f'server "{name}" {{ address = {backend.address} }}'
                            for name, backend in self.backends.items())
        self.program = self.configured(CONFIG.format(
            servers=servers, when_down=when_down, rehome=rehome, fall=fall,
            timeout=700 * patience))

    def wait_for(self, event, name):
        """One more such line than there were."""
        self.turns = getattr(self, "turns", {})
        count = self.turns[event, name] = self.turns.get((event, name), 0) + 1
        self.program.wait_for_logs(count, 2 * WAIT, event=event, server=name)

    def close_of(self, peer):
        return self.program.wait_for_log(event="close", peer=peer)

    def figures(self):
        """The last line: what all of it was."""
        self.program.end()
        return self.program.log(event="stop")[0]


def lost_by(close):
    return int(close["client_frames"]) - int(close["upstream_frames"])


class UnderLoad(FailoverCase):
    """Each client has a frame on its way all the time."""

    def assert_only_its_own(self, lives, name):
        """The connections that ended were that server's, and the log has what they lost."""
        for life in lives:
            close = self.close_of(life.peer)
            self.assertEqual(close["server"], name, close)
            self.assertIn(close["reason"],
                          ("upstream-closed", "upstream-reset", "server-down"), close)
            self.assertEqual(int(close["upstream_frames"]), life.answered, close)
            # A frame that came when all was over already was not read any more.
            self.assertIn(life.sent - int(close["client_frames"]), (0, 1), close)
            self.assertIn(life.lost(), (0, 1))

    def assert_nothing_else_is_lost(self, callers):
        callers.stop()
        for life in callers.done:
            self.assertEqual(life.lost(), 0)
            close = self.close_of(life.peer)
            self.assertEqual((close["client_frames"], close["upstream_frames"]),
                             (str(life.sent), str(life.answered)), close)
            self.assertEqual(close["reason"], "client-closed")
        self.assertEqual(len(self.program.log(event="close")),
                         len(callers.done) + len(callers.ended))
        self.assertEqual(self.program.log(event="frame-cut"), [])
        stop = self.figures()
        self.assertEqual(stop["frames_cut"], "0")
        self.assertEqual(int(stop["upstream_frames"]),
                         sum(life.answered for life in callers.done + callers.ended))

    def check(self, when_down, rehome):
        self.serve(when_down, rehome)
        callers = Callers(self, self.program.address(), CLIENTS)
        seen = 0
        for name, fault in (("one", "kill"), ("two", "stop and kill"), ("three", "refuse")):
            backend = self.backends[name]
            if fault == "kill":
                backend.kill()
            elif fault == "stop and kill":
                backend.stop()
                self.wait_for("server-down", name)
                backend.kill()
            else:
                backend.tell("refuse")
            if fault != "stop and kill":
                self.wait_for("server-down", name)
            callers.wait_for_answers()
            self.assert_only_its_own(list(callers.ended)[seen:], name)
            seen = len(callers.ended)
            if fault == "refuse":
                backend.tell("listen")
            else:
                backend.start()
            self.wait_for("server-up", name)
            callers.wait_for_answers()
            self.assertEqual(len(callers.ended), seen, "ended although nothing went down")
        self.assertGreater(seen, 0)
        self.assert_nothing_else_is_lost(callers)

    def test_boundary(self):
        self.check("boundary", "no")

    def test_now(self):
        self.check("now", "no")

    def test_boundary_with_rehome(self):
        self.check("boundary", "yes")

    def test_now_with_rehome(self):
        self.check("now", "yes")


class InFlight(FailoverCase):
    """What is on its way is known to the frame. An answer is waited for as long as the connection
    has been quiet for less than 2 s: a check has failed by then."""

    def serve_at_once(self, when_down):
        self.serve(when_down, "yes", fall=1, patience=1)

    def crowd(self):
        """Clients by their server, each served once."""
        socks = [self.connect(self.program) for _ in range(30)]
        for sock in socks:
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
        return socks

    def all_ask(self, name, socks):
        """A frame of each; those that are not answered are that server's, and are returned."""
        self.backends[name].stop()
        for sock in socks:
            sock.sendall(frame(b"asked"))
        waiting = []

        def answered():
            waiting[:] = [sock for sock in socks if not peek(sock)]
            return len(waiting) == len(socks) // 3

        wait_until(answered, "two of three servers to answer")
        for sock in socks:
            if sock not in waiting:
                self.assertEqual(read_exactly(sock, 9), frame(b"asked"))
        return waiting

    def assert_lost(self, waiting, name, socks):
        """One frame each, and nobody else lost anything."""
        for sock in waiting:
            close = self.close_of("%s:%d" % sock.getsockname())
            self.assertEqual((close["server"], lost_by(close)), (name, 1), close)
        for sock in socks:
            if sock not in waiting:
                self.assertEqual(round_trip(sock, b"still there"), b"still there")
        closes = self.program.log(event="close")
        self.assertEqual(len(closes), len(waiting))
        self.assertEqual(sum(map(lost_by, closes)), len(waiting))

    def check(self, when_down):
        self.serve_at_once(when_down)
        socks = self.crowd()
        waiting = self.all_ask("two", socks)
        if when_down == "boundary":
            self.wait_for("server-down", "two")
            self.assertEqual(self.program.log(event="close"), [])
            self.backends["two"].kill()
        for sock in waiting:
            ending(sock)
        self.assert_lost(waiting, "two", socks)

    def test_boundary_waits_for_the_answer_until_the_server_dies(self):
        self.check("boundary")

    def test_now_does_not_wait(self):
        self.check("now")

    def test_a_server_that_wakes_up_answers_and_nothing_is_lost(self):
        self.serve_at_once("boundary")
        socks = self.crowd()
        waiting = self.all_ask("two", socks)
        self.wait_for("server-down", "two")
        self.backends["two"].go_on()
        for sock in waiting:
            self.assertEqual(read_exactly(sock, 9), frame(b"asked"))
        for sock in socks:
            self.assertEqual(round_trip(sock, b"still there"), b"still there")
        self.assertEqual(self.program.log(event="close"), [])

    def test_half_a_reply_is_a_reset_and_told(self):
        for when_down, reason in (("now", "server-down"), ("boundary", "upstream-mid-frame")):
            with self.subTest(when_down):
                self.serve_at_once(when_down)
                self.turns = {}
                sock = self.connect(self.program)
                sock.sendall(frame(b"half:" + bytes(995)))
                read_exactly(sock, 504)
                peer = "%s:%d" % sock.getsockname()
                for backend in self.backends.values():  # one of them has it
                    backend.stop()
                for name in NAMES:
                    self.wait_for("server-down", name)
                if when_down == "boundary":
                    for backend in self.backends.values():
                        backend.kill()
                self.assertEqual(ending(sock), "reset")
                close = self.close_of(peer)
                self.assertEqual(close["reason"], reason)
                cut = self.program.wait_for_log(event="frame-cut", peer=peer)
                self.assertEqual((cut["side"], cut["missing"]), ("upstream", "500"))
                stop = self.figures()
                self.assertEqual(stop["frames_cut"], "1")


def peek(sock):
    """True if something has come."""
    return bool(select.select([sock], [], [], 0)[0])


class Idle(FailoverCase):
    """With nothing unanswered at that moment no client notices."""

    def check(self, when_down):
        self.serve(when_down, "yes")
        with flowing(self, self.program.address(), CLIENTS, batch=3) as traffic:
            for name, down, up in (
                    ("one", "kill", "start"), ("two", "stop", "go_on"),
                    ("three", "refuse", "listen"), ("one", "kill", "start")):
                backend = self.backends[name]
                with traffic.pause():
                    if down == "refuse":
                        backend.tell("refuse")
                    else:
                        getattr(backend, down)()
                    self.wait_for("server-down", name)
                traffic.wait_for_rounds()
                if up == "listen":
                    backend.tell("listen")
                else:
                    getattr(backend, up)()
                self.wait_for("server-up", name)
                traffic.wait_for_rounds()
            self.assertEqual(self.program.log(event="close"), [])
        self.assertEqual(self.program.log(event="frame-cut"), [])

    def test_boundary(self):
        self.check("boundary")

    def test_now(self):
        self.check("now")


if __name__ == "__main__":
    harness.main()
