"""Bodies of functions and queries of views: the same written otherwise, another one, and what they name."""

from __future__ import annotations

from typing import Any

import pytest

from architect.drift.meaning import compare_queries, names_in_body, same_body, same_query

HELPER = (
    " select exists (select 1 from public.members m where m.org_id = o and m.user_id = (select auth.uid())) "
)
TRIGGER = """
begin
    -- only members
    if not private.is_member(new.org_id) then raise exception 'no'; end if;
    perform touch();
    select count(*) into total from items where id = 1;
    execute 'delete from audit.log';
    return NEW;
end
"""
ATOMIC = """BEGIN ATOMIC
 SELECT (EXISTS ( SELECT 1
           FROM public.members m
          WHERE ((m.org_id = is_member.o) AND (m.user_id = auth.uid()))));
END"""


def sql(body: str, sql_body: str | None = None) -> dict[str, Any]:
    return {"language": "sql", "body": body, "sql_body": sql_body, "library": None}


def plpgsql(body: str) -> dict[str, Any]:
    return {"language": "plpgsql", "body": body, "sql_body": None, "library": None}


@pytest.mark.parametrize(
    "body",
    [
        "-- a comment\n" + HELPER,
        HELPER.upper().replace("PUBLIC", "public"),
        HELPER.replace("m.", "x.").replace(" m ", " x "),
        HELPER.replace("m.org_id = o", "o = m.org_id"),
        HELPER.replace("(select auth.uid())", "auth.uid()"),
        HELPER.replace(
            "m.org_id = o and m.user_id = (select auth.uid())", "auth.uid() = m.user_id and m.org_id = o"
        ),
        HELPER.strip() + ";",
    ],
)
def test_sql_is_compared_by_what_it_says(body: str) -> None:
    assert same_body(sql(HELPER), sql(body))
    assert same_body(sql(body), sql(HELPER))


@pytest.mark.parametrize(
    "body",
    [
        "select true",
        HELPER.replace("and m.user_id = (select auth.uid())", ""),
        HELPER.replace("m.user_id = (select auth.uid())", "m.user_id = m.user_id"),
        HELPER.replace("m.org_id = o", "m.org_id = org_id"),
        HELPER.replace(" and ", " or "),
        HELPER.replace("public.members", "public.admins"),
        HELPER + "; select true",
        HELPER.replace("exists", "not exists"),
        "select from where",
        "\0" + HELPER,
    ],
)
def test_sql_that_says_something_else_is_another_body(body: str) -> None:
    assert not same_body(sql(HELPER), sql(body))


def test_an_sql_standard_body_is_compared_too() -> None:
    renamed = ATOMIC.replace("m.", "z.").replace(" m\n", " z\n")
    assert same_body(sql("", ATOMIC), sql("", renamed))
    assert not same_body(sql("", ATOMIC), sql("", ATOMIC.replace("is_member.o", "m.org_id")))
    assert not same_body(sql("", ATOMIC), sql(HELPER))
    assert same_body(sql("", "RETURN (a = b)"), sql("", "RETURN (b = a)"))
    assert not same_body(sql("", "RETURN (a = b)"), sql("", "RETURN true"))


def test_the_order_of_what_is_done_and_of_what_is_answered_matters() -> None:
    two = "insert into public.a values (1); delete from public.b where id = 1"
    assert same_body(sql(two), sql(two.replace(" where id = 1", "\n  where id = 1 -- one")))
    assert not same_body(sql(two), sql("; ".join(reversed(two.split("; ")))))
    assert not same_body(sql("select a, b from public.t"), sql("select b, a from public.t"))
    assert not same_body(sql("select * from public.t, public.u"), sql("select * from public.u, public.t"))


def test_plpgsql_is_the_same_but_for_comments_space_and_case() -> None:
    flat = " ".join(TRIGGER.replace("-- only members", "/* anybody */").split())
    assert same_body(
        plpgsql(TRIGGER), plpgsql(flat.replace("begin", "BEGIN").replace("return NEW", "return new"))
    )
    for old, new in [
        ("'no'", "'No'"),
        ("if not", "if"),
        ("new.org_id", '"New".org_id'),
        ("delete from audit.log", "delete from audit.log -- where id = 1"),
        ("perform touch();", "-- perform touch();"),
        ("'no'", "'no"),
    ]:
        assert not same_body(plpgsql(TRIGGER), plpgsql(TRIGGER.replace(old, new))), new


def test_other_languages_are_compared_to_the_letter() -> None:
    one = {"language": "plv8", "body": "return 1 // one", "sql_body": None}
    assert same_body(one, dict(one))
    assert not same_body(one, {**one, "body": "return 1"})
    assert not same_body(one, {**one, "language": "sql"})
    native = {"language": "c", "body": "symbol", "library": "$libdir/a"}
    assert not same_body(native, {**native, "library": "$libdir/b"})


def test_a_body_names_what_it_needs() -> None:
    assert names_in_body(sql(HELPER)) == {("public", "members"), ("auth", "uid")}
    assert names_in_body(sql("", ATOMIC)) == {("public", "members"), ("auth", "uid")}
    assert names_in_body(plpgsql(TRIGGER)) >= {
        ("private", "is_member"),
        (None, "touch"),
        (None, "items"),
        ("audit", "log"),
    }
    assert ("private", "is_member") in names_in_body(sql("select private.is_member(1) from where"))
    assert names_in_body({"language": "internal", "body": "int4pl"}) == set()
    quoted = plpgsql('begin perform "private"."is_member"(1); end')
    assert ("private", "is_member") in names_in_body(quoted)


def test_queries_of_views() -> None:
    query = " SELECT i.id,\n    i.owner\n   FROM public.items i\n  WHERE ((i.a = 1) AND (i.b = i.a));"
    assert same_query(query, query.replace("((i.a = 1) AND (i.b = i.a))", "((i.a = i.b) AND (1 = i.a))"))
    assert same_query(query, query.replace("i.", "x.").replace(" i\n", " x\n"))
    assert not same_query(query, query.replace(" AND (i.b = i.a)", ""))
    assert not same_query(query, query.replace("i.id,\n    i.owner", "i.owner,\n    i.id"))
    assert not same_query(query, query.replace("i.id,", "i.id AS n,"))
    assert not same_query(query, query.replace("public.items", "auth.users"))
    assert not same_query(query, "SELECT FROM WHERE")
    union = "SELECT a.x FROM public.a UNION ALL SELECT b.x FROM public.b"
    assert same_query(union, union.replace("a.x FROM public.a", "z.x FROM public.a z"))
    assert not same_query(union, union.replace(" ALL", ""))
    assert not same_query(union, union.replace("UNION", "EXCEPT"))
    limited = "SELECT a.x FROM public.a ORDER BY a.x LIMIT 5"
    assert not same_query(limited, limited.replace("5", "6"))


@pytest.mark.parametrize(
    ("after", "direction"),
    [
        ("SELECT i.id FROM public.items i", "weaker"),
        ("SELECT i.id FROM public.items i WHERE i.a = 1 AND i.b = 2", "stronger"),
        ("SELECT x.id FROM public.items x WHERE 1 = x.a ORDER BY x.id", None),
        ("SELECT x.id FROM public.items x WHERE 1 = x.a", "equal"),
        ("SELECT i.id FROM public.items i WHERE i.a = 1 AND i.a = 1 OR i.a = 1 AND i.b = 2", "equal"),
        ("SELECT i.id FROM public.items i WHERE i.a = 2", None),
        ("SELECT i.owner FROM public.items i WHERE i.a = 1", None),
        ("SELECT i.id FROM public.items i, public.items j WHERE i.a = 1", None),
        ("SELECT i.id FROM public.items i WHERE i.a = 1 AND i.b = 2 GROUP BY i.id", None),
        ("SELECT i.id FROM public.items i WHERE i.a = 1 LIMIT 3", None),
        ("no ) SQL", None),
    ],
)
def test_a_view_shows_more_or_less(after: str, direction: str | None) -> None:
    meaning = compare_queries("SELECT i.id FROM public.items i WHERE i.a = 1", after)
    assert meaning.direction == direction, meaning
