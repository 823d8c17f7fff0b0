"""Sharded against shared dispatch, on all cores: with even load, and with skewed load, where the
few connections that are busy have landed on one worker."""

import subprocess
import time

from cells import CORES, KIB, Cell
from figures import rate
from measure import READY_SECONDS, check, event, per_frame, run_load, start_load, start_program
from processes import Failed, Stage, cpu, thread_cpu
from programs import dispatch_program
from rounds import one_round

KINDS = ("sharded", "shared")
ALONE = 0.9          # of the workers' CPU time, used by one: the busy connections are all its own
WATCHED_SECONDS = 0.1
TRIES_A_WORKER = 10  # two connections land on one of N workers once in N times

EVEN = (
    Cell("even-echo-64", "echo", 64, 16, 64, KINDS, workers=CORES),
    Cell("even-echo-1k", "echo", KIB, 1, 64, KINDS, workers=CORES),
    Cell("even-relay-1k", "relay", KIB, 1, 64, KINDS, workers=CORES),
)
SKEWED = (
    Cell("skewed-echo-64", "echo", 64, 16, 2, KINDS, workers=CORES),
    Cell("skewed-echo-16k", "echo", 16 * KIB, 16, 2, KINDS, workers=CORES),
    Cell("skewed-relay-16k", "relay", 16 * KIB, 16, 2, KINDS, workers=CORES),
)


def knows_dispatch(brink):
    done = subprocess.run([brink, "relay", "--help"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    return "--dispatch" in done.stdout


def busiest_share(before, after):
    """The share of the busiest thread in what all used between two looks; 0 if none used any."""
    used = [after[thread] - before.get(thread, 0) for thread in after]
    return max(used) / sum(used) if sum(used) else 0


def try_skewed(config, cell, kind):
    """A run; None if the connections of a sharded one landed on several workers."""
    with Stage() as stage:
        program = dispatch_program(kind)
        child, port = start_program(config, stage, program, cell.service, cell.workers)
        load = start_load(config, stage, port, cell, config.seconds)
        event(load, "ready", READY_SECONDS)
        before, threads = cpu(child.pid), thread_cpu(child.pid)
        time.sleep(WATCHED_SECONDS)  # the load runs meanwhile
        if kind == "sharded" and busiest_share(threads, thread_cpu(child.pid)) < ALONE:
            return None
        result = event(load, "result", config.seconds + READY_SECONDS)
        after = cpu(child.pid)
        check(result)
        return {**per_frame(before, after, result),
                "busiest_share": busiest_share(threads, thread_cpu(child.pid))}


def run_skewed(config, cell, kind):
    for _ in range(TRIES_A_WORKER * cell.workers):
        run = try_skewed(config, cell, kind)
        if run is not None:
            return run
    raise Failed("the busy connections never landed on one worker")


def dispatch(config, rounds, say, failures):
    """{"cells": ...}, or {"skipped": why}."""
    if CORES < 2:
        return {"skipped": "there is one core"}
    if not knows_dispatch(config.brink):
        return {"skipped": "this brink has no --dispatch"}
    results = {}

    def run(cell, kind):
        if cell in SKEWED:
            return run_skewed(config, cell, kind)
        return run_load(config, cell, dispatch_program(kind))

    def show(found):
        return f"{rate(found['frames_per_second'])}/s"

    work = [(cell, KINDS) for cell in EVEN + SKEWED]
    for number in range(rounds):
        for name, shown in one_round(number, work, run, results, failures, show):
            say(f"round {number + 1}/{rounds}  {name:<18} {'  '.join(shown)}")
    return {"cells": results}


