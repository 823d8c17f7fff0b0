"""Hostile clients, as a program: attackers.py NAME ADDRESS [COUNT]. Says "ready" once the attack is on,
goes on until SIGTERM or for COUNT times, and ends with what it did: a number."""

import contextlib
import errno
import itertools
import os
import random
import selectors
import signal
import socket
import sys
import time

from wire import frame, reset, split_address

TLS_HELLO = bytes.fromhex("160301020001fc0303") + bytes(500)
HTTP = b"GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: x\r\n\r\n"
CROWD = int(os.environ.get("BRINK_CROWD", "2000"))


class Attack:
    """Many non-blocking connections in one loop; each follows a generator that yields what it waits
    for ("r", "w", or "both"), and begins anew when it ends."""

    def __init__(self, address, count=None):
        self._family, self._where = split_address(address)
        self._selector = selectors.DefaultSelector()
        self._left = count
        self._next_dribble = 0.0
        self._turn = 0
        self.done = 0
        self.stopping = False

    def _open(self):
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        sock.connect(self._where)
        sock.setblocking(False)
        return sock

    def _begin(self, script):
        try:
            sock = self._open()
        except OSError as error:  # out of ports or places for the moment
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAGAIN, errno.ECONNREFUSED, errno.ECONNRESET):
                return False
            raise
        self._step(sock, script(sock), script)
        return True

    def _step(self, sock, going, script):
        try:
            mask = next(going)
        except (StopIteration, ConnectionError):
            self._forget(sock)
            self.done += 1
            return
        key = self._selector.get_map().get(sock)
        if key is None:
            self._selector.register(sock, mask, (going, script))
        elif key.events != mask:
            self._selector.modify(sock, mask, (going, script))

    def _forget(self, sock):
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)
        sock.close()

    def dribble(self):
        """A byte more from everyone, in every fifth of a second; not from all at once."""
        now = time.monotonic()
        if now < self._next_dribble:
            return
        self._next_dribble = now + 0.01
        self._turn = (self._turn + 1) % 20
        for key in list(self._selector.get_map().values())[self._turn::20]:
            with contextlib.suppress(OSError):
                key.fileobj.send(b"x")

    def run(self, script, crowd):
        told = False
        stuffs = script is never_reads
        while not self.stopping and (self._left is None or self.done < self._left):
            room = crowd - len(self._selector.get_map())
            for _ in range(min(room, 200)):
                if not self._begin(script):
                    break
            if script is slow_frame:
                self.dribble()
            events = self._selector.select(0.1 if stuffs else 0.01)
            for key, _ in events:
                self._step(key.fileobj, *key.data)
            full = not stuffs or not events  # with all buffers full, not while they are filled
            if not told and full and (room <= 200 or self.done > crowd):
                told = True
                print("ready", flush=True)


READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


def byte_by_byte(sock):
    """A byte at a time in and out."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = frame(bytes(range(20)))
    for at in range(len(data)):
        yield WRITE
        sock.send(data[at:at + 1])
    for at in range(len(data)):
        yield READ
        if sock.recv(1) != data[at:at + 1]:
            raise AssertionError("another byte")


def slow_frame(sock):
    """Begins a frame, and goes on with it now and then (Attack.dribble), so that it is never idle."""
    sock.send(frame(bytes(10_000))[:5])
    while True:
        yield READ
        if not sock.recv(100):
            return


def silent(sock):
    yield READ
    sock.recv(100)


def wild_header(sock):
    """Claims 4 GiB, or 2^64 - 1 to who reads eight bytes."""
    sock.send(b"\xff" * 8)
    yield READ
    sock.recv(100)


def empty_frames(sock):
    """A million of them, and each comes back."""
    chunk, left, owed = bytes(1 << 16), 4_000_000, 4_000_000
    while owed:
        yield READ | (WRITE if left else 0)
        with contextlib.suppress(BlockingIOError):
            left -= sock.send(chunk[:left]) if left else 0
        with contextlib.suppress(BlockingIOError):
            got = sock.recv(1 << 18)
            if got.strip(b"\0") or not got:
                raise AssertionError("not an empty frame")
            owed -= len(got)


def never_reads(sock):
    data = frame(bytes(60000)) * 4
    at = 0
    while True:
        yield WRITE
        at = (at + sock.send(data[at:])) % len(data)


RESET_AT = itertools.cycle(range(len(frame(bytes(30))) + 1))


def resets(sock):
    """At every point of a frame."""
    sock.send(frame(bytes(30))[:next(RESET_AT)])
    reset(sock)
    return
    yield


KNOCKS = itertools.count()


def comes_and_goes(sock):
    sock.send(frame(b"knock"))
    yield READ
    if sock.recv(100) != frame(b"knock"):
        raise AssertionError("another answer")
    if next(KNOCKS) % 2:
        reset(sock)


GARBAGE = itertools.cycle((HTTP, TLS_HELLO, None))


def garbage(sock):
    data = next(GARBAGE)
    sock.send(random.randbytes(1000) if data is None else data)
    sock.shutdown(socket.SHUT_WR)
    yield READ
    while sock.recv(4096):
        yield READ


ATTACKS = {  # and how many connections at a time
    byte_by_byte: 200, slow_frame: CROWD, silent: CROWD, wild_header: 50, empty_frames: 1,
    never_reads: 20, resets: 1, comes_and_goes: 20, garbage: 50,
}


def main(name, address, count=None):
    script = globals()[name]
    attack = Attack(address, int(count) if count else None)

    def stop(_number, _stack):
        attack.stopping = True

    signal.signal(signal.SIGTERM, stop)
    os.nice(19)  # what the machine has is for those who are attacked
    attack.run(script, ATTACKS[script])
    print(attack.done, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
