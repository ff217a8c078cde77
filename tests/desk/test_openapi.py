"""The description and the API agree, whatever is sent: no call made from the description ends in a server error."""

import asyncio
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings

from tests.desk.house import TOKEN, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = 5
"""Per operation, the same each time: there are over a hundred operations."""


def try_everything(url: str, number: str) -> int:
    """Call every operation with many bodies and parameters, every other time on an existing ticket; how many calls were made."""
    # Imported here: it takes a second, and every process of a run reads this file.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    wanted = [not_a_server_error, checks.status_code_conformance]
    wanted += [checks.content_type_conformance, checks.response_schema_conformance]
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json", timeout=120)
    calls = 0
    session = requests.Session()  # one connection for all: to open one takes longer than most calls
    for result in schema.get_all_operations():
        operation: Any = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
        )
        @given(case=operation.as_strategy())
        def attempt(case: Any) -> None:
            nonlocal calls
            calls += 1
            if calls % 2 and "number" in (case.path_parameters or {}):
                case.path_parameters["number"] = number
            headers = {"Authorization": f"Bearer {TOKEN}"}
            case.call_and_validate(checks=wanted, headers=headers, session=session, timeout=120)

        attempt()
    session.close()
    return calls


async def test_no_call_made_from_the_description_is_a_server_error(house: House) -> None:
    new = {"subject": "One", "text": "There must be one.", "contact": "ana@customer.example"}
    number = (await house.api.post("/api/v1/tickets", json=new)).json()["number"]
    calls = await asyncio.to_thread(try_everything, house.url, number)
    assert calls >= EXAMPLES * 5


async def test_the_description_covers_every_call_of_the_interface(house: House) -> None:
    description = (await house.api.get("/api/openapi.json")).json()
    calls = {(verb, path) for path, verbs in description["paths"].items() for verb in verbs}
    one = "/api/v1/tickets/{number}"
    expected = {("get", "/api/v1/tickets"), ("post", "/api/v1/tickets"), ("get", one), ("patch", one)}
    expected |= {
        ("post", f"{one}/{what}")
        for what in ("replies", "notes", "assign", "solve", "close", "reopen", "spam", "not-spam", "dial")
    }
    expected.add(("post", f"{one}/messages/{{message_id}}/wrong"))
    expected |= {
        ("post", f"{one}/{what}")
        for what in (
            "actions",
            "promises",
            "tasks",
            "calls",
            "contacts",
            "evidence",
            "prevention/verify",
            "status-link/rotate",
        )
    }
    expected.add(("delete", f"{one}/evidence/{{evidence_id}}"))
    expected.add(("patch", f"{one}/entries/{{entry_id}}"))
    expected |= {("post", f"{one}/{what}") for what in ("snooze", "typing")}
    aside = f"{one}/side-conversations"
    expected |= {("post", f"{one}/{what}") for what in ("messages", "transfer", "watch", "requests")}
    expected.add(("delete", f"{one}/waiting/{{waiting_id}}"))
    expected.add(("post", f"{one}/suggestions/{{target}}/dismiss"))
    expected |= {("delete", f"{one}/watch"), ("post", aside), ("get", f"{aside}/{{side_id}}")}
    expected.add(("post", f"{aside}/{{side_id}}/messages"))
    expected |= {("post", f"{one}/{what}") for what in ("merge", "unmerge", "split", "links", "tags", "problem")}
    expected |= {("post", f"{one}/problem/replies"), ("post", f"{one}/problem/solve"), ("delete", f"{one}/links")}
    expected |= {("post", "/api/v1/tickets/merge"), ("post", "/api/v1/tickets/bulk")}
    expected |= {(verb, "/api/v1/blocked") for verb in ("get", "post", "delete")}
    held = "/api/v1/quarantine/{held_id}"
    expected |= {("get", "/api/v1/quarantine"), ("get", held), ("post", f"{held}/release"), ("post", f"{held}/discard")}
    expected |= {("get", f"{one}/messages/{{message_id}}/html"), ("get", f"{one}/times")}
    missed = "/api/v1/webhooks/failed"
    expected |= {("post", f"{one}/ask"), ("post", f"{one}/macros/{{name}}"), ("get", "/api/v1/macros")}
    expected |= {("post", "/api/v1/rules/try"), ("get", missed), ("post", f"{missed}/{{delivery_id}}/replay")}
    made = "/api/v1/webhooks/{name}"
    expected |= {("get", "/api/v1/teams"), ("get", "/api/v1/webhooks"), ("get", f"{made}/deliveries")}
    expected |= {(verb, path) for verb in ("put", "delete") for path in ("/api/v1/teams/{name}", made)}
    expected |= {("post", f"{made}/secret"), ("post", f"{made}/test")}
    person = "/api/v1/contacts/{contact_id}"
    expected |= {("get", "/api/v1/contacts"), ("get", person), ("patch", person)}
    expected |= {("post", f"{person}/merge"), ("post", f"{person}/unmerge")}
    expected.add(("post", f"{person}/suggestions/{{other_id}}/dismiss"))
    expected |= {(verb, "/api/v1/agents") for verb in ("get", "post")} | {("post", f"{one}/escalate")}
    expected |= {(verb, "/api/v1/agents/{email}") for verb in ("get", "patch")}
    points = "/api/v1/agents/{email}/points"
    expected |= {(verb, points) for verb in ("get", "post", "delete")} | {("post", f"{points}/verify")}
    expected |= {("get", "/api/v1/register"), ("get", f"{one}/document")}
    expected.add(("get", "/api/v1/agents/spoken"))
    expected |= {(verb, f"{one}/presence") for verb in ("get", "put")} | {("get", f"{one}/similar")}
    expected |= {("get", "/api/v1/commands"), ("post", f"{one}/say")}
    expected |= {("get", "/api/v1/reports"), ("get", "/api/v1/reports/{name}"), ("get", "/api/v1/checklists")}
    seen = ("operations", "operations/ledger", "operations/outgoing", "dead", "dead/{dead_id}", "deliveries/failed")
    expected |= {("get", f"/api/v1/{what}") for what in seen}
    expected |= {("post", "/api/v1/dead/{dead_id}/replay"), ("post", "/api/v1/deliveries/{delivery_id}/resend")}
    better, review = "/api/v1/improvements", "/api/v1/reviews/{review_id}"
    expected |= {("get", better), ("post", better), ("get", f"{better}/suggested")}
    expected |= {(verb, f"{better}/{{improvement_id}}") for verb in ("get", "patch")}
    expected |= {("get", "/api/v1/reviews"), ("post", "/api/v1/reviews/draw"), ("get", review), ("put", review)}
    expected.add(("put", "/api/v1/checklists/{checklist_id}"))
    expected |= {("get", "/api/v1/articles"), ("post", "/api/v1/articles"), ("post", "/api/v1/articles/{slug}/status")}
    expected |= {(verb, "/api/v1/articles/{slug}") for verb in ("get", "patch", "delete")}
    expected |= {("get", f"{one}/articles"), ("post", f"{one}/article"), ("get", "/api/v1/article-categories")}
    expected |= {(verb, "/api/v1/article-categories/{slug}") for verb in ("post", "delete")}
    agent, macro = "/api/v1/agents/{email}", "/api/v1/macros/{name}"
    expected |= {("get", f"{agent}/sessions"), ("post", f"{agent}/invite"), ("post", f"{agent}/sign-out")}
    expected |= {("post", f"{agent}/block"), ("post", f"{agent}/unblock")}
    expected |= {("put", macro), ("delete", macro), ("get", "/api/v1/audit"), ("post", "/api/v1/configuration/check")}
    expected |= {("get", "/api/v1/tokens"), ("post", "/api/v1/tokens"), ("delete", "/api/v1/tokens/{token}")}
    assert calls == expected
    for path, verb in ((path, verb) for verb, path in expected):
        operation = description["paths"][path][verb]
        assert operation["security"]
        assert {"401", "422", "503"} <= set(operation["responses"])
        assert operation["description"] or operation["summary"]
        names = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
        # To say once more that one is there is harmless by itself.
        assert ("idempotency-key" in names) == (verb != "get" and not path.endswith("/presence"))
