"""What is measured: which work, by which programs."""

import dataclasses
import os

KIB, MIB = 1 << 10, 1 << 20

ECHOES = ("bare32", "bare64", "brink")
RELAYS = ("bare32", "bare64", "brink", "brink-raw", "haproxy", "nginx")
SCRAPED = ("unscraped", "scraped")
ALL_RELAYS = (*RELAYS, "rinetd", "socat")
THREADED = ("bare64", "brink", "haproxy", "nginx")
FRAMED_GOALS = ("bare32", "bare64", "brink", "haproxy", "nginx")

CORES = os.cpu_count() or 1


@dataclasses.dataclass(frozen=True)
class Cell:
    """A piece of work, and who does it. `quick`: the programs that a goal compares there."""
    name: str
    service: str
    payload: int
    in_flight: int
    connections: int
    programs: tuple
    quick: tuple = ()
    idle: int = 0
    churn: bool = False
    workers: int = 1

    def open_files(self):
        """What the program under test has open at least."""
        clients = self.connections + self.idle
        return (2 * clients if self.service == "relay" else clients) + 50

    def title(self):
        size = f"{self.payload // MIB} MiB" if self.payload >= MIB else \
            f"{self.payload // KIB} KiB" if self.payload >= KIB else f"{self.payload} B"
        words = [f"{self.service} {size}"]
        if self.churn:
            words += ["a connection for each frame"]
        else:
            words += [f"{self.in_flight} in flight",
                      f"{self.connections:,} connection{'s' if self.connections > 1 else ''}"]
        if self.idle:
            words[-1] += f" busy, {self.idle:,} idle"
        if self.workers > 1:
            words.append(f"{self.workers} workers on all cores")
        return ", ".join(words)


def one_core_cells():
    """In the order they run in: what is compared across cells stands side by side."""
    return [
        Cell("echo-64-1", "echo", 64, 1, 64, ECHOES, ECHOES),
        Cell("echo-64-16", "echo", 64, 16, 64, ECHOES, ECHOES),
        Cell("echo-1k-1-c1000", "echo", KIB, 1, 1000, ECHOES),
        Cell("echo-16k-1", "echo", 16 * KIB, 1, 64, ECHOES),
        Cell("echo-1m-1", "echo", MIB, 1, 8, ECHOES),
        Cell("relay-64-1-c1", "relay", 64, 1, 1, ALL_RELAYS),
        Cell("relay-64-1-idle", "relay", 64, 1, 64, RELAYS, ("brink",), idle=7936),
        Cell("relay-64-1", "relay", 64, 1, 64, ALL_RELAYS, FRAMED_GOALS),
        Cell("relay-64-16", "relay", 64, 16, 64, ALL_RELAYS, FRAMED_GOALS),
        Cell("scraped", "relay", 64, 16, 64, SCRAPED, SCRAPED),
        Cell("relay-1k-16", "relay", KIB, 16, 64, RELAYS),
        Cell("relay-64-1-c1000", "relay", 64, 1, 1000, (*RELAYS, "rinetd")),
        Cell("relay-64-1-c8000", "relay", 64, 1, 8000, RELAYS),
        Cell("relay-16k-1", "relay", 16 * KIB, 1, 64, ALL_RELAYS, FRAMED_GOALS),
        Cell("relay-16k-16", "relay", 16 * KIB, 16, 64, RELAYS),
        Cell("relay-1m-1", "relay", MIB, 1, 8, ALL_RELAYS, FRAMED_GOALS),
        Cell("relay-churn", "relay", 64, 1, 64, ALL_RELAYS, ("brink", "haproxy", "nginx"),
             churn=True),
        Cell("echo-churn", "echo", 64, 1, 64, ECHOES, churn=True),
    ]


def all_cores_cells():
    return [
        Cell("all-64-1", "relay", 64, 1, 64, THREADED, workers=CORES),
        Cell("all-64-16", "relay", 64, 16, 64, THREADED, workers=CORES),
        Cell("all-16k-1", "relay", 16 * KIB, 1, 64, THREADED, workers=CORES),
    ]


def cells():
    return one_core_cells() + (all_cores_cells() if CORES > 1 else [])


# Parts that are not cells: name, what it is, whether a goal needs it.
PARTS = (
    ("memory", "resident bytes per idle connection", True),
    ("calls", "system calls per frame, by name", True),
    ("dispatch", "sharded against shared dispatch, even and skewed load, on all cores", False),
)
IDLE_CONNECTIONS = 4000
MEMORY_PROGRAMS = {"echo": ECHOES[1:], "relay": ("bare64", "brink", "brink-raw", "haproxy", "nginx",
                                                 "rinetd", "socat")}
CALLS_PROGRAMS = {"echo-64-1": ("bare64", "brink"),
                  "relay-64-1": ("bare64", "brink", "haproxy", "nginx", "rinetd")}
