"""Loopback ports: which are free, who answers."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

HOST = "127.0.0.1"
#: Below the range the kernel hands out to outgoing connections, so that a port stays ours while we are down.
FIRST, LAST = 20_000, 31_999


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """``count`` different free ports, at random so that two homes seldom choose the same."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            port = FIRST + secrets.randbelow(LAST - FIRST + 1)
            probe = held.enter_context(socket.socket())
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            ports.append(port)
    return ports


def free_port() -> int:
    """One free port."""
    return free_ports(1)[0]
