"""The dataset is attached once, its queries are a closed set, and every answer says where it comes from."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from architect import analytics
from architect.analytics import attachment, dataset, source
from architect.analytics import query as queries
from architect.errors import AnalyticsError, InputError

ROWS = 336_776
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def attached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the dataset attached; tests that change it take a copy."""
    home = tmp_path_factory.mktemp("analytics")
    analytics.configure(home, "first")
    return home


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    """The shipped rows, read by the standard library."""
    with zipfile.ZipFile(source.archive()) as outer, outer.open("flights.csv") as member:
        return list(csv.DictReader(io.TextIOWrapper(member, "utf-8")))


def tree(home: Path) -> dict[str, int]:
    return {str(p.relative_to(home)): p.stat().st_mtime_ns for p in sorted(home.rglob("*")) if p.is_file()}


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_whole_dataset_is_there_partitioned_by_month(attached: Path) -> None:
    described = analytics.configure(attached, "again")
    assert described["rows"] == ROWS
    assert described["files"] == 12
    assert described["partitioned_by"] == ["month"]
    assert described["bytes"] == sum(p.stat().st_size for p in attached.rglob("*.parquet"))


def test_a_second_attach_changes_nothing(attached: Path) -> None:
    before = tree(attached)
    first, second = analytics.configure(attached, "second"), analytics.configure(attached, "third")
    assert first["changed"] is False
    assert {**first, "elapsed_ms": 0} == {**second, "elapsed_ms": 0}
    assert tree(attached) == before


def test_an_attached_dataset_costs_no_engine(attached: Path) -> None:
    code = (
        "import sys; from architect import analytics;"
        f"assert not analytics.configure({str(attached)!r}, 's')['changed'];"
        "dear = {'pyiceberg', 'pyarrow', 'pandas', 'duckdb', 'sqlalchemy'} & set(sys.modules);"
        f"answer = analytics.run_analytics_query({str(attached)!r}, 's');"
        "dear |= {'pyiceberg', 'pyarrow', 'pandas', 'sqlalchemy'} & set(sys.modules);"
        "sys.exit(f'imported: {dear}' if dear else 0)"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr


def test_two_attaches_at_once_write_one_snapshot(tmp_path: Path) -> None:
    code = (
        "from architect import analytics; import json;"
        f"print(json.dumps(analytics.configure({str(tmp_path)!r}, 's')))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [json.loads(process.communicate()[0]) for process in running]
    assert sorted(answer["changed"] for answer in said) == [False, True]
    assert len({answer["snapshot_id"] for answer in said}) == 1
    assert len(list(tmp_path.rglob("*.parquet"))) == 12


@pytest.mark.parametrize("when", ["before the data", "before the note"])
def test_an_attach_killed_half_way_is_finished_by_the_next(tmp_path: Path, when: str) -> None:
    dies_in = "iceberg.source.read" if when == "before the data" else "attachment.save"
    code = (
        "import os; from architect.analytics import attachment, dataset, iceberg;"
        f"{dies_in} = lambda *_: os._exit(9);"
        f"dataset.configure({str(tmp_path)!r}, 'killed')"
    )
    assert python(code).returncode == 9
    described = analytics.configure(tmp_path, "next")
    assert described["rows"] == ROWS
    assert len(list(tmp_path.rglob("*.parquet"))) == 12
    assert attachment.load(tmp_path) is not None


def by_hand(truth: list[dict[str, str]], month: str) -> list[tuple[str, str, int]]:
    counted = Counter((row["origin"], row["dest"]) for row in truth if row["month"] == month)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [(*route, flights) for route, flights in ranked]


def test_busiest_routes_are_as_counted_by_hand(attached: Path, truth: list[dict[str, str]]) -> None:
    answer = analytics.run_analytics_query(attached, "s", "busiest_routes", month=2, limit=25)
    found = [(row["origin"], row["dest"], row["flights"]) for row in answer["rows"]]
    assert found == by_hand(truth, "2")[:25]


def test_delays_are_as_computed_by_hand(attached: Path, truth: list[dict[str, str]]) -> None:
    answer = analytics.run_analytics_query(attached, "s", "delays_by_carrier")
    assert {row["carrier"] for row in answer["rows"]} == {row["carrier"] for row in truth}
    for row in answer["rows"]:
        own = [r for r in truth if r["carrier"] == row["carrier"]]
        late = [int(r["arr_delay"]) for r in own if r["arr_delay"] != "NA"]
        assert row["flights"] == len(own)
        assert row["cancelled"] == sum(r["dep_time"] == "NA" for r in own)
        assert row["mean_arrival_delay"] == pytest.approx(sum(late) / len(late), abs=0.005)
        assert row["late_percent"] == pytest.approx(100 * sum(d > 15 for d in late) / len(late), abs=0.05)


def test_days_are_counted_as_by_hand(attached: Path, truth: list[dict[str, str]]) -> None:
    answer = analytics.run_analytics_query(attached, "s", "flights_per_day", month=12)
    counted = Counter(f"2013-12-{int(row['day']):02}" for row in truth if row["month"] == "12")
    assert {row["date"]: row["flights"] for row in answer["rows"]} == counted


def test_an_answer_says_where_it_comes_from(attached: Path) -> None:
    answer = analytics.run_analytics_query(attached, "of-this-session", "flights_per_day", month=3)
    given = answer["provenance"]
    from architect.analytics import iceberg

    catalog = iceberg.open_catalog(attached)
    table = catalog.load_table("demo.flights")
    snapshot = table.current_snapshot()
    planned = list(table.scan(row_filter="month == 3").plan_files())
    catalog.close()
    assert snapshot is not None
    assert answer["session_id"] == "of-this-session"
    assert given["catalog"] == "vibe_architect"
    assert given["identifier"] == "demo.flights"
    assert given["table_uuid"] == str(table.metadata.table_uuid)
    assert given["metadata_location"] == table.metadata_location
    assert given["snapshot_id"] == str(snapshot.snapshot_id)
    assert given["manifest_list"] == snapshot.manifest_list
    assert given["sequence_number"] == snapshot.sequence_number
    assert given["schema_id"] == snapshot.schema_id
    assert given["summary"]["total-records"] == str(ROWS)
    assert given["summary"]["session_id"] == "first"
    assert given["row_filter"] == "month = 3"
    assert (given["files_scanned"], given["files_total"]) == (len(planned), 12) == (1, 12)
    assert given["bytes_scanned"] == planned[0].file.file_size_in_bytes
    assert given["engine"] == "duckdb"
    assert "read_parquet" in given["sql"]
    assert given["row_count"] == len(answer["rows"]) == 31
    assert json.loads(json.dumps(answer)) == answer


def test_the_result_hash_is_of_the_result(attached: Path) -> None:
    def run(**parameters: Any) -> dict[str, Any]:
        return analytics.run_analytics_query(attached, "s", "busiest_routes", **parameters)

    first, again, other = run(month=1), run(month=1), run(month=2)
    assert first["provenance"]["result_hash"] == again["provenance"]["result_hash"]
    assert first["provenance"]["result_hash"] != other["provenance"]["result_hash"]
    changed = [{**first["rows"][0], "flights": 1}, *first["rows"][1:]]
    assert queries.result_hash(first["columns"], changed) != first["provenance"]["result_hash"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("select 1", {}),
        ("busiest_routes; drop table flights", {}),
        ("catalog_pointer", {}),
        ("busiest_routes", {"month": 13}),
        ("busiest_routes", {"month": "2"}),
        ("busiest_routes", {"month": True}),
        ("busiest_routes", {"limit": 0}),
        ("busiest_routes", {"limit": 100_000}),
        ("flights_per_day", {"limit": 5}),
        ("flights_per_day", {"files": ["/etc/passwd"]}),
    ],
)
def test_only_named_queries_with_their_own_parameters_run(
    attached: Path, name: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(InputError) as raised:
        analytics.run_analytics_query(attached, "s", name, **parameters)
    assert raised.value.hint is not None


def test_the_engine_can_read_the_snapshot_and_nothing_else(attached: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    files = list(dataset.current(attached).files)[:1]
    parameters: dict[str, Any] = {}
    for text in (
        f"select $files, * from read_csv('{tmp_path}/secret.csv')",
        f"copy (select $files) to '{tmp_path}/out.csv'",
        "select $files, * from read_parquet('https://example.com/x.parquet')",
    ):
        with pytest.raises(AnalyticsError, match="Permission"):
            queries._execute(text, parameters, files)
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture
def own(attached: Path, tmp_path: Path) -> Path:
    """A home with a dataset that the test may damage, attached anew: Iceberg's paths are absolute."""
    analytics.configure(tmp_path, "own")
    return tmp_path


def test_a_snapshot_somebody_adds_is_seen_and_the_next_attach_restores(own: Path) -> None:
    from architect.analytics import iceberg

    catalog = iceberg.open_catalog(own)
    table = catalog.load_table("demo.flights")
    table.append(table.scan(row_filter="month == 7").to_arrow())
    added = table.current_snapshot()
    catalog.close()
    assert added is not None
    doubled = analytics.run_analytics_query(own, "s", "flights_per_day", month=7)
    assert doubled["provenance"]["snapshot_id"] == str(added.snapshot_id)
    assert doubled["provenance"]["files_scanned"] == 2
    restored = analytics.configure(own, "restores")
    assert restored["changed"] is True
    assert restored["rows"] == ROWS
    single = analytics.run_analytics_query(own, "s", "flights_per_day", month=7)
    assert [2 * r["flights"] for r in single["rows"]] == [r["flights"] for r in doubled["rows"]]


def test_a_lost_data_file_is_restored_and_a_lost_catalog_is_an_error(own: Path) -> None:
    next(own.rglob("*.parquet")).unlink()
    assert analytics.configure(own, "restores")["changed"] is True
    assert analytics.run_analytics_query(own, "s")["provenance"]["files_total"] == 12
    attachment.catalog_file(own).write_bytes(b"not a database, " * 100)
    with pytest.raises(AnalyticsError, match="catalog cannot be opened") as raised:
        analytics.configure(own, "s")
    assert "Remove the folder" in (raised.value.hint or "")
    shutil.rmtree(own / "analytics")
    assert analytics.configure(own, "s")["rows"] == ROWS


def test_a_query_before_any_attach_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AnalyticsError, match="No dataset is attached") as raised:
        analytics.run_analytics_query(tmp_path, "s")
    assert raised.value.hint is not None
    assert not (tmp_path / "analytics").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "analytics").write_text("a file is in the way")
    with pytest.raises(AnalyticsError, match="cannot be written"):
        analytics.configure(tmp_path, "s")
