"""`trunkline` with a bug in its router: whatever has FAULT in its subject makes deciding raise. Run as a module, like the real one."""

from datetime import datetime
from typing import Any

from services import cli
from services.router import service

FAULT = "divide by zero"
_decide = service.decide_inbound


def _faulty(message: Any, facts: Any, policy: Any, now: datetime, *more: Any) -> Any:
    if FAULT in message.subject:
        raise ZeroDivisionError("a bug that only this message meets")
    return _decide(message, facts, policy, now, *more)


if __name__ == "__main__":
    service.decide_inbound = _faulty
    cli.main()
