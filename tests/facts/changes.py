"""Single changes and the facts that each of them changes, from ``changes.sql``."""

from __future__ import annotations

from pathlib import Path


def changes() -> list[tuple[str, set[str]]]:
    """SQL and the keys of the facts that differ then, none where the change means nothing."""
    blocks = Path(__file__).with_name("changes.sql").read_text().split("\n\n")[1:]
    return [
        (sql.strip(), _keys(head)) for head, _, sql in (block.strip().partition("\n") for block in blocks)
    ]


def _keys(head: str) -> set[str]:
    said = head.removeprefix("-- ")
    return set() if said == "nothing" else set(said.split(", "))
