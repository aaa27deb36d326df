"""A spec that is too long for one prompt is outlined and drafted in pieces, which become one plan."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import AIMessage

from architect.plan.llm import pieces
from architect.plan.planner import make_plan
from architect.settings import Settings
from architect.spec.chunker import chunk
from tests.drafts import Scripted, asked, table
from tests.reading import access, column, columns, named, questions, references, tables

KEY = {"name": "id", "type": "uuid", "default": {"kind": "gen_uuid"}, "origin": "convention"}
PADDING = "This part is about how people work with it from day to day. " * 18
SAID = {
    "authors": "Each author has a name.",
    "books": "Each book has a title and an author.",
    "loans": "A loan has a day and a book.",
    "opening": "Anyone can browse books.",
}
SPEC = "\n\n".join(f"# {name.title()}\n\n{text} {PADDING}" for name, text in SAID.items())
#: Two sections fit a prompt.
SMALL = Settings(planner_prompt_bytes=2800)


def part(name: str, *extra: str, chunk_index: int, link: str | None = None) -> dict[str, Any]:
    """A table of one section, with the columns that it names."""
    words = SAID[name]
    made = {**table(name, words), "columns": [KEY, *(asked(column, words) for column in extra)]}
    if link:
        reference = {**asked(f"{link}_id", words), "type": "uuid"}
        made["columns"] = [*made["columns"], reference]
        key = {"columns": [f"{link}_id"], "table": f"{link}s", "references": ["id"], "origin": "spec"}
        made["foreign_keys"] = [{**key, "because": made["because"]}]
    for one in (made, *made["columns"], *made.get("foreign_keys", ())):
        for said in one.get("because", ()):
            said["chunk_index"] = chunk_index
    return json.loads(json.dumps(made))  # shares nothing


def opened() -> dict[str, Any]:
    """What the last section says of the books."""
    quotes = [{"chunk_index": 3, "quote": SAID["opening"]}]
    policy = {"kind": "public_read", "name": "books_public", "origin": "spec", "because": quotes}
    again = {**part("books", chunk_index=1), "because": quotes, "policies": [policy]}
    again["columns"] = [KEY, {**asked("title", SAID["books"]), "type": "jsonb", "because": []}]
    return again


def outline(*names: str) -> dict[str, Any]:
    return {"entities": [{"name": name, "refers_to": []} for name in names]}


def draft(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"title": "Library", "tables": list(parts)}


def scripted(*answers: dict[str, Any] | AIMessage) -> Scripted:
    made = [a if isinstance(a, AIMessage) else AIMessage(content=json.dumps(a)) for a in answers]
    return Scripted(messages=iter(made), asked=[])


AUTHORS = part("authors", "name", chunk_index=0)
BOOKS = part("books", "title", chunk_index=1, link="author")
LOANS = part("loans", "day", chunk_index=2, link="book")
CUT = AIMessage(content="{", response_metadata={"finish_reason": "length"})


def data(messages: Any) -> dict[str, Any]:
    return json.loads(messages[-1].content)


def test_the_pieces_of_a_long_spec_become_one_plan():
    chat = scripted(
        outline("author", "book"), outline("loan", "book"), draft(AUTHORS, BOOKS), draft(LOANS, opened())
    )
    steps: list[tuple[Any, ...]] = []
    made = make_plan(
        SPEC, kind="llm", chat_model=chat, settings=SMALL,
        on_step=lambda step, told: steps.append((step, told["piece"], told["pieces"])),
    )  # fmt: skip
    assert (made.planner.kind, made.planner.attempts, made.planner.pieces) == ("llm", 1, 2)
    assert tables(made) == {"authors", "books", "loans"}
    assert references(made, "books") == {"author_id": "authors"}
    assert references(made, "loans") == {"book_id": "books"}
    assert access(made, "books") == {"anyone may read"}
    assert column(made, "books", "title").type == "text"
    assert "books.title is text in one place and jsonb in another" in questions(made)
    assert [s[0] for s in steps] == ["outline", "outline", "draft", "draft", "check", "accept"]
    assert [s[1:] for s in steps[:4]] == [(1, 2), (2, 2), (1, 2), (2, 2)]

    prompts = [data(messages) for messages in chat.asked]
    sent = [[c["chunk_index"] for c in told["spec"]] for told in prompts]
    assert sent == [[0, 1], [2, 3], [0, 1], [2, 3]], "each part of the spec goes out twice, never the whole"
    assert prompts[1]["names_so_far"] == ["author", "book"]
    assert [thing["name"] for thing in prompts[2]["things_of_all_parts"]] == ["author", "book", "loan"]
    assert [there["table"] for there in prompts[3]["tables_of_earlier_parts"]] == ["authors", "books"]


def test_a_repair_of_a_long_spec_sends_no_spec_at_all():
    wrong = json.loads(json.dumps(LOANS))
    wrong["foreign_keys"][0]["table"] = "volumes"
    chat = scripted(outline("author"), outline("loan"), draft(AUTHORS, BOOKS), draft(wrong), draft(LOANS))
    made = make_plan(SPEC, kind="llm", chat_model=chat, settings=SMALL)
    assert (made.planner.kind, made.planner.attempts) == ("llm", 2)
    told = data(chat.asked[-1])
    assert told["violations"][0].startswith("tables[2].foreign_keys[0].table: ")
    assert [t["id"] for t in told["tables"]] == ["loans"]
    assert PADDING not in str(told)
    assert columns(made, "loans") == {"id", "day", "book_id"}


def test_a_piece_whose_answer_is_cut_short_is_sent_in_smaller_ones_once():
    chat = scripted(
        outline("author"), outline("loan"), draft(AUTHORS, BOOKS), CUT, draft(LOANS), draft(opened())
    )
    told: list[tuple[Any, ...]] = []
    made = make_plan(
        SPEC, kind="llm", chat_model=chat, settings=SMALL,
        on_step=lambda step, d: told.append((step, d["piece"], d["pieces"], d["outcome"])),
    )  # fmt: skip
    assert (made.planner.kind, made.planner.pieces) == ("llm", 3)
    assert told[2:6] == [
        ("draft", 1, 2, "answered"), ("draft", 2, 3, "truncated"), ("draft", 2, 3, "answered"),
        ("draft", 3, 3, "answered"),
    ]  # fmt: skip
    assert [[c["chunk_index"] for c in data(m)["spec"]] for m in chat.asked[2:]] == [[0, 1], [2, 3], [2], [3]]
    assert tables(made) == {"authors", "books", "loans"}
    chat = scripted(outline("author"), outline("loan"), CUT, CUT)
    made = make_plan(SPEC, kind="llm", chat_model=chat, settings=SMALL)
    assert (made.planner.kind, made.planner.fallback_reason) == ("reader", "truncated")
    assert len(chat.asked) == 4


def test_a_table_may_be_written_in_two_ways_in_two_pieces():
    one, other = json.loads(json.dumps(BOOKS)), opened()
    other |= {"id": "book", "name": "book"}
    lent = json.loads(json.dumps(LOANS))
    lent["foreign_keys"][0]["table"] = "book"
    chat = scripted(outline(), outline(), draft(AUTHORS, one), draft(lent, other))
    made = make_plan(SPEC, kind="llm", chat_model=chat, settings=SMALL)
    assert made.planner.kind == "llm", made.planner
    assert tables(made) == {"authors", "books", "loans"}
    assert references(made, "loans") == {"book_id": "books"}
    assert named(made, "books").policies


def test_an_outline_may_say_anything():
    for odd in ({"entities": "all"}, {"entities": [7, {"name": ""}, {"name": "\ud800", "refers_to": 7}]}, {}):
        chat = scripted(odd, odd, draft(AUTHORS, BOOKS), draft(LOANS))
        assert make_plan(SPEC, kind="llm", chat_model=chat, settings=SMALL).planner.kind == "llm"


def test_pieces_are_neighbours_and_together_the_whole():
    chunks = chunk(SPEC)
    for limit in (1, 1500, 2800, 10_000):
        cut = pieces.cut(chunks, limit)
        assert [index for piece in cut for index in piece] == [c.index for c in chunks]
    assert len(pieces.cut(chunks, 1)) == len(chunks)
    assert len(pieces.cut(chunks, 10_000)) == 1
    assert pieces.halve([[0, 1, 2], [3]]) == [[0, 1], [2], [3]]
