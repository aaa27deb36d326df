"""``architect plan``: the tree, JSON, Mermaid and JSON lines."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from architect.cli import plan as command
from architect.errors import ArchitectError, InputError, SpecError, UnknownTemplate
from architect.plan.answers import Answer, answers_in
from architect.plan.model import OpenQuestion, Plan
from architect.plan.planner import make_plan as real_make_plan
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


def test_the_plan_explains_itself_in_the_width_of_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = run(CLINIC)
    assert done.exit_code == 0, done.exception
    for text in (
        "5 open questions\n", "read without a language model", "\nappointments\n",
        "\n  why       “Each doctor has a name", "attending_doctor_id → doctors",
        "\n  access    anyone may read\n", "\n  assumed   id, created_at, user_id → auth.users\n",
        "Open questions", "must not overlap", f"architect plan --ask {CLINIC}", "ARCHITECT_PLANNER_MODEL",
    ):  # fmt: skip
        assert text in done.stdout, text
    plan_lines = done.stdout.partition("\nanswer ")[0].splitlines()
    assert max(map(len, plan_lines)) <= 80
    tables = done.stdout.partition("Open questions")[0]
    assert tables.count("\n  assumed ") == tables.count("\n  access "), "one line for each table"


def test_with_quotes_every_item_is_shown_with_its_words():
    shown = run(CLINIC, "--quotes").stdout
    for text in (
        "“Each doctor has a name",
        "attending_doctor_id uuid -> doctors.id",
        "[spec]",
        "[convention]",
    ):
        assert text in shown, text


def test_a_person_is_told_of_a_secret_and_never_shown_it(tmp_path):
    spec = tmp_path / "spec.md"
    secret = "sb_secret_Canary0123456789abcdef"
    spec.write_text(f"Each note has a title.\nThe key is {secret}.\n")
    shown = " ".join(run(str(spec)).stdout.split())
    assert "a Supabase secret key in line 2" in shown
    assert secret not in shown


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
        (("--ask", CLINIC, CLINIC), InputError),
        (("--ask", "-"), InputError),
        (("--ask", "--json", CLINIC), InputError),
        (("--diff", CLINIC), InputError),
        (("--diff", "-", "-"), InputError),
        (("--diff", CLINIC, "no-such-file.md"), InputError),
    ],
)
def test_mistakes_are_clear_errors_with_a_way_out(arguments, error):
    found = failure(*arguments)
    assert isinstance(found, error)
    assert found.exit_code == 2


def test_a_model_that_is_not_configured_is_a_clear_error():
    assert "ARCHITECT_PLANNER_MODEL" in str(failure(CLINIC, "--planner", "llm").hint)


def answered(path) -> str:
    return path.with_name(f"{path.stem}.answered.md").read_text(encoding="utf-8")


def test_questions_are_asked_one_by_one_and_the_answers_become_part_of_the_spec(tmp_path):
    spec = tmp_path / "library.md"
    spec.write_text(
        "# Library\n\nEach book has a title and a price.\n\nMembers get an e-mail when a book is due.\n\n"
        "Two books must not overlap.\n",
        encoding="utf-8",
    )
    questions = [q.question for q in planned(spec).open_questions]
    assert len(questions) >= 2
    done = run("--ask", str(spec), stdin="\nAnyone can read books.\nq\n")
    assert done.exit_code == 0, done.exception
    assert questions[0] in done.stdout
    assert "WIDER books: anyone may now read" in " ".join(done.stdout.split())
    assert answers_in(answered(spec)) == [Answer(questions[1], "Anyone can read books.")]
    target = spec.with_name("library.answered.md")
    assert f"architect build {target}" in done.stdout.replace("\n", "")
    assert [p.kind for p in planned(target).table("books").policies] == ["public_read"]
    out = tmp_path / "out.md"
    assert run("--ask", str(spec), "-o", str(out), stdin="").exit_code == 0
    assert not out.exists(), "nothing was answered"


def test_a_choice_is_taken_by_its_number(tmp_path, monkeypatch):
    spec = tmp_path / "books.md"
    spec.write_text("# Books\n\nEach book has a title.\n", encoding="utf-8")
    choices = ["Anyone can read books.", "Only the owner of a book can read it."]

    def make_plan(text, **options):
        made = real_make_plan(text, **options)
        if not answers_in(text):
            made.open_questions = [OpenQuestion(question="Who may read books?", choices=choices)]
        return made

    monkeypatch.setattr("architect.cli.plan_ask.make_plan", make_plan)
    done = run("--ask", str(spec), stdin="3\n")  # no such choice: taken as it was said
    assert answers_in(answered(spec)) == [Answer("Who may read books?", "3")]
    done = run("--ask", str(spec), stdin="1\n")
    for text in choices:
        assert text in done.stdout
    assert answers_in(answered(spec)) == [Answer("Who may read books?", choices[0])]
    assert "books: anyone may now read" in done.stdout


def planned(path) -> Plan:
    return real_make_plan(path.read_text(encoding="utf-8"), kind="reader")


def test_two_plans_are_compared_wherever_they_come_from(tmp_path):
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("Each book has a title. Anyone can read books.", encoding="utf-8")
    new.write_text(
        "Each book has a title and a price. Only the owner of a book can read it.", encoding="utf-8"
    )
    stored = tmp_path / "plan.json"
    stored.write_text(run(str(old), "--json").stdout, encoding="utf-8")
    assert run("--diff", str(old), str(stored)).exit_code == 0
    differ = run("--diff", str(stored), str(new))
    assert differ.exit_code == 1
    assert "NARROWER books: anyone may no longer read" in differ.stdout
    assert "+ books.price is new: numeric" in differ.stdout
    told = json.loads(run("--diff", "-", str(new), "--json", stdin=stored.read_text()).stdout)
    assert told["same"] is False
    assert {"kind": "access", "change": "narrower", "table": "books",
            "words": "books: anyone may no longer read"} in told["differences"]  # fmt: skip


def test_help_has_examples():
    assert "architect plan examples/marketplace.md" in " ".join(run("--help").stdout.split())
