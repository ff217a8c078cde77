"""Keys are found at the lines they stand in, whatever stands between them."""

import tomllib

import pytest

from shared.settings.locate import Lines, Path

DOCUMENT = '''\
title = "x"   # [not.a.table]
"quoted key" = 1

[server]
text = """
[[trap]]
key = "inside"
"""
after.dotted = { a = 1, b = [ "]", '}' ] }
list = [
  "one",   # ] a comment with brackets
  { name = "[inner]" },
]
last = \'\'\'
# = [\'\'\'

[[item]]
name = "first"
[item.deep]
value = 1
[item."quoted.part"]
x = 1

[[item]]
name = "second"
  [[item.part]]
  size = 1
  [[item.part]]
  size = 2
[other.'table']
end = """a\\"""b"""
done = true
'''


@pytest.mark.parametrize(
    ("path", "depth", "line"),
    [
        (("title",), 1, 1),
        (("quoted key",), 1, 2),
        (("server",), 1, 4),
        (("server", "text"), 2, 5),
        (("trap",), 0, 1),
        (("server", "after"), 2, 9),
        (("server", "after", "dotted", "b", 1), 3, 9),
        (("server", "list", 1, "name"), 2, 10),
        (("server", "last"), 2, 14),
        (("item",), 1, 17),
        (("item", 0), 2, 17),
        (("item", 0, "name"), 3, 18),
        (("item", 0, "deep", "value"), 4, 20),
        (("item", 0, "quoted.part", "x"), 4, 22),
        (("item", 1), 2, 24),
        (("item", 1, "name"), 3, 25),
        (("item", 1, "part", 0, "size"), 5, 27),
        (("item", 1, "part", 1, "size"), 5, 29),
        (("item", 1, "missing"), 2, 24),
        (("item", 2), 1, 17),
        (("other", "table", "end"), 3, 31),
        (("other", "table", "done"), 3, 32),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_key_is_found_at_its_line(path: Path, depth: int, line: int, newline: str) -> None:
    document = DOCUMENT.replace("\n", newline)
    tomllib.loads(document)
    assert Lines(document).find(path) == (depth, line)
