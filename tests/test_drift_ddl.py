"""DDL from facts: a database is built from them, and brought from any state to any other."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from architect.catalog.facts.read import read
from architect.catalog.facts.reader import DsnReader
from architect.catalog.facts.snapshot import Key, Snapshot
from architect.drift.clone.scratch import Scratch
from architect.drift.compare import drift
from architect.drift.ddl import Statement, alter, create
from architect.drift.ddl import hazards as hz
from architect.drift.ddl.names import setting_value
from architect.drift.ddl.order import ordered
from architect.drift.fix import fix_for
from architect.drift.model import Fix
from tests.drift.mutations import MUTATIONS
from tests.facts.site import Inside
from tests.fixtures.cluster import temporary_home

LISTS = Path(__file__).parent / "drift"
#: What no SQL makes again: how somebody logs in elsewhere is a secret.
LOST = {"user_mapping"}


class Place:
    """The healthy database on a server of its own; everything done to it is rolled back."""

    def __init__(self, server: Scratch) -> None:
        self.server = server
        self.connection = self.filled("healthy", "base.sql")
        self.snapshot = read(Inside(self.connection))

    def filled(self, name: str, file: str) -> psycopg.Connection[Any]:
        self.server.create_database(name)
        connection = self.server.connect(name)
        connection.execute((LISTS / file).read_bytes())
        return connection

    @contextlib.contextmanager
    def changed(self, sql: str) -> Iterator[Snapshot]:
        """The facts after ``sql``, which lasts as long as the block."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(sql.encode())
            yield self.read()

    def read(self) -> Snapshot:
        return read(Inside(self.connection), against=self.snapshot)

    def run(self, statements: Sequence[Statement]) -> None:
        for one in statements:
            if one.why_not is None:
                self.connection.execute(one.sql.encode())

    def fixes(self, found: Snapshot) -> dict[str, Fix]:
        """The fixes by the type of their alerts."""
        pairs = [(one.alert.type, fix_for(one, self.snapshot, found)) for one in drift(self.snapshot, found)]
        return {name: fix for name, fix in pairs if fix is not None}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with temporary_home() as home, Scratch(root=home / "scratch") as server:
        place = Place(server)
        yield place
        place.connection.close()


def differing(expected: Snapshot, found: Snapshot) -> list[str]:
    """The facts that are not the same, but for those that cannot be."""
    keys = expected.facts.keys() | found.facts.keys()
    return sorted(
        str(key) for key in keys if key.kind not in LOST and expected.facts.get(key) != found.facts.get(key)
    )


@pytest.mark.parametrize("file", ["base.sql", "strange.sql"])
def test_an_empty_database_becomes_the_described_one_and_empty_again(place: Place, file: str) -> None:
    source = place.filled("source", file)
    wanted = read(Inside(source))
    source.close()
    place.server.create_database("copy")
    with place.server.connect("copy") as connection, DsnReader(place.server.dsn("copy")) as reader:
        empty = read(reader)
        statements = create(wanted)
        assert {one.key.kind for one in statements if one.why_not and one.key} <= LOST
        with connection.transaction():
            for one in statements:
                if one.why_not is None:
                    connection.execute(one.sql.encode())
        built = read(reader)
        assert differing(wanted, built) == []
        with connection.transaction():
            for one in alter(built, empty):
                connection.execute(one.sql.encode())
        assert differing(empty, read(reader)) == []
    for name in ("source", "copy"):
        place.server.drop_database(name)


#: What a clone cannot be given, because no fact holds it.
UNTOLD = {"large objects", "subscription", "extension version", "extension function replaced"}
#: Another choice than that of the test of the lists, which goes the other way.
SAMPLE = [one for one in MUTATIONS if one.fixable and one.name not in UNTOLD][4::30]


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda one: one.name)
def test_statements_lead_to_any_drift_and_back(place: Place, mutation: Any) -> None:
    if mutation.since > place.snapshot.server_version_num:
        return
    with place.changed(mutation.sql) as found:
        pass
    with place.connection.transaction(force_rollback=True):
        place.run(alter(place.snapshot, found))
        there = place.read()
        assert differing(found, there) == []
        place.run(alter(there, place.snapshot))
        assert differing(place.snapshot, place.read()) == []


def test_what_uses_a_column_makes_room_for_its_type_and_comes_back(place: Place) -> None:
    # A policy, a view, a trigger, a computed column, an index, a check and a published filter use it.
    uses = """create policy small on public.tasks for delete to authenticated using (points < 3);
      create view public.hard as select id, points from public.tasks where points > 5;
      create view public.harder as select id from public.hard where points > 8;
      create trigger watch before update of points on public.tasks for each row
        when (new.points > 9) execute function public.touch();
      create index tasks_points on public.tasks (points) where points > 1;
      alter table public.tasks add constraint fair check (points < 100);
      alter publication changes set table public.tasks where (id > 0);
      grant select on public.hard to authenticated"""
    with place.changed(uses) as wanted:
        retype = """drop view public.harder, public.hard; drop policy small on public.tasks;
          drop trigger watch on public.tasks; alter table public.tasks drop column estimate;
          alter table public.tasks alter column points type bigint;
          alter table public.tasks add column estimate numeric generated always as (points * 1.5) stored;
          create policy small on public.tasks for delete to authenticated using (points < 3);
          create view public.hard as select id, points from public.tasks where points > 5;
          create view public.harder as select id from public.hard where points > 8;
          create trigger watch before update of points on public.tasks for each row
            when (new.points > 9) execute function public.touch();
          grant select on public.hard to authenticated"""
        place.connection.execute(retype)
        found = place.read()
        assert "column public.tasks.points" in differing(wanted, found)
        place.run(alter(found, wanted))
        assert differing(wanted, place.read()) == []
        rows = place.connection.execute("select title, points, estimate from public.tasks").fetchall()
        assert [(title, points, float(estimate)) for title, points, estimate in rows] == [("Begin", 1, 1.5)]


def test_a_function_that_is_in_use_gives_another_answer_type(place: Place) -> None:
    uses = """create function public.limit_of(plan text) returns integer language sql immutable return 3;
      create table public.used (id integer default public.limit_of('free'), plan text,
        most integer generated always as (public.limit_of(plan)) stored, check (public.limit_of(plan) > 0));
      alter table public.used enable row level security;
      create policy few on public.used using (id < public.limit_of(plan));
      create index used_limit on public.used (public.limit_of(plan));
      create view public.limits as select public.limit_of(name) from public.orgs;
      insert into public.used (plan) values ('pro')"""
    with place.changed(uses) as wanted:
        changed = wanted.facts[Key("function", "public", "limit_of(text)")]
        body = str(changed.detail["definition"])
        place.run(alter(wanted, wanted))
        place.connection.execute("drop function public.limit_of(text) cascade")
        place.connection.execute(body.replace("RETURNS integer", "RETURNS bigint").encode())
        place.connection.execute(
            "alter table public.used alter id set default public.limit_of('free')::integer"
        )
        found = place.read()
        place.run(alter(found, wanted))
        assert differing(wanted, place.read()) == []
        assert place.connection.execute("select id, plan, most from public.used").fetchall() == [
            (3, "pro", 3)
        ]


def test_a_label_goes_from_a_type_that_rows_are_made_of(place: Place) -> None:
    with place.changed("alter type public.item_status add value 'lost'") as found:
        place.run(alter(found, place.snapshot))
        assert differing(place.snapshot, place.read()) == []
        assert place.connection.execute("select status::text from public.projects").fetchall() == [("draft",)]


def test_a_renamed_table_column_or_schema_gets_its_name_back_with_its_rows(place: Place) -> None:
    renames = (
        ("alter table public.countries rename to lands", "select count(*) from public.countries", 2),
        ("alter table public.tasks rename owner_id to boss", "select count(owner_id) from public.tasks", 1),
        ("alter schema private rename to hidden", "select count(*) from private.secrets", 0),
    )
    for change, question, answer in renames:
        with place.changed(change) as found:
            fixes = place.fixes(found)
            assert all(fix.automatic for fix in fixes.values()), fixes
            place.connection.execute(next(iter(fixes.values())).sql.encode())
            assert differing(place.snapshot, place.read()) == []
            assert place.connection.execute(question.encode()).fetchone() == (answer,)


def test_a_fix_says_what_it_costs(place: Place) -> None:
    with place.changed("alter table public.tasks disable row level security") as found:
        fix = place.fixes(found)["rls_disabled"]
        assert fix.sql == (
            "set local lock_timeout = '3s';\nset local search_path = '';\n"
            'alter table "public"."tasks" enable row level security;'
        )
        assert fix.hazards == [hz.ACCESS_EXCLUSIVE, hz.AUTHZ]
        assert (fix.automatic, fix.proven, fix.proof) == (True, False, None)
    with place.changed("create table public.leak (id integer); grant all on public.leak to anon") as found:
        fix = place.fixes(found)["table_extra"]
        lines = fix.sql.splitlines()
        shut = lines.index('alter table "public"."leak" enable row level security;')
        taken = next(i for i, line in enumerate(lines) if line.startswith("revoke all") and "anon" in line)
        assert shut < taken < lines.index('drop table "public"."leak";')
        assert {hz.DELETES_DATA, hz.IRREVERSIBLE} <= set(fix.hazards)
        assert not fix.automatic
    with place.changed("drop table public.comments") as found:
        fix = place.fixes(found)["table_missing"]
        assert hz.NOT_RESTORED in fix.hazards
        assert not fix.automatic
    with place.changed("alter role authenticated bypassrls") as found:
        (fix,) = place.fixes(found).values()
        assert fix.sql.endswith('alter role "authenticated" nobypassrls;')
        assert hz.SUPERUSER in fix.hazards
    with place.changed("alter table storage.objects disable row level security") as found:
        assert hz.SUPERUSER in place.fixes(found)["rls_disabled"].hazards
    with place.changed("drop index public.tasks_owner_idx") as found:
        (fix,) = place.fixes(found).values()
        assert {hz.SHARE, hz.INDEX_BUILD} <= set(fix.hazards)
        assert "CONCURRENTLY" in hz.EXPLAINED[hz.INDEX_BUILD]
    with place.changed("alter table public.projects drop constraint dates_in_order") as found:
        (fix,) = place.fixes(found).values()
        assert fix.sql.index("NOT VALID") < fix.sql.index("validate constraint")


#: Rules of squawk that a fix breaks knowingly. What they warn of is said as a hazard.
GONE = "what drifted in has to go"
BACK = "what the object was before it drifted"
WHOLE = "a fix runs whole or not at all, so that it is one transaction"
SQUAWK_SILENT = {
    "adding-field-with-default": BACK,
    "adding-not-nullable-field": BACK,
    "ban-alter-domain-with-add-constraint": BACK,
    "ban-alter-identity": BACK,
    "ban-drop-column": GONE,
    "ban-drop-constraint": GONE,
    "ban-drop-default": GONE,
    "ban-drop-function": GONE,
    "ban-drop-table": GONE,
    "ban-drop-type": GONE,
    "ban-drop-view": GONE,
    "changing-column-type": BACK,
    "constraint-missing-not-valid": WHOLE,
    "disallowed-unique-constraint": WHOLE,
    "renaming-column": BACK,
    "renaming-table": BACK,
    "require-concurrent-index-creation": WHOLE,
    "require-concurrent-index-deletion": WHOLE,
    "require-concurrent-reindex": WHOLE,
}


def test_squawk_finds_no_other_carelessness(place: Place, tmp_path: Path) -> None:
    files = []
    for number, mutation in enumerate(MUTATIONS[5::26]):
        if mutation.since > place.snapshot.server_version_num:
            continue
        with place.changed(mutation.sql) as found:
            text = "\n".join(fix.sql for fix in place.fixes(found).values())
        files.append(tmp_path / f"{number:03}.sql")
        files[-1].write_text(f"set local statement_timeout = '60s';\n{text}\n")
    said = subprocess.run(
        [
            Path(sys.executable).with_name("squawk"),
            "--assume-in-transaction",
            "--pg-version=18.0",
            *(f"--exclude={rule}" for rule in SQUAWK_SILENT),
            *files,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    careless = tmp_path / "careless.sql"
    careless.write_text("alter table public.tasks add column x text;\n")
    assert subprocess.run(
        [Path(sys.executable).with_name("squawk"), careless], capture_output=True
    ).returncode


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=80))
def test_every_step_stands_behind_those_it_needs(pairs: list[tuple[int, int]]) -> None:
    needs: dict[int, set[int]] = {}
    for left, right in pairs:
        if left != right:
            # Only ever on a smaller number, so that there is no ring.
            needs.setdefault(max(left, right), set()).add(min(left, right))
    steps = list(range(31))
    done = ordered(steps, needs, {step: (-step,) for step in steps})
    assert sorted(done) == steps
    assert all(done.index(need) < done.index(step) for step in needs for need in needs[step])


def test_a_ring_of_needs_is_opened_and_nothing_is_lost() -> None:
    rank: dict[str, tuple[object, ...]] = {name: (name,) for name in "abcd"}
    assert sorted(ordered("abcd", {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"c"}}, rank)) == list("abcd")


def test_a_list_of_names_is_stored_as_it_was() -> None:
    assert setting_value("search_path", '""') == "''"
    assert setting_value("search_path", 'public, "My Path", "a""b"') == "'public', 'My Path', 'a\"b'"
    assert setting_value("pgrst.db_schemas", "public, storage") == "'public, storage'"
