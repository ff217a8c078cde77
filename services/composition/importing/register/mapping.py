"""What the file of ``--map`` says of a register: which heading is which column, how dates are written, what words mean. TOML."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from services.composition.errors import CannotStart
from services.composition.importing.register.table import folded
from shared.messages.parts import Kind, Priority
from shared.settings.record import COLUMNS, Column
from shared.texts import LANGUAGES
from shared.texts.register import REGISTER_TEXTS

_MOST = 256 * 1024
_NAME = re.compile(r"[\w .-]{0,40}")

Headings = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
Formats = Headings
Words = dict[str, str]


class Mapping(BaseModel):
    """The file. ``name`` tells registers apart whose numbers begin anew; ``country`` (ISO 3166-1) is where telephone numbers belong that
    have none; several headings may make one column, with a line each."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    timezone: str = ""
    country: str = ""
    date_format: Formats = Field(default_factory=list)
    columns: dict[Column, Headings] = Field(default_factory=dict)
    status: dict[str, Literal["new", "open", "pending", "on_hold", "solved", "closed", "spam"]] = Field(
        default_factory=dict
    )
    priority: dict[str, Priority] = Field(default_factory=dict)
    kind: dict[str, Kind | Literal[""]] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _short(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("letters, digits, spaces, dots and hyphens, at most 40")
        return value

    @field_validator("delimiter")
    @classmethod
    def _one(cls, value: str) -> str:
        if value and (len(value) != 1 or value in '"\r\n'):
            raise ValueError("one character")
        return value

    @field_validator("country")
    @classmethod
    def _two(cls, value: str) -> str:
        if value and not re.fullmatch("[A-Za-z]{2}", value):
            raise ValueError('two letters, such as "PL"')
        return value.upper()

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value:
            try:
                ZoneInfo(value)
            except (OSError, ValueError, KeyError):
                raise ValueError(f"there is no time zone {value!r}") from None
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            "".encode(value or "utf-8")
        except LookupError:
            raise ValueError(f"there is no encoding {value!r}") from None
        return value


def read(path: Path | None) -> Mapping:
    """The map; without a file an empty one. Raises `CannotStart` with the first thing that is wrong."""
    if path is None:
        return Mapping()
    try:
        if path.stat().st_size > _MOST:
            raise CannotStart(f"{path} is larger than {_MOST} octets")
        return parsed(path.read_text("utf-8-sig"))
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotStart(f"{path} is not written in UTF-8") from None
    except ValueError as error:
        raise CannotStart(f"{path}: {error}") from None


def parsed(text: str) -> Mapping:
    """The map that the text says. Raises `ValueError`."""
    given: dict[str, Any] = tomllib.loads(text)
    try:
        return Mapping.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        hint = f"; columns are {', '.join(COLUMNS)}" if first["loc"][:1] == ("columns",) else ""
        raise ValueError(f"{place}: {first['msg']}{hint}") from None


# Beside those of our own export: what such columns are called elsewhere.
_COMMON: dict[Column, tuple[str, ...]] = {
    "number": ("no", "nr", "#", "id", "ticket", "ticket no", "ticket number", "case", "case number", "reference", "ref",
               "complaint no", "nr zgłoszenia", "numer zgłoszenia", "nr reklamacji", "lp", "broj zahtjeva", "rb", "nummer"),
    "received_at": ("received", "received at", "date", "date received", "opened", "opened on", "created", "created at", "data",
                    "data zgłoszenia", "data wpływu", "datum", "datum zaprimanja", "eingang", "eingangsdatum"),
    "received_via": ("channel", "received via", "source", "kanał", "źródło", "kanal", "izvor"),
    "received_by": ("taken by", "przyjmujący", "angenommen von"),
    "customer": ("client", "name", "customer name", "imię i nazwisko", "nazwa klienta", "ime", "klijent", "stranka", "kunde"),
    "contact": ("e-mail", "email", "mail", "e-mail address", "email address", "phone", "telephone", "phone number", "mobile",
                "telefon", "adres e-mail", "e-pošta", "mobitel", "tel", "contact details"),
    "subject": ("title", "topic", "summary", "tytuł", "sprawa", "naslov", "tema", "betreff"),
    "product": ("item", "article", "towar", "wyrób", "artikl", "produkt", "artikel"),
    "kind": ("type", "typ", "tip", "art"),
    "category": ("kategorie",),
    "priority": ("urgency", "pilność", "hitnost", "priorität"),
    "status": ("status", "state", "stanje", "stan"),
    "problem": ("description", "complaint", "opis", "treść", "treść reklamacji", "reklamacja", "opis problema", "pritužba",
                "beschreibung", "problem description"),
    "details": ("remarks", "comments", "uwagi", "napomena", "napomene"),
    "impact": ("effect", "consequences", "wpływ", "utjecaj"),
    "department": ("department", "team", "dział", "zespół", "odjel", "tim", "abteilung"),
    "assignee": ("assigned to", "assignee", "owner", "responsible", "handled by", "prowadzący", "odgovorna osoba", "bearbeiter"),
    "actions": ("actions taken", "action", "podjęte działania", "poduzete radnje", "maßnahmen"),
    "promises": ("promise", "promises", "obietnice", "obećanja"),
    "contacts": ("follow-up", "follow-ups", "follow up", "kontakty", "kontakti"),
    "solution": ("resolution", "outcome", "sposób rozwiązania", "način rješavanja", "lösung"),
    "solved_at": ("solved", "resolved", "resolved on", "resolved at", "date resolved", "data rozwiązania"),
    "tested": ("test", "sprawdzenie", "provjera"),
    "root_cause": ("cause", "przyczyna źródłowa", "korijenski uzrok", "ursache"),
    "preventive_action": ("prevention", "corrective action", "działania zapobiegawcze", "preventivne mjere"),
    "closed_at": ("closed", "closed at", "date closed", "data zamknięcia", "zatvoreno", "datum zatvaranja", "erledigt am"),
    "confirmed_at": ("confirmed", "confirmed on", "customer confirmed", "potwierdzono", "potvrđeno"),
    "satisfied": ("customer satisfied", "satisfaction", "zadowolony", "zadovoljan"),
    "satisfaction": ("feedback", "customer feedback", "opinia klienta", "mišljenje kupca"),
}  # fmt: skip


def headings() -> dict[str, Column]:
    """Every heading that is known without a map, folded, and the column that it is."""
    found: dict[str, Column] = {}
    for language in LANGUAGES:
        for name in COLUMNS:
            found.setdefault(folded(REGISTER_TEXTS[f"register.column.{name}"][language]), name)
    for column, names in _COMMON.items():
        for each in (column.replace("_", " "), column, *names):
            found.setdefault(folded(each), column)
    for name in COLUMNS:
        found.setdefault(name, name)
    return found


JOINED: frozenset[Column] = frozenset({"contact"})
"""Columns that several headings make, without being told so."""


def places(titles: Iterable[str], mapping: Mapping) -> tuple[dict[Column, list[int]], list[int]]:
    """Where each column stands among the headings, and the places of those that nobody knows. Raises `ValueError` for a heading of the
    map that is not there."""
    have = [folded(title) for title in titles]
    found: dict[Column, list[int]] = {}
    taken: set[int] = set()
    for column, names in mapping.columns.items():
        for name in names:
            if folded(name) not in have:
                raise ValueError(f"columns.{column}: there is no heading {name!r}")
            place = have.index(folded(name))
            found.setdefault(column, []).append(place)
            taken.add(place)
    ours = headings()
    for place, title in enumerate(have):
        known = ours.get(title)
        if place in taken or known is None or known in mapping.columns or (known in found and known not in JOINED):
            continue
        found.setdefault(known, []).append(place)
        taken.add(place)
    return found, [place for place, title in enumerate(have) if place not in taken and title]
