"""The kill test with every channel at once: SIGKILL and the providers' faults, then every message and acknowledgement is counted.

`python -m benchmarks kill_channels [--people 40] [--kills 6] [--seed 1] [--keep DIR]`. So many people write on each of SMS, WhatsApp,
Messenger, Telegram, live chat, web form, API and mail, every third person with a picture; `up` is killed in the midst of it, every second
time together with its bus, while the stand-ins of Twilio and Telegram lose answers, files and callbacks, refuse, repeat and reorder. What
was refused with 429 is tried again after a minute or more: so long it takes to come to rest. Exit 1 when anything was lost, doubled, or is
stuck.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.system.killing_channels import kill_channels


def main() -> None:
    """Run it and print what it came to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks kill_channels")
    parser.add_argument("--people", type=int, default=40, help="on each channel")
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-kill-") as temporary:
        began = time.monotonic()
        try:
            outcome = kill_channels(
                asked.keep or Path(temporary), people=asked.people, kills=asked.kills, seed=asked.seed, patient=True
            )
        except AssertionError as error:
            print(f"FAILED after {time.monotonic() - began:.0f} s: {str(error)[:5000]}")
            sys.exit(1)
        print("\n".join(outcome.lines()))
        print(f"passed in {time.monotonic() - began:.0f} s: nothing lost, nothing doubled, nothing stuck")


if __name__ == "__main__":
    main()
