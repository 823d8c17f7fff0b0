"""Rules of the house: includes point down, files and functions stay small, some calls are banned,
each source file has a unit test. src/README.md says why."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

FLOORS = {"base": 0, "sys": 0, "mem": 1, "time": 1, "frame": 1, "event": 2, "net": 3, "upstream": 4,
          "relay": 5, "server": 6, "config": 7, "app": 8}
# The program is a layer over the public API; of the house it may use no more than this.
APP_MAY_USE = {"app", "config", "base", "sys", "net/address.h", "net/bind.h"}
CONFIG_MAY_USE = {"config", "base", "net/address.h"}

FILE_LINES = 400
FUNCTION_LINES = 70

BANNED = {  # call: what to use instead; everywhere
    "strcpy": "snprintf", "strcat": "snprintf", "sprintf": "snprintf", "vsprintf": "vsnprintf",
    "gets": "fgets", "strtok": "strcspn", "alloca": "a bounded array", "atoi": "strtoul",
    "sleep": "an event", "usleep": "an event",
}
SOURCE_BANNED = {"abort": "an error value", "exit": "an error value"}
LIBRARY_BANNED = {name: "an arena or a slab pool (src/mem)"
                  for name in ("malloc", "calloc", "realloc", "free", "strdup", "mallocx", "dallocx")}
SYSTEM_CALLS = """accept accept4 bind bind connect listen socket socketpair shutdown recv recvmsg
    recvfrom send sendmsg sendto setsockopt getsockopt getsockname getpeername epoll_create1
    epoll_ctl epoll_wait eventfd fcntl ioctl open close unlink clock_gettime gettimeofday
    getrlimit setrlimit nanosleep sched_getaffinity pipe pipe2 poll select splice readv writev read
    write""".split()
# The program deals with files, signals and the terminal itself, but not with sockets.
APP_CALLS = {"open", "close", "read", "write", "poll", "eventfd", "fcntl", "ioctl", "clock_gettime"}
CALLS_LIVE_IN = "src/sys/sys.c"
# Not of the data path: configuration is read by a thread of its own, under no simulated kernel.
FILE_CALLS = {"src/sys/files.c": {"open", "close", "read"},
              # Nor is what is passed between processes.
              "src/sys/pass.c": {"socketpair", "sendmsg", "recvmsg", "close", "getrlimit"}}
MEMORY_LIVES_IN = "src/mem/arena.c"
HEAP_USERS = ("src/app/", "src/config/")  # no part of the library


def without_comments(text):
    """The same lines, with comments, strings and character constants blanked."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def includes(path, text):
    """An include that points up, or out of what the program may see."""
    folder = path.split("/")[1]
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match or match[1].startswith("brink/"):
            continue
        target = match[1].split("/")[0]
        if target not in FLOORS:
            yield number, f'"{match[1]}": write the folder, as in "base/list.h"'
        elif FLOORS[target] > FLOORS[folder]:
            yield number, f'"{match[1]}" is above {folder}: includes point down'
        elif folder == "app" and not {target, match[1]} & APP_MAY_USE:
            yield number, f'"{match[1]}": the program uses the public API'
        elif folder == "config" and not {target, match[1]} & CONFIG_MAY_USE:
            yield number, f'"{match[1]}": what a file configures is the public API'
        elif FLOORS[target] == FLOORS[folder] and target != folder and FLOORS[folder] > 1:
            yield number, f'"{match[1]}" is beside {folder}: includes point down'


def sizes(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield len(lines), f"{len(lines)} lines; a file stays under {FILE_LINES}"
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_LINES:
                yield start, f"a function of {number - start - 1} lines; at most {FUNCTION_LINES}"
            start = None


def banned_here(path):
    banned = dict(BANNED)
    if path.startswith("src/"):
        banned.update(SOURCE_BANNED)
    if path.startswith("src/") and path != CALLS_LIVE_IN:
        allowed = APP_CALLS if path.startswith("src/app/") else FILE_CALLS.get(path, set())
        banned.update((name, f"the table of {CALLS_LIVE_IN}")
                      for name in SYSTEM_CALLS if name not in allowed)
    if path.startswith("src/") and not path.startswith(HEAP_USERS) and path != MEMORY_LIVES_IN:
        banned.update(LIBRARY_BANNED)
    return banned


def calls(path, text):
    banned = banned_here(path)
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for match in pattern.finditer(line):
            yield number, f"{match[1]}() is banned here: use {banned[match[1]]}"


def unit_test(path, root=ROOT):
    """Where the unit test of a source file is looked for, unless it is there."""
    _, folder, name = path.split("/", 2)
    test = f"tests/unit/{folder}/{name[:-2]}_test.c"
    if path != "src/app/main.c" and not (root / test).exists():
        yield 1, f"there is no {test}"


def problems(path, text):
    found = list(calls(path, text)) + list(sizes(path, text))
    if path.startswith("src/") and "/share/" not in path:
        found += includes(path, text)
        if path.endswith(".c"):
            found += unit_test(path)
    return found


def main():
    status = 0
    for folder in ("include", "src", "tests", "fuzz"):
        for file in sorted((ROOT / folder).rglob("*.[ch]")):
            path = str(file.relative_to(ROOT))
            for number, what in problems(path, file.read_text()):
                print(f"{path}:{number}: {what}", file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
