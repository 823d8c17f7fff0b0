"""What the workers do, as told on SIGUSR1."""

import signal

import harness
from traffic import flowing
from wire import round_trip


class Figures(harness.TestCase):
    def told(self, program, times=1):
        """The latest line about the server, and those about its workers."""
        program.signal(signal.SIGUSR1)
        server = program.wait_for_logs(times, event="stats")[-1]
        workers = program.wait_for_logs(times * 2, event="worker")[-2:]
        return server, workers

    def test_on_sigusr1(self):
        program = self.echo("--workers", 2)
        sock = self.connect(program)
        for _ in range(10):
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
        server, workers = self.told(program)
        self.assertEqual((server["clients"], server["client_frames"]), ("1", "10"))
        self.assertEqual(sorted(worker["worker"] for worker in workers), ["0", "1"])
        self.assertEqual(sum(int(worker["frames"]) for worker in workers), 10)
        self.assertTrue(program.running())
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        self.assertEqual(self.told(program, 2)[0]["client_frames"], "11")

    def test_a_worker_that_has_all_the_work_shows(self):
        program = self.echo("--workers", 2, "--dispatch", "sharded")
        busy = [0, 0]
        asked = 0
        with flowing(self, program.address(), 1, batch=50, interval=0) as traffic:
            while busy[1] < 100:
                traffic.wait_for_rounds(100)
                asked += 1
                busy = sorted(int(worker["cpu_ms"]) for worker in self.told(program, asked)[1])
        self.assertGreater(busy[1], 10 * busy[0])


if __name__ == "__main__":
    harness.main()
