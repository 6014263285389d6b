"""``python -m liveapp.dev.stripe_simulator --port 8421 --folder var/stripe --webhook-url … --webhook-secret …``"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from liveapp import clock
from liveapp.dev.stripe_simulator.simulator import WEBHOOK_SECRET, Simulator


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    words = argparse.ArgumentParser(prog="stripe_simulator", description="A pretend Stripe on this machine.")
    words.add_argument("--port", type=int, default=8421)
    words.add_argument("--fd", type=int, help="a listening socket inherited from the parent, instead of a port")
    words.add_argument("--folder", type=Path, help="where the state is kept between starts")
    words.add_argument("--webhook-url")
    words.add_argument("--webhook-secret", default=WEBHOOK_SECRET)
    given = words.parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    simulator = Simulator(
        port=given.port,
        folder=given.folder,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        listener=socket.socket(fileno=given.fd) if given.fd is not None else None,
        clock=clock.timestamp,
    )
    with simulator:
        print(f"Pretend Stripe: {simulator.url}", flush=True)
        stopping.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
