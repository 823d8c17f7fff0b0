#!/usr/bin/env python3
"""The benchmark: brink against a bare loop and other relays, on the same work."""

import argparse
import datetime
import fnmatch
import json
import os
import pathlib
import platform
import re
import shlex
import signal
import sys
import time

import goals
import rounds
import report
from cells import CORES, PARTS, cells
from dispatch import dispatch
from measure import setup
from processes import raise_open_files
from programs import PROGRAMS, versions

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
START_SECONDS = 0.4     # of a run: to start, connect and end
PER_CONNECTION = 0.0004  # besides, for each connection
MEMORY_ROUNDS = 3        # it hardly changes from one to the next
LENGTHS = {"full": (7, 1.3), "quick": (7, 1.0)}  # rounds, seconds

EPILOG = """\
Rows are names of work, or patterns such as 'relay-*'; --list shows them. `quick` is what the goals
need. Figures and charts are written to build/bench; --keep also puts them into tests/bench."""


def arguments(words):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, epilog=EPILOG)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only this work, or `quick`")
    parser.add_argument("--list", action="store_true", help="name the rows, and stop")
    parser.add_argument("--rounds", type=int, help="how often each program does each piece of work")
    parser.add_argument("--seconds", type=float, help="length of a run")
    parser.add_argument("--programs", help="only these, with commas between; brink is always one")
    parser.add_argument("--keep", action="store_true",
                        help="write tests/bench/RESULTS.md and its charts, too")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    built = ROOT / "build/release"
    parser.add_argument("--brink", default=os.environ.get("BRINK", str(built / "brink")))
    parser.add_argument("--bare", default=os.environ.get("BARE", str(built / "tests/bench/bare")))
    options = parser.parse_args(words)
    options.quick = "quick" in options.rows
    options.rows = [row for row in options.rows if row != "quick"]
    usual = LENGTHS["quick" if options.quick else "full"]
    if options.programs:
        options.programs = options.programs.split(",")
        strange = [name for name in options.programs if name not in PROGRAMS]
        if strange:
            parser.error(f"no program is called {strange[0]}: {', '.join(PROGRAMS)}")
    options.rounds = options.rounds or usual[0]
    options.seconds = options.seconds or usual[1]
    absent = [path for path in (options.brink, options.bare) if not os.access(path, os.X_OK)]
    if absent and not options.list:
        parser.error(f"{absent[0]} is not built: run ./dev bench")
    unknown = [row for row in options.rows if not fnmatch.filter(row_names(), row)]
    if unknown:
        parser.error(f"no row is called {unknown[0]}; --list names them")
    return options


def row_names():
    return [cell.name for cell in cells()] + [name for name, _, _ in PARTS]


def wanted(options, name, in_quick):
    if options.rows:
        return any(fnmatch.fnmatchcase(name, row) for row in options.rows)
    return in_quick or not options.quick


def plan(options):
    """The (cell, programs) that are to be run."""
    only = [*options.programs, "brink"] if options.programs else list(PROGRAMS)
    chosen = []
    for cell in cells():
        programs = cell.quick if options.quick and cell.quick else cell.programs
        programs = tuple(name for name in programs if name in only)
        if programs and wanted(options, cell.name, bool(cell.quick)):
            chosen.append((cell, programs))
    return chosen


def expected_minutes(options, work):
    seconds = 60
    for cell, programs in work:
        start = START_SECONDS + PER_CONNECTION * (cell.connections + cell.idle)
        seconds += len(programs) * options.rounds * (options.seconds + start)
    return seconds / 60


def too_many_files(work, limit):
    """Cells that this machine's limit of open files does not allow, and why."""
    return {cell.name: f"needs {cell.open_files():,} open files; the limit is {limit:,}"
            for cell, _ in work if cell.open_files() > limit}


def machine(options):
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
    found = versions(options.brink)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "processor": f"{model.group(1) if model else platform.machine()}, {CORES} cores",
        "kernel": f"{platform.system()} {platform.release()}",
        "load average before": f"{os.getloadavg()[0]:.2f}",
        "programs": ", ".join(f"{name} {version}" for name, version in found.items()),
    }


def say(line):
    print(f"   {line}", flush=True)


def run(options):
    limit = raise_open_files()
    work = plan(options)
    refused = too_many_files(work, limit)
    config = setup(options.brink, options.bare, options.seconds)
    failures = rounds.Failures()
    count = sum(len(programs) for _, programs in work)
    say(f"{count} runs a round, {options.rounds} rounds, about "
        f"{expected_minutes(options, work):.0f} minutes; CPU time of the program for each frame:")
    results = {"machine": machine(options),
               "settings": {"rounds": options.rounds, "seconds": options.seconds,
                            "arguments": shown(options)}}
    possible = [(cell, programs) for cell, programs in work if cell.name not in refused]
    results["cells"] = rounds.loads(config, possible, options.rounds, say, failures)
    for cell, programs in work:
        if cell.name in refused:
            results["cells"][cell.name] = {name: {"runs": [], "error": refused[cell.name]}
                                           for name in programs}
    if wanted(options, "memory", True):
        times = min(options.rounds, MEMORY_ROUNDS)
        results["memory"] = rounds.memory(config, times, options.quick, say, failures)
    if wanted(options, "calls", True):
        results["calls"] = rounds.calls(config, options.quick, say, failures)
    if wanted(options, "dispatch", False):
        results["dispatch"] = dispatch(config, options.rounds, say, failures)
        if "skipped" in results["dispatch"]:
            say(f"dispatch: not there: {results['dispatch']['skipped']}")
    results["failures"] = list(failures)
    results["goals"] = goals.judge(results)
    if options.rows:
        results["goals"] = [row for row in results["goals"] if row["verdict"] != goals.NOT_RUN]
    return results


def shown(options):
    words = (["quick"] if options.quick else []) + options.rows
    return "".join(f" {shlex.quote(word)}" for word in words)


def write(results, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    drawn = report.charts(results)
    results["charts"] = list(drawn)
    for chart, svg in drawn.items():
        (folder / f"{chart}.svg").write_text(svg)
    (folder / name).write_text(report.figures(results))


def told(results):
    """What the reader is waiting for."""
    print()
    for line in goals.table(results["goals"]) if results["goals"] else []:
        say(line)
    if "cells" in results.get("dispatch", {}):
        for line in report.dispatch_summary(results["dispatch"]):
            say(line)
    for what, why in results["failures"]:
        say(f"failed: {what}: {why}")


def main(words):
    options = arguments(words)
    if options.list:
        for cell in cells():
            print(f"{cell.name:<18} {'quick' if cell.quick else '':<6} {cell.title()}")
        for name, what, in_quick in PARTS:
            print(f"{name:<18} {'quick' if in_quick else '':<6} {what}")
        return 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    started = time.monotonic()
    results = run(options)
    write(results, options.out, "results.md")
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    if options.keep:
        write(results, HERE, "RESULTS.md")
    told(results)
    say(f"{(time.monotonic() - started) / 60:.1f} minutes; all figures: {options.out}/results.md")
    return 1 if results["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
