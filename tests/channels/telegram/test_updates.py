"""Updates as the Bot API's documentation describes them, and the messages they become (https://core.telegram.org/bots/api#update)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.telegram.updates import WANTED, Account, Skipped, Taken, read_update
from shared.messages.inbound import Inbound

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ACCOUNT = Account("bot", "7000001")
ANA = {"id": 501, "is_bot": False, "first_name": "Ana", "last_name": "Kovač", "username": "ana", "language_code": "hr"}
CHAT = {"id": 501, "type": "private", "first_name": "Ana", "last_name": "Kovač", "username": "ana"}
PLACE = {"latitude": 45.8131, "longitude": 15.97798}
FILE = {"file_id": "F1", "file_unique_id": "U1", "file_size": 1000}
TOKEN = "a" * 29


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 17, "from": ANA, "chat": CHAT, "date": 1_772_445_600, **content}


def update(kind: str = "message", **content: Any) -> dict[str, Any]:
    return {"update_id": 900, kind: message(**content)}


def read(given: object) -> Taken:
    found = read_update(given, ACCOUNT, NOW, "c1")
    assert isinstance(found, Taken), found
    return found


def inbound(given: object) -> Inbound:
    return read(given).inbound


# What a message holds, its words, its named values, and its files as (name, media type, size).
CONTENT: list[tuple[str, dict[str, Any], str, dict[str, str], list[tuple[str, str, int | None]]]] = [
    ("text", {"text": "Printer ne radi 🖨"}, "Printer ne radi 🖨", {}, []),
    (
        "link behind words",
        {
            "text": "🖨 see here please",
            "entities": [{"type": "text_link", "offset": 7, "length": 4, "url": "https://acme.example/p?a=1"}],
        },
        "🖨 see here (https://acme.example/p?a=1) please",
        {},
        [],
    ),
    (
        "photo: the largest size",
        {
            "photo": [
                {**FILE, "file_id": "S", "width": 90, "height": 67},
                {**FILE, "file_id": "L", "width": 1280, "height": 960, "file_size": 5000},
                {**FILE, "file_id": "M", "width": 320, "height": 240},
            ],
            "caption": "the label",
        },
        "the label",
        {},
        [("photo.jpg", "image/jpeg", 5000)],
    ),
    (
        "album",
        {"photo": [{**FILE, "width": 1, "height": 1}], "media_group_id": "135"},
        "",
        {"album": "135"},
        [("photo.jpg", "image/jpeg", 1000)],
    ),
    (
        "document",
        {"document": {**FILE, "file_name": "račun.pdf", "mime_type": "application/pdf"}},
        "",
        {},
        [("račun.pdf", "application/pdf", 1000)],
    ),
    (
        "animation, a document too",
        {
            "animation": {
                **FILE,
                "file_name": "a.mp4",
                "mime_type": "video/mp4",
                "duration": 2,
                "width": 1,
                "height": 1,
            },
            "document": {**FILE, "file_name": "a.mp4", "mime_type": "video/mp4"},
        },
        "",
        {},
        [("a.mp4", "video/mp4", 1000)],
    ),
    (
        "voice note",
        {"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}},
        "",
        {},
        [("voice.oga", "audio/ogg", 1000)],
    ),
    (
        "audio",
        {
            "audio": {"file_id": "A", "duration": 9, "file_name": "song.mp3", "mime_type": "audio/mpeg"},
            "caption": "hear",
        },
        "hear",
        {},
        [("song.mp3", "audio/mpeg", None)],
    ),
    ("video", {"video": {**FILE, "duration": 3}, "caption": "noise"}, "noise", {}, [("video.mp4", "video/mp4", 1000)]),
    ("video note", {"video_note": {**FILE, "length": 240}}, "", {}, [("video-note.mp4", "video/mp4", 1000)]),
    (
        "sticker",
        {"sticker": {**FILE, "emoji": "👍", "type": "regular"}},
        "👍",
        {},
        [("sticker.webp", "image/webp", 1000)],
    ),
    (
        "moving sticker",
        {"sticker": {**FILE, "emoji": "👋", "is_animated": True}},
        "👋",
        {},
        [("sticker.tgs", "application/x-tgsticker", 1000)],
    ),
    ("video sticker", {"sticker": {**FILE, "is_video": True}}, "", {}, [("sticker.webm", "video/webm", 1000)]),
    (
        "location",
        {"location": {"latitude": 45.81, "longitude": 15.98}},
        "📍 45.81, 15.98",
        {"latitude": "45.81", "longitude": "15.98"},
        [],
    ),
    (
        "venue, a location too",
        {"venue": {"location": PLACE, "title": "Shop", "address": "Ilica 1"}, "location": PLACE},
        "📍 Shop, Ilica 1 (45.8131, 15.97798)",
        {"latitude": "45.8131", "longitude": "15.97798"},
        [],
    ),
    (
        "contact",
        {"contact": {"phone_number": "385911234567", "first_name": "Ivo", "last_name": "Ivić", "user_id": 77}},
        "👤 Ivo Ivić +385911234567",
        {"contact_phone": "+385911234567"},
        [],
    ),
    (
        "data of a web app",
        {"web_app_data": {"data": '{"order": 5}', "button_text": "Order"}},
        'Order: {"order": 5}',
        {"web_app_button": "Order", "web_app_data": '{"order": 5}'},
        [],
    ),
    (
        "poll",
        {"poll": {"id": "1", "question": "When?", "options": [{"text": "Monday"}, {"text": "Friday"}]}},
        "📊 When?\n- Monday\n- Friday",
        {},
        [],
    ),
    ("dice", {"dice": {"emoji": "🎯", "value": 4}}, "🎯 4", {}, []),
    (
        "forwarded",
        {"text": "look", "forward_origin": {"type": "user", "sender_user": {"first_name": "Ivo"}, "date": 1}},
        "look",
        {"forwarded_from": "Ivo"},
        [],
    ),
    ("start with a word", {"text": "/start spring_offer"}, "/start spring_offer", {"start": "spring_offer"}, []),
    ("start with a token", {"text": f"/start {TOKEN}"}, "/start", {"start": TOKEN}, []),
    ("start", {"text": "/start"}, "", {"start": "", "reachable": "yes"}, []),
    ("a story", {"story": {"id": 1}}, "❔ story", {}, []),
    ("broken parts", {"photo": {"file_id": 5}, "caption": ["x"]}, "", {}, []),
    ("half a pair, NUL", {"text": "a\ud83db\0c"}, "a?bc", {}, []),
]


@pytest.mark.parametrize(
    ("content", "words", "values", "files"), [row[1:] for row in CONTENT], ids=[row[0] for row in CONTENT]
)
def test_every_kind_of_content_becomes_words_values_and_files(
    content: dict[str, Any], words: str, values: dict[str, str], files: list[tuple[str, str, int | None]]
) -> None:
    taken = read(update(**content))
    assert (taken.inbound.text, taken.inbound.reply_text) == (words, words)
    assert taken.inbound.fields == values
    assert [(file.filename, file.media_type, file.size) for file in taken.files] == files
    assert taken.inbound.points[0].value == "501"


def test_a_message_says_who_wrote_it_where_and_when() -> None:
    found = inbound(update(text="Moj pisač ne radi od jučer ujutro"))
    assert found.from_ is not None
    assert (found.from_.name, found.from_.address) == ("Ana Kovač", "501")
    assert [(point.kind, point.value) for point in found.points] == [("telegram", "501")]
    assert (found.channel, found.inbox, found.recipients, found.subject) == ("telegram", "bot", ["7000001"], "")
    assert (found.message_id, found.conversation) == ("telegram:bot:501:17", "telegram:bot:501")
    assert found.date == datetime.fromtimestamp(1_772_445_600, UTC)
    assert (found.language, found.language_confidence > 0.7) == ("hr", True)


def test_where_the_text_says_nothing_the_language_of_the_app_counts_a_little() -> None:
    found = inbound(update(text="ok"))
    assert (found.language, found.language_confidence) == ("hr", 0.7)


def test_the_same_message_has_the_same_source_whichever_way_it_comes_and_another_bots_has_not() -> None:
    first, again = inbound(update(text="a")), inbound({**update(text="a"), "update_id": 5})
    other = read_update(update(text="a"), Account("bot", "7000002"), NOW, "c")
    assert isinstance(other, Taken)
    assert first.source_id == again.source_id != other.inbound.source_id
    assert first.source_id != inbound(update(text="a", message_id=18)).source_id


def test_the_messages_of_an_album_are_of_their_own_in_one_conversation() -> None:
    photo = [{**FILE, "width": 1, "height": 1}]
    album = [inbound(update(photo=photo, media_group_id="9", message_id=number)) for number in (17, 18, 19)]
    assert len({each.source_id for each in album}) == 3
    assert {each.conversation for each in album} == {"telegram:bot:501"}


def test_an_edit_replaces_its_message_and_is_one_of_its_own() -> None:
    first = inbound(update(text="one"))
    edit = inbound({"update_id": 901, "edited_message": message(text="two", edit_date=1_772_445_700)})
    assert edit.edits == first.message_id
    assert edit.text == "two"
    assert edit.message_id not in (None, first.message_id)
    assert edit.source_id != first.source_id
    later = inbound({"update_id": 902, "edited_message": message(text="three", edit_date=1_772_445_700)})
    assert later.source_id != edit.source_id
    assert edit.date == datetime.fromtimestamp(1_772_445_700, UTC)


def test_a_reply_names_what_it_answers_and_what_it_quotes() -> None:
    found = inbound(update(text="yes", reply_to_message=message(message_id=5, text="?"), quote={"text": "Is it on?"}))
    assert found.in_reply_to == ["telegram:bot:501:5"]
    assert found.fields == {"quoted": "Is it on?"}
    ours = message(message_id=6, text="T-1001 " + "x" * 300) | {"from": {"id": 1, "is_bot": True, "first_name": "Bot"}}
    assert inbound(update(text="yes", reply_to_message=ours)).fields == {"answered": ("T-1001 " + "x" * 300)[:200]}


@pytest.mark.parametrize(
    ("contact", "phone"),
    [
        ({"phone_number": "385911234567", "user_id": 501}, "+385911234567"),
        ({"phone_number": "+385 91 123 4567", "user_id": 501}, "+385911234567"),
        ({"phone_number": "385911234567", "user_id": 77}, None),
        ({"phone_number": "385911234567"}, None),
        ({"phone_number": "12", "user_id": 501}, None),
    ],
)
def test_only_somebodys_own_contact_gives_a_telephone_number_that_is_certain(
    contact: dict[str, Any], phone: str | None
) -> None:
    found = inbound(update(contact={"first_name": "Ana", **contact}))
    assert [point.value for point in found.points if point.kind == "phone"] == ([phone] if phone else [])


def test_a_forwarded_contact_proves_nothing() -> None:
    contact = {"phone_number": "385911234567", "user_id": 501, "first_name": "Ana"}
    found = inbound(update(contact=contact, forward_origin={"type": "hidden_user", "sender_user_name": "Ivo"}))
    assert [point.kind for point in found.points] == ["telegram"]


def test_a_token_behind_start_is_handed_on_and_a_bare_start_is_nobodys_question() -> None:
    assert inbound(update(text=f"/start {TOKEN.upper()}")).body_tokens == [TOKEN]
    assert inbound(update(text=f"/start {TOKEN}")).automatic is None
    assert inbound(update(text="/start")).automatic == "notification"
    assert inbound(update(text="/start me up, please")).fields == {}


def test_a_pressed_button_says_which_and_under_what() -> None:
    keyboard = {"inline_keyboard": [[{"text": "Da", "callback_data": "solved:1001:yes"}]]}
    under = {**message(message_id=30, text="Solved?", reply_markup=keyboard), "from": {"id": 7000001, "is_bot": True}}
    query = {"id": "4711", "from": ANA, "message": under, "chat_instance": "1", "data": "solved:1001:yes"}
    taken = read({"update_id": 1, "callback_query": query})
    assert taken.query == "4711"
    assert (taken.inbound.pressed, taken.inbound.text) == ("solved:1001:yes", "Da")
    assert taken.inbound.in_reply_to == ["telegram:bot:501:30"]
    assert taken.inbound.conversation == "telegram:bot:501"
    assert taken.inbound.from_ is not None
    assert taken.inbound.from_.name == "Ana Kovač"


def test_a_button_under_a_message_that_is_too_old_to_be_seen_still_counts() -> None:
    query = {"id": "1", "from": ANA, "message": {"chat": CHAT, "message_id": 3, "date": 0}, "data": "score:1001:5"}
    assert inbound({"update_id": 1, "callback_query": query}).pressed == "score:1001:5"


@pytest.mark.parametrize(("status", "reachable"), [("kicked", "no"), ("member", "yes")])
def test_blocking_and_unblocking_say_whether_the_customer_can_be_reached(status: str, reachable: str) -> None:
    change = {
        "chat": CHAT,
        "from": ANA,
        "date": 1_772_445_600,
        "old_chat_member": {"user": {"id": 7000001}, "status": "member"},
        "new_chat_member": {"user": {"id": 7000001}, "status": status},
    }
    found = inbound({"update_id": 1, "my_chat_member": change})
    assert (found.fields, found.automatic) == ({"reachable": reachable}, "notification")


GROUP = {"id": -100, "type": "supergroup", "title": "Friends"}
NOTHING: list[tuple[str, object, str]] = [
    ("no object", ["x"], "malformed"),
    ("empty", {}, "malformed"),
    ("a number only", {"update_id": 5}, "malformed"),
    ("no message", {"update_id": 5, "message": "x"}, "malformed"),
    ("no chat", {"update_id": 5, "message": {"message_id": 1, "from": ANA, "text": "x"}}, "malformed"),
    ("no number", {"update_id": 5, "message": {"chat": CHAT, "from": ANA, "text": "x"}}, "malformed"),
    ("true as a number", update(message_id=True, text="x"), "malformed"),
    ("too long a number", update(chat={"id": 10**30, "type": "private"}, text="x"), "malformed"),
    ("somebody else in a private chat", update(**{"from": {"id": 9}}, text="x"), "malformed"),
    ("a group", update(chat=GROUP, text="x"), "not-private"),
    ("a channel's post", {"update_id": 5, "channel_post": message(text="x")}, "unsupported"),
    ("added to a group", {"update_id": 5, "my_chat_member": {"chat": GROUP, "from": ANA}}, "not-private"),
    ("a reaction", {"update_id": 5, "message_reaction": {}}, "unsupported"),
    ("pinned", update(pinned_message={"message_id": 3}), "unsupported"),
    ("timer changed", update(message_auto_delete_timer_changed={"message_auto_delete_time": 60}), "unsupported"),
    (
        "a live location that moves",
        {"update_id": 5, "edited_message": message(location={**PLACE, "live_period": 60})},
        "unsupported",
    ),
    (
        "a game's button",
        {"update_id": 5, "callback_query": {"id": "1", "from": ANA, "message": message()}},
        "unsupported",
    ),
    ("a button of no message", {"update_id": 5, "callback_query": {"id": "1", "from": ANA, "data": "x"}}, "malformed"),
]


@pytest.mark.parametrize(("given", "reason"), [row[1:] for row in NOTHING], ids=[row[0] for row in NOTHING])
def test_what_is_no_message_is_counted_for_what_it_is(given: object, reason: str) -> None:
    assert read_update(given, ACCOUNT, NOW, "c") == Skipped(reason)  # type: ignore[arg-type]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("private")
MEMBERS = (
    "chat id from message_id type text photo venue location latitude entities contact data message reply_markup"
    " inline_keyboard new_chat_member poll options date"
)
NAMES = st.sampled_from([*WANTED, *MEMBERS.split()])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WANTED), st.dictionaries(NAMES, JSON, max_size=6))
def test_whatever_is_sent_is_read_and_what_it_becomes_can_be_written(kind: str, content: dict[str, Any]) -> None:
    given_update = {"update_id": 1, kind: {**message(), **content, "chat": CHAT, "message_id": 1, "from": ANA}}
    found = read_update(given_update, ACCOUNT, NOW, "c")
    if isinstance(found, Taken):
        assert Inbound.decode(found.inbound.encode()) == found.inbound
    json.dumps(given_update)
