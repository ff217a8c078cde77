"""How long `up` takes to be ready, and what it then holds in memory with its bus while nothing happens.

`python -m benchmarks idle [--rounds 5] [--wait 20]`. Marks: ready within 5 s, under 250 MB. RSS counts shared pages in every process
that has them; PSS shares them out, which is what the machine really gives.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from tests.system.processes import Up


def memory(pid: int) -> dict[str, tuple[float, float]]:
    """RSS and PSS in MB of a process and everything below it, by name."""
    parent = psutil.Process(pid)
    found: dict[str, tuple[float, float]] = {}
    for process in [parent, *parent.children(recursive=True)]:
        held = process.memory_full_info()
        rss, pss = found.get(process.name(), (0.0, 0.0))
        found[process.name()] = rss + held.rss / 1e6, pss + held.pss / 1e6
    return found


def _round(wait: float) -> tuple[float, float, dict[str, tuple[float, float]]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        up, began = Up(Path(folder)), time.monotonic()
        up.start()
        first = time.monotonic() - began
        up.stop()
        began = time.monotonic()
        up.start()
        again = time.monotonic() - began
        try:
            time.sleep(wait)
            assert up.process is not None
            assert up.process.process is not None
            return first, again, memory(up.process.process.pid)
        finally:
            up.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks idle")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--wait", type=float, default=20, help="seconds between ready and the look at the memory")
    wanted = parser.parse_args()
    rounds = [_round(wanted.wait) for _ in range(wanted.rounds)]
    print(f"ready in a new folder: median {statistics.median(one[0] for one in rounds):.2f} s (mark: 5)")
    print(
        f"ready in a used folder: median {statistics.median(one[1] for one in rounds):.2f} s, worst {max(one[1] for one in rounds):.2f} s"
    )
    for name, (rss, pss) in rounds[-1][2].items():
        print(f"{name}: {rss:.0f} MB RSS, {pss:.0f} MB PSS")
    whole = [tuple(sum(part) for part in zip(*one[2].values(), strict=True)) for one in rounds]
    rss, pss = (statistics.median(one[i] for one in whole) for i in (0, 1))
    print(f"together: median {rss:.0f} MB RSS, {pss:.0f} MB PSS (mark: 250)")


if __name__ == "__main__":
    main()
