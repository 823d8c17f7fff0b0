"""Namespaces of the network: clients, brink and an upstream, each in one of its own, joined by two
links that can drop, shrink, and go down."""

import contextlib
import ctypes
import os
import re
import subprocess
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
LINKS = {"clients": ("10.77.1.1", "10.77.1.2"), "upstream": ("10.77.2.1", "10.77.2.2")}


def run(*words, check=True):
    return subprocess.run([str(word) for word in words], check=check, capture_output=True, text=True,
                          timeout=20)


def can_make():
    """Whether namespaces can be made here, and filters in them."""
    name = f"brink-probe-{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "nft", "add", "table", "inet", "probe")
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        with contextlib.suppress(OSError):
            run("ip", "netns", "del", name, check=False)
    return True


class Network:
    """brink's address towards the clients is `front`, the upstream's is `back`."""

    def __init__(self):
        self._names = {role: f"brink-{role}-{os.getpid()}" for role in ("clients", "brink", "upstream")}
        self.front, self.back = LINKS["clients"][0], LINKS["upstream"][1]

    def __enter__(self):
        for role, name in self._names.items():
            run("ip", "netns", "add", name)
            self.ip(role, "link", "set", "lo", "up")
        for role, (near, far) in LINKS.items():
            self.ip("brink", "link", "add", role, "type", "veth", "peer", "name", "brink",
                    "netns", self._names[role])
            for where, device, address in (("brink", role, near), (role, "brink", far)):
                self.ip(where, "addr", "add", f"{address}/24", "dev", device)
                self.ip(where, "link", "set", device, "up")
        return self

    def __exit__(self, *_):
        for name in self._names.values():
            run("ip", "netns", "del", name, check=False)

    def ip(self, role, *words):
        run("ip", "-n", self._names[role], *words)

    def wrapper(self, role="brink"):
        return ("ip", "netns", "exec", self._names[role])

    def inside(self, role, *words):
        return run(*self.wrapper(role), *words)

    def drop(self, role, rule):
        """Has packets that come to `role` dropped, as the rule says (nft's words)."""
        self.inside(role, "nft", "add", "table", "inet", "brink")
        self.inside(role, "nft", "add", "chain", "inet", "brink", "in",
                    "{ type filter hook input priority 0 ; }")
        self.inside(role, "nft", "add", "rule", "inet", "brink", "in", *rule.split(), "counter", "drop")

    def dropped(self, role):
        """Packets that were dropped there so far."""
        listed = self.inside(role, "nft", "list", "chain", "inet", "brink", "in").stdout
        return sum(map(int, re.findall(r"counter packets (\d+)", listed)))

    def cut(self, role):
        """The link to there is down from now on."""
        self.ip("brink", "link", "set", role, "down")

    def shrink(self, role, mtu):
        self.ip("brink", "link", "set", role, "mtu", mtu)
        self.ip(role, "link", "set", "brink", "mtu", mtu)

    def within(self, role, function, *arguments, **options):
        """Calls a function there: sockets stay where they were made."""
        outcome = {}

        def body():
            with open(f"/run/netns/{self._names[role]}", "rb") as namespace:
                if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    outcome["error"] = OSError(ctypes.get_errno(), "setns")
                    return
            try:
                outcome["value"] = function(*arguments, **options)
            except Exception as caught:  # noqa: BLE001 - raised again below
                outcome["error"] = caught

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]
