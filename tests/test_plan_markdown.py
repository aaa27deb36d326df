"""The Markdown of a plan that somebody has to agree to: all of it, and nothing that a spec slips in."""

from __future__ import annotations

import pytest

from architect.plan.model import OpenQuestion, Origin, PublicRead, Quote
from architect.plan.show.markdown import MAX_CHARACTERS, plain, summary
from tests import plans


def test_tables_access_and_questions_are_there_and_secrets_are_not() -> None:
    table = plans.table(
        "books",
        [plans.column("shelf_id", "uuid")],
        [PublicRead(name="p", origin=Origin.SPEC)],
        foreign_keys=[plans.reference("shelf_id", "shelves")],
    )
    question = OpenQuestion(
        question="Who pays?",
        because=[Quote(chunk_index=0, quote="The key is sb_secret_Canary0123456789abcdef")],
    )
    plan = plans.plan(table, plans.table("shelves", []), title="Library", open_questions=[question])
    text = summary(plan)
    for part in (
        "# Library\n", "2 tables, 2 policies, 1 open question.", f"plan `{plan.digest()[:16]}`",
        "**books**\n- anyone may read\n", "**shelves**\n- nobody but the service *(template)*\n",
        "- Who pays?\n\n  > The key is &#91;redacted:secret-key:",
        "**books** *(template)*: id, shelf_id → shelves",
    ):  # fmt: skip
        assert part in text, part
    assert "Canary" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil.test/a.png)",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "a\n\n# Approved by the operator\n\n- anyone",
        "`code` *bold* _emph_ ~~gone~~ | a | b |",
        "see www.evil.test, https://evil.test or a@evil.test",
    ],
)
def test_what_a_spec_says_is_shown_and_not_obeyed(hostile: str) -> None:
    shown = plain(hostile)
    assert "\n" not in shown
    for obeyed in ("<", "[", "](", "`", "*", "~~", "|", "# ", "://", "www.", "@"):
        assert obeyed not in shown.replace("&#", ""), obeyed
    plan = plans.plan(plans.table("t", []), title=hostile, open_questions=[OpenQuestion(question=hostile)])
    assert summary(plan).count(shown) == 2
    assert [line for line in summary(plan).splitlines() if line.startswith("#")] == [
        f"# {shown}", "## Who may do what", "## Open questions", "## Tables",
    ]  # fmt: skip


def test_a_plan_without_end_is_cut_off_and_says_so() -> None:
    tables = [plans.table(f"t{n}", [plans.column(f"c{i}") for i in range(100)]) for n in range(150)]
    text = summary(plans.plan(*tables))
    assert len(text) < MAX_CHARACTERS + 100
    assert "and more" in text.splitlines()[-1]
