"""What is asked of Twilio for a call. Pure.

https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource. The agent's telephone is rung; who answers hears a line and is
connected with the customer (https://www.twilio.com/docs/voice/twiml/dial). Both see our number and neither the other's: the customer's
stands only in what we tell Twilio.
"""

from dataclasses import dataclass
from typing import Any, Final

from shared.messages.outbound import Outbound
from shared.phones import is_e164
from shared.secrets import CallbackToken, Keyring, encode_callback
from shared.speaking import Speaker, document
from shared.texts.voice import spoken_number

RINGS: Final = 30
"""Seconds that each telephone rings."""
EVENTS: Final = ("initiated", "ringing", "answered", "completed")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whose telephones are rung, in E.164."""

    agent: str
    customer: str


def numbers(outbound: Outbound) -> Numbers | None:
    """Both, or None where one is no telephone's."""
    agent = str(outbound.variables.get("agent_number", ""))
    customer = outbound.to[0].address if outbound.to else ""
    return Numbers(agent, customer) if is_e164(agent) and is_e164(customer) else None


def fields(outbound: Outbound, who: Numbers, attempt: int, speaker: Speaker, keyring: Keyring) -> dict[str, Any]:
    """The library's arguments."""
    about = f"d={encode_callback(keyring, CallbackToken(outbound.delivery_id, attempt))}"
    said = document()
    speaker.say(said, outbound.language, "voice.bridge", ticket=spoken_number(outbound.ticket_number))
    dial = said.dial(
        caller_id=speaker.inbox.sender,
        timeout=RINGS,
        answer_on_bridge=True,
        action=speaker.at("dialled", about),
        method="POST",
    )
    dial.number(who.customer)
    return {
        "to": who.agent,
        "from_": speaker.inbox.sender,
        "twiml": str(said),
        "timeout": RINGS,
        "status_callback": speaker.at("status", about),
        "status_callback_event": list(EVENTS),
        "status_callback_method": "POST",
    }
