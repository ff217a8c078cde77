"""HTML pages of ours from templates: every value escaped, in the reader's language, and nothing may be missing.

Not here: what stands in a page, its headers, and who may see it.
"""

from functools import cached_property
from typing import Final

import jinja2

from shared.texts import text

NAMES: Final = {"en": "English", "pl": "Polski", "hr": "Hrvatski"}
"""Languages as those who speak them call them."""


class Pages:
    """The templates in a folder of a package (``package`` by its import name). ``trim``: lines that only say what is to be done leave no
    line in the page (https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control)."""

    def __init__(self, package: str, folder: str, *, trim: bool = False) -> None:
        self._package, self._folder, self._trim = package, folder, trim

    def render(self, template: str, language: str, /, **values: object) -> str:
        """The page. In its template ``t`` gives a text of the catalogue in this language. Raises `jinja2.UndefinedError` for a value that
        the template wants and nobody gave."""

        def translated(key: str, **variables: str | int) -> str:
            return text(key, language, **{name: str(value) for name, value in variables.items()})

        return self._templates.get_template(template).render(t=translated, **values)

    @cached_property
    def _templates(self) -> jinja2.Environment:
        return jinja2.Environment(
            loader=jinja2.PackageLoader(self._package, self._folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=self._trim,
            lstrip_blocks=True,
        )
