"""The report: what was measured, as Markdown, and the charts to go with it."""

import goals
from cells import cells
from charts import chart
from dispatch import EVEN, KINDS, SKEWED
from figures import column, median, nanoseconds, paired, rate, ratio, size, spread, user_share
from programs import PROGRAMS

HOW = """\
CPU is the time that the program under test spent on a core, user and system, from the moment when
all connections stand and have been used once, divided by the frames that came back from then on. It
has a core to itself; the load and the upstream (a bare echo loop) have the rest. All programs take
their turn at each piece of work in every round, so a ratio compares runs made within seconds of
each other: it is taken round by round, and what stands here is the median, with the least and the
greatest. User and system are told apart by clock ticks, so roughly. All programs: TCP_NODELAY,
deadlines of an hour, no log, one thread unless said, and otherwise as they are shipped (buffers:
HAProxy and nginx 16 KiB, rinetd 16 KiB, socat 8 KiB). The load keeps so many frames in flight on
each connection and sends the next when one is back, so latency is that of a program driven as fast
as it goes."""


def cell_table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def label(name):
    return PROGRAMS[name].label if name in PROGRAMS else name


def load_row(name, part, mine):
    runs = part["runs"]
    if not column(runs, "cpu_ns"):
        return [label(name), f"not measured: {part['error']}", *[""] * 8]
    latency = [nanoseconds(median(column(runs, f"latency_ns.{key}")))
               for key in ("p50", "p99", "p99_9")]
    against = "" if name == "brink" else ratio(spread(paired(mine, runs, "cpu_ns")))
    cpu, share = median(column(runs, "cpu_ns")), user_share(runs)
    kinds = ["?", "?"]
    if share is not None:
        kinds = [nanoseconds(cpu * share), nanoseconds(cpu * (1 - share))]
    return [label(name), nanoseconds(cpu), *kinds,
            rate(median(column(runs, "frames_per_second"))), *latency,
            nanoseconds(median(column(runs, "load_cpu_ns"))), against]


def load_tables(results, wanted):
    lines = []
    for cell in cells():
        parts = results["cells"].get(cell.name)
        if not parts or not wanted(cell):
            continue
        each = "connection" if cell.churn else "frame"
        lines += ["", f"### {cell.title()}", "", f"`{cell.name}`", ""]
        mine = parts.get("brink", {}).get("runs", [])
        header = ("program", f"CPU a {each}", "user", "system", f"{each}s/s", "p50", "p99", "p99.9",
                  "CPU of the load", "brink's CPU by its")
        names = [name for name in PROGRAMS if name in parts]
        lines += cell_table(header, [load_row(name, parts[name], mine) for name in names])
    return lines


def goal_lines(rows):
    if not rows:
        return []
    lines = ["", "## Where the data path must get to", "",
             "CPU per frame of the first by that of the second.", ""]
    return lines + cell_table(("work", "against", "at most", "measured", ""),
                      [[row["work"], row["against"], goals.limit(row), goals.figure(row),
                        row["verdict"]] for row in rows])


def memory_lines(memory):
    lines = ["", "## Memory of an idle connection", "",
             "Resident memory that is not a file's (`Pss_Anon`), of all its processes, after a",
             "round trip on each connection, less what it had after the first 32. The memory",
             "that the kernel has for sockets is not in it: it is the same for all. What is reserved at start for",
             "connections to come (nginx) is not in it either.", ""]
    rows = []
    for service, parts in memory.items():
        for name, part in parts.items():
            figure = size(median(part["bytes"])) or f"not measured: {part['error']}"
            rows.append([f"{service}: {label(name)}", f"{part['connections']:,}", figure])
    return lines + cell_table(("program", "connections", "per connection"), rows)


def calls_lines(calls):
    lines = ["", "## System calls per frame", "",
             "Counted by strace, which slows the program, so that more frames wait for it at each",
             "turn than otherwise.", ""]
    rows = []
    by_name = {cell.name: cell for cell in cells()}
    for cell, parts in calls.items():
        for name, part in parts.items():
            often = sorted((part["calls"] or {}).items(), key=lambda item: -item[1])
            told = ", ".join(f"{call} {count:.3f}" for call, count in often if count >= 0.0005)
            told = told or f"not measured: {part['error']}"
            rows.append([by_name[cell].title(), label(name), told])
    return lines + cell_table(("work", "program", "calls"), rows)


def rates_of(parts):
    """Frames/s of shared by those of sharded, and which of them was faster in every round."""
    rates = spread(paired(parts["shared"]["runs"], parts["sharded"]["runs"], "frames_per_second"))
    if rates is None or rates["min"] <= 1 <= rates["max"]:
        return rates, "neither in every round"
    return rates, "shared" if rates["min"] > 1 else "sharded"


def dispatch_summary(part):
    """A line for each piece of work: which dispatch was faster."""
    for cell in EVEN + SKEWED:
        rates, faster = rates_of(part["cells"][cell.name])
        if rates:
            yield f"{cell.name:<18} shared by sharded, frames/s: {ratio(rates)}; faster: {faster}"


def dispatch_row(cell, parts):
    runs = {kind: parts[kind]["runs"] for kind in KINDS}
    rates, faster = rates_of(parts)
    if rates is None:
        error = next((parts[kind]["error"] for kind in KINDS if parts[kind]["error"]), "not run")
        return [cell.title(), f"not measured: {error}", "", "", "", ""]
    fast = [rate(median(column(runs[kind], "frames_per_second"))) for kind in KINDS]
    slow = [nanoseconds(median(column(runs[kind], "latency_ns.p99"))) for kind in KINDS]
    return [cell.title(), " / ".join(fast), ratio(rates), " / ".join(slow),
            ratio(spread(paired(runs["shared"], runs["sharded"], "cpu_ns"))), faster]


def dispatch_lines(part):
    lines = ["", "## Sharded and shared dispatch", ""]
    if "skipped" in part:
        return lines + [f"Not measured: {part['skipped']}."]
    lines += ["All cores, a worker for each, the load on the same cores. With 2 connections the",
              "load is skewed: both had landed on one worker of the sharded program, as the CPU times",
              "of its threads showed; runs in which they had not were thrown away.", ""]
    cells_there = [cell for cell in EVEN + SKEWED if cell.name in part["cells"]]
    header = ("work", "frames/s, sharded / shared", "shared by sharded", "p99, sharded / shared",
              "CPU a frame, shared by sharded", "faster")
    return lines + cell_table(header, [dispatch_row(cell, part["cells"][cell.name])
                                       for cell in cells_there])


def machine_lines(machine):
    return [f"- {key}: {value}" for key, value in machine.items()]


def figures(results):
    """All of it."""
    settings = results["settings"]
    lines = ["# Benchmark figures", "",
             f"Taken by `./dev bench{settings['arguments']}`: {settings['rounds']} rounds, "
             f"{settings['seconds']:g} s a run.", "", *machine_lines(results["machine"]), "",
             HOW, *goal_lines(results["goals"])]
    for name in results.get("charts", []):
        lines += ["", f"![{name}]({name}.svg)"]
    lines += ["", "## One core", *load_tables(results, lambda cell: cell.workers == 1)]
    everywhere = load_tables(results, lambda cell: cell.workers > 1)
    if everywhere:
        lines += ["", "## All cores", "",
                  "As many workers as cores; the load and the upstream share them.", *everywhere]
    sections = (("memory", memory_lines), ("calls", calls_lines), ("dispatch", dispatch_lines))
    for key, section in sections:
        if key in results:
            lines += section(results[key])
    if results["failures"]:
        lines += ["", "## What went wrong", ""]
        lines += [f"- {what}: {why}" for what, why in results["failures"]]
    return "\n".join(lines) + "\n"


def bars(parts, key):
    """The bars of a cell, in the programs' order."""
    return [(PROGRAMS[name].label, spread(column(parts[name]["runs"], key)), PROGRAMS[name].family)
            for name in PROGRAMS if name in parts]


def load_chart(results, title, names):
    by_name = {cell.name: cell for cell in cells()}
    panels = [(by_name[name].title(), bars(results["cells"][name], "cpu_ns"))
              for name in names if name in results["cells"]]
    note = "Shorter is better. Median of the rounds; the thin line spans them."
    return chart(title, note, panels, nanoseconds) if panels else None


def memory_chart(memory):
    panels = [(f"{service}, per connection",
               [(label(name), spread(part["bytes"]), PROGRAMS[name].family)
                for name, part in parts.items()]) for service, parts in memory.items()]
    note = "Shorter is better. The kernel's own is not in it."
    return chart("Resident memory of an idle connection", note, panels, size) if panels else None


CHARTS = (
    ("cpu-relay", "CPU time of a relay, for a frame there and back",
     ("relay-64-1", "relay-64-16", "relay-16k-1", "relay-1m-1")),
    ("cpu-echo", "CPU time of an echo, for a frame",
     ("echo-64-1", "echo-64-16", "echo-16k-1", "echo-1m-1")),
    ("cpu-connections", "CPU time of a relay, by the number of connections",
     ("relay-64-1-c1", "relay-64-1-c1000", "relay-64-1-c8000", "relay-churn")),
)


def charts(results):
    """{name: SVG} of what there are figures for."""
    found = {name: load_chart(results, title, names) for name, title, names in CHARTS}
    found["memory"] = memory_chart(results.get("memory", {}))
    return {name: svg for name, svg in found.items() if svg}
