"""``[assignment]``: whether tickets are given to agents by themselves, and to whom."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from shared.settings.base import Section
from shared.settings.quantities import OptionalDuration

Mode = Literal["off", "round_robin", "least_busy"]
"""``off``: tickets wait in their team's queue; ``round_robin``: whoever was given none for longest; ``least_busy``: whoever has fewest."""

MOST = 10_000
"""Nobody has more open tickets than this."""

Capacity = Annotated[int, Field(ge=0, le=MOST)]


class Assignment(Section):
    """Who gets a ticket that nobody has. A team's ``assign`` outranks ``mode``.

    ``sticky``: whoever had the customer's last ticket comes first. ``language``: agents who speak the customer's language come first, or
    nobody else gets it. ``capacity`` is how many open tickets an agent may have who has no capacity of their own (null: any number);
    ``hours`` name the working hours of agents who have none, in a team that has none. A ticket whose agent is away when its customer
    writes goes back to the team after ``return_after`` of the team's working time (null: it stays). ``tell_when``: whether a customer who
    writes while nobody is there is told when somebody will be.
    """

    mode: Mode = "off"
    sticky: bool = True
    language: Literal["prefer", "require"] = "prefer"
    capacity: Capacity | None = None
    hours: str = ""
    return_after: OptionalDuration = timedelta(minutes=60)
    tell_when: bool = True
