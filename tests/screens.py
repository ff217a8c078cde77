"""Screenshots of what browser tests saw, for people who review how it looks."""

import os
from pathlib import Path

from playwright.async_api import Page


async def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """A screenshot, in the folder that TRUNKLINE_SCREENSHOTS names; without one there is none, as each is half a second of work."""
    if folder := os.environ.get("TRUNKLINE_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)
