"""Pictures without what they tell of whoever took them, on files made here octet by octet."""

import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.pictures import cleaned, is_picture
from shared.pictures.pieces import only_orientation, orientation

SECRET = b"45.8150N 15.9819E Ana's telephone"
PLACE = b"GPSLatitudeRef " + SECRET


def exif(turned: int, order: str = "<") -> bytes:
    """EXIF as cameras write it: orientation, a program's name, and a directory of places."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = [
        struct.pack(f"{order}HHI", 0x0112, 3, 1) + struct.pack(f"{order}HH", turned, 0),
        struct.pack(f"{order}HHII", 0x0131, 2, len(SECRET), 100),
        struct.pack(f"{order}HHII", 0x8825, 4, 1, 200),
    ]
    first = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + b"\0\0\0\0"
    places = struct.pack(f"{order}HHHII", 1, 2, 2, len(PLACE), 240) + b"\0\0\0\0"
    whole = head + struct.pack(f"{order}I", 8) + first
    whole = whole.ljust(100, b"\0") + SECRET
    return whole.ljust(200, b"\0") + places.ljust(40, b"\0") + PLACE


# -- the kinds ----------------------------------------------------------------------------------------------------------------

SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56\xd4\xff\x00"
TABLES = b"\xff\xdb\x00\x43\x00" + bytes(range(1, 65))
FRAME = b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
PROFILE = b"ICC_PROFILE\0\x01\x01colours"
ADOBE = b"Adobe\0d\0\0\0\0\1"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*told: bytes, jfif: bytes = JFIF, scan: bytes = SCAN, end: bytes = b"\xff\xd9") -> bytes:
    return b"\xff\xd8" + jfif + b"".join(told) + TABLES + FRAME + scan + end


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PIXELS = chunk(b"IDAT", zlib.compress(b"\0\x7f"))


def png(*told: bytes, end: bytes = chunk(b"IEND", b"")) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + HEAD + b"".join(told) + PIXELS + end


def piece(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


LOSSLESS = piece(b"VP8L", b"\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07")


def webp(*pieces: bytes) -> bytes:
    body = b"WEBP" + b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def extended(flags: int) -> bytes:
    return piece(b"VP8X", bytes([flags, 0, 0, 0]) + b"\0" * 6)


GIF_HEAD = b"GIF89a\x01\0\x01\0\x80\0\0" + b"\0\0\0\xff\xff\xff"
GIF_PIXEL = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
REPEATS = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
DELAY = b"\x21\xf9\x04\0\x0a\0\0\0"


def gif(*told: bytes, end: bytes = b";") -> bytes:
    return GIF_HEAD + b"".join(told) + GIF_PIXEL + end


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


FILE_TYPE = box(b"ftyp", b"heic\0\0\0\0mif1heic")


def heic() -> tuple[bytes, bytes]:
    """A picture of two items, the coded one and its Exif, and the octets of the coded one."""
    coded = b"\x11coded picture\x22"
    handler = box(b"hdlr", b"\0\0\0\0\0\0\0\0pict" + b"\0" * 13)
    entries = b"".join(
        box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", number, 0) + kind + b"\0")
        for number, kind in ((1, b"hvc1"), (2, b"Exif"))
    )
    items = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 2) + entries)

    def located(at: int) -> bytes:
        places = ((1, at, len(coded)), (2, at + len(coded), len(exif(6)) + 4))
        rows = b"".join(struct.pack(">HHHII", item, 0, 1, first, length) for item, first, length in places)
        return box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", 2) + rows)

    def meta(at: int) -> bytes:
        return box(b"meta", b"\0\0\0\0" + handler + items + located(at))

    data = len(FILE_TYPE) + len(meta(0)) + 8
    return FILE_TYPE + meta(data) + box(b"mdat", coded + b"\0\0\0\0" + exif(6)), coded


def film() -> bytes:
    track = box(b"trak", box(b"mdia", b"times") + box(b"udta", SECRET))
    return (
        box(b"ftyp", b"isom\0\0\0\0")
        + box(b"moov", box(b"mvhd", b"length") + track + box(b"udta", box(b"\xa9xyz", SECRET)) + box(b"meta", SECRET))
        + box(b"mdat", b"moving pictures")
        + box(b"uuid", b"x" * 16 + SECRET)
    )


TELLING: dict[str, bytes] = {
    "jpeg, upright": jpeg(segment(0xE1, b"Exif\0\0" + exif(1)), segment(0xFE, SECRET)),
    "jpeg, turned": jpeg(segment(0xE1, b"Exif\0\0" + exif(6, ">"))),
    "jpeg, without jfif": jpeg(segment(0xE1, b"Exif\0\0" + exif(3)), jfif=b""),
    "jpeg, xmp": jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
    "jpeg, iptc": jpeg(segment(0xED, b"Photoshop 3.0\0" + SECRET)),
    "jpeg, anything else": jpeg(*(segment(marker, SECRET) for marker in range(0xE0, 0xF0))),
    "jpeg, thumbnail": jpeg(jfif=segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01" + SECRET)),
    "jpeg, behind the end": jpeg(end=b"\xff\xd9" + jpeg(segment(0xE1, b"Exif\0\0" + exif(1)))),
    "jpeg, between scans": jpeg(scan=SCAN + segment(0xE1, SECRET) + SCAN),
    "jpeg, loose octets": jpeg(SECRET),
    "png, texts": png(chunk(b"tEXt", b"Author\0" + SECRET), chunk(b"iTXt", SECRET), chunk(b"zTXt", SECRET)),
    "png, exif": png(chunk(b"eXIf", exif(6)), chunk(b"tIME", b"\x07\xea\1\1\1\1\1")),
    "png, unknown": png(chunk(b"prVt", SECRET), end=chunk(b"IEND", b"") + SECRET),
    "webp": webp(extended(0x0C), LOSSLESS, piece(b"EXIF", exif(6)), piece(b"XMP ", SECRET)),
    "webp, upright": webp(extended(0x0C), LOSSLESS, piece(b"EXIF", exif(1)), piece(b"abcd", SECRET)),
    "webp, film": webp(extended(2), piece(b"ANMF", b"\0" * 16 + LOSSLESS + piece(b"note", SECRET))),
    "gif": gif(b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0", REPEATS, DELAY),
    "gif, xmp": gif(b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\0", end=b";" + SECRET),
    "tiff": exif(6),
    "tiff, the other way": exif(1, ">"),
    "heic": heic()[0],
    "film": film(),
}


@pytest.mark.parametrize("name", TELLING)
def test_nothing_is_left_of_who_took_a_picture_and_where(name: str) -> None:
    given = TELLING[name]
    assert is_picture(given[:16])
    clean = cleaned(given)
    assert not [each for each in (SECRET, b"GPS", b"http://ns.adobe") if each in clean]
    assert cleaned(clean) == clean


@pytest.mark.parametrize(
    "given",
    [
        jpeg(segment(0xE2, PROFILE), segment(0xEE, ADOBE)),
        jpeg(scan=SCAN + TABLES + SCAN),
        png(chunk(b"gAMA", b"\0\0\xb1\x8f"), chunk(b"iCCP", b"p\0\0" + zlib.compress(b"colours"))),
        webp(LOSSLESS),
        webp(extended(0x20), piece(b"ICCP", b"colours"), LOSSLESS),
        gif(REPEATS, DELAY),
        b"%PDF-1.7 " + SECRET,
        b"plain words",
        b"",
    ],
)
def test_what_tells_nothing_stays_octet_for_octet(given: bytes) -> None:
    assert cleaned(given) == given


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photo_does_not_turn(turned: int) -> None:
    for photo, begin in (
        (jpeg(segment(0xE1, b"Exif\0\0" + exif(turned))), b"Exif\0\0"),
        (png(chunk(b"eXIf", exif(turned))), b"eXIf"),
        (webp(extended(8), LOSSLESS, piece(b"EXIF", exif(turned))), b"EXIF"),
    ):
        clean = cleaned(photo)
        said = clean.partition(b"MM\0*")
        assert orientation(said[1] + said[2]) == turned
        assert (begin in clean) == (turned != 1)
    assert orientation(only_orientation(turned)) == turned
    assert orientation(cleaned(exif(turned))) == turned


def test_what_is_seen_of_a_photo_stays_as_it_was() -> None:
    assert cleaned(TELLING["jpeg, upright"]) == jpeg()
    assert cleaned(TELLING["jpeg, between scans"]) == jpeg(scan=SCAN + SCAN)
    assert cleaned(TELLING["jpeg, thumbnail"]) == jpeg()
    assert cleaned(TELLING["png, texts"]) == png()
    assert cleaned(TELLING["gif"]) == gif(REPEATS, DELAY)
    assert cleaned(TELLING["webp, upright"]) == webp(extended(0), LOSSLESS)
    photo, coded = heic()
    assert coded in cleaned(photo)
    assert [cleaned(film()).count(each) for each in (b"moving pictures", b"length", b"times")] == [1, 1, 1]
    assert [len(cleaned(each)) for each in (photo, film())] == [len(photo), len(film())]


def test_a_photo_that_breaks_off_arrives_as_far_as_it_goes() -> None:
    given = jpeg(segment(0xE1, b"Exif\0\0" + exif(1)))
    assert cleaned(given[:-8]).startswith(jpeg()[:-10])
    broken = png(chunk(b"tEXt", SECRET))[:-20]
    assert cleaned(broken) == png()[:-20]


def damaged(given: bytes, at: int, by: bytes) -> bytes:
    place = at % (len(given) + 1)
    return given[:place] + by + given[place + len(by) :]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(TELLING)), st.integers(0, 2_000), st.binary(max_size=12), st.integers(0, 2_000))
def test_whatever_is_wrong_with_a_picture_it_comes_out_the_same_twice(name: str, at: int, by: bytes, cut: int) -> None:
    given = damaged(TELLING[name], at, by)
    given = given[: max(len(given) - cut, 16)]
    clean = cleaned(given)
    assert len(clean) <= len(given) + 40
    if not name.startswith("tiff"):  # what else a damaged directory then points to is anybody's guess
        assert cleaned(clean) == clean


@pytest.mark.parametrize(
    "made",
    [
        lambda: b"\xff\xd8" + b"\xff\xe1\x00\x02" * 500_000,
        lambda: b"\xff\xd8\xff" + b"\xff\x00" * 1_000_000,
        lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"") * 200_000,
        lambda: webp(piece(b"abcd", b"") * 250_000),
        lambda: GIF_HEAD + b"\x21\xfe\0" * 700_000,
        lambda: b"II*\0\x08\0\0\0" + b"\xff\xff" + (struct.pack("<HHII", 700, 1, 4_000_000, 8) * 170_000),
        lambda: box(b"ftyp", b"heic") + box(b"moov", box(b"udta", b"") * 250_000),
        lambda: (
            FILE_TYPE
            + box(
                b"meta",
                b"\0\0\0\0"
                + box(b"hdlr", b"\0\0\0\0\0\0\0\0pict" + b"\0" * 13)
                + box(b"iinf", b"\0" * 6)
                + box(b"iloc", b"\0\0\0\0\0\0\xff\xff" + b"\xff" * 400_000),
            )
        ),
    ],
)
def test_a_hostile_picture_takes_no_time(made: Callable[[], bytes]) -> None:
    given = made()
    assert len(cleaned(given)) <= len(given) + 40  # the suite's clock ends what does not end
