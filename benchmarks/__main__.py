"""`python -m benchmarks`: what there is to measure; `python -m benchmarks NAME …` measures it."""

import importlib
import pkgutil
import sys

import benchmarks
from tests import nursery


def main() -> None:
    """List the benchmarks with the first line of what each says of itself, or run one."""
    if len(sys.argv) > 1:
        name = sys.argv.pop(1)
        nursery.anew = True  # what is measured is what users start
        importlib.import_module(f"benchmarks.{name}").main()
        return
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if not module.name.startswith("_"):
            first = (importlib.import_module(f"benchmarks.{module.name}").__doc__ or "").strip().splitlines()[0]
            print(f"python -m benchmarks {module.name:16} {first}")


if __name__ == "__main__":
    main()
