"""What STARTTLS needs: the certificate, and a handshake that always comes to an end."""

import asyncio
import ssl
from pathlib import Path

from services.intake.errors import CertificateUnusable
from shared.settings import Settings

TIME_LIMIT = 30.0
"""Seconds for a handshake."""


async def handshake(
    wire: asyncio.Transport, protocol: asyncio.Protocol, context: ssl.SSLContext, timeout: float
) -> asyncio.Transport:
    """Put TLS between ``wire`` and ``protocol``; the transport to use from now on.

    Raises `ConnectionResetError` when the handshake fails, is broken off, or takes longer than ``timeout`` or thirty seconds; the
    connection is closed then.
    """
    loop = asyncio.get_running_loop()
    try:
        secure = await loop.start_tls(
            wire, protocol, context, server_side=True, ssl_handshake_timeout=min(timeout, TIME_LIMIT)
        )
    except OSError as error:  # ssl.SSLError is one
        raise ConnectionResetError(f"TLS handshake failed: {error}") from error
    if secure is None:
        raise ConnectionResetError("TLS handshake broken off")
    return secure


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What STARTTLS is offered with, or None without a certificate. Raises `CertificateUnusable`."""
    smtp = settings.smtp
    if not smtp.certificate:
        return None
    folder = settings.source.parent if settings.source else Path()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / smtp.certificate, folder / smtp.key)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise CertificateUnusable(
            f"smtp.certificate {smtp.certificate} with smtp.key {smtp.key} can't be used ({error}); give two PEM files that match"
        ) from error
    return context
