"""Whether a mailbox can be read as it is configured: for `trunkline check`. Changes nothing in the mailbox."""

import asyncio
from pathlib import Path

from services.intake.imap.client import Credentials, connected, tls_context
from services.intake.imap.oauth import ask, read_token
from shared.settings.inbox import Imap


async def probe(imap: Imap, beside: Path) -> str:
    """Connect, sign in, open the folder; gives one line of what was found. Raises `MailboxError`.

    The configured refresh token is used, and one that the provider gives in its place is not kept: Google and Microsoft let the former
    one live on.
    """
    context = await asyncio.to_thread(tls_context, imap, beside)
    async with connected(imap, context, 1 << 20) as box:
        credentials = Credentials(imap.user, imap.password.get_secret_value())
        if imap.oauth is not None:
            answer = await asyncio.to_thread(ask, imap.oauth, imap.oauth.refresh_token.get_secret_value())
            credentials = Credentials(imap.user, token=read_token(answer))
        await box.sign_in(credentials)
        folder = await box.open(imap.folder, read_only=True)
        await box.leave()
    how = "tells of new mail (IDLE)" if box.can("IDLE") else f"is asked every {imap.poll.total_seconds():g} s (no IDLE)"
    return f"signed in as {imap.user}, {imap.folder} holds {folder.exists} mails, the server {how}"
