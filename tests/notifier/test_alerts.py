"""What an agent is told, as each channel shows it: in whose words, how it is answered, and within two segments of an SMS."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.email.compose import compose, letterhead
from services.notifier.email.wording import word
from services.notifier.telegram.parts import compose as telegram_parts
from services.notifier.twilio.compose import House, freeform, templated
from shared.messages.outbound import Outbound, Postscript
from shared.messages.parts import Address, Attachment
from shared.phones import count_segments
from shared.secrets import Keyring, read_reply_address
from shared.settings.inbox import TwilioInbox
from shared.texts import LANGUAGES
from shared.texts.alerting import told_buttons, told_how, told_said, told_words
from shared.texts.catalogue import CATALOGUE
from shared.texts.short import plain
from tests.router.world import START

KEYRING = Keyring("a", {"a": b"k" * 32})
AGENT = "0123456789abcdef" * 2
HEAD = letterhead("Acme", "support@acme.example", "support.acme.example", KEYRING)
SMS = House(TwilioInbox(name="sms", channel="sms", number="+15005550006"), "Acme", "https://acme.example", KEYRING)
WORDS = "The pump hums again. Could you come on Monday?"


def alert(channel: str = "telegram", **more: Any) -> Outbound:
    variables = {
        "customer": "Jan",
        "text": WORDS,
        "subject": "Pump",
        "url": "https://acme.example",
        "by": "Eva",
        "reason": "",
    }
    fields: dict[str, Any] = {
        "delivery_id": "ab" * 16,
        "ticket_id": "t",
        "ticket_number": 1001,
        "channel": channel,
        "inbox": "in",
        "kind": "alert",
        "to": [Address(address="anna@acme.example" if channel == "email" else "+48600100200")],
        "language": "en",
        "subject": "The customer has written: Pump",
        "template": "agent.replied",
        "variables": variables | more.pop("variables", {}),
        "automatic": True,
        "created_at": START,
        "agent_id": AGENT,
        "event": "replied",
        "code": "" if channel == "email" else "K7QF9T",
    }
    return Outbound.model_validate(fields | more)


def mail(outbound: Outbound) -> str:
    return word(outbound, "Acme", "en").text


# -- mail ---------------------------------------------------------------------------------------------------------------


def test_a_mail_says_who_wrote_what_and_how_it_is_answered() -> None:
    assert mail(alert("email")) == (
        f"T-1001 “Pump”: Jan has written:\n\n{WORDS}\n\nhttps://acme.example/tickets/T-1001\n\n"
        "Reply to this email: your answer goes to the customer.\n"
        "Or begin a line with a command: #take, #solve, #snooze 1h, #note, #status, #help.\n"
    )


def test_a_notes_mail_says_that_the_answer_is_a_note() -> None:
    noted = alert("email", template="agent.mentioned", event="mentioned", internal=True)
    assert "your answer is kept as a note, which the customer does not see" in mail(noted)


def test_a_mail_says_who_gave_a_ticket_and_why_where_that_is_known() -> None:
    assigned = alert("email", template="agent.assigned", event="assigned", variables={"reason": "She knows it."})
    assert mail(assigned).startswith(
        "T-1001 “Pump”: this request is with you now.\n\nBy: Eva\nReason: She knows it.\n\nhttps://"
    )
    for nothing in ("", "-"):
        unknown = alert(
            "email", template="agent.assigned", event="assigned", variables={"by": nothing, "reason": nothing}
        )
        assert mail(unknown).startswith("T-1001 “Pump”: this request is with you now.\n\nhttps://")


def test_in_a_mail_similar_tickets_stand_below_the_customers_words() -> None:
    offered = [Postscript(template="similar", variables={"lines": "T-7 Pump — New gasket"})]
    words = mail(alert("email", template="agent.opened", event="opened", postscripts=offered))
    assert words.index(WORDS) < words.index("T-7 Pump") < words.index("Reply to this email")


def test_a_mail_about_several_tickets_says_how_one_of_them_is_answered() -> None:
    digest = {
        "template": "agent.digest",
        "ticket_id": None,
        "ticket_number": 0,
        "variables": {"count": 2, "text": "T-1 Pump"},
    }
    assert mail(alert("email", **digest)).endswith(
        "To answer, begin with the ticket's number: T-1001 your answer, or #take T-1001.\n"
    )


def test_a_mail_of_a_new_ticket_has_the_customers_words() -> None:
    words = mail(alert("email", template="agent.opened", event="opened", subject="New for the team: Pump"))
    assert f"\n\nJan:\n{WORDS}\n\nReply to this email" in words


def test_who_is_no_agent_is_told_as_ever() -> None:
    plain = mail(alert("email", agent_id="", event=""))
    assert "Reply to this email" not in plain
    assert plain.endswith("https://acme.example/tickets/T-1001\n")


def test_what_was_queued_before_customers_had_names_is_told() -> None:
    old = alert("email", agent_id="", event="")
    del old.variables["customer"]
    assert "the customer has written:" in mail(old)


@pytest.mark.parametrize(
    ("more", "role", "visibility", "extra"),
    [
        ({}, "agent", "public", AGENT[:16]),
        ({"internal": True}, "agent", "internal", AGENT[:16]),
        ({"agent_id": ""}, "agent", "internal", ""),
        ({"agent_id": "no id of ours"}, "agent", "internal", ""),
        ({"ticket_number": 0, "ticket_id": None}, "agent", "internal", AGENT[:16]),
        ({"ticket_number": 0, "ticket_id": None, "event": "", "template": None}, "agent", "internal", AGENT[:16]),
    ],
)
def test_the_address_to_answer_to_says_whose_answer_it_is_and_for_whom(
    more: dict[str, Any], role: str, visibility: str, extra: str
) -> None:
    outbound = alert("email", **more)
    content = compose(outbound, HEAD, word(outbound, "Acme", "en")).content.decode()
    found = re.search(r"Reply-To:.*?<(reply\+[^>]+)>", content, re.DOTALL)
    assert found is not None
    token = read_reply_address(KEYRING, found[1])
    assert token is not None
    assert (token.number, token.role, token.visibility, token.extra) == (
        outbound.ticket_number,
        role,
        visibility,
        extra,
    )


# -- Telegram -----------------------------------------------------------------------------------------------------------


def test_telegram_shows_the_words_and_what_can_be_done() -> None:
    outbound = alert(postscripts=[Postscript(template="rule.message", variables={"text": "Similar: T-7"})])
    words = told_words(outbound, "Acme", "en")
    assert words == (
        f"T-1001 Jan has written: Pump\n\n{WORDS}\n\nSimilar: T-7\n\nhttps://acme.example/tickets/T-1001\n\n"
        "Reply to this message: your answer goes to the customer."
    )
    dressed = outbound.model_copy(update={"buttons": told_buttons(outbound, "en")})
    rows = telegram_parts(dressed, words)[-1].buttons
    assert [(button.label, button.data) for row in rows for button in row] == [
        ("Take", "#take T-1001 K7QF9T"),
        ("Solve", "#solve T-1001 K7QF9T"),
        ("Snooze 1 h", "#snooze T-1001 1h K7QF9T"),
        ("Details", "#status T-1001 K7QF9T"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_fit_in_every_language_and_with_any_number(language: str) -> None:
    for button in told_buttons(alert(language=language, ticket_number=2**35 - 1), "en"):
        assert len(button.data.encode()) <= 64
        assert 1 <= len(button.label) <= 16


def test_who_has_a_ticket_need_not_take_it() -> None:
    assigned = alert(variables={"mine": True})
    assert [button.data.split()[0] for button in told_buttons(assigned, "en")] == ["#solve", "#snooze", "#status"]


def test_what_is_about_several_tickets_has_no_buttons_and_is_answered_by_number() -> None:
    digest = alert(
        template="agent.digest",
        ticket_id=None,
        ticket_number=0,
        code="",
        variables={"count": 3, "text": "T-1 Pump\n- x"},
    )
    assert told_buttons(digest, "en") == []
    assert told_said(digest, "en") == []
    assert told_words(digest, "Acme", "en") == (
        "What has happened (3)\n\nT-1 Pump\n- x\n\nhttps://acme.example/tickets\n\n"
        "To answer, begin with the ticket's number: T-1001 your answer, or #take T-1001."
    )
    assert told_how(digest.model_copy(update={"channel": "sms"}), "en") == ""


NEWS: dict[str, tuple[dict[str, Any], list[str], str]] = {
    # what is told, the paragraphs in Telegram above how it is answered, and the SMS above it
    "assigned by a colleague": (
        {"template": "agent.assigned", "event": "assigned", "variables": {"reason": "She knows it."}},
        ["T-1001 For you: Pump\nBy: Eva · Reason: She knows it.", f"Jan:\n{WORDS}"],
        f"T-1001 For you (Eva): Pump. She knows it\n{WORDS}",
    ),
    "assigned by nobody in particular": (
        {"template": "agent.assigned", "event": "assigned", "variables": {"by": "", "customer": "the customer"}},
        ["T-1001 For you: Pump", f"The customer:\n{WORDS}"],
        f"T-1001 For you: Pump\n{WORDS}",
    ),
    "a ticket that is called by its first words": (
        {
            "template": "agent.opened",
            "event": "opened",
            "variables": {"by": "", "subject": "The pump hums again. Could…"},
        },
        ["T-1001 New for the team", f"Jan:\n{WORDS}"],
        f"T-1001 New for the team\n{WORDS}",
    ),
    "a ticket without a subject": (
        {"variables": {"subject": "(bez tematu)"}},
        ["T-1001 Jan has written", WORDS],
        f"T-1001 Jan: {WORDS}",
    ),
    "a customer without a name": (
        {"variables": {"customer": "the customer"}},
        ["T-1001 The customer has written: Pump", WORDS],
        f"T-1001 the customer: {WORDS}",
    ),
    "another state": (
        {"template": "agent.status", "event": "watched", "variables": {"was": "open", "now": "on hold", "text": ""}},
        ["T-1001 Now “on hold”: Pump\nBy: Eva\nBefore: “open”."],
        'T-1001 Now "on hold" (Eva): Pump. Before: "open"',
    ),
    "a note": (
        {"template": "agent.mentioned", "event": "mentioned"},
        ["T-1001 Eva mentions you: Pump", WORDS],
        f"T-1001 Eva mentions you: Pump\n{WORDS}",
    ),
    "a promise": (
        {
            "template": "record.promise_due",
            "event": "promises",
            "variables": {"by": "", "text": "", "what": "A new pump", "until": "9:00"},
        },
        ["T-1001 Promised to the customer by 9:00: Pump", "A new pump"],
        "T-1001 Promised to the customer by 9:00: Pump\nA new pump",
    ),
}


@pytest.mark.parametrize("news", NEWS)
def test_one_line_says_what_happened_then_come_the_words(news: str) -> None:
    more, paragraphs, sms = NEWS[news]
    on_a_telephone = {**more, "variables": {"url": "", **more.get("variables", {})}}
    words = told_words(alert(**on_a_telephone), "Acme", "en")
    assert words.split("\n\n") == [*paragraphs, "Reply to this message: your answer goes to the customer."]
    assert told_words(alert("sms", **more), "Acme", "en") == f"{sms}\nAnswer: K7QF9T text"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "template",
    [key.removesuffix(".told") for key in CATALOGUE if key.endswith(".told") and not key.startswith("console.")],
)
def test_news_reads_as_one_line_in_every_language(template: str, language: str) -> None:
    values = dict.fromkeys(
        (
            "by",
            "was",
            "now",
            "of",
            "request",
            "until",
            "what",
            "since",
            "score",
            "agent",
            "words",
            "to",
            "who",
            "reason",
        ),
        "X",
    )
    for channel in ("telegram", "sms"):
        words = told_words(alert(channel, template=template, language=language, variables=values), "Acme", "en")
        first = words.splitlines()[0]
        assert first.startswith("T-1001 ")
        assert "Pump" in first
        assert not re.search(r"::|: :|\.\.|“”|„”|: *$", first)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://acme.example", True),
        ("http://desk.local:8080", True),
        ("http://127.0.0.1:8080", False),
        ("http://localhost", False),
        ("http://[::1]:80", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_the_desks_address_stands_where_it_leads_somewhere_from_a_telephone(url: str, shown: bool) -> None:
    words = told_words(alert(variables={"url": url}), "Acme", "en")
    assert ("/tickets/T-1001" in words) is shown


def test_markup_in_a_customers_words_stays_words() -> None:
    words = told_words(alert(variables={"text": "<b>hi</b> & {code} _x_"}), "Acme", "en")
    assert "<b>hi</b> & {code} _x_" in words


# -- telephones ---------------------------------------------------------------------------------------------------------


def test_an_sms_has_ticket_name_words_and_the_code() -> None:
    assert told_words(alert("sms"), "Acme", "en") == f"T-1001 Jan: {WORDS}\nAnswer: K7QF9T text"
    assert told_words(alert("sms", language="pl", internal=True), "Acme", "en").endswith("\nNotatka: K7QF9T tekst")


def test_other_news_by_sms_begins_with_its_title() -> None:
    due = alert(
        "sms",
        template="sla.warning",
        event="sla",
        subject="Due soon: Pump",
        variables={"text": "", "what": "x", "until": "y"},
    )
    assert told_words(due, "Acme", "en") == "T-1001 Due soon: Pump. x: by y\nAnswer: K7QF9T text"


@settings(deadline=None, max_examples=150)
@given(
    st.text(max_size=400),
    st.text(max_size=200),
    st.sampled_from(LANGUAGES),
    st.sampled_from(("replied", "opened")),
    st.booleans(),
)
def test_an_sms_is_never_more_than_two_segments_and_never_without_its_code(
    words: str, title: str, language: str, event: str, internal: bool
) -> None:
    outbound = alert("sms", language=language, event=event, subject=title, internal=internal, variables={"text": words})
    said = told_words(outbound, "Acme", "en")
    assert count_segments(said).count <= 2
    assert "K7QF9T" in said.splitlines()[-1]
    assert said.startswith("T-1001 ")


@pytest.mark.parametrize("letter", ["a", "ż", "ж", "😀"])
def test_of_long_words_as_much_is_shown_as_there_is_room_for(letter: str) -> None:
    said = told_words(alert("sms", variables={"text": letter * 1500}), "Acme", "en")
    assert "...\n" in said
    assert count_segments(said).count == 2
    assert count_segments(plain(said + 2 * letter)).count == 3


def test_whatsapp_says_all_of_it_and_asks_for_the_code() -> None:
    said = told_words(alert("whatsapp"), "Acme", "en")
    assert said.startswith(f"T-1001 Jan has written: Pump\n\n{WORDS}\n\n")
    assert said.endswith("\n\nTo answer the customer, write K7QF9T and then your answer.")


def test_outside_the_window_the_configured_template_has_it_on_one_line() -> None:
    inbox = TwilioInbox(
        name="wa", channel="whatsapp", number="whatsapp:+15005550007", templates={"alert": "HX" + "0" * 32}
    )
    parts = templated(alert("whatsapp"), House(inbox, "Acme", "https://acme.example", KEYRING))
    assert parts is not None
    assert "K7QF9T" in parts[0].body
    assert parts[0].body.startswith(f"T-1001 Jan has written: Pump – {WORDS} – ")
    assert "\n" not in parts[0].body


def test_files_of_the_customer_are_linked_in_an_sms() -> None:
    photo = Attachment(filename="pump.jpg", media_type="image/jpeg", size=10, blob="ab" * 32)
    (part,) = freeform(alert("sms", attachments=[photo]), "+48600100200", SMS)
    assert part.body.startswith(f"T-1001 Jan: {WORDS}\nAnswer: K7QF9T text")
    assert "https://acme.example/files/" in part.body


def test_that_there_are_more_files_is_said() -> None:
    assert "Further files, at the desk: 2" in told_words(alert(variables={"more_files": 2}), "Acme", "en")


def test_an_sms_says_how_many_files_are_not_with_it() -> None:
    assert told_words(alert("sms", variables={"more_files": 2}), "Acme", "en").startswith("T-1001 Jan (+2): ")
