"""Whatever a spec calls a thing, its name is safe, unique to the eye and the same every time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from architect.errors import InputError
from architect.plan import names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order Items", "order_items"),
        ("OrderItems", "order_items"),
        ("HTTPServer log", "http_server_log"),
        ("  e-mail  address ", "e_mail_address"),
        ("Café & Bar", "cafe_and_bar"),
        ("Cafe\u0301 & Bar", "cafe_and_bar"),
        ("Straße", "strasse"),
        ("the buyer's name", "the_buyer_name"),
        ("ｆｕｌｌ width", "full_width"),
        ("tags\u200b", "tags"),
        ("\u202eorders\u202c", "orders"),
        ("orders 🎉", "orders"),
        ("order\x00s", "order_s"),
        ("user", "user_"),
        ("Order", "order_"),
        ("ctid", "ctid_"),
        ("auth", "auth_"),
        ("pg_class", "n_pg_class"),
        ("2fa codes", "n_2fa_codes"),
        ('x"; drop table y; --', "x_drop_table_y"),
    ],
)
def test_slug(text: str, expected: str) -> None:
    assert names.slug(text) == expected


@pytest.mark.parametrize("text", ["", "   ", "🎉", "\u202e\u200b", "--", "\ud800"])
def test_nothing_left_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="No name can be made"):
        names.slug(text)


@pytest.mark.parametrize("text", ["оrders", "Заказы", "订单", "orders и bids"])
def test_another_script_is_an_error_that_names_the_letter(text: str) -> None:
    with pytest.raises(InputError, match=r"LETTER|IDEOGRAPH"):
        names.slug(text)


def test_schema_names_are_reserved_for_tables_only() -> None:
    assert names.slug("storage", "column") == "storage"
    assert names.slug("order", "column") == "order_"


def test_long_names_stay_distinct() -> None:
    one, other = names.slug("x" * 70 + "a"), names.slug("x" * 70 + "b")
    assert one != other
    assert len(one) == len(other) == 63


@given(st.text(max_size=200))
def test_every_slug_is_a_free_name(text: str) -> None:
    try:
        name = names.slug(text)
    except InputError:
        return
    assert names.is_name(name)
    assert not names.is_reserved(name)
    assert names.slug(name) == name


@given(st.lists(st.text(alphabet="abc_", min_size=1, max_size=70), max_size=20))
def test_unique_gives_every_name_once(wanted: list[str]) -> None:
    taken: set[str] = set()
    for name in wanted:
        found = names.unique(f"n{name}", taken)
        assert found not in taken
        assert names.is_name(found)
        taken.add(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [("listing", "listings"), ("order_items", "orderitem"), ("categories", "category"), ("a_b", "ab_")],
)
def test_fold_finds_twins(one: str, other: str) -> None:
    assert names.fold(one) == names.fold(other)


def test_keywords_are_those_of_the_server(database: Any) -> None:
    with database.connect() as conn:
        rows = conn.execute("select word from pg_get_keywords() where catcode in ('R', 'T')").fetchall()
    assert {word for (word,) in rows} == names.KEYWORDS


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("category", "categories"),
        ("address", "addresses"),
        ("status", "statuses"),
        ("analysis", "analyses"),
        ("diagnosis", "diagnoses"),
        ("box", "boxes"),
        ("branch", "branches"),
        ("day", "days"),
        ("bus", "buses"),
        ("person", "people"),
        ("child", "children"),
        ("course", "courses"),
        ("house", "houses"),
        ("warehouse", "warehouses"),
        ("purchase", "purchases"),
        ("expense", "expenses"),
        ("shelf", "shelves"),
        ("quiz", "quizzes"),
        ("class", "classes"),
        ("process", "processes"),
        ("news", "news"),
        ("staff", "staff"),
        ("order_item", "order_items"),
        ("gift card", "gift cards"),
    ],
)
def test_plural_and_singular(one: str, many: str) -> None:
    assert (names.plural(one), names.singular(many)) == (many, one)
    assert (names.plural(many), names.singular(one)) == (many, one)
