"""An agent who is told of a new ticket is offered past ones like it: by mail and in Telegram, and never at the cost of the news."""

import asyncio
from typing import Any

import pytest

from services.notifier.email.wording import word
from services.notifier.sending import Attempt, Outcome, Sent, Trouble
from services.notifier.similar import Offering, is_concerned, offered, offering
from shared.bus import rpc, subjects
from shared.bus.errors import RemoteError
from shared.clock import now
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, ArticleView
from shared.messages.outbound import Outbound
from shared.messages.similar import SimilarAnswer, SimilarQuery, SimilarTicket
from shared.texts import LANGUAGES
from shared.texts.alerting import told_words

from .conftest import House, outbound, until

FOUND = [
    SimilarTicket(number=12, subject="Pump leaks", status="closed", solution="New gasket.", score=0.9, why=["pump"]),
    SimilarTicket(number=7, subject="x" * 200, status="open", score=0.5, why=["pump"]),
    SimilarTicket(number=8, subject="Pump", status="closed", solution="word\n" * 200, score=0.4, why=["pump"]),
    SimilarTicket(number=9, subject="One too many", status="open", score=0.3, why=["pump"]),
]


def alert(**fields: Any) -> Outbound:
    told = {
        "kind": "alert",
        "event": "opened",
        "agent_id": "ab" * 16,
        "template": "agent.opened",
        "text": "",
        "variables": {"url": "https://desk.example", "by": "Bob", "reason": "-"},
        "automatic": True,
        "language": "en",
    }
    return outbound(**told | fields)


class Kept:
    """A sender that keeps what it is given."""

    concurrency = 4

    def __init__(self) -> None:
        self.sent: list[Outbound] = []

    async def start(self) -> None:
        """Nothing to do."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        self.sent.append(outbound)
        return Sent("1", "here")

    async def probe(self) -> Trouble | None:
        return None

    async def close(self) -> None:
        """Nothing to do."""


async def sent(house: House, message: Outbound, seconds: float = 5.0) -> Outbound:
    kept = Kept()
    await Offering(kept, await house.connect("notifier"), "en", seconds=seconds).send(message, Attempt(1))
    return kept.sent[0]


@pytest.mark.parametrize("channel", ["email", "telegram"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_best_three_stand_below_with_how_they_were_solved(channel: str, language: str) -> None:
    message = offered(alert(channel=channel, language=language, code="K7QF9T"), FOUND, "en")
    words = word(message, "Acme", "en").text if channel == "email" else told_words(message, "Acme", "en")
    lines = [line for line in words.splitlines() if line.startswith("T-") and " — " in line]
    assert lines[0] == "T-12 Pump leaks — New gasket."
    assert [line.partition(" ")[0] for line in lines] == ["T-12", "T-7", "T-8"]
    assert lines[1].startswith(f"T-7 {'x' * 59}… — ")
    assert all(len(line) < 200 for line in lines)


@pytest.mark.parametrize(
    ("fields", "concerned"),
    [
        ({}, True),
        ({"event": "assigned"}, True),
        ({"event": "replied"}, False),
        ({"event": ""}, False),
        ({"kind": "reply"}, False),
        ({"ticket_number": 0}, False),
    ],
)
def test_it_is_offered_with_the_news_of_a_ticket_that_is_new_to_them(fields: dict[str, Any], concerned: bool) -> None:
    assert is_concerned(alert(**fields)) is concerned


async def test_where_there_is_no_room_for_it_nobody_is_asked(house: House) -> None:
    kept = Kept()
    assert offering(kept, await house.connect("notifier"), "sms", "en") is kept


async def test_the_store_is_asked_about_the_ticket_when_it_is_told(house: House) -> None:
    asked: list[SimilarQuery] = []

    async def answer(request: rpc.Request) -> bytes:
        asked.append(SimilarQuery.decode(request.payload))
        return SimilarAnswer(items=FOUND).encode()

    server = await rpc.serve(await house.connect("store"), subjects.query("similar"), "store", answer)
    message = await sent(house, alert())
    assert [(each.number, each.most) for each in asked] == [(1001, 3)]
    assert "T-12 Pump leaks — New gasket." in word(message, "Acme", "en").text
    other = alert(event="replied")
    assert await sent(house, other) == other
    assert len(asked) == 1
    await server.stop()


async def test_articles_that_may_fit_stand_below_those_for_customers_with_their_links(house: House) -> None:
    asked: list[ArticlesQuery] = []
    found = [
        ArticleView(article="leak", language="en", title="Pump leaks", published_at=now()),
        ArticleView(article="leak", language="pl", title="Pompa cieknie", published_at=now()),
        ArticleView(article="own", language="en", title="Pumps, inside", visibility="internal", published_at=now()),
    ]

    async def answer(request: rpc.Request) -> bytes:
        asked.append(ArticlesQuery.decode(request.payload))
        return ArticlesAnswer(items=found).encode()

    server = await rpc.serve(await house.connect("store"), subjects.query("articles"), "store", answer)
    kept = Kept()
    bus = await house.connect("notifier")
    await Offering(kept, bus, "en", "https://help.acme.example", seconds=5.0).send(alert(), Attempt(1))
    assert [(each.number, each.internal) for each in asked] == [(1001, True)]
    words = word(kept.sent[0], "Acme", "en").text
    expected = "Articles that may fit:\nPump leaks\nhttps://help.acme.example/kb/a/leak?lang=en\nPumps, inside"
    assert expected in words
    await server.stop()


async def test_without_an_answer_the_news_goes_without_it(house: House) -> None:
    gate, message = asyncio.Event(), alert()
    assert await sent(house, message) == message  # nobody is there

    async def broken(request: rpc.Request) -> bytes:
        raise RemoteError("unavailable", "the database is away")

    server = await rpc.serve(await house.connect("store"), subjects.query("similar"), "store", broken)
    assert await sent(house, message) == message
    await server.stop()

    async def silent(request: rpc.Request) -> bytes:
        await gate.wait()
        return SimilarAnswer(items=FOUND).encode()

    server = await rpc.serve(await house.connect("store"), subjects.query("similar"), "store", silent)
    assert await sent(house, message, seconds=0.05) == message
    gate.set()
    await server.stop()


async def test_a_notifier_offers_it_in_the_mail_that_an_agent_gets(house: House) -> None:
    async def answer(request: rpc.Request) -> bytes:
        return SimilarAnswer(items=FOUND[:1]).encode()

    server = await rpc.serve(await house.connect("store"), subjects.query("similar"), "store", answer)
    await house.notifier({"support": [], "sales": []})
    await house.store.queue(alert())
    await until(lambda: len(house.store.reported("accepted")) == 1)
    (mail,) = (house.data / "maildir" / "new").iterdir()
    assert b"New gasket." in mail.read_bytes()
    await server.stop()
