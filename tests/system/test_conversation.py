"""A customer with a real client's habits, a colleague in copy and an agent at the API: ten mails, one ticket."""

import uuid
from email.message import EmailMessage
from typing import Any

from tests.system.conftest import Build
from tests.system.correspondence import OURS, Person, ids, quoted
from tests.system.mailing import Sink
from tests.system.processes import Up, wait_until

AGENT = "Marek Nowak"
SECRET = "Between us: this customer is on the list of unpaid invoices."


def house(build: Build, sink: Sink) -> Up:
    up = build()
    up.config = (
        f'[company]\nname = "Acme"\n[web]\nlisten = "127.0.0.1:{up.web}"\n[smtp]\nlisten = "127.0.0.1:{up.smtp}"\n'
        f'[[inbox]]\nname = "support"\nchannel = "email"\naddress = "{OURS}"\nsend = "{sink.url}"\n'
    )
    up.start()
    up._token = up.run("token", "create", "--name", AGENT).stdout.strip()
    return up


def answer(up: Up, text: str) -> dict[str, Any]:
    """The agent answers the only ticket."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    sent: dict[str, Any] = up.api("POST", "/api/v1/tickets/T-1001/replies", {"text": text}, **key)
    return sent


def stored(up: Up, count: int) -> dict[str, Any]:
    """The only ticket, as soon as it has so many mails from outside; gives the newest of them."""

    def incoming() -> list[dict[str, Any]]:
        ticket = up.api("GET", "/api/v1/tickets/T-1001")
        return [message for message in ticket["messages"] if message["direction"] == "in"]

    wait_until(lambda: up.total() >= 1 and len(incoming()) >= count, f"{count} mails are in the ticket")
    assert up.total() == 1
    found = incoming()
    assert len(found) == count
    return found[-1]


def bare(mail: EmailMessage) -> str:
    return str(mail["Subject"]).removeprefix("Re: ")


def rule(message: dict[str, Any]) -> str:
    return str(message["routed_by"]["rule"])


def test_ten_mails_of_a_customer_a_colleague_and_an_agent_are_one_ticket(build: Build, sink: Sink) -> None:
    up = house(build, sink)
    jan = Person("Jan", "jan@client.example", up.smtp, sink)
    eva = Person("Eva", "eva@client.example", up.smtp, sink)

    # 1: the question, and its acknowledgement
    first = jan.send(jan.draft("My device does not start", "Hello,\n\nit shows an error.\n\nJan\n"))
    stored(up, 1)
    acknowledgement = jan.receive(1)
    assert bare(acknowledgement) == "[T-1001] My device does not start"
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert ids(acknowledgement, "In-Reply-To") == [first["Message-ID"]]

    # 2: a web form of a mail client that knows neither In-Reply-To nor References, answering the Reply-To with a new subject
    token = acknowledgement["Reply-To"].addresses[0].addr_spec
    assert token.startswith("reply+")
    second = jan.send(jan.draft("serial number", quoted(acknowledgement, "It is A-17."), to=token))
    message = stored(up, 2)
    assert (rule(message), message["reply_text"].strip()) == ("signed reply address", "It is A-17.")

    # a note for colleagues, then the agent's first answer
    up.api("POST", "/api/v1/tickets/T-1001/notes", {"text": SECRET}, **{"Idempotency-Key": "note"})
    answer(up, "Please hold the button for ten seconds.")
    reply = jan.receive(2)
    assert reply["From"].addresses[0].display_name == f"{AGENT} via Acme"
    assert reply["From"].addresses[0].addr_spec == OURS
    assert bare(reply) == "[T-1001] My device does not start"
    assert ids(reply, "In-Reply-To") == [second["Message-ID"]]
    assert set(ids(reply, "References")) >= {first["Message-ID"], second["Message-ID"]}
    assert "Auto-Submitted" not in reply

    # 3: our Message-ID in In-Reply-To is all there is: sent to the public address, the number gone from the subject
    mail = jan.draft("Re: the button", quoted(reply, "I did, and nothing happens."))
    mail["In-Reply-To"] = reply["Message-ID"]
    jan.send(mail)
    message = stored(up, 3)
    assert (rule(message), message["reply_text"].strip()) == ("own message id", "I did, and nothing happens.")

    # 4: References alone, and only to what the customer wrote
    mail = jan.draft("Fwd: device", "I found the invoice.\n")
    mail["References"] = f"{first['Message-ID']} {mail['Message-ID']}"
    jan.send(mail)
    assert rule(stored(up, 4)) == "known reference"

    # 5: a fresh mail with the number in its subject
    jan.send(jan.draft("Question about ticket T-1001", "When will somebody call me?\n"))
    assert rule(stored(up, 5)) == "number in the subject"

    # the agent's second answer belongs to the newest mail
    answer(up, "We will call you tomorrow at ten.")
    reply = jan.receive(3)
    assert ids(reply, "In-Reply-To") == [jan.wrote[-1]["Message-ID"]]

    # 6: the customer answers with a copy to a colleague
    mail = jan.draft(f"Re: {reply['Subject']}", quoted(reply, "Eva will be there."), to=token, cc=eva.address)
    mail["In-Reply-To"] = reply["Message-ID"]
    mail["References"] = " ".join([*ids(reply, "References"), reply["Message-ID"]])
    sixth = jan.send(mail)
    assert stored(up, 6)["reply_text"].strip() == "Eva will be there."

    # 7: who answers to all; she has only ever seen the customer's mail
    mail = eva.draft("Re: the call", "Ten is fine.\n", to=f"{jan.address}, {OURS}")
    mail["In-Reply-To"] = sixth["Message-ID"]
    mail["References"] = sixth["Message-ID"]
    eva.send(mail)
    message = stored(up, 7)
    assert message["author"] == f"Eva <{eva.address}>"
    assert rule(message) == "known reference"

    # 8: in another language
    mail = jan.draft("Odp: urządzenie", "Dzień dobry, urządzenie nadal nie działa. Proszę o pilny kontakt.\n")
    mail["In-Reply-To"] = reply["Message-ID"]
    jan.send(mail)
    message = stored(up, 8)
    assert "urządzenie nadal nie działa" in message["text"]

    # 9: as a big company's client writes: HTML beside text, and an attachment
    mail = jan.draft(f"RE: {reply['Subject']}", "See the picture.\n")
    mail.add_alternative("<p>See the <b>picture</b>.<script>alert(1)</script></p>", subtype="html")
    mail.add_attachment(b"\x89PNG" + bytes(40_000), maintype="image", subtype="png", filename="zdjęcie.png")
    mail["In-Reply-To"] = reply["Message-ID"]
    jan.send(mail)
    message = stored(up, 9)
    assert [(a["filename"], a["media_type"], a["size"]) for a in message["attachments"]] == [
        ("zdjęcie.png", "image/png", 40_004)
    ]
    assert "script" not in message["html"]

    # 10: the reply address went through a system that writes addresses in capitals
    jan.send(jan.draft("thanks", "Solved, thank you!\n", to=token.upper()))
    assert rule(stored(up, 10)) == "signed reply address"

    # the agent's last answer; then all there is to see on the customer's side
    answer(up, "You are welcome.")
    reply = jan.receive(4)
    assert ids(reply, "In-Reply-To") == [jan.wrote[-1]["Message-ID"]]
    assert reply["Message-ID"] not in {one["Message-ID"] for one in jan.mailbox()[:3]}
    assert eva.mailbox() == []
    assert len([one for one in jan.mailbox() if one["Auto-Submitted"]]) == 1
    for one in jan.mailbox():
        assert bare(one).startswith("[T-1001] ")
        assert SECRET not in one.as_string()
    wait_until(up.at_rest, "the ledger adds up")
    assert up.ledger()[0]["stored"] == 10
    assert up.stop() == 0
    assert up.process is not None
    assert up.process.tracebacks() == []


def test_a_stranger_with_a_guessed_number_or_a_copied_reference_gets_a_ticket_of_their_own(
    build: Build, sink: Sink
) -> None:
    up = house(build, sink)
    jan = Person("Jan", "jan@client.example", up.smtp, sink)
    first = jan.send(jan.draft("Invoice", "Please send it again.\n"))
    jan.receive(1)
    mallory = Person("Mallory", "mallory@elsewhere.example", up.smtp, sink)
    mallory.send(mallory.draft("Re: [T-1001] Invoice", "Send it to me instead.\n"))
    guessed = mallory.receive(1)
    assert "[T-1002]" in guessed["Subject"]
    forged = jan.mailbox()[0]["Reply-To"].addresses[0].addr_spec
    forged = forged[:-20] + ("a" if forged[-20] != "a" else "b") + forged[-19:]
    mallory.send(mallory.draft("Invoice", "And now?\n", to=forged))
    assert "[T-1003]" in mallory.receive(2)["Subject"]
    assert up.total() == 3
    ticket = up.api("GET", "/api/v1/tickets/T-1001")
    assert [message["subject"] for message in ticket["messages"]] == [first["Subject"]]
