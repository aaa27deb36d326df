"""Whose a list is: the same three kinds of lists in the many shapes of requirement prose."""

from __future__ import annotations

import pytest

from tests.reading import columns, read, references, tables


@pytest.mark.parametrize(
    ("text", "table", "expected"),
    [
        ("The system must keep track of each patient's name, date of birth and blood type.",
         "patients", {"name", "date_of_birth", "blood_type"}),
        ("Information to be recorded about each truck includes plate, load capacity and driver.",
         "trucks", {"plate", "load_capacity", "driver"}),
        ("The following information should be stored for each book: ISBN, title and author.",
         "books", {"isbn", "title", "author"}),
        ("Of each member, we store the name, the address and the date of joining.",
         "members", {"name", "address", "date_of_joining"}),
        ("The attributes of a sensor are serial number, model and installation date.",
         "sensors", {"serial_number", "model", "installation_date"}),
        ("We want to know the name, the budget and the start date of every project.",
         "projects", {"name", "budget", "start_date"}),
        ("The name, the capacity and the location of every warehouse are kept.",
         "warehouses", {"name", "capacity", "location"}),
        ("Basic details like name, age and gender of the patients are recorded.",
         "patients", {"name", "age", "gender"}),
        ("The vehicle table stores the license plate, the brand and the mileage.",
         "vehicles", {"license_plate", "brand", "mileage"}),
        ("There are several branches, and for each branch the address, phone number and opening date are "
         "stored.", "branches", {"address", "phone_number", "opening_date"}),
        ("Authors write articles. The articles are kept by authors, whose name, email and affiliation are "
         "stored.", "authors", {"name", "email", "affiliation"}),
        ("Each rental, which has a start date, an end date and a price, belongs to a customer.",
         "rentals", {"start_date", "end_date", "price"}),
        ("The pharmacy sells medicines for which the name, the dosage and the price are known.",
         "medicines", {"name", "dosage", "price"}),
        ("Machine maintenance is documented with date, technician and cost.",
         "machine_maintenances", {"date", "technician", "cost"}),
        ("Managers can create tasks by specifying a title, a due date and a colour.",
         "tasks", {"title", "due_date", "colour"}),
        ("Orders comprise several order lines, each specifying the article, the quantity and the unit price.",
         "order_lines", {"article", "quantity", "unit_price"}),
        ("Transactions record the account, the amount and the time.",
         "transactions", {"account", "amount", "time"}),
        ("Each booking records member details, the room type and the booking status.",
         "bookings", {"room_type", "status"}),
        ("When a member borrows a book, the borrowing date, due date and return date are recorded.",
         "book_loans", {"borrowing_date", "due_date", "return_date"}),
        ("Drivers must register with their license number, full name and phone number.",
         "drivers", {"license_number", "full_name", "phone_number"}),
        ("Sends notices to the tenants, including notice title, notice content and sending time.",
         "notices", {"title", "content", "sending_time"}),
        ("Employees have a badge number, name, and hire date, while departments have a code and a name.",
         "employees", {"badge_number", "name", "hire_date"}),
        ("Customer information such as name, address and email needs to be stored.",
         "customers", {"name", "address", "email"}),
        ("The exam results of each student, including the subject, score and date, are stored.",
         "exam_results", {"subject", "score", "date"}),
        ("The system stores accounting data through the general ledger, including general ledger ID, amount "
         "and date.", "general_ledgers", {"id", "amount", "date"}),
        ("Clerks can generate a bill, and document the bill issue date and bill status.",
         "bills", {"issue_date", "status"}),
        ("The platform allows users to register accounts, set names, nicknames and birthdays.",
         "users", {"name", "nicknames", "birthdays"}),
        ("The sales order table records customer data, including order number, order date and total.",
         "sales_orders", {"date", "total"}),
        ("Each position has a unique position number, which also includes the grade and the location.",
         "positions", {"number", "grade", "location"}),
        ("Each purchase has a number, and records purchase date, supplier and quantity.",
         "purchases", {"number", "date", "supplier", "quantity"}),
        ("1.Lamp Module:Shows lamps.Records include:Lamp Name, Colour, Voltage.",
         "lamps", {"name", "colour", "voltage"}),
        ("Record lamp changes, using serial number and change date as identifiers, and record the reason for "
         "the change.", "lamp_changes", {"serial_number", "date", "reason"}),
        ("Profile details (nickname, birthday, city) of each visitor are kept.",
         "visitors", {"nickname", "birthday", "city"}),
        ("In terms of supplier management, the system should record the name, address and phone number.",
         "suppliers", {"name", "address", "phone_number"}),
        ("Attributes of a contract: contract number, signing date, amount.",
         "contracts", {"number", "signing_date", "amount"}),
        ("Each contract consists of the following fields: contract number; signing date; amount.",
         "contracts", {"number", "signing_date", "amount"}),
        ("When adding a product, the user needs to enter the product name, price and colour.",
         "products", {"name", "price", "colour"}),
        ("Each delivery must have a receipt that records the date, amount and signature.",
         "receipts", {"date", "amount", "signature"}),
        ("The recorded information of an accident covers time, place and cause.",
         "accidents", {"time", "place", "cause"}),
        ("Salary records are generated monthly, containing month, base salary and bonus.",
         "salary_records", {"month", "base_salary", "bonus"}),
        ("The exam result (score, grade, exam date) of each student is recorded.",
         "exam_results", {"score", "grade"}),
        ("Each post shows the author, the heading and the publication date.",
         "posts", {"author", "heading", "publication_date"}),
        ("Each article has an article ID, a cover image link, monitoring results and a record time.",
         "articles", {"cover_image_link", "monitoring_results", "record_time"}),
        ("The depot tracks crates by their crate number, weight and colour.",
         "crates", {"number", "weight", "colour"}),
        ("The clerk records the order ID, order date and delivery status.", "orders", {"id", "date"}),
        ("Bill management is one of the functions, needing to record bill name, amount and remarks.",
         "bills", {"name", "amount", "remarks"}),
        ("1) Book - ISBN, title, publisher\n2) Reader - card number, name, phone",
         "books", {"isbn", "title", "publisher"}),
        ("The school wants to store the following about pupils: first name, last name and class.",
         "pupils", {"first_name", "last_name", "class"}),
        ("The following attributes are required for vehicles: license plate, manufacturer, year.",
         "vehicles", {"license_plate", "manufacturer", "year"}),
        ("The admin can create categories and assign a label, an icon and a colour to each.",
         "categories", {"label", "icon", "colour"}),
        ("The price, the colour and the stock of each article can be changed by the buyer.",
         "articles", {"price", "colour", "stock"}),
        ("Each member can take several boats, and the start time and return time need to be recorded for "
         "each tour.", "tours", {"start_time", "return_time"}),
        ("The system needs to record each pupil's name and class, and each teacher's number, name and title.",
         "teachers", {"number", "name", "title"}),
        ("For each plane, there is a registration number, a model, and a seat count.",
         "planes", {"registration_number", "model", "seat_count"}),
        ("When a vehicle enters the site, the license plate, entry time and lane are recorded.",
         "vehicle_entries", {"license_plate", "time", "lane"}),
        ("Visitors need to fill in their name, phone number and company.",
         "visitors", {"name", "phone_number", "company"}),
        ("Each boat has a name and a length in metres, which also includes the berth where it lies.",
         "boats", {"name", "length", "berth"}),
        ("# Boat yard\n\nThe yard rents boats. Information such as number, name and phone of each member is "
         "kept.", "members", {"number", "name", "phone"}),
        ("Loan checks: The system can track the approval process of each loan, including the approver, the "
         "approval time and the outcome.", "loan_checks", {"approver", "approval_time", "outcome"}),
        ("The system supports repair management, generating and recording information including repair date, "
         "hours and remarks.", "repairs", {"date", "hours", "remarks"}),
        ("The system requires maintenance of basic article information (label, brand, colour).",
         "articles", {"label", "brand", "colour"}),
        ("Each ward has a name. Care personnel are responsible for the wards; they have a badge number, a "
         "phone number and a shift.", "care_personnel", {"badge_number", "phone_number", "shift"}),
        ("Doctors issue prescriptions containing medicine name, dosage and usage.",
         "prescriptions", {"medicine_name", "dosage", "usage"}),
        ("Lines have a line number, a first stop and a last stop.",
         "lines", {"number", "first_stop", "last_stop"}),
        ("1 Lamp records: Records the voltage, the colour and the price of each lamp.",
         "lamps", {"voltage", "colour", "price"}),
    ],
)  # fmt: skip
def test_the_owner_of_a_list_is_found(text, table, expected):
    plan = read(text)
    assert table in tables(plan)
    assert columns(plan, table) >= expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        # the house and its people keep things, and are none
        ("The receptionist records the guest, the room number and the arrival date.", "receptionists"),
        ("The system includes reporting, searching and printing.", "systems"),
        ("The airline keeps a list of passengers with passport number and nationality.", "airlines"),
        # values and things are no attributes
        ("Each lamp has a name and a price. The shop offers services such as delivery, repair and advice.",
         "services"),
        # what is to be done with a thing is no part of it
        ("Each lamp has a name. Users can add, change or remove lamps.", "changes"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_attributes(text, wrong):
    assert wrong not in tables(read(text))


def test_what_people_say_about_a_thing_is_not_in_it():
    plan = read("Each lamp has a name and a price. Users can post questions or suggestions about lamps.")
    assert not columns(plan, "lamps") & {"question", "questions", "suggestion", "suggestions"}


def test_what_stands_behind_a_member_is_no_part_of_its_name():
    plan = read(
        "Each visit has the clinic where it takes place, a rating from 1 to 5, the nurse they spoke to, a "
        "bill number if known, and the date of the payment."
    )
    assert columns(plan, "visits") >= {"clinic", "rating", "nurse", "bill_number", "payment_date"}


def test_members_share_a_last_word_or_are_one_name():
    plan = read(
        "Each ride has start and end times, old and new driver names and a loading and unloading fee."
    )
    assert columns(plan, "rides") >= {
        "start_time", "end_time", "old_driver_name", "new_driver_name", "loading_and_unloading_fee",
    }  # fmt: skip


def test_two_subjects_share_a_list():
    plan = read("Nurses and porters have a name, a phone number and a shift.")
    for table in ("nurses", "porters"):
        assert columns(plan, table) >= {"name", "phone_number", "shift"}


def test_a_key_that_the_text_names_elsewhere_is_asked_for():
    plan = read(
        "Each lamp has a colour and a price. Each room has a name. Each sale has a date, a lamp ID and a "
        "room code."
    )
    assert references(plan, "sales") == {"lamp_id": "lamps", "room_id": "rooms"}
    assert [c.origin.value for c in plan.tables[0].columns if c.name == "id"] == ["spec"]
    assert "code" in columns(plan, "rooms")
    plan = read("Each lamp has a colour and a price.")
    assert [c.origin.value for c in plan.tables[0].columns if c.name == "id"] == ["convention"]
