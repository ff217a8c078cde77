"""Writes the documents that follow from the code: `python -m docs.generate` (or `make docs`).

A test compares what is stored with what this would write, so that neither the models nor the documents change alone.
"""

from collections.abc import Callable
from pathlib import Path

from docs import _bus, _commands, _configuration, _http

FOLDER = Path(__file__).parent
GENERATED: dict[str, Callable[[], str]] = {
    "asyncapi.yaml": _bus.asyncapi,
    "openapi.json": _http.openapi,
    "configuration.md": _configuration.reference,
    "commands.md": _commands.page,
}


def main() -> None:
    """Write every generated document and say which changed."""
    for name, make in GENERATED.items():
        file, text = FOLDER / name, make()
        changed = not file.exists() or file.read_text("utf-8") != text
        file.write_text(text, "utf-8")
        print(f"docs/{name}{': changed' if changed else ''}")


if __name__ == "__main__":
    main()
