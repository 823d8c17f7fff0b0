"""Interleaved rounds: in each, every program does every piece of work once, side by side."""

from cells import IDLE_CONNECTIONS, CALLS_PROGRAMS, MEMORY_PROGRAMS, cells
from figures import median, nanoseconds, size
from measure import run_calls, run_load, run_memory
from processes import Failed, NotMeasurable
from programs import PROGRAMS

CALLS_SECONDS = 1
TRIES = 2  # a run that fails is made once more before it counts as failed


class Failures(list):
    """What went wrong, as (what, why)."""

    def attempt(self, what, function, *arguments):
        """(value, None), or (None, why it failed)."""
        for again in reversed(range(TRIES)):
            try:
                return function(*arguments), None
            except NotMeasurable as reason:
                return None, str(reason)
            except (Failed, OSError, ValueError, KeyError) as reason:
                why = str(reason) or type(reason).__name__
                if not again:
                    self.append((what, why))
        return None, why


def rotated(names, by):
    """Each round begins with another one, so that none is always the first after a pause."""
    by %= len(names)
    return names[by:] + names[:by]


def cpu_shown(run):
    return nanoseconds(run["cpu_ns"])


def one_round(number, work, run, results, failures, show=cpu_shown):
    """Each of (cell, programs) once. `results`: {cell: {program: {"runs", "error"}}}."""
    for cell, programs in work:
        shown = []
        for name in rotated(programs, number):
            part = results.setdefault(cell.name, {}).setdefault(name, {"runs": [], "error": None})
            value = None
            if part["error"] is None:
                value, part["error"] = failures.attempt(f"{cell.name}, {name}", run, cell, name)
            part["runs"].append(value)
            shown.append(f"{name} {show(value) if value else '-'}")
        yield cell.name, shown


def loads(config, work, rounds, say, failures):
    """The cells' results."""
    results = {}

    def run(cell, name):
        return run_load(config, cell, PROGRAMS[name])

    for number in range(rounds):
        for name, shown in one_round(number, work, run, results, failures):
            say(f"round {number + 1}/{rounds}  {name:<18} {'  '.join(shown)}")
    return results


def memory(config, rounds, quick, say, failures):
    results = {}
    for service, names in MEMORY_PROGRAMS.items():
        for name in ("brink",) if quick else names:
            kept = {"bytes": [], "connections": 0, "error": None}
            for _ in range(rounds):
                value, kept["error"] = failures.attempt(f"memory, {service}, {name}", run_memory,
                                                        config, service, name, IDLE_CONNECTIONS)
                if value is None:
                    break
                kept["bytes"].append(value[0])
                kept["connections"] = value[1]
            results.setdefault(service, {})[name] = kept
            say(f"memory  {service:<6} {name:<10} {size(median(kept['bytes'])) or kept['error']}")
    return results


def calls(config, quick, say, failures):
    by_name = {cell.name: cell for cell in cells()}
    results = {}
    for cell, names in CALLS_PROGRAMS.items():
        if quick and not cell.startswith("echo"):
            continue
        for name in names:
            value, error = failures.attempt(f"calls, {cell}, {name}", run_calls, config,
                                            by_name[cell], name, CALLS_SECONDS)
            results.setdefault(cell, {})[name] = {"calls": value, "error": error}
            told = ", ".join(f"{call} {count:.2f}" for call, count in (value or {}).items()
                             if count >= 0.005)
            say(f"calls   {cell:<11} {name:<8} {told or error}")
    return results
