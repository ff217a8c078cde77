"""What of an archive is taken for mail, what is left out, and what is named as unreadable."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.composition.errors import CannotStart
from services.composition.importing.catalogue import Catalogue, Unreadable
from services.composition.importing.ours import Ours
from tests.router.world import mail

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FROM = b"From ana@customer.example Mon Mar  2 08:00:00 2020\n"


def one(name: str, *lines: str) -> bytes:
    """A mail with these header lines more."""
    return "\n".join([f"Message-ID: <{name}@mua>", f"Subject: {name}", *lines, "", f"This is {name}.", ""]).encode()


def catalogue(path: Path, max_size: int = 100_000) -> Catalogue:
    """The archive at ``path``, looked through."""
    found = Catalogue(path, NOW, max_size)
    for _ in found.scan():
        pass
    return found


def subjects(found: Catalogue) -> list[str]:
    """What was found, by subject, in order."""
    return [found.read(number).split(b"Subject: ")[1].split(b"\n")[0].decode() for number in range(len(found))]


def test_mbox_files_maildirs_eml_files_and_mh_folders_are_found_however_deep_they_lie(tmp_path: Path) -> None:
    for folder in ("a/cur", "a/new", "a/tmp", "a/.Sent/cur", "a/.Sent/new", "b/c", "mh/inbox"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a/cur/1.host:2,RS").write_bytes(one("seen"))
    (tmp_path / "a/cur/2.host:2,DS").write_bytes(one("draft"))
    (tmp_path / "a/cur/3.host:2,ST").write_bytes(one("trashed"))
    (tmp_path / "a/new/4.host").write_bytes(one("new"))
    (tmp_path / "a/tmp/5.host").write_bytes(one("not yet delivered"))
    (tmp_path / "a/dovecot.index").write_bytes(b"\0\1")
    (tmp_path / "a/.Sent/cur/6.host").write_bytes(one("sent"))
    (tmp_path / "b/c/one.eml").write_bytes(one("eml"))
    (tmp_path / "b/c/notes.txt").write_bytes(b"Buy: milk\n")
    (tmp_path / "b/Inbox").write_bytes(FROM + one("first of two") + b"\n" + FROM + one("second of two"))
    (tmp_path / "mh/inbox/17").write_bytes(one("numbered"))
    found = catalogue(tmp_path)
    wanted = {"seen", "new", "sent", "eml", "first of two", "second of two", "numbered"}
    assert (set(subjects(found)), len(found)) == (wanted, len(wanted))
    assert found.findings.left == {"drafts and deleted mails": 2, "other files": 1}
    assert found.findings.troubles == []


def test_what_should_be_mail_and_cannot_be_read_is_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    (tmp_path / "good.eml").write_bytes(one("good"))
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "huge.eml").write_bytes(one("huge") + b"x" * 200_000)
    (tmp_path / "linked.eml").symlink_to("/etc/hostname")
    (tmp_path / "not.mbox").write_bytes(b"PK\x03\x04")
    os.mkfifo(tmp_path / "pipe.eml")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "box").write_bytes(FROM + one("small") + b"\n" + FROM + one("large") + b"x" * 200_000)
    found = catalogue(tmp_path)
    assert sorted(subjects(found)) == ["good", "small"]
    named = {Path(trouble.name).name: trouble.why for trouble in found.findings.troubles}
    assert set(named) == {"empty.eml", "huge.eml", "linked.eml", "not.mbox", "pipe.eml", "box at octet 158"}
    assert named["empty.eml"] == "empty"
    assert named["pipe.eml"] == named["linked.eml"] == "no regular file"
    assert "smtp.max_size" in named["huge.eml"]


def test_what_a_mail_program_has_deleted_but_not_yet_removed_is_left_out(tmp_path: Path) -> None:
    mails = [
        one("kept", "X-Mozilla-Status: 0001"),
        one("expunged", "X-Mozilla-Status: 0009"),
        one("deleted", "X-Status: D"),
        one("flagged", "X-Status: AF"),
        one("notes", "X-IMAP: 1 2").replace(
            b"Subject: notes", b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"
        ),
    ]
    (tmp_path / "box").write_bytes(b"\n".join(FROM + each for each in mails))
    found = catalogue(tmp_path / "box")
    assert subjects(found) == ["kept", "flagged"]
    assert found.findings.left == {"drafts and deleted mails": 3}


def test_a_file_that_is_cut_short_meanwhile_is_named_and_not_half_imported(tmp_path: Path) -> None:
    file = tmp_path / "box"
    file.write_bytes(FROM + one("first") + b"\n" + FROM + one("second"))
    found = catalogue(file)
    file.write_bytes(file.read_bytes()[:-5])
    assert found.read(0) == one("first")
    with pytest.raises(Unreadable, match="cut short"):
        found.read(1)
    file.unlink()
    with pytest.raises(Unreadable, match="No such file"):
        found.read(0)


def test_a_mail_without_a_believable_date_has_that_of_its_separator_or_its_file(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(FROM + one("boxed", "Date: Thu, 01 Jan 1970 00:00:00 +0000"))
    (tmp_path / "one.eml").write_bytes(one("alone"))
    os.utime(tmp_path / "one.eml", (1_500_000_000, 1_500_000_000))
    found = catalogue(tmp_path)
    dates = {subject: found.date(number) for number, subject in enumerate(subjects(found))}
    assert dates["boxed"] == datetime(2020, 3, 2, 8, tzinfo=UTC)
    assert dates["alone"] == datetime.fromtimestamp(1_500_000_000, UTC)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("old.mbox.gz", b"\x1f\x8b", "unpack"),
        ("outlook.pst", b"!BDN", "readpst"),
        ("photo", b"\xff\xd8\xff", "holds no mail"),
        ("nothing", None, "No such file"),
    ],
)
def test_what_cannot_be_imported_is_said_with_what_to_do(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotStart, match=says):
        catalogue(tmp_path / name)


@pytest.mark.parametrize(
    ("sender", "to", "wrote"),
    [
        ("support@acme.example", ("ana@customer.example",), True),
        ("Support+sales@ACME.example", ("ana@customer.example",), True),
        ("support@acme.example", ("support@acme.example",), True),
        ("anna@acme.example", ("ana@customer.example",), True),
        ("anna@acme.example", ("support@acme.example",), False),
        ("anna@acme.example", ("bo@acme.example", "support@acme.example"), False),
        ("anna@acme.example", ("bo@acme.example", "ana@customer.example"), True),
        ("ana@customer.example", ("support@acme.example",), False),
        ("support@acme.example.evil.example", ("ana@customer.example",), False),
        ("", ("ana@customer.example",), False),
    ],
)
def test_which_mails_we_wrote_ourselves(sender: str, to: tuple[str, ...], wrote: bool) -> None:
    ours = Ours(["support@acme.example", ""], ["Anna@acme.example", "bo@acme.example"])
    assert ours.wrote(mail("m", sender, to=to)) is wrote
