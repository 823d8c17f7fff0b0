#!/usr/bin/env python3
"""Reads /metrics from a unix socket so many times a second, until it is ended:
scrape.py SOCKET TIMES"""

import socket
import sys
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: brink\r\nConnection: close\r\n\r\n"


def read_once(path):
    """How many bytes it was."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(path)
        sock.sendall(REQUEST)
        answer = bytearray()
        while part := sock.recv(1 << 16):
            answer += part
    if not answer.startswith(b"HTTP/1.1 200") or b"\nbrink_clients " not in answer:
        sys.exit(f"no figures came: {bytes(answer[:100])}")
    return len(answer)


def main(path, times):
    read_once(path)
    print("reading", file=sys.stderr, flush=True)
    due = time.monotonic()
    while True:
        read_once(path)
        due = max(due + 1 / float(times), time.monotonic())
        time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
