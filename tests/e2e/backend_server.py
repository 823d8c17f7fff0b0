"""A server of frames, run as a process that may be killed, stopped, or told to refuse clients:

    python3 backend_server.py HOST PORT

Each frame comes back as it is; of one that begins with "half:" only a half, and then nothing more.
Commands on stdin, each answered on stdout: "refuse" closes the listener, clients that are there
stay; "listen" opens it again.
"""

import contextlib
import socket
import sys
import threading

from wire import frame, read_frame


def serve(connection):
    with connection, contextlib.suppress(OSError, EOFError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            body = read_frame(connection)
            if body.startswith(b"half:"):
                connection.sendall(frame(body)[:4 + len(body) // 2])
                threading.Event().wait()
            connection.sendall(frame(body))


def accept(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def listen(address):
    listener = socket.create_server(address, backlog=256)
    thread = threading.Thread(target=accept, args=(listener,), daemon=True)
    thread.start()
    return listener, thread


def main():
    address = (sys.argv[1], int(sys.argv[2]))
    listener, thread = listen(address)
    print("listen", flush=True)
    for line in sys.stdin:
        command = line.strip()
        if command == "refuse":
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            listener.close()
        elif command == "listen":
            listener, thread = listen(address)
        print(command, flush=True)


if __name__ == "__main__":
    main()
