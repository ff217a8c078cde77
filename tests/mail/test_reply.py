"""What a person newly wrote."""

import pytest

from shared.mail import parse_mail
from shared.mail.language import detect_language
from shared.mail.reply import read_reply

QUOTE = "\n> Did you restart it?\n> Anna\n"


@pytest.mark.parametrize(
    "attribution",
    [
        "On Sat, 31 Jan 2026 at 11:00, Support <support@acme.example> wrote:",
        "On Sat, 31 Jan 2026 at 11:00, Support\n<support@acme.example>\nwrote:",
        "W dniu 31.01.2026 o 11:00, Support pisze:",
        "sob., 31 sty 2026 o 11:00 Support <support@acme.example> napisał(a):",
        "Dnia 31 stycznia 2026 11:00 Support <support@acme.example> napisał(a):",
        "Dana 31. siječnja 2026. u 11:00, Support <support@acme.example> je napisao:",
        "sub, 31. sij 2026. u 11:00 Support <support@acme.example> napisao je:",
        "Am 31.01.2026 um 11:00 schrieb Support:",
        "Le sam. 31 janv. 2026 à 11:00, Support <support@acme.example> a écrit :",
        "El sáb, 31 ene 2026 a las 11:00, Support (<support@acme.example>) escribió:",
        "Il giorno sab 31 gen 2026 alle ore 11:00 Support <support@acme.example> ha scritto:",
        "Op za 31 jan 2026 om 11:00 schreef Support <support@acme.example>:",
        "Em sáb., 31 de jan. de 2026 às 11:00, Support <support@acme.example> escreveu:",
        "Den lör 31 jan. 2026 kl 11:00 skrev Support <support@acme.example>:",
        "Dne so 31. 1. 2026 v 11:00 uživatel Support <support@acme.example> napsal:",
        "сб, 31 янв. 2026 г. в 11:00, Support <support@acme.example>:",
        "2026年1月31日(土) 11:00 Support <support@acme.example>:",
        "-----Original Message-----\nFrom: Support\nSent: Saturday\nTo: Jan\nSubject: x\n",
        "-----Wiadomość oryginalna-----\nOd: Support\nTemat: x\n",
        "________________________________\nVon: Support <support@acme.example>\nGesendet: Samstag\nAn: Jan\nBetreff: x\n",
        "*From:* Support <support@acme.example>\n*Sent:* Saturday\n*To:* Jan\n*Subject:* x\n",
        "Od: Support <support@acme.example>\nWysłano: sobota, 31 stycznia 2026\nDo: Jan\nTemat: x\n",
        "Šalje: Support <support@acme.example>\nPoslano: subota\nPrima: Jan\nPredmet: x\n",
    ],
)
@pytest.mark.parametrize("quote", [QUOTE, QUOTE.replace("> ", "")], ids=["marked", "unmarked"])
def test_quotes_go_in_many_languages(attribution: str, quote: str) -> None:
    assert read_reply(f"Yes, I did.\n\n{attribution}\n{quote}").text == "Yes, I did."


@pytest.mark.parametrize(
    "ending",
    [
        "-- \nAnna Nowak\n+48 123 456 789",
        "--\nAnna",
        "Best regards,\nAnna Nowak\nAcme",
        "Pozdrawiam,\nAnna",
        "Z poważaniem\nAnna Nowak",
        "Lijep pozdrav,\nAna",
        "S poštovanjem\nAna",
        "Mit freundlichen Grüßen\nAnna",
        "Cordialement,\nAnna",
        "Sent from my iPhone",
        "Wysłane z iPhone'a",
        "Poslano s mog iPhonea",
        "Get Outlook for iOS<https://aka.ms/x>",
        "CONFIDENTIALITY NOTICE: this e-mail is intended only for its recipient.",
        "This message and any attachments are confidential.",
        "-Anna Nowak",
    ],
)
def test_what_stands_under_a_message_goes(ending: str) -> None:
    assert read_reply(f"The light is red.\n\n{ending}\n").text == "The light is red."


@pytest.mark.parametrize(
    "text",
    [
        "Only this.",
        "I sent from my desk what you asked for, is that right?",
        "On Monday my colleague wrote to you.\nShe got no answer.",
        "With regards to the payment: it was made on 1 May 2026 at 10:00.",
        "Steps:\n- one\n- two\n- three",
        "Please note:\n\nthe device is blue.",
        "Thanks!",
        "Date: tomorrow\nPlace: the office",
    ],
)
def test_what_only_resembles_a_quote_stays(text: str) -> None:
    assert read_reply(text).text == text


@pytest.mark.parametrize("blank", ["  ", "\t\t", " \x0b ", "\x1c\x1c", "\u3000\u3000"])
def test_lines_of_blanks_only_do_no_harm(blank: str) -> None:
    text = f"Hello,\n{blank}\nit works.\n{blank}\nKind regards\n{blank}\nAnna\n{blank}"
    assert read_reply(text).text.split() == ["Hello,", "it", "works."]


def test_answers_between_quotes_stay() -> None:
    text = "On 1 May 2026, a@b.example wrote:\n> Colour?\n\nBlue.\n\n> Size?\n\nLarge.\n\n-- \nAnna\n"
    assert read_reply(text).text == "Blue.\n\nLarge."


def test_an_answer_under_the_quote_stays() -> None:
    assert read_reply("Support wrote:\n> Colour?\n\nBlue.").text == "Blue."


def test_a_mail_of_quotes_only_says_nothing_new() -> None:
    assert read_reply("> Colour?\n> Size?\n").text == ""


FORWARDED = (
    "Please see below.\n\n---------- Forwarded message ---------\nFrom: Carl <carl@customer.example>\n"
    "Date: today\nSubject: help\n\nIt burns.\n"
)


def test_a_forwarded_mail_is_kept_whole_and_its_author_found() -> None:
    reply = read_reply(FORWARDED, "Fwd: help")
    assert reply.text == FORWARDED.strip().replace("\n\n\n", "\n\n")
    assert reply.forwarded_from is not None
    assert (reply.forwarded_from.name, reply.forwarded_from.address) == ("Carl", "carl@customer.example")


def test_a_forwarded_mail_without_own_words_is_kept_whole() -> None:
    assert "It burns." in read_reply(FORWARDED.partition("\n\n")[2], "help").text


@pytest.mark.parametrize("subject", ["FW: help", "PD: help", "WG: help", "Proslj: help", "TR: help"])
def test_an_outlook_forward_is_known_by_its_subject(subject: str) -> None:
    text = "See below.\n\nFrom: Carl <carl@customer.example>\nSent: today\nTo: us\nSubject: help\n\nIt burns.\n"
    reply = read_reply(text, subject)
    assert reply.forwarded_from is not None
    assert reply.forwarded_from.address == "carl@customer.example"
    assert "It burns." in reply.text


@pytest.mark.parametrize(
    "container",
    [
        '<div class="gmail_quote"><div class="gmail_attr">Unknown attribution Support</div><blockquote>{}</blockquote></div>',
        '<hr><div id="divRplyFwdMsg">{}</div>',
        '<div class="yahoo_quoted">{}</div>',
        '<blockquote type="cite" class="protonmail_quote">{}</blockquote>',
    ],
)
def test_quotes_of_html_mail_go_by_their_container(container: str) -> None:
    body = "<p>Yes, I did.</p>" + container.format("Did you restart it?")
    parsed = parse_mail(f"Content-Type: text/html\n\n<html><body>{body}</body></html>".encode())
    assert parsed.reply_text == "Yes, I did."
    assert "Did you restart it?" in parsed.text
    assert "\u2063" not in parsed.text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dzień dobry, mój router nie działa od wczoraj.", "pl"),
        ("Dobar dan, moj uređaj ne radi od jučer.", "hr"),
        ("Poštovani, račun je pogrešan i želim povrat novca.", "hr"),
        ("Hello, it does not start any more.", "en"),
        ("Guten Tag, mein Gerät startet nicht mehr.", "de"),
        ("请问我的订单在哪里", "zh"),
        ("Ok", None),
        ("12345 67890 +++ https://example.org/a/long/path", None),
    ],
)
def test_the_language_of_a_text_is_known_or_left_open(text: str, language: str | None) -> None:
    assert detect_language(text)[0] == language
