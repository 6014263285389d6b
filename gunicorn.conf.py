"""How gunicorn serves Live Sessions. Read by gunicorn; the environment decides what differs between machines."""

import gc
import os
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
timeout = 30
graceful_timeout = 25
# Longer than screens on walls wait between their questions (six seconds), so that each keeps its connection.
keepalive = 15
errorlog = "-"
# The app is built once and workers are copies of it: half the memory, half the wait until the first answer. Building it
# opens no connection and starts no thread, so that none is shared. New code is read after a restart, not after a HUP.
preload_app = True
control_socket_disable = True
# Workers prove that they live by touching a file: in memory where there is such a place, since disks can stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Whose X-Forwarded-* headers are believed about http or https; how many proxies to count is TRUSTED_PROXIES.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# Nothing that is loaded becomes garbage, so nobody looks for any until it is loaded.
gc.disable()


def when_ready(server: Arbiter) -> None:
    """Take what was loaded out of garbage collection for good: the slowest answers get about ten times faster, and what
    the workers have in common stays in memory once."""
    gc.freeze()


def post_fork(server: Arbiter, worker: Worker) -> None:
    """From now on there is garbage."""
    gc.enable()
