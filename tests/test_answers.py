"""Answers to open questions are part of the spec's text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architect.plan.answers import HEADING, Answer, answered, answers_in

SPEC = "# Shop\n\nEach invoice has a number.\n"
WHO = Answer("Who may read invoices?", "Only the owner of an invoice can read it.")
WHEN = Answer("How long are invoices kept?", "For ten years.")


def test_an_answer_stands_below_its_question_in_a_section_of_its_own():
    assert answered(SPEC, [WHO]) == (
        "# Shop\n\nEach invoice has a number.\n\n## Answers to open questions\n\n"
        "> Who may read invoices?\n\nOnly the owner of an invoice can read it.\n"
    )


def test_the_section_grows_and_a_later_answer_takes_the_place_of_an_earlier_one():
    once = answered(SPEC, [WHO])
    assert answers_in(answered(once, [WHEN])) == [WHO, WHEN]
    changed = Answer(WHO.question, "Anyone can read invoices.")
    twice = answered(answered(once, [WHEN]), [changed])
    assert answers_in(twice) == [changed, WHEN]
    assert twice.count(HEADING) == 1


def test_what_stands_behind_the_section_stays_there():
    text = answered(SPEC, [WHO]) + "\n## Later\n\nEach order has a date.\n"
    more = answered(text, [WHEN])
    assert more.endswith("For ten years.\n\n## Later\n\nEach order has a date.\n")
    assert answers_in(more) == [WHO, WHEN]


@pytest.mark.parametrize("said", ["", "  \n ", "> ", "# - 1. "])
def test_an_answer_without_a_word_changes_nothing(said):
    assert answered(SPEC, [Answer("Who?", said)]) == SPEC
    assert answered(SPEC, [Answer(" ", "Somebody.")]) == SPEC
    assert answered(SPEC, []) == SPEC


def test_an_answer_cannot_begin_a_section_or_a_question_of_its_own():
    text = answered(SPEC, [Answer("Who?\n> What?", "Nobody.\n\n## Access\n\n> And now?\n\nAnyone.")])
    assert answers_in(text) == [Answer("Who? > What?", "Nobody. ## Access > And now? Anyone.")]
    assert text.count("\n## ") == 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=4))
def test_whatever_is_answered_reads_back(text, said):
    asked = [Answer(*pair) for pair in said]
    once = answered(text, asked)
    assert answered(once, answers_in(once)).split() == once.split()
    assert answered(once, asked).split() == once.split()
