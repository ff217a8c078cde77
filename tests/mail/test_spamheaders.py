"""What spam filters wrote into a mail's header, in the forms they write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import parse_mail
from shared.mail.frames import pack, unpack
from shared.mail.headers import Headers
from shared.mail.spamheaders import MOST_SIGNS, read_spam_signs

FORMS = [
    ("X-Spam-Flag: YES", True, None, None),
    ("X-Spam-Flag: NO", None, None, None),
    ("X-Spam-Status: Yes, score=15.2 required=5.0 tests=BAYES_99,\r\n\tURIBL_BLACK autolearn=spam version=4.0.0", True, 15.2, 5.0),
    ("X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00", False, -1.9, 5.0),
    ("X-Spam-Status: Yes, hits=7.1 required=5.0", True, 7.1, 5.0),
    ("X-Spam-Score: 12.4", False, 12.4, None),
    ("X-Spam-Score: 6.1 (++++++)", False, 6.1, None),
    ("X-Spam-Level: *******", False, 7.0, None),
    ("X-Spamd-Bar: ++++++++", False, 8.0, None),
    ("X-Spamd-Bar: --", None, None, None),
    ("X-Spamd-Result: default: True [18.32 / 15.00];\r\n\tBAYES_SPAM(5.10)[100.00%]", True, 18.32, 15.0),
    ("X-Spamd-Result: default: False [-3.10 / 15.00]; R_SPF_ALLOW(-0.20)[+ip4:192.0.2.0/24]", False, -3.1, 15.0),
    ("X-Rspamd-Action: add header", True, None, None),
    ("X-Rspamd-Action: rewrite subject", True, None, None),
    ("X-Rspamd-Action: no action", None, None, None),
    ("X-Rspamd-Action: soft reject", None, None, None),
    ("X-Spam: Yes", True, None, None),
    ("X-Barracuda-Spam-Status: Yes, SCORE=9.20 using per-user scores of KILL_LEVEL=7.0", True, 9.2, 7.0),
    ("X-Bogosity: Spam, tests=bogofilter, spamicity=0.999999, version=1.2.5", True, 0.999999, None),
    ("X-DSPAM-Result: Innocent", None, None, None),
    ("X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:x;", True, 5.0, 5.0),
    ("X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:1;SFV:NSPM;", False, 1.0, 5.0),
    ("X-MS-Exchange-Organization-SCL: -1", False, -1.0, 5.0),
    ("X-Spam-Status: tests pending", None, None, None),
    ("X-Spam-Score: much", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("header", "spam", "score", "limit"), FORMS, ids=[form[0][:40] for form in FORMS])
def test_a_filters_verdict_is_read(header: str, spam: bool | None, score: float | None, limit: float | None) -> None:
    parsed = parse_mail(f"From: a@b.example\r\n{header}\r\nSubject: x\r\n\r\ntext\r\n".encode())
    signs = [(said, figure, of) for _, _, said, figure, of in parsed.spam_signs]
    assert signs == ([] if spam is None else [(spam, score, limit)])


def test_a_mail_without_a_filters_header_has_no_signs() -> None:
    assert parse_mail(b"From: a@b.example\r\nX-Spammer: yes\r\n\r\nX-Spam-Flag: YES\r\n").spam_signs == []


def test_a_thousand_headers_give_a_few_signs() -> None:
    headers = Headers([("x-spam-flag", b"YES"), ("x-spam-status", b"Yes, score=" + b"9" * 9000)] * 500)
    assert 0 < len(read_spam_signs(headers)) <= MOST_SIGNS


@given(
    st.lists(
        st.tuples(st.sampled_from(["x-spam-status", "x-spamd-result", "x-spam-score", "x-spam-level"]), st.binary())
    )
)
def test_no_octets_make_reading_fail(fields: list[tuple[str, bytes]]) -> None:
    assert len(read_spam_signs(Headers(fields))) <= MOST_SIGNS


def test_signs_survive_the_way_from_the_reader_process() -> None:
    parsed = parse_mail(b"From: a@b.example\r\nX-Spamd-Result: default: True [18.5 / 15.00]\r\n\r\ntext\r\n")
    assert [tuple(sign) for sign in unpack(pack(parsed)).spam_signs] == parsed.spam_signs != []
