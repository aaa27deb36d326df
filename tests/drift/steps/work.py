"""What is no change of the schema."""

from __future__ import annotations

import random

from psycopg import sql

from tests.drift.steps.pick import Connection


def temporary(connection: Connection, choice: random.Random) -> str:
    name = f"temp_{choice.randint(0, 10**9)}"
    return f"create temp table {name} (id int primary key); create index on {name} (id)"


def rows(connection: Connection, choice: random.Random) -> str:
    return choice.choice(
        (
            "insert into public.orgs (name) select 'x' from generate_series(1, 20)",
            "update public.countries set population = population + 1",
            "insert into storage.objects (bucket_id, name) values ('documents', 'x')",
            "select nextval('public.invoice_numbers'), nextval('public.comments_id_seq')",
            "delete from public.messages",
            "update storage.buckets set updated_at = clock_timestamp()",
            "truncate public.drafts",
        )
    )


def upkeep(connection: Connection, choice: random.Random) -> str:
    return choice.choice(
        (
            "vacuum public.tasks",
            "vacuum full public.countries",
            "analyze",
            "reindex table public.projects",
            "reindex index concurrently public.tasks_owner_idx",
            "refresh materialized view public.org_stats",
            "refresh materialized view concurrently public.org_stats",
            "checkpoint",
        )
    )


def database_settings(connection: Connection, choice: random.Random) -> str:
    name = sql.Identifier(connection.info.dbname).as_string(connection)
    path = choice.choice(("public", "auth, public", '"$user", public, extensions'))
    return choice.choice(
        (f"alter database {name} set search_path = {path}", f"alter database {name} reset search_path")
    )


def comments(connection: Connection, choice: random.Random) -> str:
    text = sql.Literal(f"words {choice.random()}").as_string(connection)
    where = choice.choice(
        ("table public.orgs", "column public.orgs.name", "function auth.uid()", "schema private")
    )
    return f"comment on {where} is {text}"
