"""What comes from the server is read the same however the network cuts it, and as the client library reads it."""

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from shared.bus.connection import deliveries, sequence
from shared.bus.reading import MessageReader, read_headers

Seen = list[tuple[Any, ...]]

MESSAGES = [
    b"MSG a.b 1 5\r\nhello\r\n",
    b"MSG a.b 12 _INBOX.x 0\r\n\r\n",
    b"HMSG a 3 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n",
    b"HMSG a 3 reply 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
    b"MSG odd 4 12\r\nMSG a 1 1\r\nx\r\n",
    b"PING\r\n",
    b"PONG\r\n",
    b"+OK\r\n",
    b"-ERR 'Slow Consumer'\r\n",
    b'INFO {"server_id": "x"}\r\n',
]


class Ears:
    """The client as its parser sees it."""

    def __init__(self) -> None:
        self.seen: Seen = []

    async def _process_msg(self, *message: Any) -> None:
        self.seen.append(message)

    async def _process_ping(self) -> None:
        self.seen.append(("ping",))

    async def _process_pong(self) -> None:
        self.seen.append(("pong",))

    async def _process_err(self, text: str) -> None:
        self.seen.append(("error", text))

    async def _process_info(self, info: dict[str, Any]) -> None:
        self.seen.append(("info", info["server_id"]))


def read(kind: type[Parser], pieces: list[bytes]) -> Seen:
    async def all_of_them() -> Seen:
        ears = Ears()
        parser = kind(ears)
        for piece in pieces:
            await parser.parse(piece)
        return ears.seen

    return asyncio.run(all_of_them())


@given(st.lists(st.sampled_from(MESSAGES), max_size=8), st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_of_the_stream_gives_what_the_clients_own_parser_gives(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(lines)
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    seen = read(MessageReader, pieces)
    assert seen == read(Parser, [stream])
    assert len(seen) == len([line for line in lines if not line.startswith(b"+OK")])


@pytest.mark.parametrize("line", [b"MSG a one 5\r\nhello\r\n", b"NONSENSE\r\n", b"MSG a\r\n"])
def test_what_is_no_message_is_refused_as_the_client_refuses_it(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(MessageReader, [line])


@pytest.mark.parametrize(
    "block",
    [
        b"NATS/1.0\r\nA: b\r\nNats-Msg-Id:x:y\r\n\r\n",
        b"NATS/1.0 503\r\n\r\n",
        b"NATS/1.0 404 No Messages\r\n\r\n",
        b"NATS/1.0 409 Message Size Exceeds MaxBytes\r\nNats-Pending-Messages: 5\r\nNats-Pending-Bytes: 0\r\n\r\n",
        b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1016\r\n\r\n",
        b"NATS/1.0\r\nA: first\r\nA: second\r\n\r\n",
        b"NATS/1.0\r\nStatus: 503\r\n\r\n",
        "NATS/1.0\r\nName: Żółw\r\nŻ: x\r\nno colon\r\nwith space: x\r\n\r\n".encode(),
        b"NATS/1.0\r\nBroken: \xff\r\n\r\n",
        b"NATS/1.0\r\n\r\n",
    ],
)
async def test_headers_read_as_the_client_reads_them(block: bytes) -> None:
    assert read_headers(block) == await Client()._process_headers(block)


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.INTAKE.router.3.10.11.1700000000000000000.0",
        "$JS.ACK._.hash.INTAKE.router.3.10.11.1700000000000000000.0.x",
    ],
)
def test_how_often_a_message_was_given_out_and_its_place_are_read_from_its_reply_subject(reply: str) -> None:
    msg = Msg(_client=Client(), reply=reply)
    assert deliveries(msg) == msg.metadata.num_delivered == 3
    assert sequence(msg) == f"{msg.metadata.stream}:{msg.metadata.sequence.stream}" == "INTAKE:10"
