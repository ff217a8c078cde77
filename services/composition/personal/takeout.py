"""`trunkline takeout`: everything about one contact in a zip: pages to read, the same as data, and their files.

A ticket is written at a time, a page of it in memory; files go through in pieces.
"""

import html
import json
import tempfile
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from services.composition.backing.archive import Part, Writing
from services.composition.backing.saving import bar
from services.composition.errors import CannotStart
from services.composition.operating import Operator, operator
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing
from shared.clock import now
from shared.messages.people import Belongings, BelongingsQuery, PersonAnswer, PersonQuery, PersonTicket
from shared.settings import Settings
from shared.texts import pick_language, text

_WHAT: tuple[Literal["messages", "entries", "deliveries"], ...] = ("messages", "entries", "deliveries")
_HELD = "held-back"
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "article{border-top:1px solid #bbb;padding:.5rem 0}pre{white-space:pre-wrap;font:inherit}small{color:#555}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


async def takeout(settings: Settings, address: str, out: Path, as_json: bool) -> None:
    """Write it. Raises `CannotStart`, where nobody has the address too, and `BusError`."""
    if not out.name:
        raise CannotStart(f"--out: {str(out)!r} is no file; write something like ann.zip")
    counts = dict.fromkeys(("tickets", "messages", "entries", "deliveries", "held", "files"), 0)
    async with operator(settings) as running:
        first = await _person(running, address, "")
        if not (first.contacts or first.points or first.tickets or first.counts.get("quarantined")):
            raise CannotStart(f"nobody with {address} is known")
        told = first.contacts[0].get("language") if first.contacts else None
        language = pick_language(None, 0.0, settings.company.languages, str(told) if told else None)
        values = [address.strip(), *(each.value for each in first.points)]
        whose = {"address": address, "contacts": [str(each["id"]) for each in first.contacts], "values": values}
        with bar() as progress, Writing(out) as archive:
            task = progress.add_task("", total=None)
            pages: list[tuple[str, str]] = []
            page = first
            while page.tickets:
                for each in page.tickets:
                    progress.update(task, description=f"T-{each.number}")
                    title = await _ticket(running, archive, whose, each, language, counts)
                    pages.append((f"T-{each.number}", title))
                page = await _person(running, address, page.tickets[-1].ticket_id)
            if first.counts.get("quarantined"):
                await _held_back(running, archive, whose, language, counts)
            _cover(archive, settings, first, pages, language, held=bool(counts["held"]))
            archive.finish({"made_at": now().isoformat()})
    if as_json:
        print(json.dumps({"file": str(out), **counts}))
    else:
        print(f"wrote {out}: " + ", ".join(f"{number} {name}" for name, number in counts.items()))


async def _person(running: Operator, address: str, after: str) -> PersonAnswer:
    return PersonAnswer.decode(await running.ask("person", PersonQuery(address=address, after=after).encode()))


async def _ticket(
    running: Operator, archive: Writing, whose: dict[str, Any], one: PersonTicket, language: str, counts: dict[str, int]
) -> str:
    """A ticket's page, data and files; its title."""
    counts["tickets"] += 1
    number = f"T-{one.number}"
    title = ""
    with tempfile.TemporaryFile("w+b") as page, tempfile.TemporaryFile("w+b") as data:
        for what in _WHAT:
            after, begun = "", False
            while True:
                query = BelongingsQuery(**whose, ticket_id=one.ticket_id, what=what, after=after)
                found = Belongings.decode(await running.ask("belongings", query.encode()))
                if not title:
                    title = str(found.ticket.get("subject") or number)
                    _head(page, number, title, found.ticket, language)
                    _line(data, {"ticket": found.ticket})
                if found.items and not begun:
                    begun = True
                    _put(page, f"<h2>{_word(f'people.takeout.{what}', language)}</h2>")
                for each in found.items:
                    counts[what] += 1
                    if what == "messages":
                        each["files"] = await _files(running, archive, number, each, counts)
                    _line(data, {what: each})
                    _put(page, _article(what, each))
                if found.next is None:
                    break
                after = found.next
        _put(page, "</body></html>")
        _keep(archive, number, page, data)
    return title


async def _held_back(
    running: Operator, archive: Writing, whose: dict[str, Any], language: str, counts: dict[str, int]
) -> None:
    """A page with what of theirs is in quarantine and in no ticket, its data and files; none where all of it was let through."""
    after: str | None = ""
    with tempfile.TemporaryFile("w+b") as page, tempfile.TemporaryFile("w+b") as data:
        _top(page, text("people.takeout.held", language), language)
        while after is not None:
            query = BelongingsQuery(**whose, ticket_id="", what="messages", held=True, after=after)
            found = Belongings.decode(await running.ask("belongings", query.encode()))
            for each in found.items:
                counts["held"] += 1
                each["files"] = await _files(running, archive, _HELD, each, counts)
                _line(data, {"held": each})
                _put(page, _article("messages", each))
            after = found.next
        _put(page, "</body></html>")
        if counts["held"]:
            _keep(archive, _HELD, page, data)


def _keep(archive: Writing, name: str, page: IO[bytes], data: IO[bytes]) -> None:
    for part_name, file in ((f"{name}.html", page), (f"data/{name}.jsonl", data)):
        file.seek(0)
        with archive.part(part_name) as part:
            while piece := file.read(512 * 1024):
                part.write(piece)


async def _files(
    running: Operator, archive: Writing, number: str, message: dict[str, Any], counts: dict[str, int]
) -> list[str]:
    """Put a message's files, and the message as it came, into the archive; their names there."""
    original = message.pop("original", None) or {}
    kept = [(each.get("filename") or "file", each.get("blob"), None) for each in message.pop("attachments", None) or []]
    kept.append(("message.eml", original.get("blob"), original.get("inline")))
    names: list[str] = []
    blobs = Blobs(running.bus)
    for filename, blob, inline in kept:
        name = f"files/{number}/{message['id'][:12]}-{len(names)}-{_safe(filename)}"
        if blob:
            try:
                _size, pieces = await blobs.stream(blob)
                with archive.part(name, packed=False) as part:
                    async for piece in pieces:
                        part.write(piece)
            except (BlobMissing, BlobDamaged):
                continue
        elif inline:
            with archive.part(name) as part:
                _write_inline(part, inline)
        else:
            continue
        names.append(name)
        counts["files"] += 1
    return names


def _write_inline(part: Part, inline: str) -> None:
    """Octets that travelled inside a message are in base 64 for URLs or text, as the models write them."""
    from shared.messages.parts import Stored

    stored = Stored.model_validate_json(json.dumps({"sha256": "", "size": 0, "inline": inline}))
    part.write(stored.inline or b"")


def _safe(filename: str) -> str:
    """A name that says no way to anywhere."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    return "".join(char if char.isalnum() or char in "._- " else "_" for char in name)[-80:].strip(". ") or "file"


def _put(file: IO[bytes], written: str) -> None:
    file.write(written.encode("utf-8", "replace") + b"\n")


def _line(file: IO[bytes], value: Any) -> None:
    _put(file, json.dumps(value, ensure_ascii=False, default=str))


def _word(key: str, language: str) -> str:
    return html.escape(text(key, language))


def _page(title: str, language: str) -> str:
    return (
        f'<!doctype html><html lang="{html.escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>"
    )


def _head(file: IO[bytes], number: str, title: str, ticket: dict[str, Any], language: str) -> None:
    _top(file, f"{number} {title}", language)
    _put(file, f"<p><small>{_when(ticket.get('created_at'))}</small></p>")
    for name in ("problem", "solution"):
        if ticket.get(name):
            _put(file, f"<pre>{html.escape(str(ticket[name]))}</pre>")
    satisfaction = ticket.get("satisfaction") or {}
    if satisfaction:
        said = " ".join(str(each) for each in satisfaction.values() if each is not None)
        _put(file, f"<p>{_word('people.takeout.satisfaction', language)}: {html.escape(said)}</p>")


def _top(file: IO[bytes], title: str, language: str) -> None:
    _put(file, _page(title, language))
    _put(file, f'<p><a href="index.html">{_word("people.takeout.all", language)}</a></p>')
    _put(file, f"<h1>{html.escape(title)}</h1>")


def _when(at: Any) -> str:
    return html.escape(str(at or "")[:16].replace("T", " "))


def _article(what: str, each: dict[str, Any]) -> str:
    if what == "messages":
        who = each.get("author_name") or each.get("author_address") or ""
        top = f"{_when(each['created_at'])} · {html.escape(str(who))} · {html.escape(str(each['channel']))}"
        files = "".join(f'<li><a href="{html.escape(name)}">{html.escape(name)}</a></li>' for name in each["files"])
        body = f"<strong>{html.escape(str(each['subject']))}</strong><pre>{html.escape(str(each['text']))}</pre>"
        return f"<article><small>{top}</small><br>{body}<ul>{files}</ul></article>"
    if what == "entries":
        said = ", ".join(f"{key}: {value}" for key, value in each["data"].items() if value not in (None, ""))
        return f"<article><small>{_when(each['created_at'])}</small> {html.escape(str(each['kind']))}: {html.escape(said)}</article>"
    told = f"{each['channel']} {each['to']}: {each['state']}"
    return f"<article><small>{_when(each['created_at'])}</small> {html.escape(told)}</article>"


def _cover(
    archive: Writing,
    settings: Settings,
    person: PersonAnswer,
    pages: list[tuple[str, str]],
    language: str,
    *,
    held: bool,
) -> None:
    with archive.part("person.json") as part:
        known = {"contacts": person.contacts, "points": [each.model_dump() for each in person.points]}
        part.line(json.loads(json.dumps(known, default=str)))
    title = text("people.takeout.title", language, company=settings.company.name)
    with archive.part("index.html") as part:
        part.write((_page(title, language) + f"<h1>{html.escape(title)}</h1><ul>").encode())
        for point in person.points:
            part.write(f"<li>{html.escape(point.kind)}: {html.escape(point.value)}</li>".encode("utf-8", "replace"))
        part.write(f"</ul><h2>{_word('people.takeout.tickets', language)}</h2><ul>".encode())
        for number, subject in pages:
            line = f'<li><a href="{number}.html">{number}</a> {html.escape(subject)}</li>\n'
            part.write(line.encode("utf-8", "replace"))
        part.write(b"</ul>")
        if held:
            part.write(f'<p><a href="{_HELD}.html">{_word("people.takeout.held", language)}</a></p>'.encode())
        part.write(b"</body></html>\n")
