"""`trunkline up` with a telephone: a customer leaves a message, hears by keypad how it stands, and is called back from the ticket."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.simulators import TwilioSimulator
from tests.channels.voice.conftest import AGENT, ANA, OURS, SAID
from tests.system.processes import Up, wait_until

CONFIG = """
[company]
name = "Acme"
public_url = "https://support.acme.example"
[web]
listen = "127.0.0.1:{web}"
[smtp]
listen = "127.0.0.1:{smtp}"
[fetch]
allow = ["127.0.0.0/8"]
"""
INBOX = """
[[inbox]]
name = "{name}"
channel = "{channel}"
number = "{number}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{url}"
"""


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[Up, TwilioSimulator]]:
    with TwilioSimulator() as twilio:
        house = Up(tmp_path / "house")
        house.config = CONFIG.format(web=house.web, smtp=house.smtp)
        account = {"account": twilio.account.sid, "token": twilio.account.token, "url": twilio.url}
        for name, channel in (("phone", "voice"), ("sms", "sms")):
            house.config += INBOX.format(name=name, channel=channel, number=OURS, **account)
        # As behind a proxy: Twilio signs the public address.
        twilio.public_url, twilio.target = "https://support.acme.example", f"http://127.0.0.1:{house.web}"
        hooks = f"{twilio.public_url}/hooks/twilio"
        twilio.register(OURS, f"{hooks}/sms", voice=f"{hooks}/phone", voice_status=f"{hooks}/phone/status")
        house.start()
        try:
            yield house, twilio
        finally:
            house.kill()


def test_a_customer_calls_asks_by_keypad_and_is_called_back(up: tuple[Up, TwilioSimulator]) -> None:
    house, twilio = up
    ana = twilio.phone(ANA)
    call = ana.calls(recording=SAID, seconds=9)
    twilio.wait_for(lambda: call.is_over and twilio.callbacks.is_idle and ana.texts_received, 60)
    (ticket,) = house.tickets()
    (file,) = ticket["messages"][0]["attachments"]
    assert (file["media_type"], file["sha256"]) == ("audio/mpeg", hashlib.sha256(SAID).hexdigest())
    assert ticket["number"] in ana.texts_received[0]

    number = ticket["number"].removeprefix("T-")
    call = ana.calls(digits=[f"{number}#"], hangs_up_at="Record")
    twilio.wait_for(lambda: call.is_over and twilio.callbacks.is_idle, 60)
    assert any(" ".join(number) in each and "w toku" in each for each in call.said), call.said
    assert house.total() == 1

    ana.texts("A kocioł cieknie")

    def texts() -> list[str]:
        return [each["text"] for each in house.api("GET", f"/api/v1/tickets/{number}")["messages"]]

    wait_until(lambda: "A kocioł cieknie" in texts(), "what is answered to the SMS goes on in the ticket")
    assert house.total() == 1

    ana.answers_calls(seconds=65)
    placed = house.api("POST", f"/api/v1/tickets/{number}/dial", {"agent_number": AGENT}, **{"Idempotency-Key": "one"})
    again = house.api("POST", f"/api/v1/tickets/{number}/dial", {"agent_number": AGENT}, **{"Idempotency-Key": "one"})
    assert placed == again

    def noted() -> list[dict[str, Any]]:
        messages = house.api("GET", f"/api/v1/tickets/{number}")["messages"]
        return [each for each in messages if each["direction"] == "internal"]

    wait_until(lambda: bool(noted()), "the call is noted")
    assert [each["text"] for each in noted()] == ["Call to the customer: answered, 1 min 5 s."]
    legs = [(each.sender, each.recipient) for each in twilio.account.calls.values()][-2:]
    assert legs == [(OURS, AGENT), (OURS, ANA)]
    wait_until(house.at_rest, "the ledger adds up")
    lines = {line["inbox"]: line for line in house.ledger()}
    assert lines["phone"]["stored"] == lines["phone"]["received"] == 3, "voicemail, enquiry, the end of that call"
    assert house.stop() == 0
    assert house.process is not None
    assert house.process.tracebacks() == []
