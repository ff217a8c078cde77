"""The task that forgets: what it leaves for the next time, and when it walks through everything again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, create_engine, select

from services.store import tables  # noqa: F401 - so that all tables are known
from services.store.forgetting import ageing, others, task
from services.store.forgetting.rows import ITEM, without_words
from services.store.models import Row
from shared.clock import now
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.secrets import Keyring
from tests.people.planting import TABLES


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    Row.metadata.create_all(engine)
    with engine.begin() as bare:
        yield bare
    engine.dispose()


def noted(connection: Connection, name: str) -> None:
    row = {"id": name, "points": [], "by": "system", "at": now(), "done_at": None, "counts": {}}
    connection.execute(task.ERASURE.insert(), row)
    connection.execute(ITEM.insert(), {"erasure_id": name, "kind": "source", "value": f"mail-{name}"})


def test_what_is_noted_while_an_erasure_ends_is_left_for_the_next(connection: Connection) -> None:
    noted(connection, "first")
    noted(connection, "meanwhile")
    task._done(connection, ["first"], {"files": 2})
    assert connection.execute(select(ITEM.c.value)).scalars().all() == ["mail-meanwhile"]
    assert connection.execute(select(task.ERASURE.c.id).where(task.ERASURE.c.done_at.is_(None))).scalars().all() == [
        "meanwhile"
    ]


def test_a_long_list_of_old_tickets_is_gone_through_once_in_pieces_whatever_stays_of_them(
    connection: Connection,
) -> None:
    at = now() - timedelta(days=900)
    ticket = TABLES["ticket"]
    given = {
        "subject": "s",
        "status": "closed",
        "channel": "email",
        "inbox": "i",
        "language": "en",
        "closed_at": at,
        "customer": "c",
    }
    for number in range(1, 8):  # three of them came at the very same moment
        came = at if number < 4 else at + timedelta(days=number)
        connection.execute(
            ticket.insert(), {**given, "id": f"t{number}", "number": number, "created_at": came, "updated_at": at}
        )
    found: list[str] = []
    place = ageing.Place()
    while True:
        ids, place = ageing.overdue(connection, now(), timedelta(days=1), 2, place, words=True)
        if not ids:
            break
        assert len(ids) <= 2
        found += ids
    assert found == [f"t{number}" for number in range(1, 8)]
    assert ageing.overdue(connection, now(), None, 2, ageing.Place(), words=True)[0] == ()


def test_of_values_only_numbers_times_and_a_programs_names_stay() -> None:
    said = {
        "score": 4,
        "words": "Ann",
        "ann@x.example": 1,
        "at": "2026-03-02T10:00:00Z",
        "list": [True, "Ann", {"Ann": 2}],
    }
    assert without_words(said) == {"score": 4, "words": "", "at": "2026-03-02T10:00:00Z", "list": [True, "", {}]}


def told(name: str, correlation: str, agent: str) -> dict[str, object]:
    outbound = Outbound(
        delivery_id=name,
        ticket_id="bens",
        channel="email",
        inbox="support",
        kind="alert",
        to=[Address(address="anna@acme.example")],
        variables={"text": "My pump leaks"},
        created_at=now(),
        agent_id=agent,
        correlation_id=correlation,
    )
    plain = dict.fromkeys(("channel", "inbox", "kind", "to", "error", "via", "event", "code"), "x")
    return {**plain, "id": name, "ticket_id": "bens", "state": "accepted", "rank": 3, "attempt": 1, "agent_id": agent, "internal": False,
            "outbound": outbound.encode(), "created_at": now(), "updated_at": now()}  # fmt: skip


def test_what_agents_were_told_of_somebodys_words_in_anothers_ticket_goes_with_them(connection: Connection) -> None:
    message, news, delivery = (TABLES[name] for name in ("message", "news", "delivery"))
    words = {"text": "My pump  leaks.\nBadly.", "reply_text": "", "correlation_id": "c1", "source_id": "s1"}
    given = {
        "direction": "in",
        "channel": "email",
        "inbox": "i",
        "created_at": now(),
        "author_address": "ann@x.example",
    }
    connection.execute(message.insert(), {**given, **words, "id": "m1", "ticket_id": "bens"})
    for name, text in (("of-ann", "My pump leaks. Ba…"), ("of-ben", "Paper, please")):
        row = {"id": name, "agent_id": "a", "ticket_id": "bens", "event": "replied", "template": "t", "at": now()}
        connection.execute(news.insert(), {**row, "variables": {"text": text}})
    for row in (told("of-ann", "c1", "a"), told("of-ben", "c2", "a"), told("bens-own", "c1", "")):
        connection.execute(delivery.insert(), row)
    done = others.forget_written(connection, Keyring("a", {"a": b"k" * 32}), ["m1"], now())
    assert connection.execute(select(news.c.id)).scalars().all() == ["of-ben"]
    assert sorted(connection.execute(select(delivery.c.id)).scalars()) == ["bens-own", "of-ben"]
    assert connection.execute(select(message.c.text, message.c.author_address)).one() == ("", "")
    assert {("source", "s1"), ("delivery", "of-ann")} <= done.items
