"""``architect plan --ask``: the open questions one by one, and the spec with the answers in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from architect.errors import InputError
from architect.plan.answers import Answer, answerable, answered
from architect.plan.compare import compare, difference_lines
from architect.plan.model import OpenQuestion, Plan
from architect.plan.planner import Kind, make_plan
from architect.plan.show.outline import row, shortened
from architect.spec.notices import message, secrets_found
from architect.spec.text import read_spec

#: Differences shown after one answer.
SHOWN = 12
STOP = "q"


def run(files: Sequence[str], template: str, kind: Kind, out: Path | None) -> None:
    """Ask, show what each answer changes, write the answered spec.

    Raises :class:`InputError` when there is more than one spec or the file cannot be written.
    """
    if len(files) != 1:
        raise InputError("--ask takes one spec", hint="architect plan --ask SPEC.md")
    name = files[0]
    if name == "-":
        raise InputError("The answers come from standard input", hint="Give the spec as a file.")
    text = read_spec(Path(name))
    console = Console(highlight=False)
    if notice := message(secrets_found(text)):
        console.print(Text(notice, "bold red"))

    def plan_of(spec: str) -> Plan:
        return make_plan(read_spec(spec), template=template, kind=kind)

    plan = plan_of(text)
    if not answerable(plan.open_questions, text):
        console.print("The plan leaves nothing open.")
        return
    answers = _Asking(console, text, plan, plan_of).run()
    if not answers:
        console.print("Nothing was answered; nothing is written.")
        return
    target = out or _beside(Path(name))
    try:
        target.write_text(answered(text, answers), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}.") from error
    told = f"architect build {target}" + (f" --template {template}" if template != "blank" else "")
    console.print(Text.assemble(("✓ ", "green"), f"{_count(answers)} in {target}"), soft_wrap=True)
    console.print(Text.assemble(("build  ", "dim"), told), soft_wrap=True)


class _Asking:
    """One conversation."""

    def __init__(self, console: Console, text: str, plan: Plan, plan_of: Callable[[str], Plan]) -> None:
        self._console = console
        self._text = text
        self._plan = plan
        self._plan_of = plan_of
        self._answers: list[Answer] = []
        self._passed: set[str] = set()

    def run(self) -> list[Answer]:
        """Ask until nothing is left to ask."""
        while (question := self._next()) is not None:
            self._passed.add(question.question)
            self._show(question)
            said = self._said(question)
            if said == STOP:
                break
            if said:
                self._take(Answer(question.question, said))
        return self._answers

    def _next(self) -> OpenQuestion | None:
        return next(iter(self._left()), None)

    def _left(self) -> list[OpenQuestion]:
        asked = answerable(self._plan.open_questions, self._text)
        return [one for one in asked if one.question not in self._passed]

    def _show(self, question: OpenQuestion) -> None:
        left = len({one.question for one in self._left()})
        more = f"  ({left} more)" if left else ""
        self._console.print()
        self._console.print(Text.assemble(("? ", "bold yellow"), (question.question, "bold"), (more, "dim")))
        same = [one for one in self._plan.open_questions if one.question == question.question]
        for quote in [quote for one in same for quote in one.because]:
            self._console.print(row("", shortened(quote.quote)))
        for number, choice in enumerate(question.choices, start=1):
            self._console.print(row(f"{number:>7}", Text(choice), "cyan"))

    def _said(self, question: OpenQuestion) -> str:
        """The answer; "" to leave it open, :data:`STOP` to ask no more."""
        number = (
            f"1-{len(question.choices)}, " if len(question.choices) > 1 else "1, " if question.choices else ""
        )
        asked = f"  {number}a sentence, Enter to leave it open, q to stop"
        try:
            said = str(typer.prompt(asked, default="", show_default=False, prompt_suffix=": ")).strip()
        except typer.Abort:
            self._console.print()
            return STOP  # the end of the input; what was answered so far is kept
        if said.isdecimal() and 1 <= int(said) <= len(question.choices):
            return question.choices[int(said) - 1]
        return said

    def _take(self, answer: Answer) -> None:
        """Plan again with the answer in the spec, and tell what it changes."""
        self._answers.append(answer)
        before, self._plan = self._plan, self._plan_of(answered(self._text, self._answers))
        found = [one for one in compare(before, self._plan) if one.kind != "question"]
        for line in difference_lines(found[:SHOWN]):
            self._console.print(line)
        if len(found) > SHOWN:
            self._console.print(row("", Text(f"… and {len(found) - SHOWN} more changes", "dim")))
        if not found:
            told = "The plan stays as it is; the answer is kept in the spec for whoever reads it."
            self._console.print(row("", Text(told, "dim")))


def _count(answers: Sequence[Answer]) -> str:
    return f"{len(answers)} answers are" if len(answers) > 1 else "1 answer is"


def _beside(spec: Path) -> Path:
    """``shop.md`` -> ``shop.answered.md``; a spec that was answered before is written to again."""
    stem = spec.stem.removesuffix(".answered")
    return spec.with_name(f"{stem}.answered{spec.suffix or '.md'}")
