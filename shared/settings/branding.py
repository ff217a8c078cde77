"""How customers' pages look (``[branding]``), and what is done with the articles of the knowledge base (``[knowledge]``)."""

from typing import Final

from pydantic import Field, field_validator

from shared.settings.base import Section, split_address

LOGO_KINDS: Final = (".png", ".jpg", ".jpeg", ".webp", ".svg")


class Branding(Section):
    """``colour`` is what buttons and links have, as ``#rrggbb``; where it would be hard to read it is made darker or lighter. ``logo`` is a
    file (PNG, JPEG, WebP or SVG, at most 256 KiB), relative to the configuration file. ``imprint`` and ``privacy`` are addresses of pages
    of yours, linked below each page. Empty: none."""

    colour: str = Field("#1d4ed8", pattern=r"^#[0-9a-fA-F]{6}$")
    logo: str = Field("", max_length=500)
    imprint: str = Field("", max_length=500)
    privacy: str = Field("", max_length=500)

    @field_validator("logo")
    @classmethod
    def _picture(cls, path: str) -> str:
        if path and not path.lower().endswith(LOGO_KINDS):
            raise ValueError(f"{path!r} is no picture that can be shown; it ends with one of {', '.join(LOGO_KINDS)}")
        return path

    @field_validator("imprint", "privacy")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url:
            hint = f'{url!r} is no web address; write it like "https://www.example.com/imprint"'
            parts = split_address(url, hint)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(hint)
        return url


class Knowledge(Section):
    """The knowledge base. ``suggest_in_form``: articles like what is being written are shown below a form's message;
    ``suggest_in_acknowledgements``: up to three of them stand in the acknowledgement of a new ticket."""

    suggest_in_form: bool = True
    suggest_in_acknowledgements: bool = True
