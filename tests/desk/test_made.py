"""Teams and webhooks made at the desk, over HTTP: they count at once, in every room, and nothing has to be started anew."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from services.notifier.service import NotifierService
from services.router.configuration import Configuration
from shared.bus import subjects
from shared.messages.command import CreateAgent
from shared.messages.documents import SaveDocument
from shared.settings import Team, effective
from shared.settings.fetching import Fetch
from shared.settings.hooks import Webhook
from shared.settings.macros import Macro
from shared.settings.rules import Rule
from tests.desk.house import INBOXES, House, context_for, running, until
from tests.notifier.receiver import Receiver

pytestmark = pytest.mark.asyncio(loop_scope="module")

FETCH = Fetch(allow=(ip_network("127.0.0.0/8"),))
FILED = {
    "team": (Team(name="Sales", members=("sanja@acme.example",)),),
    "webhook": (Webhook.model_validate({"name": "filed", "url": "https://crm.acme.example/in", "secret": "s" * 16}),),
}


class Whole(House):
    """A house with a notifier, whose file has a team and a webhook. It may post to this machine."""

    async def start(self) -> None:
        await super().start()
        context = await context_for(self.server, "notifier", self.data)
        self.contexts["notifier"] = context
        for settings in (context.settings, self.desk.app.state.settings):
            object.__setattr__(settings, "fetch", FETCH)
        self.notifier = NotifierService(context)
        await self.notifier.start()

    async def configure(self) -> None:
        file = self.contexts["store"].settings.model_copy(update=FILED)
        for name, value in FILED.items():
            object.__setattr__(self.contexts["desk"].settings, name, value)
        configuration = effective(file)
        await self.store.commit_configuration(configuration, configuration["version"])

    async def stop(self) -> None:
        await self.notifier.stop()
        await super().stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "made")
    # As the embedded bus is made: with rights for what stands in the file, before anything is made at the desk.
    async with running(folder, kind=Whole, inboxes=INBOXES) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks."""
    started = await Receiver().start()
    yield started
    await started.stop()


async def call(house: House, method: str, path: str, status: int = 200, /, json: Any = None, **query: Any) -> Any:
    """A call of the API that is answered so."""
    answer = await house.api.request(method, f"/api/v1/{path}", json=json, params=query)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else {}


async def opened(house: House, **more: Any) -> str:
    body = {"subject": "Error 5", "text": "There is an error.", "contact": "ana@customer.example", **more}
    return str((await call(house, "POST", "tickets", 201, json=body))["number"])


async def agent(house: House) -> str:
    email = f"{uuid4().hex[:12]}@acme.example"
    assert (await house.command(CreateAgent(email=email, name="Ana Kovač", role="agent"))).error is None
    return email


async def begin_again(house: House, **more: tuple[Any, ...]) -> None:
    """As if the desk were started anew with this in its file, too."""
    state = house.desk.app.state
    file = {name: (*FILED.get(name, ()), *more.get(name, ())) for name in ("team", "webhook", "macro")}
    object.__setattr__(state.settings, "macro", file["macro"])
    state.following._file, state.following._revision = (file["team"], file["webhook"]), 0
    await state.following.look()


async def version(house: House) -> str:
    bucket = await house.contexts["router"].bus.jetstream().key_value(subjects.CONFIG)
    return str(json.loads((await bucket.get("effective")).value or b"{}")["version"])


# -- webhooks -----------------------------------------------------------------------------------------------------------------


async def test_a_webhook_made_by_the_api_is_told_at_once_signed_with_the_secret_that_was_shown_once(
    house: Whole, receiver: Receiver
) -> None:
    written = {"url": receiver.url, "events": ["ticket_opened"], "include": ["ticket"], "seen": 0}
    made = await call(house, "PUT", "webhooks/crm", json=written)
    assert (made["source"], made["on"], made["revision"], len(made["secret"])) == ("desk", True, 1, 64)
    number = await opened(house)

    async def told() -> bool:
        return bool(receiver.received)

    await until(told)
    (got,) = receiver.received
    body = json.loads(got.body)
    assert (body["event"], body["ticket"]["number"], body["ticket"]["status"]) == ("ticket_opened", number, "new")
    stamp, _, mac = got.headers["trunkline-signature"].partition(",v1=")
    signed = stamp.removeprefix("t=").encode() + b"." + got.body
    assert mac == hmac.new(made["secret"].encode(), signed, hashlib.sha256).hexdigest()
    listed = await call(house, "GET", "webhooks")
    assert [(each["name"], each["source"], each["secret"]) for each in listed["items"]] == [
        ("filed", "file", None),
        ("crm", "desk", None),
    ]

    async def noted() -> bool:
        found = await call(house, "GET", "webhooks/crm/deliveries")
        return [(each["event"], each["ticket"], each["state"]) for each in found["items"]] == [
            ("ticket_opened", number, "accepted")
        ]

    await until(noted)
    documents = await call(house, "GET", "audit", what="document_saved")
    assert made["secret"] not in str(documents)
    await call(house, "DELETE", "webhooks/crm", 204)


async def test_it_is_tried_changed_switched_off_and_taken_away(house: Whole, receiver: Receiver) -> None:
    url = receiver.url
    await call(house, "PUT", "webhooks/erp", json={"url": url, "on": False, "secret": "a secret of theirs"})
    await opened(house)
    tried = await call(house, "POST", "webhooks/erp/test", 202, json={})

    async def count(number: int) -> bool:
        return len(receiver.received) >= number

    await until(lambda: count(1))
    assert [each.headers["trunkline-event"] for each in receiver.received] == ["webhook_test"]
    assert receiver.received[0].headers["trunkline-delivery"] == tried["id"]
    again = await call(house, "POST", "webhooks/erp/secret", json={})
    assert again["revision"] == 2
    stale = await call(house, "PUT", "webhooks/erp", 409, json={"url": url, "seen": 1})
    assert stale["code"] == "moved-on"
    await call(house, "PUT", "webhooks/erp", json={"url": f"{url}/there", "events": ["webhook_none"], "seen": 2})
    await call(house, "POST", "webhooks/erp/test", 202, json={})
    await until(lambda: count(2))
    got = receiver.received[1]
    stamp, _, mac = got.headers["trunkline-signature"].partition(",v1=")
    signed = stamp.removeprefix("t=").encode() + b"." + got.body
    assert (got.path, mac) == (
        "/in/there",
        hmac.new(again["secret"].encode(), signed, hashlib.sha256).hexdigest(),
    ), "an address can be changed without the secret being lost"
    await call(house, "DELETE", "webhooks/erp", 204)
    await call(house, "POST", "webhooks/erp/test", 404, json={})


async def test_what_a_webhook_could_not_be_told_is_replayed_and_ends_when_it_is_taken_away(
    house: Whole, receiver: Receiver
) -> None:
    receiver.answers = [410]
    await call(house, "PUT", "webhooks/old", json={"url": receiver.url, "events": ["note_added"]})
    tried = await call(house, "POST", "webhooks/old/test", 202, json={})

    async def failed() -> bool:
        found = await call(house, "GET", "webhooks/failed", webhook="old")
        return [(each["id"], each["webhook"], each["error"]) for each in found["items"]] == [
            (tried["id"], "old", "HTTP 410")
        ]

    await until(failed)
    replayed = await call(house, "POST", f"webhooks/failed/{tried['id']}/replay", json={})
    assert replayed == {"id": tried["id"], "webhook": "old"}

    async def states() -> list[str]:
        return [each["state"] for each in (await call(house, "GET", "webhooks/old/deliveries"))["items"]]

    async def told() -> bool:
        return await states() == ["accepted"]

    await until(told)
    receiver.answers = [500]
    await call(house, "POST", "webhooks/old/test", 202, json={})

    async def waits() -> bool:
        return len(receiver.received) == 3 and await states() == ["queued", "accepted"]

    await until(waits)
    await call(house, "DELETE", "webhooks/old", 204)
    assert len(receiver.received) == 3


async def test_what_the_configuration_hides_can_still_be_taken_away(house: Whole, receiver: Receiver) -> None:
    await call(house, "PUT", "webhooks/late", json={"url": receiver.url, "on": False, "secret": "a secret of theirs"})
    await call(house, "PUT", "teams/Late", json={"members": []})
    await call(house, "PUT", "macros/late", json={"title": "Late", "text": {"en": "We are late."}})
    await begin_again(
        house,
        webhook=(FILED["webhook"][0].model_copy(update={"name": "late"}),),
        team=(Team(name="Late"),),
        macro=(Macro.model_validate({"name": "late", "text": {"en": "Soon."}}),),
    )
    for path in ("webhooks/late", "teams/Late", "macros/late"):
        await call(house, "DELETE", path, 204)
        refused = await call(house, "DELETE", path, 409)
        assert "stands in the configuration" in json.dumps(refused)
    await begin_again(house)


@pytest.mark.parametrize(
    ("name", "body", "status", "why"),
    [
        ("filed", {"url": "https://crm.acme.example/"}, 409, "stands in the configuration"),
        ("Big", {"url": "https://crm.acme.example/"}, 422, "small letters"),
        ("x", {"url": "http://crm.acme.example/"}, 422, "by https"),
        ("x", {"url": "ftp://crm.acme.example/"}, 422, "by https"),
        ("x", {"url": "https://user:pass@crm.acme.example/"}, 422, "without a user"),
        ("x", {"url": "https://10.0.0.7/in"}, 422, "not public"),
        ("x", {"url": "https://[fd00::7]/in"}, 422, "not public"),
        ("x", {"url": "https://169.254.169.254/latest"}, 422, "not public"),
        ("x", {"url": "https://crm.acme.example/in", "events": ["no such"]}, 422, "no event"),
        ("x", {"url": "https://crm.acme.example/in", "secret": "short"}, 422, "16"),
    ],
)
async def test_what_no_webhook_can_be_is_refused(
    house: Whole, name: str, body: dict[str, Any], status: int, why: str
) -> None:
    refused = await call(house, "PUT", f"webhooks/{name}", status, json=body)
    assert why in json.dumps(refused)
    assert [each["name"] for each in (await call(house, "GET", "webhooks"))["items"]] == ["filed"]


# -- teams --------------------------------------------------------------------------------------------------------------------


async def test_a_team_made_by_the_api_is_given_tickets_at_once(house: Whole) -> None:
    email = await agent(house)
    team = {"members": [email], "assign": "least_busy", "categories": ["technical"], "seen": 0}
    made = await call(house, "PUT", "teams/Second level", json=team)
    assert (made["name"], made["source"], made["revision"]) == ("Second level", "desk", 1)
    ticket = await call(house, "GET", f"tickets/{await opened(house)}")
    assert (ticket["team"], ticket["assignee"]) == ("Second level", email)
    assert [each["name"] for each in (await call(house, "GET", "teams"))["items"]] == ["Sales", "Second level"]
    assert [each.name for each in house.desk.app.state.settings.team] == ["Sales", "Second level"]
    changed = team | {"members": [], "categories": [], "seen": 1}
    await call(house, "PUT", "teams/Second level", json=changed)
    ticket = await call(house, "GET", f"tickets/{await opened(house)}")
    assert (ticket["team"], ticket["assignee"]) == (None, None)
    stale = await call(house, "PUT", "teams/second LEVEL", 409, json=changed)
    assert stale["code"] == "moved-on", "there are never two whose names differ in case only"
    await call(house, "DELETE", "teams/Second level", 204)
    assert [each.name for each in house.desk.app.state.settings.team] == ["Sales"]


@pytest.mark.parametrize(
    ("name", "body", "status", "why"),
    [
        ("sales", {}, 409, "stands in the configuration"),
        ("lead", {}, 422, "none of"),
        ("a@b", {}, 422, "letters, digits"),
        ("T", {"members": ["nobody@acme.example"]}, 422, "there is no agent 'nobody@acme.example'"),
        ("T", {"hours": "night"}, 422, "there is no [[hours]] called 'night'"),
        ("T", {"inboxes": ["none"]}, 422, "there is no inbox 'none'"),
        ("T", {"categories": ["none"]}, 422, "there is no category 'none'"),
        ("T", {"assign": "by_dice"}, 422, "assign"),
    ],
)
async def test_what_no_team_can_be_is_refused(
    house: Whole, name: str, body: dict[str, Any], status: int, why: str
) -> None:
    assert why in json.dumps(await call(house, "PUT", f"teams/{name}", status, json=body))
    assert len((await call(house, "GET", "teams"))["items"]) == 1


# -- one source of truth ------------------------------------------------------------------------------------------------------


async def test_every_configuration_in_force_has_a_version_and_a_router_that_starts_later_knows_it_whole(
    house: Whole,
) -> None:
    before = await version(house)
    await call(house, "PUT", "teams/Third", json={})
    with_team = await version(house)
    assert with_team != before
    late = Configuration(house.contexts["router"].bus.jetstream(), house.contexts["router"].keyring)
    await late.load(5)
    assert (late.policy.version, late.policy.desk_teams) == (with_team, frozenset({"Third"}))
    await house.configure()
    assert await version(house) == with_team, "what the desk made outlasts a start of the store"
    await call(house, "DELETE", "teams/Third", 204)
    assert await version(house) == before


async def test_only_an_admin_makes_them_and_leads_look(house: Whole) -> None:
    token = (await call(house, "POST", "tokens", 201, json={"name": "lead", "role": "lead"}))["token"]
    async with house.client(token) as lead:
        assert (await lead.get("/api/v1/teams")).status_code == 200
        assert (await lead.get("/api/v1/webhooks")).status_code == 200
        for path, body in (("teams/Fourth", {}), ("webhooks/x", {"url": "https://crm.acme.example/in"})):
            assert (await lead.put(f"/api/v1/{path}", json=body)).status_code == 403
        assert (await lead.post("/api/v1/webhooks/filed/test", json={})).status_code == 403
    refused = await house.command(SaveDocument(kind="team", id="wrong", body={"name": "Fourth"}))
    assert (refused.error, "stays as it is" in refused.detail) == ("invalid", True)


# -- rules on one ticket ------------------------------------------------------------------------------------------------------


async def test_all_rules_are_tried_on_one_ticket(house: Whole) -> None:
    number = await opened(house)
    rules = [
        {"name": "urgent", "on": "opened", "if": {"words": "error"}, "then": {"priority": "urgent"}},
        {"name": "tags-urgent", "on": "changed", "if": {"priority": "urgent"}, "then": {"tags": "hot"}},
        {"name": "others", "on": "opened", "if": {"words": "nonesuch"}, "then": {"ask": True}},
    ]
    settings = house.desk.app.state.settings
    object.__setattr__(settings, "rule", tuple(Rule.model_validate(each) for each in rules))
    try:
        tried = await call(house, "POST", "rules/try", json={"ticket": number})
        assert [(each["ticket"], each["rule"], each["did"]) for each in tried["runs"]] == [
            (number, "urgent", {"priority": "urgent"}),
            (number, "tags-urgent", {"tags": ["hot"]}),
        ]
        one = await call(house, "POST", "rules/try", json={"ticket": number, "rule": rules[2]})
        assert one["runs"] == []
    finally:
        object.__setattr__(settings, "rule", ())
    await call(house, "POST", "rules/try", 404, json={"ticket": "T-99999999"})
    await call(house, "POST", "rules/try", 404, json={"ticket": "\u0661"})
    await call(house, "POST", "rules/try", 422, json={})
