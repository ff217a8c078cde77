"""Mail that lies in the Maildir, as the operations page shows it: the newest, from its beginning, whatever it is."""

import os
from email.message import EmailMessage
from pathlib import Path

from services.notifier.email.maildir import make
from services.notifier.outgoing import newest


def put(folder: Path, name: str, content: bytes, at: int, part: str = "new") -> None:
    path = folder / part / name
    path.write_bytes(content)
    os.utime(path, (at, at))


def mail(subject: str, text: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Acme <support@acme.example>", "Jan Kos <jan@customer.example>", subject
    made.set_content(text)
    made.add_alternative(f"<p><script>alert(1)</script>{text}</p>", subtype="html")
    return bytes(made)


def test_the_newest_mails_are_shown_first_as_plain_text(tmp_path: Path) -> None:
    make(tmp_path)
    for number in range(30):
        put(tmp_path, f"{number}.trunkline", mail(f"Ünterlagen {number}", "Zażółć gęślą jaźń."), 1_700_000_000 + number)
    put(tmp_path, "read.trunkline:2,S", mail("Read", "It was read."), 1_800_000_000, "cur")
    put(tmp_path, "half", b"not yet", 1_900_000_000, "tmp")
    found, total = newest(tmp_path, 3)
    assert ([each.name for each in found], total) == (["read.trunkline", "29.trunkline", "28.trunkline"], 31)
    assert (found[1].subject, found[1].text.strip()) == ("Ünterlagen 29", "Zażółć gęślą jaźń.")
    assert (found[1].to, found[1].sender) == ("Jan Kos <jan@customer.example>", "Acme <support@acme.example>")
    assert not any(each.cut for each in found)


def test_a_folder_that_is_not_there_has_no_mails(tmp_path: Path) -> None:
    assert newest(tmp_path / "maildir", 20) == ([], 0)


def test_long_broken_and_foreign_files_cost_little_and_harm_nothing(tmp_path: Path) -> None:
    make(tmp_path)
    put(tmp_path, "long", b"Subject: long\r\n\r\n" + b"x" * 3_000_000, 3)
    put(tmp_path, "broken", b"\xff\x00\r\n\r\n" * 1_000, 2)
    put(tmp_path, "empty", b"", 1)
    (tmp_path / "new" / "folder").mkdir()
    (tmp_path / "new" / "link").symlink_to("/etc/hostname")
    found, total = newest(tmp_path, 20)
    assert ([each.name for each in found], total) == (["long", "broken", "empty"], 3)
    assert (found[0].cut, len(found[0].text), found[0].size) == (True, 10_000, 3_000_017)
