"""A draft becomes a plan: what rests on nothing that the spec says is left out, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from architect.plan.evidence import Witness
from architect.plan.llm.requote import Requoter
from architect.plan.llm.schema import Draft
from architect.plan.model import (
    AUTH_USERS,
    Item,
    OpenQuestion,
    Origin,
    Plan,
    PlannerRecord,
    Policy,
    Quote,
    Table,
)
from architect.plan.reader.secrets import scrub
from architect.spec.chunk import Chunk


def rested(draft: Draft, base: Plan, chunks: Sequence[Chunk]) -> Plan:
    """``draft`` as a plan, not yet merged with its template ``base``; ``planner.dropped`` counts the rest."""
    made = draft.model_copy(deep=True)
    gone: Counter[str] = Counter()
    witness = Witness(chunks)
    requoter = Requoter(chunks, witness.sentences)
    questions = [q.model_copy(update={"because": witness.verified(q.because)}) for q in made.open_questions]
    named = {t.name for t in (*made.tables, *base.tables)}
    tables = []
    for table in made.tables:
        said = witness.verified(table.because)
        if not said and table.origin is Origin.SPEC:
            said = requoter.meant(table.because, table.name)
        table.because = said
        if not table.because:
            gone["tables"] += 1
            continue
        _settle(table, Origin.SPEC if table.origin is Origin.SPEC else Origin.CONVENTION)
        _requote(table, witness, requoter)
        _columns(table, witness, gone)
        table.foreign_keys = [k for k in table.foreign_keys if _stands(k, witness, gone, "references")]
        table.triggers = [t for t in table.triggers if _stands(t, witness, gone, "triggers")]
        questions += _policies(table, named - {table.name}, witness, gone)
        tables.append(table)
    _loose_ends(tables, made.tables)
    dropped = sum(gone.values())
    if dropped:
        questions.append(_told(gone))
    return scrub(
        Plan(
            title=made.title,
            template=base.template,
            planner=PlannerRecord(kind="llm", dropped=dropped),
            tables=tables,
            open_questions=questions,
        )
    )


def _requote(table: Table, witness: Witness, requoter: Requoter) -> None:
    """Put right what is nearly quoted: columns by their names, keys by those of their columns."""
    for column in table.columns:
        if column.origin is Origin.SPEC and not witness.verified(column.because):
            column.because = requoter.meant(column.because, column.name) or column.because
    for key in table.foreign_keys:
        if key.origin is Origin.SPEC and not witness.verified(key.because):
            name = " ".join(key.columns)
            key.because = requoter.meant(key.because, name) or key.because


def _settle(item: Item, origin: Origin) -> None:
    item.origin = origin if item.because else Origin.CONVENTION


def _stands(item: Item, witness: Witness, gone: Counter[str], what: str) -> bool:
    """Whether the item quotes the spec, or claims nothing; what quotes only inventions does not stand."""
    claimed = bool(item.because)
    item.because = witness.verified(item.because)
    if claimed and not item.because:
        gone[what] += 1
        return False
    _settle(item, item.origin)
    if item.origin is not Origin.SPEC:
        item.origin = Origin.CONVENTION
    return True


def _columns(table: Table, witness: Witness, gone: Counter[str]) -> None:
    kept = []
    for column in table.columns:
        if _stands(column, witness, gone, "columns"):
            kept.append(column)
        elif column.name in table.primary_key:
            # Without its key there would be no table, and that one is of the spec.
            gone["columns"] -= 1
            column.origin = Origin.CONVENTION
            kept.append(column)
    left = {c.name for c in table.columns} - {c.name for c in kept}
    table.columns = kept
    table.foreign_keys = [k for k in table.foreign_keys if not left.intersection(k.columns)]
    table.uniques = [u for u in table.uniques if not left.intersection(u)]
    table.indexes = [i for i in table.indexes if not left.intersection(i)]
    table.triggers = [t for t in table.triggers if not left.intersection(_read_by(t))]
    policies = [p for p in table.policies if not left.intersection(_read_by(p))]
    gone["policies"] += len(table.policies) - len(policies)
    table.policies = policies


def _read_by(item: Item) -> set[str]:
    """The columns of its own table that a policy or trigger reads."""
    found = {getattr(item, "column", None), getattr(item, "creator_column", None)}
    where = getattr(item, "where", None)
    return {name for name in found | {where.column if where else None} if name}


def _policies(table: Table, others: set[str], witness: Witness, gone: Counter[str]) -> list[OpenQuestion]:
    """Keep the policies that the spec carries; what it says two things about stays shut, and is asked."""
    kept: list[Policy] = []
    asked: list[OpenQuestion] = []
    for policy in table.policies:
        policy.because = witness.verified(policy.because)
        _settle(policy, Origin.SPEC)
        if not witness.supports(policy, table, sorted(others)):
            gone["policies"] += 1
        elif otherwise := witness.against(policy, table.name):
            told = _contradiction(table, [policy.because[0], otherwise])
            asked += [told] if all(q.question != told.question for q in asked) else []
        else:
            kept.append(policy)
    table.policies = kept
    return asked


def _contradiction(table: Table, quotes: list[Quote]) -> OpenQuestion:
    text = (
        f"The spec says two things about who may read {table.name}. It was left with the fewer; which counts?"
    )
    return OpenQuestion(question=text, because=quotes)


def _loose_ends(tables: list[Table], drafted: list[Table]) -> None:
    """No key points at a table that is gone. One that never was is for the rules to tell."""
    gone = {t.id for t in drafted} - {t.id for t in tables} - {AUTH_USERS}
    for table in tables:
        table.foreign_keys = [k for k in table.foreign_keys if k.table not in gone]
        table.policies = [
            p
            for p in table.policies
            if not gone.intersection((getattr(p, "via", ""), getattr(p, "table", "")))
        ]


def _told(gone: Counter[str]) -> OpenQuestion:
    parts = [f"{count} {what}" for what, count in sorted(gone.items()) if count]
    text = f"Of the model's draft {', '.join(parts)} rest on nothing the spec says and were left out."
    return OpenQuestion(question=text)
