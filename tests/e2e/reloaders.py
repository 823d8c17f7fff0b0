"""HAProxy and nginx as operators reload them without a gap: the new process gets the sockets that
listen, and the old one has some time to finish what it has. `defer` is like addCleanup."""

import glob
import os
import pathlib
import signal
import socket
import subprocess

from harness import find_program
from programs import wait_until
from settings import WAIT
from wire import unused_address

HAPROXY = """
global
    stats socket {folder}/admin.sock mode 600 level admin expose-fd listeners
    hard-stop-after {patience}s
    maxconn 4000
    nbthread 1
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen relay
    bind {address} backlog 4096
    server upstream {upstream}
"""
NGINX = """
{load}
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 8000;
worker_shutdown_timeout {patience}s;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 4000; }}
stream {{
    access_log off;
    server {{
        listen {address} backlog=4096;
        proxy_pass {upstream};
        proxy_timeout 1h;
        tcp_nodelay on;
    }}
}}
"""


def children(pid):
    return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


class Reloader:
    """A master process and its workers."""

    def __init__(self, name, folder, text, words, number, upstream, defer, patience):
        self.name = name
        self._number = number
        host, port = unused_address()
        self.address = f"{host}:{port}"
        path = folder / f"{name}.conf"
        path.write_text(text.format(folder=folder, address=self.address, upstream=upstream,
                                    patience=patience, load=_module(),
                                    user="user root;" if os.geteuid() == 0 else ""))
        self._log = folder / f"{name}.log"
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                [find_program(name), *words(folder, path)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)
        defer(self.end)
        wait_until(self._accepts, f"{name} to accept")

    def _accepts(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} has ended: {self._log.read_text()}")
        host, port = self.address.split(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def reload(self):
        """Returns once there is a new worker."""
        before = children(self.process.pid)
        self.process.send_signal(self._number)
        wait_until(lambda: children(self.process.pid) - before, f"a new worker of {self.name}")

    def wait_for_old_workers(self):
        """Until the last worker is the only one."""
        wait_until(lambda: len(children(self.process.pid)) == 1,
                   f"the old workers of {self.name} to end", 3 * WAIT)

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(WAIT)


def _module():
    module = sorted(glob.glob("/usr/lib*/nginx/modules/ngx_stream_module.so"))
    return f"load_module {module[0]};" if module else ""


def haproxy(folder, upstream, defer, patience=5):
    """Old workers are given so many seconds for what they have."""
    return Reloader("haproxy", folder, HAPROXY, lambda _, path: ["-W", "-q", "-f", path],
                    signal.SIGUSR2, upstream, defer, patience)


def nginx(folder, upstream, defer, patience=5):
    return Reloader("nginx", folder, NGINX,
                    lambda folder, path: ["-p", folder, "-e", folder / "nginx.log", "-c", path],
                    signal.SIGHUP, upstream, defer, patience)
