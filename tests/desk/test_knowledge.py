"""The knowledge base: writing articles through the API, and reading them on pages that anybody may open."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.desk.anonymous import without_people
from services.desk.markdown import LONGEST, plain, rendered
from services.desk.pages.branding import LARGEST_LOGO, Brand, brand_of
from services.desk.pages.contrast import ENOUGH, contrast, inked, readable
from shared.messages.facts import FactsRequest
from shared.settings import effective
from shared.settings.branding import Branding
from tests.desk.customerpage import customer
from tests.desk.house import House, until

module = pytest.mark.asyncio(loop_scope="module")
LIGHT, DARK = ("#ffffff", "#f3f5f8", "#e8effd"), ("#1a212c", "#11161e", "#1d2a44")
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>[x](javascript:alert(3))'


async def call(house: House, method: str, path: str, status: int = 200, /, **body: Any) -> dict[str, Any]:
    """A call of the API that is answered so."""
    answer = await house.api.request(method, f"/api/v1/{path}", json=body or None)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else {}


async def article(house: House, title: str, text: str = "Text.", *, publish: bool = True, **more: Any) -> str:
    """An article; its name."""
    texts = {"en": {"title": title, "summary": "In short", "body": text}, **more.pop("texts", {})}
    made = await call(house, "POST", "articles", 201, texts=texts, **more)
    if publish:
        await call(house, "POST", f"articles/{made['slug']}/status", status="published")
    return str(made["slug"])


async def page(house: House, path: str, *, method: str = "GET", **more: Any) -> httpx.Response:
    """A page, as anybody gets it."""
    async with house.client(None) as client:
        return await client.request(method, path, **more)


def word() -> str:
    return "".join(chr(ord("a") + int(each, 16)) for each in uuid4().hex[:10])


# -- writing ------------------------------------------------------------------------------------------------------------


@module
async def test_an_article_is_written_published_changed_and_read(house: House) -> None:
    w = word()
    slug = await article(house, f"The {w} leaks", publish=False)
    assert slug == f"the-{w}-leaks"
    assert (await page(house, f"/kb/a/{slug}")).status_code == 404
    shown = await call(house, "GET", f"articles/{slug}")
    assert (shown["status"], shown["published"], shown["revision"]) == ("draft", None, 1)
    published = await call(house, "POST", f"articles/{slug}/status", status="published", seen=1)
    assert published["published"]["texts"]["en"]["title"] == f"The {w} leaks"
    assert f"The {w} leaks" in (await page(house, f"/kb/a/{slug}")).text
    changed = {"en": {"title": f"The {w} leaks no more", "body": "New"}, "pl": {"title": f"Cieknie {w}", "body": "x"}}
    draft = await call(house, "PATCH", f"articles/{slug}", texts=changed, tags=["Pump "], seen=2)
    assert (draft["status"], draft["tags"], list(draft["texts"])) == ("draft", ["pump"], ["en", "pl"])
    assert "no more" not in (await page(house, f"/kb/a/{slug}")).text
    stale = await house.api.patch(f"/api/v1/articles/{slug}", json={"tags": [], "seen": 2})
    assert stale.status_code == 409
    await call(house, "PATCH", f"articles/{slug}", texts={"pl": None})
    await call(house, "POST", f"articles/{slug}/status", status="published")
    assert "no more" in (await page(house, f"/kb/a/{slug}")).text
    await call(house, "POST", f"articles/{slug}/status", status="archived")
    assert (await page(house, f"/kb/a/{slug}")).status_code == 404
    await call(house, "DELETE", f"articles/{slug}", 204)
    await call(house, "GET", f"articles/{slug}", 404)


@module
async def test_lists_have_what_is_published_by_words_and_what_is_being_written(house: House) -> None:
    w = word()
    public = await article(house, f"Public {w}")
    inside = await article(house, f"Inside {w}", visibility="internal")
    begun = await article(house, f"Begun {w}", publish=False)
    found = (await call(house, "GET", f"articles?q={w}"))["items"]
    assert {each["slug"]: bool(each["url"]) for each in found} == {public: True, inside: False}
    assert found[0]["why"] == [w]
    drafts = (await call(house, "GET", f"articles?q={w}&status=draft"))["items"]
    assert [each["slug"] for each in drafts] == [begun]
    everything = (await call(house, "GET", f"articles?q={w}&status=any"))["items"]
    assert {each["slug"] for each in everything} == {public, inside, begun}
    twice = await house.api.post("/api/v1/articles", json={"slug": public, "texts": {"en": {"title": "x"}}})
    assert twice.status_code == 409
    wrong = await house.api.post("/api/v1/articles", json={"texts": {"en": {"title": "x", "body": "y" * 30_001}}})
    assert wrong.status_code == 422


@module
async def test_a_solved_ticket_becomes_a_draft_without_its_customer_that_must_be_looked_through(house: House) -> None:
    w = word()
    ana = await customer(house, f"The {w} leaks. Call me on +48 601 222 333. Regards, Anna Kowalska", subject=f"My {w}")
    path = f"tickets/T-{ana.number}"
    refused = await house.api.post(f"/api/v1/{path}/article")
    assert refused.status_code == 409, "nobody said how it was solved"
    solution = f"Tighten the {w}; told {ana.address} so."
    await ana.act("solve", summary=solution, root_cause="A loose valve.")
    draft = await call(house, "POST", f"{path}/article", 201)
    body = draft["texts"]["en"]["body"]
    assert (draft["ticket"], draft["looked"], draft["status"]) == (f"T-{ana.number}", False, "draft")
    assert w in draft["texts"]["en"]["title"]
    assert "A loose valve." in body
    assert f"Tighten the {w}" in body
    for personal in (ana.address, ana.word, "601 222 333"):
        assert personal not in str(draft["texts"])
    again = await call(house, "POST", f"{path}/article", 201)
    assert again["slug"] == draft["slug"], "pressed twice it is one draft"
    early = await house.api.post(f"/api/v1/articles/{draft['slug']}/status", json={"status": "published"})
    assert (early.status_code, "looked" in early.text) == (422, True)
    await call(house, "PATCH", f"articles/{draft['slug']}", looked=True)
    await call(house, "POST", f"articles/{draft['slug']}/status", status="published")
    bob = await customer(house, f"Hello, my {w} leaks, what can I do?", subject=f"{w} leaks")
    fitting = await call(house, "GET", f"tickets/T-{bob.number}/articles")
    assert draft["slug"] in [each["slug"] for each in fitting["items"]]


# -- reading ------------------------------------------------------------------------------------------------------------


@module
async def test_pages_lead_from_topics_to_articles_and_search_forgives(house: House) -> None:
    w, topic = word(), word()
    names = {"en": f"All about {topic}", "pl": f"O {topic}"}
    await call(house, "POST", f"article-categories/{topic}", names=names, about={"en": "Pumps and valves"})
    texts = {"pl": {"title": f"Wymiana żarówki {w}", "summary": "Krótko", "body": "Tekst"}}
    slug = await article(house, f"Changing the {w} bulb", category=topic, texts=texts)
    home = await page(house, "/kb", headers={"Accept-Language": "pl"})
    assert f"O {topic}" in home.text
    assert f'href="./kb/{topic}"' in home.text
    listed = await page(house, f"/kb/{topic}")
    assert f"Changing the {w} bulb" in listed.text
    assert f'href="../kb/a/{slug}"' in listed.text
    found = await page(house, "/kb/search", params={"q": f"zarowka {w}", "lang": "pl"})
    assert f"Wymiana żarówki {w}" in found.text
    assert f'href="../kb/a/{slug}?lang=pl"' in found.text
    nothing = await page(house, "/kb/search", params={"q": word()})
    assert "Nothing was found" in nothing.text
    polish = await page(house, f"/kb/a/{slug}", params={"lang": "pl"})
    assert '<html lang="pl">' in polish.text
    assert "Tekst" in polish.text
    croatian = await page(house, f"/kb/a/{slug}", params={"lang": "hr"})
    assert "Ovaj članak još nije dostupan na hrvatskom." in croatian.text
    assert '<article class="card reading" lang="en">' in croatian.text
    for missing in ("/kb/a/none", "/kb/no-such-topic", "/kb/a/%00", "/kb/a/" + "x" * 400):
        assert (await page(house, missing)).status_code == 404


@module
async def test_published_articles_may_be_found_by_search_engines_and_searches_may_not(house: House) -> None:
    slug = await article(house, f"About {word()}")
    hidden = await article(house, f"About {word()}", visibility="internal")
    shown = await page(house, f"/kb/a/{slug}")
    assert f'<link rel="canonical" href="http://127.0.0.1:8080/kb/a/{slug}?lang=en">' in shown.text
    assert "noindex" not in shown.text + str(shown.headers)
    assert shown.headers["cache-control"] == "public, max-age=60"
    assert "set-cookie" not in shown.headers
    for path in ("/kb/search?q=x", "/kb/a/none", f"/kb/a/{slug}?said=yes"):
        answer = await page(house, path)
        assert (answer.headers["x-robots-tag"], "noindex" in answer.text) == ("noindex", True), path
    sitemap = (await page(house, "/sitemap.xml")).text
    assert f"/kb/a/{slug}?lang=en</loc>" in sitemap
    assert hidden not in sitemap
    assert "Sitemap: http://127.0.0.1:8080/sitemap.xml" in (await page(house, "/robots.txt")).text


@module
async def test_hostile_content_and_questions_do_nothing(house: House) -> None:
    w = word()
    slug = await article(house, f"{w} {HOSTILE}"[:150], HOSTILE, category="odd")
    pages = [f"/kb/a/{slug}", "/kb/odd", f"/kb/search?q={w}", "/kb"]
    for path in pages:
        answer = await page(house, path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert 'href="javascript' not in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for q in (HOSTILE, '"', "*", "NEAR(a b)", "a" * 5000, "\0", "' OR 1=1 --", "&|!():*"):
        assert (await page(house, "/kb/search", params={"q": q, "page": "-1"})).status_code == 200


@module
async def test_who_says_whether_it_helped_is_counted_once_in_a_while_and_led_on(house: House) -> None:
    slug = await article(house, f"About {word()}")
    before = (await call(house, "GET", f"articles/{slug}"))["revision"]

    async def vote(helped: str, **headers: str) -> httpx.Response:
        return await page(house, f"/kb/a/{slug}", method="POST", data={"helped": helped}, headers=headers)

    for helped in ("yes", "no", "no", "no", "no"):
        answer = await vote(helped)
        assert (answer.status_code, answer.headers["location"]) == (303, f"../../kb/a/{slug}?said={helped}#vote")
    shown = await call(house, "GET", f"articles/{slug}")
    assert (shown["helped"], shown["not_helped"]) == (1, 2), "three from one network within a day"
    assert shown["revision"] == before, "a vote is no change"
    assert "We are sorry" in (await page(house, f"/kb/a/{slug}?said=no")).text
    assert (await page(house, f"/kb/a/{slug}")).text.count('name="helped"') == 2, "looking says nothing"
    await vote("yes", **{"Sec-Fetch-Site": "cross-site"})
    await vote("perhaps")
    assert (await call(house, "GET", f"articles/{slug}"))["helped"] == 1
    assert (await page(house, "/kb/a/none", method="POST", data={"helped": "yes"})).status_code == 404


@module
async def test_an_acknowledgement_offers_what_fits(house: House) -> None:
    w = word()
    settings = house.contexts["store"].settings
    company = settings.company.model_copy(update={"public_url": "https://help.acme.example"})
    configuration = effective(settings.model_copy(update={"company": company}))
    await house.store.commit_configuration(configuration, configuration["version"])

    async def configured() -> bool:
        return house.router._configuration.policy.version == configuration["version"]

    await until(configured)
    slug = await article(house, f"The {w} does not start")
    ana = await customer(house, f"Good morning, my {w} does not start since yesterday.", subject=f"{w} does not start")

    async def acknowledged() -> bool:
        return bool((await ana.ticket())["deliveries"])

    await until(acknowledged)
    [delivery] = (await ana.ticket())["deliveries"]
    sent = (await house.store.facts(FactsRequest(sent=[delivery["id"]]))).sent[delivery["id"]]
    [offer] = [each for each in sent.postscripts if each.template == "articles"]
    assert offer.variables["lines"] == f"The {w} does not start\nhttps://help.acme.example/kb/a/{slug}?lang=en"
    fitting = await call(house, "GET", f"tickets/T-{ana.number}/articles?language=en")
    assert [each["slug"] for each in fitting["items"]] == [slug]
    assert (await house.api.get(f"/api/v1/tickets/T-{ana.number}/articles?language=hr")).json()["items"] == []
    assert (await house.api.get("/api/v1/tickets/T-999999/articles")).status_code == 404


# -- what they are made of ----------------------------------------------------------------------------------------------

MARKDOWN = [
    ("plain *it* **bold** `a<b`", "<p>plain <em>it</em> <strong>bold</strong> <code>a&lt;b</code></p>"),
    ("# One\n### Three", "<h2>One</h2>\n<h3>Three</h3>"),
    ("- a\n- b\n  - c\n\nx", "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul></li>\n</ul>\n<p>x</p>"),
    ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
    ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
    ("```\n<b> *x*\n```", "<pre><code>&lt;b&gt; *x*</code></pre>"),
    ("[a](article:b-c)", '<p><a href="up/b-c">a</a></p>'),
    (
        "[a](https://x.example/?a=1&b=2)",
        '<p><a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">a</a></p>',
    ),
    ("[a](javascript:x)", "<p>[a](javascript:x)</p>"),
    ("[a](//evil.example)", "<p>[a](//evil.example)</p>"),
    ("![a](https://x.example/p.png)", '<p>!<a href="https://x.example/p.png" rel="noopener noreferrer">a</a></p>'),
    ("a_b_c 2*3*4", "<p>a_b_c 2<em>3</em>4</p>"),
    (r"\*not\*", "<p>*not*</p>"),
    ("<b onclick=x>", "<p>&lt;b onclick=x&gt;</p>"),
]


@pytest.mark.parametrize(("text", "html"), MARKDOWN)
def test_markdown_becomes_html_of_ours(text: str, html: str) -> None:
    assert rendered(text, lambda name: f"up/{name}") == html


@pytest.mark.parametrize(
    "evil", ["[", "**a ", "*a", "_a ", "> ", "- ", "`", "https://", "[a](", "\\", "- a\n  ", "1. "]
)
def test_no_markdown_costs_more_than_its_length(evil: str) -> None:
    import time

    began = time.process_time()
    html = rendered(evil * (LONGEST // len(evil)), lambda name: name)
    assert time.process_time() - began < 2
    assert not re.search(r"<(?!/?(?:p|h[2-4]|ul|ol|li|blockquote|pre|code|strong|em|a|br|hr)\b)", html)
    assert plain("## A\n\n*b* <i>") == "A b &lt;i&gt;"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("I am Anna Kowalska.", "I am …."),
        ("Drukarka Anny Kowalskiej nie działa", "Drukarka … nie działa"),
        ("Write to anna@x.example or +48 601-222-333", "Write to … or …"),
        ("PL61 1090 1014 0000 0712 1981 2874 and T-1001", "… and …"),
        ("Order ORD-22312-X of the HP-2050, error E05", "Order … of the HP-2050, error E05"),
        ("See https://x.example/help and https://x.example/me?id=7", "See https://x.example/help and …"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_names_people_goes(text: str, clean: str) -> None:
    assert without_people(text, ["Anna Kowalska"]) == clean


@pytest.mark.parametrize("colour", ["#1d4ed8", "#ffff00", "#000000", "#ffffff", "#7f7f7f", "#ff0000", "#00ff88"])
def test_any_colour_can_be_read_on_light_and_dark_pages(colour: str) -> None:
    for behind in (LIGHT, DARK):
        accent = readable(colour, behind)
        assert all(contrast(accent, each) >= ENOUGH for each in behind)
        assert contrast(inked(accent), accent) >= ENOUGH
    assert f"--accent: {readable(colour, LIGHT)}" in Brand(colour).style.decode()


def test_a_logo_is_what_its_content_says_and_of_bounded_size(tmp_path: Any) -> None:
    kinds = {
        "a.png": (b"\x89PNG\r\n\x1a\n" + b"x", "image/png"),
        "b.svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        "c.png": (b"<html><script>alert(1)</script>", None),
        "d.png": (b"\x89PNG\r\n\x1a\n" + b"x" * LARGEST_LOGO, None),
    }
    for name, (content, media_type) in kinds.items():
        (tmp_path / name).write_bytes(content)
        logo = brand_of(Branding(logo=name), tmp_path / name).logo
        assert (logo.media_type if logo else None) == media_type, name
    assert brand_of(Branding(), tmp_path / "none.png").logo is None
