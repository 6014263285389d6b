"""How gunicorn serves Live Sessions. Read by gunicorn; the environment decides what differs between machines."""

import gc
import os
from pathlib import Path

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
# Each worker builds its own app, so that none inherits another's database connections.
preload_app = False
control_socket_disable = True
# Workers prove that they live by touching a file: in memory where there is such a place, since disks can stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Whose X-Forwarded-* headers are believed about http or https; how many proxies to count is TRUSTED_PROXIES.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")


def post_worker_init(worker: Worker) -> None:
    """Take what was loaded at start out of garbage collection: the slowest answers get about ten times faster."""
    gc.collect()
    gc.freeze()
