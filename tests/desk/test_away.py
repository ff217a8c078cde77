"""When a part of Trunkline is away the desk says so at once, and goes on when it is back."""

from pathlib import Path

import httpx

from services.store.service import StoreService
from tests.desk.house import House, running, until

NEW = {"subject": "Away", "text": "Is anybody there?"}


class AsInLife(House):
    """It waits for no room longer than customers would."""

    PATIENT = False


def away(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_without_the_router_reading_goes_on_and_changes_are_refused(tmp_path: Path) -> None:
    async with running(tmp_path, kind=AsInLife) as house:
        await house.router.stop()
        away(await house.api.post("/api/v1/tickets", json=NEW))
        assert (await house.api.get("/api/v1/tickets")).status_code == 200
        await house.store.stop()
        away(await house.api.get("/api/v1/tickets"))

        async def unready() -> bool:
            return (await house.api.get("/readyz")).json()["failing"] == ["store"]

        await until(unready)
        assert "Not ready: store" in (await house.api.get("/")).text
        await _start_again(house)
        assert (await house.api.post("/api/v1/tickets", json=NEW)).status_code == 201


async def test_when_the_bus_is_back_so_is_the_desk(tmp_path: Path) -> None:
    async with running(tmp_path, kind=AsInLife) as house:
        house.server.kill()

        async def unready() -> bool:
            return set((await house.api.get("/readyz")).json()["failing"]) == {"bus", "store"}

        await until(unready)
        away(await house.api.get("/api/v1/tickets"))
        house.server.start()

        async def ready() -> bool:
            return (await house.api.get("/readyz")).status_code == 200

        await until(ready)
        assert (await house.api.get("/api/v1/tickets")).status_code == 200


async def _start_again(house: House) -> None:
    house.store = StoreService(house.contexts["store"], database_url="")
    await house.store.start()
    await house.start_router()

    async def ready() -> bool:
        return (await house.api.get("/readyz")).status_code == 200

    await until(ready)
