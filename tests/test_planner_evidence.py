"""What a model's draft must rest on: words of the spec, in the sentences in which they stand."""

from __future__ import annotations

from typing import Any

import pytest

from architect.plan.planner import make_plan
from tests.drafts import asked, good, model, quote, table
from tests.reading import access, column, columns, named, questions

NOTES = "Each note has a title and a text."
KEY = {"name": "id", "type": "uuid", "default": {"kind": "gen_uuid"}, "origin": "convention"}
AUTHOR = {"name": "author_id", "type": "uuid", "nullable": True, "origin": "convention"}
LINK = {"columns": ["author_id"], "table": "auth.users", "references": ["id"], "origin": "convention"}


def notes(kind: str, words: str, **more: Any) -> dict[str, Any]:
    """A draft of the notes with one policy that quotes ``words``."""
    policy = {"kind": kind, "name": "notes_read", "origin": "spec", "because": quote(words), **more}
    return {
        "tables": [
            {
                **table("notes", NOTES),
                "columns": [KEY, asked("title", NOTES), asked("text", NOTES), AUTHOR],
                "foreign_keys": [LINK],
                "policies": [policy],
            }
        ]
    }


def made(spec: str, draft: dict[str, Any]):
    plan = make_plan(f"{NOTES} {spec}", kind="llm", chat_model=model(draft))
    assert plan.planner.kind == "llm", plan.planner
    return plan


@pytest.mark.parametrize(
    "spec",
    [
        "Anyone can browse notes.",
        "Notes are public.",
        "Everybody sees the notes, but only the author edits them.",
        "Visitors can read notes without an account.",
        "Notes are visible to everyone and cannot be deleted.",
    ],
)
def test_what_the_spec_opens_is_open(spec):
    assert access(made(spec, notes("public_read", spec)), "notes") == {"anyone may read"}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("Not anyone can read notes.", "anyone can read notes"),
        ("Notes are not public.", "public"),
        ("Notes are never shown to everyone.", "shown to everyone"),
        ("Nobody but the author, not even visitors, can read notes.", "visitors, can read notes"),
        ("It isn't true that everybody can read notes.", "everybody can read notes"),
        ("Can anyone read notes?", "anyone read notes"),
        ("Anyone can create an account and write notes.", "Anyone can create an account and write notes."),
        ("Anyone can delete notes.", "Anyone can delete notes."),
        ("Every signed-in user can read notes.", "Every signed-in user can read notes."),
        ("Everyone who is registered can read notes.", "Everyone who is registered can read notes."),
        ("Notes have readers.", "Notes have readers."),
        ("Everyone may do everything.", "Anyone can read notes."),
    ],
)
def test_words_that_open_nothing_open_nothing(spec, words):
    plan = made(spec, notes("public_read", words))
    assert access(plan, "notes") == {"nobody but the service"}
    assert plan.planner.dropped == 1
    assert "1 policies rest on nothing the spec says" in questions(plan)


@pytest.mark.parametrize("who", ["Every signed-in user", "Any registered member", "Everyone"])
def test_what_is_open_to_users_is_open_to_them(who):
    spec = f"{who} can read notes."
    assert access(made(spec, notes("authenticated_read", spec)), "notes") == {"every signed-in user may read"}


@pytest.mark.parametrize(
    "otherwise",
    [
        "Only the author can see a note.",
        "Notes are private.",
        "A note is not visible to anyone but its author.",
        "Nobody else can read a note.",
    ],
)
def test_of_two_things_that_the_spec_says_the_safer_counts_and_both_are_shown(otherwise):
    spec = f"Anyone can browse notes.\n\n{otherwise}"
    plan = made(spec, notes("public_read", "Anyone can browse notes."))
    assert access(plan, "notes") == {"nobody but the service"}
    asked_about = next(q for q in plan.open_questions if "two things" in q.question)
    assert [q.quote for q in asked_about.because] == ["Anyone can browse notes.", otherwise]


def test_who_may_write_contradicts_nothing_about_who_may_read():
    spec = "Anyone can browse notes. Only the author can edit a note. Only registered users can comment."
    plan = made(spec, notes("public_read", "Anyone can browse notes."))
    assert access(plan, "notes") == {"anyone may read"}


def test_an_answer_counts_more_than_what_the_spec_says():
    answer = "Anyone can read notes."
    spec = f"Notes are private.\n\n## Answers to open questions\n\n> Who may read notes?\n\n{answer}"
    draft = notes("public_read", answer)
    draft["tables"][0]["policies"][0]["because"][0]["chunk_index"] = 1
    assert access(made(spec, draft), "notes") == {"anyone may read"}
    question = "Notes are private.\n\n## Answers to open questions\n\n> Can anyone read notes?\n\nNo."
    assert access(made(question, notes("public_read", "anyone read notes")), "notes") == {
        "nobody but the service"
    }


def test_a_quote_in_other_letters_or_under_another_chunk_is_put_right():
    draft = good()
    spec = "# Notes\n\nEach note has a “title” and a text.\n\n# Tags\n\nEach tag has a name."
    draft["tables"][0]["policies"] = []
    draft["tables"][0] |= {"because": quote('each note HAS a "title" and a  text.')}
    draft["tables"][1] |= {"because": quote("Each tag has a name."), "policies": []}
    for found in draft["tables"]:
        for one in found["columns"]:
            one |= {"because": found["because"]} if one["origin"] == "spec" else {}
    plan = make_plan(spec, kind="llm", chat_model=model(draft))
    assert (plan.planner.kind, plan.planner.dropped) == ("llm", 0)
    assert [q.model_dump() for q in named(plan, "notes").because] == [
        {"chunk_index": 0, "quote": "Each note has a “title” and a text."}
    ]
    assert column(plan, "tags", "name").because[0].chunk_index == 1


def test_an_invented_column_goes_with_all_that_hangs_on_it():
    draft = notes("owner", "Only the author can see a note.", commands=["select"], column="editor_id")
    invented = {**AUTHOR, "name": "editor_id", "origin": "spec", "because": quote("The editor is a user.")}
    first = draft["tables"][0]
    first["columns"] += [invented, {**AUTHOR, "name": "unclaimed", "origin": "spec"}]
    first["foreign_keys"].append({**LINK, "columns": ["editor_id"]})
    first |= {"uniques": [["editor_id", "title"], ["title", "text"]], "indexes": [["editor_id"]]}
    plan = made("Only the author can see a note.", draft)
    assert "editor_id" not in columns(plan, "notes")
    assert column(plan, "notes", "unclaimed").origin == "convention"
    assert named(plan, "notes").uniques == [["title", "text"]]
    assert [k.columns for k in named(plan, "notes").foreign_keys] == [["author_id"]]
    assert access(plan, "notes") == {"nobody but the service"}
    assert plan.planner.dropped == 2


def test_an_invented_key_is_kept_as_a_habit_of_ours():
    draft = notes("service_only", "", commands=["select"])
    draft["tables"][0]["policies"][0]["because"] = []
    draft["tables"][0]["columns"][0] = {**KEY, "origin": "spec", "because": quote("Each note has a number.")}
    plan = made("", draft)
    assert column(plan, "notes", "id").origin == "convention"
    assert plan.planner.dropped == 0


def test_a_quote_that_is_nearly_right_becomes_the_sentence_it_was_meant_to_be():
    spec = "- a number of pages\n- the language it is written in"
    draft = notes("service_only", "", commands=["select"])
    first = draft["tables"][0]
    first["policies"][0]["because"] = []
    first["columns"] += [
        asked("pages", "number of pages, language written in"),
        asked("language", "... language it's written in"),
        asked("wages", "number of pages, language written in"),
        asked("number", "Everybody has a number that is secret"),
        {**asked("text_number", ""), "because": []},
    ]
    plan = made(f"\n\n{spec}", draft)
    assert column(plan, "notes", "pages").because[0].quote == "- a number of pages"
    assert column(plan, "notes", "language").because[0].quote == "- the language it is written in"
    assert {"wages", "number"}.isdisjoint(columns(plan, "notes")), (
        "nearly said of something else, and invented"
    )
    assert column(plan, "notes", "text_number").origin == "convention", "no sentence says both words"
    assert plan.planner.dropped == 2


def test_who_may_do_what_is_never_nearly_quoted():
    spec = "Anyone who signs in can browse the notes that were published."
    plan = made(spec, notes("public_read", "Anyone can browse notes published."))
    assert access(plan, "notes") == {"nobody but the service"}
