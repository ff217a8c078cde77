"""The policy as the store hands it out, followed while it changes."""

import asyncio
from dataclasses import replace

import nats.errors
import pydantic_core
import structlog
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from nats.js.errors import KeyNotFoundError

from services.router.deciding.policy import Policy, build
from shared.bus import subjects
from shared.learning.modelfile import Learnt
from shared.secrets import Keyring
from shared.settings.effective import policy_from

log = structlog.get_logger()

KEY = "effective"
_POLL = 0.2
_LOOK = 1.0


class NoConfiguration(Exception):
    """The store has not handed out a configuration in time."""


class Configuration:
    """`policy` is the one in force; `follow` keeps it so."""

    def __init__(self, js: JetStreamContext, keyring: Keyring) -> None:
        self._js, self._keyring = js, keyring
        self._revision = 0
        self._policy: Policy | None = None
        self._learnt: Learnt | None = None

    @property
    def policy(self) -> Policy:
        """The policy in force. Only after `load`."""
        assert self._policy is not None, "load() first"
        return self._policy

    def use(self, learnt: Learnt | None) -> None:
        """From now on decisions know this learnt model, or none."""
        self._learnt = learnt
        if self._policy is not None:
            self._policy = replace(self._policy, learnt=learnt)

    async def load(self, timeout: float = 60.0) -> None:
        """Wait until the store has handed out a configuration. Raises `NoConfiguration`."""
        until = asyncio.get_running_loop().time() + timeout
        while not await self._look():
            if asyncio.get_running_loop().time() > until:
                raise NoConfiguration("no configuration on the bus: is the store running?")
            await asyncio.sleep(_POLL)

    async def follow(self) -> None:
        """Look for a newer configuration every second, for ever: teams and webhooks change at the desk."""
        while True:
            await asyncio.sleep(_LOOK)
            await self.look()

    async def look(self) -> None:
        """Look for a newer configuration now. Raises nothing: the former stays in force."""
        try:
            await self._look()
        except ValueError as error:
            log.error("the new configuration is not understood; the former stays in force", error=str(error))

    async def _look(self) -> bool:
        try:
            bucket = await self._js.key_value(subjects.CONFIG)
            entry = await bucket.get(KEY)
        except KeyNotFoundError:
            return self._policy is not None
        except (nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.debug("configuration could not be read", error=str(error))
            return self._policy is not None
        if entry.revision != self._revision and entry.value:
            handed_out = pydantic_core.from_json(entry.value)
            tree = handed_out["effective"]
            alerts = tree.get("operators", {}).get("alerts", [])
            policy = build(policy_from(tree), self._keyring, str(handed_out["version"]), alerts)
            self._policy = replace(policy, learnt=self._learnt)
            self._revision = entry.revision or 0
            log.info("configuration in force", version=self._policy.version)
        return self._policy is not None
