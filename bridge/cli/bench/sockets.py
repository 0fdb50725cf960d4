"""Sockets without a framework, so that the load costs little and is exact about time."""

import select
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from websockets.utils import accept_key

from bridge.cli.bench.frames import BINARY, CLOSE, PING, PONG, TEXT, Request, framed, take_frames, take_request

RECEIVE = 1 << 18
SPIN_NS = 1_500_000
"""epoll sleeps whole milliseconds: what is due sooner is waited for awake."""
T = TypeVar("T")
Alarm = Callable[[int], int | None]
"""Does what is due at a time, in nanoseconds of the monotonic clock, and returns when it is to be called next."""


class Loop:
    """Waits for sockets and for one alarm."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._writers: dict[int, Callable[[], None]] = {}

    def watch(self, sock: socket.socket, readable: Callable[[], None], writable: Callable[[], None]) -> None:
        """Call `readable` whenever there is something to read, `writable` while `want_room` says so."""
        self._readers[sock.fileno()] = readable
        self._writers[sock.fileno()] = writable
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def want_room(self, sock: socket.socket, *, wanted: bool) -> None:
        """Say whether to tell when there is room to write."""
        self._epoll.modify(sock.fileno(), select.EPOLLIN | (select.EPOLLOUT if wanted else 0))

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket that is still open."""
        del self._readers[sock.fileno()], self._writers[sock.fileno()]
        self._epoll.unregister(sock.fileno())

    def run(self, until: Callable[[], bool], alarm: Alarm | None = None) -> None:
        """Serve the sockets, and the alarm in its time, until it is so."""
        due = None if alarm is None else time.monotonic_ns()
        while not until():
            now = time.monotonic_ns()
            if alarm is not None and due is not None and now >= due:
                due = alarm(now)
            left = 50_000_000 if due is None else due - time.monotonic_ns()
            for number, events in self._epoll.poll(0 if left < SPIN_NS else min(left // 1_000_000, 50) / 1000):
                if events & select.EPOLLOUT and number in self._writers:
                    self._writers[number]()
                if events & ~select.EPOLLOUT and number in self._readers:
                    self._readers[number]()

    def beside(self, work: Callable[[], T]) -> T:
        """Serve the sockets while `work` runs in a thread of its own, and return what it returns."""
        done: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                done.append(work())
            except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that asked
                failed.append(error)

        thread = threading.Thread(target=run, name="bench-beside", daemon=True)
        thread.start()
        self.run(lambda: not thread.is_alive())
        for error in failed:
            raise error
        return done[0]

    def close(self) -> None:
        """Close it; the sockets are their owners'."""
        self._epoll.close()


class Line:
    """One connection: HTTP first, a WebSocket after `upgrade`.

    What cannot be sent at once waits, without a bound: this is a load, and what waits is what it measures.
    """

    def __init__(self, loop: Loop, sock: socket.socket, *, masks: bool, arrived: bytes = b"") -> None:
        """Take over `sock`, of which `arrived` was read already; `masks` is for a client, whose WebSocket is open."""
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_socket = masks
        self.closed = False
        self.on_request: Callable[[Request], None] = lambda _: None
        self.on_message: Callable[[bytes], None] = lambda _: None
        self._loop = loop
        self._sock = sock
        self._masks = masks
        self._arrived = bytearray(arrived)
        self._waiting = bytearray()
        loop.watch(sock, self._receive, self._flush)

    def send(self, data: bytes) -> None:
        """Send what is framed already."""
        if self.closed:
            return
        if self._waiting:
            self._waiting += data
            return
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(data):
            self._waiting += data[sent:]
            self._loop.want_room(self._sock, wanted=True)

    def tell(self, text: bytes) -> None:
        """Send a text message."""
        self.send(framed(TEXT, text, masked=self._masks))

    def upgrade(self, request: Request) -> None:
        """Make a WebSocket of it, as its client asks for."""
        accept = accept_key(request.headers["sec-websocket-key"])
        self.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
        )
        self.is_socket = True

    def answer(self, body: bytes) -> None:
        """Answer a request with JSON."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.send(head.encode() + body)

    def close(self) -> None:
        """Close it. May be called twice."""
        if not self.closed:
            self.closed = True
            self._loop.forget(self._sock)
            self._sock.close()

    def _flush(self) -> None:
        waiting, self._waiting = bytes(self._waiting), bytearray()
        self._loop.want_room(self._sock, wanted=False)
        self.send(waiting)

    def _receive(self) -> None:
        try:
            data = self._sock.recv(RECEIVE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._arrived += data
        while not self.is_socket and not self.closed and (request := take_request(self._arrived)) is not None:
            self.on_request(request)
        if self.is_socket:
            self._take_messages()

    def _take_messages(self) -> None:
        for opcode, payload in take_frames(self._arrived):
            if opcode in (TEXT, BINARY):
                self.on_message(payload)
            elif opcode == PING:
                self.send(framed(PONG, payload, masked=self._masks))
            elif opcode == CLOSE:
                self.send(framed(CLOSE, payload[:2], masked=self._masks))
                self.close()
                return


def listening(loop: Loop, accepted: Callable[[Line], None]) -> socket.socket:
    """Listen on a free port of the loopback."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)

    def accept() -> None:
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            return
        accepted(Line(loop, sock, masks=False))

    loop.watch(listener, accept, lambda: None)
    return listener
