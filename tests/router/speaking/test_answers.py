"""An agent answers from wherever they are: it reaches the customer in their public name, and what was sent to whom is told back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.router.deciding import evidence
from services.router.deciding.speaking.saying import pending
from shared.messages.agents import Say, SpeakerAsk, ToldFact
from shared.messages.changeset import AddMessage, Changeset, ChangeTicket, MarkPoint
from shared.messages.facts import PersonFact, PointFact, point_key
from shared.messages.gathering import Merge
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment, Point
from shared.phones import count_segments
from shared.texts import LANGUAGES, text
from tests.router.speaking.speakworld import ANNA, ANNAS_CHAT, ANNAS_PHONE, FORGED, PIOTR, PIOTRS_CHAT, Speaking
from tests.router.world import mail

Saying = Callable[[Speaking, ToldFact], Any]
PHOTO = Attachment(filename="label.jpg", media_type="image/jpeg", size=9, sha256="0" * 64, blob="b")
LOGO = Attachment(filename="logo.png", media_type="image/png", size=9, sha256="1" * 64, blob="c", inline=True)


@pytest.fixture
def world() -> Speaking:
    return Speaking()


WAYS: dict[str, tuple[str, Saying]] = {
    "by mail, to the signed address": ("email", lambda w, t: w.mails("On its way.", t)),
    "by mail, without what it answers": ("email", lambda w, t: w.mails("On its way.")),
    "by mail, from the address in another case": ("email", lambda w, t: w.mails("On its way.", t, "Anna@ACME.example")),
    "in Telegram, as a reply": ("telegram", lambda w, t: w.chats("On its way.", t)),
    "in Telegram, with the ticket's number": ("telegram", lambda w, t: w.chats("T-1001 On its way.")),
    "in Telegram, with the number in brackets": ("telegram", lambda w, t: w.chats("[t-1001]: On its way.")),
    "in Telegram, with the code": ("telegram", lambda w, t: w.chats(f"{t.code} On its way.")),
    "by SMS, with the code": ("sms", lambda w, t: w.texts(f"{t.code} On its way.")),
    "by SMS, with the code as people write it": (
        "sms",
        lambda w, t: w.texts(f" {t.code[:3].lower()}-{t.code[3:].lower()}: On its way."),
    ),
    "by WhatsApp, with the code": ("whatsapp", lambda w, t: w.texts(f"{t.code}\nOn its way.", channel="whatsapp")),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_reaches_the_customer_and_is_told_back(world: Speaking, way: str) -> None:
    channel, say = WAYS[way]
    changeset = say(world, world.told(channel=channel))
    (sent,) = world.to_customers()
    assert (sent.channel, sent.to[0].address, sent.text) == ("email", "ana@customer.example", "On its way.")
    assert (sent.author, sent.signature) == ("Anna", "Anna, support")
    (echo,) = world.echoes()
    mine = {"email": ANNA.email, "telegram": ANNAS_CHAT}.get(channel, ANNAS_PHONE)
    assert (echo.channel, echo.to[0].address, echo.kind, echo.agent_id) == (channel, mine, "alert", ANNA.agent_id)
    assert echo.text == (
        'T-1001: sent to Ana Kovac (email): "On its way."'
        if channel == "sms"
        else "T-1001: sent to Ana Kovač (email): “On its way.”"
    )
    assert echo.automatic
    assert "ana@customer.example" not in echo.model_dump_json()
    assert world.verdicts() == [("done", "")]
    assert (changeset.ledger.outcome, changeset.ledger.reason) == ("stored", "agent")


NOTES: dict[str, Callable[[Speaking], Any]] = {
    "mail": lambda w: w.mails("Careful with him.", address=w.address(internal=True)),
    "Telegram": lambda w: w.chats("Careful with him.", w.told(internal=True)),
    "an SMS": lambda w: w.texts(f"{w.told(channel='sms', internal=True).code} Careful with him."),
}


@pytest.mark.parametrize("way", NOTES)
def test_a_notes_alert_answers_as_a_note(world: Speaking, way: str) -> None:
    NOTES[way](world)
    assert world.to_customers() == []
    assert world.notes() == ["Careful with him."]
    said = "“Careful with him.”" if way != "an SMS" else '"Careful with him."'
    assert world.echoes()[-1].text == f"T-1001: kept as a note, which the customer does not see: {said}"
    assert world.echoes()[-1].internal


def test_commands_are_done_and_told(world: Speaking) -> None:
    world.chats("Replaced the fuse.\n#take\n#solve", world.told())
    assert world.ticket(1001).status == "solved"
    assert world.ticket(1001).assignee == ANNA.email
    assert world.echoes()[-1].text.splitlines() == [
        "T-1001: sent to Ana Kovač (email): “Replaced the fuse.”",
        "T-1001: with you.",
        "T-1001: solved.",
    ]


TOLD_BACK: dict[str, tuple[str, str, str]] = {
    # what is said of T-1001, what is told back, and in Polish
    "another agent": ("#assign piotr", "T-1001: with Piotr.", "T-1001: prowadzi teraz Piotr."),
    "a note, a command and an answer": (
        "Dear Ana.\n#note She was angry.\n#priority high",
        "T-1001: sent to Ana Kovač (email): “Dear Ana.”\n"
        "T-1001: kept as a note, which the customer does not see: “She was angry.”\n"
        "T-1001: priority: high.",
        "T-1001: wysłano – Ana Kovač, e-mail: „Dear Ana.”\n"
        "T-1001: zapisano jako notatkę, której klient nie widzi: „She was angry.”\n"
        "T-1001: priorytet: wysoki.",
    ),
    "another ticket": ("#take T-1002", "T-1002: with you.", "T-1002: jest u Ciebie."),
    "somebody asked aside": (
        "#side sms +48600999888 Please fetch it.",
        "T-1001: +48600999888 was asked (SMS): “Please fetch it.”",
        "T-1001: zapytano +48600999888 (SMS): „Please fetch it.”",
    ),
    "closed": ("#close", "T-1001: closed.", "T-1001: zamknięte."),
    "what cannot be done, and what was not tried any more": (
        "#merge into T-1002\n#take",
        "T-1001: #merge not done: T-1001 and T-1002 are of different customers",
        "T-1001: #merge – nie zrobiono: T-1001 and T-1002 are of different customers",
    ),
}


@pytest.mark.parametrize("said", TOLD_BACK)
@pytest.mark.parametrize("language", ["en", "pl"])
def test_what_was_done_is_told_once_each_as_a_sentence_about_its_ticket(
    world: Speaking, said: str, language: str
) -> None:
    words, english, polish = TOLD_BACK[said]
    _speaks(world, language)
    for staff in world.state.staff.values():
        staff.public_name = staff.name.split()[0]
    world.chats(words, world.told())
    assert world.echoes()[-1].text.startswith(english if language == "en" else polish)
    if world.ticket(1001).status != "new" or "#merge" not in words:
        assert world.echoes()[-1].text in (english, polish)
    else:
        last = {
            "en": "#take not done: what came before it failed",
            "pl": "#take – nie zrobiono: nie udało się to, co przedtem",
        }
        assert world.echoes()[-1].text.splitlines()[-1] == f"T-1001: {last[language]}"


def test_a_merge_is_told_once(world: Speaking) -> None:
    other = world.opened(contact="ana@customer.example")
    world.chats(f"#merge into T-{other}", world.told())
    assert world.echoes()[-1].text == f"T-1001: part of T-{other} now."


def test_two_who_are_known_by_the_same_name_are_told_apart(world: Speaking) -> None:
    for staff in world.state.staff.values():
        staff.public_name = "Support"
    world.chats("#assign piotr", world.told())
    assert world.echoes()[-1].text == "T-1001: with Piotr Lis."


def _speaks(world: Speaking, language: str) -> None:
    """Anna's language from now on."""
    everybody = [each.agent for each in world.state.speakers.values()] + list(world.state.staff.values())
    for agent in everybody:
        agent.languages = [language] if agent.agent_id == ANNA.agent_id else agent.languages


def test_of_a_mistake_nothing_is_done_and_it_is_told(world: Speaking) -> None:
    world.chats("#slove\nReplaced the fuse.", world.told())
    assert world.to_customers() == []
    assert "solve" in world.echoes()[-1].text
    assert world.verdicts() == [("done", "invalid")]


def test_a_button_does_what_stands_in_it(world: Speaking) -> None:
    told = world.told()
    world.presses(f"#take T-1001 {told.code}")
    assert world.ticket(1001).assignee == ANNA.email
    world.presses(f"#take {told.code}")
    assert [verdict for verdict, _ in world.verdicts()] == ["done", "done"]
    world.presses("#take T-1001 AAAAAA")
    world.presses("solved:1001:yes")
    assert world.verdicts()[-2:] == [("dropped", "an unknown button")] * 2
    assert world.ticket(1001).status == "new"


def test_a_code_alone_asks_how_the_ticket_stands(world: Speaking) -> None:
    world.texts(world.told(channel="sms").code)
    assert world.to_customers() == []
    echo = world.echoes()[-1]
    assert "T-1001" in echo.text
    assert count_segments(echo.text).count <= 2


def test_files_go_along_and_pictures_in_the_text_stay(world: Speaking) -> None:
    world.mails("See the label.", world.told(channel="email"), attachments=[PHOTO, LOGO])
    assert world.to_customers()[-1].attachments == [PHOTO]
    world.chats("", world.told(), attachments=[PHOTO])
    assert (world.to_customers()[-1].text, world.to_customers()[-1].attachments) == ("", [PHOTO])
    world.mails("", world.told(channel="email"), attachments=[LOGO])
    assert len(world.to_customers()) == 2
    assert "attach them as files" in world.echoes()[-1].text


def test_an_echo_by_mail_is_threaded_and_leads_to_the_same_agent_and_ticket(world: Speaking) -> None:
    world.mails("On its way.", world.told(channel="email"))
    echo = world.echoes()[-1]
    assert echo.in_reply_to == echo.references[-1] == "m4@mua"
    assert (echo.ticket_number, echo.subject, echo.internal) == (1001, "Your answer: Printer", False)
    world.mails("Careful with him.", address=world.address(internal=True))
    assert world.echoes()[-1].subject == "Your note: Printer"
    world.mails("#slove", world.told(channel="email"))
    assert world.echoes()[-1].subject == "Not sent: Printer"
    world.ticket(1001).subject, world.ticket(1001).fields["problem"] = "", "It prints nothing."
    world.mails("#help", world.told(channel="email"))
    assert world.echoes()[-1].subject == "Your answer: It prints nothing."


def test_an_answer_to_an_echo_goes_to_the_same_ticket(world: Speaking) -> None:
    world.chats("On its way.", world.told())
    world.told(1002)
    world.chats("Until Monday.", world.echoes()[-1])
    assert [(each.ticket_number, each.text) for each in world.to_customers()] == [
        (1001, "On its way."),
        (1001, "Until Monday."),
    ]


def test_what_an_agent_answers_is_what_they_had_seen_when_they_were_told(world: Speaking) -> None:
    told = world.told()
    at = world.now
    world.now += timedelta(minutes=5)
    assert _seen(world.chats("On its way.", told)) == at
    # An echo shows nothing of the ticket: what counts is when they were told before it.
    echo = world.echoes()[-1]
    world.now += timedelta(minutes=5)
    world.told(channel="email")
    assert _seen(world.chats("Until Monday.", echo)) == at
    # Who names the ticket has seen what they were told last; who was never told has seen nothing that could be compared.
    assert _seen(world.chats("T-1001 Or on Tuesday.")) == world.now
    assert _seen(world.chats("T-1002 Or on Tuesday.")) is None
    # What they were told of another ticket says nothing of this one.
    world.now += timedelta(minutes=5)
    assert _seen(world.mails("Or on Friday.", world.told(1002, channel="email"))) == world.now - timedelta(minutes=5)


def _seen(changeset: Changeset) -> datetime | None:
    wanted = pending(changeset.result)
    assert wanted is not None
    assert isinstance(wanted.command.action, Say)
    return wanted.command.action.seen_at


def test_two_agents_do_not_speak_for_one_another(world: Speaking) -> None:
    told = world.told(agent=PIOTR)
    world.chats("Hello", ToldFact.model_validate(told.model_dump() | {"to": ANNAS_CHAT}))
    assert world.verdicts() == [("refused", "nothing to answer")]
    world.chats("T-1001 Dzień dobry", sender=PIOTRS_CHAT)
    assert world.to_customers()[-1].author == "Piotr Lis"
    assert world.echoes()[-1].text.startswith("T-1001: wysłano – Ana Kovač, e-mail: ")


SEVERAL: dict[str, tuple[str, str | None, str]] = {
    # words, what goes to the customer of T-1002, and what the agent is told
    "words for a ticket": ("T-1002: It is on its way.", "It is on its way.", "T-1002: sent to"),
    "a command for a ticket": ("#take T-1002", None, "T-1002: with you."),
    "a ticket that is not there": ("T-4711 hello", None, "There is no ticket T-4711: nothing was sent."),
    "no ticket": ("It is on its way.", None, "Nothing was sent: it is not clear which ticket this is for."),
    "a ticket somewhere in the words": ("As I said in T-1002", None, "Nothing was sent: it is not clear"),
}


@pytest.mark.parametrize("said", SEVERAL)
def test_a_mail_that_answers_a_digest_is_for_the_ticket_it_begins_with(world: Speaking, said: str) -> None:
    words, sent, told = SEVERAL[said]
    before = set(world.state.tickets)
    world.mails(words, address=world.address(0, internal=True))
    assert [(each.ticket_number, each.text) for each in world.to_customers()] == ([(1002, sent)] if sent else [])
    (echo,) = world.echoes()
    assert echo.text.startswith(told)
    assert (echo.channel, echo.to[0].address, set(world.state.tickets)) == ("email", ANNA.email, before)
    assert world.ticket(1002).assignee == (ANNA.email if words.startswith("#take") else None)


@pytest.mark.parametrize(("number", "asked"), [(0, {0, 1002, 4711}), (1001, {1001})])
def test_the_tickets_that_an_answer_to_a_digest_names_are_asked_for(
    world: Speaking, number: int, asked: set[int]
) -> None:
    message = mail("d", ANNA.email, text="T-1002: as in t-4711, not X-T-7", recipients=[world.address(number)])
    request = evidence.needs([(message, evidence.read(message, world.policy))])
    assert {0, *request.numbers} == {0, *asked}


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_digest_that_no_mail_program_marked_as_quoted_nothing_is_sent(world: Speaking, language: str) -> None:
    digest = text("agent.digest.body", language, text="T-1001 Pump\n- Bo: my secret", url="https://acme.example")
    world.mails(f"T-1002 It is on its way.\n\n{digest}", address=world.address(0, internal=True))
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


def test_nobody_else_answers_a_digest_in_an_agents_name(world: Speaking) -> None:
    world.mails("T-1002: It is on its way.", sender="eve@else.example", address=world.address(0))
    world.mails("T-1002: It is on its way.", address=world.address(0), authentication=FORGED)
    assert world.to_customers() == []
    assert [verdict for verdict, _ in world.verdicts()] == ["refused", "refused"]


def test_of_a_merged_ticket_it_goes_where_that_is_now(world: Speaking) -> None:
    told = world.told()
    other = world.opened(contact="ana@customer.example")
    world.act(Merge(number=1001, into=other))
    world.chats("On its way.", told)
    assert world.to_customers()[-1].ticket_number == other
    assert f"T-{other}" in world.echoes()[-1].text


def test_who_names_a_ticket_that_is_not_there_is_told(world: Speaking) -> None:
    world.told()
    world.chats("T-4711 hello")
    assert world.echoes()[-1].text == "There is no ticket T-4711: nothing was sent."
    world.texts("T-4711 hello")
    assert world.to_customers() == []


def test_authority_is_in_our_records_and_an_auditor_only_looks(world: Speaking) -> None:
    for known in (*world.state.speakers.values(), *world.state.staff.values()):
        agent = getattr(known, "agent", known)
        agent.role = "auditor" if agent.agent_id == ANNA.agent_id else agent.role
    told = world.told()
    world.chats("On its way.", told)
    world.chats("#take", told)
    world.chats("#note a secret", told)
    assert world.to_customers() == []
    assert world.notes() == []
    assert world.ticket(1001).assignee is None
    world.chats("#status", told)
    assert "T-1001" in world.echoes()[-1].text


def test_a_number_that_was_proven_by_sms_is_the_same_persons_by_whatsapp(world: Speaking) -> None:
    del world.state.speakers[f"whatsapp {ANNAS_PHONE}"]
    code = world.told(channel="sms").code
    before = set(world.state.tickets)
    world.texts(f"{code} On its way.", channel="whatsapp")
    world.texts("hello", channel="whatsapp")
    assert set(world.state.tickets) == before
    assert [each.text for each in world.to_customers()] == ["On its way."]
    assert {(each.channel, each.to[0].address) for each in world.echoes()} == {("whatsapp", ANNAS_PHONE)}


def test_opening_the_chat_anew_makes_no_ticket(world: Speaking) -> None:
    before = set(world.state.tickets)
    world.chats("", fields={"start": "", "reachable": "yes"}, automatic="notification")
    world.chats("/start whatever", fields={"start": "whatever"})
    assert set(world.state.tickets) == before


def test_what_was_said_is_not_changed_by_editing_it(world: Speaking) -> None:
    told = world.told()
    world.chats("On its way.", told)
    world.chats("Lost.", told, edits="telegram:bot:7001:20")
    assert [each.text for each in world.to_customers()] == ["On its way."]
    assert world.verdicts()[-1] == ("dropped", "edited")


def test_the_agents_own_points_make_no_contact_and_no_ticket(world: Speaking) -> None:
    before = set(world.state.tickets)
    for say in (lambda: world.texts("hello"), lambda: world.chats("hello"), lambda: world.mails("hello")):
        changeset = say()
        assert {type(op) for op in changeset.operations} & {AddMessage, ChangeTicket} == set()
    assert set(world.state.tickets) == before
    assert point_key("phone", ANNAS_PHONE) not in world.state.contacts


@pytest.mark.parametrize("language", ["en", "pl", "hr"])
def test_an_sms_to_an_agent_takes_two_segments_at_most(world: Speaking, language: str) -> None:
    speaker = world.state.speakers[f"phone {ANNAS_PHONE}"]
    speaker.agent = speaker.agent.model_copy(update={"languages": [language]})
    told = world.told(channel="sms")
    world.texts("ą" * 300)
    world.texts(f"{told.code} #help")
    world.texts(f"{told.code} #slove\n#nonsense\n#take everything and everybody and more of it")
    world.texts("A2B2C2 hello")
    world.texts(f"{told.code} {'Zażółć gęślą jaźń. ' * 50}\n#note {'ż' * 500}\n#side sms +48600999888 {'ł' * 500}")
    sms: list[Outbound] = [each for each in world.echoes() if each.channel == "sms"]
    assert len(sms) == 5
    assert [line[:8] for line in sms[-1].text.splitlines()] == ["T-1001: "] * 3
    assert all(count_segments(each.text).count <= 2 for each in sms), [each.text for each in sms]


def test_who_writes_from_a_point_that_was_marked_can_be_reached_there_again(world: Speaking) -> None:
    chat = Point(kind="telegram", value=ANNAS_CHAT)
    world.state.speakers[SpeakerAsk(point=chat).key].undeliverable = [chat]
    told = world.told()
    changeset = world.chats("It is on its way.", told)
    (mark,) = (op for op in changeset.operations if isinstance(op, MarkPoint))
    assert (mark.point, mark.undeliverable) == (chat, False)
    assert point_key("telegram", ANNAS_CHAT) in changeset.bumps


REFUSED = [
    ("On its way.", {"status": "spam"}, "pl", "T-1001 to spam; najpierw otwórz je ponownie (#wznów)."),
    ("On its way.", {"internal": True}, "hr", "T-1001 je interni i nema kupca; napišite bilješku (#bilješka)."),
    ("#solve Done", {"status": "closed"}, "pl", "T-1001 nie może przejść ze stanu „zamknięte” do „rozwiązane”."),
    ("On its way.", {}, "hr", "Kupac je zamolio da mu se ne piše: SMS (STOP)."),
]


@pytest.mark.parametrize(("words", "fields", "language", "why"), REFUSED)
def test_why_something_was_not_done_is_told_in_the_agents_language(
    world: Speaking, words: str, fields: dict[str, Any], language: str, why: str
) -> None:
    for each in (*world.state.speakers.values(), *world.state.staff.values()):
        getattr(each, "agent", each).languages = [language]
    number = 1002 if "STOP" in why else 1001
    for name, value in fields.items():
        setattr(world.ticket(number), name, value)
    person = world.state.people.setdefault(world.ticket(number).contact_id or "", PersonFact(contact_id="?"))
    person.points = [PointFact(kind="phone", value="+385915550101", verified=True, opted_out=number == 1002)]
    world.chats(words, world.told(number))
    assert world.to_customers() == []
    assert why in world.echoes()[-1].text
    assert "+385" not in world.echoes()[-1].text


@pytest.mark.parametrize("words", ["On its way.", "#take", "On its way.\n#take"])
def test_an_auditor_is_told_in_their_language_that_they_only_look(world: Speaking, words: str) -> None:
    for each in (*world.state.speakers.values(), *world.state.staff.values()):
        staff = getattr(each, "agent", each)
        staff.languages, staff.role = ["pl"], "auditor"
    world.chats(words, world.told())
    assert world.to_customers() == []
    assert "Audytor może tylko przeglądać, niczego nie zmienia." in world.echoes()[-1].text


def test_a_photo_that_the_mail_program_put_into_the_text_is_not_left_out_unsaid(world: Speaking) -> None:
    photo = LOGO.model_copy(update={"filename": "IMG_1.jpeg", "size": 2_000_000})
    world.mails("Like this.", world.told(channel="email"), attachments=[LOGO, photo])
    (sent,) = world.to_customers()
    assert sent.attachments == []
    assert "Pictures within your text did not go along: 1." in world.echoes()[-1].text
    world.mails("On its way.", world.told(channel="email"), attachments=[LOGO])
    assert "did not go along" not in world.echoes()[-1].text


def test_an_alert_is_answered_before_telegrams_name_for_it_is_known(world: Speaking) -> None:
    world.told(1002)
    world.told(1001, provider_id=None, internal=True)
    early: dict[str, Any] = {"in_reply_to": [f"telegram:bot:{ANNAS_CHAT}:99"], "fields": {"answered": "T-1001 “Pump”"}}
    world.chats("Careful with him.", **early)
    assert world.notes() == ["Careful with him."]
    assert world.to_customers() == []


@pytest.mark.parametrize(
    ("answered", "several", "minutes"),
    [("", False, 0), ("T-1002 “Pump”", False, 0), ("T-1001", True, 0), ("T-1001", False, 11)],
)
def test_of_an_answer_to_something_unknown_the_ticket_is_asked(
    world: Speaking, answered: str, several: bool, minutes: int
) -> None:
    for _ in range(1 + several):
        world.told(1001, provider_id=None)
    world.now += timedelta(minutes=minutes)
    world.chats("On its way.", in_reply_to=[f"telegram:bot:{ANNAS_CHAT}:99"], fields={"answered": answered})
    assert world.to_customers() == []
    assert world.verdicts() == [("held", "which ticket")]
