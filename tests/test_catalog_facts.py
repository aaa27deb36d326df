"""Every change of an object changes its fact, and no other; what means nothing changes none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from architect.catalog.facts import sections
from architect.catalog.facts.baseline import Baseline, from_json, to_json
from architect.catalog.facts.place import unlike
from architect.catalog.facts.read import aread, read
from architect.catalog.facts.reader import DsnReader, McpReader
from architect.catalog.facts.snapshot import Edge, Key, Snapshot
from architect.catalog.facts.token import atoken, token
from architect.embedded.postgres import Cluster
from tests.facts.changes import changes
from tests.facts.site import ADMIN, Site

CHANGES = changes()


@pytest.fixture(scope="module")
def site(cluster: Cluster) -> Iterator[Site]:
    site = Site.build(cluster, "facts_site")
    yield site
    site.connection.close()
    cluster.drop_database("facts_site")


@pytest.mark.parametrize(("sql", "keys"), CHANGES, ids=[sql.splitlines()[0][:60] for sql, _ in CHANGES])
def test_a_change_changes_its_own_facts_only(site: Site, sql: str, keys: set[str]) -> None:
    found, now = site.after(sql)
    assert site.differing(found) == keys
    assert found.blind == site.snapshot.blind
    assert (found is site.snapshot) == (not keys)
    assert now != site.token or not keys


def test_upkeep_changes_neither_facts_nor_token(site: Site) -> None:
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        for sql in ("vacuum (analyze, freeze)", "analyze", "insert into public.orgs values (9, 'nine')"):
            connection.execute(sql)
        connection.execute("delete from public.orgs")
        with DsnReader(site.dsn) as reader:
            assert token(reader) == site.token
            connection.execute("vacuum full public.items")
            connection.execute("reindex (concurrently) table public.items")
            assert read(reader, against=site.snapshot) is site.snapshot


def test_a_clone_has_the_same_facts(cluster: Cluster) -> None:
    names = ("facts_first", "facts_second")
    setting = Key("database_setting", "", "pgrst.db_schemas")
    with psycopg.connect(cluster.dsn("postgres", ADMIN), autocommit=True) as connection:
        try:
            cluster.create_database(names[0])
            connection.execute("alter database facts_first set pgrst.db_schemas = 'private'")
            connection.execute("alter database facts_first set search_path = private")
            connection.execute("create database facts_second template facts_first")
            first, second = (_read(cluster.dsn(name, ADMIN)) for name in names)
            connection.execute("alter database facts_second set pgrst.db_schemas = 'public, private'")
            connection.execute("grant create on database facts_second to anon")
            third = _read(cluster.dsn(names[1], ADMIN))
        finally:
            for name in names:
                cluster.drop_database(name)
    differing = _differing(first, second)
    assert {setting, Key("grant", "", "database this database: authenticator")} < differing
    assert differing == unlike(first, second)
    assert not unlike(first, first)
    # What somebody did to the clone itself is no less his doing.
    granted = Key("grant", "", "database this database: anon")
    assert _differing(first, third) - unlike(first, third) == {setting, granted}
    assert _differing(second, third) == {setting, granted}


def test_dependencies_are_known(site: Site) -> None:
    policy = Key("policy", "public", "items.reads")
    for used in (
        Key("function", "private", "is_member(bigint)"),
        Key("table", "public", "items"),
        Key("column", "public", "items.org_id"),
    ):
        assert Edge(policy, used) in site.snapshot.edges
    assert Edge(Key("view", "public", "v"), Key("column", "public", "items.owner")) in site.snapshot.edges
    assert Edge(Key("trigger", "public", "items.touched"), Key("function", "public", "touch()")) in (
        site.snapshot.edges
    )
    assert {edge.user for edge in site.snapshot.edges if edge.user not in site.snapshot.facts} == set()
    assert {edge.used for edge in site.snapshot.edges if edge.used not in site.snapshot.facts} == set()


def test_every_fact_has_a_section_and_every_section_a_fact(site: Site) -> None:
    states = {"storage.buckets": True, "cron.job": True, "supabase_migrations.schema_migrations": None}
    names = {section.name for section in sections.sections(states)}
    made = {sections.section_of(key.kind) for key in site.snapshot.facts}
    assert made <= names
    assert names - made <= {"blind", "subscription", "security_label", "extension_table"}


def test_baselines_of_one_database_are_the_same(site: Site) -> None:
    again = _read(site.dsn)
    first, second = (to_json(Baseline.of(one)) for one in (site.snapshot, again))
    ignored = {"recorded_at": "", "sha256": ""}
    assert json.dumps(first | ignored, sort_keys=True) == json.dumps(second | ignored, sort_keys=True)
    kept = from_json(json.loads(json.dumps(first)))
    assert kept.snapshot == site.snapshot
    assert kept.sha256 == first["sha256"]


async def test_scripts_find_the_same(site: Site) -> None:
    asked: list[str] = []

    async def call(sql: str) -> Any:
        asked.append(sql)
        with psycopg.connect(site.dsn, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
            cursor = connection.execute(sql)
            while cursor.nextset():
                pass
            return cursor.fetchall()

    reader = McpReader(call)
    assert await aread(reader) == site.snapshot
    asked.clear()
    assert await aread(reader, against=site.snapshot) is site.snapshot
    assert len(asked) == 2
    with DsnReader(site.dsn) as straight:
        assert await atoken(reader) == token(straight)


def test_secrets_stay_in_the_database(site: Site) -> None:
    secret = "sb_secret_abcdefghijklmnop"
    found, _ = site.after(
        f"update cron.job set command = 'select net.http_get(''{secret}'')'; "
        f"alter role anon set app.jwt_secret = '{secret}'"
    )
    text = json.dumps(to_json(Baseline.of(found)))
    assert secret not in text
    assert site.differing(found) == {"cron_job nightly", "role_setting anon.app.jwt_secret"}
    assert found.facts[Key("cron_job", "", "nightly")].detail["redacted"]
    other, _ = site.after(
        "update cron.job set command = 'select net.http_get(''sb_secret_abcdefghijklmnoq'')'"
    )
    job = Key("cron_job", "", "nightly")
    assert other.facts[job].detail["redacted"] != found.facts[job].detail["redacted"]


def _read(dsn: str) -> Snapshot:
    with DsnReader(dsn) as reader:
        return read(reader)


def _differing(one: Snapshot, other: Snapshot) -> set[Key]:
    keys = one.facts.keys() | other.facts.keys()
    return {key for key in keys if one.facts.get(key) != other.facts.get(key)}
