"""Where a mail ends, and what is left of the dots that hide its own (RFC 5321 4.5.2)."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.limits import Memory
from services.intake.smtp.content import OVERRUN, Content, NoRoom, TooLarge, read_content

LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b"a", b"\n.", b"\n.\n", b"\r", b".\r", b"\x00", b"\r\n", b"long" * 9])
)


async def read(
    stream: bytes, *, cuts: tuple[int, ...] = (), limit: int = 1 << 20, pieces: int = 16
) -> tuple[bytes, bytes]:
    """The mail in `stream` and what follows it; the stream arrives cut at `cuts`, in a reader of tiny `pieces`."""
    reader = asyncio.StreamReader(limit=pieces)
    reader.feed_data(b"\r\n")

    async def feed() -> None:
        for start, end in zip((0, *cuts), (*cuts, len(stream)), strict=True):
            reader.feed_data(stream[start:end])
            await asyncio.sleep(0)
        reader.feed_eof()

    content = Content(limit, Memory(1 << 30))
    feeding = asyncio.create_task(feed())
    await read_content(reader, content)
    await feeding
    return content.whole(), await reader.read()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..x\r\n.y\r\n...\r\n.\r\n", b".x\r\ny\r\n..\r\n"),
        (b"a\r\n..\r\n\r\n.\r\n", b"a\r\n.\r\n\r\n"),
        (b"a\n..b\r\n.\r\n", b"a\n..b\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
    ],
)
async def test_the_end_and_the_dots_are_found_wherever_the_stream_is_cut(sent: bytes, kept: bytes) -> None:
    for cut in range(len(sent) + 1):
        for pieces in (1, 2, 3, 5, 64):
            assert await read(sent + b"QUIT\r\n", cuts=(cut,), pieces=pieces) == (kept, b"QUIT\r\n")


@given(LINES, st.integers(1, 9))
def test_what_a_client_hides_is_what_is_read(lines: list[bytes], pieces: int) -> None:
    mail = b"".join(line + b"\r\n" for line in lines)
    hidden = (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:]
    assert asyncio.run(read(hidden + b".\r\nRSET\r\n", pieces=pieces)) == (mail, b"RSET\r\n")


async def test_the_limit_is_on_what_is_kept_and_its_excess_is_read_to_the_end() -> None:
    assert await read(b"x" * 98 + b"\r\n.\r\n", limit=100) == (b"x" * 98 + b"\r\n", b"")
    with pytest.raises(TooLarge) as found:
        await read(b"x" * 99 + b"\r\n.\r\n", limit=100)
    assert not found.value.cut_off


async def test_what_goes_on_for_ever_is_cut_off() -> None:
    reader = asyncio.StreamReader(limit=1 << 16)
    reader.feed_data(b"\r\n" + b"x" * (OVERRUN + 200))
    with pytest.raises(TooLarge) as found:
        await read_content(reader, Content(100, Memory(1000)))
    assert found.value.cut_off


def test_room_is_taken_while_a_mail_is_held_and_given_back_once() -> None:
    room = Memory(10)
    first, second = Content(100, room), Content(100, room)
    first.feed(b"\r\n12345678")
    second.feed(b"\r\n12345678")
    with pytest.raises(NoRoom):
        second.whole()
    assert first.whole() == b"12345678"
    first.close()
    first.close()
    second.close()
    assert room.take(10)
    assert not room.take(1)
