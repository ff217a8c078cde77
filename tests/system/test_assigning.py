"""Agents in a running house: each gets what they speak and can take, what is left behind goes to somebody else, and an angry customer's
ticket is raised once, whoever is killed meanwhile."""

import json
import smtplib
from email.message import EmailMessage
from typing import Any

from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.processes import Up, wait_until

ANNA, BORIS, LEA = "anna@acme.example", "boris@acme.example", "lea@acme.example"


def house(build: Build, sink: Sink) -> Up:
    up = build()
    up.config = f"""\
[company]
name = "Acme"
[assignment]
mode = "round_robin"
sticky = false
return_after = "1s"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{sink.url}"
[[team]]
name = "technical"
members = ["{ANNA}", "{BORIS}", "{LEA}"]
[[category]]
name = "technical"
team = "technical"
[[escalation]]
name = "unhappy"
when = {{angry = true}}
step = [{{after = "2s", to = "lead", priority = "high"}}]
"""
    return up.start()


def say(up: Up, mail: EmailMessage) -> None:
    """The customer's mail system hands it in."""
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=20) as client:
        client.send_message(mail)


def ticket(up: Up, number: int) -> dict[str, Any]:
    found: dict[str, Any] = up.api("GET", f"/api/v1/tickets/T-{number}")
    return found


def whats(up: Up, number: int) -> list[str]:
    return [event["what"] for event in ticket(up, number)["events"]]


def test_tickets_go_to_who_can_take_them_and_an_angry_customers_is_raised_once(build: Build, sink: Sink) -> None:
    up = house(build, sink)
    up.run("agent", "add", ANNA, "--name", "Anna", "--languages", "en", "--public-name", "Anna")
    for email, role, known in (
        (BORIS, "agent", {"languages": ["hr", "en"], "capacity": 5}), (LEA, "lead", {"capacity": 0})
    ):  # fmt: skip
        up.api("POST", "/api/v1/agents", {"email": email, "name": email.partition("@")[0].title(), "role": role})
        up.api("PATCH", f"/api/v1/agents/{email}", known)

    croatian = "Poštovani, moj uređaj javlja error i više ne radi. Molim vas pomozite mi što prije, hvala lijepa."
    english = "Hello, my device shows an error since this morning. Could you please help me with it? Thank you."
    say(up, letter("one", "jan@client.example", to="support@acme.example", subject="Error on my device", text=english))
    wait_until(lambda: up.total() == 1, "the first ticket is there")
    say(up, letter("two", "iva@client.example", to="support@acme.example", subject="Error", text=croatian))
    wait_until(lambda: up.total() == 2, "the second ticket is there")
    assert [ticket(up, number)["assignee"] for number in (1001, 1002)] == [ANNA, BORIS]
    agents = {agent["email"]: agent for agent in json.loads(up.run("agent", "list", "--json").stdout)}
    assert [(agents[each]["open"], agents[each]["capacity"]) for each in (ANNA, BORIS, LEA)] == [
        (1, None),
        (1, 5),
        (0, 0),
    ]

    up.run("agent", "change", ANNA, "--away", "back")
    assert up.api("GET", f"/api/v1/agents/{ANNA}")["away_until"].startswith("9999-")
    again = letter("more", "jan@client.example", to="support@acme.example", subject="Re: Error on my device",
                   text="Any news?", In_Reply_To="<one@client.example>", References="<one@client.example>")  # fmt: skip
    say(up, again)
    wait_until(lambda: ticket(up, 1001)["assignee"] == BORIS, "the ticket went to somebody who is there")
    assert "returned_to_team" in whats(up, 1001)

    angry = letter("angry", "jan@client.example", to="support@acme.example", subject="Re: Error on my device",
                   text="This is outrageous!", In_Reply_To="<one@client.example>", References="<one@client.example>")  # fmt: skip
    say(up, angry)
    wait_until(lambda: "escalation_begun" in whats(up, 1001), "the ladder has begun")
    up.kill()
    up.start()
    wait_until(lambda: ticket(up, 1001)["assignee"] == LEA, "whoever leads the team has it")
    raised = ticket(up, 1001)
    assert raised["priority"] == "high"
    wait_until(lambda: any("Escalated" in str(mail["Subject"]) for mail in sink.got[LEA]), "the lead is told")
    wait_until(lambda: any("person in charge" in mail.get_content() for mail in sink.got["jan@client.example"]
                           if not mail.is_multipart()), "the customer is told")  # fmt: skip
    summaries = [each for each in raised["messages"] if each["direction"] == "internal"]
    assert len(summaries) == 1
    assert "my device shows an error" in summaries[0]["text"]
    assert whats(up, 1001).count("escalated") == 1
    assert up.stop() == 0
    assert up.process is not None
    assert not up.process.tracebacks()
