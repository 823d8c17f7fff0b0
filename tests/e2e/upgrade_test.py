"""SIGUSR2: a new program takes over, with all that the old one has; or it does not, and nothing has
happened."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import unittest

import harness
from lineage import Lineage, runs
from programs import echo_bytes, wait_until
from settings import BRINK, DISPATCH, SANITIZED, WAIT
from systemd_test import PASS, Manager
from traffic import flowing
from wire import (connect, ending, frame, listening_socket, payload, read_exactly, read_to_end,
                  round_trip)

CONF = """
{top}
upgrade-timeout = {timeout}
listener "l" {{ address = {address}; upstream = u }}
upstream "u" {{ server = {server} }}
"""


def children(pid):
    return [int(word) for word in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class UpgradeCase(harness.TestCase):
    def lineage(self, program):
        return Lineage(self, program)

    def installed(self):
        """A copy of the program that the test may replace."""
        path = self.folder() / "brink"
        shutil.copy2(BRINK, path)
        return path

    def relay_of(self, binary, server, timeout="30s", top="", address="127.0.0.1:0"):
        """Runs that file with a configuration; the program and the configuration's path."""
        path = self.folder() / "brink.conf"
        path.write_text(CONF.format(timeout=timeout, address=address, server=server, top=top))
        program = self.start_program([binary, "run", "-c", path])
        program.wait_for_log(event="start")
        return program, path

    def assert_closed_well(self, program, count):
        """The last lines tell who left how."""
        stops = program.wait_for_logs(count, event="stop")
        for stop in stops:
            self.assertEqual((stop["drained"], stop["frames_cut"]), ("yes", "0"))
        return stops


class Works(UpgradeCase):
    def test_clients_and_counts(self):
        upstream = self.upstream(echo_bytes)
        program = self.relay(upstream.address)
        lineage = self.lineage(program)
        socks = [self.connect(program) for _ in range(20)]
        for number, sock in enumerate(socks):
            self.assertEqual(round_trip(sock, payload(number)), payload(number))
        first = lineage.pid
        second = lineage.upgrade()
        self.assertNotEqual(first, second)
        for number, sock in enumerate(socks):
            self.assertEqual(round_trip(sock, payload(number + 7)), payload(number + 7))
        late = self.connect(program)
        self.assertEqual(round_trip(late, b"late"), b"late")
        self.assertEqual(upstream.accepted, 21)  # theirs are the same, too
        (stop,) = self.assert_closed_well(program, 1)
        self.assertEqual(stop["handed_over"], "20")
        self.assertEqual(stop["accepted"], "20")
        for sock in socks:
            sock.close()
        closes = program.wait_for_logs(20, event="close", reason="client-closed")
        self.assertEqual({close["client_frames"] for close in closes}, {"2"})

    def test_again_and_again(self):
        program = self.echo()
        lineage = self.lineage(program)
        with flowing(self, program.address(), 20) as traffic:
            for _ in range(5):
                lineage.upgrade()
                traffic.wait_for_rounds()
        self.assertEqual(len(set(lineage.pids)), 6)
        stops = self.assert_closed_well(program, 5)
        self.assertEqual({stop["handed_over"] for stop in stops}, {"20"})

    def test_a_client_within_a_frame_follows(self):
        program = self.relay(self.echo().address())
        lineage = self.lineage(program)
        sock = self.connect(program)
        whole = frame(payload(100_000))
        sock.sendall(whole[:50_000])
        self.assertEqual(read_exactly(sock, 4), whole[:4])
        first = lineage.pid
        lineage.begin_upgrade()
        self.assertTrue(runs(first))
        sock.sendall(whole[50_000:])
        self.assertEqual(read_exactly(sock, 100_000), whole[4:])
        self.assertEqual(lineage.wait(first), 0)
        self.assertEqual(round_trip(sock, b"the next"), b"the next")
        self.assertEqual(self.assert_closed_well(program, 1)[0]["handed_over"], "1")

    def test_one_that_never_ends_its_frame(self):
        """It had its time: the old program says so by 3, and the new one goes on."""
        program = self.relay(self.echo().address(), "--drain-timeout", "300ms")
        lineage = self.lineage(program)
        sock, other = self.connect(program), self.connect(program)
        sock.sendall(frame(bytes(1000))[:500])
        read_exactly(sock, 4)
        self.assertEqual(round_trip(other, b"other"), b"other")
        first = lineage.pid
        lineage.begin_upgrade()
        self.assertEqual(ending(sock), "reset")
        self.assertEqual(lineage.wait(first), 3)
        self.assertEqual(round_trip(other, b"goes on"), b"goes on")
        self.assertEqual(program.wait_for_log(event="stop")["drain_cut"], "1")

    def test_who_waits_in_the_queue_is_served(self):
        """Of the kernel: beyond the limit of clients, and nobody of them is refused."""
        program = self.echo("--max-clients", 5, "--workers", 1)
        lineage = self.lineage(program)
        inside = [self.connect(program) for _ in range(5)]
        for sock in inside:
            self.assertEqual(round_trip(sock, b"in"), b"in")
        waiting = [self.connect(program) for _ in range(5)]
        lineage.upgrade()
        for sock in inside:
            sock.close()
        for sock in waiting:
            self.assertEqual(round_trip(sock, b"served"), b"served")

    def test_unix_listener(self):
        path = self.folder() / "socket"
        program = self.echo(listen=f"unix:{path}")
        lineage = self.lineage(program)
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        lineage.upgrade()
        self.assertEqual(round_trip(sock, b"there"), b"there")
        self.assertEqual(round_trip(self.connect(program), b"new"), b"new")
        os.kill(lineage.pid, signal.SIGTERM)
        self.assertEqual(lineage.wait(lineage.pid), 0)
        self.assertFalse(path.exists())

    def test_sigterm_after_it_ends_the_new_one(self):
        program = self.echo()
        lineage = self.lineage(program)
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        lineage.upgrade()
        os.kill(lineage.pid, signal.SIGTERM)
        self.assertEqual(ending(sock), "fin")
        self.assertEqual(lineage.wait(lineage.pid), 0)

    def test_it_is_the_file_at_that_path_that_runs(self):
        """A package manager puts a new file in the place of the old one."""
        binary = self.installed()
        program, _ = self.relay_of(binary, self.echo().address())
        lineage = self.lineage(program)
        shutil.copy2(BRINK, binary.with_name("new"))
        os.replace(binary.with_name("new"), binary)
        old = os.stat(f"/proc/{lineage.pid}/exe").st_ino
        lineage.upgrade()
        new = os.stat(f"/proc/{lineage.pid}/exe").st_ino
        self.assertNotEqual(old, new)
        self.assertEqual(os.stat(binary).st_ino, new)

    def test_the_configuration_is_the_new_one(self):
        program, path = self.relay_of(self.installed(), self.echo().address())
        lineage = self.lineage(program)
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        path.write_text(path.read_text() + 'listener "m" { address = 127.0.0.1:0; upstream = u }\n')
        lineage.upgrade()
        address = program.wait_for_logs(3, event="listen")[2]["address"]
        self.assertEqual(round_trip(self.connect(address), b"new"), b"new")
        self.assertEqual(round_trip(sock, b"hello"), b"hello")

    def test_passed_sockets_by_name(self):
        """LISTEN_FDS of systemd: they come from the old program, who may be gone."""
        listener, address = listening_socket()
        with listener:
            words = [sys.executable, "-c", PASS, 1, listener.fileno(), BRINK, "echo", *DISPATCH,
                     "--listen", "fd:web"]
            program = self.start_program(words, pass_fds=[listener.fileno()],
                                         env={**os.environ, "LISTEN_FDNAMES": "web"})
            program.wait_for_log(event="start")
        lineage = self.lineage(program)
        sock = self.connect(address)
        self.assertEqual(round_trip(sock, b"by name"), b"by name")
        for _ in range(3):
            lineage.upgrade()
            self.assertEqual(round_trip(sock, b"still"), b"still")
            self.assertEqual(round_trip(self.connect(address), b"new"), b"new")


class Admin(UpgradeCase):
    """Its sockets are handed on, too: there is always somebody who answers."""

    def asked(self, address):
        with connect(address) as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return read_to_end(sock)

    def assert_answers(self, address):
        self.assertTrue(self.asked(address).startswith(b"HTTP/1.1 200 "), address)

    def served(self, addresses):
        program, path = self.relay_of(self.installed(), self.echo().address(),
                                      top=f"admin {{ address = {addresses} }}")
        return program, path, Lineage(self, program)

    def test_unix_socket(self):
        where = self.folder() / "admin.sock"
        program, _, lineage = self.served(f"unix:{where}")
        self.assert_answers(f"unix:{where}")
        inode = where.stat().st_ino
        for _ in range(3):
            lineage.upgrade()
            self.assert_answers(f"unix:{where}")
            self.assertEqual(where.stat().st_ino, inode)
        os.kill(lineage.pid, signal.SIGTERM)
        self.assertEqual(lineage.wait(lineage.pid), 0)
        self.assertFalse(where.exists())

    def test_the_kernels_choice_of_a_port_stays(self):
        program, _, lineage = self.served("127.0.0.1:0")
        address = program.wait_for_log(event="admin")["address"]
        lineage.upgrade()
        self.assertEqual(program.wait_for_logs(2, event="admin")[1]["address"], address)
        self.assert_answers(address)

    def test_one_that_is_not_wanted_any_more_goes(self):
        where = self.folder() / "admin.sock"
        program, path, lineage = self.served(f"unix:{where}")
        path.write_text(path.read_text().replace(str(where), f"{where}.new"))
        lineage.upgrade()
        self.assertFalse(where.exists())
        self.assert_answers(f"unix:{where}.new")

    def test_an_upgrade_that_fails_leaves_it(self):
        where = self.folder() / "admin.sock"
        program, path, _ = self.served(f"unix:{where}")
        path.write_text(path.read_text().replace("server = ", "server = nowhere.invalid:1 # "))
        program.signal(signal.SIGUSR2)
        program.wait_for_log(event="upgrade-failed")
        self.assert_answers(f"unix:{where}")

    def test_by_command(self):
        where = self.folder() / "admin.sock"
        program, path, lineage = self.served(f"unix:{where}")
        good = path.read_text()
        path.write_text("nonsense = 1\n")
        done = self.brink("ctl", "upgrade", "--socket", f"unix:{where}", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("its configuration has errors", done.stdout + done.stderr)
        path.write_text(good)
        self.brink("ctl", "upgrade", "--socket", f"unix:{where}")
        lineage.take_up()
        self.assertEqual(lineage.wait(program.pid), 0)
        self.assert_answers(f"unix:{where}")

    def test_no_request_is_refused_meanwhile(self):
        where = self.folder() / "admin.sock"
        program, _, lineage = self.served(f"unix:{where}")
        done = threading.Event()

        def ask():
            count = 0
            while not done.is_set():
                self.assert_answers(f"unix:{where}")
                count += 1
            return count

        join = self.thread(ask)
        for _ in range(3):
            lineage.upgrade()
        done.set()
        self.assertGreater(join(), 3)


@unittest.skipIf(os.geteuid() != 0, "needs root")
class Rights(UpgradeCase):
    def test_each_begins_with_all_rights_and_gives_them_up(self):
        """It reads what only root may."""
        folder = self.folder()
        folder.chmod(0o700)
        path = folder / "brink.conf"
        path.write_text(CONF.format(timeout="30s", address="127.0.0.1:0", server=self.echo().address(),
                                    top="user = nobody"))
        program = self.start_program([BRINK, "run", "-c", path])
        program.wait_for_log(event="start")
        lineage = self.lineage(program)
        sock = self.connect(program)
        self.assertEqual(round_trip(sock, b"hello"), b"hello")
        nobody = pwd.getpwnam("nobody").pw_uid
        for _ in range(3):
            lineage.upgrade()
            self.assertEqual(os.stat(f"/proc/{lineage.pid}").st_uid, nobody)
            self.assertEqual(round_trip(sock, b"hello"), b"hello")
            self.assertEqual(round_trip(self.connect(program), b"new"), b"new")


class Fails(UpgradeCase):
    def failed(self, program, count=1):
        """The error of an upgrade that has failed; the program serves as before."""
        program.signal(signal.SIGUSR2)
        error = program.wait_for_logs(count, event="upgrade-failed")[-1]["error"]
        self.assertTrue(program.running())
        self.assertEqual(round_trip(self.sock, b"as before"), b"as before")
        self.assertEqual(round_trip(self.connect(program), b"new"), b"new")
        return error

    def served(self, **options):
        binary = self.installed()
        program, path = self.relay_of(binary, self.echo().address(), **options)
        self.sock = self.connect(program)
        self.assertEqual(round_trip(self.sock, b"hello"), b"hello")
        return program, binary, path

    def test_bad_configuration(self):
        program, _, path = self.served()
        good = path.read_text()
        path.write_text(good + "nonsense = 1\n")
        for count in (1, 2, 3):
            self.assertIn("its configuration has errors", self.failed(program, count))
        self.assertTrue(any("unknown key" in line or "nonsense" in line for line in program.lines))
        path.write_text(good)
        Lineage(self, program).upgrade()
        self.assertEqual(round_trip(self.sock, b"at last"), b"at last")

    def test_binary_missing(self):
        program, binary, _ = self.served()
        binary.unlink()
        self.assertIn("No such file", self.failed(program))

    def replace(self, binary, script):
        """With a script; the file that runs cannot be written to."""
        new = binary.with_name("new")
        new.write_text(script)
        new.chmod(0o755)
        os.replace(new, binary)

    def test_binary_that_cannot_be_run(self):
        program, binary, _ = self.served()
        self.replace(binary, "no program\n")
        self.assertIn("Exec format error", self.failed(program))
        binary.chmod(0o644)
        self.assertIn("Permission denied", self.failed(program, 2))

    def test_binary_that_says_nothing(self):
        program, binary, _ = self.served(timeout="200ms")
        here = binary.with_name("pid")
        self.replace(binary, f"#!/bin/sh\necho $$ > {here}\nexec sleep 1000\n")
        error = self.failed(program)
        self.assertNotIn("it ended", error)
        pid = int(here.read_text())
        wait_until(lambda: not runs(pid), "it to be killed")

    def test_binary_that_ends(self):
        program, binary, _ = self.served()
        for count, (script, what) in enumerate((("exit 0", "ended with status 0"),
                                                ("kill -SEGV $$", "signal 11"),
                                                ("exit 2", "command line")), 1):
            self.replace(binary, f"#!/bin/sh\n{script}\n")
            self.assertIn(what, self.failed(program, count))

    def test_a_second_signal_meanwhile_is_refused(self):
        program, binary, _ = self.served(timeout="2s")
        self.replace(binary, "#!/bin/sh\nexec sleep 1000\n")
        program.signal(signal.SIGUSR2)
        program.wait_for_log(event="signal", signal="SIGUSR2")
        program.signal(signal.SIGUSR2)
        self.assertIn("going on already", program.wait_for_log(event="upgrade-refused")["error"])
        program.wait_for_log(event="upgrade-failed")

    def test_sigterm_meanwhile_drains_as_usual(self):
        program, binary, _ = self.served(timeout="1h")
        self.replace(binary, "#!/bin/sh\nexec sleep 1000\n")
        program.signal(signal.SIGUSR2)
        program.wait_for_log(event="signal", signal="SIGUSR2")
        program.signal(signal.SIGTERM)
        self.assertEqual(ending(self.sock), "fin")
        self.assertEqual(program.wait(), 0)
        program.wait_for_log(event="upgrade-failed")

    def test_once_it_stops_there_is_none(self):
        program, _, _ = self.served()
        self.sock.sendall(frame(bytes(100))[:50])
        read_exactly(self.sock, 4)
        program.signal(signal.SIGTERM)
        program.wait_for_log(event="signal", signal="SIGTERM")
        program.signal(signal.SIGUSR2)
        self.assertIn("about to end", program.wait_for_log(event="upgrade-failed")["error"])
        self.sock.sendall(frame(bytes(100))[50:])
        self.assertEqual(program.wait(), 0)


class Launcher(UpgradeCase):
    def test_it_is_small_and_ends_with_the_program(self):
        program = subprocess.Popen([BRINK, "echo", "--listen", "127.0.0.1:0"],
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.stderr.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        for line in program.stderr:
            if "event=start" in line:
                break
        (launcher,) = children(program.pid)
        self.assertEqual(pathlib.Path(f"/proc/{launcher}/comm").read_text(), "brink-launcher\n")
        if not SANITIZED:
            rollup = pathlib.Path(f"/proc/{launcher}/smaps_rollup").read_text()
            (dirty,) = [int(line.split()[1]) for line in rollup.splitlines()
                        if line.startswith("Private_Dirty:")]
            self.assertLess(dirty, 400)
        program.kill()
        program.wait(WAIT)
        wait_until(lambda: not runs(launcher), "the launcher to end")

    def test_signals_to_the_group_do_not_end_it(self):
        program = self.start("echo", "--listen", "127.0.0.1:0", start_new_session=True)
        program.wait_for_log(event="start")
        (launcher,) = children(program.pid)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2):
            os.kill(launcher, number)
        lineage = self.lineage(program)
        lineage.upgrade()
        os.killpg(program.pid, signal.SIGINT)  # Ctrl-C
        self.assertEqual(lineage.wait(lineage.pid), 0)

    def test_without_it_there_are_no_upgrades(self):
        program = self.echo()
        (launcher,) = children(program.pid)
        os.kill(launcher, signal.SIGKILL)
        program.signal(signal.SIGUSR2)
        self.assertIn("restart brink", program.wait_for_log(event="upgrade-failed")["error"])
        self.assertEqual(round_trip(self.connect(program), b"serves"), b"serves")


class Systemd(UpgradeCase):
    def test_the_manager_is_told_who_the_service_is(self):
        manager = Manager(str(self.folder() / "notify"))
        self.addCleanup(manager.socket.close)
        program = self.echo(env={**manager.environment, "WATCHDOG_USEC": "400000",
                                 "WATCHDOG_PID": "1"})
        self.assertEqual(manager.until("READY")["MAINPID"], str(program.pid))
        lineage = self.lineage(program)
        lineage.upgrade()
        told = [manager.until("MAINPID"), manager.until("MAINPID")]  # by both, in any order
        self.assertEqual({state["MAINPID"] for state in told}, {str(lineage.pid)})
        self.assertEqual(sum("READY" in state for state in told), 1)
        os.kill(lineage.pid, signal.SIGTERM)
        self.assertEqual(manager.until("STOPPING")["STOPPING"], "1")
        self.assertEqual(lineage.wait(lineage.pid), 0)


if __name__ == "__main__":
    harness.main()
