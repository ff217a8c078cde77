"""The Maildir: a mail is there once, whatever is repeated, and complete or not at all."""

from pathlib import Path

from services.notifier.email.compose import Mail
from services.notifier.email.maildir import MaildirPost, file_name
from services.notifier.sending import Attempt, Sent, Temporary, Unreachable

MAIL = Mail(b"Subject: s\r\n\r\nx\r\n", "m@x", "s@x.example", ("a@x.example",))
NAME = file_name(1_700_000_000.9, "ab" * 16)


async def test_a_mail_sent_again_is_there_once(tmp_path: Path) -> None:
    post = MaildirPost(tmp_path / "maildir")
    for number in (1, 2, 3):
        assert isinstance(await post.deliver(MAIL, NAME, Attempt(number, ambiguous=number > 1)), Sent)
    (file,) = (tmp_path / "maildir" / "new").iterdir()
    assert file.name == f"1700000000.{'ab' * 16}.trunkline"
    assert file.read_bytes() == MAIL.content
    assert list((tmp_path / "maildir" / "tmp").iterdir()) == []


async def test_a_mail_that_was_read_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    post = MaildirPost(tmp_path)
    await post.deliver(MAIL, NAME, Attempt(1))
    (tmp_path / "new" / NAME).rename(tmp_path / "cur" / f"{NAME}:2,S")
    assert isinstance(await post.deliver(MAIL, NAME, Attempt(2, ambiguous=True)), Sent)
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    post = MaildirPost(blocked / "maildir")
    assert isinstance(await post.deliver(MAIL, NAME, Attempt(1)), Temporary)
    assert isinstance(await post.probe(), Unreachable)


def test_a_name_made_of_odd_ids_stays_within_the_folder() -> None:
    assert file_name(1, "../../x") == "1.______x.trunkline"
