"""brink relay in front of a real PostgreSQL server, asked by psql and pgbench."""

import contextlib
import os
import pwd
import shutil
import signal
import ssl
import struct
import subprocess
import unittest

import harness
from harness import find_program, needs
from programs import wait_until
from wire import ending, read_exactly, unused_address

SSL_REQUEST = struct.pack(">II", 8, 80877103)
GSS_REQUEST = struct.pack(">II", 8, 80877104)
SETTINGS = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
ssl = on
shared_buffers = 16MB
autovacuum = off
"""


def unprivileged():
    """What to put before a command so that it doesn't run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return []
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    raise unittest.SkipTest("no user to run PostgreSQL as")


class Server:
    """A cluster of its own in a temporary folder, trusting whoever comes, with TLS."""

    def __init__(self, case):
        self.case = case
        self.data = case.folder() / "data"
        self.run_as = unprivileged()
        if self.run_as:
            shutil.chown(self.data.parent, int(self.run_as[1].split("=")[1]))
        self.command(find_program("initdb"), "-D", self.data, "-U", "brink", "-A", "trust",
                     "--no-sync", "--no-locale", "-E", "UTF8")
        self.command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=brink",
                     "-keyout", self.data / "server.key", "-out", self.data / "server.crt")
        self.host, self.port = unused_address()
        with open(self.data / "postgresql.conf", "a", encoding="ascii") as settings:
            settings.write(SETTINGS.format(host=self.host, port=self.port, folder=self.data))
        self.start()

    def command(self, *words):
        self.case.command(*self.run_as, *words, cwd="/")

    def start(self):
        log = open(self.data.parent / "log", "wb")
        self.process = subprocess.Popen([*self.run_as, find_program("postgres"), "-D", self.data],
                                        cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        wait_until(self.ready, "PostgreSQL to start")

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError((self.data.parent / "log").read_text())
        return subprocess.run(["pg_isready", "-q", "-h", self.host, "-p", str(self.port)],
                              check=False).returncode == 0

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # without waiting for its clients
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@needs("initdb", "postgres", "psql", "pgbench", "pg_isready", "openssl", "setpriv")
class Postgres(harness.TestCase):
    server = None

    @classmethod
    def setUpClass(cls):
        starter = harness.TestCase()
        cls.addClassCleanup(starter.doCleanups)
        cls.server = Server(starter)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.direct = f"host={self.server.host} port={self.server.port}"
        self.program = self.relay(f"{self.server.host}:{self.server.port}", "--frame", "postgres")
        self.relayed = "host=%s port=%s" % tuple(self.program.address().split(":"))

    def psql(self, where, *words, options="", check=True):
        return self.command("psql", f"{where} user=brink dbname=postgres {options}", "-X", "-A",
                            "-t", *words, check=check)

    def frames(self, count=1):
        """Frames by side, summed over the first `count` connections that have ended."""
        closes = self.program.wait_for_logs(count, event="close")
        for close in closes:
            # A session's ends may cross: each side closes without reading the other's last bytes.
            self.assertRegex(close["reason"], "^(client|upstream)-(closed|reset)$")
        self.assertEqual(self.program.log(event="bad-frame") + self.program.log(event="frame-cut"),
                         [])
        return [sum(int(close[side + "_frames"]) for close in closes)
                for side in ("client", "upstream")]

    def test_kinds_of_session(self):
        query = "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
        for sslmode in ("disable", "prefer", "require"):
            for gssencmode in ("disable", "prefer"):
                options = f"sslmode={sslmode} gssencmode={gssencmode}"
                with self.subTest(options=options):
                    direct = self.psql(self.direct, "-c", query, options=options).stdout
                    self.assertEqual(direct[0], "f" if sslmode == "disable" else "t")
                    relayed = self.psql(self.relayed, "-c", query, options=options).stdout
                    self.assertEqual(relayed, direct)
        self.assertGreater(min(self.frames(6)), 12)

    def startup(self, sock):
        """Logs in over what may be TLS by now, and leaves."""
        body = struct.pack(">I", 196608) + b"user\0brink\0database\0postgres\0\0"
        sock.sendall(struct.pack(">I", len(body) + 4) + body)
        self.assertEqual(read_exactly(sock, 9), b"R\0\0\0\x08\0\0\0\0")
        sock.sendall(b"X\0\0\0\x04")
        ending(sock)
        sock.close()

    def test_ssl_by_hand(self):
        sock = self.connect(self.program)
        sock.sendall(SSL_REQUEST)
        self.assertEqual(read_exactly(sock, 1), b"S")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(sock, suppress_ragged_eofs=True) as secured:
            self.startup(secured)
        self.assertGreater(min(self.frames()), 3)

    def test_all_encryption_refused(self):
        """As PostgreSQL does on a unix socket: two negotiations in a row, each answered by a byte
        outside of any frame, then a startup packet in the clear."""
        path = f"{self.server.data}/.s.PGSQL.{self.server.port}"
        self.program = self.relay(f"unix:{path}", "--frame", "postgres")
        sock = self.connect(self.program)
        for request in (GSS_REQUEST, SSL_REQUEST):
            sock.sendall(request)
            self.assertEqual(read_exactly(sock, 1), b"N")
        self.startup(sock)
        self.assertEqual(self.frames()[0], 4)

    def test_gss_accepted(self):
        """From then on there are 4-byte lengths. The server hangs up on our token."""
        sock = self.connect(self.program)
        sock.sendall(GSS_REQUEST)
        answer = read_exactly(sock, 1)
        if answer != b"G":
            self.skipTest("this PostgreSQL does not know GSSAPI")
        sock.sendall(struct.pack(">I", 300) + bytes(300))
        ending(sock)
        sock.close()
        close = self.program.wait_for_log(event="close")
        self.assertEqual(close["client_frames"], "2")
        self.assertEqual(self.program.log(event="bad-frame"), [])

    def test_frame_counts(self):
        """The numbers are those of the protocol: a startup packet, a Query, a Terminate; back come
        RowDescription, 1000 times DataRow, CommandComplete, ReadyForQuery twice, and so on."""
        done = self.psql(self.relayed, "-c", "select generate_series(1, 1000)",
                         options="sslmode=disable gssencmode=disable")
        self.assertEqual(len(done.stdout.split()), 1000)
        client, upstream = self.frames()
        self.assertEqual(client, 3)
        self.assertGreater(upstream, 1005)
        self.assertLess(upstream, 1040)

    def test_large_result(self):
        query = "select repeat(md5(n::text), 32) from generate_series(1, 50000) n"
        for sslmode in ("disable", "require"):
            with self.subTest(sslmode=sslmode):
                options = f"sslmode={sslmode}"
                direct = self.psql(self.direct, "-c", query, options=options).stdout
                relayed = self.psql(self.relayed, "-c", query, options=options).stdout
                self.assertGreater(len(direct), 50_000_000)
                self.assertTrue(relayed == direct, "not the same result")
        self.frames(2)

    def test_copy_both_ways(self):
        data = self.folder() / "data"
        data.write_text("".join(f"{n}\t{'x' * (n % 3000)}\n" for n in range(5000)))
        script = ("create temp table t (a int, b text)", f"\\copy t from {data}",
                  "select count(*), sum(length(b)) from t", "copy t to stdout")
        words = [word for line in script for word in ("-c", line)]
        direct = self.psql(self.direct, *words).stdout
        self.assertEqual(self.psql(self.relayed, *words).stdout, direct)
        self.frames()

    def test_errors_are_the_same(self):
        for query in ("select 1/0", "select * from nowhere", "gibberish"):
            direct = self.psql(self.direct, "-c", query, check=False).stderr
            relayed = self.psql(self.relayed, "-c", query, check=False).stderr
            self.assertIn("ERROR", direct)
            self.assertEqual(relayed, direct)
        wrong = "dbname=nowhere connect_timeout=10"
        self.assertIn("does not exist", self.psql(self.relayed, options=wrong, check=False).stderr)

    def test_cancel(self):
        """A cancel request is a connection of its own, with one frame and no answer."""
        where = f"{self.relayed} user=brink dbname=postgres application_name=sleeper"
        client = subprocess.Popen(["psql", where, "-X", "-c", "select pg_sleep(30)"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(client.wait, 10)
        self.addCleanup(client.kill)
        active = ("select count(*) from pg_stat_activity where state = 'active' "
                  "and application_name = 'sleeper'")
        wait_until(lambda: self.psql(self.direct, "-c", active).stdout == "1\n", "the query")
        client.send_signal(signal.SIGINT)
        _, complaint = client.communicate(timeout=10)
        self.assertIn("canceling statement due to user request", complaint)

    def test_pgbench(self):
        bench = ["pgbench", "-U", "brink", "-h", None, "-p", None, "postgres"]
        bench[4], bench[6] = self.program.address().split(":")
        self.command(*bench, "-i", "-q", "-s", "1", "--no-vacuum")
        done = self.command(*bench, "-n", "-c", "8", "-j", "2", "-T", "3")
        self.assertIn("number of failed transactions: 0 (0.000%)", done.stdout)
        done = self.command(*bench, "-n", "-S", "-M", "prepared", "-c", "8", "-j", "2", "-t", "300")
        self.assertIn("number of transactions actually processed: 2400/2400", done.stdout)
        self.assertGreater(min(self.frames(19)), 2400)


if __name__ == "__main__":
    harness.main()
