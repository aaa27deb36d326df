"""Whose a list is when something stands between it and its owner, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.reading import columns, read, tables


@pytest.mark.parametrize(
    ("text", "table", "expected"),
    [
        ("The gallery shows several paintings, each described by a title, a year and a price.",
         "paintings", {"title", "year", "price"}),
        ("The atlas has many islands, each uniquely identified by a set of attributes including island code, "
         "latitude and longitude.", "islands", {"latitude", "longitude"}),
        ("The yard logs several repairs, each repair requiring the recording of crane usage information, "
         "including start time, end time and cost.", "repairs", {"start_time", "end_time", "cost"}),
        ("The depot keeps many incidents, each incident involving a wagon number, a description and a "
         "reporting time.", "incidents", {"description", "reporting_time"}),
        ("Each clerk can have several access badges, each of which has a colour, a serial code and a level.",
         "access_badges", {"colour", "serial_code", "level"}),
        ("Guests can reserve a table, and when making a reservation, they need to enter the guest's "
         "name, phone number, reservation date and reservation time.", "reservations", {"date", "time"}),
        ("Each film has a title, view count, like count and release date.",
         "films", {"view_count", "like_count", "release_date"}),
        ("The system records each archive's Archive Code, Data Source, Upload Time, Data Format and Size.",
         "archives", {"upload_time", "data_format", "size"}),
        ("Members can register, log in, and maintain boats (name, length, colour).",
         "boats", {"name", "length", "colour"}),
        ("The system records the date and place of each race, as well as the weight of the riders.",
         "races", {"date", "place"}),
        ("The system records the date and place of each race, as well as the weight of the riders.",
         "riders", {"weight"}),
        ("For each parcel, the system stores the weight, the sender, and indicates whether the parcel is "
         "insured or not.", "parcels", {"weight", "sender", "is_insured"}),
        ("Ward management: includes basic information of wards (such as ward number) and nurse information "
         "(such as nurse number, shift).", "wards", {"number"}),
        ("Record the basic details of each nurse or porter, such as badge code, shift and birthday.",
         "nurses", {"badge_code", "shift", "birthday"}),
        ("Record the basic details of each nurse or porter, such as badge code, shift and birthday.",
         "porters", {"badge_code", "shift", "birthday"}),
        ("The system has to maintain basic article information (label, colour), stock, price and category.",
         "articles", {"label", "colour", "stock", "price", "category"}),
        ("Crane repair management, handled by service personnel, recording repair cost, hours and progress.",
         "crane_repairs", {"cost", "hours", "progress"}),
        ("Boiler failure reporting, recording information about the failure, including the time, the cause "
         "and the outcome.", "boiler_failures", {"time", "cause", "outcome"}),
        ("Harvest reports, displaying the yield of each field. Information to be recorded includes the "
         "weather, the date and the grade.", "harvest_reports", {"weather", "date", "grade"}),
        ("Probes precisely measure soil data and record information such as moisture, depth and hour.",
         "probes", {"moisture", "depth", "hour"}),
        ("Wards are tracked through their code, floor and head nurse.",
         "wards", {"code", "floor", "head_nurse"}),
        ("Parcel management:\n\nClerks must weigh what arrives. The information recorded includes weight, "
         "arrival time and current status.", "parcels", {"weight", "arrival_time"}),
        ("The system tracks the creation and update times of each ticket for historical records and auditing "
         "purposes.", "tickets", {"creation_time", "update_time"}),
        ("Details stored about suppliers are the name, the city and the rating.",
         "suppliers", {"name", "city", "rating"}),
        ("Every invoice is made up of a number, a due date and a total.",
         "invoices", {"number", "due_date", "total"}),
        ("What we store about a dog: name, breed, birthday.", "dogs", {"name", "breed", "birthday"}),
        ("The following is stored per dog: name, breed, birthday.", "dogs", {"name", "breed", "birthday"}),
        ("Per dog we store name, breed and birthday.", "dogs", {"name", "breed", "birthday"}),
        ("Clerks must be able to look up a dog's name, breed and birthday.",
         "dogs", {"name", "breed", "birthday"}),
        ("Name, ward and shift are the attributes of a nurse.", "nurses", {"name", "ward", "shift"}),
        ("The database should hold, for every nurse, the name, the badge code and the shift.",
         "nurses", {"name", "badge_code", "shift"}),
        ("Wards need a name, a floor and a colour.", "wards", {"name", "floor", "colour"}),
        ("We need the name, floor and colour of every ward.", "wards", {"name", "floor", "colour"}),
        ("For wards: name, floor, colour.", "wards", {"name", "floor", "colour"}),
        ("Each ward is given a name, a floor and a colour.", "wards", {"name", "floor", "colour"}),
        ("When creating a ward, the name, floor and colour must be given.",
         "wards", {"name", "floor", "colour"}),
        ("Every ward is known by its name, floor and colour.", "wards", {"name", "floor", "colour"}),
        ("The system keeps each guest's name, address and contact information.",
         "guests", {"name", "address", "contact_information"}),
    ],
)  # fmt: skip
def test_the_owner_is_found_behind_what_stands_between(text, table, expected):
    plan = read(text)
    assert table in tables(plan)
    assert columns(plan, table) >= expected


@pytest.mark.parametrize(
    ("text", "table", "wrong"),
    [
        # who paints is no part of what the gallery is
        ("The gallery shows several paintings, each described by a title, a year and a price.",
         "galleries", {"title", "year", "price"}),
        # things that take part are no attributes
        ("Each project has a name. Each project involves several engineers, machines and suppliers.",
         "projects", {"engineers", "machines", "suppliers"}),
        # without a doing all of it is the guest's
        ("For each guest the system records the guest's name, phone number and birth date.",
         "reservations", {"birth_date"}),
        # "like" before what is no count announces examples
        ("Each film has a title and properties like colour and length.", "films", {"like_colour"}),
        # the list goes on after "of each"
        ("The system records the date and place of each race and the weather.", "riders", {"weather"}),
        # what is asked for before anything is listed is no member
        ("Each parcel has a weight. Clerks must check whether the parcel is insured.",
         "parcels", {"is_insured", "insured"}),
        # what one must or may have is not of both
        ("Each nurse has a badge code. Nurses or porters can see rooms.", "porters", {"badge_code"}),
        # a list that begins anew with "the" is not of what the parentheses tell
        ("Each tour has a name. Each tour requires recording the guide information (name, phone) and the "
         "tour start time and end time.", "guides", {"start_time", "end_time", "tour_start_time"}),
        # who does it is not what it is about
        ("Crane repair management, handled by service personnel, recording repair cost, hours and progress.",
         "service_personnel", {"cost", "hours", "progress"}),
        # "each record" is not what was spoken of before
        ("Each park has a name and a place. The rangers count birds in the parks. Each record shall include "
         "the hour, the weather and the species.", "parks", {"hour", "weather", "species"}),
        # an adverb behind one thing is no sign of a verb, nor a family name of one
        ("Each probe has a name and a weekly measure.", "probes", {"weekly"}),
        # what one may do is no part of him
        ("Each member has a name. Members have the option to upload a picture.", "members", {"option"}),
        # what a thing goes through is not what it has
        ("Each ward has a code. Wards are reached through the yard, the hall and the stairs.",
         "wards", {"yard", "hall", "stairs"}),
        # things that are given to someone are no attributes
        ("Each ward has a name. Each ward is assigned nurses, porters and doctors.",
         "wards", {"nurses", "porters", "doctors"}),
        # what they are in common is no thing that has them
        ("Each nurse has a name. Nurses and porters are members of the staff.", "members", {"nurses"}),
        # "for every" without a list
        ("Each nurse has a name. The database is, for every nurse, the truth.", "nurses", {"truth"}),
        # things that are needed are no attributes
        ("Each ward has a name. Wards need several nurses, porters and doctors.",
         "wards", {"nurses", "porters", "doctors"}),
        # why something is kept is no thing
        ("The system tracks the creation and update times of each ticket for historical records and auditing "
         "purposes.", "historical_records", {"creation_time", "update_time"}),
        # what announces the list is no member of it
        ("Each guest has a name. The system keeps each guest's personal information, including the address "
         "and the phone.", "guests", {"personal_information"}),
        # how often, not of what
        ("Each dog has a name. The kennel pays per day: food, water and rent.", "days", {"food", "rent"}),
        # who tells it is not whom it is about
        ("Details stored about suppliers are the name, the city and the rating.",
         "details", {"name", "city", "rating"}),
        # an example in parentheses is no attribute
        ("Each ward has a number and a type (such as surgery).", "wards", {"surgery"}),
        # a verb in capitals after no list of names
        ("Each file has a name. Users can browse, Upload and Delete files.", "files", {"upload", "delete"}),
    ],
)  # fmt: skip
def test_what_only_looks_like_it_has_another_owner(text, table, wrong):
    plan = read(text)
    assert table not in tables(plan) or not columns(plan, table) & wrong
