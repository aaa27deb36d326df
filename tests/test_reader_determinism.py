"""The reader takes any text, never raises, and says the same thing twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from architect.errors import SpecError
from architect.plan import rules
from architect.plan.planner import make_plan
from architect.plan.reader import read
from architect.spec.chunk import Chunk
from architect.spec.chunker import chunk

#: Words the grammar reacts to, so that random texts reach its branches.
WORDS = [
    "each",
    "every",
    "a",
    "the",
    "only",
    "anyone",
    "nobody",
    "but",
    "system",
    "users",
    "members",
    "of",
    "organization",
    "admin",
    "can",
    "may",
    "must",
    "not",
    "see",
    "edit",
    "delete",
    "create",
    "has",
    "have",
    "includes",
    "contains",
    "records",
    "keeps",
    "belongs",
    "to",
    "is",
    "are",
    "many",
    "multiple",
    "several",
    "order",
    "orders",
    "customer",
    "name",
    "price",
    "status",
    "date",
    "id",
    "number",
    "seller",
    "own",
    "their",
    "who",
    "which",
    "where",
    "for",
    "and",
    "or",
    "both",
    "whom",
    "from",
    "1",
    "5",
    "at",
    "most",
    "least",
    "characters",
    "unique",
    "optional",
    "draft",
    "active",
    "sold",
    ":",
    ";",
    ",",
    ".",
    "(",
    ")",
    "|",
    "-",
    "#",
    "\n",
    "\n\n",
    "'",
    '"',
    "`",
    "*",
    "_",
    "[",
    "]",
    "{",
    "}",
    "ü",
    "日本",
    "public",
    "user",
    "table",
    "select",
    "pg_class",
    "--",
    "/*",
    "*/",
    "$$",
    "é",
    "🎉",
    "''",
    "'s",
    "of",
    "each",
    "such",
    "as",
    "including",
    "etc",
    "whether",
    "it",
    "when",
    "was",
]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)


@given(st.text(max_size=600))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_read_twice_alike(text):
    chunks = [Chunk(0, "", text)]
    assert read(chunks).canonical_json() == read(chunks).canonical_json()


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.sampled_from(["blank", "saas", "marketplace"]))
@settings(max_examples=200, deadline=None)
def test_what_looks_like_a_spec_makes_a_plan_that_breaks_no_rule(sentences, template):
    text = "\n\n".join(sentences)
    try:
        plan = make_plan(text, template=template, kind="reader")
    except SpecError:
        return
    assert rules.check(plan, chunk(text)) == []
    assert make_plan(text, template=template, kind="reader").canonical_json() == plan.canonical_json()
