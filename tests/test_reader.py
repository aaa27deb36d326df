"""What the reader understands of plain English, one guarantee a test."""

from __future__ import annotations

import pytest

from architect.plan.model import Origin
from tests.reading import access, column, columns, named, questions, read, references, tables, values


def test_an_enumeration_makes_a_table():
    plan = read("Each flight has a number, an origin, a destination, a departure time and a price.")
    assert tables(plan) == {"flights"}
    assert columns(plan, "flights") >= {"number", "origin", "destination", "departure_time", "price"}
    assert column(plan, "flights", "number").unique
    assert column(plan, "flights", "departure_time").type == "timestamptz"
    assert column(plan, "flights", "price").type == "numeric"


@pytest.mark.parametrize(
    "text",
    [
        "For each delivery we keep the weight, the carrier and the arrival date.",
        "For each delivery, the system shall record the weight, the carrier and the arrival date.",
        "Every delivery must record the weight, the carrier and the arrival date.",
        "Deliveries have a weight, a carrier and an arrival date.",
        "The system records the basic information of each delivery, including weight, carrier and arrival "
        "date.",
        "The system stores the weight, carrier and arrival date of each delivery.",
        "Record each delivery's weight, carrier and arrival date.",
        "Delivery information includes weight, carrier and arrival date.",
        "The depot handles many deliveries, each with a weight, a carrier and an arrival date.",
        "Deliveries (delivery ID, weight, carrier, arrival date) are entered by the clerk.",
        "Delivery: weight, carrier, arrival date",
        "1. Delivery management: The system manages delivery information, including weight, carrier and "
        "arrival date.",
        "When delivering, record the weight, carrier and arrival date.",
        "Each delivery has:\n\n- a weight\n- a carrier\n- an arrival date\n",
        "## Delivery\n\n- weight\n- carrier\n- arrival date\n",
        "## Deliveries\n\n| Field | Type |\n|---|---|\n| Weight | number |\n| Carrier | text |\n| Arrival "
        "date | date |\n",
        "| Entity | Fields |\n|---|---|\n| Delivery | weight, carrier, arrival date |\n",
    ],
)
def test_the_ways_to_list_attributes(text):
    plan = read(text)
    assert "deliveries" in tables(plan)
    assert columns(plan, "deliveries") >= {"weight", "carrier", "arrival_date"}
    assert column(plan, "deliveries", "arrival_date").type == "date"


def test_a_named_id_is_the_key_and_a_number_is_unique():
    plan = read("Each course has a Course ID and a name. Each room has a unique room number and a size.")
    key = column(plan, "courses", "id")
    assert (key.type, key.origin, named(plan, "courses").primary_key) == ("uuid", Origin.SPEC, ["id"])
    assert column(plan, "rooms", "number").unique
    assert column(plan, "rooms", "id").origin is Origin.CONVENTION


@pytest.mark.parametrize(
    "text",
    [
        "Each department has a name. Each employee has a name and a salary. Each department has many "
        "employees.",
        "Each department has a name. Each employee has a name and a salary. Each employee belongs to one "
        "department.",
        "Each department has a name. Each employee has a name, a salary and a department ID.",
        "Each department has a name. Each employee has a name, a salary and a department.",
        "Each department has a name. Each employee has a name and a salary and is assigned to a department.",
        "Each department has a name and several employees. Each employee has a name and a salary.",
    ],
)
def test_one_to_many_is_a_foreign_key_on_the_many_side(text):
    plan = read(text)
    assert references(plan, "employees") == {"department_id": "departments"}
    assert references(plan, "departments") == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "Each student can take multiple courses, and each course can be taken by multiple students.",
        "There is a many-to-many relationship between students and courses.",
        "Each student can enroll in multiple courses.",
    ],
)
def test_many_to_many_is_a_join_table_keyed_by_both(sentence):
    plan = read(f"Each student has a name. Each course has a title. {sentence}")
    join = next(t for t in plan.tables if t.name not in ("students", "courses"))
    assert set(references(plan, join.name).values()) == {"students", "courses"}
    assert set(join.primary_key) == {"student_id", "course_id"}


def test_an_enrollment_of_its_own_needs_no_join_table():
    plan = read(
        "Each student has a name. Each course has a title. Each enrollment has a student ID, a course ID "
        "and a grade. "
        "Each student can take many courses and each course can be taken by many students."
    )
    assert tables(plan) == {"students", "courses", "enrollments"}


def test_a_thing_may_belong_to_its_own_kind():
    plan = read("Each category has a name and a parent category. Each employee has a name and a salary.")
    assert references(plan, "categories") == {"parent_category_id": "categories"}
    assert column(plan, "categories", "parent_category_id").nullable


def test_two_roles_of_one_entity_are_two_columns():
    plan = read(
        "Each crew member has a name and a licence number. Each flight has a date, a captain and a first "
        "officer, "
        "both of whom are crew members."
    )
    assert references(plan, "flights") == {"captain_id": "crew_members", "first_officer_id": "crew_members"}


def test_a_role_that_a_sentence_explains_is_a_reference():
    plan = read(
        "Each administrator has a name and a phone number. Each handover has a date, a distributor and a "
        "recipient. "
        "The distributor must be an administrator."
    )
    assert references(plan, "handovers") == {
        "distributor_id": "administrators", "recipient_id": "administrators",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("An order is draft, paid, shipped or cancelled.", ["draft", "paid", "shipped", "cancelled"]),
        ("The status of an order is one of draft, paid and cancelled.", ["draft", "paid", "cancelled"]),
        ("Each order has a status: draft, paid or cancelled.", ["draft", "paid", "cancelled"]),
        ("Each order has a status (draft, paid, cancelled).", ["draft", "paid", "cancelled"]),
        ("Each order has a colour and a status: draft or paid.", ["draft", "paid"]),
        ("Each order has a colour, a size and a status: draft or paid.", ["draft", "paid"]),
    ],
)
def test_states_are_checked(sentence, expected):
    plan = read(f"Each order has a number and a total amount. {sentence}")
    assert values(plan, "orders", "status") == expected
    assert column(plan, "orders", "status").default.value == expected[0]


def test_examples_of_values_do_not_forbid_others():
    plan = read('Each plot has an area and a status (such as "normal", "dry", etc.).')
    assert values(plan, "plots", "status") == []


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("a unit price", "numeric"),
        ("a salary", "numeric"),
        ("a date of birth", "date"),
        ("a due date", "date"),
        ("a creation time", "timestamptz"),
        ("an email address", "text"),
        ("a website URL", "text"),
        ("a quantity", "integer"),
        ("a number of seats", "integer"),
        ("a duration in minutes", "integer"),
        ("a weight in kilograms", "numeric"),
        ("a rating from 1 to 5", "integer"),
        ("a list of nicknames", "text[]"),
        ("a phone number", "text"),
        ("a description", "text"),
    ],
)
def test_types_follow_names_and_words(attribute, expected):
    plan = read(f"Each thingamajig has a name and {attribute}.")
    last = [c for c in named(plan, "thingamajigs").columns if c.name not in ("id", "name", "created_at")]
    assert [c.type for c in last] == [expected]


def test_optional_and_unique_are_kept():
    plan = read("Each member has a unique email address, a name and an optional phone number.")
    assert column(plan, "members", "email_address").unique
    assert not column(plan, "members", "email_address").nullable
    assert column(plan, "members", "phone_number").nullable


LISTINGS = "Each listing has a title and a price. A listing is draft, active or sold. "


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Anyone can browse listings.", {"anyone may read"}),
        ("Anyone can browse active listings.", {"anyone may read where status is active"}),
        ("Listings are public.", {"anyone may read"}),
        ("Listings are visible to everyone.", {"anyone may read"}),
        ("Signed-in users can see listings.", {"every signed-in user may read"}),
        ("Only the seller can edit a listing.", {"the user in seller_id may read and change"}),
        ("Listings can be deleted only by the seller.", {"the user in seller_id may read and delete"}),
        ("Users can only see their own listings.", {"the user in user_id may read"}),
        ("Sellers can create listings for themselves.", {"the user in seller_id may add"}),
        ("Nobody but the system can see or change listings.", {"nobody but the service"}),
        ("Only administrators can edit listings.", {"everybody in administrators may read and change"}),
    ],
)
def test_access_sentences_become_policies(sentence, expected):
    assert access(read(LISTINGS + sentence), "listings") == expected


def test_members_of_an_organization_and_their_roles():
    plan = read(
        "Each organization has many projects. Each project has a name and a budget. "
        "Members of the organization can read projects. Admins of the organization can edit and delete "
        "projects."
    )
    assert access(plan, "projects") == {
        "members by memberships may read", "members by memberships (admin) may read, change and delete",
    }  # fmt: skip
    assert references(plan, "memberships") == {"organization_id": "organizations", "user_id": "auth.users"}
    assert any(t.kind == "creator_membership" for t in named(plan, "organizations").triggers)


def test_people_see_their_own_and_staff_see_all():
    plan = read(
        "Each patient has a name. Each doctor has a name. For each appointment we record the patient, the "
        "doctor and "
        "the date. Patients see only their own appointments. Doctors can see all appointments."
    )
    assert access(plan, "appointments") == {
        "the user in user_id of patients may read", "everybody in doctors may read",
    }  # fmt: skip


def test_what_nobody_spoke_of_is_closed_and_says_why():
    plan = read("Each invoice has a number and an amount.")
    assert access(plan, "invoices") == {"nobody but the service"}
    assert "does not say who" in named(plan, "invoices").description


def test_public_and_only_the_owner_is_read_the_safer_way_and_asked():
    plan = read(LISTINGS + "Listings are public. Only the owner can see a listing.")
    assert access(plan, "listings") == {"the user in owner_id may read"}
    assert "safer reading" in questions(plan)


def test_closing_wins_over_opening():
    plan = read(LISTINGS + "Sellers can delete their own listings. Nobody can delete listings.")
    assert not any("delete" in words for words in access(plan, "listings"))
    assert "safer reading" in questions(plan)


def test_the_public_never_writes():
    plan = read(LISTINGS + "Anyone can create, edit and delete listings.")
    assert access(plan, "listings") == {"nobody but the service"}
    assert "not signed in" in questions(plan)


def test_a_condition_on_access_opens_nothing():
    plan = read(LISTINGS + "Sellers can see listings only after they have been paid.")
    assert access(plan, "listings") == {"nobody but the service"}
    assert "only after they have been paid" in questions(plan)


def test_nobody_can_appoint_himself_as_staff():
    plan = read(
        "Each doctor has a name. Each note has a text. Doctors can see all notes. "
        "Users can create and edit their own doctors."
    )
    assert not any("add" in words for words in access(plan, "doctors"))


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Send the customer an email within an hour.", "sends messages"),
        ("Two bookings must not overlap.", "other rows"),
        ("Bookings are kept for ten years and then deleted.", "How long"),
        ("Expired bookings are deleted automatically.", "by itself"),
        ("Customers sign in with single sign-on.", "Sign-in"),
    ],
)
def test_what_a_plan_cannot_say_becomes_an_open_question(sentence, told):
    plan = read(f"Each booking has a date and a price. {sentence}")
    asked = next(q for q in plan.open_questions if told in q.question)
    assert asked.because[0].quote in sentence


def test_code_blocks_are_not_requirements():
    plan = read("Each note has a title.\n\n```\nEach secret has a value, a key and an owner.\n```\n")
    assert tables(plan) == {"notes"}


def test_passwords_are_left_to_auth():
    plan = read("Each user has a username, an email address and a password.")
    assert "password" not in columns(plan, "users")
    assert "Supabase Auth" in questions(plan)


def test_a_table_of_users_is_keyed_by_their_account():
    plan = read("Each user has a username and a bio. Users can publish posts. Each post has a title.")
    assert references(plan, "users") == {"id": "auth.users"}
    assert references(plan, "posts") == {"user_id": "users"}
    assert access(plan, "users") == {"the user in id may read, add and change"}


def test_ten_thousand_words_make_a_valid_plan():
    sentence = (
        "Each {0} has a name, a price and a due date, and belongs to one shop. Anyone can browse {0}s. "
    )
    words = ["lamp", "chair", "table top", "desk", "shelf", "carpet", "curtain", "mirror", "candle", "vase"]
    text = "Each shop has a name.\n\n" + "\n\n".join(sentence.format(words[n % 10]) * 4 for n in range(125))
    assert len(text.split()) > 9_000
    assert len(tables(read(text))) == 11


def test_the_title_above_all_sections_names_none_of_the_things():
    text = "# Second-hand bicycles\n\nEach bicycle has a price.\n\n## Access\n\nAnyone can see bicycles.\n"
    assert tables(read(text)) == {"bicycles"}
