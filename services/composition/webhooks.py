"""`trunkline webhooks`: what webhooks could not be told, and telling them once more."""

import json

from services.composition.listing import print_table
from services.composition.operating import Operator, operator
from shared.messages.automation import FailedHook, FailedHooks, FailedHooksQuery, ReplayDelivery
from shared.settings import Settings

_PAGE = 200
_MOST = 10_000


async def list_failed(settings: Settings, webhook: str, as_json: bool, *, waiting: bool) -> None:
    """Print it, newest first."""
    async with operator(settings) as running:
        found = await _all(running, webhook, waiting)
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
    elif not found:
        print("no webhook has missed anything")
    else:
        rows = [
            [
                x.id,
                x.webhook,
                x.event,
                x.ticket or "",
                x.state,
                str(x.attempts),
                f"{x.updated_at:%Y-%m-%d %H:%M}",
                x.error,
            ]
            for x in found
        ]
        print_table(["id", "webhook", "event", "ticket", "state", "attempts", "last", "error"], rows)


async def replay(settings: Settings, delivery_id: str | None, webhook: str) -> None:
    """Tell one event once more; null: everything that a webhook (empty: any) was not told. Raises `CannotStart`."""
    async with operator(settings) as running:
        ids = [delivery_id] if delivery_id else [each.id for each in await _all(running, webhook, waiting=False)]
        for each in ids:
            await running.do(ReplayDelivery(delivery_id=each))
    print(f"replayed {len(ids)}")


async def _all(running: Operator, webhook: str, waiting: bool) -> list[FailedHook]:
    found: list[FailedHook] = []
    for page in range(1, _MOST // _PAGE + 1):
        query = FailedHooksQuery(webhook=webhook, waiting=waiting, page=page, per_page=_PAGE)
        answer = FailedHooks.decode(await running.ask("webhooks", query.encode()))
        found += answer.items
        if not answer.items or len(found) >= answer.total:
            break
    return found
