"""`python -m services` is the command ``trunkline``."""

from services.cli import main

main()
