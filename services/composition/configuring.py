"""Which configuration a command works with."""

import os
from pathlib import Path

from shared.settings import Settings, load


def configured(config: Path | None, data: Path | None, *, split: bool = False) -> Settings:
    """The configuration for a command. Without ``--config``, ``trunkline.toml`` in the working directory counts where there is one."""
    if config is None and Path("trunkline.toml").is_file():
        config = Path("trunkline.toml")
    return load(config, data, os.environ, split=split)
