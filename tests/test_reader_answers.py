"""Open questions answered: each choice is a sentence that the reader understands, and does what it says."""

from __future__ import annotations

from typing import Any

import pytest

from architect.catalog.access import compare, promised
from architect.plan.model import OpenQuestion, Plan
from tests.plans import apply
from tests.reading import access, columns, questions, read, tables
from tests.test_access_matrix import probe

SPEC = """# Everything at once

Each organization has many projects and many tasks. Each project has a name and a budget. Each task has a
title. Members of an organization have a role: owner, admin or viewer.
Each order has a number. Each invoice has a number. Each article has a title. Each review has a text.
Each recipe has a title. Each lamp has a colour. Each bill has a total. Each chair has a price.
Each desk has a width. Each film has a title. Each note has a text.
Each patient has a name. Each doctor has a name. Each appointment has a date, a patient and a doctor.
Each exam has a date. Each sofa has a price.

Orders are public. Only the owner can see an order.

Anyone can browse featured articles. Anyone can create and delete reviews. Signed-in users can edit recipes.

Planners of the organization can edit projects. Members of the organization can create tasks in their own
name. Members of the organization can edit memberships.

Buyers can view lamps. Patients see only their own bills. Patients can see appointments.

Sellers can edit chairs only after they have been approved. Everyone except the seller can see desks.
Customers who have paid can see films. Admins can see flagged sofas.

Doctors can see all notes. Users can create and edit their own doctors. Doctors can see all patients.

Send the patient an email the day before the exam.
"""
ADMINISTRATORS = "everybody in administrators may"
CLOSED = {"nobody but the service"}
#: What the question says -> the table it is about, and the access that each choice gives.
KINDS: dict[str, tuple[str, list[set[str]]]] = {
    "opens and closes orders (select)": ("orders", [{"anyone may read"}, {"the user in owner_id may read"}]),
    "Who may read and change invoices": (
        "invoices",
        [
            {"the user in user_id may read, add, change and delete"},
            {"members by memberships may read, add, change and delete"},
            {f"{ADMINISTRATORS} read, add, change and delete"},
            {"every signed-in user may read"},
            {"anyone may read"},
            CLOSED,
        ],
    ),
    "No column of articles says what is featured": (
        "articles",
        [{"anyone may read where status is featured"}, {"anyone may read"}, CLOSED],
    ),
    "shall create and delete reviews need an account": (
        "reviews",
        [{"the user in user_id may read, add and delete"}, CLOSED],
    ),
    "could change all recipes": (
        "recipes",
        [{"the user in user_id may read and change"}, {f"{ADMINISTRATORS} read and change"}, CLOSED],
    ),
    "no role planner": (
        "projects",
        [
            {"members by memberships (owner) may read and change"},
            {"members by memberships (admin) may read and change"},
            {"members by memberships (viewer) may read and change"},
            CLOSED,
        ],
    ),
    "Members may add tasks": ("tasks", [{"members by memberships may add"}, CLOSED]),
    "can promote themselves": (
        "memberships",
        [
            {"members by memberships (owner) may read and change"},
            {"members by memberships (admin) may read and change"},
            {"members by memberships (viewer) may read and change"},
        ],
    ),
    "Who is meant by buyer": (
        "lamps",
        [
            {"the user in buyer_id may read"},
            {"every signed-in user may read"},
            {f"{ADMINISTRATORS} read"},
            CLOSED,
        ],
    ),
    "bills does not say to which of patients": (
        "bills",
        [{"the user in user_id of patients may read"}, CLOSED],
    ),
    "May patients see all appointments": (
        "appointments",
        [{"the user in user_id of patients may read"}, {"everybody in patients may read"}],
    ),
    "only after they have been approved": (
        "chairs",
        [{"the user in seller_id may read and change"}, CLOSED],
    ),
    "which sofas are flagged": ("sofas", [{"everybody in admins may read"}, CLOSED]),
    "Everyone except the seller": ("desks", [CLOSED]),
    "Customers who have paid": ("films", [CLOSED]),
    "Whoever is in doctors": (
        "doctors",
        [{f"{ADMINISTRATORS} add", "the user in user_id may read and change"}],
    ),
}


def answered(*pairs: tuple[OpenQuestion, str]) -> str:
    """The spec with its answers, as somebody who was asked would write them."""
    told = "\n\n".join(f"> {question.question}\n\n{answer}" for question, answer in pairs)
    return f"{SPEC}\n## Answers to open questions\n\n{told}\n"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read(SPEC)


def asked(plan: Plan, told: str) -> OpenQuestion:
    return next(q for q in plan.open_questions if told in q.question)


@pytest.mark.parametrize("told", KINDS)
def test_each_choice_answers_its_question_and_changes_the_plan_as_it_says(plan: Plan, told: str) -> None:
    table, expected = KINDS[told]
    question = asked(plan, told)
    assert len(question.choices) >= len(expected)
    for choice, words in zip(question.choices, expected, strict=False):
        after = read(answered((question, choice)))
        assert question.question not in [q.question for q in after.open_questions], choice
        assert words <= access(after, table), choice
        left = {q.question for q in after.open_questions} - {q.question for q in plan.open_questions}
        assert not [q for q in left if "safer reading" in q], choice


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_spec_with_all_its_questions_answered_gives_exactly_that_access(
    database: Any, plan: Plan, number: int
) -> None:
    chosen = []
    for told, (table, expected) in KINDS.items():
        at = min(number, len(expected) - 1) if number >= 0 else len(expected) - 1
        chosen.append((asked(plan, told), table, at, expected[at]))
    after = read(answered(*((question, question.choices[at]) for question, _, at, _ in chosen)))
    for _, table, _, words in chosen:
        assert words <= access(after, table)
    with database.connect("postgres") as conn:
        apply(conn, after)
    assert compare(promised(after), probe(database, after)) == []


def test_an_answer_may_be_what_a_database_keeps(plan: Plan) -> None:
    question = asked(plan, "sends messages")
    after = read(answered((question, question.choices[0])))
    assert columns(after, "outgoing_messages") >= {"recipient_address", "subject", "text", "sending_time"}
    assert "sends messages" not in questions(after)


def test_an_answer_in_own_words_wins_over_the_spec(plan: Plan) -> None:
    question = asked(plan, "opens and closes orders")
    after = read(answered((question, "Signed-in users can see orders.")))
    assert "every signed-in user may read" in access(after, "orders")
    closed = read(answered((question, "Nobody can see orders.")))
    assert access(closed, "orders") == CLOSED


def test_an_answer_nobody_understands_opens_nothing_and_is_not_asked_again(plan: Plan) -> None:
    question = asked(plan, "invoices")
    after = read(answered((question, "Well, it depends, doesn't it?")))
    assert access(after, "invoices") == CLOSED
    assert "change invoices" not in questions(after)


def test_a_quoted_question_is_no_requirement() -> None:
    text = "Each note has a title.\n\n## Answers to open questions\n\n> Each secret has a value and a key.\n"
    assert tables(read(text)) == {"notes"}
    assert tables(read(text + "> Anyone can see notes.\n\nNobody else.")) == {"notes"}
    assert access(read(text + "> Anyone can see notes.\n"), "notes") == CLOSED


def test_when_no_table_is_spoken_of_one_question_asks_for_all() -> None:
    text = "Each note has a title. Each pen has a colour. Each desk has a width."
    silent = read(text)
    question = asked(silent, "what is kept here")
    assert [q for q in silent.open_questions if "change notes" in q.question] == []
    words = ["every signed-in user may read", f"{ADMINISTRATORS} read, add, change and delete", *CLOSED]
    for choice, expected in zip(question.choices, words, strict=True):
        after = read(f"{text}\n\n## Answers to open questions\n\n> {question.question}\n\n{choice}\n")
        assert all(access(after, table) == {expected} for table in ("notes", "pens", "desks")), choice
        assert question.question not in [q.question for q in after.open_questions]


def test_questions_are_the_same_every_time_and_short_enough(plan: Plan) -> None:
    again = read(SPEC)
    assert again.open_questions == plan.open_questions
    assert len({q.question for q in plan.open_questions}) == len(plan.open_questions)
    assert all(len(q.choices) <= 6 and len(c) <= 300 for q in plan.open_questions for c in q.choices)
