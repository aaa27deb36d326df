"""A spec is read as written or refused by name; its chunks are the whole text, cut at stable places."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architect.errors import SpecError
from architect.spec import chunker
from architect.spec.chunker import chunk
from architect.spec.text import MAX_BYTES, MAX_LINE, read_spec

BAD: list[tuple[str, str | bytes]] = [
    ("empty", ""),
    ("empty", " \n\t\r\n"),
    ("empty", "\u200b\u2060\ufeff"),
    ("empty", b""),
    ("control_character", "a list\x00ing"),
    ("control_character", "bell \x07"),
    ("control_character", "next line \x85"),
    ("surrogate", "half \ud83d of it"),
    ("override_character", "owner \u202eyna"),
    ("encoding", b"caf\xe9"),
    ("encoding", "Listings".encode("utf-16")),
    ("encoding", "Listings".encode("utf-32")),
    ("size", "a b\n" * (MAX_BYTES // 4 + 1)),
    ("size", b"a b\n" * (MAX_BYTES // 4 + 1)),
    ("line_length", "x" * (MAX_LINE + 1)),
]


@pytest.mark.parametrize(("rule", "source"), BAD, ids=lambda value: str(value)[:12])
def test_a_bad_spec_is_refused_by_the_rule_it_breaks(rule: str, source: str | bytes) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec(source)
    assert caught.value.details["rule"] == rule
    assert caught.value.hint


def test_the_line_of_a_bad_character_is_named() -> None:
    with pytest.raises(SpecError, match="Line 3"):
        read_spec("one\r\ntwo\rthr\x01ee")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("one word", "one word"),
        ("\ufeffmark", "mark"),
        (b"\xef\xbb\xbfmark", "mark"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("Объявления 列表 قائمة 😀\u200d", "Объявления 列表 قائمة 😀\u200d"),
        ("drop table users; --", "drop table users; --"),
    ],
)
def test_a_good_spec_is_kept_as_written(source: str | bytes, text: str) -> None:
    assert read_spec(source) == text


def test_a_file_is_read_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "spec.md"
    path.write_text("# Listings\n", encoding="utf-8")
    assert read_spec(path) == "# Listings\n"
    for wrong in (tmp_path / "absent.md", tmp_path):
        with pytest.raises(SpecError) as caught:
            read_spec(wrong)
        assert caught.value.details["rule"] == "file"


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)  # sparse
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert caught.value.details["rule"] == "size"


def test_sections_become_chunks_with_their_path_of_headings() -> None:
    text = (
        "Intro.\n\n# Shop\n\nAll.\n\n## Bids\n\n```\n# not a heading\n```\n\n"
        "Title\n-----\n\nSetext.\n\n# End\n\n> # quoted\n"
    )
    chunks = chunk(text)
    assert [c.heading for c in chunks] == ["", "Shop", "Shop > Bids", "Shop > Title", "End"]
    assert chunks[2].content.startswith("## Bids\n")
    assert "# not a heading" in chunks[2].content
    assert "".join(c.content for c in chunks) == text


def test_long_sections_are_cut_at_paragraphs() -> None:
    paragraphs = [f"Paragraph {i}. " + "It says what it says. " * 20 for i in range(8)]
    chunks = chunk("# Long\n\n" + "\n\n".join(paragraphs))
    assert len(chunks) > 2
    assert all(len(c.content) <= chunker.TARGET + 2 for c in chunks)
    assert all(c.content.startswith(("# Long", "Paragraph")) for c in chunks)
    assert {c.heading for c in chunks} == {"Long"}


def test_plain_text_is_cut_by_paragraphs() -> None:
    text = "\n\n".join(f"Thing {i} " + "belongs to somebody " * 30 for i in range(4))
    assert [c.content.split()[1] for c in chunk(text)] == ["0", "1", "2", "3"]


def test_an_edit_moves_no_boundary_in_other_sections() -> None:
    long = "\n\n".join(f"Rule {i}: " + "only the owner may. " * 20 for i in range(6))
    before = chunk(f"# A\n\nShort.\n\n# B\n\n{long}\n\n# C\n\nEnd.\n")
    after = chunk(f"# A\n\nNow much longer. {long}\n\n# B\n\n{long}\n\n# C\n\nEnd.\n")
    tail = [c.content for c in before if c.heading in ("B", "C")]
    assert [c.content for c in after][-len(tail) :] == tail


MARKS = [
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\u2028",
    "\t",
    "# T\n",
    "## U\n",
    "```\n",
    "- item\n",
    "> # q\n",
    "===\n",
]
WORDS = ["word ", "Sentence. ", "é", "x" * 700, "One. Two! " * 130]
LONG = ["\n" * 1300, " " * 1300, "\n" * 1300 + "x" * 1300]
PIECES = st.lists(st.sampled_from(MARKS + WORDS + LONG), max_size=40)


@settings(max_examples=300, deadline=None)
@given(PIECES.map("".join))
def test_the_chunks_of_any_text_are_the_text(text: str) -> None:
    chunks = chunk(text)
    assert "".join(c.content for c in chunks) == text
    assert [c.index for c in chunks] == list(range(len(chunks)))
    assert all(len(c.content.strip()) <= chunker.TARGET for c in chunks)
    assert chunk(text) == chunks
    if text.strip():
        assert all(c.content.strip() for c in chunks)
