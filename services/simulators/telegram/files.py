"""Files of messages, as the objects Telegram describes them with, and their download in two steps
(https://core.telegram.org/bots/api#getfile)."""

import hashlib
import mimetypes

from services.simulators.keeping import Kept
from services.simulators.telegram.answers import Json, bad
from services.simulators.telegram.asked import Asked
from services.simulators.telegram.bots import Bot

DOWNLOAD_LIMIT = 20 << 20
FOLDERS = {"photo": "photos", "voice": "voice", "sticker": "stickers", "audio": "music", "video": "videos"}


def keep(bot: Bot, kind: str, kept: Kept) -> Json:
    """Take a file in; gives the fields all file objects share."""
    number = bot.next_file()
    unique = hashlib.sha256(kept.content).hexdigest()[:16]
    file_id = f"BQACAg-{kind}-{number}-{unique}"
    bot.files.put(file_id, kept)
    return {"file_id": file_id, "file_unique_id": unique, "file_size": len(kept.content)}


def describe(bot: Bot, kind: str, kept: Kept, seconds: int = 0) -> Json:
    """What stands in a message under its kind; a photo is a list of sizes, the last one the largest."""
    if kind == "photo":
        large = {**keep(bot, kind, kept), "width": 1280, "height": 960}
        small = {**large, **keep(bot, kind, kept), "width": 90, "height": 67}
        return {"photo": [small, large]}
    fields = keep(bot, kind, kept)
    if kind == "sticker":
        return {
            kind: {**fields, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        }
    fields["mime_type"] = kept.media_type
    if kind in ("document", "audio", "video"):
        fields["file_name"] = kept.name
    if kind in ("voice", "audio", "video"):
        fields["duration"] = seconds
    if kind == "video":
        fields |= {"width": 640, "height": 480}
    return {kind: fields}


def get_file(bot: Bot, asked: Asked) -> Json:
    """Where a file is to be fetched; refused over 20 MB."""
    file_id = asked.text("file_id")
    kept = bot.files.get(file_id)
    if kept is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if len(kept.content) > DOWNLOAD_LIMIT:
        raise bad("file is too big")
    _, kind, number, unique = file_id.split("-")
    extension = mimetypes.guess_extension(kept.media_type) or ".bin"
    path = f"{FOLDERS.get(kind, 'documents')}/file_{number}{extension}"
    return {
        "file_id": file_id,
        "file_unique_id": unique,
        "file_size": len(kept.content),
        "file_path": path,
    }


def at_path(bot: Bot, path: str) -> Kept | None:
    """The file behind the path that `get_file` gave."""
    number = path.rpartition("/file_")[2].partition(".")[0]
    for file_id, kept in bot.files.items():
        if file_id.split("-")[2] == number:
            return kept
    return None
