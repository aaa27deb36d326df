"""``architect plan``: the tree, JSON, Mermaid and JSON lines."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from architect.cli import plan as command
from architect.errors import ArchitectError, InputError, SpecError, UnknownTemplate
from architect.plan.model import Plan
from tests.reading import EXAMPLES

app = typer.Typer()
app.callback()(lambda: None)
command.register(app)
CLINIC = str(EXAMPLES / "clinic.md")


@pytest.fixture(autouse=True)
def _no_model(monkeypatch):
    monkeypatch.delenv("ARCHITECT_PLANNER_MODEL", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str, stdin: str | bytes | None = None):
    return CliRunner().invoke(app, ["plan", *arguments], input=stdin)


def failure(*arguments: str, stdin: str | bytes | None = None) -> ArchitectError:
    error = run(*arguments, stdin=stdin).exception
    assert isinstance(error, ArchitectError), error
    return error


def test_the_tree_shows_tables_policies_and_open_questions():
    done = run(CLINIC)
    assert done.exit_code == 0, done.exception
    for text in (
        "appointments", "attending_doctor_id uuid -> doctors.id", "[spec]", "[convention]",
        "access everybody in doctors may read", "open questions", "must not overlap",
        "ARCHITECT_PLANNER_MODEL",
    ):  # fmt: skip
        assert text in done.stdout, text
    assert "“Each doctor has a name" not in done.stdout
    assert "“Each doctor has a name" in run(CLINIC, "--quotes").stdout


def test_json_is_the_whole_plan():
    done = run(CLINIC, "--json")
    plan = Plan.model_validate_json(done.stdout)
    assert plan.table("appointments") is not None


def test_mermaid_is_an_er_diagram():
    out = run(CLINIC, "--mermaid").stdout
    assert out.startswith("erDiagram\n    patients {\n        uuid id PK\n")
    assert '    doctors |o--o{ patients : "family_doctor_id"' in out
    assert '    auth_users |o--o| patients : "user_id"' in out


def test_the_template_is_used_and_a_spec_may_come_from_standard_input():
    done = run("-", "--template", "saas", "--json", stdin="Each note has a title.")
    assert {t["name"] for t in json.loads(done.stdout)["tables"]} >= {"organizations", "memberships", "notes"}


def test_lines_go_in_and_out_and_a_bad_one_does_not_stop_the_rest():
    lines = [
        json.dumps(
            {"id": "a", "text": "Each note has a title. Each line belongs to one note and has a text."}
        ),
        "not json",
        "",
        json.dumps({"id": "empty", "text": ""}),
        json.dumps({"id": "nul", "text": "a\u0000b"}),
        json.dumps({"id": 7, "text": "Each tag has a name."}),
        json.dumps(["no object"]),
        json.dumps({"id": "none"}),
    ]
    done = run("--jsonl", stdin="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert [a["id"] for a in answers] == ["a", None, "empty", "nul", 7, None, "none"]
    assert ["plan" in a for a in answers] == [True, False, False, False, True, False, False]
    assert all(("plan" in a) != ("error" in a) for a in answers)
    first = {t["name"]: t for t in answers[0]["plan"]["tables"]}
    assert set(first["lines"]) == {"name", "origin", "columns", "primary_key", "foreign_keys"}
    assert first["lines"]["foreign_keys"] == [
        {"columns": ["note_id"], "table": "notes", "references": ["id"]}
    ]
    assert {"name": "text", "type": "text", "origin": "spec"} in first["lines"]["columns"]
    assert answers[2]["error"]["hint"]


def test_lines_from_a_file_that_all_read_end_well(tmp_path):
    path = tmp_path / "specs.jsonl"
    path.write_text('{"id": "a", "text": "Each note has a title."}\n')
    done = run("--jsonl", str(path))
    assert done.exit_code == 0
    assert json.loads(done.stdout)["plan"]["tables"][0]["name"] == "notes"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), InputError),
        ((CLINIC, "--json", "--mermaid"), InputError),
        (("no-such-file.md",), SpecError),
        ((CLINIC, "--template", "nonsense"), UnknownTemplate),
        (("--jsonl", "no-such-file.jsonl"), InputError),
    ],
)
def test_mistakes_are_clear_errors_with_a_way_out(arguments, error):
    found = failure(*arguments)
    assert isinstance(found, error)
    assert found.exit_code == 2


def test_a_model_that_is_not_configured_is_a_clear_error():
    assert "ARCHITECT_PLANNER_MODEL" in str(failure(CLINIC, "--planner", "llm").hint)


def test_help_has_examples():
    assert "architect plan examples/marketplace.md" in " ".join(run("--help").stdout.split())
