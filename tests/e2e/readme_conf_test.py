"""The configuration that README.md shows: taken from there, run, and its servers killed."""

import os
import re
import textwrap

import harness
from backends import Backend
from settings import ROOT, WAIT
from wire import round_trip

CLIENTS = 12


def readme_configuration():
    """The indented block that begins with a comment, in the section on it."""
    text = (ROOT / "README.md").read_text()
    section = re.search(r"(?ms)^## A relay to deploy\n(.*?)^## ", text).group(1)
    return textwrap.dedent(re.search(r"(?m)^    # (?:.*\n(?:    |$)?)+?(?=^\S)", section).group(0))


class Readme(harness.TestCase):
    def setUp(self):
        self.backends = {name: Backend(self, name) for name in ("one", "two", "three")}
        self.program = self.configured(readme_configuration(), PORT="0", **{
            name.upper(): backend.address for name, backend in self.backends.items()})

    def serve(self, count=CLIENTS):
        """A round trip each, all at once; how many each server had."""
        seen = len(self.program.log(event="close"))
        socks = [self.connect(self.program) for _ in range(count)]
        for sock in socks:
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
        for sock in socks:
            sock.close()
        closes = self.program.wait_for_logs(seen + count, event="close")[seen:]
        self.assertEqual({close["reason"] for close in closes}, {"client-closed"})
        servers = [close["server"] for close in closes]
        return {name: servers.count(name) for name in self.backends}

    def test_it_is_the_example_that_is_installed(self):
        path = ROOT / "src/app/share/examples/conf/three-servers.conf"
        self.assertEqual(readme_configuration().strip(), path.read_text().strip())
        self.assertLessEqual(len(readme_configuration().strip().splitlines()), 22)

    def test_check_says_what_the_readme_says(self):
        folder = self.folder()
        (folder / "brink.conf").write_text(readme_configuration())
        done = self.brink("check", "-c", "brink.conf", cwd=folder,
                          env={key: os.environ[key] for key in os.environ if key != "PORT"})
        self.assertIn(f"    {done.stdout}", (ROOT / "README.md").read_text())

    def test_what_it_logs_begins_as_in_the_readme(self):
        """With its own addresses, where nobody listens in a test."""
        shown = re.findall(r"(?m)^    (event=server-\S+ .*)$", (ROOT / "README.md").read_text())
        self.assertEqual(len(shown), 3)
        self.backends["one"].kill()
        self.program.wait_for_log(2 * WAIT, event="server-down", server="one")
        self.backends["one"].start()
        self.program.wait_for_log(2 * WAIT, event="server-up", server="one")
        lines = [line.replace(self.backends["one"].address, "10.0.0.1:5882")
                 for line in self.program.lines]
        for line in shown:
            self.assertTrue(any(logged.endswith(line) for logged in lines), line)

    def test_both_serve_and_the_third_is_spared(self):
        self.assertEqual(self.serve(), {"one": CLIENTS // 2, "two": CLIENTS // 2, "three": 0})

    def test_clients_stay_when_their_server_dies(self):
        socks = [self.connect(self.program) for _ in range(CLIENTS)]
        for name, survivors in (("one", {"two"}), ("two", {"three"})):
            for sock in socks:
                self.assertEqual(round_trip(sock, b"before"), b"before")
            self.backends[name].kill()
            for sock in socks:  # before a check finds out, and after
                self.assertEqual(round_trip(sock, b"after"), b"after")
            self.program.wait_for_log(2 * WAIT, event="server-down", server=name)
            served = self.serve()
            self.assertEqual({name for name, count in served.items() if count}, survivors)
        for sock in socks:
            self.assertEqual(round_trip(sock, b"still there"), b"still there")
        self.backends["one"].start()
        self.program.wait_for_log(2 * WAIT, event="server-up", server="one")
        self.assertEqual(self.serve()["one"], CLIENTS)


if __name__ == "__main__":
    harness.main()
