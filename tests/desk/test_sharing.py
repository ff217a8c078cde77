"""What of a merged ticket is shown to whom: what they took part in, and all of it once an agent has answered them in the whole."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.desk.sharing import shown_to
from shared.clock import now
from shared.messages.customers import COMMON, PageMessage, PagePart, PagePromise, PageTicket
from shared.messages.ticket import Satisfaction
from tests.desk.customerpage import customer, link
from tests.desk.house import House
from tests.desk.portalcustomer import Browser
from tests.desk.test_contacts import receive, ticket_with

MERGED = now()
ANA, BOB, CY, DEE = "ana@x.example", "bob@y.example", "cy@z.example", "dee@x.example"


def said(
    name: str, part: int, minutes: int, *, by: str = ANA, to: tuple[str, ...] = (), out: bool = False
) -> PageMessage:
    at = MERGED + timedelta(minutes=minutes)
    return PageMessage(
        id=name, direction="out" if out else "in", address="" if out else by, to=list(to), part=part, created_at=at
    )


def merged(*more: PageMessage) -> PageTicket:
    """Bob was in Cc of the one that stayed, Cy of the one that became part of it, both Ana's. Dee's is another point of Ana's."""
    return PageTicket(
        number=1, status="open", language="en", created_at=MERGED, subject="Pump", verified=[ANA, DEE],
        satisfaction=Satisfaction(score=1, words="secret"),
        parts=[PagePart(subject="Pump", people=[ANA, BOB]), PagePart(subject="Invoice", people=[ANA, CY], merged_at=MERGED)],
        messages=[said("pump", 0, -9), said("invoice", 1, -8), *more],
        promises=[PagePromise(what="p"), PagePromise(what="i", part=1), PagePromise(what="both", part=COMMON)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reader", "subject", "messages", "promises"),
    [
        (ANA, "Pump", ["pump", "invoice", "later", "to bob"], ["p", "i", "both"]),
        (DEE.upper(), "Pump", ["pump", "invoice", "later", "to bob"], ["p", "i", "both"]),
        (BOB, "Pump", ["pump", "to bob"], ["p"]),
        (CY, "Invoice", ["invoice"], ["i"]),
        ("nobody@else.example", "", [], []),
    ],
)
def test_each_sees_what_they_took_part_in(reader: str, subject: str, messages: list[str], promises: list[str]) -> None:
    whole = merged(said("later", COMMON, 1), said("to bob", COMMON, 2, to=(BOB,)))
    shown = shown_to(whole, reader)
    assert shown.subject == subject
    assert [each.id for each in shown.messages] == messages
    assert [each.what for each in shown.promises] == promises
    assert (shown is whole) == (shown.satisfaction is not None)


def test_an_agents_answer_to_them_makes_all_that_comes_after_it_theirs_and_nothing_before() -> None:
    whole = merged(
        said("before", COMMON, 1), said("answer", COMMON, 2, to=(CY,), out=True), said("after", COMMON, 3)
    )  # fmt: skip
    assert [each.id for each in shown_to(whole, CY).messages] == ["invoice", "answer", "after"]
    assert [each.id for each in shown_to(whole, BOB).messages] == ["pump"]


def test_an_unmerged_ticket_is_shown_as_it_is() -> None:
    plain = merged().model_copy(update={"parts": []})
    assert shown_to(plain, "anybody") is plain


@pytest.mark.asyncio(loop_scope="module")
async def test_who_was_copied_in_one_of_two_tickets_never_reads_the_other_and_nobody_loses_their_own(
    house: House,
) -> None:
    bob, cy = f"{uuid4().hex}@copied.example", f"{uuid4().hex}@copied.example"
    ana = await customer(house, cc=[{"address": bob}])
    word = uuid4().hex
    await receive(house, "email", ana.address, f"Bill {word}", subject="Her bill", cc=[{"address": cy}])
    other = int((await ticket_with(house, word))["number"].removeprefix("T-"))
    await ana.act("merge", into=f"T-{other}")
    async with house.client(None) as client:
        pages = {
            who: (await client.get(f"/t/{link(number, who)}")).text
            for who, number in ((bob, ana.number), (cy, other), (ana.address, ana.number))
        }
    seen = {who: (ana.word in page, word in page, "Her bill" in page) for who, page in pages.items()}
    assert seen == {bob: (True, False, False), cy: (False, True, True), ana.address: (True, True, True)}
    async with Browser(house) as browser:
        await browser.signs_in(ana.address)
        page = (await browser.get(f"/portal/t/{ana.number}")).text
        assert (ana.word in page, word in page) == (True, True)
        listed = (await browser.get("/portal")).text
        assert (f"T-{other}" in listed, f"/t/{ana.number}" in listed) == (True, False)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_ticket_in_the_name_of_a_point_that_was_only_written_down_stays_its_owners_when_it_is_merged(
    house: House,
) -> None:
    ana, second = await customer(house), f"{uuid4().hex}@second.example"
    contact = (await ana.ticket())["contact"]["id"]
    body = {"subject": "By hand", "text": "T", "contact": second, "channel": "email", "received_by": "Anna"}
    made = (await house.api.post("/api/v1/tickets", json=body)).json()
    word = uuid4().hex
    assert (await house.api.post(f"/api/v1/tickets/{made['number']}/replies", json={"text": word})).status_code == 201
    joined = await house.api.post(f"/api/v1/contacts/{contact}/merge", json={"other": made["contact"]["id"]})
    assert joined.status_code == 200, joined.text
    merged = await house.api.post(f"/api/v1/tickets/{made['number']}/merge", json={"into": f"T-{ana.number}"})
    assert merged.status_code == 200, merged.text
    async with Browser(house) as browser:
        await browser.signs_in(second)
        listed = await browser.get("/portal")
        assert (made["number"] in listed.text, f"T-{ana.number}" in listed.text) == (True, False)
        page = await browser.get(f"/portal/t/{made['number'].removeprefix('T-')}")
        assert (page.status_code, word in page.text, ana.word in page.text) == (200, True, False)
        answered = await browser.post(page.url.path, do="reply", text="And now?")
        assert (answered.status_code, answered.url.path) == (200, page.url.path)
        assert ("And now?" in answered.text, ana.word in answered.text) == (True, False)
        assert (await browser.get(f"/portal/t/{ana.number}")).status_code == 404
