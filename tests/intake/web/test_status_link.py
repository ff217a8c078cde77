"""The private link on the form's confirmation page."""

import re

import pytest

from shared.messages.importing import StoredAnswer, StoredQuery
from shared.messages.parts import Point
from shared.secrets import read_status_token
from tests.intake.web.conftest import House, number_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_confirmation_leads_to_the_state_of_the_ticket_that_the_form_opened(house: House) -> None:
    page = await house.send(email="Link@Customer.Example", message="Where is my link?")
    found = re.search(r'href="\.\./t/([a-z2-7]{41})"', page.text)
    assert found is not None
    keyring = house.contexts["intake"].keyring
    token = read_status_token(keyring, found[1])
    assert token is not None
    assert token.number == number_in(page)
    # It says where it was shown: whoever filled in the form may not be who has that address.
    assert token.is_for(keyring, Point(kind="form", value="link@customer.example"))
    assert not token.is_for(keyring, Point(kind="email", value="link@customer.example"))


async def test_a_form_that_joins_a_ticket_which_was_there_gets_no_link_to_it(house: House) -> None:
    address = "joining@customer.example"
    number = number_in(await house.send(email=address, message="A first time."))
    joined = await house.send(email=address, message=f"About T-{number}: a second time.")
    assert number_in(joined) == number
    assert "/t/" not in joined.text
    source = (await house.last()).source_id
    answer = await house.query("stored", StoredQuery(source_ids=[source]), StoredAnswer)
    assert (answer.numbers, answer.opened) == ({source: number}, [])
