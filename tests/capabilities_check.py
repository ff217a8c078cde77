"""Holds docs/capabilities.md to its word: every proof it names exists and ran, and every row of the map is there.

Usage: capabilities_check.py docs/capabilities.md tests.xml. A proof is ``tests/…py::name`` (a test that passed in this run) or
``benchmarks/….py`` (a file that is there); "missing" is an honest answer. Exit 1 and a line per broken promise otherwise.
"""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROWS = 66
PROOF = re.compile(r"`((?:tests|benchmarks)/[^`]+)`")


def passed(report: Path) -> set[str]:
    """The tests that ran and passed, as ``tests/folder/file.py::name`` without parameters."""
    names = set()
    for case in ET.parse(report).iter("testcase"):
        if case.find("skipped") is None and case.find("failure") is None and case.find("error") is None:
            path = case.get("classname", "").replace(".", "/") + ".py"
            names.add(f"{path}::{case.get('name', '').split('[')[0]}")
    return names


def broken(text: str, ran: set[str]) -> list[str]:
    """A line for each row that promises what was not shown."""
    lines, numbers = [], set()
    for row in re.findall(r"^\|\s*(\d+)[a-z]*\s*\|(.*)\|\s*$", text, re.M):
        numbers.add(int(row[0]))
        proofs = PROOF.findall(row[1])
        if not proofs and "missing" not in row[1]:
            lines.append(f'row {row[0]}: neither a proof nor "missing"')
        for proof in proofs:
            known = proof in ran if "::" in proof else Path(proof).exists()
            if not known:
                lines.append(f"row {row[0]}: {proof} did not run and pass")
    lines += [f"row {number}: not in the map" for number in range(1, ROWS + 1) if number not in numbers]
    return lines


if __name__ == "__main__":
    problems = broken(Path(sys.argv[1]).read_text(), passed(Path(sys.argv[2])))
    print("\n".join(problems) or "every promise in docs/capabilities.md is kept by a proof that ran")
    sys.exit(1 if problems else 0)
