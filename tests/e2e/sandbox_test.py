"""What the running program has given up: system calls, files, its user and rights."""

import contextlib
import http.client
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import unittest

import harness
import wire
from lineage import Lineage
from network import Network, can_make
from programs import wait_until
from settings import BRINK
from wire import round_trip

ECHO = 'listener "echo" { address = 127.0.0.1:0; service = echo }\n'
NET_BIND_SERVICE, DAC_OVERRIDE = 1 << 10, 1 << 1


def status(pid, key):
    """The value of a line of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return re.search(rf"^{key}:\s*(.*)$", text, re.M).group(1).split()


def effective(pid):
    return int(status(pid, "CapEff")[0], 16)


class SandboxCase(harness.TestCase):
    def run_in(self, folder, text, *options, **settings):
        """brink run with a configuration in that folder."""
        path = folder / "brink.conf"
        path.write_text(text)
        return self.start("run", "-c", path, *options, **settings)

    def needs_sandbox(self, program):
        """Skips what a build for sanitizers, or an old kernel, cannot show."""
        line = program.wait_for_log(event="sandbox")
        if line.get("reason") == "instrumented-build":
            self.skipTest("this build has no sandbox")
        if line["seccomp"] != "yes" or line["landlock"] == "no":
            self.skipTest("this kernel has not all of it")
        return line


class InForce(SandboxCase):
    def test_every_thread_is_in_it(self):
        for start in (lambda: self.echo("--workers", 3),
                      lambda: self.run_in(self.folder(), ECHO)):
            program = start()
            self.needs_sandbox(program)
            self.assertEqual(round_trip(self.connect(program), b"served"), b"served")
            for task in os.listdir(f"/proc/{program.pid}/task"):
                self.assertEqual(status(f"{program.pid}/task/{task}", "Seccomp"), ["2"])
                self.assertEqual(status(program.pid, "NoNewPrivs"), ["1"])

    def test_threads_have_their_names(self):
        program = self.echo("--workers", 2)
        program.wait_for_log(event="start")

        def named():
            tasks = pathlib.Path(f"/proc/{program.pid}/task").iterdir()
            return {"brink/0", "brink/1"} <= {(task / "comm").read_text().strip() for task in tasks}

        wait_until(named, "each thread to say who it is")

    def test_turned_off(self):
        before = status("self", "Seccomp")
        for program in (self.echo("--no-sandbox"),
                        self.run_in(self.folder(), ECHO, "--no-sandbox"),
                        self.run_in(self.folder(), "sandbox = no\n" + ECHO)):
            line = program.wait_for_log(event="sandbox")
            self.assertEqual((line["seccomp"], line["landlock"]), ("no", "no"))
            self.assertEqual(line["reason"], "no-sandbox")
            self.assertEqual(status(program.pid, "Seccomp"), before)

    def reopened_elsewhere(self, *options):
        """Puts another folder into the place of that of the log, and asks for a new log file."""
        folder = self.folder()
        (folder / "log").mkdir()
        log = folder / "log" / "brink.log"
        program = self.run_in(folder, "log-file = log/brink.log\n" + ECHO, *options)
        wait_until(lambda: log.exists() and "event=sandbox" in log.read_text(), "its first lines")
        if "reason=instrumented-build" in log.read_text():
            self.skipTest("this build has no sandbox")
        if "landlock=no" in log.read_text() and not options:
            self.skipTest("this kernel has no landlock")
        (folder / "log").rename(folder / "old")
        (folder / "log").mkdir()
        program.signal(signal.SIGUSR1)
        return folder / "old" / "brink.log", log

    def reload(self, program, folder, text):
        (folder / "brink.conf").write_text(text)
        program.signal(signal.SIGHUP)

    def test_reload_says_what_is_out_of_reach(self):
        """And what is within reach is taken."""
        folder, elsewhere = self.folder(), self.folder()
        program = self.run_in(folder, ECHO)
        self.needs_sandbox(program)
        (elsewhere / "servers").write_text("127.0.0.1:9\n")
        (folder / "servers").write_text("127.0.0.1:9\n")
        more = 'listener "relay" {{ address = {}; upstream = u }}\nupstream "u" {{ file = {} }}\n'
        self.reload(program, folder,
                    ECHO + more.format("127.0.0.1:0", elsewhere / "servers"))
        why = program.wait_for_log(event="reload-failed")["error"]
        self.assertIn(f"{elsewhere} needs a restart or an upgrade: the sandbox lets", why)
        self.reload(program, folder,
                    ECHO + more.format(f"unix:{elsewhere}/socket", folder / "servers"))
        why = program.wait_for_logs(2, event="reload-failed")[1]["error"]
        self.assertIn("lets brink make sockets only", why)
        self.assertEqual(round_trip(self.connect(program), b"as before"), b"as before")
        self.reload(program, folder, ECHO + more.format("127.0.0.1:0", "servers"))
        program.wait_for_log(event="reload")
        program.wait_for_log(event="server-added", server="127.0.0.1:9")

    def test_another_folder_is_out_of_reach(self):
        old, log = self.reopened_elsewhere()
        wait_until(lambda: "event=log-reopen-failed" in old.read_text(), "a failure")
        self.assertIn("Permission denied", old.read_text())
        self.assertFalse(log.exists())

    def test_another_folder_is_not_if_it_is_turned_off(self):
        _, log = self.reopened_elsewhere("--no-sandbox")
        wait_until(log.exists, "a new file")


@unittest.skipIf(os.geteuid() != 0, "only root becomes another user")
class User(SandboxCase):
    def setUp(self):
        self.nobody = pwd.getpwnam("nobody")

    def assert_nobody(self, pid):
        self.assertEqual(status(pid, "Uid"), [str(self.nobody.pw_uid)] * 4)
        self.assertEqual(status(pid, "Gid"), [str(self.nobody.pw_gid)] * 4)
        self.assertEqual(status(pid, "Groups"), [str(self.nobody.pw_gid)])
        self.assertEqual(effective(pid) & ~NET_BIND_SERVICE, 0)

    def test_becomes_it_and_goes_on(self):
        program = self.run_in(self.folder(), "user = nobody\n" + ECHO)
        self.assertEqual(program.wait_for_log(event="sandbox")["user"], "nobody")
        for task in os.listdir(f"/proc/{program.pid}/task"):
            self.assert_nobody(f"{program.pid}/task/{task}")
        self.assertEqual(round_trip(self.connect(program), b"served"), b"served")
        self.assertEqual(program.log(event="root-stays"), [])

    def test_root_that_stays_is_warned_of(self):
        program = self.run_in(self.folder(), ECHO)
        self.assertEqual(program.wait_for_log(event="root-stays")["level"], "warn")
        self.assertEqual(program.log(event="sandbox")[0]["user"], "root")
        self.assertEqual(effective(program.pid) & ~(NET_BIND_SERVICE | DAC_OVERRIDE), 0)

    def test_group(self):
        program = self.run_in(self.folder(), "user = nobody\ngroup = daemon\n" + ECHO)
        program.wait_for_log(event="start")
        self.assertEqual(status(program.pid, "Uid"), [str(self.nobody.pw_uid)] * 4)
        self.assertEqual(status(program.pid, "Gid"), ["1"] * 4)

    def test_files_and_sockets_are_its_own(self):
        folder = self.folder()
        for name in ("run", "access"):
            (folder / name).mkdir()
            shutil.chown(folder / name, "nobody")
        program = self.run_in(folder, "user = nobody\nlog-file = run/brink.log\n"
                              "access-log = access/log\n"
                              f"admin {{ address = unix:{folder}/run/admin.sock }}\n"
                              f'listener "u" {{ address = unix:{folder}/run/echo.sock; '
                              "service = echo }\n")
        log, access = folder / "run" / "brink.log", folder / "access" / "log"
        wait_until(lambda: log.exists() and "event=admin" in log.read_text(), "its first lines")
        for path in (access, *(folder / "run").iterdir()):
            self.assertEqual(path.stat().st_uid, self.nobody.pw_uid, path)
        sock = self.connect(f"unix:{folder}/run/echo.sock")
        self.assertEqual(round_trip(sock, b"served"), b"served")
        self.assertEqual(self.asked(folder / "run" / "admin.sock", "/readyz"), 200)
        log.rename(folder / "run" / "brink.log.1")
        access.rename(folder / "access" / "log.1")
        program.signal(signal.SIGUSR1)
        wait_until(lambda: log.exists() and "event=stats" in log.read_text(), "a new log")
        sock.close()
        wait_until(lambda: "event=close" in access.read_text(), "its access line")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(sorted(os.listdir(folder / "run")), ["brink.log", "brink.log.1"])

    def asked(self, path, what):
        connection = http.client.HTTPConnection("brink")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(path))
        with contextlib.closing(connection):
            connection.request("GET", what)
            return connection.getresponse().status

    def test_low_port(self):
        """Bound by root, and served by who keeps the one right to bind another at a reload."""
        if not can_make():
            self.skipTest("namespaces of the network cannot be made")
        with Network() as network:
            address = f"{network.front}:80"
            program = self.run_in(self.folder(), "user = nobody\n"
                                  f'listener "low" {{ address = {address}; service = echo }}\n',
                                  wrapper=network.wrapper())
            program.wait_for_log(event="start")
            self.assert_nobody(program.pid)
            self.assert_serves(network, address)
            more = f"{network.front}:81"
            path = pathlib.Path(program.arguments[-1])
            path.write_text(path.read_text() +
                            f'listener "more" {{ address = {more}; service = echo }}\n')
            program.signal(signal.SIGHUP)
            program.wait_for_log(event="reload")
            self.assert_serves(network, more)
            self.assert_serves(network, address)

    def assert_serves(self, network, address):
        sock = network.within("clients", wire.connect, address)
        self.addCleanup(sock.close)
        self.assertEqual(round_trip(sock, b"served"), b"served")

    def test_upgrade(self):
        """The new program is started with root's rights, and gives them up as the old one did."""
        program = self.run_in(self.folder(), "user = nobody\n" + ECHO)
        program.wait_for_log(event="start")
        lineage = Lineage(self, program)
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"before"), b"before")
        for times in (2, 3):
            lineage.upgrade()
            program.wait_for_logs(times, event="sandbox", user="nobody")
            self.assert_nobody(lineage.pid)
            self.assertEqual(round_trip(sock, b"after"), b"after")

    def test_user_that_is_not_there(self):
        path = self.folder() / "brink.conf"
        for key, text in (("user", "user = no-such-user\n"),
                          ("group", "user = nobody\ngroup = no-such-group\n")):
            path.write_text(text + ECHO)
            done = self.brink("run", "-c", path, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("event=start-failed", done.stderr)
            self.assertIn(f'no {key} \\"no-such-{key}\\"', done.stderr)
            self.assertNotIn("event=listen", done.stderr)

    def test_user_that_it_may_not_become(self):
        folder = self.folder()
        path = folder / "brink.conf"
        program = shutil.copy(BRINK, folder / "brink")  # where everybody reaches it
        path.write_text("user = daemon\n" + ECHO)
        done = self.command(program, "run", "-c", path, check=False, user="nobody", extra_groups=[])
        self.assertEqual(done.returncode, 1)
        self.assertIn('only root can become the user \\"daemon\\"', done.stderr)
        path.write_text("user = nobody\n" + ECHO)
        served = self.start_program((program, "run", "-c", path), user="nobody",
                                    group=self.nobody.pw_gid, extra_groups=[])
        self.assertEqual(served.wait_for_log(event="sandbox")["user"], "nobody")
        self.assertEqual(round_trip(self.connect(served), b"served"), b"served")


if __name__ == "__main__":
    harness.main()
