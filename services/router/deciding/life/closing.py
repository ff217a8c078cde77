"""What is solved and stays unanswered for long enough is closed."""

from services.router.deciding.life import requiring
from services.router.deciding.life.living import Living
from services.router.deciding.life.moving import become
from shared.messages.outbound import TimerDue

REASON = "solved and unanswered for long enough"


def close(living: Living, _timer: TimerDue) -> None:
    """The time after solving is over."""
    if living.ticket.status != "solved" or requiring.hold(living, REASON):
        return
    become(living, "closed", "timer", REASON)
