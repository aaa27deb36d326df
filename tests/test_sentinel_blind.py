"""What keeps the sentinel from seeing is an error or a blind spot, never "no drift"."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from architect.catalog.facts import baseline
from architect.catalog.facts.read import aread, read
from architect.catalog.facts.reader import DsnReader, McpReader, Run
from architect.catalog.facts.snapshot import Blind, Key, Snapshot
from architect.catalog.facts.token import token
from architect.embedded.postgres import Cluster
from architect.errors import BaselineInvalid, CatalogUnreadable
from tests.facts.site import ADMIN
from tests.fixtures.cluster import Database
from tests.tcp_proxy import TcpProxy

BUCKETS = "rows of storage.buckets"


@pytest.fixture
def admin(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect(ADMIN) as connection:
        yield connection


def _read(database: Database, role: str = ADMIN, against: Snapshot | None = None) -> Snapshot:
    with DsnReader(database.dsn(role)) as reader:
        return read(reader, against=against)


async def test_a_connection_that_breaks_in_the_middle(database: Database) -> None:
    async with TcpProxy.to(database.cluster.state.postgres_port) as proxy:
        port = database.cluster.state.postgres_port
        dsn = database.dsn(ADMIN).replace(f":{port}/", f":{proxy.port}/")
        loop = asyncio.get_running_loop()

        class Cut:
            """Reads, and loses its connection before the ``last`` script."""

            def __init__(self, inner: DsnReader, last: int) -> None:
                self.inner, self.last, self.asked = inner, last, 0

            def moment(self) -> Any:
                return _Moment(self)

        class _Moment:
            def __init__(self, cut: Cut) -> None:
                self.cut, self.context = cut, cut.inner.moment()

            def __enter__(self) -> Run:
                run = self.context.__enter__()

                def counted(sql: str) -> Any:
                    self.cut.asked += 1
                    if self.cut.asked == self.cut.last:
                        asyncio.run_coroutine_threadsafe(_cut(proxy), loop).result(10)
                    return run(sql)

                return counted

            def __exit__(self, *error: Any) -> Any:
                return self.context.__exit__(*error)

        def attempt(last: int) -> Snapshot:
            with DsnReader(dsn) as reader:
                return read(Cut(reader, last))

        for last in (1, 2, 3):
            with pytest.raises(CatalogUnreadable):
                await asyncio.to_thread(attempt, last)
        assert (await asyncio.to_thread(attempt, 4)).facts


async def _cut(proxy: TcpProxy) -> int:
    return proxy.cut()


def test_a_server_that_takes_too_long(database: Database, admin: psycopg.Connection[Any]) -> None:
    with (
        admin.transaction(),
        DsnReader(database.dsn(ADMIN), timeout_s=0.3) as reader,
    ):
        admin.execute("lock table pg_catalog.pg_policy in access exclusive mode")
        with pytest.raises(CatalogUnreadable, match="timeout") as caught:
            read(reader)
        assert caught.value.exit_code == 2
    with DsnReader(database.dsn(ADMIN)) as reader:
        assert read(reader).facts


@pytest.mark.parametrize("catalog", ["pg_policy", "pg_proc", "pg_depend", "pg_roles", "pg_db_role_setting"])
def test_a_catalog_that_may_not_be_read(
    database: Database, admin: psycopg.Connection[Any], catalog: str
) -> None:
    admin.execute(f"revoke select on pg_catalog.{catalog} from public")
    with pytest.raises(CatalogUnreadable, match=catalog) as caught:
        _read(database, "postgres")
    assert caught.value.details["sqlstate"] == "42501"
    with DsnReader(database.dsn("postgres")) as reader, pytest.raises(CatalogUnreadable):
        token(reader)


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("update pg_policy set polcmd = 'z' where polname = 'odd'", "policy odd on public.odd"),
        ("update pg_constraint set contype = 'z' where conname = 'odd_id_check'", "constraint odd_id_check"),
        ("update pg_proc set prokind = 'z' where proname = 'odd'", "function public.odd"),
        ("update pg_trigger set tgenabled = 'z' where tgname = 'odd'", "trigger odd on public.odd"),
        ("create type public.unfinished", "type public.unfinished"),
        ("update pg_depend set classid = 'pg_aggregate'::regclass where objid = 'public.odd'::regclass "
         "and deptype = 'n'", "objects of pg_aggregate"),
    ],
)  # fmt: skip
def test_an_unknown_kind_of_object_is_named(
    database: Database, admin: psycopg.Connection[Any], sql: str, what: str
) -> None:
    admin.execute("set allow_system_table_mods = on")
    admin.execute(
        "create table public.odd (id integer check (id > 0)); create policy odd on public.odd using (true); "
        "create function public.odd() returns trigger language plpgsql as 'begin end'; "
        "create trigger odd after insert on public.odd execute function public.odd()"
    )
    before = _read(database)
    assert not before.blind
    admin.execute(sql)
    found = _read(database, against=before)
    assert [one.what for one in found.blind if one.what.startswith(what)]


def test_rows_that_are_filtered_are_not_taken_for_gone(
    database: Database, admin: psycopg.Connection[Any]
) -> None:
    admin.execute("insert into storage.buckets (id, name) values ('docs', 'docs')")
    admin.execute("create policy nobody on storage.buckets as restrictive using (false)")
    role = "supabase_read_only_user"
    before = _read(database)
    bucket = Key("bucket", "", "docs")
    assert bucket in before.facts
    admin.execute(f"alter role {role} nobypassrls")
    try:
        found = _read(database, role, against=before)
        with DsnReader(database.dsn(role)) as reader, DsnReader(database.dsn(ADMIN)) as other:
            assert token(reader) != token(other)
        alone = _read(database, role)
    finally:
        admin.execute(f"alter role {role} bypassrls")
    assert Blind(BUCKETS, "not all of them can be seen") in found.blind
    assert found.facts[bucket] == before.facts[bucket]
    assert bucket not in alone.facts
    assert Blind(BUCKETS, "not all of them can be seen") in alone.blind


def test_rows_without_the_right_to_read_them(database: Database, admin: psycopg.Connection[Any]) -> None:
    admin.execute("create schema cron; create table cron.job (jobid bigint, jobname text, command text)")
    assert not _read(database).blind
    unseen = [one.what for one in _read(database, "authenticator").blind]
    assert unseen == ["rows of cron.job", BUCKETS, "rows of supabase_migrations.schema_migrations"]


@pytest.mark.parametrize(("sqlstate", "losses", "comes_through"), [("XX000", 2, True), ("XX000", 3, False)])
def test_an_object_that_goes_away_during_a_read(
    database: Database, sqlstate: str, losses: int, comes_through: bool
) -> None:
    left = [CatalogUnreadable("could not open relation with OID 4711", sqlstate=sqlstate)] * losses

    class Moving:
        """Loses an object before it reads, as often as told."""

        def moment(self) -> Any:
            if left:
                raise left.pop()
            return reader.moment()

    with DsnReader(database.dsn(ADMIN)) as reader:
        if comes_through:
            assert read(Moving()).facts
        else:
            with pytest.raises(CatalogUnreadable):
                read(Moving())
        assert not left


def test_answers_that_are_none(database: Database) -> None:
    async def call(sql: str) -> Any:
        return answers.pop(0)

    for said in ([], "rows", [["version"]], [{"version": 140011, "place": "", "states": {}}]):
        answers: list[Any] = [said, said, said]
        with pytest.raises(CatalogUnreadable):
            asyncio.run(aread(McpReader(call)))


def test_a_server_that_is_not_there(database: Database) -> None:
    dsn = database.dsn(ADMIN)
    secret = dsn.split(":")[2].split("@")[0]
    for wrong in (dsn + "_nowhere", "postgresql://127.0.0.1:1/x", f"nonsense://{secret}", dsn + "?wrong=1"):
        with DsnReader(wrong) as reader, pytest.raises(CatalogUnreadable) as caught:
            read(reader)
        assert secret not in str(caught.value.to_dict())


def test_a_baseline_that_is_none(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    baseline.save(path, _read(database))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["baseline.json"]
    text = path.read_text()
    data = json.loads(text)
    fact = data["facts"][0]
    spoiled: dict[str, str | bytes] = {
        "complete JSON": text[: len(text) // 2],
        "no text": b"\xff\xfe\x00",
        "no baseline": "[]",
        "format 99": json.dumps(data | {"format": 99}),
        "changed or damaged": json.dumps(data | {"facts": data["facts"][1:]}),
        "sha256": json.dumps(data | {"sha256": secrets.token_hex(32)}),
        "does not hold": json.dumps(_sealed(data | {"facts": [[*fact[:3], 5]]})),
        "TypeError": json.dumps(_sealed(data | {"digests": None, "edges": 3})),
        "KeyError": json.dumps(_sealed({name: data[name] for name in ("kind", "format")})),
        "no complete JSON": "[" * 100_000,
    }
    for rule, wrong in spoiled.items():
        path.write_bytes(wrong if isinstance(wrong, bytes) else wrong.encode())
        with pytest.raises(BaselineInvalid, match=rule) as caught:
            baseline.load(path)
        assert str(path) in caught.value.message
        assert caught.value.exit_code == 2
    for nowhere in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(BaselineInvalid, match="cannot be read"):
            baseline.load(nowhere)
    with pytest.raises(BaselineInvalid, match="cannot be written"):
        baseline.save(tmp_path / "no" / "folder.json", baseline.from_json(data).snapshot)


def test_an_older_server_is_refused(cluster: Cluster, database: Database) -> None:
    snapshot = _read(database)
    older = Snapshot(150004, snapshot.facts, snapshot.edges, snapshot.blind, snapshot.digests, snapshot.place)
    # Of another major version: everything is read again, since it may be spelled otherwise.
    found = _read(database, against=older)
    assert found == snapshot
    assert found is not older


def _sealed(data: dict[str, Any]) -> dict[str, Any]:
    """With the right sum over the wrong content."""
    rest = {name: value for name, value in data.items() if name != "sha256"}
    return rest | {"sha256": baseline.checksum(rest)}
