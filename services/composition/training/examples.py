"""What past tickets teach, fetched from the store a page at a time and kept in little room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.composition.operating import Operator
from services.composition.training.fitting import Example, units_of
from shared.learning.modelfile import TARGETS, Target
from shared.messages.learning import ExamplesPage, ExamplesQuery, LearntExample

MOST = 20_000
"""The newest so many tickets: a few hundred megabytes while fitting."""
_BY_HAND = 2.0
"""How much what somebody set by hand counts, beside what they left as it was."""


@dataclass
class Taught:
    """The examples by target, and how many tickets they are of."""

    tickets: int = 0
    examples: dict[Target, list[Example]] = field(default_factory=lambda: {target: [] for target in TARGETS})

    def add(self, ticket: LearntExample) -> None:
        """What one ticket teaches."""
        units = units_of(ticket.subject, ticket.text)
        if not units:
            return
        self.tickets += 1
        for target in TARGETS:
            label = getattr(ticket, target)
            if label:
                self.examples[target].append(_example(units, label, target in ticket.corrected))


def _example(units: Sequence[int], label: str, by_hand: bool) -> Example:
    return Example(units, label, _BY_HAND if by_hand else 1.0)


async def fetch(running: Operator, *, imported: bool, progress: Callable[[str], None]) -> Taught:
    """All that there is to learn from, at most `MOST` tickets, the newest. Raises `CannotStart`."""
    taught, query = Taught(), ExamplesQuery(imported=imported)
    while taught.tickets < MOST:
        page = ExamplesPage.decode(await running.ask("examples", query.encode()))
        for ticket in page.items:
            taught.add(ticket)
        progress(f"{taught.tickets} tickets")
        if page.next is None:
            break
        query = query.model_copy(update={"before": page.next})
    return taught
