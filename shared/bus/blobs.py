"""Large content by reference: each blob is stored once under the SHA-256 of its bytes, in the object bucket `blobs`.

The layout is that of NATS object stores (ADR-20, https://github.com/nats-io/nats-architecture-and-design), so `nats object get`
reads it too: chunks under `$O.blobs.C.<nuid>`, then a description under `$O.blobs.M.<name>`. Written and read by us because the
client's reader makes a consumer per object and waits for ever for a missing chunk.

Not here: who still refers to a blob; the store counts references and calls `delete`.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from shared.bus import headers as hdr
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusUnavailable
from shared.bus.publish import Publisher
from shared.bus.subjects import BLOBS

CHUNK = 512 * 1024  # bytes; well below the payload limit, few round trips for an attachment
_STREAM = f"OBJ_{BLOBS}"
_KEY = re.compile(r"[0-9a-f]{64}")


def key_of(content: bytes | bytearray) -> str:
    """The key a content is stored under: its SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


class Blobs:
    """The object bucket over one connection. Errors of the bus are BusUnavailable or BusFull."""

    def __init__(self, nc: Client) -> None:
        self._js = nc.jetstream()
        self._publisher = Publisher(nc)

    async def put(self, content: bytes) -> str:
        """Store the content unless it is there already; gives its key once it is on disk."""
        key = key_of(content)
        if await self._describe(key) is not None:
            return key
        nuid = secrets.token_hex(11)
        starts = range(0, len(content), CHUNK)
        # One after the other: their order in the stream is their order in the blob. The place in the id keeps a repeated
        # publish from doubling a chunk.
        for start in starts:
            await self._publisher.publish(
                _STREAM,
                f"$O.{BLOBS}.C.{nuid}",
                content[start : start + CHUNK],
                message_id=f"{nuid}-{start}",
                timeout=10,
            )
        digest = base64.urlsafe_b64encode(bytes.fromhex(key)).decode()
        info = {
            "name": key,
            "bucket": BLOBS,
            "nuid": nuid,
            "size": len(content),
            "chunks": len(starts),
            "digest": f"SHA-256={digest}",
            "mtime": datetime.now(UTC).isoformat(),
            "options": {"max_chunk_size": CHUNK},
        }
        await self._publisher.publish(
            _STREAM, _meta(key), json.dumps(info).encode(), message_id=f"{nuid}-meta", headers={hdr.ROLLUP: "sub"}
        )
        return key

    async def get(self, key: str, *, limit: int = 64 * 1024 * 1024) -> bytes:
        """The content, checked against its key.

        Raises BlobMissing, BlobTooLarge (over `limit` bytes, before anything is read), BlobDamaged, BusUnavailable.
        """
        info = await self._describe(key)
        if info is None:
            raise BlobMissing(f"no blob is stored under {key}")
        if info["size"] > limit:
            raise BlobTooLarge(f"blob {key} has {info['size']} bytes, over the limit of {limit}")
        content = bytearray()
        after = 0
        for _ in range(info["chunks"]):
            part, after = await self._chunk(key, info["nuid"], after)
            content += part
            if len(content) > limit:
                raise BlobDamaged(f"blob {key} is longer than it says")
        if key_of(content) != key:
            raise BlobDamaged(f"blob {key} does not have the content it is named after")
        return bytes(content)

    async def stream(self, key: str) -> tuple[int, AsyncIterator[bytes]]:
        """The content's size in bytes, and the content in pieces of at most `CHUNK`, one in memory at a time.

        Raises BlobMissing and BusUnavailable; the iterator raises them too, and BlobDamaged instead of giving the last piece of a
        content that is not what its key says.
        """
        info = await self._describe(key)
        if info is None:
            raise BlobMissing(f"no blob is stored under {key}")
        return info["size"], self._pieces(key, info)

    async def _pieces(self, key: str, info: dict[str, Any]) -> AsyncIterator[bytes]:
        digest, after, held = hashlib.sha256(), 0, b""
        for _ in range(info["chunks"]):
            part, after = await self._chunk(key, info["nuid"], after)
            digest.update(part)
            if held:
                yield held
            held = part
        if digest.hexdigest() != key:
            raise BlobDamaged(f"blob {key} does not have the content it is named after")
        if held:
            yield held

    async def delete(self, key: str) -> bool:
        """Remove the blob; False when there was none. Needs the store's rights."""
        info = await self._describe(key)
        if info is None:
            return False
        gone = {**info, "deleted": True, "size": 0, "chunks": 0, "digest": ""}
        await self._publisher.publish(
            _STREAM,
            _meta(key),
            json.dumps(gone).encode(),
            message_id=f"{info['nuid']}-gone",
            headers={hdr.ROLLUP: "sub"},
        )
        try:
            await self._js.purge_stream(_STREAM, subject=f"$O.{BLOBS}.C.{info['nuid']}")
        except (nats.errors.Error, TimeoutError) as error:
            raise BusUnavailable(f"blob {key} was removed, but its content is still on disk: {error}") from error
        return True

    async def _describe(self, key: str) -> dict[str, Any] | None:
        if not _KEY.fullmatch(key):
            raise BlobMissing(f"{key[:80]!r} is not the key of a blob")
        try:
            # From the stream's leader: another replica might not know yet what was just stored.
            found = await self._js.get_last_msg(_STREAM, _meta(key))
        except NotFoundError:
            return None
        except (nats.errors.Error, TimeoutError) as error:
            raise BusUnavailable(f"blob {key} cannot be read now: {error}") from error
        info: dict[str, Any] = json.loads(found.data or b"{}")
        return None if info.get("deleted") else info

    async def _chunk(self, key: str, nuid: str, after: int) -> tuple[bytes, int]:
        subject = f"$O.{BLOBS}.C.{nuid}"
        for direct in (True, False):  # any replica may answer; when it has nothing, the leader decides
            try:
                part = await self._js.get_msg(_STREAM, seq=after + 1, subject=subject, direct=direct, next=True)
                return part.data or b"", part.seq or after + 1
            except NotFoundError:
                continue
            except APIError as error:
                raise BusUnavailable(f"blob {key} cannot be read now: {error.description}") from error
            except (nats.errors.Error, TimeoutError) as error:
                raise BusUnavailable(f"blob {key} cannot be read now: {error}") from error
        raise BlobMissing(f"part of blob {key} is gone")


def _meta(key: str) -> str:
    return f"$O.{BLOBS}.M.{base64.urlsafe_b64encode(key.encode()).decode()}"
