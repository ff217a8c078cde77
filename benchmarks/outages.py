"""Half a minute without the bus, without the store, without a relay, under a steady load: what was accepted, who waited, what recovered.

`python -m benchmarks outages [--seconds 30]`. Ends with an error for anything lost, doubled, or that had to be started anew.
"""

import argparse
import tempfile
from pathlib import Path

from tests.system.mailing import Sink
from tests.system.outages import Outage, Relay, Steady, embedded_outages, relay_outages, split_outages, to, two_inboxes
from tests.system.processes import Up


def main() -> None:
    """Run all of them and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks outages")
    parser.add_argument("--seconds", type=float, default=30)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for outage in split_outages(Path(folder) / "split", seconds):
            print(outage, flush=True)
        for outage in _alone(Path(folder), seconds):
            print(outage, flush=True)
    print("nothing lost, nothing doubled, nothing started anew; nobody waited for a relay that is not theirs")


def _alone(folder: Path, seconds: float) -> list[Outage]:
    sink, relay = Sink().start(), Relay(folder / "relay").start()
    up = Up(folder / "up", config=two_inboxes(relay, sink)).start()
    try:
        load = Steady(up.smtp, to("sales", "support")).start()
        return [*embedded_outages(up, load, seconds), *relay_outages(up, relay, sink, load, seconds)]
    finally:
        up.stop()
        relay.kill()
        sink.stop()


if __name__ == "__main__":
    main()
