"""The audit log of the house, on both databases: newest first, without what happened in tickets, by who, what and when."""

from datetime import timedelta

import pytest

from services.store.queries import audit
from services.store.queries.audit import list_audit
from services.store.service import StoreService
from shared.clock import now
from shared.messages.audit import AuditQuery
from shared.messages.changeset import AddEvent
from tests.store.house import House
from tests.store.making import commit, doing, opening
from tests.store.test_contacts import context


async def test_it_is_listed_newest_first_and_asked_by_who_what_and_when(house: House, store: StoreService) -> None:
    at, kept = now(), context(house, store)
    events = [
        AddEvent(what="agent_created", actor="operator", data={"role": "lead"}, at=at - timedelta(days=2)),
        AddEvent(what="message_discarded", actor="operator", at=at),
        AddEvent(what="token_created", actor="agent:a", data={"name": "x"}, at=at - timedelta(days=1)),
        AddEvent(what="refused", actor="agent:b", reason="no", at=at),
    ]
    await commit(store, opening("one"), doing(*events))
    everything = await list_audit(kept, AuditQuery())
    assert [each.what for each in everything.items] == ["refused", "token_created", "agent_created"]
    assert everything.next is None
    first = await list_audit(kept, AuditQuery(limit=2))
    assert first.next == first.items[-1].seq
    rest = await list_audit(kept, AuditQuery(limit=2, before=first.next))
    assert [*first.items, *rest.items] == everything.items

    async def asked(**more: object) -> list[str]:
        return [each.what for each in (await list_audit(kept, AuditQuery.model_validate(more))).items]

    assert await asked(actor="agent:a") == ["token_created"]
    assert await asked(what=["agent_created", "message_discarded"]) == ["agent_created"]
    assert await asked(since=at - timedelta(days=1), until=at) == ["token_created"]


async def test_a_question_looks_through_so_many_entries_at_most(
    house: House, store: StoreService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "REACH", 2)
    events = [
        AddEvent(what=what, actor="operator", at=now()) for what in ("refused", "contact_changed", "contact_changed")
    ]
    await commit(store, doing(*events))
    assert (await list_audit(context(house, store), AuditQuery())).items == []
    monkeypatch.setattr(audit, "REACH", 3)
    assert len((await list_audit(context(house, store), AuditQuery())).items) == 1
