"""The signature of a webhook (https://www.twilio.com/docs/usage/webhooks/webhooks-security): HMAC-SHA1 with the auth token over the
public URL followed by each sorted parameter's name and value, base64."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    signed = url + "".join(name + form[name] for name in sorted(form))
    # SHA-1 is what Twilio uses.
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
