"""A plan as a short Markdown text: what somebody reads who has to agree to it.

Questions, quotes and titles are other people's words: every character that Markdown or HTML would obey is
escaped, so that a spec cannot put a picture, a link or a heading of its own into the text.
"""

from __future__ import annotations

import re

from architect.plan.model import Origin, Plan, Table
from architect.plan.show.words import column_words, counted, policy_words
from architect.redaction import redact_text

#: Characters of the whole text; what is cut off is said.
MAX_CHARACTERS = 60_000
_OBEYED = re.compile(r"[\\`*\[\]<>#|~!@&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.", re.I)


def summary(plan: Plan) -> str:
    """Tables with their columns, who may do what, and what stays open; without secrets."""
    policies = sum(len(table.policies) for table in plan.tables)
    parts = [
        f"# {plain(plan.title or 'Plan')}",
        f"{counted(len(plan.tables), 'table')}, {counted(policies, 'policy', 'policies')}, "
        f"{counted(len(plan.open_questions), 'open question')}. "
        f"Template `{plan.template}`, plan `{plan.digest()[:16]}`.",
        "## Who may do what",
        *(_access(table, plan) for table in plan.tables),
    ]
    if plan.open_questions:
        parts += ["## Open questions", *_questions(plan)]
    parts += ["## Tables", *(_columns(table, plan) for table in plan.tables)]
    text = "\n\n".join(parts)
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS].rpartition(chr(10))[0]}\n\n… and more: `architect show` tells it all."
    return text + "\n"


def plain(text: str) -> str:
    """``text`` as words only: one line, without secrets, nothing of it obeyed."""
    return _OBEYED.sub(lambda found: f"&#{ord(found[0])};", " ".join(redact_text(text).split()))


def _access(table: Table, plan: Plan) -> str:
    lines = [f"**{plain(table.name)}**"]
    lines += [f"- {plain(policy_words(policy, plan))}{_from(policy.origin)}" for policy in table.policies]
    return "\n".join(lines)


def _questions(plan: Plan) -> list[str]:
    found = []
    for question in plan.open_questions:
        quotes = "".join(f"\n  > {plain(quote.quote)}\n" for quote in question.because)
        found.append(f"- {plain(question.question)}\n{quotes}".rstrip())
    return found


def _columns(table: Table, plan: Plan) -> str:
    names = ", ".join(plain(column_words(table, column, plan)) for column in table.columns)
    return f"**{plain(table.name)}**{_from(table.origin)}: {names}"


def _from(origin: Origin) -> str:
    return "" if origin is Origin.SPEC else f" *({origin.value})*"
