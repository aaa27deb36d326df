"""Answers to open questions, as part of the spec.

They stand in a section of their own, each below the question it answers, so that whoever plans from the text
reads them with everything else, and whoever reads the spec later sees what was asked:

    ## Answers to open questions

    > Who may read invoices?

    Only the owner of an invoice can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from architect.plan.model import OpenQuestion
from architect.spec.notices import message, secrets_found

HEADING = "## Answers to open questions"
_SECTION = re.compile(rf"^{re.escape(HEADING)}[ \t]*$", re.M)
#: The next section of the same level ends this one.
_NEXT = re.compile(r"^#{1,2}[ \t]", re.M)
#: What would make a heading, a quote or a list item of a sentence.
_MARKUP = re.compile(r"^(?:[#>|`~=+*\-\s]|\d+[.)](?:\s|$))+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to one open question."""

    question: str
    answer: str


def answered(text: str, answers: Iterable[Answer]) -> str:
    """``text`` with the answers in it; a later answer to a question takes the place of an earlier one.

    Answers without a word and answers to nothing are left out; without any the text stays as it is.
    """
    said = {_folded(one.question): _line(one.answer) for one in answers}
    said = {question: answer for question, answer in said.items() if question and answer}
    if not said:
        return text
    before, known, after = _parts(text)
    kept = {one.question: one.answer for one in known}
    section = "\n\n".join(f"> {question}\n\n{answer}" for question, answer in {**kept, **said}.items())
    return "\n\n".join(part for part in (before, f"{HEADING}\n\n{section}", after) if part) + "\n"


def answers_in(text: str) -> list[Answer]:
    """The answers that stand in a spec."""
    return _parts(text)[1]


def answerable(asked: Iterable[OpenQuestion], spec: str) -> list[OpenQuestion]:
    """The questions that a sentence in the spec could settle; that it holds a secret is none of them."""
    notice = message(secrets_found(spec))
    return [question for question in asked if question.question != notice]


def _parts(text: str) -> tuple[str, list[Answer], str]:
    """The spec before the section, the answers in it, the spec after it."""
    begin = _SECTION.search(text)
    if begin is None:
        return text.rstrip(), [], ""
    end = _NEXT.search(text, begin.end())
    stop = end.start() if end else len(text)
    return text[: begin.start()].rstrip(), _answers(text[begin.end() : stop]), text[stop:].strip()


def _answers(section: str) -> list[Answer]:
    found: list[Answer] = []
    question: list[str] = []
    answer: list[str] = []
    for line in [*section.splitlines(), ">"]:  # the last one closes the last answer
        if not line.lstrip().startswith(">"):
            answer.append(line)
            continue
        if question and any(part.strip() for part in answer):
            found.append(Answer(" ".join(question), _line(" ".join(answer))))
            question = []
        answer = []
        question.append(_folded(line.lstrip()[1:]))
    return found


def _folded(text: str) -> str:
    return " ".join(text.split())


def _line(text: str) -> str:
    """One line of words: what a person types cannot begin a section or a quote of its own."""
    return _MARKUP.sub("", _folded(text))
