"""The section of a spec that answers open questions: each question quoted, its answer below.

The sentences of that section win over the rest of the spec, and what is quoted there is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from architect.plan.model import OpenQuestion
from architect.plan.reader.grammar.blocks import fold
from architect.spec.chunk import Chunk

HEADING = "Answers to open questions"


@dataclass(frozen=True, slots=True)
class Answered:
    """A spec with its answers told apart."""

    #: The chunks without the quoted questions, which are no requirements.
    chunks: tuple[Chunk, ...]
    #: Indexes of the chunks that answer.
    indexes: frozenset[int]
    #: The questions that are quoted, white space folded.
    questions: frozenset[str]

    def still_open(self, asked: Iterable[OpenQuestion]) -> list[OpenQuestion]:
        """Those of ``asked`` that the spec does not answer."""
        return [question for question in asked if fold(question.question) not in self.questions]


def answered(chunks: Sequence[Chunk]) -> Answered:
    """What ``chunks`` answer."""
    plain: list[Chunk] = []
    indexes: list[int] = []
    questions: list[str] = []
    for chunk in chunks:
        if chunk.heading.rsplit(" > ", 1)[-1].strip().lower() != HEADING.lower():
            plain.append(chunk)
            continue
        kept, quoted = _apart(chunk.content)
        plain.append(replace(chunk, content=kept))
        indexes.append(chunk.index)
        questions.extend(quoted)
    return Answered(tuple(plain), frozenset(indexes), frozenset(questions))


def _apart(content: str) -> tuple[str, list[str]]:
    """The lines that are no quotes, and the quotes; lines of one quote belong together."""
    kept: list[str] = []
    quoted: list[str] = []
    inside = False
    for line in content.splitlines():
        if not line.lstrip().startswith(">"):
            kept.append(line)
            inside = False
            continue
        text = line.lstrip()[1:]
        if inside:
            quoted[-1] = f"{quoted[-1]} {text}"
        else:
            quoted.append(text)
            kept.append("")
        inside = True
    return "\n".join(kept), [fold(text) for text in quoted]
