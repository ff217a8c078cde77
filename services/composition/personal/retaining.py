"""`trunkline retention`: what `[retention]` is about to forget. It is done by the store, every hour, in small pieces."""

import json

from services.composition.operating import operator
from shared.messages.people import RetentionAnswer, RetentionQuery
from shared.settings import Settings
from shared.settings.quantities import show_duration


async def show(settings: Settings, as_json: bool) -> None:
    """Print how many tickets are over for longer than is kept. Raises `CannotStart`."""
    async with operator(settings) as running:
        found = RetentionAnswer.decode(await running.ask("retention", RetentionQuery().encode()))
    if as_json:
        print(json.dumps({"words": found.words, "files": found.files}))
        return
    kept = settings.retention
    for name, keep, number in (("words", kept.words, found.words), ("files", kept.files, found.files)):
        how_long = "for ever" if keep is None else show_duration(keep)
        print(f"{name}: kept {how_long} after a ticket is over; {number} tickets are to go")
