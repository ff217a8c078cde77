"""Notes that nobody wrote: answering machines without headers, and bounces in the words of today's mailers."""

import pytest

from shared.mail import parse_mail

AWAY = [
    "Thank you for your email. I am out of the office until Monday, 5 August. In urgent cases please contact office@example.org.",
    "Thanks for your message. I am currently on annual leave and will reply as soon as I return.",
    "This is an automated response. We have received your request.",
    "Vielen Dank für Ihre Nachricht. Ich bin bis zum 5. August nicht im Büro. In dringenden Fällen wenden Sie sich bitte an Frau Muster.",
    "Diese E-Mail wurde automatisch erstellt. Ich bin im Urlaub.",
    "Dziękuję za wiadomość. Przebywam na urlopie do 5 sierpnia. W pilnych sprawach proszę o kontakt z biurem: biuro@example.pl",
    "Dziękujemy za kontakt. Wiadomość została wygenerowana automatycznie.",
    "Hvala na poruci. Na godišnjem sam odmoru do 5. kolovoza. Za hitne slučajeve obratite se na ured@example.hr.",
    "Ovo je automatski odgovor. Vašu poruku smo zaprimili.",
    "Merci de votre message. Je suis absent du bureau jusqu'au 5 août. En cas d'urgence, veuillez contacter Marie.",
    "Gracias por su mensaje. Estoy fuera de la oficina hasta el 5 de agosto. Para asuntos urgentes, contacte con Juan.",
    "Grazie per la sua mail. Sono in ferie fino al 5 agosto. Per urgenze contattare ufficio@example.it",
    "Obrigado pelo seu e-mail. Estou de férias até 5 de agosto. Em caso de urgência, contacte a Maria.",
    "Bedankt voor uw bericht. Ik ben afwezig tot 5 augustus. Voor dringende zaken kunt u contact opnemen met Jan.",
    "Tack för ditt mail. Jag är på semester till den 5 augusti. Vid brådskande ärenden kontakta Erik.",
    "Tak for din mail. Jeg holder ferie og er på ferie til 5. august. Haster det, så kontakt Lars.",
    "Kiitos viestistäsi. Olen lomalla 5.8. asti. Kiireellisissä asioissa ota yhteyttä Mattiin.",
    "Děkuji za vaši zprávu. Jsem na dovolené do 5. srpna. V naléhavých případech kontaktujte kolegu.",
    "Спасибо за ваше письмо. Я в отпуске до 5 августа. По срочным вопросам обращайтесь к Ивану.",
    "Дякую за ваш лист. Я у відпустці до 5 серпня. У термінових справах звертайтеся до Олени.",
    "感谢您的来信。我正在休假，紧急事宜请联系同事。",
    "メールをありがとうございます。休暇のため不在にしております。お急ぎの場合は同僚まで。",
]
PEOPLE = [
    "I am on vacation until 5 August, please deliver after that.",
    "Thank you for your email. I will test it when I am back in the office on Monday.",
    "Thanks for your help! I was out of the office yesterday and could not answer.",
    "Your automatic reply said that you need my serial number: it is 4711.",
    "Ich bin ab morgen im Urlaub, bitte liefern Sie vorher. Danke!",
    "Dziękuję za szybką odpowiedź. Będę na urlopie od piątku, proszę o telefon przed wyjazdem.",
    "Od jutra sam na godišnjem, molim isporuku do petka. Hvala!",
    "Je suis en congés la semaine prochaine. Merci de livrer avant.",
    "The automatic door does not open any more. Thank you for your help.",
    "Automatyczna skrzynia biegów nie działa. Dziękuję za pomoc.",
    "Out of office chairs we need twelve. When can you deliver?",
]


@pytest.mark.parametrize("text", AWAY)
def test_an_answering_machine_is_known_by_its_words(text: str) -> None:
    raw = f"From: anna@example.org\nSubject: Re: [T-1001] Router\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\nAnna\n"
    assert parse_mail(raw.encode()).automatic == "auto-reply"


@pytest.mark.parametrize("text", PEOPLE)
def test_a_person_who_mentions_an_absence_is_no_machine(text: str) -> None:
    raw = f"From: anna@example.org\nSubject: Re: [T-1001] Router\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\nAnna\n"
    assert parse_mail(raw.encode()).automatic is None


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: x", "Auto: x", "Autoreply", "Out of Office: x", "Abwesenheitsnotiz: x", "Automatische Antwort: x",
        "Réponse automatique : x", "Respuesta automática: x", "Risposta automatica: x", "Resposta automática: x",
        "Odpowiedź automatyczna: x", "Automatyczna odpowiedź: x", "Nieobecność: x", "Automatski odgovor: x", "Izvan ureda",
        "Automatisch antwoord: x",
        "Automatiskt svar: x", "Autosvar: x", "Frånvaro", "Automatisk svar: x", "Automaattinen vastaus: x", "Automatická odpověď: x",
        "Automatikus válasz: x", "Răspuns automat: x", "Автоответ: x", "Автоматический ответ: x", "Автоматична відповідь: x",
        "Otomatik yanıt: x", "自動返信: x", "自动回复: x", "자동 회신: x", "Away", "On vacation",
    ],
)  # fmt: skip
def test_an_answering_machine_is_known_by_its_subject(subject: str) -> None:
    assert parse_mail(f"From: a@b.example\nSubject: {subject}\n\nx\n".encode()).automatic == "auto-reply"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Automatic reply: x", "Automatic door is broken", "Absence of parts in delivery", "Away game tickets",
        "On holiday booking 4711",
        "Urlop - faktura", "Vacation request form does not work", "Autoradio defekt", "Automat do kawy", "Auto kaputt", "Poissa oleva osa",
    ],
)  # fmt: skip
def test_an_ordinary_subject_is_no_machine(subject: str) -> None:
    assert parse_mail(f"From: a@b.example\nSubject: {subject}\n\nx\n".encode()).automatic is None


@pytest.mark.parametrize(
    ("sender", "subject", "text", "recipients", "permanent"),
    [
        ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)",
         "** Address not found **\n\nYour message wasn't delivered to anna@example.org because the address couldn't be "
         "found, or is unable to "
         "receive mail.\n\nThe response was:\n550 5.1.1 The email account that you tried to reach does "
         "not exist.", ["anna@example.org"], True),
        ("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.example>", "Undeliverable: Router",
         "Delivery has failed to these recipients or groups:\n\nanna@example.org (anna@example.org)\nThe email address "
         "you entered couldn't be "
         "found.\n", ["anna@example.org"], True),
        ("postmaster@outlook.example", "Undeliverable: Router",
         "Your message to anna@example.org couldn't be delivered.\nanna wasn't found at example.org.\n", ["anna@example.org"], True),
        ("Mail Delivery System <MAILER-DAEMON@mx.example>", "Undelivered Mail Returned to Sender",
         "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could "
         "not\nbe delivered to one or more "
         "recipients.\n\n<anna@example.org>: host mx.example.org[192.0.2.1] said: 550 5.1.1\n    <anna@example.org>: "
         "Recipient address rejected "
         "(in reply to RCPT TO command)\n", ["anna@example.org"], True),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender",
         "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
         "delivered to one or more of "
         "its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  anna@example.org\n    Unrouteable address\n",
         ["anna@example.org"], True),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message 1abc delayed 24 hours",
         "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
         "delivered to one or more of "
         "its\nrecipients after more than 24 hours on the queue on mx.example.\n\nThe address to which the message has "
         "not yet been delivered is:\n\n"
         "  anna@example.org\n\nNo action is required on your part.\n", ["anna@example.org"], False),
        ("MAILER-DAEMON@yahoo.example", "Failure Notice",
         "Sorry, we were unable to deliver your message to the following address.\n\n<anna@example.org>:\n552: 5.2.2 mailbox full\n",
         ["anna@example.org"], True),
        ("mailer-daemon@gmx.example", "Mail delivery failed: returning message to sender",
         "Diese E-Mail wurde automatisch erstellt.\nIhre Nachricht konnte nicht an folgende Empfänger zugestellt "
         "werden:\n\n  anna@example.org:\n"
         "Mailbox unknown\n", ["anna@example.org"], True),
        ("MAILER-DAEMON@wp.example", "Zwrot: wiadomość nie została dostarczona",
         "Niestety Twoja wiadomość nie została dostarczona do następujących odbiorców:\n\n<anna@example.pl>:\n550 5.1.1 brak użytkownika\n",
         ["anna@example.pl"], True),
        ("postmaster@t-com.example", "Poruka nije isporučena",
         "Vaša poruka nije isporučena sljedećim primateljima:\n\nanna@example.hr\n550 nepoznat korisnik\n", ["anna@example.hr"], True),
    ],
)  # fmt: skip
def test_a_bounce_of_todays_mailers_is_read(
    sender: str, subject: str, text: str, recipients: list[str], permanent: bool
) -> None:
    raw = f"From: {sender}\nTo: support@acme.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    parsed = parse_mail(raw.encode())
    assert parsed.automatic == "bounce"
    assert parsed.bounce is not None
    assert [each.address for each in parsed.bounce.recipients] == recipients
    assert {each.permanent for each in parsed.bounce.recipients} == {permanent}


@pytest.mark.parametrize(
    ("kind", "part"),
    [("feedback-report", "message/feedback-report"), ("disposition-notification", "message/disposition-notification")],
)
def test_complaints_and_receipts_are_reports(kind: str, part: str) -> None:
    raw = (
        f"From: fbl@isp.example\nSubject: Fwd: x\nContent-Type: multipart/report; report-type={kind}; "
        f"boundary=q\n\n--q\n\nAn e-mail abuse report.\n"
        f"--q\nContent-Type: {part}\n\nFeedback-Type: abuse\n\n--q\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--q--\n"
    )
    parsed = parse_mail(raw.encode())
    assert (parsed.automatic, parsed.bounce) == ("report", None)
