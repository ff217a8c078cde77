"""`trunkline quarantine`: what was held back and why, letting it out and discarding it."""

import json
from datetime import datetime

from services.composition.errors import CannotStart
from services.composition.listing import print_table
from services.composition.operating import Operator, operator
from shared.messages.command import Discard, Release
from shared.messages.quarantine import HeldAnswer, HeldQuery, HeldView, QuarantinePage, QuarantineQuery
from shared.settings import Settings

_PAGE = 200
_MOST = 10_000


async def list_held(settings: Settings, as_json: bool, *, released: bool, discarded: bool) -> None:
    """Print the held messages, newest first."""
    async with operator(settings) as running:
        held = await _all(running, released, discarded)
    if as_json:
        print(json.dumps([one.model_dump(mode="json") for one in held], ensure_ascii=False))
        return
    if not held:
        print("nothing is held")
        return
    rows = [
        [x.id, x.inbox, _when(x.held_at), x.reason.rule, _plain(x.sender), _plain(x.subject), _became(x)] for x in held
    ]
    print_table(["id", "inbox", "since", "reason", "sender", "subject", "became"], rows)


def _became(held: HeldView) -> str:
    if held.released_at is not None:
        return held.ticket or "released"
    return "discarded" if held.discarded_at is not None else ""


async def _all(running: Operator, released: bool, discarded: bool) -> list[HeldView]:
    held: list[HeldView] = []
    for page in range(1, _MOST // _PAGE + 1):
        query = QuarantineQuery(released=released, discarded=discarded, page=page, per_page=_PAGE)
        found = QuarantinePage.decode(await running.ask("quarantine", query.encode()))
        held += found.items
        if not found.items or len(held) >= found.total:
            break
    return held


async def show_held(settings: Settings, held_id: str, as_json: bool) -> None:
    """Print one held message with what it says. Raises `CannotStart` where there is none."""
    async with operator(settings) as running:
        found = HeldAnswer.decode(await running.ask("held", HeldQuery(id=held_id).encode()))
    if found.held is None or found.content is None:
        raise CannotStart(f"nothing is held under {held_id}; `trunkline quarantine list` tells what is")
    held, content = found.held, found.content
    if as_json:
        whole = held.model_dump(mode="json") | {"content": content.model_dump(mode="json")}
        print(json.dumps(whole, ensure_ascii=False))
        return
    print(f"id: {held.id}\ninbox: {held.inbox}\nsender: {_plain(held.sender)}\nsubject: {_plain(held.subject)}")
    print(f"held since {_when(held.held_at)}, kept until {_when(held.expires_at)}")
    print(f"because: {held.reason.rule} ({_plain(held.reason.evidence)})")
    if held.released_at is not None:
        print(f"released: {_when(held.released_at)} by {held.released_by} to {held.ticket or 'a ticket'}")
    if held.discarded_at is not None:
        why = f": {_plain(held.discard_reason)}" if held.discard_reason else ""
        print(f"discarded: {_when(held.discarded_at)} by {held.discarded_by}{why}")
    for attachment in content.attachments:
        print(f"attachment: {attachment.filename!r} ({attachment.media_type}, {attachment.size} bytes)")
    print(f"\n{_plain(content.text)}")


async def release(settings: Settings, held_id: str, unblock: bool, as_json: bool) -> None:
    """Let a message out, and print where it went. Raises `CannotStart` where there is none."""
    async with operator(settings) as running:
        done = await running.do(Release(held_id=held_id, unblock=unblock))
    number = done.result.get("number")
    ticket = f"T-{number}" if number is not None else None
    already = bool(done.result.get("already_released"))
    if as_json:
        print(json.dumps({"id": held_id, "ticket": ticket, "already_released": already}))
        return
    print(
        f"{held_id} {'was released before' if already else 'is released'}: {ticket or 'its ticket is no longer there'}"
    )


async def discard(settings: Settings, held_id: str, reason: str, as_json: bool) -> None:
    """Say that nobody need look at a message any more. Raises `CannotStart` where there is none."""
    async with operator(settings) as running:
        done = await running.do(Discard(held_id=held_id, reason=reason))
    already = bool(done.result.get("already_discarded"))
    if as_json:
        print(json.dumps({"id": held_id, "already_discarded": already}))
        return
    print(f"{held_id} {'was discarded before' if already else 'is discarded'}")


def _plain(text: str) -> str:
    """What a stranger wrote must not steer the terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def _when(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
