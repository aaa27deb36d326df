"""Holds two plans side by side. Tables are the same when their ids or else their names are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from architect.plan.compare.audience import Audience, audiences
from architect.plan.compare.difference import Difference
from architect.plan.model import Column, Command, ForeignKey, Plan, Table
from architect.plan.show.words import VERBS, check_words, default_words, policy_words, table_name


def compare(before: Plan, after: Plan) -> list[Difference]:
    """Every difference, in the order of the tables; how a plan came about and what it quotes is none."""
    pairs = _pairs(before, after)
    found: list[Difference] = []
    for old, new in pairs:
        if old is None and new is not None:
            found += _added(new, after)
        elif new is None and old is not None:
            found.append(Difference("table", "removed", old.name, f"table {old.name} is gone"))
        elif old is not None and new is not None:
            found += _changed(old, new, before, after)
    found += _parts(before, after)
    found += _questions(before, after)
    return found


def _pairs(before: Plan, after: Plan) -> list[tuple[Table | None, Table | None]]:
    """Tables of both plans in the order of the second; what is gone comes last."""
    left = {table.name: table for table in before.tables}
    pairs: list[tuple[Table | None, Table | None]] = []
    names = {table.name for table in after.tables}
    renamed = {table.id: table for table in before.tables if table.name not in names}
    for table in after.tables:
        old = left.pop(table.name, None) or renamed.pop(table.id, None)
        if old is not None:
            left.pop(old.name, None)
        pairs.append((old, table))
    return [*pairs, *((table, None) for table in left.values())]


def _added(table: Table, plan: Plan) -> Iterator[Difference]:
    columns = ", ".join(column.name for column in table.columns)
    yield Difference("table", "added", table.name, f"table {table.name} is new: {columns}")
    for policy in table.policies:
        yield Difference("access", "added", table.name, f"{table.name}: {policy_words(policy, plan)}")


def _changed(old: Table, new: Table, before: Plan, after: Plan) -> Iterator[Difference]:
    if old.name != new.name:
        yield Difference("table", "changed", new.name, f"table {old.name} is now called {new.name}")
    yield from _columns(old, new)
    yield from _keys(old, new, before, after)
    yield from _access(old, new, before, after)


def _columns(old: Table, new: Table) -> Iterator[Difference]:
    for column in new.columns:
        was = old.column(column.name)
        if was is None:
            words = f"{new.name}.{column.name} is new: {column.type}"
            yield Difference("column", "added", new.name, words)
            continue
        for what, left, right in _facts(was, column):
            words = f"{new.name}.{column.name}: {what} {right}, was {left}"
            yield Difference("column", "changed", new.name, words)
    for column in old.columns:
        if new.column(column.name) is None:
            yield Difference("column", "removed", new.name, f"{new.name}.{column.name} is gone")


def _facts(was: Column, now: Column) -> Iterator[tuple[str, str, str]]:
    """What is told of a column, as it was and as it is, where that differs."""
    yesno = {True: "yes", False: "no"}
    facts = [
        ("type", was.type, now.type),
        ("optional", yesno[was.nullable], yesno[now.nullable]),
        ("unique", yesno[was.unique], yesno[now.unique]),
        ("default", default_words(was.default), default_words(now.default)),
        ("check", _checks(was), _checks(now)),
    ]
    return ((what, left, right) for what, left, right in facts if left != right)


def _checks(column: Column) -> str:
    return "; ".join(sorted(check_words(check) for check in column.checks)) or "none"


def _keys(old: Table, new: Table, before: Plan, after: Plan) -> Iterator[Difference]:
    if old.primary_key != new.primary_key:
        words = f"{new.name}: key {', '.join(new.primary_key)}, was {', '.join(old.primary_key)}"
        yield Difference("key", "changed", new.name, words)
    was = {tuple(key.columns): _target(key, before) for key in old.foreign_keys}
    now = {tuple(key.columns): _target(key, after) for key in new.foreign_keys}
    for columns, target in now.items():
        place = f"{new.name}.{', '.join(columns)}"
        if columns not in was:
            yield Difference("key", "added", new.name, f"{place} refers to {target}")
        elif was[columns] != target:
            yield Difference("key", "changed", new.name, f"{place} refers to {target}, was {was[columns]}")
    for columns, target in was.items():
        if columns not in now:
            words = f"{new.name}.{', '.join(columns)} refers to {target} no more"
            yield Difference("key", "removed", new.name, words)
    yield from _uniques(old, new)


def _uniques(old: Table, new: Table) -> Iterator[Difference]:
    was = {tuple(sorted(group)) for group in old.uniques}
    now = {tuple(sorted(group)) for group in new.uniques}
    for group in sorted(now - was):
        yield Difference("key", "added", new.name, f"{new.name}: {' and '.join(group)} are unique together")
    for group in sorted(was - now):
        words = f"{new.name}: {' and '.join(group)} are unique together no more"
        yield Difference("key", "removed", new.name, words)


def _target(key: ForeignKey, plan: Plan) -> str:
    deleted = {"cascade": ", goes with it", "set_null": ", is emptied with it"}.get(key.on_delete, "")
    return f"{table_name(plan, key.table)} ({', '.join(key.references)}){deleted}"


def _access(old: Table, new: Table, before: Plan, after: Plan) -> Iterator[Difference]:
    was, now = audiences(old, before), audiences(new, after)
    for who, verbs in _grouped(now, was):
        words = f"{new.name}: {who} may now {verbs}"
        yield Difference("access", "wider", new.name, words)
    for who, verbs in _grouped(was, now):
        words = f"{new.name}: {who} may no longer {verbs}"
        yield Difference("access", "narrower", new.name, words)


def _grouped(
    these: dict[Command, dict[Audience, str]], others: dict[Command, dict[Audience, str]]
) -> Iterable[tuple[str, str]]:
    """Who of ``these`` is let in by none of ``others``, and to do what."""
    found: dict[str, list[str]] = {}
    for command, who in these.items():
        for audience, words in who.items():
            if not any(other.includes(audience) for other in others[command]):
                found.setdefault(words, []).append(VERBS[command])
    return [(words, " and ".join(verbs)) for words, verbs in found.items()]


def _parts(before: Plan, after: Plan) -> Iterator[Difference]:
    """Functions, buckets and analytics; a bucket that opens or closes is a change of access."""
    yield from _listed("function", [f.slug for f in before.functions], [f.slug for f in after.functions])
    yield from _listed("bucket", [b.name for b in before.buckets], [b.name for b in after.buckets])
    yield from _listed(
        "analytics", [a.dataset for a in before.analytics], [a.dataset for a in after.analytics]
    )
    public = {bucket.name: bucket.public for bucket in before.buckets}
    for bucket in after.buckets:
        if public.get(bucket.name, bucket.public) != bucket.public:
            words = f"bucket {bucket.name} is {'public' if bucket.public else 'private'} now"
            yield Difference("access", "wider" if bucket.public else "narrower", "", words)


def _questions(before: Plan, after: Plan) -> Iterator[Difference]:
    was = [(q.question, *(b.quote for b in q.because)) for q in before.open_questions]
    now = [(q.question, *(b.quote for b in q.because)) for q in after.open_questions]
    for question in now:
        if question not in was:
            yield Difference("question", "added", "", f"open: {_about(question)}")
    for question in was:
        if question not in now:
            yield Difference("question", "removed", "", f"no longer open: {_about(question)}")


def _about(question: tuple[str, ...]) -> str:
    quote = f" (“{question[1]}”)" if len(question) > 1 else ""
    return question[0] + quote


def _listed(kind: str, was: Iterable[Any], now: Iterable[Any]) -> Iterator[Difference]:
    old, new = list(was), list(now)
    for name in new:
        if name not in old:
            yield Difference("part", "added", "", f"{kind} {name} is new")
    for name in old:
        if name not in new:
            yield Difference("part", "removed", "", f"{kind} {name} is gone")
