"""A health check for containers: exit 0 when a URL of this container answers 200, else 1 with what it said.

    python deploy/probe.py http://127.0.0.1:8081/readyz

Only the standard library, and no proxy whatever the environment says: it runs every few seconds.
"""

import sys
import urllib.error
import urllib.request

SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Ask once."""
    if len(arguments) != 1 or not arguments[0].startswith("http://"):
        print("usage: probe.py http://127.0.0.1:PORT/PATH", file=sys.stderr)
        return 2
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(arguments[0], timeout=SECONDS) as answer:
            said, passed = answer.read(2000), answer.status == 200
    except urllib.error.HTTPError as error:
        said, passed = error.read(2000), False
    except OSError as error:
        said, passed = str(error).encode(), False
    print(said.decode("utf-8", "replace"))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
