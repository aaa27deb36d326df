"""What the three example specs ask for is in their plans."""

from __future__ import annotations

import pytest

from architect.plan import rules
from architect.plan.model import Origin
from architect.spec.chunker import chunk
from tests.reading import EXAMPLES, access, column, columns, example, questions, references, tables, values

CASES = [("marketplace", "marketplace"), ("saas", "saas"), ("clinic", "blank")]


@pytest.fixture(scope="module")
def market():
    return example("marketplace", "marketplace")


@pytest.fixture(scope="module")
def saas():
    return example("saas", "saas")


@pytest.fixture(scope="module")
def clinic():
    return example("clinic", "blank")


@pytest.mark.parametrize(("name", "template"), CASES)
def test_the_plan_breaks_no_rule_and_every_quote_is_in_the_spec(name, template):
    chunks = chunk((EXAMPLES / f"{name}.md").read_text())
    assert rules.check(example(name, template), chunks) == []


@pytest.mark.parametrize(("name", "template"), CASES)
def test_every_table_of_the_spec_is_quoted_and_decided(name, template):
    for table in example(name, template).tables:
        assert table.policies, table.name
        if table.origin is Origin.SPEC:
            assert table.because, table.name


def test_marketplace_tables_and_columns(market):
    assert tables(market) == {
        "profiles", "categories", "listings", "favourites", "bids", "orders", "payments", "reviews",
        "messages", "photos",
    }  # fmt: skip
    assert columns(market, "listings") >= {
        "title",
        "description",
        "asking_price",
        "condition",
        "city",
        "status",
    }
    assert columns(market, "photos") >= {"image_url", "caption", "position", "taken_at"}
    assert columns(market, "bids") >= {"amount", "message", "status"}
    assert columns(market, "orders") >= {
        "price_paid", "shipping_address", "tracking_number", "payment_date", "status",
    }  # fmt: skip
    assert columns(market, "reviews") >= {"author_id", "rating", "comment"}
    assert columns(market, "messages") >= {"body", "sent_at"}
    assert columns(market, "categories") >= {"name", "sort_order"}


def test_marketplace_references(market):
    assert references(market, "listings")["category_id"] == "categories"
    assert references(market, "listings")["seller_id"] == "auth.users"
    assert references(market, "categories")["parent_category_id"] == "categories"
    assert references(market, "photos")["listing_id"] == "listings"
    assert references(market, "bids") == {"listing_id": "listings", "bidder_id": "auth.users"}
    assert references(market, "orders")["listing_id"] == "listings"
    assert references(market, "reviews")["order_id"] == "orders"
    assert references(market, "messages") == {
        "listing_id": "listings", "sender_id": "auth.users", "recipient_id": "auth.users",
    }  # fmt: skip
    assert references(market, "favourites") == {"user_id": "auth.users", "listing_id": "listings"}


def test_marketplace_types_values_and_limits(market):
    assert column(market, "listings", "asking_price").type == "numeric"
    price = next(c for c in column(market, "listings", "asking_price").checks if c.kind == "range")
    assert (price.min, price.exclusive_min) == (0, True)
    title = next(c for c in column(market, "listings", "title").checks if c.kind == "max_length")
    assert title.value == 120
    assert values(market, "listings", "status") == ["draft", "active", "sold", "withdrawn"]
    assert values(market, "listings", "condition") == ["new", "like new", "used", "worn"]
    assert values(market, "orders", "status") == ["pending", "paid", "shipped", "received", "disputed"]
    rating = next(c for c in column(market, "reviews", "rating").checks if c.kind == "range")
    assert (column(market, "reviews", "rating").type, rating.min, rating.max) == ("integer", 1, 5)
    assert column(market, "photos", "caption").nullable
    assert column(market, "photos", "taken_at").type == "date"
    assert column(market, "messages", "sent_at").type == "timestamptz"
    assert column(market, "orders", "payment_date").type == "date"
    assert column(market, "orders", "tracking_number").nullable


def test_marketplace_access(market):
    assert access(market, "listings") == {
        "anyone may read where status is active",
        "the user in seller_id may read, change and delete",
        "the user in seller_id may add",
    }
    assert "anyone may read" in access(market, "categories")
    assert access(market, "categories") == {"anyone may read"}
    assert access(market, "photos") == {
        "anyone may read",
        "the user in seller_id of listings may read, add, change and delete",
    }
    assert access(market, "bids") == {"the user in bidder_id may read", "the user in bidder_id may add"}
    assert access(market, "orders") == {"the user in buyer_id may read and add"}
    assert access(market, "messages") == {
        "the user in sender_id may read", "the user in recipient_id may read",
        "the user in sender_id may add",
    }  # fmt: skip
    assert "the user in user_id may read and delete" in access(market, "favourites")
    assert "anyone may read" in access(market, "reviews")
    assert "the user in author_id may read, add and change" in access(market, "reviews")


def test_marketplace_leaves_open_what_a_plan_cannot_say(market):
    asked = questions(market)
    for words in (
        "highest bid so far",
        "declined automatically",
        "only after the order has been paid",
        "e-mail",
    ):
        assert words in asked


def test_saas_tables_and_columns(saas):
    assert tables(saas) >= {
        "organizations", "memberships", "clients", "projects", "tasks", "tags", "comments", "time_entries",
        "invoices", "invoice_lines", "audit_log_entries", "task_tags",
    }  # fmt: skip
    assert columns(saas, "clients") >= {"name", "billing_email", "phone_number", "website", "currency"}
    assert columns(saas, "projects") >= {
        "name", "description", "budget", "start_date", "end_date", "hourly_rate", "status",
    }  # fmt: skip
    assert columns(saas, "tasks") >= {
        "title", "description", "assignee_id", "due_date", "priority", "estimate", "is_billable", "status",
    }  # fmt: skip
    assert columns(saas, "time_entries") >= {"work_date", "hours", "note", "is_billable"}
    assert columns(saas, "invoices") >= {
        "number",
        "issue_date",
        "due_date",
        "net_amount",
        "tax_amount",
        "status",
    }
    assert columns(saas, "invoice_lines") >= {"description", "quantity", "unit_price"}
    assert columns(saas, "audit_log_entries") >= {"action", "actor", "time", "old_value", "new_value"}


def test_saas_references(saas):
    assert references(saas, "clients")["organization_id"] == "organizations"
    assert references(saas, "projects")["organization_id"] == "organizations"
    assert references(saas, "projects")["client_id"] == "clients"
    assert references(saas, "tasks")["project_id"] == "projects"
    assert references(saas, "tasks")["parent_task_id"] == "tasks"
    assert references(saas, "tasks")["assignee_id"] == "auth.users"
    assert references(saas, "task_tags") == {"task_id": "tasks", "tag_id": "tags"}
    assert references(saas, "comments")["task_id"] == "tasks"
    assert references(saas, "comments")["author_id"] == "auth.users"
    assert references(saas, "time_entries")["task_id"] == "tasks"
    assert references(saas, "time_entries")["user_id"] == "auth.users"
    assert references(saas, "invoices")["client_id"] == "clients"
    assert references(saas, "invoice_lines")["invoice_id"] == "invoices"
    assert references(saas, "memberships") == {"organization_id": "organizations", "user_id": "auth.users"}


def test_saas_types_values_and_limits(saas):
    assert values(saas, "memberships", "role") == ["owner", "admin", "member"]
    assert values(saas, "tasks", "priority") == ["low", "normal", "high", "urgent"]
    assert values(saas, "tasks", "status") == ["open", "in progress", "in review", "done"]
    assert values(saas, "projects", "status") == ["planned", "active", "on hold", "closed"]
    assert column(saas, "tasks", "is_billable").type == "boolean"
    assert column(saas, "invoices", "net_amount").type == "numeric"
    assert column(saas, "invoices", "issue_date").type == "date"
    assert column(saas, "invoices", "number").unique
    hours = next(c for c in column(saas, "time_entries", "hours").checks if c.kind == "range")
    assert (hours.min, hours.max, hours.exclusive_min) == (0, 24, True)
    assert column(saas, "clients", "phone_number").nullable


def test_saas_access(saas):
    for table in ("clients", "projects", "tasks", "tags", "comments"):
        assert any(words.startswith("members by memberships may read") for words in access(saas, table)), (
            table
        )
    assert "members by memberships (owner, admin) may read, add, change and delete" in access(saas, "clients")
    assert "members by memberships (owner, admin) may read, add, change and delete" in access(
        saas, "projects"
    )
    assert "members by memberships may read, add and change" in access(saas, "tasks")
    assert "the user in author_id may read, change and delete" in access(saas, "comments")
    assert access(saas, "time_entries") == {
        "the user in user_id may read and change", "members by memberships (owner, admin) may read",
    }  # fmt: skip
    for table in ("invoices", "invoice_lines"):
        assert access(saas, table) == {"members by memberships (owner, admin) may read and change"}
    assert access(saas, "audit_log_entries") == {"nobody but the service"}
    everybody = {"anyone", "every signed-in user"}
    for table in saas.tables:
        assert not any(words.startswith(tuple(everybody)) for words in access(saas, table.name)), table.name


def test_saas_leaves_open_what_a_plan_cannot_say(saas):
    asked = questions(saas)
    for words in ("older than 30 days", "hourly rate", "single sign-on", "at most three active projects"):
        assert words in asked


def test_clinic_tables_and_columns(clinic):
    assert tables(clinic) == {
        "patients", "doctors", "receptionists", "appointments", "treatments", "appointment_treatments",
        "prescriptions", "medical_notes", "invoices", "opening_hours_entries", "waiting_list_entries",
    }  # fmt: skip
    assert columns(clinic, "patients") >= {
        "first_name", "last_name", "date_of_birth", "email_address", "phone_number", "insurance_number",
        "family_doctor_id",
    }  # fmt: skip
    assert columns(clinic, "doctors") >= {"name", "title", "speciality", "work_email", "room_number"}
    assert columns(clinic, "appointments") >= {"starting_time", "duration", "reason", "status"}
    assert columns(clinic, "treatments") >= {"code", "name", "price", "needs_consent"}
    assert columns(clinic, "prescriptions") >= {
        "drug_name",
        "dosage",
        "number_of_packs",
        "issue_date",
        "expiry_date",
    }
    assert columns(clinic, "opening_hours_entries") >= {"weekday", "opening_time", "closing_time"}
    assert columns(clinic, "waiting_list_entries") >= {"request_date", "urgency"}


def test_clinic_references(clinic):
    assert references(clinic, "appointments") == {"patient_id": "patients", "attending_doctor_id": "doctors"}
    assert references(clinic, "appointment_treatments") == {
        "appointment_id": "appointments", "treatment_id": "treatments",
    }  # fmt: skip
    assert references(clinic, "prescriptions") == {"patient_id": "patients", "doctor_id": "doctors"}
    assert references(clinic, "medical_notes") == {"appointment_id": "appointments", "author_id": "doctors"}
    assert references(clinic, "invoices") == {"patient_id": "patients"}
    assert references(clinic, "waiting_list_entries") == {"patient_id": "patients", "doctor_id": "doctors"}
    assert references(clinic, "patients")["family_doctor_id"] == "doctors"


def test_clinic_types_values_and_limits(clinic):
    assert column(clinic, "patients", "insurance_number").unique
    assert column(clinic, "patients", "family_doctor_id").nullable
    assert column(clinic, "patients", "date_of_birth").type == "date"
    assert column(clinic, "treatments", "code").unique
    assert column(clinic, "treatments", "price").type == "numeric"
    assert column(clinic, "treatments", "needs_consent").type == "boolean"
    assert column(clinic, "prescriptions", "number_of_packs").type == "integer"
    assert column(clinic, "opening_hours_entries", "opening_time").type == "time"
    assert values(clinic, "appointments", "status") == [
        "requested",
        "confirmed",
        "done",
        "missed",
        "cancelled",
    ]
    duration = next(c for c in column(clinic, "appointments", "duration").checks if c.kind == "range")
    assert (column(clinic, "appointments", "duration").type, duration.min, duration.max) == (
        "integer",
        5,
        240,
    )
    urgency = next(c for c in column(clinic, "waiting_list_entries", "urgency").checks if c.kind == "range")
    assert (urgency.min, urgency.max) == (1, 3)


def test_clinic_access(clinic):
    for table in ("doctors", "treatments", "opening_hours_entries"):
        assert "anyone may read" in access(clinic, table)
    own = "the user in user_id of patients may read"
    assert own in access(clinic, "prescriptions")
    assert own in access(clinic, "invoices")
    assert access(clinic, "appointments") == {
        "the user in user_id of patients may read and add",
        "everybody in doctors may read",
        "everybody in receptionists may read and change",
    }
    assert access(clinic, "patients") == {
        "the user in user_id may read and change",
        "everybody in doctors may read",
    }
    assert access(clinic, "medical_notes") == {"everybody in doctors may read, add and change"}
    assert "everybody in doctors may read and add" in access(clinic, "prescriptions")
    assert access(clinic, "waiting_list_entries") == {"everybody in receptionists may read and change"}


def test_clinic_leaves_open_what_a_plan_cannot_say(clinic):
    asked = questions(clinic)
    for words in ("in the last two years", "text message", "must not overlap", "ten years"):
        assert words in asked
