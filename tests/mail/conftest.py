"""Where the public corpora lie, and mails to begin from."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpora() -> Path:
    """`$TRUNKLINE_CORPORA`, or `../shared/corpora` beside the repository; the test is skipped where neither is."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("TRUNKLINE_CORPORA") or root.parent / "shared" / "corpora")
    if not folder.is_dir():
        pytest.skip(f"the public corpora are not here ({folder}); set TRUNKLINE_CORPORA to their folder")
    return folder
