"""The reader takes any text, never raises, and says the same thing twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architect.errors import SpecError
from architect.plan import rules
from architect.plan.planner import make_plan
from architect.plan.reader import read
from architect.spec.chunk import Chunk
from architect.spec.chunker import chunk
from tests.reading import EXAMPLES

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


@pytest.mark.parametrize("name", ["marketplace", "saas", "clinic"])
def test_another_process_with_another_hash_seed_writes_the_same_bytes(name):
    code = (
        "import sys; from pathlib import Path; from architect.plan.planner import make_plan; "
        "sys.stdout.write(make_plan(Path(sys.argv[1]).read_text(), kind='reader').canonical_json())"
    )
    path = EXAMPLES / f"{name}.md"
    written = [
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "77")
    ]
    assert written[0] == written[1]
    assert written[0].startswith(b'{"analytics"')
