"""The drill of an erasure, and what the other drills need of it; `test_drills` runs it."""

import base64
import hashlib
import json
import time
from typing import Any

import pytest
from nats.js.errors import NotFoundError
from sqlalchemy import Text, cast, select

from services.store.forgetting import rows, task
from services.store.group import WorkUnit
from services.store.models import Contact, Row, Ticket, table
from shared.bus import erasing, rpc, subjects
from shared.bus import headers as hdr
from shared.bus.errors import BusUnavailable
from shared.messages.command import MergePeople
from shared.messages.inbound import Inbound
from shared.messages.parts import Attachment, Point
from shared.messages.people import EraseContact, ErasureAnswer, ErasureQuery
from shared.messages.ticket import LedgerAnswer, LedgerQuery
from shared.pictures import cleaned
from tests.desk.house import House
from tests.people.patience import until
from tests.people.planting import plant
from tests.router.world import mail
from tests.shared.test_pictures import jpeg

CANARY = "kestrelquartz"
ANN, BEN = f"{CANARY}@ann.example", "ben@other.example"
PHONE = "+385911234567"


async def publish(house: House, message: Inbound) -> None:
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake(message.channel, message.inbox)
    await publisher.publish(subjects.INTAKE, subject, message.encode(), message_id=message.bus_id)


async def ledger(house: House) -> dict[str, tuple[int, dict[str, int]]]:
    bus = house.contexts["operator"].bus
    answer = LedgerAnswer.decode(await rpc.request(bus, subjects.query("ledger"), LedgerQuery(since=None).encode()))
    for line in answer.lines:
        ended = line.stored + line.duplicate + line.quarantined + line.refused + line.dead + line.in_flight
        assert line.received == ended, line
    return {f"{line.channel}/{line.inbox}": (line.received, dict(line.reasons)) for line in answer.lines}


async def stored(house: House, number: int) -> None:
    async def there() -> bool:
        return (await house.api.get("/api/v1/tickets")).json()["total"] >= number

    await until(there)


async def erased(house: House, address: str) -> dict[str, int]:
    done = await house.command(EraseContact(point=Point(kind="email", value=address)))
    assert done.error is None, done
    return await finished(house, done.result["erasure_id"])


async def finished(house: House, erasure_id: str) -> dict[str, int]:
    found: dict[str, int] = {}

    async def over() -> bool:
        question = ErasureQuery(erasure_id=erasure_id).encode()
        bus = house.contexts["operator"].bus
        answer = ErasureAnswer.decode(await rpc.request(bus, subjects.query("erasure"), question))
        found.update(answer.counts)
        return answer.done_at is not None

    await until(over)
    return found


async def where(house: House, word: str) -> list[str]:
    """Every place in which a word is: the database's rows and file, the streams and buckets."""
    found: list[str] = []
    needles = [word.encode(), base64.b64encode(word.encode())[:-4]]
    async with house.store.reader.snapshot() as connection:
        for one in Row.metadata.tables.values():
            for column in one.columns:
                as_bytes = column.type.python_type is bytes if hasattr(column.type, "python_type") else False
                values = (await connection.execute(select(column if as_bytes else cast(column, Text)))).scalars()
                for value in values:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value or "").encode()
                    if any(needle in raw for needle in needles):
                        found.append(f"{one.name}.{column.name}")
    if not house.database_url:
        for file in house.data.glob("trunkline.sqlite*"):
            content = file.read_bytes()
            found += [file.name for needle in needles if needle in content]
    js = house.contexts["store"].bus.jetstream()
    for info in await js.streams_info():
        stream, state = str(info.config.name), info.state
        after = state.first_seq - 1
        while after < state.last_seq:
            try:
                message = await js.get_msg(stream, seq=after + 1, subject=">", next=True)
            except NotFoundError:  # the last ones were removed
                break
            after = message.seq or after + 1
            if any(needle in (message.data or b"") for needle in needles):
                found.append(f"{stream} {message.subject}")
    return found


async def fill(house: House) -> dict[str, str]:
    """Ann writes on several channels, an agent answers with a photograph, Ben shares a file with her; one dies, one is held."""
    blobs = house.contexts["intake"].blobs
    own, shared = f"{CANARY} in a file ".encode() * 3000, b"the manual of the pump " * 3000
    photo = jpeg(b"\xff\xe1\x00\x20Exif\x00\x00" + CANARY.encode()[:12].ljust(24, b"\0"))
    keys = {"own": await blobs.put(own), "shared": await blobs.put(shared), "photo": await blobs.put(photo)}
    keys["clean"] = await blobs.put(cleaned(photo))

    def file(key: str, name: str, size: int) -> Attachment:
        return Attachment(filename=name, size=size, sha256=key, blob=key)

    files = [file(keys["own"], f"{CANARY}.log", len(own)), file(keys["shared"], "manual.txt", len(shared))]
    files.append(file(keys["photo"], "photo.jpg", len(photo)))
    await publish(house, mail("ann-1", ANN, text=f"My {CANARY} leaks.", subject=f"About {CANARY}", attachments=files))
    await publish(house, mail("ben-1", BEN, text="Mine, too.", attachments=[files[1]]))
    await publish(house, mail("ben-2", BEN, text="With Ann.", cc=(ANN,), subject="Both"))
    await stored(house, 3)
    more = {"channel": "sms", "from": {"address": PHONE, "name": CANARY}, "message_id": None}
    await publish(house, mail("ann-sms", PHONE, text=f"{CANARY} by sms", **more))
    await stored(house, 4)
    await publish(house, mail("ann-2", ANN, refs=("ann-1",), text=f"Still {CANARY}."))
    for message in elsewhere(files[0]):
        await publish(house, message)
    await publish(house, mail("ann-3", ANN, refs=("ben-2",), text=f"My {CANARY}, in Ben's matter."))
    return keys


def elsewhere(recording: Attachment) -> list[Inbound]:
    """What Ann says on the other channels, which know that it is she."""
    known = [Point(kind="email", value=ANN)]

    def say(channel: str, address: str, kind: str, **more: Any) -> Inbound:
        points = [Point(kind=kind, value=address), *known]
        sender = {"address": address, "name": f"Ann {CANARY}"}
        fields = {"channel": channel, "from": sender, "points": points, "subject": "", **more}
        text = f"{CANARY} from {channel}"
        return mail(f"ann-{channel}", address, to=(), text=text, inbox=channel, **fields)

    return [
        say("whatsapp", "+385917654321", "whatsapp", conversation="whatsapp:1"),
        say("messenger", "7120000001", "messenger", conversation="messenger:1"),
        say("telegram", "8120000002", "telegram", conversation="telegram:1"),
        say("voice", "+385919999999", "phone", attachments=[recording]),
        say("form", ANN, "email", fields={"Order": CANARY}),
        say("chat", f"{CANARY}-session", "chat", conversation="chat:1", fields={"page": CANARY}),
        say("api", f"{CANARY}-shop", "api"),
    ]


async def make_one(house: House) -> None:
    """An agent says that whoever is called Ann is the same person."""
    async with house.store.reader.snapshot() as connection:
        contact, ticket = table(Contact), table(Ticket)
        mine = (await connection.execute(select(ticket.c.contact_id).where(ticket.c.customer == ANN))).scalars().first()
        called = contact.c.name.contains(f"Ann {CANARY}"), contact.c.id != mine
        others = (await connection.execute(select(contact.c.id).where(*called))).scalars().all()
    assert len(others) >= 5
    for other in others:
        done = await house.command(MergePeople(contact_id=mine, other=other))
        assert done.error is None, done


async def wait_for_a_file(house: House) -> None:
    """A file of hers waits to be fetched by a bot, as intake notes it, among one of somebody else's."""
    bucket = await house.contexts["store"].bus.jetstream().key_value(subjects.CURSORS)
    theirs, others = {"message": {"from": {"address": "8120000002"}}}, {"message": {"from": {"address": "1"}}}
    await bucket.put("telegram.bot.files", json.dumps({"waiting": [theirs | {"text": CANARY}, others]}).encode())


async def waiting_files(house: House) -> Any:
    bucket = await house.contexts["store"].bus.jetstream().key_value(subjects.CURSORS)
    return json.loads((await bucket.get("telegram.bot.files")).value or b"")


async def act(house: House) -> None:
    """Agents answer, write down and note."""
    items = (await house.api.get("/api/v1/tickets")).json()["items"]
    for number in [each["number"] for each in items if CANARY in each["subject"]]:
        for path, body in {
            "replies": {"text": f"Dear {CANARY}, we look at it."},
            "notes": {"text": f"{CANARY} was angry."},
            "actions": {"what": f"Visit {CANARY}", "department": "service", "requested_at": "2026-03-02T10:00:00Z"},
            "promises": {"what": f"A call to {CANARY}", "due": "2026-03-03T10:00:00Z"},
        }.items():
            done = await house.api.post(
                f"/api/v1/tickets/{number}/{path}", json=body, headers={"Idempotency-Key": f"{number}{path}"}
            )
            assert done.status_code == 201, done.text


async def leave_undecided(house: House) -> None:
    """A mail of Ann's that was given up, and one that waits for another try."""
    await house.router.stop()
    js, publisher = house.contexts["store"].bus.jetstream(), house.contexts["store"].publisher
    subject = subjects.intake("email", "support")
    much_later = f"{time.time() + 86_400:.3f}"
    for name, stream, where_, more in (
        ("dead", subjects.DEAD, subjects.dead(subject), {}),
        ("retried", subjects.RETRY, subjects.retry(subject), {hdr.ATTEMPT: "3", hdr.NOT_BEFORE: much_later}),
    ):
        message = mail(f"ann-{name}", ANN, text=f"{CANARY} is {name}")
        await publish(house, message)
        last = (await js.stream_info(subjects.INTAKE)).state.last_seq
        head = {hdr.ORIGINAL_ID: message.bus_id, hdr.ORIGINAL_SEQUENCE: f"INTAKE:{last}", **more}
        await publisher.publish(stream, where_, message.encode(), message_id=f"{name}-1", headers=head)
    pull = await js.pull_subscribe_bind(subjects.ROUTER.name, stream=subjects.INTAKE)
    for each in await pull.fetch(2, timeout=60):
        await each.ack_sync()
    await house.start_router()


def interrupt(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Have each step of forgetting fail once after it was done, as if the power had; gives the names of those that have not yet."""
    monkeypatch.setattr(task, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(task, "_TROUBLE_SECONDS", 0.01)
    left = {"forget_messages", "forget_files", "overwrite"}

    def failing(name: str) -> None:
        step = getattr(task, name)

        async def once(*args: Any) -> Any:
            result = await step(*args)
            if name in left:
                left.discard(name)
                raise BusUnavailable(f"{name} was interrupted")
            return result

        monkeypatch.setattr(task, name, once)

    for name in sorted(left):
        failing(name)
    remove, pieces = erasing._remove, rows.forget_contacts
    left |= {"remove", "contacts"}

    async def remove_once(js: Any, some: Any) -> None:
        if "remove" in left and some:
            left.discard("remove")
            await remove(js, some[:1])
            raise BusUnavailable("removing was interrupted")
        await remove(js, some)

    def contacts_once(*args: Any) -> Any:
        if "contacts" in left:
            left.discard("contacts")
            raise BusUnavailable("the transaction was interrupted")
        return pieces(*args)

    monkeypatch.setattr(erasing, "_remove", remove_once)
    monkeypatch.setattr(rows, "forget_contacts", contacts_once)
    return left


async def drill(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted = interrupt(monkeypatch)
    keys = await fill(house)
    await until(lambda: _texts(house, 13))
    await act(house)
    await make_one(house)
    await wait_for_a_file(house)
    await leave_undecided(house)
    await house.store.writer.submit([WorkUnit(lambda connection: plant(connection, CANARY, ANN, BEN))])
    before = await ledger(house)
    assert len(await where(house, CANARY)) > 20  # the search finds what is there
    counts = await erased(house, ANN)
    assert counts["tickets"] >= 1, counts
    assert await _said(house, "by sms"), "her text message came from a number that nobody knew to be hers"
    await finished(
        house, (await house.command(EraseContact(point=Point(kind="phone", value=PHONE)))).result["erasure_id"]
    )
    assert sorted(set(await where(house, CANARY))) == []
    assert not interrupted, "these steps were never interrupted"
    # What others have stays; what only she had is gone, and what was made of it.
    blobs = house.contexts["store"].blobs
    assert hashlib.sha256(await blobs.get(keys["shared"])).hexdigest() == keys["shared"]
    for gone in ("own", "photo", "clean"):
        assert not await blobs.delete(keys[gone]), gone
    after = await ledger(house)
    assert after["email/support"][1]["duplicate: erased"] == 2, (
        "what was never decided does not count as under way for ever"
    )
    assert {inbox: received for inbox, (received, _) in after.items()} == {
        inbox: received for inbox, (received, _) in before.items()
    }
    async with house.store.reader.snapshot() as connection:
        tickets = (await connection.execute(select(table(Ticket)).order_by(table(Ticket).c.number))).mappings().all()
    assert {each["status"] for each in tickets if each["customer"] == ""} == {"closed"}
    assert [each["status"] for each in tickets if each["customer"] == BEN] == ["new", "new"]
    assert await waiting_files(house) == {"waiting": [{"message": {"from": {"address": "1"}}}]}
    assert all(each["created_at"] and each["number"] for each in tickets)
    assert next(each for each in tickets if each["customer"] == BEN)["subject"] == "Printer"
    # A mailbox gives her mail again, and an archive by another road: it stays forgotten. A new mail is a new one.
    await publish(house, mail("ann-1", ANN, text=f"My {CANARY} leaks.", inbox="archive"))
    await until(lambda: _counted(house, "email/archive", "duplicate: erased"))
    await until(lambda: _all_done(house))
    assert await where(house, CANARY) == []
    assert (await house.api.get("/api/v1/tickets")).json()["total"] == len(tickets)
    await publish(house, mail("ann-new", ANN, text="Hello again."))
    await stored(house, len(tickets) + 1)
    await ledger(house)


async def _texts(house: House, number: int) -> bool:
    lines = await ledger(house)
    return sum(received for received, _ in lines.values()) >= number


async def _counted(house: House, inbox: str, reason: str) -> bool:
    return reason in (await ledger(house)).get(inbox, (0, {}))[1]


async def _all_done(house: House) -> bool:
    async with house.store.reader.snapshot() as connection:
        open_ = select(task.ERASURE.c.id).where(task.ERASURE.c.done_at.is_(None))
        return (await connection.execute(open_)).first() is None


async def _said(house: House, words: str) -> bool:
    async with house.store.reader.snapshot() as connection:
        text = Row.metadata.tables["message"].c.text
        return (await connection.execute(select(text).where(text.contains(words)))).first() is not None
