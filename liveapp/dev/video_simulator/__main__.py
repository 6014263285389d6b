"""``python -m liveapp.dev.video_simulator --fd 5 --folder var/video --webhook-url …``"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from liveapp import clock
from liveapp.dev.video_simulator.server import Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    words = argparse.ArgumentParser(prog="video_simulator", description="A pretend Zoom and Google on this machine.")
    words.add_argument("--fd", type=int, required=True, help="a listening socket inherited from the parent")
    words.add_argument("--folder", type=Path, help="where the state is kept between starts")
    words.add_argument("--webhook-url", default="")
    given = words.parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    listener = socket.socket(fileno=given.fd)
    simulator = Simulator(folder=given.folder, webhook_url=given.webhook_url, listener=listener, clock=clock.timestamp)
    with simulator as there:
        print(f"Pretend Zoom and Google: {there.url}", flush=True)
        stopping.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
