"""brink check: what is told of a configuration file, and the examples that are installed."""

import os
import re
import socket

import harness
from settings import ROOT

CONF = ROOT / "src" / "app" / "share" / "examples" / "conf"
EXAMPLES = sorted(CONF.glob("*.conf"))
GOOD = 'listener "l" { address = 127.0.0.1:0; service = echo }\n'


class Check(harness.TestCase):
    def write(self, text, name="brink.conf", folder=None):
        path = (folder or self.folder()) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def check(self, path, *options, **settings):
        return self.brink("check", "-c", path, *options, check=False, **settings)

    def test_good(self):
        done = self.check(self.write(GOOD))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("good", done.stdout)

    def test_every_mistake_with_its_line(self):
        path = self.write('workrs = 1\n\nlistener "l" {\n  address = 127.0.0.1\n  upstream = u\n'
                          '  idle-timeout = 5\n}\nupstream "v" {\n  server = 10.0.0.1:1\n'
                          '  balance = random\n}\n')
        done = self.check(path)
        self.assertEqual((done.returncode, done.stdout), (78, ""))
        for line, part in ((1, 'did you mean "workers"'), (3, 'no upstream is called "u"'),
                           (4, "lacks a port"), (6, "the unit is missing"),
                           (10, "write round-robin")):
            self.assertRegex(done.stderr, rf"(?m)^{re.escape(str(path))}:{line}: .*{part}")
        self.assertRegex(done.stderr, r"5 errors, 1 warning\n$")

    def test_more_than_a_hundred(self):
        done = self.check(self.write("x = 1\n" * 200 + GOOD))
        self.assertEqual(done.returncode, 78)
        self.assertIn("and 100 more", done.stderr)

    def test_no_file_and_a_folder(self):
        for path in ("/no/such/file", "/"):
            done = self.check(path)
            self.assertEqual(done.returncode, 78)
            self.assertIn(path, done.stderr)

    def test_includes(self):
        folder = self.folder()
        path = self.write('include "conf.d/*.conf"\n', folder=folder)
        self.write(GOOD, "conf.d/a.conf", folder)
        self.write("workrs = 1\n", "conf.d/b.conf", folder)
        self.assertIn(f"{folder}/conf.d/b.conf:1: unknown key", self.check(path).stderr)
        self.write("workers = 1\n", "conf.d/b.conf", folder)
        self.assertEqual(self.check(path).returncode, 0)
        self.write('include "../brink.conf"\n', "conf.d/b.conf", folder)
        self.assertEqual(self.check(path).returncode, 78)

    def test_variables(self):
        path = self.write('workers = ${BRINK_TEST_WORKERS}\n' + GOOD)
        self.assertIn("BRINK_TEST_WORKERS is not set", self.check(path).stderr)
        done = self.check(path, "--dump", env={**os.environ, "BRINK_TEST_WORKERS": "7"})
        self.assertIn("workers = 7\n", done.stdout)

    def test_standard_input(self):
        with open(self.write(GOOD)) as text:
            self.assertEqual(self.check("-", stdin=text).returncode, 0)

    def test_no_socket_is_opened_unless_asked(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            path = self.write(GOOD.replace("127.0.0.1:0", address))
            self.assertEqual(self.check(path).stderr, "")
            done = self.check(path, "--full")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"warning: {address} is in use", done.stderr)
        path = self.write(GOOD.replace("127.0.0.1:0", "192.0.2.1:0"))
        self.assertEqual(self.check(path, "--full").returncode, 78)

    def test_run_refuses_what_check_refuses(self):
        path = self.write("workers = many\n" + GOOD)
        done = self.brink("run", "-c", path, check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"{path}:1: ", done.stderr)


class Examples(harness.TestCase):
    def test_they_are_there(self):
        self.assertGreaterEqual(len(EXAMPLES), 7)
        lines = (CONF / "three-servers.conf").read_text().splitlines()
        self.assertLessEqual(len(lines), 20)

    def test_each_is_good_without_a_warning(self):
        for path in EXAMPLES:
            with self.subTest(path.name):
                self.assertEqual(self.brink("check", "-c", path).stderr, "")

    def test_a_dump_of_a_dump_is_the_same(self):
        for path in EXAMPLES:
            with self.subTest(path.name):
                first = self.brink("check", "-c", path, "--dump").stdout
                again = self.folder() / "dump.conf"
                again.write_text(first)
                second = self.brink("check", "-c", again, "--dump")
                self.assertEqual((second.stdout, second.stderr), (first, ""))


class Manual(harness.TestCase):
    def test_every_key_is_in_the_manual(self):
        """In the dump stands each key that there is; the keys of frames are in brink-frame(1)."""
        manual = (ROOT / "src/app/share/man/brink.conf.5.scd").read_text()
        dump = self.brink("check", "-c", CONF / "rpc.conf", "--dump").stdout
        keys = set(re.findall(r"(?m)^ *(?:# )?([a-z][a-z0-9-]*) (?:=|\{|\")", dump))
        self.assertGreater(len(keys), 70)
        for key in sorted(keys):
            self.assertIn(f"*{key}*", manual)


if __name__ == "__main__":
    harness.main()
