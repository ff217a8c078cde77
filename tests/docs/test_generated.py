"""The documents that follow from the code are the code's: nothing in them is stale, left out, or said of a message that is not so."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml

from docs import _bus
from docs._configuration import TABLES
from docs.generate import FOLDER, GENERATED
from services.store.queries import QUERIES
from shared.bus import subjects
from shared.bus.permissions import rights
from shared.settings import Settings
from shared.settings.base import Section
from tests.messages.contract import fixtures, models

# libyaml's parser where there is one: every process of a run reads this when it collects the tests.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BUS: dict[str, Any] = yaml.load((FOLDER / "asyncapi.yaml").read_text("utf-8"), Loader=_LOADER)
HTTP: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_text("utf-8"))
PAYLOADS = {message["name"]: message["payload"] for message in BUS["components"]["messages"].values()}


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_document_is_not_stale(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == GENERATED[name](), "run `make docs`"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


@pytest.mark.parametrize("document", [BUS, HTTP], ids=["asyncapi", "openapi"])
def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        node: Any = document
        for word in reference.removeprefix("#/").split("/"):
            node = node[word.replace("~1", "/").replace("~0", "~")]


def test_the_bus_is_described_whole() -> None:
    addresses = {channel["address"] for channel in BUS["channels"].values()}
    asked = {
        value
        for name, value in vars(subjects).items()
        if name.startswith(("STORE_", "ROUTER_COMMAND")) and isinstance(value, str)
    }
    asked |= {subjects.query(name) for name in QUERIES}
    assert len(asked) > 5
    assert asked <= addresses
    assert set(subjects.STREAMS) <= set(BUS["channels"])
    for name, pattern in subjects.STREAMS.items():
        assert _bus.covers(pattern, re.sub(r"\{\w+\}", "x", BUS["channels"][name]["address"]))


def test_every_message_on_the_bus_is_described() -> None:
    assert set(models()) <= set(PAYLOADS)


def test_a_message_is_what_the_description_says() -> None:
    assert [fault for name in models() for fault in contradictions(name)] == []


def parts_of(payload: Any) -> dict[str, Any]:
    """The schemas that one needs: to read all of them for each message takes ten times as long."""
    every, needed, wanted = BUS["components"]["schemas"], {}, [payload]
    while wanted:
        for reference in references(wanted.pop()):
            name = reference.removeprefix("#/components/schemas/")
            if name not in needed:
                needed[name] = every[name]
                wanted.append(every[name])
    return needed


def contradictions(name: str) -> Iterator[str]:
    """What is wrong: an example that is not valid, or a message that may lack what it needs."""
    schema = {"components": {"schemas": parts_of(PAYLOADS[name])}, **PAYLOADS[name]}
    # A discriminator is the name of a property in AsyncAPI; validators of JSON schema don't know it.
    check = jsonschema_rs.Draft202012Validator(json.loads(json.dumps(schema)))
    for file in fixtures(name, models()[name].VERSION):
        for error in check.iter_errors(json.loads(file.read_text("utf-8"))):
            yield f"{file.name}: {error.message}"
    if models()[name].model_json_schema().get("required") and check.is_valid({"version": 1}):
        yield f"{name}: anything is valid"


def users_of(action: str, channel: str) -> set[str]:
    return {
        operation["tags"][0]["name"]
        for operation in BUS["operations"].values()
        if operation["action"] == action and operation["channel"] == {"$ref": f"#/channels/{channel}"}
    }


def test_the_description_tells_who_may_send_and_who_receives() -> None:
    assert users_of("send", "INTAKE") == {"intake", "channel-<channel>"}
    assert users_of("receive", "INTAKE") == {"router", "operator"}
    assert users_of("send", "OUTBOUND") == users_of("send", "EVENT") == {"store"}
    assert users_of("receive", "OUTBOUND") == {"notifier"}
    assert users_of("receive", "DELIVERY") == {"router", "store"}
    assert users_of("send", "routerCommand") == {"desk", "operator"}
    assert users_of("send", "storeCommit") == {"router"}


def test_whoever_has_a_right_is_in_the_description() -> None:
    for user, given in rights().items():
        for name, pattern in subjects.STREAMS.items():
            assert (user in users_of("send", name)) == any(_bus.covers(right, pattern) for right in given.publish)


@pytest.mark.parametrize(
    ("pattern", "subject", "covered"),
    [("intake.>", "intake.email.support", True), ("intake.>", "intake.>", True), ("intake.*", "intake.>", False),
     ("store.query.*", "store.query.ledger", True), ("store.query.*", "store.facts", False), ("a.*.c", "a.b.c", True),
     ("a.*.c", "a.b", False), ("a.b", "a.*", False), ("a.>", "a", False)],
)  # fmt: skip
def test_a_right_covers_what_the_server_lets_it_cover(pattern: str, subject: str, covered: bool) -> None:
    assert _bus.covers(pattern, subject) is covered


def test_the_api_is_described_with_its_health_calls() -> None:
    assert {"/healthz", "/readyz", "/metrics", "/api/v1/tickets"} <= set(HTTP["paths"])


def sections(model: type[Section]) -> Iterator[type[Section]]:
    yield model
    for field in model.model_fields.values():
        for kind in kinds(field.annotation):
            yield from sections(kind)


def kinds(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from kinds(part)


def test_every_key_of_the_configuration_is_explained() -> None:
    written_otherwise = {"Settings", "SigningKey", "Relay"}  # the whole, and what is written as one string
    explained = {table.model for table in TABLES}
    assert {each.__name__ for each in sections(Settings)} - written_otherwise == {each.__name__ for each in explained}
    text = (FOLDER / "configuration.md").read_text("utf-8")
    for table in TABLES:
        part = text.partition(f"## `{table.heading}`\n")[2].partition("\n## ")[0]
        for name, field in table.model.model_fields.items():
            assert f"| `{field.alias or name}` |" in part
