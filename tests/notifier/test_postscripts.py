"""What stands below a message because it would otherwise be one of its own: in mail and its HTML, in SMS, in chats."""

from typing import Any

import pytest

from services.notifier.email.wording import Signature, word
from services.notifier.telegram.parts import compose as telegram_parts
from services.notifier.twilio.compose import House, freeform, segments, templated
from shared.messages.outbound import Button, Outbound, Postscript
from shared.messages.parts import Address
from shared.secrets import Keyring
from shared.settings.inbox import TwilioInbox
from shared.texts import LANGUAGES
from shared.texts.short import choices, short_words
from tests.router.world import START

LINK = "https://acme.example/t/abc"
WAITING = Postscript(template="notice.waiting")
ASKED = Postscript(template="ask.solved", variables={"link": LINK})
STEPS = Postscript(template="first_steps", variables={"steps": "Restart <it> & wait."})
BUTTONS = [Button(label="Yes", data="solved:1001:yes"), Button(label="No", data="solved:1001:no")]


def outbound(*postscripts: Postscript, **more: Any) -> Outbound:
    fields: dict[str, Any] = {
        "delivery_id": "ab" * 16,
        "ticket_number": 1001,
        "channel": "email",
        "inbox": "support",
        "kind": "reply",
        "to": [Address(address="+48600100200")],
        "language": "en",
        "subject": "Pump",
        "text": "We come on Monday.",
        "author": "Anna",
        "created_at": START,
        "postscripts": list(postscripts),
    }
    return Outbound.model_validate(fields | more)


def test_in_an_answer_by_mail_it_stands_above_the_signature() -> None:
    words = word(outbound(WAITING), "Acme", "en", Signature({"en": "Anna, {company}"})).text
    assert words.startswith(
        "We come on Monday.\n\nYour request T-1001 is now waiting for your answer.\n\n-- \nAnna, Acme\n"
    )


def test_in_html_it_is_a_paragraph_with_links_that_harms_nothing() -> None:
    page = word(outbound(STEPS, ASKED, html="<p>We come on Monday.</p>"), "Acme", "en").html
    assert page is not None
    assert page.startswith(
        "<p>We come on Monday.</p><p>What you can try meanwhile:<br>Restart &lt;it&gt; &amp; wait.</p>"
    )
    assert f'<br><a href="{LINK}">{LINK}</a></p><div>-- <br>' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_mail_of_ours_it_stands_above_whom_it_is_from(language: str) -> None:
    notice = outbound(ASKED, STEPS, template="notice.solved", language=language, kind="notice", text="", automatic=True)
    paragraphs = word(notice, "Acme", "en").text.rstrip().split("\n\n")
    assert LINK in paragraphs[-3]
    assert paragraphs[-2].endswith("Restart <it> & wait.")
    assert paragraphs[-1].endswith("Acme")


def test_a_mail_without_one_is_as_it_was() -> None:
    plain = outbound(template="notice.solved", kind="notice", text="", automatic=True)
    assert word(plain, "Acme", "en").text.endswith("\n\nKind regards,\nAcme\n")


def test_what_the_agent_wrote_in_an_sms_is_untouched_and_ours_has_no_diacritics() -> None:
    sms = outbound(WAITING, channel="sms", text="Przyjedziemy w środę.", language="pl")
    assert short_words(sms, "Acme", "en") == (
        "Przyjedziemy w środę.\n\nPanstwa zgloszenie T-1001 czeka teraz na Panstwa odpowiedz."
    )


def test_its_segments_are_counted() -> None:
    inbox = TwilioInbox(name="sms", channel="sms", number="+15005550006")
    house = House(inbox, "Acme", "https://acme.example", Keyring("a", {"a": b"k" * 32}))
    steps = Postscript(template="first_steps", variables={"steps": "Restart it. " * 20})
    without, with_one = (
        segments(freeform(outbound(*each, channel="sms"), "+48600100200", house), "sms") for each in ((), (steps,))
    )
    assert (without, with_one) == (1, 2)


def test_what_can_be_pressed_is_a_list_of_numbers_where_nothing_can() -> None:
    inbox = TwilioInbox(name="sms", channel="sms", number="+15005550006")
    house = House(inbox, "Acme", "https://acme.example", Keyring("a", {"a": b"k" * 32}))
    sms = outbound(ASKED, channel="sms", buttons=BUTTONS)
    (part,) = freeform(sms, "+48600100200", house)
    assert part.body == ("We come on Monday.\n\nIs it solved?\nPlease answer with a number:\n1 = Yes\n2 = No")
    scores = [Button(label=str(score), data=f"score:1001:{score}") for score in range(1, 6)]
    assert choices(outbound(buttons=scores), "en") == "", "the text says what the numbers mean"


def test_in_an_approved_template_it_is_in_the_words() -> None:
    inbox = TwilioInbox(name="wa", channel="whatsapp", number="whatsapp:+15005550006", templates={"reply": "HX1"})
    house = House(inbox, "Acme", "https://acme.example", Keyring("a", {"a": b"k" * 32}))
    found = templated(outbound(WAITING, channel="whatsapp"), house)
    assert found is not None
    assert "We come on Monday. Your request T-1001 is now waiting for your answer." in found[0].variables


def test_in_telegram_the_buttons_stand_below_all_of_it() -> None:
    asked = outbound(ASKED, channel="telegram", buttons=BUTTONS)
    (part,) = telegram_parts(asked, short_words(asked, "Acme", "en"))
    assert part.text == "We come on Monday.\n\nIs it solved?"
    assert [button.data for row in part.buttons for button in row] == ["solved:1001:yes", "solved:1001:no"]
