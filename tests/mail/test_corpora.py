"""Figures on public mails: floors under what was once reached. The measuring itself is the benchmark's."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from shared.mail import ParsedMail, parse_mail


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "mail_reading.py"
    spec = importlib.util.spec_from_file_location("mail_reading_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_file_of_every_corpus_is_read(corpora: Path) -> None:
    files = [path for folder in ("mail", "bounce") for path in (corpora / folder).rglob("*") if path.is_file()]
    assert len(files) > 500
    for path in files:
        parsed = parse_mail(path.read_bytes())
        assert "reading-failed" not in parsed.defects, path
        ParsedMail.model_validate_json(parsed.model_dump_json())


def test_mail_fields_are_read_as_others_read_them(corpora: Path, measure: ModuleType) -> None:
    figures = measure.stalwart(corpora)
    # One mail holds three uuencoded images in its text: they are attachments here, and text to the parser that was asked.
    floors = {"subject": 79, "from": 77, "to": 74, "date": 73, "message id": 64, "text": 71, "attachments": 93}
    for name, floor in floors.items():
        assert figures[name].right >= floor, f"{name} {figures[name]}: {figures[name].wrong}"


def test_replies_are_found_as_people_marked_them(corpora: Path, measure: ModuleType) -> None:
    figures = measure.replies(corpora)
    floors = {"crisp_erp": 67, "github_erp": 22, "zapier_erp": 4, "mail_parser_reply": 28, "quotequail": 6}
    for corpus, floor in floors.items():
        met = figures[corpus][0]
        assert met.right >= floor, f"{corpus} {met}: {met.wrong}"


def test_first_authors_of_forwarded_mails_are_found(corpora: Path, measure: ModuleType) -> None:
    figure = measure.forwards(corpora)
    assert figure.right == figure.all, figure.wrong


def test_bounces_are_known_and_their_recipients_found(corpora: Path, measure: ModuleType) -> None:
    figures = measure.bounces(corpora)
    floors = {"known": 113, "recipients": 107, "permanent": 107, "ham left alone": 42}
    for name, floor in floors.items():
        assert figures[name].right >= floor, f"{name} {figures[name]}: {figures[name].wrong}"
