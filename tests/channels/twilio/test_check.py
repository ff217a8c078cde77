"""``trunkline check`` asks Twilio whether it knows us."""

import pytest

from services.composition.checking import _twilio
from services.composition.errors import CannotStart
from services.simulators import TwilioSimulator

from .payloads import inbox


async def test_the_check_says_what_is_wrong_with_an_account(twilio: TwilioSimulator) -> None:
    known = {"account_sid": twilio.account.sid, "auth_token": twilio.account.token, "api_url": twilio.url}
    assert await _twilio(inbox("whatsapp", **known)) == f"whatsapp:+15005550006 at {twilio.url}"
    with pytest.raises(CannotStart, match="correct the inbox's account_sid"):
        await _twilio(inbox(**known | {"auth_token": "wrong"}))
    with pytest.raises(CannotStart, match="correct the inbox's account_sid"):
        await _twilio(inbox(**known | {"api_url": "http://127.0.0.1:9"}))
