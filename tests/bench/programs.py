"""The programs that are compared, and how each is started and tuned.

All of them: TCP_NODELAY, deadlines of an hour, no log, room for 9,000 clients (or what the limit of
open files allows), a backlog of 4,096, and the buffer size they ship with.
"""

import dataclasses
import glob
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys

from processes import Failed, NotMeasurable, free_port, wait_until_accepts, wait_until_said

OPEN_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
CLIENTS = 9000 if OPEN_FILES == resource.RLIM_INFINITY else min(9000, (OPEN_FILES - 1000) // 2)
BACKLOG = 4096
HOST = "127.0.0.1"
SCRAPES = 10  # times a second
ATTEMPTS = 3  # at a port that somebody else takes in between


def find_program(name):
    """Like `which`, and also where Debian puts servers."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin",
                                                    "/usr/sbin", "/sbin"]))


def bare_start(kib):
    def start(setup, stage, service, workers, upstream):
        where = ["relay", upstream] if service == "relay" else [service]
        child = stage.start([setup.bare, kib, workers, *where], setup.cores(workers))
        line = child.lines.next(10)
        if line is None:
            raise Failed(f"the bare loop did not start: {child.complaint()}")
        return child, int(line)
    return start


def at_free_port(words):
    """A start function for a program whose arguments `words` gives, when told the port."""
    def start(setup, stage, service, workers, upstream):
        for attempt in range(ATTEMPTS):
            port = free_port()
            child = stage.start(words(setup, stage, service, workers, port, upstream),
                                setup.cores(workers))
            try:
                wait_until_accepts(child, port)
                return child, port
            except NotMeasurable:
                raise
            except Failed:
                if attempt == ATTEMPTS - 1:
                    raise
    return start


def brink_words(*options):
    def words(setup, _stage, service, workers, port, upstream):
        to = ["--to", f"{HOST}:{upstream}"] if service == "relay" else []
        return [setup.brink, service, "--listen", f"{HOST}:{port}", *to, "--workers", workers,
                "--max-clients", CLIENTS, "--idle-timeout", "1h", "--log-level", "error", *options]
    return words


def needed(name):
    path = find_program(name)
    if path is None:
        raise NotMeasurable(f"{name} is not installed")
    return path


def haproxy_words(_setup, stage, _service, workers, port, upstream):
    config = stage.write("haproxy.cfg", f"""\
global
    nbthread {workers}
    maxconn {CLIENTS}
defaults
    mode tcp
    maxconn {CLIENTS}
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen relay
    bind {HOST}:{port} backlog {BACKLOG}
    server upstream {HOST}:{upstream}
""")
    return [needed("haproxy"), "-db", "-q", "-f", config]


def nginx_words(_setup, stage, _service, workers, port, upstream):
    module = sorted(glob.glob("/usr/lib*/nginx/modules/ngx_stream_module.so"))
    load = f"load_module {module[0]};" if module else ""
    user = "user root;" if os.geteuid() == 0 else ""
    many = "reuseport" if workers > 1 else ""
    config = stage.write("nginx.conf", f"""\
{load}
{user}
daemon off;
worker_processes {workers};
worker_rlimit_nofile {2 * CLIENTS + 900};
pid {stage.folder}/nginx.pid;
error_log {stage.folder}/nginx.log crit;
events {{ worker_connections {2 * CLIENTS + 500}; }}
stream {{
    access_log off;
    server {{
        listen {HOST}:{port} backlog={BACKLOG} {many};
        proxy_pass {HOST}:{upstream};
        proxy_connect_timeout 5s;
        proxy_timeout 1h;
        tcp_nodelay on;
    }}
}}
""")
    return [needed("nginx"), "-p", stage.folder, "-e", f"{stage.folder}/nginx.log", "-c", config]


def rinetd_words(_setup, stage, _service, _workers, port, upstream):
    config = stage.write("rinetd.conf", f"{HOST} {port} {HOST} {upstream}\n")
    return [needed("rinetd"), "-f", "-c", config]


def socat_words(_setup, _stage, _service, _workers, port, upstream):
    return [needed("socat"),
            f"TCP4-LISTEN:{port},bind={HOST},reuseaddr,fork,nodelay,backlog={BACKLOG}",
            f"TCP4:{HOST}:{upstream},nodelay"]


def figures_words(setup, stage, _service, workers, port, upstream):
    """The framed relay of brink_words, with an address for figures."""
    config = stage.write("brink.conf", f"""\
workers = {workers}
max-clients = {CLIENTS}
log-level = error
admin {{ address = "unix:{stage.folder}/admin.sock" }}
listener "l" {{ address = {HOST}:{port}; upstream = u; idle-timeout = 1h }}
upstream "u" {{ server = {HOST}:{upstream} }}
""")
    return [setup.brink, "run", "-c", config]


def scraped_start(setup, stage, service, workers, upstream):
    """Somebody reads the figures, beside the load."""
    child, port = at_free_port(figures_words)(setup, stage, service, workers, upstream)
    reader = stage.start([sys.executable, pathlib.Path(__file__).with_name("scrape.py"),
                          stage.folder / "admin.sock", SCRAPES], setup.load_cores(workers))
    wait_until_said(reader, "reading")
    return child, port


@dataclasses.dataclass(frozen=True)
class Program:
    label: str
    start: object
    most: int = CLIENTS   # connections at a time
    why: str = "the limit of open files"
    family: str = "peer"  # or brink, bare: how charts colour it


PROGRAMS = {
    "bare32": Program("bare loop, 32 KiB", bare_start(32), family="bare"),
    "bare64": Program("bare loop, 64 KiB", bare_start(64), family="bare"),
    "brink": Program("brink", at_free_port(brink_words()), family="brink"),
    "brink-raw": Program("brink, raw", at_free_port(brink_words("--frame", "raw")), family="brink"),
    "unscraped": Program("brink, figures not read", at_free_port(figures_words), family="brink"),
    "scraped": Program(f"brink, figures read {SCRAPES} times a second", scraped_start,
                       family="brink"),
    "haproxy": Program("HAProxy", at_free_port(haproxy_words)),
    "nginx": Program("nginx stream", at_free_port(nginx_words)),
    "rinetd": Program("rinetd", at_free_port(rinetd_words), 500,
                      "it waits by select(), for 1,024 descriptors"),
    "socat": Program("socat", at_free_port(socat_words), 64,
                     "it forks a process for each connection"),
}


def dispatch_program(kind):
    return Program(f"brink, {kind}", at_free_port(brink_words("--dispatch", kind)), family="brink")


VERSIONS = {  # how each tells its version
    "brink": ("--version", r"([\d.]+)"), "haproxy": ("-v", r"version (\S+)"),
    "nginx": ("-v", r"nginx/(\S+)"), "rinetd": ("-v", r"rinetd (\S+)"),
    "socat": ("-V", r"version (\S+)"),
}


def version(name, path):
    if path is None:
        return "not installed"
    option, pattern = VERSIONS[name]
    done = subprocess.run([path, option], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    match = re.search(pattern, done.stdout)
    return match.group(1) if match else "unknown"


def versions(brink):
    return {name: version(name, brink if name == "brink" else find_program(name))
            for name in VERSIONS}
