"""The pretend providers that ``make run`` starts where there are no keys for real ones: what the app is told of them,
and their processes."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from liveapp.config import Settings
from liveapp.dev.stripe_simulator.simulator import WEBHOOK_SECRET
from liveapp.dev.supervisor import Service
from liveapp.dev.video_simulator.server import CLIENT_ID, CLIENT_SECRET
from liveapp.dev.video_simulator.server import WEBHOOK_SECRET as VIDEO_SECRET


def pretended(bound: socket.socket) -> dict[str, str]:
    """What the app is told of the pretend Stripe: nothing that a real one would take."""
    return {
        "STRIPE_SECRET_KEY": "sk_test_pretend",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_BASE": f"http://127.0.0.1:{bound.getsockname()[1]}",
    }


def pretend_stripe(bound: socket.socket, folder: Path, settings: Settings) -> Service:
    """The service that takes test cards, where there are no keys for the real Stripe."""
    bound.listen(128)
    number = bound.fileno()
    command = [
        sys.executable, "-m", "liveapp.dev.stripe_simulator", "--fd", str(number), "--folder", str(folder),
        "--webhook-url", f"{settings.base_url}/webhooks/stripe", "--webhook-secret", WEBHOOK_SECRET,
    ]  # fmt: skip
    return Service("stripe", command, pass_fds=(number,), beneath=True)


def pretended_video(bound: socket.socket) -> dict[str, str]:
    """What the app is told of the pretend Zoom and Google: nothing that real ones would take."""
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    keys = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "API_BASE": address}
    both = {f"{name}_{key}": value for name in ("ZOOM", "GOOGLE") for key, value in keys.items()}
    return both | {"ZOOM_WEBHOOK_SECRET": VIDEO_SECRET}


def pretend_video(bound: socket.socket, folder: Path, settings: Settings) -> Service:
    """The service that is both Zoom and Google, where there are no keys for either."""
    bound.listen(128)
    number = bound.fileno()
    command = [
        sys.executable, "-m", "liveapp.dev.video_simulator", "--fd", str(number), "--folder", str(folder),
        "--webhook-url", f"{settings.base_url}/webhooks/zoom",
    ]  # fmt: skip
    return Service("video", command, pass_fds=(number,), beneath=True)
