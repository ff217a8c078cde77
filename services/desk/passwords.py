"""Passwords and second factors: what may be one, and whether one is right.

argon2id takes a tenth of a second and 64 MiB each time, which is what it is for: it runs in threads of its own, two at once, and a queue
that is too long is not joined. An address that nobody has is answered after the same work.
"""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import pyotp
from pwdlib.hashers.argon2 import Argon2Hasher

from services.desk.errors import Away
from shared.secrets import Keyring
from shared.secrets.sealing import seal, unseal

SHORTEST: Final = 10
LONGEST: Final = 256
AT_ONCE: Final = 2
MOST_WAITING: Final = 32
CODES: Final = 10
"""Recovery codes of a second factor."""
STEP: Final = 30
"""Seconds for which a one-time password counts (RFC 6238, 5.2), and one step before and after."""
_PURPOSE: Final = b"one-time password"
# What lists of leaked passwords begin with, as far as it is long enough to be one here.
_COMMON: Final = frozenset(
    {
        *(
            "1234567890",
            "0123456789",
            "12345678910",
            "0987654321",
            "9876543210",
            "1q2w3e4r5t",
            "qwertyuiop",
            "1qaz2wsx3edc",
        ),
        *(
            "password123",
            "password1234",
            "passwordpassword",
            "password12",
            "letmeinplease",
            "administrator",
            "changemenow",
        ),
        *("qwerty12345", "qwerty123456", "iloveyou123", "welcome123", "welcome1234", "admin12345", "trunkline123"),
        *("haslo12345", "haslo123456", "zaq12wsxcde3", "lozinka123", "lozinka1234", "polska1234", "hrvatska123"),
    }
)


Answer = TypeVar("Answer")


def why_not(password: str, email: str = "", name: str = "") -> str | None:
    """Why it cannot be somebody's password, as the end of a text's key (``signin.page.choose.…``); null when it can."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    plain = password.strip().casefold()
    local, _, domain = email.strip().casefold().partition("@")
    own = {email.strip().casefold(), f"{local}{domain}", name.strip().casefold(), local, domain}
    squeezed = re.sub(r"[^\w]", "", plain)
    if plain in own or squeezed in _COMMON or plain in _COMMON or len(set(plain)) < 4:
        return "common"
    return None


class Passwords:
    """Hashes and compares."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hasher = hasher or Argon2Hasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """What is kept of it. Raises `Away` when too many wait."""
        return await self._run(self._hash, password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the one of which ``kept`` is the hash; for null it never is, after the same work. Raises `Away`."""
        return await self._run(self._fits, password, kept)

    def stop(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., Answer], *given: object) -> Answer:
        if self._waiting >= MOST_WAITING:
            raise Away("too many passwords wait to be looked at", again=10)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def _fits(self, password: str, kept: str | None) -> bool:
        # Whoever comes first pays for it, somebody's or nobody's: it must not tell them apart.
        self._nobodys = self._nobodys or self._hasher.hash(secrets.token_urlsafe(16))
        right = self._hasher.verify(password[: LONGEST + 1], kept or self._nobodys)
        return right and kept is not None


# -- the second factor --------------------------------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret for an authenticator app: 160 bits in base32 (RFC 4226, 4)."""
    return pyotp.random_base32()


def sealed(keyring: Keyring, secret: str) -> str:
    """A secret as it is kept."""
    return seal(keyring, _PURPOSE, secret)


def opened(keyring: Keyring, kept: str) -> str | None:
    """The secret that is kept; null when the key that sealed it is gone."""
    return unseal(keyring, _PURPOSE, kept)


def address(secret: str, email: str, company: str) -> str:
    """What an authenticator app reads from a QR code (https://github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=company.replace(":", " "))


def step_of(secret: str, code: str, now: float | None = None) -> int | None:
    """Of which 30-second step the code is: this one, the one before or the one after; null for a wrong one."""
    digits = re.sub(r"\s", "", code)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    current = int((time.time() if now is None else now) // STEP)
    codes = pyotp.TOTP(secret)
    found = [
        step for step in (current - 1, current, current + 1) if secrets.compare_digest(codes.generate_otp(step), digits)
    ]
    return found[0] if found else None


def new_codes() -> list[str]:
    """Recovery codes: 80 bits each, in groups of four to be written down."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    made = ("".join(secrets.choice(alphabet) for _ in range(16)) for _ in range(CODES))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in made]


def code_digest(code: str) -> str:
    """What is kept of a recovery code, however it was typed."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code[:100]).lower().encode("utf-8", "surrogatepass")).hexdigest()
