"""What strangers may throw at the listener: it answers or closes, keeps serving others, and leaves no exception in a log."""

import asyncio
import base64
import io
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.intake.conftest import Build, Place, mail, until

SMUGGLED = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"
FALSE_ENDS = [b"\n.\r\n", b"\r\n.\n", b"\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\n\x00.\r\n", b"\r\r\n.\r\r\n"]


@pytest.mark.parametrize("end", FALSE_ENDS, ids=repr)
async def test_nothing_but_crlf_dot_crlf_ends_a_mail(place: Build, end: bytes) -> None:
    here = await place()
    dialog = await here.dialog()
    await dialog.envelope()
    content = mail("first")[:-2] + end + SMUGGLED
    dialog.writer.write(content + b".\r\n")
    assert (await dialog.reply()).startswith("250 ")
    assert (await dialog.say("NOOP")).startswith("250")
    message = await here.only()
    assert message.subject == "Help"
    assert message.original is not None
    # A line that begins with a dot and is not the end loses the dot (RFC 5321 4.5.2), nothing else is touched.
    assert message.original.inline == content.replace(b"\r\n.", b"\r\n")


async def test_pipelined_mails_are_each_answered_in_order(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    one = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\n"
    dialog.writer.write(b"".join(one + mail(f"number {number}") + b".\r\n" for number in range(5)) + b"QUIT\r\n")
    replies = [await dialog.reply() for _ in range(21)]
    assert [reply[:3] for reply in replies] == ["250", "250", "354", "250"] * 5 + ["221"]
    assert [message.text.strip() for message in await here.held()] == [f"number {number}" for number in range(5)]


GARBAGE = [
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n", id="tls-hello"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nA: b\r\nC: d\r\n\r\n", id="http"),
    pytest.param(b"\x00" * 5000 + b"\r\n", id="nuls"),
    pytest.param(b"MAIL FROM:<" + b"a" * 200_000 + b"@b>\r\n", id="overlong-command"),
    pytest.param(b"EHLO " + b"\xff" * 300 + b"\r\n", id="no-utf8"),
    pytest.param(b"MAIL FROM:<" + b"(" * 480 + b"\r\n", id="nested-comments"),
    pytest.param(b"MAIL FROM:\r\nRCPT TO:\r\nDATA\r\nRCPT\r\nMAIL\r\nDATA x\r\n", id="out-of-order"),
    pytest.param(
        b'MAIL FROM:<\r\nMAIL FROM:"\r\nMAIL FROM:<"@\r\nMAIL FROM:<@>\r\nMAIL FROM:<a@[\r\n', id="half-paths"
    ),
    pytest.param(
        b"AUTH LOGIN\r\nAUTH PLAIN AGEAYg==\r\nAUTH\r\nVRFY root\r\nEXPN all\r\nHELP\r\nHELP DATA\r\n", id="probing"
    ),
    pytest.param(b"MAIL FROM:<a@b> SIZE=\xc2\xb2 BODY=X SMTPUTF8=1 X=\r\n", id="parameters"),
    pytest.param(b"\n\n\r\r\n\r\n \r\n\t\r\n", id="empty-lines"),
]


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_garbage_is_answered_with_errors_and_others_are_served(place: Build, garbage: bytes) -> None:
    here = await place()
    dialog = await here.dialog()
    dialog.writer.write(garbage + b"QUIT\r\n")
    replies = []
    while reply := await dialog.reply():
        replies.append(reply)
    assert replies
    assert not any("Traceback" in reply or "Error: (" in reply for reply in replies)
    assert all(reply[:1] in "245" for reply in replies)
    assert (await (await here.dialog()).send(mail())).startswith("250")


async def test_auth_is_neither_offered_nor_taken(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    assert "AUTH" not in await dialog.say("EHLO client.example")
    assert (await dialog.say("AUTH PLAIN AGFubmEAc2VjcmV0")).startswith("502")


async def test_thousands_of_recipients_are_answered_without_holding_up_others(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    async with lag() as worst:
        dialog.writer.write(b"MAIL FROM:<a@b.example>\r\n")
        dialog.writer.write(b"".join(b"RCPT TO:<u%d@elsewhere.example>\r\n" % n for n in range(5000)) + b"RSET\r\n")
        replies = [await dialog.reply() for _ in range(5002)]
    assert [reply[:3] for reply in replies] == ["250"] + ["550"] * 5000 + ["250"]
    assert await here.ledger() == {"email//refused/unknown-recipient": 1}
    assert max(worst) < 0.1


async def test_a_silent_client_is_told_and_closed(place: Build) -> None:
    here = await place(smtp='timeout = "300ms"')
    greeted = await here.dialog()
    in_mail = await here.dialog()
    await in_mail.envelope()
    in_mail.writer.write(b"Subject: slow\r\n")
    for dialog in (greeted, in_mail):
        assert (await dialog.reply()).startswith("421 4.4.2")
        assert await dialog.reply() == ""
    await until(lambda: here.service.gate.inside == 0)
    assert await here.ledger() == {}


async def test_a_client_that_drips_is_closed_although_it_is_never_silent(place: Build) -> None:
    here = await place(smtp='timeout = "300ms"')
    dialog = await here.dialog()
    await dialog.envelope()
    answer = asyncio.create_task(dialog.reply())
    while not answer.done():
        dialog.writer.write(b"x")
        await asyncio.sleep(0.02)
    assert answer.result().startswith("421 4.4.2")


async def test_content_that_keeps_flowing_outlasts_the_timeout(place: Build) -> None:
    # So long that a busy machine does not take it for silence when this process has to wait for a processor.
    here = await place(smtp='timeout = "1s"')
    dialog = await here.dialog()
    await dialog.envelope()
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        dialog.writer.write(b"x" * 500 + b"\r\n")
        await asyncio.sleep(0.02)
    assert (await dialog.finish(b"done")).startswith("250")


@pytest.mark.parametrize("after", [b"", b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\nhalf a"])
@pytest.mark.parametrize("how", ["closes", "resets"])
async def test_a_client_that_vanishes_leaves_nothing_behind(place: Build, after: bytes, how: str) -> None:
    here = await place()
    for _ in range(5):
        dialog = await here.dialog()
        dialog.writer.write(after)
        await dialog.writer.drain()
        if how == "resets":
            dialog.writer.transport.abort()
        else:
            await dialog.close()
    await until(lambda: here.service.gate.inside == 0)
    assert await here.held() == []
    assert await here.ledger() == {}


async def test_lines_of_any_length_are_kept(place: Build) -> None:
    here = await place()
    raw = mail("x" * 300_000 + "\r\nend")
    assert (await (await here.dialog()).send(raw)).startswith("250")
    message = await here.only()
    assert message.original is not None
    assert message.original.size == len(raw) + 2


def kept_waiting() -> dict[str, int]:
    """By thread, the nanoseconds that it was ready to run and no processor was free (Linux's schedstat); empty where nobody counts.

    Of all threads: the loop also waits for one that holds the interpreter's lock and is itself not let run.
    """
    waited = {}
    for counted in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # a thread that has just ended
            waited[counted.parent.name] = int(counted.read_text(encoding="ascii").split()[1])
    return waited


@asynccontextmanager
async def lag() -> AsyncIterator[list[float]]:
    """Seconds by which the loop was late, measured all the while; what we waited for a processor does not count.

    That is the time which other programs on this machine took. Work, blocking calls and waiting for the interpreter's lock all count.
    """
    late: list[float] = [0.0]

    async def watch() -> None:
        while True:
            began, waited = time.perf_counter(), kept_waiting()
            await asyncio.sleep(0.005)
            took = time.perf_counter() - began - 0.005
            late.append(took - sum(now - waited.get(thread, 0) for thread, now in kept_waiting().items()) / 1e9)

    task = asyncio.create_task(watch())
    try:
        yield late
    finally:
        task.cancel()


def bomb() -> bytes:
    """Multiparts in multiparts, 3,000 deep, and a hundred thousand parts."""
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(3000)
    )
    wide = b"--b0\r\n\r\nx\r\n" * 100_000
    return b"From: a@b.example\r\nMIME-Version: 1.0\r\n" + deep + b"\r\n" + wide


ATTACKS = [
    pytest.param(lambda: mail("y" * 70 + "\r\n") + (b"z" * 70 + b"\r\n") * 480_000, id="35-megabytes"),
    pytest.param(lambda: mail() + b"\r\n" * 8_000_000, id="empty-lines"),
    pytest.param(bomb, id="mime-bomb"),
    pytest.param(lambda: b"From: " + b"<" * 60_000 + b"\r\n\r\nx", id="angle-brackets"),
    pytest.param(lambda: b"Subject: " + b"=?utf-8?q?=41?= " * 3500 + b"\r\n\r\nx", id="encoded-words"),
    pytest.param(lambda: part(b"multipart/mixed; boundary=q", b"--q\r\n\r\nx\r\n" * 1_000_000), id="a-million-parts"),
    pytest.param(lambda: mail() + b"y" * 33_000_000 + b"\r\n", id="one-line-of-33-megabytes"),
    pytest.param(lambda: part(b"text/html", b"<div style='color:red'><table><tr><td>x" * 200_000), id="nested-html"),
    pytest.param(
        lambda: part(b"text/html", b"<svg><style>@import 'x'</style><p style='background:url(" * 50_000),
        id="svg-and-css",
    ),
    pytest.param(lambda: part(b"text/html", b"<b style='a:b(;' title=x>" * 2_400), id="attributes-on-the-loop"),
    pytest.param(lambda: part(b"text/plain", b"\xe6\xbf \xb3\xe6w" * 9_000), id="no-charset"),
    pytest.param(lambda: part(b"text/plain", b"begin 644 x\r\nM\r\n" * 100_000), id="uuencode"),
    pytest.param(lambda: part(b"application/ms-tnef", b"\x78\x9f\x3e\x22" + b"\x01" * 5_000_000), id="winmail"),
    pytest.param(lambda: part(b"application/pkcs7-mime", b"\x30\x80" * 2_000_000), id="nested-signature"),
    pytest.param(lambda: part(b"application/zip", zipped(b"\x00" * 50_000_000)), id="zip-bomb"),
]


def part(kind: bytes, body: bytes) -> bytes:
    """A mail that is one part."""
    head = b"From: a@b.example\r\nTo: support@acme.example\r\nSubject: hostile\r\nMIME-Version: 1.0\r\nContent-Type: "
    return head + kind + b"\r\n\r\n" + body + b"\r\n"


def zipped(content: bytes) -> bytes:
    """A file that is a thousand times as large when unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", content)
    return packed.getvalue()


@pytest.mark.parametrize("attack", ATTACKS)
async def test_attack_mails_are_kept_and_never_block_the_loop(place: Build, attack: object) -> None:
    here = await place()
    raw = attack()  # type: ignore[operator]
    other = await here.dialog()
    await other.send(mail())  # what is loaded once is loaded
    late = []
    for _ in range(3):  # what other programs take from this one's caches is not ours; what we do wrong is so each time
        took = await asyncio.create_task(send_apart(here, raw))
        assert took[0].startswith("250")
        late.append(max(took[1]))
        if late[-1] < 0.1:
            break
    assert min(late) < 0.1, late
    assert len(await here.held()) == 2


async def send_apart(here: Place, raw: bytes) -> tuple[str, list[float]]:
    """The mail sent by another process, so that only the server's share of the work is on this loop."""
    script = (
        "import smtplib,sys\n"
        "client=smtplib.SMTP('127.0.0.1',int(sys.argv[1]),timeout=120)\n"
        "client.ehlo('client.example')\n"
        "client.mail('a@b.example')\n"
        "client.rcpt('support@acme.example')\n"
        "client.putcmd('data')\n"
        "client.getreply()\n"
        "client.send(sys.stdin.buffer.read())\n"
        "print(client.getreply()[0])\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(here.port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(raw.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
    await process.stdin.drain()
    async with lag() as late:
        process.stdin.close()
        output = await asyncio.wait_for(process.stdout.read(), 100)
    await process.wait()
    return output.decode(), late


def nasty(boundary: bytes = b"q") -> bytes:
    """Names that lead elsewhere, lines that would be headers, an archive, and a page that would call home."""
    bomb = zipped(b"\x00" * 5_000_000)
    names = [
        b"../../../etc/passwd",
        b"C:\\Windows\\evil.exe",
        b"a\x00b\x07.txt",
        b"..",
        b"\xe2\x80\xaetxt.exe",
        b"x" * 3000 + b".pdf",
    ]
    files = [
        b'Content-Type: application/x-y\r\nContent-Disposition: attachment; filename="' + name + b'"\r\n\r\nx'
        for name in names
    ]
    files.append(
        b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(bomb)
    )
    page = (
        b"Content-Type: text/html\r\n\r\n<p onclick=x()>Hello</p><script>alert(1)</script><img src=http://evil.example/a>"
        b"<svg onload=alert(1)><image href=http://evil.example/b /></svg><style>@import 'http://evil.example/c'</style>"
        b"<p style='background:url(http://evil.example/d);position:fixed'>you</p><iframe src=http://evil.example/e></iframe>"
    )
    body = (
        b"".join(b"--" + boundary + b"\r\n" + each + b"\r\n" for each in (page, *files)) + b"--" + boundary + b"--\r\n"
    )
    return (
        b"From: =?utf-8?Q?Ann=0D=0ABcc:_evil@x.example?= <ann@customer.example>\r\nTo: support@acme.example\r\n"
        b"Subject: =?utf-8?Q?one=0D=0ABcc:_evil@x.example=0D=0A=0D=0Atwo?=\r\nMessage-ID: <a\r\n b@c.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + body
    )


async def test_nothing_of_a_nasty_mail_gets_in(place: Build) -> None:
    here = await place()
    assert (await (await here.dialog()).send(nasty())).startswith("250")
    message = await here.only()
    lines = (message.subject, message.message_id, message.from_.name if message.from_ else None)
    assert lines == ("one Bcc: evil@x.example two", "ab@c.example", "Ann Bcc: evil@x.example")
    files = [each.filename for each in message.attachments]
    assert files == ["passwd", "evil.exe", "ab.txt", "", "txt.exe", "x" * 196 + ".pdf", ""]
    assert message.attachments[-1].size < 10_000  # kept as it came: nobody unpacked it
    assert message.text.split() == ["Hello", "you"]
    assert message.html is not None
    assert "data-remote-src" in message.html
    tags = [each.partition(">")[0] for each in message.html.split("<")[1:]]
    assert not any(
        word in tag for tag in tags for word in ("script", "svg", " style=", "iframe", "onclick", " src=", "import")
    )
