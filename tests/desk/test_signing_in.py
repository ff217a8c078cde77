"""Only who has a token gets at tickets, and guessing is slow."""

import pytest

from services.desk.errors import TooManyAttempts, Unauthorized
from services.desk.gate import Gate
from services.desk.tokens import ATTEMPTS, CACHE_SECONDS, WINDOW_SECONDS, Expiring, Tokens
from tests.desk.house import TOKEN, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = "/api/v1/tickets"


class Clock:
    """Seconds that pass when told to."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic dXNlcjpwYXNz",
        f"Basic {TOKEN}",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        "Bearer " + "x" * 5000,
    ],
)
async def test_without_a_good_token_there_is_nothing(house: House, authorization: str | None) -> None:
    async with house.client(None) as client:
        headers = {} if authorization is None else {"Authorization": authorization}
        for method, path in (
            ("GET", TICKETS),
            ("POST", TICKETS),
            ("GET", f"{TICKETS}/T-1"),
            ("GET", "/api/v1/nothing"),
        ):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.headers["Content-Type"] == "application/problem+json"
    house.desk.app.state.tokens.forgive()


async def test_the_scheme_may_be_written_in_any_case(house: House) -> None:
    async with house.client(None) as client:
        answer = await client.get(TICKETS, headers={"Authorization": f"bearer {TOKEN}"})
        assert answer.status_code == 200


async def test_a_peer_that_guesses_is_made_to_wait(house: House) -> None:
    clock = Clock()
    tokens = Tokens(Gate(house.contexts["desk"].bus), clock)
    for guess in range(ATTEMPTS):
        with pytest.raises(Unauthorized):
            await tokens.who(f"Bearer guess-{guess}", "203.0.113.7")
    with pytest.raises(TooManyAttempts) as limited:
        await tokens.who("Bearer guess", "203.0.113.7")
    assert 0 < limited.value.again <= WINDOW_SECONDS + 1
    with pytest.raises(Unauthorized):
        await tokens.who("Bearer guess", "203.0.113.8")
    clock.seconds += WINDOW_SECONDS + 1
    with pytest.raises(Unauthorized):
        await tokens.who("Bearer guess", "203.0.113.7")


async def test_a_network_of_one_household_is_one_peer(house: House) -> None:
    tokens = Tokens(Gate(house.contexts["desk"].bus), Clock())
    for guess in range(ATTEMPTS):
        with pytest.raises(Unauthorized):
            await tokens.who(f"Bearer guess-{guess}", f"2001:db8:1:2::{guess:x}")
    with pytest.raises(TooManyAttempts):
        await tokens.who("Bearer guess", "2001:db8:1:2:ffff::1")


async def test_guessing_behind_the_same_proxy_does_not_lock_out_who_was_known(house: House) -> None:
    clock = Clock()
    tokens = Tokens(Gate(house.contexts["desk"].bus), clock)
    assert (await tokens.who(f"Bearer {TOKEN}", "203.0.113.7")).name == "tests"
    clock.seconds += CACHE_SECONDS + 1
    for guess in range(ATTEMPTS):
        with pytest.raises(Unauthorized):
            await tokens.who(f"Bearer guess-{guess}", "203.0.113.7")
    assert (await tokens.who(f"Bearer {TOKEN}", "203.0.113.7")).name == "tests"


async def test_what_is_remembered_of_callers_is_bounded() -> None:
    kept: Expiring[int] = Expiring(60, Clock(), entries=3)
    for number in range(10):
        kept.put(str(number), number)
    assert len(kept) == 3
    assert kept.get("9") == 9
    assert kept.get("0") is None
