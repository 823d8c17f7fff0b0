"""What is computed from runs: medians, and ratios taken round by round."""

import statistics

BARE = ("bare32", "bare64")


def median(values):
    """The middle one; None without any."""
    return statistics.median(values) if values else None


def runs_of(cells, cell, program):
    """A program's runs at a cell, one a round; None where one failed, [] where none was made."""
    return cells.get(cell, {}).get(program, {}).get("runs", [])


def column(runs, key):
    """One figure of all runs that have it; key is "cpu_ns" or "latency_ns.p50"."""
    found = []
    for run in runs:
        value = run
        for part in key.split("."):
            value = value.get(part) if value else None
        if value is not None:
            found.append(value)
    return found


def paired(runs, others, key):
    """For each round in which both have the figure: the first by the second."""
    ratios = []
    for run, other in zip(runs, others):
        mine, theirs = column([run], key), column([other], key)
        if mine and theirs and theirs[0]:
            ratios.append(mine[0] / theirs[0])
    return ratios


def best_of(cells, cell, programs, key="cpu_ns"):
    """The program with the least median there, None if none of them ran."""
    medians = {name: median(column(runs_of(cells, cell, name), key)) for name in programs}
    ran = [name for name in programs if medians[name] is not None]
    return min(ran, key=medians.get) if ran else None


def spread(values):
    """Median, least and greatest as a dict; None without any."""
    if not values:
        return None
    return {"median": median(values), "min": min(values), "max": max(values)}


def user_share(runs):
    """The share of user time in all CPU time of the runs, by clock ticks; None without any."""
    user, system = (sum(column(runs, key)) for key in ("user_ticks", "system_ticks"))
    return user / (user + system) if user + system else None


def with_unit(value, units):
    """Three significant digits in the first unit that is not too small for them."""
    for factor, name in units:
        if value >= factor or (factor, name) == units[-1]:
            scaled = value / factor
            digits = 0 if scaled >= 99.95 else 1 if scaled >= 9.995 else 2
            return f"{scaled:.{digits}f} {name}"
    return str(value)


def nanoseconds(value):
    if value is None:
        return ""
    return with_unit(value, ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")))


def size(value):
    """256 B, 9.80 KiB."""
    if value is None:
        return ""
    if value < 1000:
        return f"{value:.0f} B"
    return with_unit(value, ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")))


def rate(value):
    return "" if value is None else f"{value:,.0f}"


def ratio(found, digits=2):
    """1.04 (1.02 to 1.07), from a spread."""
    if found is None:
        return ""
    return (f"{found['median']:.{digits}f} "
            f"({found['min']:.{digits}f} to {found['max']:.{digits}f})")
