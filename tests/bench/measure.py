"""One run each: CPU and latency under a load, memory of idle connections, system calls."""

import contextlib
import dataclasses
import json
import os
import re
import signal
import socket
import time

from processes import Failed, NotMeasurable, Stage, anonymous_bytes, cpu, tree, wait_until_said
from programs import PROGRAMS, find_program

READY_SECONDS = 30  # for 8,000 connections to open, on a busy machine; and for a load to end
FRAME = (64).to_bytes(4, "little") + bytes(64)
CALL = re.compile(r"^(?:\d+ +)?(\d+\.\d+) (\w+)\(")


@dataclasses.dataclass(frozen=True)
class Setup:
    """Where the programs are, and the cores: what is measured has one to itself."""
    brink: str
    bare: str
    seconds: float
    everywhere: frozenset
    measured: frozenset

    def cores(self, workers):
        return self.everywhere if workers > 1 else self.measured

    def load_cores(self, workers):
        rest = self.everywhere - self.measured
        return rest if workers == 1 and rest else self.everywhere


def setup(brink, bare, seconds):
    everywhere = frozenset(os.sched_getaffinity(0))
    return Setup(brink, bare, seconds, everywhere, frozenset([max(everywhere)]))


def start_upstream(config, stage, workers):
    """A bare echo beside the load."""
    child = stage.start([config.bare, 64, workers, "echo"], config.load_cores(workers))
    line = child.lines.next(10)
    if line is None:
        raise Failed(f"the upstream did not start: {child.complaint()}")
    return int(line)


def start_program(config, stage, program, service, workers):
    upstream = start_upstream(config, stage, workers) if service == "relay" else None
    return program.start(config, stage, service, workers, upstream)


def start_load(config, stage, port, cell, seconds):
    words = [config.brink, "load", f"127.0.0.1:{port}", "-c", cell.connections,
             "-p", cell.in_flight, "-s", cell.payload, "-d", f"{round(seconds * 1000)}ms",
             "-t", cell.workers, "--timeout", f"{READY_SECONDS}s", "--json"]
    if cell.idle:
        words += ["--idle", cell.idle]
    if cell.churn:
        words += ["--churn", 1]
    return stage.start(words, config.load_cores(cell.workers))


def event(load, name, seconds):
    """The load's line of that event; others before it are its progress."""
    deadline = time.monotonic() + seconds
    while (line := load.lines.next(deadline - time.monotonic())) is not None:
        found = json.loads(line)
        if found.get("event") == name:
            return found
    raise Failed(f"the load gave no {name}: {load.complaint()}")


def check(result):
    """A run whose load had a failure is none."""
    for key in ("errors", "different"):
        if result.get(key):
            raise Failed(f"{key} {result[key]} of {result.get('frames')} frames: "
                         f"{result.get('reasons')}")
    if not result.get("frames"):
        raise Failed("no frame came back")


def per_frame(before, after, result):
    """CPU a frame. User and system are told apart by clock ticks, too few in a run to divide by."""
    frames = result["frames"]
    total, user, system = (late - early for early, late in zip(before, after))
    return {
        "cpu_ns": total / frames,
        "user_ticks": user,
        "system_ticks": system,
        "frames_per_second": frames / result["seconds"],
        "frames": frames,
        "seconds": result["seconds"],
        "latency_ns": result["latency_ns"],
        "load_cpu_ns": sum(result["cpu_ns"].values()) / frames,
    }


def bears(program, connections):
    if connections > program.most:
        raise NotMeasurable(f"bears no more than {program.most} connections: {program.why}")


def run_load(config, cell, program):
    """A run of `program`, a Program, at `cell`. CPU is counted from the moment when all connections
    stand and have been used once to the moment when the last frame is back."""
    bears(program, cell.connections + cell.idle)
    with Stage() as stage:
        child, port = start_program(config, stage, program, cell.service, cell.workers)
        load = start_load(config, stage, port, cell, config.seconds)
        event(load, "ready", READY_SECONDS)
        before = cpu(child.pid)
        result = event(load, "result", config.seconds + READY_SECONDS)
        after = cpu(child.pid)
        if not child.running():
            raise Failed(f"it did not survive: {child.complaint()}")
        check(result)
        return per_frame(before, after, result)


def round_trip(sock):
    sock.sendall(FRAME)
    left = len(FRAME)
    while left:
        got = len(sock.recv(left))
        if not got:
            raise Failed("a connection was closed before its frame came back")
        left -= got


FIRST = 32  # connections before memory is counted


def run_memory(config, service, name, connections):
    """Resident bytes per idle connection: after a round trip each, less what the program had after
    the first few, which touch what all use. And how many connections it was."""
    program = PROGRAMS[name]
    connections = min(connections, program.most)
    with Stage() as stage, contextlib.ExitStack() as clients:
        child, port = start_program(config, stage, program, service, 1)

        def connect():
            sock = clients.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            round_trip(sock)

        for _ in range(min(FIRST, connections)):
            connect()
        before = anonymous_bytes(child.pid)
        for _ in range(connections):
            connect()
        after = anonymous_bytes(child.pid)
    return (after - before) / connections, connections


def count_calls(lines, start, end):
    """Calls by name that began between two moments, from strace's lines with -ttt."""
    found = {}
    for line in lines:
        match = CALL.match(line)
        if match and start <= float(match[1]) < end:
            found[match[2]] = found.get(match[2], 0) + 1
    return found


def run_calls(config, cell, name, seconds):
    """System calls per frame by name, by strace, which slows the program: it is not timed."""
    strace = find_program("strace")
    if strace is None:
        raise NotMeasurable("strace is not installed")
    with Stage() as stage:
        child, port = start_program(config, stage, PROGRAMS[name], cell.service, cell.workers)
        trace = stage.folder / "trace"
        pids = [word for pid in tree(child.pid) for word in ("-p", pid)]
        tracer = stage.start([strace, "-f", "-ttt", "-s", "0", "-o", trace, *pids],
                             config.load_cores(1))
        wait_until_said(tracer, "attached")
        load = start_load(config, stage, port, cell, seconds)
        event(load, "ready", READY_SECONDS)
        start = time.time()
        result = event(load, "result", seconds + READY_SECONDS)
        end = time.time()
        check(result)
        tracer.process.send_signal(signal.SIGINT)
        tracer.process.wait(10)
        with open(trace, encoding="utf-8", errors="replace") as lines:
            calls = count_calls(lines, start, end)
    if not calls:
        raise Failed("strace saw no call")
    return {call: count / result["frames"] for call, count in sorted(calls.items())}
