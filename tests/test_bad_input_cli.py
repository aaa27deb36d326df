"""Bad input to the command: one clear error, no traceback, and the control plane as it was.

Each command line runs in this process against a control plane of its own, through the same ``main`` that the
installed command calls.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from architect.cli import build, main
from architect.embedded.postgres import Cluster
from architect.errors import ArchitectError
from architect.sessions import ControlPlane
from architect.settings import connections

UNKNOWN = "00000000-0000-4000-8000-0000000000ff"
#: What nobody's session is called; the third is how bytes that are no UTF-8 arrive in argv.
NO_SESSIONS = [
    "", "last", "\udcff\udcfe", UNKNOWN, "7f9c0c5e", "'; drop table build_sessions; --", "../../etc/passwd",
    "\x1b[31mred", "%s{0}", "é" * 500,
]  # fmt: skip
TOKEN = "sbp_0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Ended:
    code: Any
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(
    control_dsn: str,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """``run("show", "last")``; whatever was run, no row of the control plane may have changed by then."""
    cluster.state.save(Path(cluster.home))
    for name in ("ARCHITECT_API_URL", "ARCHITECT_PLANNER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARCHITECT_DATABASE_URL", control_dsn)
    monkeypatch.setenv("COLUMNS", "200")
    # Nothing here gets as far as a build; looking a session up needs no platform.
    monkeypatch.setattr(build, "_start", lambda console: connections())

    def command(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["architect", *arguments])
        code: Any = 0
        try:
            main.main()
        except SystemExit as end:
            code = end.code
        return Ended(code, *capsys.readouterr())

    before = rows(control_dsn)
    yield command
    after = rows(control_dsn)
    assert {**after, "build_sessions": before["build_sessions"]} == before
    # At most the one that a test puts there itself.
    assert after["build_sessions"] <= 1


def rows(dsn: str) -> dict[str, int]:
    """Rows of every table of the control plane."""
    names = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    with psycopg.connect(dsn) as connection:
        tables = [name for (name,) in connection.execute(names.encode())]
        counted = [
            connection.execute(f'select count(*) from public."{t}"'.encode()).fetchone() for t in tables
        ]
    assert "build_sessions" in tables
    return {table: row[0] for table, row in zip(tables, counted, strict=True) if row}


def assert_refused(ended: Ended, code: str, *said: str, hint: bool = True) -> None:
    """One error for people: its code, what is wrong, what to do. Nothing on stdout, nothing to obey."""
    assert (ended.code, ended.out) == (2, ""), ended
    assert ended.err.startswith(f"error {code}  "), ended
    assert "Traceback" not in ended.err
    assert not set(ended.err) & {"\x1b", "\x00"}
    assert all(word in ended.err for word in said), ended.err
    assert not hint or "\ntry    " in ended.err


def test_a_session_that_is_not_there(run: Run, tmp_path: Path) -> None:
    folder, file = str(tmp_path / "out"), str(tmp_path / "bundle.json")
    commands = [
        ("show", "{}"), ("events", "{}"), ("query", "{}"), ("retry", "{}"), ("replay", "{}", "--out", file),
        ("export", "{}", folder), ("delete", "{}", "--yes"), ("keys", "list", "{}"),
        ("keys", "issue", "{}", "--for", "agent"), ("keys", "revoke", "{}", "all"),
        ("audit", "export", "{}", file),
    ]  # fmt: skip
    for n, command in enumerate(commands):
        for session in NO_SESSIONS if n == 0 else NO_SESSIONS[n % 3 :: 3]:
            ended = run(*(session if word == "{}" else word for word in command))
            assert_refused(ended, "not_found", "There is no session", "architect sessions")
    ended = run("show", NO_SESSIONS[2], "--json")
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (2, "not_found")
    assert not any(tmp_path.iterdir())


async def _queued(dsn: str) -> str:
    async with ControlPlane.open(dsn) as cp:
        return (await cp.create_session(spec_text="Each note has a title.", template="blank")).id


def test_a_session_that_never_ran(run: Run, control_dsn: str, tmp_path: Path) -> None:
    session = asyncio.run(_queued(control_dsn))
    assert_refused(run("export", session, str(tmp_path / "out")), "invalid_input", "no environment")
    ended = run("replay", session, "--out", str(tmp_path / "file"))
    assert (ended.code, ended.err.startswith("error conflict  ")) == (1, True), ended
    assert_refused(run("keys", "issue", session, "--for", "agent"), "invalid_input")
    for lifetime in ("-1d", "0s", "99999999d", "1 d; drop", "9999-12-31", "\udcff"):
        ended = run("keys", "issue", session, "--for", "agent", "--expires", lifetime)
        assert_refused(ended, "invalid_input")
    for key in ("'; drop table session_keys; --", "../..", "\udcff", "%", ""):
        assert_refused(run("keys", "revoke", session, key), "not_found", hint=False)
    assert not any(tmp_path.iterdir())


def test_a_spec_that_cannot_be_read_begins_nothing(run: Run, tmp_path: Path) -> None:
    texts = {
        "empty": b"", "blank": b" \n\xe2\x80\x8b", "nul": b"Each note\x00 has.", "latin": b"caf\xe9 has",
        "utf16": "Each note has a title.".encode("utf-16"), "binary": bytes(range(256)),
        "line": b"x" * 20_001, "huge": b"Each note has a title.\n" * 50_000, "escape": b"note\x1b[2J",
        "cesu": b"\xed\xa0\x80",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    paths = [
        *(str(tmp_path / name) for name in texts),
        str(tmp_path),
        "/nowhere/at/all",
        "\udcff",
        "x" * 5_000,
    ]
    for path in paths:
        for command in ("build", "plan"):
            assert_refused(run(command, path), "invalid_spec")


def test_options_that_make_no_sense_begin_nothing(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "notes.md"
    spec.write_text("Each note has a title.")
    for template in ("", "../../etc", "'; drop table x; --", "\udcff", "MARKETPLACE"):
        for command in ("build", "plan"):
            assert_refused(run(command, str(spec), "--template", template), "unknown_template", "blank")
    for mode in ("", "BRANCH", "branch; rm -rf /", "x" * 5_000):
        assert_refused(run("build", str(spec), "--mode", mode), "invalid_input", "branch", hint=False)
    assert_refused(run("plan", str(spec), "--planner", "llm"), "planner_not_configured")
    for wrong in (
        ("sessions", "--limit", "-1"), ("sessions", "--limit", "9" * 30), ("events", "last", "--after", "-1"),
        ("query", "last", "--month", "13"), ("plan", str(spec), "--planner", "evil"), ("build",),
        ("nonsense",), ("keys", "issue", "last", "--for", "agent", "--user", "nobody"),
    ):  # fmt: skip
        ended = run(*wrong)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("Usage: architect"), ended.err


def test_lines_that_are_no_specs_are_answered_one_by_one(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "specs.jsonl"
    bad = [
        "[" * 100_000,
        '{"id": ' + "9" * 5_000 + "}",
        '{"id": NaN, "text": "x"}',
        "null",
        '"x"',
        "\x00",
        "{",
    ]
    bad += ['{"id": "a", "text": "\\u0000"}', '{"id": "b", "text": "\\ud800"}', '{"id": "c", "text": 7}']
    lines.write_bytes(
        "\n".join([*bad, '{"id": "d", "text": "Each note has a title."}']).encode() + b"\n\xff\xfe\n"
    )
    ended = run("plan", "--jsonl", str(lines))
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, len(answers)) == (2, len(bad) + 2)
    assert [n for n, answer in enumerate(answers) if "error" not in answer] == [len(bad)]
    assert_refused(run("plan", "--jsonl", str(tmp_path)), "invalid_input", hint=False)


def test_a_file_that_is_no_bundle_is_not_taken_for_one(run: Run, tmp_path: Path) -> None:
    texts = {
        "empty": b"", "binary": b"\xff\xfe{", "deep": b"[" * 100_000,
        "number": b'{"a": ' + b"9" * 5_000 + b"}",
        "nan": b'{"entries": NaN}', "shape": b'{"header": 5, "entries": {}, "signature": []}', "list": b"[]",
        "surrogate": b'{"header": {"a": "\\ud800"}, "entries": [], "head": "", "signature": ""}',
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    for path in (*(str(tmp_path / name) for name in texts), str(tmp_path), "/dev/null", "/nowhere", "\udcff"):
        assert_refused(run("audit", "verify", path), "bundle_unreadable", hint=False)


def test_what_is_there_is_not_written_over(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("mine")
    assert_refused(run("export", UNKNOWN, str(file)), "invalid_input", "not a folder")
    assert_refused(run("replay", UNKNOWN, "--out", str(file)), "invalid_input", "there already")
    assert_refused(run("export", UNKNOWN, str(tmp_path)), "invalid_input")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("mine", [file])


def test_a_connection_string_on_the_command_line_is_refused_and_not_repeated(run: Run) -> None:
    ended = run("db", "push", "--database-url-env", f"postgresql://u:{TOKEN}@db.example.com/x")
    assert_refused(ended, "invalid_input", "name of a variable")
    assert TOKEN not in ended.err
    assert_refused(run("db", "push", "--database-url-env", "NOT_SET\udcff"), "invalid_input", hint=False)


def test_no_error_carries_what_a_terminal_or_a_database_would_choke_on() -> None:
    dirty = f"a\x00b\x1b[31m\ud800\u009b {TOKEN}\n\tend"
    error = ArchitectError(dirty, hint=dirty, found={dirty: [dirty, {"deep": dirty}]})
    whole = json.dumps(error.to_dict(), ensure_ascii=False)
    whole.encode()
    assert not set(whole) & {"\x00", "\x1b", "\ud800", "\u009b"}
    assert TOKEN not in whole
    assert error.message.startswith("a\ufffdb\ufffd[31m\ufffd\ufffd [redacted:")
    assert error.message.endswith("\n\tend")
