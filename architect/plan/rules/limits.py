"""How large a plan may be: what one transaction can create without running out of locks."""

from __future__ import annotations

from collections.abc import Iterator

from architect.plan.model import Plan
from architect.plan.rules.violation import Violation

MAX_TABLES = 200
MAX_COLUMNS_PER_TABLE = 200
MAX_PER_TABLE = 30
#: Postgres holds a lock per table and index until commit; 6 000 tables in one transaction ran out of memory.
MAX_RELATIONS = 2_000
MAX_COLUMNS = 5_000
MAX_FUNCTIONS = 20
MAX_BUCKETS = 20


def broken(plan: Plan) -> Iterator[Violation]:
    yield from _at_most(len(plan.tables), MAX_TABLES, "tables", "tables")
    yield from _at_most(len(plan.functions), MAX_FUNCTIONS, "functions", "functions")
    yield from _at_most(len(plan.buckets), MAX_BUCKETS, "buckets", "buckets")
    yield from _at_most(sum(len(t.columns) for t in plan.tables), MAX_COLUMNS, "tables", "columns in all")
    relations = sum(2 + len(t.foreign_keys) + len(t.uniques) + len(t.indexes) for t in plan.tables)
    yield from _at_most(relations, MAX_RELATIONS, "tables", "tables, keys and indexes in all")
    for n, table in enumerate(plan.tables):
        path = f"tables[{n}]"
        yield from _at_most(len(table.columns), MAX_COLUMNS_PER_TABLE, f"{path}.columns", "columns")
        for part in ("policies", "foreign_keys", "uniques", "indexes", "triggers"):
            yield from _at_most(
                len(getattr(table, part)), MAX_PER_TABLE, f"{path}.{part}", part.replace("_", " ")
            )


def _at_most(count: int, limit: int, path: str, what: str) -> Iterator[Violation]:
    if count > limit:
        yield Violation("too_many", path, f"{count} {what}; at most {limit} are possible. Split the plan.")
