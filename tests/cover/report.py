#!/usr/bin/env python3
"""Lines and branches reached, by folder and by file; what is not, with why; fails below the goals.

    report.py COVER.json     as written by `gcovr --json`, in the project's folder

Why a line is not reached stands in uncovered.txt. In the folders whose goal is all there is, what
stands there is taken for unreachable and not counted; elsewhere it is counted all the same.
"""
import collections
import json
import pathlib
import re
import sys

GOALS = {"src/frame": 100, "src/time": 100, "src/event": 95, "src/net": 95,
         "src/upstream": 95, "src/relay": 95}
LIST = pathlib.Path(__file__).parent / "uncovered.txt"

Known = collections.namedtuple("Known", "file code branches why")
Gap = collections.namedtuple("Gap", "file number code missed branches why")


class Tally:
    """How many there are, and how many of them were reached."""

    def __init__(self):
        self.lines = self.lines_hit = self.branches = self.branches_hit = 0

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def reaches(self, goal):
        return (self.lines_hit * 100 >= goal * self.lines
                and self.branches_hit * 100 >= goal * self.branches)

    def __str__(self):
        return (f"{share(self.lines_hit, self.lines)} {self.lines_hit:5}/{self.lines:<5}"
                f" {share(self.branches_hit, self.branches)} {self.branches_hit:5}/{self.branches:<5}")


def share(part, whole):
    """Rounded down: 100.0% is all of it."""
    return f"{int(1000 * part / whole) / 10 if whole else 100:6.1f}%"


def folder_of(file):
    return file.rsplit("/", 1)[0]


def read_known(text):
    """Entries `FILE (BRANCHES): CODE`, one or several, followed by indented lines that say why."""
    known, why = [], []
    for line in text.splitlines():
        head = re.match(r"(\S+) \((\d+)\): (.+)", line)
        if head:
            why = [] if why else why  # those of one group share the list
            known.append(Known(head[1], head[3].strip(), int(head[2]), why))
        elif line.startswith(" ") and known:
            why.append(line.strip())
        elif line and not line.startswith("#"):
            raise ValueError(f"{LIST.name}: neither an entry nor a reason: {line}")
    return known


def measure(file, lines, source, known):
    """The file's tally and gaps. Where the goal is 100, known branches are not counted, up to the
    number given; with the number 0 it is the line that is excused."""
    tally, gaps = Tally(), []
    for line in lines:
        if line["gcovr/noncode"]:
            continue
        code = source[line["line_number"] - 1].strip()
        branches = [branch["count"] > 0 for branch in line["branches"]]
        missed = branches.count(False)
        why = next((entry for entry in known if (entry.file, entry.code) == (file, code)), None)
        hit = line["count"] > 0
        if not hit or missed:
            gaps.append(Gap(file, line["line_number"], code, missed, len(branches), why))
        excused = why if why and GOALS[folder_of(file)] == 100 else None
        tally.lines += 1
        tally.lines_hit += hit or bool(excused and excused.branches == 0)
        tally.branches += len(branches) - (min(missed, excused.branches) if excused else 0)
        tally.branches_hit += len(branches) - missed
    return tally, gaps


def print_gaps(gaps):
    print("\nNot reached:")
    for gap in gaps:
        what = f"{gap.missed} of {gap.branches} branches" if gap.branches else "line"
        print(f"  {gap.file}:{gap.number}: {what}: {gap.code}")
        print(f"      {' '.join(gap.why.why) if gap.why else f'no reason is given in {LIST.name}'}")


def main(path):
    known = read_known(LIST.read_text())
    folders, files, gaps = collections.defaultdict(Tally), {}, []
    for entry in json.loads(pathlib.Path(path).read_text())["files"]:
        file = entry["file"]
        source = pathlib.Path(file).read_text().splitlines()
        files[file], found = measure(file, entry["lines"], source, known)
        folders[folder_of(file)].add(files[file])
        gaps += found
    print(f"{'':30}{'lines':>12}{'branches':>20}")
    for folder, goal in GOALS.items():
        print(f"{folder:28}{folders[folder]}  goal {goal}%")
        for file in sorted(file for file in files if folder_of(file) == folder):
            print(f"  {file[len(folder) + 1:]:26}{files[file]}".rstrip())
    print_gaps(gaps)
    for entry in known:
        if not any((gap.file, gap.code) == (entry.file, entry.code) for gap in gaps):
            print(f"  reached this time, although {LIST.name} has it: {entry.file}: {entry.code}")
    below = [folder for folder, goal in GOALS.items() if not folders[folder].reaches(goal)]
    if below:
        sys.exit(f"below the goal: {', '.join(below)}")


if __name__ == "__main__":
    main(sys.argv[1])
