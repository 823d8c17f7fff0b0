"""What an idle connection costs: resident memory of thousands, each after one round trip."""

import resource
import unittest

import harness
from programs import proc_status
from settings import SANITIZED
from wire import frame, payload, read_frame

COUNT = 4000
WARM_UP = 200
CROWD = 1500
FILES = 2 * COUNT + 1000


@unittest.skipIf(SANITIZED, "sanitizers have memory of their own")
class IdleConnections(harness.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < FILES:
            self.skipTest(f"needs {FILES} open files, the limit is {hard}")
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))

    def visit(self, program, count):
        """Opens so many connections and has a frame go there and back on each."""
        address = program.address()
        socks = [self.connect(address) for _ in range(count)]
        for n, sock in enumerate(socks):
            sock.sendall(frame(payload(64, n)))
        for n, sock in enumerate(socks):
            self.assertEqual(read_frame(sock), payload(64, n))
        return socks

    def cost_of_one(self, program):
        """Bytes of resident memory per connection. The first ones, which bring what is there once
        for all, don't count."""
        kept = self.visit(program, WARM_UP)
        before = proc_status(program.pid, "RssAnon")
        kept += self.visit(program, COUNT)
        grown = proc_status(program.pid, "RssAnon") - before
        for sock in kept:
            sock.close()
        return grown / COUNT

    def test_echo(self):
        program = self.echo("--max-clients", 2 * COUNT)
        cost = self.cost_of_one(program)
        print(f"{cost:.0f} bytes each", flush=True)
        self.assertLessEqual(cost, 208)

    def test_relay(self):
        program = self.relay(self.echo("--max-clients", 2 * COUNT).address(),
                             "--max-clients", 2 * COUNT)
        cost = self.cost_of_one(program)
        print(f"{cost:.0f} bytes each", flush=True)
        self.assertLessEqual(cost, 384)

    def test_crowds_that_come_and_go(self):
        """Each costs what the first one did."""
        program = self.echo("--max-clients", 2 * COUNT, "--workers", 1)
        peaks = []
        for crowd in range(1, 5):
            for sock in self.visit(program, CROWD):
                sock.close()
            program.wait_for_logs(crowd * CROWD, event="close")
            peaks.append(proc_status(program.pid, "VmHWM"))
        self.assertLess(peaks[-1] - peaks[0], CROWD * 64)


if __name__ == "__main__":
    harness.main()
