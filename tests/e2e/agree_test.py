"""After a load of known size, everybody tells the same: /stats.json, the status page, which shows
that, /metrics, brink ctl, brink top, the log's last line, and the load generator's own counts."""

import json
import re
import signal

import harness
from admin_test import ask, parse_metrics
from ctl_test import Controlled
from programs import wait_until
from wire import connect, frame, read_exactly

FRAMES, CONNECTIONS = 20000, 16


class Agree(Controlled):
    def load(self, address, *options):
        done = self.brink("load", address, "--json", "--verify", *options)
        return [json.loads(line) for line in done.stdout.splitlines()][-1]

    def cut_frames(self, address, count):
        """Clients that leave within a frame, after a whole one."""
        for _ in range(count):
            with connect(address) as sock:
                sock.sendall(frame(b"whole") + frame(b"not whole")[:-1])
                read_exactly(sock, len(frame(b"whole")))

    def told_by_metrics(self):
        samples = parse_metrics(ask(self.socket, "/metrics")[2].decode())
        told = {"frames": {}, "bytes": {}}
        for what, sides in told.items():
            for side in ("client", "upstream"):
                sides[side] = sum(
                    value for (name, labels), value in samples.items()
                    if name == f"brink_listener_{what}_total" and ("side", side) in labels)
        told["accepted"] = sum(value for (name, _), value in samples.items()
                               if name == "brink_listener_accepted_total")
        told["cut"] = sum(value for (name, labels), value in samples.items()
                          if name == "brink_listener_frames_cut_total")
        return told

    def told_by_json(self, stats):
        def total(key, side=None):
            return sum(listener[key][side] if side else listener[key]
                       for listener in stats["listeners"])

        sides = ("client", "upstream")
        return {"frames": {side: total("frames", side) for side in sides},
                "bytes": {side: total("bytes", side) for side in sides},
                "accepted": total("accepted"), "cut": sum(total("frames_cut", side) for side in sides)}

    def told_by_top(self):
        text = self.brink("top", "--batch", "-i", "100ms", "-s", self.socket).stdout
        told = {}
        for key, name in (("frames", "frames"), ("bytes", "bytes"), ("cut", "frames cut")):
            found = re.search(rf"^{name} .* (\d+) +(\d+)$", text, re.M)
            told[key] = {"client": int(found[1]), "upstream": int(found[2])}
        told["cut"] = sum(told["cut"].values())
        told["accepted"] = int(re.search(r"(\d+) accepted", text)[1])
        return told

    def told_by_table(self):
        """brink ctl show listeners: sizes there are in other units."""
        (front,) = self.rows("listeners")
        return int(front["FRAMES"]), int(front["REPLIES"]), int(front["ACCEPTED"])

    def test_to_the_frame(self):
        program = self.pair()
        load = self.load(program.address(), "-n", FRAMES, "-c", CONNECTIONS, "-p", 8, "-s",
                         "0..300:9,4KiB")
        self.assertEqual((load["frames"], load["errors"], load["different"]), (FRAMES, 0, 0))
        self.cut_frames(program.address(), 3)
        wait_until(lambda: self.json("show")["clients"] == 0, "all to be gone")
        # Besides what it counts, brink load opens each connection with an empty frame.
        frames = load["frames"] + load["opened"] + 3
        size = load["bytes"] + load["opened"] * len(frame(b"")) + 3 * (
            len(frame(b"whole")) + len(frame(b"not whole")) - 1)
        expected = {"frames": {"client": frames, "upstream": frames},
                    "bytes": {"client": size, "upstream": size},
                    "accepted": load["opened"] + 3, "cut": 2 * 3}  # theirs, and their echoes
        self.assertEqual(self.told_by_json(json.loads(ask(self.socket, "/stats.json")[2])),
                         expected)
        self.assertEqual(self.told_by_json(self.json("show")), expected)
        self.assertEqual(self.told_by_json(self.json("show", "listeners")), expected)
        self.assertEqual(self.told_by_metrics(), expected)
        self.assertEqual(self.told_by_top(), expected)
        self.assertEqual(self.told_by_table(), (frames, frames, expected["accepted"]))
        self.assertIn(f"frames      {frames} of clients, {frames} of upstreams\n",
                      self.ctl("show"))
        self.assert_workers_and_servers_agree(expected)
        program.signal(signal.SIGTERM)
        program.wait()
        stop = program.log(event="stop")[0]
        self.assertEqual((int(stop["client_frames"]), int(stop["upstream_bytes"])),
                         (expected["frames"]["client"], expected["bytes"]["upstream"]))
        self.assertEqual((int(stop["accepted"]), int(stop["frames_cut"])),
                         (expected["accepted"], expected["cut"]))

    def assert_workers_and_servers_agree(self, expected):
        """The same frames, counted by who had them in hand and by where they went."""
        stats = self.json("show")
        self.assertEqual(sum(worker["frames"] for worker in stats["workers"]),
                         sum(expected["frames"].values()))
        servers = [server for upstream in stats["upstreams"] for server in upstream["servers"]]
        self.assertEqual(sum(server["frames"]["upstream"] for server in servers),
                         expected["frames"]["upstream"])
        self.assertEqual(sum(server["total_connections"] for server in servers),
                         expected["accepted"])
        self.assertEqual(sum(int(row["FRAMES"]) for row in self.rows("workers")),
                         sum(expected["frames"].values()))

    def test_the_page_shows_what_is_served(self):
        """It has no figures of its own: it asks for /stats.json."""
        self.serve()
        page = ask(self.socket, "/")[2].decode()
        self.assertIn("stats.json", page)


if __name__ == "__main__":
    harness.main()
