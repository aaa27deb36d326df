"""Definitions said once more, and things that come and go."""

from __future__ import annotations

import random

from tests.drift.steps.pick import Connection, one


def function_replaced_by_itself(connection: Connection, choice: random.Random) -> str:
    (definition,) = one(
        connection,
        choice,
        """select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = pronamespace
        where nspname in ('public', 'private', 'auth', 'storage') and prokind in ('f', 'p')
          and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'i')""",
    )
    return str(definition)


def function_altered_to_itself(connection: Connection, choice: random.Random) -> str:
    name, definer, volatility = one(
        connection,
        choice,
        """select p.oid::regprocedure::text, prosecdef, provolatile::text from pg_proc p
        join pg_namespace n on n.oid = pronamespace where nspname in ('private', 'auth') and prokind = 'f'""",
    )
    words = {"i": "immutable", "s": "stable", "v": "volatile"}[volatility]
    return f"alter function {name} security {'definer' if definer else 'invoker'} {words}"


def view_replaced_by_itself(connection: Connection, choice: random.Random) -> str:
    name, options, definition = one(
        connection,
        choice,
        """select format('%I.%I', nspname, relname), array_to_string(reloptions, ', '), pg_get_viewdef(c.oid)
        from pg_class c join pg_namespace n on n.oid = relnamespace
        where relkind = 'v' and nspname in ('public', 'reports')""",
    )
    return f"create or replace view {name}{f' with ({options})' if options else ''} as {definition}"


def trigger_created_again(connection: Connection, choice: random.Random) -> str:
    table, name, definition = one(
        connection,
        choice,
        """select tgrelid::regclass::text, quote_ident(tgname), pg_get_triggerdef(oid)
        from pg_trigger where not tgisinternal""",
    )
    return f"drop trigger {name} on {table}; {definition}"


def trigger_off_and_on(connection: Connection, choice: random.Random) -> str:
    table, name = one(
        connection,
        choice,
        "select tgrelid::regclass::text, quote_ident(tgname) from pg_trigger where not tgisinternal",
    )
    which = choice.choice((name, "all", "user"))
    return f"alter table {table} disable trigger {which}; alter table {table} enable trigger {which}"


def index_created_again(connection: Connection, choice: random.Random) -> str:
    name, definition = one(
        connection,
        choice,
        """select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index i
        join pg_class c on c.oid = indrelid join pg_namespace n on n.oid = relnamespace
        where nspname = 'public' and not exists (select from pg_constraint where conindid = indexrelid)""",
    )
    return f"drop index {name}; {definition}"


def constraint_created_again(connection: Connection, choice: random.Random) -> str:
    table, name, definition = one(
        connection,
        choice,
        """select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(c.oid)
        from pg_constraint c join pg_namespace n on n.oid = connamespace
        where nspname = 'public' and contype in ('c', 'f') and conrelid <> 0 and coninhcount = 0""",
    )
    return f"alter table {table} drop constraint {name}, add constraint {name} {definition}"


def default_set_again(connection: Connection, choice: random.Random) -> str:
    table, column, default = one(
        connection,
        choice,
        """select adrelid::regclass::text, quote_ident(attname), pg_get_expr(adbin, adrelid)
        from pg_attrdef join pg_attribute a on attrelid = adrelid and attnum = adnum
        join pg_class c on c.oid = adrelid join pg_namespace n on n.oid = relnamespace
        where nspname = 'public' and relkind in ('r', 'p') and attgenerated = ''""",
    )
    alter = f"alter table {table} alter column {column}"
    return f"{alter} drop default; {alter} set default {default}"


def nullable_and_back(connection: Connection, choice: random.Random) -> str:
    table, column = one(
        connection,
        choice,
        """select attrelid::regclass::text, quote_ident(attname) from pg_attribute a
        join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
        where nspname = 'public' and relkind = 'r' and attnum > 0 and not attisdropped and attnotnull
          and attidentity = '' and not relispartition
          and not exists (select from pg_index i where indrelid = attrelid and attnum = any (indkey))
          and not exists (select from pg_inherits where attrelid in (inhrelid, inhparent))""",
    )
    alter = f"alter table {table} alter column {column}"
    return f"{alter} drop not null; {alter} set not null"


def column_for_a_moment(connection: Connection, choice: random.Random) -> str:
    (table,) = one(
        connection,
        choice,
        """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = 'public' and relkind in ('r', 'p') and not relispartition""",
    )
    return f"alter table {table} add column zz text default 'x'; alter table {table} drop column zz"


def column_at_the_end(connection: Connection, choice: random.Random) -> str:
    return (
        "alter table public.api_tokens drop column hash;"
        " alter table public.api_tokens add column hash text not null default 'x';"
        " alter table public.api_tokens alter column hash drop default"
    )


def table_for_a_moment(connection: Connection, choice: random.Random) -> str:
    return (
        "create table public.zz (id serial primary key, t text references public.countries);"
        " create index on public.zz (t); grant all on public.zz to anon; drop table public.zz"
    )


def publication_set_again(connection: Connection, choice: random.Random) -> str:
    tables = ["public.messages", "public.projects (title, id, org_id)", "public.comments where (id > 0)"]
    return f"alter publication supabase_realtime set table {', '.join(choice.sample(tables, 3))}"
