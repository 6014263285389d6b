"""What a web worker weighs and how long the site takes from its start to the first answer, beside a bare page of ours.

Run: python bench/start.py [rounds]. Memory is each process's proportional share (PSS): what processes have in common is
divided among them. Linux only.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import time
from pathlib import Path

import _site

ROUNDS = 5
PAGES = ("/sign-in", "/sign-up", "/", "/nothing") * 10


def main() -> None:
    """Prints the medians of all rounds, and each round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with _site.database() as database:
        environment = _site.site(database.url)
        found: dict[str, list[tuple[float, float, float]]] = {"the site": [], "a bare page": []}
        for _ in range(rounds):
            found["the site"].append(measured("app:app", PAGES, environment))
            found["a bare page"].append(measured("bare:app", ("/rows",) * len(PAGES), environment))
    for name, each in found.items():
        seconds, worker, whole = (statistics.median(values) for values in zip(*each, strict=True))
        print(f"{name}: first answer after {seconds:.2f} s, a worker {worker:.0f} MiB, all processes {whole:.0f} MiB")
        print(f"  in each round: {', '.join(f'{began:.2f} s {mib:.0f} MiB' for began, mib, _ in each)}")


def measured(target: str, pages: tuple[str, ...], environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds until the first answer; after all pages, MiB of the heaviest worker and of all processes together."""
    begun = time.perf_counter()
    with _site.served(target, **environment) as port:
        _site.ask(port, _site.get(pages[0]))
        seconds = time.perf_counter() - begun
        for page in pages:
            _site.ask(port, _site.get(page))
        shares = [share(pid) for pid in family(port)]
        return seconds, max(shares[1:]), sum(shares)


def family(port: int) -> list[int]:
    """The server that listens there, then its workers."""
    found = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if f"127.0.0.1:{port}".encode() in (folder / "cmdline").read_bytes()
    ]
    return sorted(found, key=lambda pid: (os.getpid() != parent_of(pid), pid))


def parent_of(pid: int) -> int:
    """The process that started this one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def share(pid: int) -> float:
    """The process's proportional share of memory in MiB."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
