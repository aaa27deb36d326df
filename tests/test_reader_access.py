"""Who may do what: the wordings of access sentences, and what none of them may open."""

from __future__ import annotations

import pytest

from tests.reading import access, columns, named, questions, read, references, tables

LISTINGS = "Each listing has a title and a price. A listing is draft, active or sold. "
SELLER_EDITS = {"the user in seller_id may read and change"}
CLOSED = {"nobody but the service"}
SIGNED_IN = {"every signed-in user may read"}
ANYONE = {"anyone may read"}
_MANAGED = "everybody in librarians may read, add, change and delete"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Only the seller of a listing can edit it.", SELLER_EDITS),
        ("Only a listing's seller can edit it.", SELLER_EDITS),
        ("Listings can only be edited by their seller.", SELLER_EDITS),
        ("A listing may be edited by its seller only.", SELLER_EDITS),
        ("As a seller, I want to edit my listings so that they sell.", SELLER_EDITS),
        ("Please make sure that only the seller can edit a listing.", SELLER_EDITS),
        ("Only the seller is allowed to change a listing.", SELLER_EDITS),
        (
            "Sellers have full control over their own listings.",
            {"the user in seller_id may read, add, change and delete"},
        ),
        ("Users can edit only the listings they created.", {"the user in user_id may read and change"}),
        ("Users can see their listings.", {"the user in user_id may read"}),
        ("Users can only see listings that belong to them.", {"the user in user_id may read"}),
        ("Each user can only view his or her own listings.", {"the user in user_id may read"}),
        ("Whoever created a listing can edit it.", {"the user in creator_id may read and change"}),
        (
            "A listing can be edited by the user who posted it.",
            {"the user in creator_id may read and change"},
        ),
        ("Access to listings is restricted to the seller.", {"the user in seller_id may read"}),
        ("Listings are private to the seller.", {"the user in seller_id may read"}),
        ("Nobody except the seller can see a listing.", {"the user in seller_id may read"}),
        ("Users cannot see each other's listings.", {"the user in user_id may read"}),
        ("No user may see another user's listings.", {"the user in user_id may read"}),
        ("A user must not see listings of other users.", {"the user in user_id may read"}),
        ("Read access to listings is open to everyone.", ANYONE),
        ("Users should be able to see listings without logging in.", ANYONE),
        ("As a visitor, I want to browse listings.", ANYONE),
        ("The platform should allow everybody to see listings.", ANYONE),
        ("You must be logged in to see listings.", SIGNED_IN),
        ("Viewing listings requires an account.", SIGNED_IN),
        ("Anyone with an account can read listings.", SIGNED_IN),
        ("Everyone except guests can see listings.", SIGNED_IN),
        ("Regular users can view all listings.", SIGNED_IN),
        ("Staff members can view any listing.", {"everybody in staff may read"}),
        ("Admins have read access to all listings.", {"everybody in admins may read"}),
        ("Admins can do everything.", {"everybody in admins may read, add, change and delete"}),
        (
            "Everyone can read listings, but only the seller can change them.",
            {*ANYONE, "the user in seller_id may read and change"},
        ),
        (
            "Listings can be read by anyone and edited by the seller only.",
            {*ANYONE, "the user in seller_id may read and change"},
        ),
        ("Listings: readable by anyone, editable by the seller.", {*ANYONE, *SELLER_EDITS}),
        (
            "Sellers can create listings, view them and withdraw them.",
            {"the user in seller_id may add", "the user in seller_id may read and change"},
        ),
    ],
)
def test_the_ways_to_say_who_may(sentence, expected):
    found = access(read(LISTINGS + sentence), "listings")
    assert found == expected or found == {_united(expected)}


def _united(words: set[str]) -> str:
    """Policies of one person that the reader makes into one."""
    return "the user in seller_id may read, add and change" if len(words) > 1 else next(iter(words))


@pytest.mark.parametrize(
    "sentence",
    [
        "It is not true that anyone can see listings.",
        "Never let anyone read listings.",
        "We do not want everyone to see listings.",
        "Not everyone may see listings.",
        "Listings are not public.",
        "Listings are never visible to the public.",
        "Listings must not be visible to anonymous users.",
        "Anonymous visitors cannot see listings.",
        "Everyone except the seller can see listings.",
        "Everyone who paid can see listings.",
        "Customers who have paid can see listings.",
        "Anyone can see listings once they are approved.",
        "Listings must be seen by customers.",
        "The system must record each listing.",
        "Users can comment on listings.",
        "Users can register for listings.",
        "Users can add listings to their cart.",
        "Users can order listings.",
        "Nobody can see listings.",
        "It is not possible to see listings.",
        "Only the system can see listings.",
        "Everything is private.",
    ],
)
def test_what_opens_nothing(sentence):
    assert access(read(LISTINGS + sentence), "listings") == CLOSED


ORGANIZATION = "Each organization has many projects. Each project has a name and a budget. "


@pytest.mark.parametrize(
    "sentence",
    [
        "Organization members can read projects.",
        "Everyone in the organization can see its projects.",
        "Anyone in the organization can see projects.",
        "People from the same organization can see projects.",
        "Projects are only visible to members of their organization.",
        "Projects are shared within the organization.",
        "Users can see their organization's projects.",
        "Users can see projects in their own organization.",
        "Access to projects is granted to members of the organization.",
    ],
)
def test_whoever_is_in_the_organization_is_a_member_of_it_and_not_anyone(sentence):
    assert access(read(ORGANIZATION + sentence), "projects") == {"members by memberships may read"}


def test_a_role_that_the_spec_names_is_one_that_members_may_have():
    plan = read(ORGANIZATION + "Managers of the organization can edit projects.")
    assert access(plan, "projects") == {"members by memberships (manager) may read and change"}
    fixed = read(
        ORGANIZATION + "Members of an organization have a role: owner, admin or viewer. "
        "Planners of the organization can edit projects."
    )
    assert "no role planner" in questions(fixed)


CLINIC = (
    "Each doctor has a name. Each patient has a name. Each appointment has a date, a patient and a doctor. "
)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Appointments are visible to the patient and the doctor.",
            {"the user in user_id of patients may read", "the user in user_id of doctors may read"},
        ),
        ("Doctors can see the appointments of their patients.", {"the user in user_id of doctors may read"}),
        ("Doctors can see appointments.", {"everybody in doctors may read"}),
        ("Patients can see appointments.", {"the user in user_id of patients may read"}),
        ("Patients can see all appointments.", {"everybody in patients may read"}),
    ],
)
def test_people_of_the_row_and_people_of_the_house(sentence, expected):
    assert access(read(CLINIC + sentence), "appointments") == expected


@pytest.mark.parametrize(
    ("text", "table", "expected"),
    [
        (
            "Each ticket has a subject. Agents can see all tickets. Only the assigned agent can close a "
            "ticket.",
            "tickets",
            {"everybody in agents may read", "the user in agent_id may read and change"},
        ),
        (
            "Each building has an address and an owner, who is a user. Each flat has a size and belongs "
            "to one "
            "building. Owners can edit the flats of their buildings.",
            "flats",
            {"the user in owner_id of buildings may read and change"},
        ),
        (
            "Each club has a name. Each event has a title and belongs to one club. Members of a club can "
            "see its "
            "events. Club admins can create events.",
            "events",
            {"members by memberships may read", "members by memberships (admin) may add"},
        ),
        (
            "Each employee has a name. Each leave request has a start date and belongs to one employee. "
            "Employees "
            "can submit leave requests.",
            "leave_requests",
            {"the user in user_id of employees may add"},
        ),
        (
            "Each flat has a size. The caretaker manages flats and may rename them. The headmaster can see "
            "everything.",
            "flats",
            {"everybody in headmasters may read"},
        ),
        ("Each book has a title. Librarians manage books.", "books", {_MANAGED}),
        ("Each book has a title. Readers manage books.", "books", CLOSED),
        ("Each book has a title. Books are listed publicly.", "books", ANYONE),
        (
            "Each book has a title. Editors can edit and publish any book.",
            "books",
            {"everybody in editors may read and change"},
        ),
    ],
)
def test_people_told_by_what_they_are_to_the_row(text, table, expected):
    assert access(read(text), table) == expected


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        ("Listings are public. Only the owner can see a listing.", {"the user in owner_id may read"}),
        ("Only signed-in users can see listings. Listings are public.", SIGNED_IN),
        ("Anyone can see listings. Anonymous visitors cannot see listings.", CLOSED),
        ("Anyone can see listings. Not everyone may see listings.", CLOSED),
        (
            "Everyone can see listings. Users cannot see other users' listings.",
            {"the user in user_id may read"},
        ),
        (
            "Sellers can manage their own listings. Sellers may not delete listings.",
            {"the user in seller_id may read, add and change"},
        ),
        (
            "Only the seller can delete a listing. Only administrators can delete listings.",
            {"the user in seller_id may read and delete"},
        ),
        (
            "Neither buyers nor sellers can edit listings. Sellers can edit their own listings.",
            {"the user in seller_id may read"},
        ),
    ],
)
def test_the_safer_of_two_contradicting_sentences_wins_and_both_are_quoted(sentences, expected):
    plan = read(LISTINGS + sentences)
    assert access(plan, "listings") == expected
    asked = next(q for q in plan.open_questions if "safer reading" in q.question)
    quotes = [b.quote for b in asked.because]
    assert sorted(quotes) == sorted(s.strip(" .") + "." for s in sentences.split(". "))


@pytest.mark.parametrize(
    "sentences",
    [
        "Patients see only their own appointments. Doctors can see all appointments.",
        "Only the doctor can edit an appointment. Patients can see their own appointments.",
    ],
)
def test_a_rule_for_others_is_no_contradiction(sentences):
    plan = read(CLINIC + sentences)
    assert len(access(plan, "appointments")) == 2
    assert "safer reading" not in questions(plan)


def test_active_rows_for_anyone_do_not_contradict_drafts_for_the_seller():
    plan = read(LISTINGS + "Anyone can browse active listings. Only the seller can see draft listings.")
    assert "anyone may read where status is active" in access(plan, "listings")
    assert "safer reading" not in questions(plan)


SHOP = "Each listing has a title and a price. Each order has a number and a total.\n\n"


@pytest.mark.parametrize(
    ("text", "listings", "orders"),
    [
        (
            "Admins can:\n\n- edit listings\n- delete orders\n",
            {"everybody in admins may read and change"},
            {"everybody in admins may read and delete"},
        ),
        ("**Visitors** can:\n* browse listings\n* not see orders\n", ANYONE, CLOSED),
        (
            "A buyer may:\n1. see their own orders\n2. place orders\n",
            CLOSED,
            {"the user in buyer_id may read and add"},
        ),
        (
            "## Access\n\n- Admins: edit listings, delete orders\n- Anyone: browse listings\n",
            {*ANYONE, "everybody in admins may read and change"},
            {"everybody in admins may read and delete"},
        ),
        (
            "| Role | Listings | Orders |\n|---|---|---|\n| Admin | read, write | full |\n| Seller | own "
            "| CR own |\n"
            "| Anyone | read | - |\n",
            {
                *ANYONE,
                "everybody in admins may read and change",
                "the user in seller_id may read, add, change and delete",
            },
            {
                "everybody in admins may read, add, change and delete",
                "the user in seller_id may read and add",
            },
        ),
        (
            "| Role | Can |\n|---|---|\n| Admin | edit listings, delete orders |\n| Visitor | browse "
            "listings |\n",
            {*ANYONE, "everybody in admins may read and change"},
            {"everybody in admins may read and delete"},
        ),
        (
            "## Listings\n\nAnyone can view them. Only the seller can edit them.\n",
            {*ANYONE, *SELLER_EDITS},
            CLOSED,
        ),
        ("## Listing\n\n- title\n- price\n- only the seller can edit it\n", SELLER_EDITS, CLOSED),
        ("Listings\n- Anyone can view\n- Only the seller can edit\n", CLOSED, CLOSED),
        ("Some words about the company.\n\nAnyone can see them.\n", CLOSED, CLOSED),
        ("| Shop | Listings |\n|---|---|\n| Anyone | full |\n", CLOSED, CLOSED),
    ],
)
def test_lists_and_tables_of_who_may(text, listings, orders):
    plan = read(SHOP + text)
    assert (access(plan, "listings"), access(plan, "orders")) == (listings, orders)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Each order has a number and a total. Only the buyer can see it.",
            {"the user in buyer_id may read"},
        ),
        (
            "Each customer has a name. Each order belongs to one customer. Only the customer can see it.",
            {"the user in user_id of customers may read"},
        ),
        ("Each order has a number. Lamps are nice. Anyone can see them.", CLOSED),
    ],
)
def test_it_is_what_the_sentence_before_was_about(text, expected):
    assert access(read(text), "orders") == expected


@pytest.mark.parametrize(
    ("sentence", "expected", "asked"),
    [
        ("Anyone can browse sold listings.", {"anyone may read where status is sold"}, ""),
        ("Anyone can browse garden listings.", CLOSED, "what is garden"),
        ("Signed-in users can see flagged listings.", CLOSED, "what is flagged"),
        ("Admins can see flagged listings.", CLOSED, "which listings are flagged"),
        ("Sellers can see their active listings.", {"the user in seller_id may read"}, ""),
        (
            "Sellers can edit their draft listings.",
            {"the user in seller_id may read"},
            "which listings are draft",
        ),
    ],
)
def test_rows_in_a_state_are_never_all_rows(sentence, expected, asked):
    plan = read(LISTINGS + sentence)
    assert access(plan, "listings") == expected
    assert asked in questions(plan)


def test_them_are_the_things_and_not_those_of_the_people():
    plan = read(
        "Each bicycle has a title. Each photo has a caption and belongs to one bicycle. Photos can be "
        "read by anyone, "
        "but only the seller of the bicycle can change them."
    )
    assert access(plan, "photos") == {*ANYONE, "the user in seller_id of bicycles may read and change"}


def test_a_closing_sentence_keeps_the_template_from_opening_again():
    closed = read("Nobody can delete listings.", "marketplace")
    assert not any("delete" in words for words in access(closed, "listings"))
    assert any("delete" in words for words in access(read("Hello there.", "marketplace"), "listings"))


def test_who_may_change_does_not_take_the_templates_readers_away():
    plan = read("Only administrators can edit listings.", "marketplace")
    assert access(plan, "listings") == {
        "anyone may read",
        "everybody in administrators may read and change",
        "the user in seller_id may add and delete",
    }


def test_whole_house_sentences_leave_out_who_belongs_to_what():
    plan = read(ORGANIZATION + "Members of the organization can read projects. Everything is public.")
    assert "anyone may read" in access(plan, "projects")
    assert not any("anyone" in words for words in access(plan, "memberships"))


def test_who_may_does_not_add_columns_that_nobody_asked_for():
    plan = read(LISTINGS + "Buyers can view listings.")
    assert columns(plan, "listings") == {"id", "title", "price", "status", "created_at"}
    assert "Who is meant by buyer" in questions(plan)
    assert references(plan, "listings") == {}
    assert tables(plan) == {"listings"}
    assert named(plan, "listings").policies[0].kind == "service_only"
