"""Bytes, frames and addresses, as the whole-program tests need them."""

import random
import socket
import struct

from settings import WAIT


def payload(size, seed=1):
    """Bytes that look random and are the same each time."""
    return random.Random(seed).randbytes(size)


def frame(body, layout="<I"):
    """A frame whose header is the length of `body` (4 bytes, little-endian, unless said)."""
    return struct.pack(layout, len(body)) + body


def read_exactly(sock, size):
    """`size` bytes, or EOFError that says how many came."""
    chunks, missing = [], size
    while missing:
        chunk = sock.recv(min(missing, 1 << 20))
        if not chunk:
            raise EOFError(f"end of stream after {size - missing} of {size} bytes")
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def read_frame(sock, layout="<I"):
    """The payload of the next frame."""
    (size,) = struct.unpack(layout, read_exactly(sock, struct.calcsize(layout)))
    return read_exactly(sock, size)


def read_to_end(sock):
    """All bytes up to the FIN. A reset raises ConnectionResetError."""
    chunks = []
    while chunk := sock.recv(1 << 20):
        chunks.append(chunk)
    return b"".join(chunks)


def count_frames(data, layout="<I"):
    """How many whole frames `data` is made of; ValueError if the last one is cut."""
    count, at, header = 0, 0, struct.calcsize(layout)
    while at < len(data):
        if at + header > len(data):
            raise ValueError("cut in a header")
        at += header + struct.unpack_from(layout, data, at)[0]
        count += 1
    if at != len(data):
        raise ValueError("cut in a payload")
    return count


def round_trip(sock, body):
    """Sends `body` as a frame and reads the answer's payload."""
    sock.sendall(frame(body))
    return read_frame(sock)


def reset(sock):
    """Closes with a RST instead of a FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def ending(sock):
    """How the peer ends the connection: "fin" or "reset". What comes before is dropped."""
    try:
        read_to_end(sock)
        return "fin"
    except (ConnectionResetError, BrokenPipeError):
        return "reset"


def percentile(values, share):
    """The value that `share` (0 to 1) of all are at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def split_address(text):
    """Family and socket address of what brink prints as an address."""
    if text.startswith("unix:@"):
        return socket.AF_UNIX, "\0" + text[6:]
    if text.startswith("unix:"):
        return socket.AF_UNIX, text[5:]
    host, port = text.rsplit(":", 1)
    if host.startswith("["):
        return socket.AF_INET6, (host[1:-1], int(port))
    return socket.AF_INET, (host, int(port))


def connect(address, timeout=None, receive_buffer=None):
    """A connected stream socket with TCP_NODELAY. `address` as brink prints it."""
    family, where = split_address(address)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout or WAIT)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.connect(where)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def listening_socket(backlog=1024):
    """A listener at a port of the kernel's choice, and its address as brink writes it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    listener.settimeout(WAIT)
    return listener, "127.0.0.1:%d" % listener.getsockname()[1]


def unused_address():
    """Host and port for a peer that cannot be told to let the kernel choose: a free port of a
    loopback address that, chosen at random out of 2^24, is nobody else's."""
    host = "127.%d.%d.%d" % tuple(random.SystemRandom().randrange(1, 255) for _ in range(3))
    with socket.create_server((host, 0)) as probe:
        return host, probe.getsockname()[1]
