"""How customers' pages look: the company's name, colour and logo, and the file of style that every page of theirs loads. Pure, save for
the files that are read once.

Whatever colour is configured, text in it and text on it keeps a contrast of 4.5 to 1 (WCAG 2.1, 1.4.3), on light and on dark pages.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Final

import structlog

from services.desk.pages.contrast import inked, readable
from shared.settings.branding import Branding

log = structlog.get_logger(__name__)

LARGEST_LOGO: Final = 256 * 1024
DEFAULT: Final = Branding()
_LIGHT, _DARK = ("#ffffff", "#f3f5f8", "#e8effd"), ("#1a212c", "#11161e", "#1d2a44")
"""What stands behind text: cards, pages and customers' own words, as brand.css has them."""
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, and what it is."""

    content: bytes
    media_type: str

    @property
    def version(self) -> str:
        """Tells one from the next, so that a cached one is not shown for another."""
        return hashlib.sha256(self.content).hexdigest()[:10]


@dataclass(frozen=True)
class Brand:
    """The look of all pages of one company."""

    colour: str = DEFAULT.colour
    logo: Logo | None = None
    imprint: str = ""
    privacy: str = ""

    @cached_property
    def style(self) -> bytes:
        """brand.css: what every page has in common, in the company's colour."""
        light, dark = readable(self.colour, _LIGHT), readable(self.colour, _DARK)
        own = (
            f":root {{ --accent: {light}; --accent-ink: {inked(light)}; }}\n"
            f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; --accent-ink: {inked(dark)}; }} }}\n"
        )
        return _base() + own.encode()

    @cached_property
    def version(self) -> str:
        """Tells one style from the next."""
        return hashlib.sha256(self.style).hexdigest()[:10]


def brand_of(branding: Branding, logo: Path | None) -> Brand:
    """The look as it is configured; ``logo`` is where the picture lies. One that cannot be used is left out and said in the log."""
    return Brand(branding.colour, _read(logo) if logo is not None else None, branding.imprint, branding.privacy)


def _read(path: Path) -> Logo | None:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_LOGO + 1)
    except OSError as error:
        log.warning("the logo cannot be read", path=str(path), error=str(error))
        return None
    if len(content) > LARGEST_LOGO:
        log.warning("the logo is too large", path=str(path), most=LARGEST_LOGO)
        return None
    media_type = _kind(content)
    if media_type is None:
        log.warning("the logo is no picture that can be shown", path=str(path))
        return None
    return Logo(content, media_type)


def _kind(content: bytes) -> str | None:
    """What a file is by its beginning, whatever its name says."""
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_JPEG):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    # Shown as a picture a browser runs no script of it; opened by itself it gets the policy that the route sends.
    return "image/svg+xml" if head.startswith((b"<svg", b"<?xml", b"<!--")) and b"<svg" in content else None


@cache
def _base() -> bytes:
    return (files("services.desk.pages") / "brand.css").read_bytes()
