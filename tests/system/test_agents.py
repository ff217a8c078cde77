"""Agents answer from Telegram, by SMS, by mail and by WhatsApp; customers see only their own channel, and neither side the other's address.

Real processes, real relays, and the real client libraries against simulators of the providers. What reached everybody is searched, as it
was on the wire, for the other side's addresses, numbers and ids. Then strangers try to speak as agents.
"""

import json
from typing import Any

from services.simulators import TelegramSimulator, TwilioSimulator
from tests.system.conftest import Build
from tests.system.mailing import Sink
from tests.system.office import (
    AGENTS,
    ANNA,
    COURIER,
    IVO,
    LEA,
    MAREK,
    Office,
    assert_nothing_of,
    code_in,
    digits,
    open_office,
)
from tests.system.processes import wait_until

JANA, EWA, PETRA = "+48600100200", "ewa.kowalska@customer.example", "+385915556677"
CUSTOMERS = [digits(JANA), EWA, digits(PETRA)]
STRANGER = "mallory@elsewhere.example"


def test_agents_answer_from_where_they_are_and_neither_side_sees_the_others_address(build: Build, sink: Sink) -> None:
    with TwilioSimulator() as twilio, TelegramSimulator() as telegram:
        office = open_office(build, sink, twilio, telegram)
        try:
            texting_and_telegram(office)
            mail_and_texting(office)
            chat_and_mail(office)
            whatsapp_on_both_sides(office)
            three_agents_a_courier_and_a_merge(office)
            search_the_wire(office)
            strangers_get_nowhere(office)
            office.visitors.end()
        finally:
            office.up.stop()
        assert office.up.process is not None
        assert office.up.process.tracebacks() == []


def texting_and_telegram(office: Office) -> None:
    """The customer by SMS, the agent by Telegram."""
    jana = office.twilio.phone(JANA, "Jana")
    jana.texts("My heater is cold.")
    wait_until(lambda: any("T-1001" in each for each in jana.texts_received), "the acknowledgement")
    office.do("T-1001", "assign", agent=ANNA.email)
    office.hears(ANNA, 0, "T-1001")
    chat = office.chat(ANNA)
    alert = next(each for each in chat.received if "T-1001" in each.get("text", ""))
    said = len(office.told(ANNA))
    # Nobody reads and answers in a millisecond: until then it is not yet known what Telegram calls the message.
    wait_until(lambda: office.is_reported("T-1001", "telegram"), "it is known that the notification was taken")
    chat.replies(alert, "Hello Jana, please turn it off and on again.")
    wait_until(
        lambda: any("off and on again" in each for each in jana.texts_received), "the answer is at the customer's"
    )
    office.hears(ANNA, said, "T-1001: sent to the customer (SMS): “Hello Jana, please turn it off and on again.”")
    jana.texts("That helped, but it is loud.")
    office.hears(ANNA, said, "it is loud")


def mail_and_texting(office: Office) -> None:
    """The customer by mail, the agent by SMS: with the code, and without it only after a question."""
    office.send(EWA, "support@acme.example", "Broken handle", "The handle of my oven is broken.\n")
    wait_until(lambda: any("T-1002" in str(each["Subject"]) for each in office.sink.got[EWA]), "the acknowledgement")
    office.do("T-1002", "assign", agent=MAREK.email)
    code = code_in(office.hears(MAREK, 0, "T-1002"))
    phone, heard = office.phone(MAREK), len(office.told(MAREK))
    phone.texts(f"{code} A new handle is on its way.")
    # That somebody takes care of it is mailed too, in its own time: the answer is known by what it says.
    wait_until(lambda: office.sink.saying(EWA, "A new handle is on its way."), "the answer is at the customer's")
    assert "Marek" in office.sink.saying(EWA, "A new handle is on its way.")[0]["From"]
    office.hears(MAREK, heard, 'T-1002: sent to the customer (email): "A new handle is on its way."')
    heard = len(office.told(MAREK))
    phone.texts("It comes tomorrow.")
    question = office.hears(MAREK, heard, "It comes tomorrow")
    assert office.sink.saying(EWA, "It comes tomorrow.") == []
    phone.texts(f"{code_in(question)} yes")
    wait_until(lambda: office.sink.saying(EWA, "It comes tomorrow."), "the confirmed answer is at the customer's")


def chat_and_mail(office: Office) -> None:
    """The customer in the chat, the agent by mail."""
    office.visitors.say("web", 1, "firstquestion", "Do you deliver to Split?", None)
    wait_until(lambda: office.up.total() == 3, "the chat is a ticket")
    office.do("T-1003", "assign", agent=LEA.email)
    office.hears(LEA, 0, "T-1003")
    alert = office.mail_of(LEA, "T-1003")
    to = str(alert["Reply-To"]).rpartition("<")[2].strip(">")
    quoted = "\n".join(f"> {line}" for line in alert.get_body(("plain",)).get_content().splitlines())
    text = f"Yes, within three days.\n\n-- \nLea Horvat-Private\n+385 91 999 8877\n\nOn Monday Acme wrote:\n{quoted}\n"
    heard = len(office.told(LEA))
    office.send(LEA.email, to, f"Re: {alert['Subject']}", text, proven=True, In_Reply_To=str(alert["Message-ID"]))
    chat = office.visitors.chats[1]
    wait_until(lambda: any("within three days" in each for each in chat.shown.values()), "the answer is in the chat")
    answer = next(each for each in chat.shown.values() if "within three days" in each)
    assert "Monday" not in answer
    assert "999" not in answer
    office.hears(
        LEA, heard, "[T-1003] Your answer: Do you deliver", "T-1003: sent to the customer (chat): “Yes, within"
    )


def whatsapp_on_both_sides(office: Office) -> None:
    """Both by WhatsApp."""
    petra = office.twilio.phone(f"whatsapp:{PETRA}", "Petra")
    petra.texts("Where is my parcel?")
    wait_until(lambda: any("T-1004" in each for each in petra.texts_received), "the acknowledgement")
    # Outside the window of 24 hours nothing but templates may be sent: the agent has written today.
    office.do("T-1004", "assign", agent=IVO.email)
    code = code_in(office.hears(IVO, 0, "T-1004"))
    office.phone(IVO).texts(f"{code} It is at the post office.")
    wait_until(lambda: any("at the post office" in each for each in petra.texts_received), "the answer is there")


def three_agents_a_courier_and_a_merge(office: Office) -> None:
    """Anna hands over to Marek by Telegram, he asks a courier by SMS, and merges it with what Lea has put down of a call."""
    chat, heard = office.chat(ANNA), len(office.told(MAREK))
    wait_until(lambda: office.is_reported("T-1001", "telegram"), "it is known that the notification was taken")
    alert = next(each for each in reversed(chat.received) if "it is loud" in each.get("text", ""))
    chat.replies(alert, f"#assign {MAREK.email}\n#note He knows this heater.")
    code = code_in(office.hears(MAREK, heard, "T-1001"))
    assert office.ticket("T-1001")["assignee"] == MAREK.email
    office.phone(MAREK).texts(f"{code} #side sms {COURIER} Please fetch a heater tomorrow.")
    courier = office.twilio.phone(COURIER, "Courier")
    wait_until(lambda: any("fetch a heater" in each for each in courier.texts_received), "the courier is asked")
    heard = len(office.told(MAREK))
    courier.texts("Tomorrow at nine.")
    code = code_in(office.hears(MAREK, heard, "Tomorrow at nine"))
    # What answers a side conversation's news is a note: the customer hears nothing of it.
    jana = office.twilio.phone(JANA, "Jana")
    call = {"subject": "Heater", "text": "She called, too.", "contact": JANA, "channel": "voice", "received_by": "Lea"}
    other = office.up.api("POST", "/api/v1/tickets", call)["number"]
    # That somebody else takes care of it is told her too, in its own time.
    wait_until(office.is_quiet, "all that was to be sent is sent")
    had = len(jana.texts_received)
    office.phone(MAREK).texts(f"{code} #merge into {other}")
    office.hears(MAREK, heard + 1, f"T-1001: part of {other} now.")
    assert office.ticket("T-1001")["status"] == "merged"
    wait_until(office.is_quiet, "all that was to be sent is sent")
    assert len(jana.texts_received) == had


def search_the_wire(office: Office) -> None:
    """No customer got a byte of an agent's, no agent one of a customer's."""
    ids = [office.ids[agent.email] for agent in AGENTS]
    agents = [*(secret for agent in AGENTS for secret in agent.secrets), *ids, *(each[:16] for each in ids)]
    assert_nothing_of(agents, got_by_customers(office))
    session = office.visitors.chats[1].session
    assert_nothing_of([*CUSTOMERS, session], got_by_agents(office))


def got_by_customers(office: Office) -> dict[str, str]:
    """All that reached customers and the courier, as it was on the wire."""
    phones = {JANA: JANA, PETRA: f"whatsapp:{PETRA}", COURIER: COURIER}
    wire = {name: _texts(office.twilio.phone(address, name).received) for name, address in phones.items()}
    wire[EWA] = "\n".join(each.as_string() for each in office.sink.got[EWA])
    wire["chat"] = json.dumps(list(office.visitors.chats[1].shown.items()))
    assert all(wire.values())
    return wire


def got_by_agents(office: Office) -> dict[str, str]:
    """All that reached agents where they are."""
    wire = {LEA.email: "\n".join(each.as_string() for each in office.sink.got[LEA.email])}
    wire[ANNA.email] = json.dumps(office.chat(ANNA).received, default=str)
    for agent in (MAREK, IVO):
        wire[agent.email] = _texts(office.phone(agent).received)
    assert all(wire.values())
    return wire


def _texts(messages: list[Any]) -> str:
    return "\n".join(str(each) for each in messages)


def strangers_get_nowhere(office: Office) -> None:
    """Each tries to answer the customer of the newest tickets in an agent's name."""
    wait_until(office.is_quiet, "all that was to be sent is sent")
    petra, got = office.twilio.phone(f"whatsapp:{PETRA}", "Petra"), len(office.sink.got[EWA])
    chat, has = office.visitors.chats[1], len(office.twilio.phone(f"whatsapp:{PETRA}", "Petra").texts_received)
    shown, refused = len(chat.shown), len(office.spoken("refused"))
    alert = office.mail_of(LEA, "T-1003")
    to = str(alert["Reply-To"]).rpartition("<")[2].strip(">")
    # Whoever has the signed address, but not the agent's: by a forged From, and from their own proven domain.
    office.send(LEA.email, to, "Re: forged", "I am Lea, believe me.\n")
    office.send(STRANGER, to, "Re: forwarded", "Lea forwarded this to me.\n", proven=True)
    # Whoever forges an agent's number cannot guess the code, nor see the question that an answer without one brings.
    ivo = office.phone(IVO)
    ivo.texts("ABCDEF Send money to me.")
    # Somebody else's Telegram knows the words of a button.
    mallory = office.telegram.customer(660001, "Mallory")
    mallory.writes("#solve T-1004 forged")
    # An external system says that it is an agent.
    claim = {"id": "claim-1", "from": {"name": "Ivo", "phone": IVO.value}, "text": "T-1004 #solve forged"}
    office.up.api("POST", "/api/v1/messages", claim)

    def put_down() -> bool:
        found = office.spoken("refused")
        return len(found) >= refused + 3 and {"email", "whatsapp"} <= {each["channel"] for each in found}

    wait_until(put_down, "what was not believed is put down")
    wait_until(office.is_quiet, "everything is decided and sent, and the ledger adds up")
    assert office.ticket("T-1004")["status"] in ("open", "pending")
    assert (len(office.sink.got[EWA]), len(petra.texts_received), len(chat.shown)) == (got, has, shown)
