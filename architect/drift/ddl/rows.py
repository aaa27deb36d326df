"""Rows that are configuration: storage buckets and scheduled jobs."""

from __future__ import annotations

import json
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import cannot, statement

_BUCKETS, _JOBS = "storage.buckets", "cron.job"


def _values(table: str, detail: dict[str, Any]) -> str:
    """A row of ``table`` from JSON: the server itself casts every value to its column's type."""
    said = n.text(json.dumps(detail, ensure_ascii=False))
    return f"pg_catalog.jsonb_populate_record(null::{table}, {said}::jsonb)"


def _insert(fact: Fact, table: str, more: dict[str, Any] | None = None) -> Statements:
    row = {**fact.detail, **(more or {})}
    names = ", ".join(n.ident(name) for name in sorted(row))
    sql = f"insert into {table} ({names}) select {names} from {_values(table, row)}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _update(before: Fact, after: Fact, table: str, where: str) -> Statements:
    changed = sorted(
        name
        for name in after.detail
        if before.detail.get(name) != after.detail[name] and name in before.detail
    )
    if not changed:
        return []
    pairs = ", ".join(f"{n.ident(name)} = wanted.{n.ident(name)}" for name in changed)
    source = _values(table, {name: after.detail[name] for name in changed})
    sql = f"update {table} as kept set {pairs} from {source} as wanted where kept.{where}"
    return [statement(after.key, sql, hz.AUTHZ)]


def _bucket_is(fact: Fact) -> str:
    return f"id = {n.text(str(fact.detail['id']))}"


def _create_bucket(fact: Fact, sides: Sides) -> Statements:
    made = _insert(fact, _BUCKETS)
    return [statement(fact.key, made[0].sql, hz.AUTHZ, hz.NOT_RESTORED)]


def _drop_bucket(fact: Fact, sides: Sides) -> Statements:
    """Closed first; it cannot be deleted while it holds files."""
    shut = f"update {_BUCKETS} set public = false where {_bucket_is(fact)}"
    sql = f"delete from {_BUCKETS} where {_bucket_is(fact)}"
    found = [statement(fact.key, shut, hz.AUTHZ)] if fact.detail.get("public") else []
    return [*found, statement(fact.key, sql, hz.DELETES_DATA, hz.IRREVERSIBLE, hz.CORRECTNESS)]


def _alter_bucket(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _update(before, after, _BUCKETS, _bucket_is(after))


def _in_buckets(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [Key("table", "storage", "buckets")]


BUCKET = Noun(Phase.ROWS, _create_bucket, _drop_bucket, _alter_bucket, _in_buckets)


def _scheduler(sides: Sides) -> bool:
    """Whether pg_cron itself is there, whose functions keep its worker informed."""
    return any(Key("extension", "", "pg_cron") in side for side in (sides.found, sides.wanted))


def _number(fact: Fact) -> int:
    """A job without a name is named by its number."""
    return int(fact.key.name.removeprefix("job ").partition(" ")[0])


def _job_is(fact: Fact) -> str:
    name = fact.detail.get("jobname")
    if name is not None:
        return f"jobname = {n.text(str(name))}"
    return f"jobid = {_number(fact)}"


def _create_job(fact: Fact, sides: Sides) -> Statements:
    detail = fact.detail
    if not _scheduler(sides):
        number = {} if detail.get("jobname") is not None else {"jobid": _number(fact)}
        return _insert(fact, _JOBS, number)
    words = [n.text(str(detail[word])) for word in ("schedule", "command")]
    if detail.get("jobname") is not None:
        words.insert(0, n.text(str(detail["jobname"])))
    found = [statement(fact.key, f"select cron.schedule({', '.join(words)})")]
    if not detail.get("active", True) or "username" in detail:
        found += _alter_scheduled(fact)
    return found


def _alter_scheduled(fact: Fact) -> Statements:
    detail = fact.detail
    words = [f"schedule := {n.text(str(detail['schedule']))}", f"command := {n.text(str(detail['command']))}"]
    words.append(f"active := {str(bool(detail['active'])).lower()}")
    if detail.get("username"):
        words.append(f"username := {n.text(str(detail['username']))}")
    sql = f"select cron.alter_job(jobid, {', '.join(words)}) from cron.job where {_job_is(fact)}"
    return [statement(fact.key, sql, hz.AUTHZ)]


def _drop_job(fact: Fact, sides: Sides) -> Statements:
    if _scheduler(sides):
        return [
            statement(
                fact.key, f"select cron.unschedule(jobid) from cron.job where {_job_is(fact)}", hz.AUTHZ
            )
        ]
    return [statement(fact.key, f"delete from {_JOBS} where {_job_is(fact)}", hz.AUTHZ)]


def _alter_job(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _alter_scheduled(after) if _scheduler(sides) else _update(before, after, _JOBS, _job_is(after))


def _in_jobs(fact: Fact, _catalog: Catalog) -> list[Key]:
    return [Key("table", "cron", "job")]


CRON_JOB = Noun(Phase.ROWS, _create_job, _drop_job, _alter_job, _in_jobs)


def _migration(fact: Fact, sides: Sides) -> Statements:
    return [cannot(fact.key, "a migration is applied by its tool, and its statements are not recorded")]


def _change_migration(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _migration(after, sides)


MIGRATION = Noun(Phase.ROWS, _migration, _migration, _change_migration)
