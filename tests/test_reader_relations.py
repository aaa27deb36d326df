"""How the tables of a spec hang together, one guarantee a test."""

from __future__ import annotations

import pytest

from tests.reading import columns, read, references, tables

BRANCH = "Each branch has a name and an address. "
CLERK = "Each employee has a name, a phone number and a salary. "
PRODUCT = "Each product has a name and a price. "


def test_a_role_and_what_it_handles_may_have_several_of_each():
    plan = read(
        f"{CLERK}{PRODUCT}Salespeople can handle multiple products, and each product can be handled by "
        "several salespeople."
    )
    assert references(plan, "salesperson_products") == {
        "salesperson_id": "employees", "product_id": "products",
    }  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "Record the stocktakes of each branch.",
        "Each stocktake in the branch is checked.",
        "Each stocktake performed on the branches is checked.",
        "Every branch must submit stocktakes.",
        "The clerk reads each branch's stocktakes.",
        "The clerk reads branch stocktakes.",
    ],
)
def test_whose_a_thing_is_may_be_told_in_passing(sentence):
    plan = read(f"{BRANCH}Each stocktake has a date and a result. {sentence}")
    assert references(plan, "stocktakes") == {"branch_id": "branches"}


def test_a_compound_name_refers_to_each_of_its_parts():
    plan = read(
        f"{BRANCH}{CLERK}Each employee branch transfer has a date and a reason. "
        "Each branch category has a name and a colour."
    )
    assert references(plan, "employee_branch_transfers") == {
        "employee_id": "employees", "branch_id": "branches",
    }  # fmt: skip
    assert references(plan, "branches") == {"branch_category_id": "branch_categories"}
    assert references(plan, "branch_categories") == {}


def test_an_attribute_may_say_which_row_of_another_table_is_meant():
    plan = read(
        f"{BRANCH}{PRODUCT}Each parcel has a requesting branch, a product number and a remaining weight."
    )
    assert references(plan, "parcels") == {"requesting_branch_id": "branches", "product_id": "products"}
    assert "remaining_weight" in columns(plan, "parcels")


def test_the_parent_of_a_thing_with_a_longer_name_is_one_of_its_kind():
    plan = read("Each product category has a name and a parent category.")
    assert references(plan, "product_categories") == {"parent_category_id": "product_categories"}


def test_a_customer_is_not_one_of_the_staff():
    plan = read(f"{CLERK}Each sale has a date, a salesperson and a customer.")
    assert references(plan, "sales") == {"salesperson_id": "employees"}
    assert "customer" in columns(plan, "sales")


def test_a_document_lists_goods_that_others_list_as_well():
    plan = read(f"{PRODUCT}Each order has a date and a status. An order contains several products.")
    assert references(plan, "order_products") == {"order_id": "orders", "product_id": "products"}
    plan = read(f"{BRANCH}{PRODUCT}Each branch contains several products.")
    assert references(plan, "products") == {"branch_id": "branches"}


def test_what_people_do_with_a_thing_is_kept():
    plan = read("Each song has a title. Each listener has a name. Listeners can follow songs.")
    assert references(plan, "song_follows") == {"listener_id": "listeners", "song_id": "songs"}
    plan = read("Each song has a title. Listeners can rate songs. Songs can be liked by users.")
    assert references(plan, "song_likes") == {"user_id": "auth.users", "song_id": "songs"}
    assert "song_ratings" not in tables(plan)


def test_what_people_write_about_a_thing_is_kept_with_its_text():
    plan = read("Each song has a title. Users can comment on songs.")
    assert references(plan, "song_comments") == {"user_id": "auth.users", "song_id": "songs"}
    assert columns(plan, "song_comments") >= {"body"}
    plan = read("Each song has a title. Each comment has a text. Users can comment on songs.")
    assert tables(plan) == {"songs", "comments"}


def test_what_people_do_refers_from_the_table_there_is():
    plan = read(
        "Each song has a title. Each reader has a name. Each review has a text. Readers can review songs."
    )
    assert references(plan, "reviews") == {"reader_id": "readers", "song_id": "songs"}


def test_the_relationship_between_two_things_is_a_table_of_pairs_unless_it_is_known():
    machines = "Each machine has a name and a power. Each spare part has a code and a price. "
    plan = read(f"{machines}The system manages the relationship between machines and spare parts.")
    assert references(plan, "machine_spare_parts") == {
        "machine_id": "machines",
        "spare_part_id": "spare_parts",
    }
    plan = read(
        f"{machines}Each spare part belongs to one machine. "
        "The system manages the relationship between machines and spare parts."
    )
    assert tables(plan) == {"machines", "spare_parts"}


def test_who_does_a_thing_may_do_several():
    plan = read(
        f"{CLERK}The studio runs several jobs, each completed by several employees. Each job has a date."
    )
    assert references(plan, "job_employees") == {"job_id": "jobs", "employee_id": "employees"}
    plan = read(
        f"{CLERK}The studio runs several jobs, each involving several employees, with each employee working "
        "on only one job. Each job has a date."
    )
    assert references(plan, "employees") == {"job_id": "jobs"}


def test_how_much_of_a_thing_stands_in_a_list_is_told_by_the_line():
    plan = read(f"{PRODUCT}Each order has a number, a date, several products and their quantity.")
    assert references(plan, "order_products") == {"order_id": "orders", "product_id": "products"}
    assert "quantity" in columns(plan, "order_products")
    assert "quantity" not in columns(plan, "orders")


def test_a_manager_of_an_employee_is_an_employee():
    plan = read("Each employee has a name, a salary and a manager. Each branch has a name.")
    assert references(plan, "employees") == {"manager_id": "employees"}
    plan = read(f"{CLERK}Each branch has a name and a manager.")
    assert references(plan, "branches") == {"manager_id": "employees"}


def test_what_is_chosen_stands_in_the_cart():
    plan = read(
        f"{PRODUCT}Each user has a name and an email. Users can select multiple products. "
        "A shopping cart contains several products."
    )
    assert tables(plan) == {"users", "products", "shopping_carts", "shopping_cart_products"}


def test_who_did_what_stands_in_the_record_that_is_made_of_it():
    plan = read(
        "Each customer has a name. Each policy has a title and a premium. When a customer buys a policy, a "
        "contract is made, including the date and the price."
    )
    assert references(plan, "contracts") == {"customer_id": "customers", "policy_id": "policies"}


def test_an_enrolment_told_by_the_way_is_kept():
    plan = read(
        "Each student has a name. Each course has a title. When a student enrolls in a course, it is told."
    )
    assert references(plan, "course_enrollments") == {"student_id": "students", "course_id": "courses"}


def test_they_are_whom_the_sentence_speaks_of():
    plan = read(
        "Each user has a name and an email. Each page has a title. Link users to the pages they made."
    )
    assert references(plan, "pages") == {"user_id": "users"}


def test_goods_used_in_a_task_may_be_used_in_others():
    plan = read(
        "Each repair order has a date. Each spare part has a code and a price. Record the spare parts "
        "of each repair order."
    )
    assert references(plan, "repair_order_spare_parts") == {
        "repair_order_id": "repair_orders", "spare_part_id": "spare_parts",
    }  # fmt: skip


def test_whoever_works_in_a_place_works_in_one_and_may_work_on_several_things():
    plan = read(f"{BRANCH}Each employee has a name, works in a branch and reports to a manager.")
    assert references(plan, "employees") == {"branch_id": "branches", "manager_id": "employees"}
    plan = read(f"{CLERK}Each project has a name. An employee can work on several projects.")
    assert references(plan, "employee_projects") == {"employee_id": "employees", "project_id": "projects"}


def test_those_who_are_users_refer_to_their_user():
    plan = read(
        "Pilots and stewards are users. Each user has a name and an email. Each pilot has a licence number. "
        "Each steward has a language."
    )
    assert references(plan, "pilots") == {"user_id": "users"}
    assert references(plan, "stewards") == {"user_id": "users"}


def test_what_is_booked_stands_in_the_booking():
    plan = read(
        "Each ferry has a name and a length. Passengers have a name and an email. Passengers book ferries; "
        "each booking stores the price and the date. "
        "Each ferry is operated by one company and uses one harbour. "
        "Each harbour has a name."
    )
    assert references(plan, "bookings") == {"passenger_id": "passengers", "ferry_id": "ferries"}
    assert references(plan, "ferries") == {"harbour_id": "harbours"}


def test_what_a_line_tells_of_a_product_is_not_the_products():
    plan = read(
        "Each material has a code and a name. Each purchase has a date. Each purchase contains several "
        "materials with quantity and unit price."
    )
    assert columns(plan, "purchase_materials") >= {"quantity", "unit_price"}
    assert not columns(plan, "materials") & {"quantity", "unit_price"}


def test_one_of_a_kind_may_stand_above_others_of_it():
    plan = read("Each ranger has a name and a badge. Each ranger can supervise other rangers.")
    assert references(plan, "rangers") == {"supervisor_id": "rangers"}
    plan = read("Each comment has a text and a time. A comment may reply to another comment.")
    assert references(plan, "comments") == {"parent_id": "comments"}


def test_who_does_it_is_told_by_a_plain_sentence():
    plan = read("Each guide has a name. Each tour has a date and a price. Guides lead tours.")
    assert references(plan, "tours") == {"guide_id": "guides"}
    plan = read("Each parcel has a weight. Each van has a plate. Parcels are carried by a van.")
    assert references(plan, "parcels") == {"van_id": "vans"}


def test_what_is_done_at_a_place_refers_to_the_place():
    plan = read(
        "Each donation has a date and a volume. Each donation site has a name and an address. "
        "Each donor has a name. "
        "Each donor leaflet has a title."
    )
    assert references(plan, "donations") == {"donation_site_id": "donation_sites"}
    assert references(plan, "donor_leaflets") == {"donor_id": "donors"}


def test_a_recipe_uses_ingredients_that_others_use_as_well():
    plan = read("Each recipe has a title. Ingredients have a name and a unit. Recipes use ingredients.")
    assert references(plan, "recipe_ingredients") == {"recipe_id": "recipes", "ingredient_id": "ingredients"}


def test_what_people_ask_for_stands_in_the_request():
    plan = read(
        "Wards have a name. Blood bags have a number and a status. Wards request blood bags; "
        "each request includes an urgency and a date."
    )
    assert references(plan, "requests") == {"ward_id": "wards", "blood_bag_id": "blood_bags"}


def test_where_a_thing_takes_place_is_a_reference():
    plan = read(
        "Each screening has a date and a price. Each cinema has a name. Screenings take place in cinemas."
    )
    assert references(plan, "screenings") == {"cinema_id": "cinemas"}


def test_what_is_said_of_a_rating_is_the_ratings():
    plan = read("Each film has a title and a duration. Jurors rate films with a score and a comment.")
    assert references(plan, "film_ratings") == {"user_id": "auth.users", "film_id": "films"}
    assert columns(plan, "film_ratings") >= {"score", "comment"}
    assert not columns(plan, "films") & {"score", "comment"}


def test_what_stands_in_parentheses_does_not_part_who_from_what():
    plan = read(
        "Each lesson has a number and a year. Each enrollment has a grade. Instructors (instructor ID, name) "
        "teach lessons. Students (student ID, name) enroll in lessons."
    )
    assert references(plan, "lessons") == {"instructor_id": "instructors"}
    assert references(plan, "enrollments") == {"student_id": "students", "lesson_id": "lessons"}
