"""Verified traffic on established connections, which goes on while something is done to the program.

Each connection has a batch of frames on its way, looks at every byte that comes back, and sends the
next batch when all is back, or, with an interval, so long after the one before. Frames are numbered,
so that one lost, doubled or swapped for another's is noticed, too.
"""

import contextlib
import random
import selectors
import struct
import threading
import time

from programs import wait_until
from settings import WAIT
from wire import connect

POOL = random.Random(7).randbytes(1 << 20)  # payloads are cut out of this


class Wrong(AssertionError):
    """Bytes that are not the ones sent, or none where some are owed."""


class Connection:
    """One connection and what it has sent and not got back."""

    def __init__(self, address, number, batch, sizes, layout="<I", **options):
        self.sock = connect(address, **options)
        self.sock.setblocking(False)
        self.due = 0.0
        self.frames = self.bytes = self.rounds = 0
        self._random = random.Random(number)
        self._number, self._batch, self._sizes, self._layout = number, batch, sizes, layout
        self._sent = 0
        self._owed = b""
        self._got = 0      # of what is owed
        self._unsent = b""
        self._since = 0.0
        self._in_batch = 0

    def _frame(self):
        size = self._random.choice(self._sizes)
        if size >= 12:
            at = self._random.randrange(len(POOL) - size)
            body = struct.pack("<IQ", self._number, self._sent) + POOL[at:at + size - 12]
        else:
            body = struct.pack("<Q", self._sent)[:size]
        self._sent += 1
        return struct.pack(self._layout, len(body)) + body

    def begin(self, now):
        """Sends a batch."""
        self._in_batch = self._random.randint(1, self._batch)
        self._owed = self._unsent = b"".join(self._frame() for _ in range(self._in_batch))
        self._got, self._since = 0, now
        self.send()

    def send(self):
        """As much as goes. True once all has gone."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self.sock.send(self._unsent):]
        except BlockingIOError:
            return False
        return True

    def waits_to_send(self):
        return bool(self._unsent)

    def receive(self):
        """Compares what has come. The seconds that the batch took once it is all there, else None."""
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return None
        if not data:
            raise Wrong(f"connection {self._number} was closed, {len(self._owed) - self._got} "
                        "bytes are owed")
        if self._owed[self._got:self._got + len(data)] != data:
            raise Wrong(f"connection {self._number}: what came is not what was sent")
        self._got += len(data)
        if self._got < len(self._owed):
            return None
        self.frames += self._in_batch
        self.bytes += self._got
        self.rounds += 1
        return time.perf_counter() - self._since

    def busy(self):
        return self._got < len(self._owed)


class Traffic:
    """Several connections in one loop: run() until stop(). What is not right is raised by run()."""

    def __init__(self, address, count, batch=8, sizes=(0, 1, 12, 64, 700, 5000), interval=0.0,
                 patience=WAIT, first=0, **options):
        self.latencies = []  # a pair for each batch: when it was back, and the seconds it took
        self._interval = interval
        self._patience = patience
        self._stopping = threading.Event()
        self._held = threading.Event()
        self._quiet = threading.Event()
        self._error = None
        self.connections = []
        try:
            for number in range(first, first + count):
                self.connections.append(Connection(address, number, batch, sizes, **options))
        except BaseException:
            self.close()
            raise

    def run(self):
        try:
            return self._run()
        except BaseException as caught:
            self._error = caught
            raise

    def _run(self):
        with selectors.DefaultSelector() as selector:
            now = time.perf_counter()
            for n, one in enumerate(self.connections):
                selector.register(one.sock, selectors.EVENT_READ, one)
                one.due = now + self._interval * n / len(self.connections)
            idle = list(self.connections)
            while idle or not self._stopping.is_set():
                idle = self._turn(selector, idle)
                if self._stopping.is_set() and len(idle) == len(self.connections):
                    break
        return self

    def _turn(self, selector, idle):
        """Begins what is due, and deals with what has come; those without a batch on its way."""
        now = time.perf_counter()
        held = self._held.is_set()
        if not held and not self._stopping.is_set():
            for one in [one for one in idle if one.due <= now]:
                idle.remove(one)
                one.due = max(one.due + self._interval, now)
                one.begin(now)
                self._watch(selector, one)
        busy = len(idle) < len(self.connections)
        wait = min((one.due - now for one in idle), default=self._patience)
        if held and not busy:
            self._quiet.set()
            wait = 0.005
        elif held:
            wait = self._patience
        events = selector.select(max(0.0, min(wait, self._patience)))
        if not events and busy and wait >= self._patience:
            raise Wrong("the traffic has come to a stop")
        for key, mask in events:
            one = key.data
            if mask & selectors.EVENT_WRITE:
                one.send()
                self._watch(selector, one)
            if mask & selectors.EVENT_READ:
                took = one.receive()
                if took is not None:
                    self.latencies.append((time.perf_counter(), took))
                    idle.append(one)
        return idle

    def _watch(self, selector, one):
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if one.waits_to_send() else 0)
        if selector.get_key(one.sock).events != mask:
            selector.modify(one.sock, mask, one)

    @contextlib.contextmanager
    def pause(self):
        """Nothing is on its way within the `with`."""
        self._quiet.clear()
        self._held.set()
        wait_until(lambda: self._error or self._quiet.is_set(), "the traffic to come back")
        if self._error:
            raise self._error
        yield
        self._held.clear()

    def stop(self):
        """What is on its way comes back yet; then run() returns."""
        self._stopping.set()

    def rounds(self):
        """Of the connection that has made the fewest."""
        return min(one.rounds for one in self.connections)

    def wait_for_rounds(self, more=2):
        """Until each connection has made so many more."""
        goal = self.rounds() + more
        wait_until(lambda: self._error or self.rounds() >= goal, "the traffic to go on")
        if self._error:
            raise self._error

    def frames(self):
        return sum(one.frames for one in self.connections)

    def bytes(self):
        return sum(one.bytes for one in self.connections)

    def close(self):
        for one in self.connections:
            one.sock.close()


@contextlib.contextmanager
def flowing(case, where, count, **options):
    """Traffic on a thread of its own, beside what is within the `with`; it flows when that begins
    and has to flow when that ends."""
    traffic = Traffic(where, count, **options)
    case.addCleanup(traffic.close)
    case.addCleanup(traffic.stop)
    join = case.thread(traffic.run)
    traffic.wait_for_rounds(1)
    yield traffic
    traffic.wait_for_rounds()
    traffic.stop()
    join()
