"""Which things become tables, one guarantee a test."""

from __future__ import annotations

import pytest

from tests.reading import columns, read, references, tables

BRANCH = "Each branch has a name and an address. "
CLERK = "Each employee has a name, a phone number and a salary. "
PRODUCT = "Each product has a name and a price. "


def test_the_house_is_no_table_unless_it_has_something_of_its_own():
    plan = read("A coastal shipping company owns several ships. Each ship has a name and a length.")
    assert tables(plan) == {"ships"}
    plan = read("Each shipping company has a name, an address and a tax number. Each ship has a name.")
    assert "shipping_companies" in tables(plan)


def test_a_short_name_means_the_one_thing_whose_name_it_ends():
    plan = read(
        "The depot runs many delivery tours, each with a tour number and a date. Each tour has a start."
    )
    assert tables(plan) == {"delivery_tours"}
    assert columns(plan, "delivery_tours") >= {"number", "date", "start"}


def test_a_short_name_of_two_things_stays_its_own():
    plan = read(
        "Each day tour has a date and a price. Each night tour has a date and a price. Each tour has a guide."
    )
    assert tables(plan) == {"day_tours", "night_tours", "tours"}


def test_things_that_list_the_same_are_two():
    plan = read(
        "Each member has a name, an email and a phone number. "
        "Each honorary member has a name, an email and a medal."
    )
    assert tables(plan) == {"members", "honorary_members"}


def test_an_account_is_its_users():
    plan = read(
        "Each user has a user name, an email and a phone number. User accounts have a last login time."
    )
    assert "user_accounts" not in tables(plan)
    assert columns(plan, "users") >= {"email", "last_login_time"}


@pytest.mark.parametrize(
    "mention",
    ["The company manages parquet floors.", "The app helps with managing paper trails."],
)
def test_a_thing_named_once_is_no_table_among_things_that_are_described(mention):
    plan = read(f"{BRANCH}{CLERK}{mention}")
    assert tables(plan) == {"branches", "employees"}


def test_a_spec_that_only_names_its_things_keeps_them():
    assert tables(read("The app manages trucks, drivers and garages.")) == {"trucks", "drivers", "garages"}


def test_managers_of_whom_nothing_is_told_are_employees():
    plan = read(f"{CLERK}Each branch has a name and only one manager. Each branch has many employees.")
    assert tables(plan) == {"employees", "branches"}
    assert references(plan, "branches") == {"manager_id": "employees"}
    assert references(plan, "employees") == {"branch_id": "branches"}


def test_managers_who_are_described_are_a_table():
    plan = read(f"{CLERK}Each manager has a name and a bonus. Each branch has a name and a manager.")
    assert references(plan, "branches") == {"manager_id": "managers"}


def test_what_is_told_in_passing_makes_no_table():
    plan = read(f"{BRANCH}The clerk cares about the mood of each branch.")
    assert tables(plan) == {"branches"}


def test_positions_that_are_listed_are_values_not_tables():
    plan = read("Each employee has a name and a position. Positions include manager and salesperson.")
    assert tables(plan) == {"employees"}


def test_users_whom_the_system_manages_are_a_table():
    assert "users" in tables(read(f"The system manages users and branches. {BRANCH}"))
    assert "users" not in tables(read(f"{BRANCH}Users can read all branches."))


def test_an_income_group_is_no_firm():
    plan = read(
        f"The system manages customers and income groups. {BRANCH}"
        "Each customer has a name and an income group."
    )
    assert references(plan, "customers") == {"income_group_id": "income_groups"}


def test_what_became_of_a_thing_is_no_other_thing():
    plan = read(
        "Each report has a title and a date. The system keeps uploaded reports. Uploaded reports have a size."
    )
    assert tables(plan) == {"reports"}
    assert "size" in columns(plan, "reports")


def test_a_category_of_one_thing_is_none_of_another():
    plan = read(
        "Each video has a title and a length. Each video category has a name. Each article has a headline "
        "and a category."
    )
    assert references(plan, "articles") == {}
    assert references(plan, "videos") == {"video_category_id": "video_categories"}


def test_records_of_a_doing_are_of_the_task_that_is_described():
    plan = read(
        f"{BRANCH}Each maintenance task has a date and a cost. The office files maintenance records. "
        "Maintenance records are kept for years."
    )
    assert tables(plan) == {"branches", "maintenance_tasks"}
