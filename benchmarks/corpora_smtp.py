"""Every file of the public mail corpora over SMTP into a running house: what became of them, and how long it took.

`python -m benchmarks corpora_smtp [--folder DIR]`. The folder is the one that the tests know as TRUNKLINE_CORPORA.
"""

import argparse
import tempfile
from pathlib import Path

from tests.conftest import corpora
from tests.system.corpus import account, files_of
from tests.system.mailing import Sink
from tests.system.processes import Up


def main() -> None:
    """Send, wait and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks corpora_smtp")
    parser.add_argument("--folder", type=Path, default=corpora())
    files = files_of(parser.parse_args().folder)
    sink = Sink().start()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        up = Up(Path(folder), config=f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "{sink.url}"\n')
        up.start()
        try:
            made = account(up, files)
        finally:
            up.stop()
            sink.stop()
    print(f"{made.files} files: all answered after {made.seconds:.1f} s, all accounted for after {made.rest:.1f} s")
    print("replies:", ", ".join(f"{count} x {reply}" for reply, count in made.replies.most_common()))
    print("became:", ", ".join(f"{count} {outcome}" for outcome, count in made.outcomes.most_common()))


if __name__ == "__main__":
    main()
