"""What an agent writes from a channel of their own, as it leaves the house: under their public name, and with nothing of theirs in it."""

from typing import Any

import pytest

from services.router.deciding.commands import Refused, decide_command, needs
from shared.messages import command as c
from shared.messages import record as r
from shared.messages import talking as t
from shared.messages.agents import ChoiceFact
from shared.messages.changeset import AddMessage, ChangeTicket, QueueDelivery
from shared.messages.facts import Facts
from shared.messages.life import PutEntry, StaffFact
from shared.messages.parts import Attachment, Point
from tests.router.world import START, World, mail

ME = "a" * 32
OWN = [
    Point(kind="email", value="anna.private@mailer.example"),
    Point(kind="phone", value="+385911234567"),
    Point(kind="whatsapp", value="+48600100200"),
    Point(kind="telegram", value="987654321"),
]
TRACES = (b"anna.nowak", b"anna.private", b"911234567", b"600100200", b"987654321", b"600 100", b"91 123")
WORDS = (
    "Hello Ana, try it again.\n\nAnna.Nowak@Acme.example, +385 (0)91 123-4567 or 600 100 200 (WhatsApp), Telegram 987654321,\n"
    "an\u200bna.private(at)mailer.example. Our shop: support@acme.example, +15005550006. Order 2026-0042."
)
LEFT = (
    "Hello Ana, try it again.\n\n[address], [number] or [number] (WhatsApp), Telegram [number],\n"
    "[address]. Our shop: support@acme.example, +15005550006. Order 2026-0042."
)
SHEET = Attachment(
    filename="from anna.private@mailer.example 0911234567.pdf", media_type="application/pdf", size=3, blob="b" * 64
)


@pytest.fixture(scope="module")
def told() -> World:
    """A world with a ticket, T-1001, and its agent Anna."""
    world = World()
    world.take(mail("first"))
    staff = StaffFact(
        agent_id=ME,
        email="anna.nowak@acme.example",
        name="Anna Nowak",
        public_name="Ania",
        signatures={"en": "Ania\nSupport, 091 123 4567", "pl": "Pozdrawiam, Ania"},
    )
    world.state.staff[staff.email] = staff
    world.state.choices[staff.email] = ChoiceFact(agent_id=ME, email=staff.email, name=staff.name, points=OWN)
    return world


def decided(
    world: World, action: c.Action, actor: str = f"agent:{ME}", facts: Facts | None = None, **fields: Any
) -> list[Any]:
    command = c.Command(
        command_id="k", actor=actor, actor_name="Anna Nowak", at=START, channel="telegram", action=action, **fields
    )
    return decide_command(command, facts or world.state.model_copy(deep=True), world.policy, START).operations


def sent(operations: list[Any]) -> QueueDelivery:
    return next(
        each for each in operations if isinstance(each, QueueDelivery) and each.outbound.kind in ("reply", "message")
    )


def kept(operations: list[Any]) -> AddMessage:
    return next(each for each in operations if isinstance(each, AddMessage))


ANSWER = c.Reply(number=1001, text=WORDS, html=f"<p>{WORDS}</p>", attachments=[SHEET])
OUTSIDE = [
    ANSWER,
    c.Reply(number=1001, text=WORDS, channel="email", to=["ana@customer.example"]),
    t.WriteMessage(number=1001, text=WORDS, subject="From Anna.Nowak@acme.example", attachments=[SHEET]),
    t.StartSide(
        number=1001,
        channel="email",
        to="courier@fast.example",
        text=WORDS,
        subject="ask 0911234567",
        attachments=[SHEET],
    ),
]


@pytest.mark.parametrize("action", OUTSIDE, ids=["answer", "by mail", "message", "side"])
def test_no_octet_of_an_agents_address_number_or_id_leaves_the_house(told: World, action: c.Action) -> None:
    operations = decided(told, action, public_name="Ania")
    outbound = sent(operations).outbound
    assert not [trace for trace in TRACES if trace in outbound.encode().lower()]
    assert outbound.text == LEFT
    assert kept(operations).text == LEFT  # what is kept is what was sent
    assert kept(operations).attachments == outbound.attachments
    assert outbound.author == "Ania"
    assert "Nowak" not in outbound.encode().decode()


def test_what_goes_along_has_a_name_that_tells_nothing(told: World) -> None:
    (file,) = sent(decided(told, ANSWER)).outbound.attachments
    assert (file.filename, file.blob, file.size) == ("from [address] [number].pdf", SHEET.blob, SHEET.size)


def test_their_own_signature_goes_along_in_the_tickets_language(told: World) -> None:
    assert sent(decided(told, ANSWER)).outbound.signature == "Ania\nSupport, [number]"
    assert sent(decided(told, ANSWER, signature="Your Ania")).outbound.signature == "Your Ania"
    world = World(state=told.state.model_copy(deep=True))
    world.state.tickets[told.ticket_of("first")].language = "hr"
    outbound = sent(decided(world, ANSWER)).outbound
    assert outbound.signature == "Ania\nSupport, [broj]"  # there is none in Croatian: the company's first language
    assert outbound.text == LEFT.replace("[address]", "[adresa]").replace("[number]", "[broj]")


def test_a_solution_and_a_promise_that_the_customer_reads_tell_nothing_either(told: World) -> None:
    solved = decided(told, c.Solve(number=1001, summary="Ask 091 123 4567"))
    (change,) = (each for each in solved if isinstance(each, ChangeTicket) and "solution" in each.fields)
    assert change.fields["solution"] == "Ask [number]"
    changed = decided(told, c.Change(number=1001, fields={"solution": "Ask 091 123 4567"}))
    (change,) = (each for each in changed if isinstance(each, ChangeTicket) and "solution" in each.fields)
    assert change.fields["solution"] == "Ask [number]"
    promised = decided(told, r.AddPromise(number=1001, what="a call from +385911234567", due=START.replace(day=9)))
    (entry,) = (each for each in promised if isinstance(each, PutEntry))
    assert entry.data["what"] == "a call from [number]"


def test_what_only_says_who_wrote_stays_behind_and_a_mail_is_refused(told: World) -> None:
    cards = [
        ("smime.p7s", "application/pkcs7-signature"),
        ("key.asc", "application/octet-stream"),
        ("Anna.vcf", "text/x-vcard"),
    ]
    given = [Attachment(filename=name, media_type=kind, size=1, blob="c" * 64) for name, kind in cards]
    outbound = sent(decided(told, c.Reply(number=1001, text="x", attachments=[*given, SHEET]))).outbound
    assert [each.blob for each in outbound.attachments] == [SHEET.blob]
    for files, text in (
        ([Attachment(filename="x", media_type="message/rfc822", size=1, blob="d" * 64)], "x"),
        (given, " "),
    ):
        with pytest.raises(Refused) as refused:
            decided(told, c.Reply(number=1001, text=text, attachments=files))
        assert refused.value.error == "invalid"


def test_a_note_keeps_every_word(told: World) -> None:
    assert kept(decided(told, c.Note(number=1001, text=WORDS))).text == WORDS


def test_what_a_program_writes_is_as_it_wrote_it(told: World) -> None:
    outbound = sent(decided(told, ANSWER, actor="token:shop")).outbound
    assert (outbound.text, outbound.signature, outbound.author) == (WORDS, "", "Anna Nowak")


def test_another_agents_words_hide_their_own_points_only(told: World) -> None:
    facts = told.state.model_copy(deep=True)
    facts.staff["bo@acme.example"] = StaffFact(agent_id="b" * 32, email="bo@acme.example", name="Bo")
    operations = decided(told, c.Reply(number=1001, text="bo@acme.example, 091 123 4567"), f"agent:{'b' * 32}", facts)
    assert sent(operations).outbound.text == "[address], 091 123 4567"


@pytest.mark.parametrize("action", [*OUTSIDE, c.Solve(number=1001, summary="x")], ids=lambda each: each.do)
def test_who_the_agent_is_and_what_is_theirs_is_asked_for(told: World, action: c.Action) -> None:
    asked = needs(c.Command(command_id="k", actor=f"agent:{ME}", at=START, action=action), told.policy)
    assert (asked.staff, asked.choices) == (True, True)
