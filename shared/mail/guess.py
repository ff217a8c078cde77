"""Which charset octets are in that carry no label, or a false one: tried candidates, the most plausible text wins. Pure.

Only the first 4 KiB are weighed, by every candidate once; mails with a true label never come here.
"""

import codecs
import re

_SAMPLE = 4096
_COMMON_SHARE = 3.0
"""The letters of a list make up about a third of a running text of a script with thousands of characters."""

_SIMPLIFIED = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后么"
    "心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同已老从动两长请问您什"
    "货订单谢收退款设备码号邮件题联系快递客服购买产品换服务"
)
_TRADITIONAL = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後麼"
    "心多天而能好都然沒日於起還發成事只作當想看文無開手用主行方又如前所本見經頭面公同已老從動兩長請問您什"
    "貨訂單謝收退款設備碼號郵件題聯繫快遞客服購買產品換服務"
)
_HANGUL = "이다는을를에의가하고은한로지도기사어나인리자서니습해안녕세요주문제수니까문의부탁드립감연락품배송환불"
# (codec, common characters) of charsets with thousands of characters.
_WIDE = (("gb18030", _SIMPLIFIED), ("big5hkscs", _TRADITIONAL), ("cp949", _HANGUL), ("cp932", ""), ("euc_jp", ""))

# Scripts of their own in one octet a letter: the dozen letters that make up most of a text.
_DENSE = (
    ("cp1251", "оеаинтсрвлкмдпуяыьзбгчйєіїў"),
    ("koi8-r", "оеаинтсрвлкмдпуяыьзбгчй"),
    ("iso8859-5", "оеаинтсрвлкмдпуяыьзбгчй"),
    ("cp866", "оеаинтсрвлкмдпуяыьзбгчй"),
    ("cp1253", "αοιετσνηυρπκμλάέήίόύώςγδ"),
    ("cp1255", "יוהלאתרבמשנדחעקםכפן"),
    ("cp1256", "اليمونرتبةعدسفهكحجأ"),
    ("cp874", "านรอกเงมยลวดทสตะปบคหีิ่้ัไใ"),
)
# Alphabets with letters among ASCII: (codec, letters of it, those of them that are rare, its small words).
_PUNCTUATION = "’‘“”„–—…€°«»\xa0§•"
_LATIN = (
    (
        "cp1252", "äöüßéèêëàâçîïôùûœñáíóúãõåæøÄÖÜÉÀÅØÆÑÇÁÍÓÚÈÊ¿¡" + _PUNCTUATION, "ûõœïë",
        "le|la|les|de|des|et|est|une?|pas|pour|und|der|die|das|ist|nicht|que|en|el|los|por|para|com?|og|och|jag|ikke|"
        "het|een|van|ik|che|non|per|il|minun|ja|on|ei|não|meu|a",
    ),
    (
        "cp1250", "ąćęłńóśźżčšžđěřůýáíéúťďňőűöüäßŁŚŻŹĆČŠŽĐĚŘÁÉÍÓÚÝÖÜôľëţşăâî" + _PUNCTUATION, "ľëţşăâîôß",
        "nie|jest|mam|moj[ae]|do|od|za|się|je|na|se|sam|mi|nam|ne|molim|koj[iae]|sve|prosím?|dobry|dobar|dan|den|"
        "jsem|mne|nem|egy|az|hogy|vagy|kérem|aby|czy|jak|w|z|proszę|i|u|s|v",
    ),
    ("iso8859-2", "ąćęłńóśźżčšžđěřůýáíéúťďňőűöüäßŁŚŻŹĆČŠŽĐĚŘÁÉÍÓÚÝÖÜôľëţşăâî\xa0", "ľëţşăâîôß", "nie|je|na|za|w|z|i|u|s|v|do|nem|az"),
    ("cp1254", "çğıöşüâîÇĞİÖŞÜ" + _PUNCTUATION, "âî", "bir|ve|bu|için|ile|var|yok|ne|de|da|mi|benim|merhaba|siz|ama|çok"),
    ("cp850", "äöüßéèêëàâçîïôùûñáíóúãõåæøÄÖÜÉ", "ûõïë", ""),
    ("cp852", "ąćęłńóśźżčšžđěřůýáíéúőűöüä", "öüä", ""),
)  # fmt: skip
_SMALL_WORDS = {
    codec: re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])", re.IGNORECASE) for codec, _, _, words in _LATIN if words
}
# No language has letters of both.
_POLISH = frozenset("ąęłśźżĄĘŁŚŹŻ")
_SOUTHERN = frozenset("čšžđěřůČŠŽĐĚŘŮ")
_ESCAPES = (b"\x1b$", b"\x1b(")


def guess_text(octets: bytes) -> str:
    """Text for octets of an unknown charset; never raises. What nothing fits is read as windows-1252 or Latin 1."""
    codec = guess_codec(octets)
    if _decodes(octets, codec):
        return octets.decode(codec)
    return octets.decode("latin-1") if codec == "cp1252" else octets.decode(codec, "replace")


def guess_codec(octets: bytes) -> str:
    """The most plausible codec: marks and escapes first, then whole UTF-8, then the likeliest letters."""
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if any(escape in octets[:_SAMPLE] for escape in _ESCAPES) and octets.isascii():
        return "iso2022_kr" if b"\x1b$)C" in octets[:_SAMPLE] else "iso2022_jp_ext"
    if _decodes(octets, "utf-8"):
        return "utf-8"
    sample = octets[:_SAMPLE]
    replaced = sample.decode("utf-8", "replace")
    if replaced.count("\ufffd") * 4 <= sum(1 for character in replaced if character > "\x7f"):
        return "utf-8"  # a few broken characters in the right charset read better than a wrong charset
    scores = {codec: _wide_score(sample, codec, common) for codec, common in _WIDE}
    high = sum(1 for octet in sample if octet >= 0x80)
    for codec, common in _DENSE:
        scores[codec] = _dense_score(sample, codec, common, high)
    for codec, letters, rare, _ in _LATIN:
        scores[codec] = _latin_score(sample, codec, letters, rare, high)
    # A tie goes to the windows charset: it holds what most software of the last decades wrote.
    best = max(scores, key=lambda codec: (round(scores[codec], 3), codec == "cp1252", codec.startswith("cp125")))
    return best if scores[best] > 0.3 else "cp1252"


def plausible(octets: bytes, codec: str) -> float:
    """From 0 to 1, how much of the octets is common characters of a charset with thousands of them."""
    return max((_wide_score(octets[:_SAMPLE], each, common) for each, common in _WIDE if each == codec), default=0.0)


def _decodes(octets: bytes, codec: str) -> bool:
    try:
        octets.decode(codec)
    except (UnicodeDecodeError, ValueError):
        return False
    return True


def _wide_score(sample: bytes, codec: str, common: str) -> float:
    """How much of the sample is common characters of that script; 0 where it does not decode."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample, False)
    except (UnicodeDecodeError, ValueError):
        return 0.0
    foreign = [character for character in text if character > "\x7f"]
    if len(foreign) < 2:
        return 0.0
    if not common:
        kana = sum(1 for character in foreign if "\u3041" <= character <= "\u30ff")
        odd = sum(1 for character in foreign if "\uff61" <= character <= "\uff9f" or "\ue000" <= character <= "\uf8ff")
        return min(1.0, 1.6 * kana / len(foreign)) - odd / len(foreign)
    wide = sum(
        1
        for character in foreign
        if "\u3000" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" or "\uff01" <= character <= "\uff5e"
    )
    share = sum(1 for character in foreign if character in common) / len(foreign)
    return min(1.0, _COMMON_SHARE * share) * wide / len(foreign)


def _dense_score(sample: bytes, codec: str, common: str, high: int) -> float:
    """Letters of a script of its own: common ones, in lower case, and in words without ASCII letters."""
    text = sample.decode(codec, "replace")
    good = mixed = 0.0
    previous = " "
    for character in text:
        if character > "\x7f":
            lower = character.lower()
            good += 1.0 if character in common else 0.7 if lower in common else 0.2 if character.isalpha() else -0.6
            if (
                character == "\ufffd"
                or (previous.isascii() and previous.isalpha())
                or (previous > "\x7f" and previous.islower() and character.isupper())
            ):
                mixed += 1
        elif character.isalpha() and previous > "\x7f":
            mixed += 1
        previous = character
    return (good - mixed) / high if high > 3 else 0.0


def _latin_score(sample: bytes, codec: str, letters: str, rare: str, high: int) -> float:
    """Letters of an alphabet among ASCII ones; signs within words and capitals behind small letters speak against it."""
    text = sample.decode(codec, "replace")
    good = 0.0
    run = 0
    for at, character in enumerate(text):
        if character <= "\x7f":
            run = 0
            continue
        run += 1
        before = text[at - 1] if at else " "
        after = text[at + 1] if at + 1 < len(text) else " "
        if character in letters:
            good += 0.6 if character in rare else 1.0
            if character.isupper() and before.islower():
                good -= 1.0
        else:
            inside = before.isalpha() and after.isalpha()
            good -= 0.0 if character.isalpha() and not inside else 1.5 if not character.isalpha() and inside else 0.4
        if run > 3 and character.isalpha():
            good -= 1.0  # no word of these languages has four such letters in a row
    words = _SMALL_WORDS.get(codec)
    bonus = min(len(words.findall(text)), 20) / 40 if words is not None else 0.0
    if codec in ("cp1250", "iso8859-2") and _POLISH.intersection(text) and _SOUTHERN.intersection(text):
        bonus -= 0.3
    return good / max(high, 1) + bonus
