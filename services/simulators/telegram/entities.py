"""Text of messages: lengths in UTF-16 units and the HTML style (https://core.telegram.org/bots/api#formatting-options).

The Markdown styles are not simulated: who asks for them gets the answer for an unknown ``parse_mode``.
"""

import re
from html.parser import HTMLParser

from services.simulators.telegram.answers import Json, bad

TEXT_LIMIT = 4096  # UTF-16 units after the entities were parsed: https://core.telegram.org/bots/api#sendmessage
CAPTION_LIMIT = 1024
KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{1,32})?")


def units(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def commands(text: str) -> list[Json]:
    """The ``bot_command`` entities of what a customer writes."""
    return [
        {"type": "bot_command", "offset": units(text[: found.start()]), "length": units(found[0])}
        for found in COMMAND.finditer(text)
    ]


def parse(text: str, mode: str) -> tuple[str, list[Json]]:
    """The plain text and its entities. Raises `Refused` for what the real parser refuses."""
    if not mode:
        return text, []
    if mode.lower() != "html":
        raise bad("unsupported parse_mode")
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.finish()


def check_length(text: str, limit: int, what: str) -> str:
    """Raises `Refused`: nothing but blanks in a text, or too long."""
    if limit == TEXT_LIMIT and not text.strip():
        raise bad("message text is empty")
    if units(text) > limit:
        raise bad(f"{what} is too long")
    return text


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._text: list[str] = []
        self._at = 0
        self._open: list[tuple[str, int, Json]] = []
        self._entities: list[Json] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KINDS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {self._at}')
        extra: Json = {"url": dict(attrs).get("href") or ""} if tag == "a" else {}
        self._open.append((tag, self._at, extra))

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            raise bad(f"can't parse entities: Unexpected end tag at byte offset {self._at}")
        begun, start, extra = self._open.pop()
        if begun != tag:
            raise bad(
                f"can't parse entities: Unmatched end tag at byte offset {self._at},"
                f' expected "</{begun}>", found "</{tag}>"'
            )
        if self._at > start:
            self._entities.append({"type": KINDS[tag], "offset": start, "length": self._at - start, **extra})

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        self._at += units(data)

    def finish(self) -> tuple[str, list[Json]]:
        if self._open:
            raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1][0]}\"")
        return "".join(self._text), sorted(self._entities, key=lambda entity: entity["offset"])
