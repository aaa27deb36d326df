"""A chunk: one section of a spec, the unit that is embedded, quoted and shown in a drift explanation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    #: Position in the spec, from 0.
    index: int
    #: Titles of the enclosing sections, outermost first, joined by " > "; "" before the first heading.
    heading: str
    #: The section's text, heading line included.
    content: str
