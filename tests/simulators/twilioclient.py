"""The twilio library against another base than Twilio's: see README.md here."""

from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

TWILIO = "https://api.twilio.com"


class Rebased(TwilioHttpClient):
    """Sends to ``api_url`` what the library addresses to Twilio, and nothing else anywhere."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=60)
        self._api_url = api_url

    def request(self, method: str, url: str, *given: Any, **named: Any) -> Response:
        assert url.startswith(f"{TWILIO}/"), url
        return super().request(method, self._api_url + url.removeprefix(TWILIO), *given, **named)


def client(api_url: str, account_sid: str, auth_token: str) -> Client:
    return Client(account_sid, auth_token, http_client=Rebased(api_url))
