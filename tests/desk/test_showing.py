"""Strangers' HTML as a document: inert by itself and by the headers, images within it shown, those elsewhere when asked for."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Page, async_playwright

from services.desk.showing import IMAGE, _body, _document, _images
from shared.mail.sanitise import sanitise, show_remote
from shared.messages.parts import Attachment
from tests.desk.house import TOKEN, House
from tests.desk.test_contacts import receive, ticket_with

BY_HOUSE = pytest.mark.asyncio(loop_scope="module")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6364f8cf500f0003860180345a347b0000000049454e44ae426082"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def stored(house: House, markup: str | None, text: str = "", files: list[Attachment] | None = None) -> str:
    """A message with this HTML is in a ticket; gives the path of its document."""
    name = uuid4().hex
    words = f"{text} Word {name}"
    await receive(house, "email", f"{name}@customer.example", words, html=markup, attachments=files or [])
    ticket = await ticket_with(house, name)
    return f"/api/v1/tickets/{ticket['number']}/messages/{ticket['messages'][0]['id']}/html"


async def file(house: House, content: bytes, content_id: str, media_type: str = "image/png") -> Attachment:
    key = await house.contexts["intake"].blobs.put(content)
    return Attachment(
        filename="x", media_type=media_type, size=len(content), sha256=key, inline=True, content_id=content_id, blob=key
    )


def directives(answer: httpx.Response) -> dict[str, str]:
    policy = answer.headers["content-security-policy"]
    return dict(each.strip().partition(" ")[::2] for each in policy.split(";"))


@BY_HOUSE
async def test_a_message_is_a_document_that_can_do_nothing(house: House) -> None:
    markup = '<p onclick="x()">Hello</p><script>alert(1)</script><form action="/x"><input></form><img src="http://a/b">'
    path = await stored(house, markup)  # as a channel that is not ours might hand it in
    answer = await house.api.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    told = directives(answer)
    assert told["default-src"] == "'none'"
    assert (told["img-src"], told["style-src"]) == ("data:", "'unsafe-inline'")
    assert "allow-scripts" not in told["sandbox"]
    assert "allow-same-origin" not in told["sandbox"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["x-remote-content"] == "blocked"
    assert "<p>Hello</p>" in answer.text
    for gone in ("<script", "onclick", "<form", "<input", ' src="http'):
        assert gone not in answer.text


@BY_HOUSE
async def test_images_that_lie_elsewhere_are_there_when_they_are_asked_for(house: House) -> None:
    path = await stored(
        house, sanitise('<img src="https://a.example/b.png?c=1&d=2"><td background="http://x.example/y">')
    )
    assert ' src="https' not in (await house.api.get(path)).text
    shown = await house.api.get(path, params={"remote": "1"})
    assert ' src="https://a.example/b.png?c=1&amp;d=2"' in shown.text
    assert directives(shown)["img-src"] == "data: http: https:"
    assert directives(shown)["default-src"] == "'none'"
    assert shown.headers["x-remote-content"] == "shown"
    assert (await house.api.get(await stored(house, "<b>plain</b>"))).headers["x-remote-content"] == "none"


@BY_HOUSE
async def test_images_within_the_mail_are_shown_from_its_files(house: House) -> None:
    markup = sanitise('<img src="cid:one@x"><img src="CID:two%20b"><img src="cid:svg"><img src="cid:none">')
    files = [
        await file(house, PIXEL, "one@x", "text/html"),
        await file(house, b"GIF89a" + b"\0" * 20, "two b"),
        await file(house, SVG, "svg", "image/svg+xml"),
    ]
    answer = await house.api.get(await stored(house, markup, files=files))
    assert re.findall(r'<img src="([^";,]*)', answer.text) == ["data:image/png", "data:image/gif", "data:", "data:"]
    assert "cid:" not in answer.text.lower()


@BY_HOUSE
async def test_a_message_without_html_is_its_text(house: House) -> None:
    answer = await house.api.get(await stored(house, None, "1 < 2 <script>"))
    assert "<pre>1 &lt; 2 &lt;script&gt; Word" in answer.text


@BY_HOUSE
async def test_only_who_may_read_the_ticket_gets_its_message(house: House) -> None:
    path = await stored(house, "<p>Mine</p>")
    message = path.split("/")[-2]
    assert (await house.api.get(f"/api/v1/tickets/T-999999/messages/{message}/html")).status_code == 404
    assert (await house.api.get(path.replace(message, "nothing"))).status_code == 404
    async with house.client(None) as stranger:
        assert (await stranger.get(path)).status_code == 401


async def test_images_are_bounded_and_those_that_are_gone_left_out() -> None:
    class Blobs:
        """Holds what it is asked for, but for what is gone."""

        async def get(self, key: str, *, limit: int) -> bytes:
            return PIXEL.ljust(int(key), b"\0")

    def of(content_id: str, size: int) -> Attachment:
        return Attachment(size=size, sha256="", content_id=content_id, blob=str(size))

    some = [of("huge", IMAGE + 1), *(of(f"i{n}", IMAGE) for n in range(6)), of("unnamed", 1), of("i0", 5)]
    named = {"huge", *(f"i{n}" for n in range(6))}
    found = await _images(named, some, Blobs())  # type: ignore[arg-type]
    assert list(found) == ["i0", "i1", "i2", "i3"]


MARKUP = st.lists(
    st.sampled_from(
        ['<img src="http://a.example/x.png">', '<img srcset="https://b.example/y 2x">', '<p style="color:red">', "</p>", "&amp;lt;",
         '<td background="//c.example/z">', '<div style="background:url(http://d.example/q);width:3px">', '<a href="http://e.example">',
         '<img src="cid:in">', '<img src="data:image/png;base64,AAAA">', '<video poster="http://f.example/p">', "text", "<script>x",
         '<b title="http://g.example">', "<!-- c -->", '<img data-remote-src="http://h.example/i" src="cid:j">', "<svg><image href=x>"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
_LOADS = re.compile(r'\s(?:src|srcset|background|poster)="(?!data:)|url\(')


@given(MARKUP)
def test_nothing_loads_by_itself_and_showing_is_stable(markup: str) -> None:
    body, _ = _body(markup, "", False)
    page = _document(body, {})
    tags = re.findall(r"<[a-z][^<>]*>", page.partition("<body>")[2])
    loading = [tag for tag in tags if _LOADS.search(re.sub(r'\sdata-remote-[a-z]+="[^"]*"', "", tag))]
    assert loading == []
    assert _body(sanitise(markup), "", False)[0] == body
    assert sanitise(show_remote(body)) == body


# -- in a browser -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[str, list[str]]]:
    """A host of images; gives its address, and what it was asked for."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode("latin-1"))
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            % len(PIXEL)
        )
        writer.write(PIXEL)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    server.close()


@asynccontextmanager
async def browsing() -> AsyncIterator[tuple[Page, list[str]]]:
    """A tab that is signed in; and the hosts that it asked."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = await browser.new_context(extra_http_headers={"Authorization": f"Bearer {TOKEN}"})
        context.set_default_timeout(60_000)
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield page, asked
        await browser.close()


HOSTILE = (
    '<p id="words">Hello <b>there</b></p><img id="remote" src="{host}/track.png"><img id="within" src="cid:pic">'
    '<div style="background-image:url({host}/style.png)">x</div><script>document.title="owned"</script>'
    '<img src="x" onerror="document.title=1"><link rel="stylesheet" href="{host}/a.css"><style>@import "{host}/b.css";</style>'
    '<meta http-equiv="refresh" content="0;url={host}/away"><iframe src="{host}/frame"></iframe><object data="{host}/o"></object>'
    '<video poster="{host}/poster.png"></video><svg><image href="{host}/svg.png"/></svg><body background="{host}/body.png">'
)


@BY_HOUSE
@pytest.mark.peer("chromium")
async def test_a_browser_asks_nobody_until_images_are_asked_for(house: House) -> None:
    async with elsewhere() as (host, asked), browsing() as (page, requests):
        # Twice: as our own intake stores it, and as somebody might store it who does not sanitise.
        for stored_as in (sanitise(HOSTILE.format(host=host)), HOSTILE.format(host=host)):
            path = await stored(house, stored_as, files=[await file(house, PIXEL, "pic")])
            await page.goto(house.url + path, wait_until="networkidle")
            assert await page.locator("p").first.inner_text() == "Hello there"
            drawn = "images => images.filter(image => image.complete && image.naturalWidth > 0).length"
            assert await page.locator("img").evaluate_all(drawn) == 1  # the one within the mail
            assert await page.title() == ""
            assert asked == []
            assert {urlsplit(each).netloc for each in requests if not each.startswith("data:")} == {
                urlsplit(house.url).netloc
            }
        await page.goto(house.url + path + "?remote=1", wait_until="networkidle")
        assert await page.locator("img").evaluate_all(drawn) >= 2
        paths = {line.split()[1] for line in asked}
        assert "/track.png" in paths
        assert paths <= {"/track.png", "/style.png", "/poster.png"}
        assert not [head for head in asked if "\nreferer:" in head.lower()]
