"""Where the data path must get to, and whether it does. Nothing here runs anything."""

import dataclasses

from figures import BARE, best_of, paired, runs_of, spread

NOT_RUN = "not measured: not run"
# Calls that wait; the rest of a frame's calls move it.
WAITS = ("epoll_wait", "epoll_pwait", "epoll_pwait2")


@dataclasses.dataclass(frozen=True)
class Ratio:
    """CPU time of `program` at `cell`, by that of the best of `against` (at `other`, if given)."""
    work: str
    cell: str
    against: tuple
    at_most: float
    label: str
    other: str = ""
    program: str = "brink"


@dataclasses.dataclass(frozen=True)
class Bytes:
    """Resident bytes per idle connection."""
    work: str
    service: str
    at_most: float


@dataclasses.dataclass(frozen=True)
class Calls:
    """System calls per frame, those that wait aside, and no epoll_ctl."""
    work: str
    cell: str
    at_most: float


def against_all(work, cell, bare=None, nginx=None, haproxy=None):
    limits = ((BARE, bare, "bare loop"), (("nginx",), nginx, "nginx"),
              (("haproxy",), haproxy, "HAProxy"))
    return [Ratio(work, cell, names, limit, label) for names, limit, label in limits if limit]


GOALS = [
    *against_all("echo 64 B, 1 in flight", "echo-64-1", bare=1.06),
    *against_all("echo 64 B, 16 in flight", "echo-64-16", bare=1.15),
    *against_all("framed relay 64 B, 1 in flight", "relay-64-1", 1.06, 0.97, 0.92),
    *against_all("framed relay 64 B, 16 in flight", "relay-64-16", 1.12, 1.00, 0.92),
    *against_all("framed relay 16 KiB", "relay-16k-1", 1.05, 0.60, 0.60),
    *against_all("framed relay 1 MiB, 8 connections", "relay-1m-1", 1.05, 0.80, 0.80),
    Bytes("idle connection, resident: echo", "echo", 192),
    Bytes("idle connection, resident: relay pair", "relay", 400),
    *against_all("connection opened, one frame, closed", "relay-churn", nginx=0.9, haproxy=0.9),
    Ratio("relay, 64 busy of 8,000 connections", "relay-64-1-idle", ("brink",), 1.1,
          "brink at 64 connections", other="relay-64-1"),
    Ratio("framed relay 64 B, 16 in flight, figures read 10 times a second", "scraped",
          ("unscraped",), 1.01, "figures not read", program="scraped"),
    Calls("calls per echoed 64 B frame, 1 in flight", "echo-64-1", 2.02),
]


def errors_of(part, names):
    """Why there is no figure of these programs: the first reason that is known."""
    for name in names:
        error = part.get(name, {}).get("error")
        if error:
            return f"{name}: {error}"
    return "not run"


def judge_ratio(goal, results):
    cells = results.get("cells", {})
    other = goal.other or goal.cell
    best = best_of(cells, other, goal.against)
    ratios = paired(runs_of(cells, goal.cell, goal.program), runs_of(cells, other, best), "cpu_ns")
    label = goal.label
    if best in BARE:
        label += f", {best[4:]} KiB"
    found = spread(ratios)
    names = (goal.program, *goal.against)
    reason = errors_of({**cells.get(other, {}), **cells.get(goal.cell, {})}, names)
    return label, found, reason


def judge_bytes(goal, results):
    part = results.get("memory", {}).get(goal.service, {})
    found = spread(part.get("brink", {}).get("bytes", []))
    return "", found, errors_of(part, ("brink",))


def moving(calls):
    """Calls a frame that are not for waiting."""
    return sum(count for name, count in calls.items() if name not in WAITS)


def judge_calls(goal, results):
    part = results.get("calls", {}).get(goal.cell, {})
    calls = part.get("brink", {}).get("calls")
    if calls is None:
        return "", None, errors_of(part, ("brink",))
    waits = sum(calls.get(name, 0) for name in WAITS)
    label = f"and {waits:.2f} of epoll_wait, {calls.get('epoll_ctl', 0):.4g} of epoll_ctl"
    total = moving(calls) if not calls.get("epoll_ctl") else float("inf")
    return label, spread([total]), ""


def judge(results):
    """A dict for each goal: work, against, at_most, found (spread or None), verdict, unit."""
    judges = {Ratio: (judge_ratio, "ratio"), Bytes: (judge_bytes, "bytes"),
              Calls: (judge_calls, "calls")}
    rows = []
    for goal in GOALS:
        function, unit = judges[type(goal)]
        against, found, reason = function(goal, results)
        if found is None:
            verdict = f"not measured: {reason}"
        else:
            verdict = "ok" if found["median"] <= goal.at_most else "over"
        rows.append({"work": goal.work, "against": against, "at_most": goal.at_most, "found": found,
                     "verdict": verdict, "unit": unit})
    return rows


def figure(row):
    """The measured figure of a row as text."""
    found, unit = row["found"], row["unit"]
    if found is None:
        return ""
    if unit == "bytes":
        return f"{found['median']:.0f} B"
    if unit == "calls":
        return "epoll_ctl" if found["median"] == float("inf") else f"{found['median']:.3f}"
    return f"{found['median']:.3f} ({found['min']:.3f} to {found['max']:.3f})"


def limit(row):
    if row["unit"] == "bytes":
        return f"{row['at_most']} B"
    return f"{row['at_most']:.2f}"


def table(rows):
    """The goals as lines of text, in columns."""
    header = ("work", "against", "at most", "median of ratios (min to max)", "")
    lines = [header] + [(row["work"], row["against"], limit(row), figure(row), row["verdict"])
                        for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(4)]
    return ["  ".join([*(text.ljust(width) for text, width in zip(line, widths)), line[4]]).rstrip()
            for line in lines]

