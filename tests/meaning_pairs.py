"""Pairs of conditions on one small world, by what the second does to the rows that pass the first."""

from __future__ import annotations

UID = "( SELECT auth.uid() AS uid)"
OWNER = "(owner = auth.uid())"
MEMBER = (
    f"(EXISTS ( SELECT 1 FROM public.members m WHERE ((m.org_id = items.org_id) AND (m.user_id = {UID}))))"
)
ADMIN = "(EXISTS (SELECT 1 FROM public.members m WHERE m.org_id = items.org_id AND m.role = 'admin'::text))"
MINE = f"(org_id IN ( SELECT m.org_id FROM public.members m WHERE (m.user_id = {UID})))"
JOINED = (
    "(EXISTS ( SELECT 1 FROM (public.members m JOIN public.orgs o ON ((o.id = m.org_id))) "
    "WHERE ((m.org_id = items.org_id) AND (m.user_id = auth.uid()) AND (o.active))))"
)

#: Tier 1: written otherwise.
SAME = [
    (OWNER, "(auth.uid() = owner)"),
    (OWNER, f"({OWNER} AND {OWNER})"),
    (OWNER, f"({OWNER} OR {OWNER})"),
    (OWNER, f"(NOT (NOT {OWNER}))"),
    (OWNER, "(NOT (owner <> auth.uid()))"),
    (OWNER, f"COALESCE({OWNER}, false)"),
    (OWNER, f"({OWNER} IS TRUE)"),
    (OWNER, f"({OWNER} AND (auth.uid() IS NOT NULL))"),
    (OWNER, f"({OWNER} OR ({OWNER} AND (st = 'a'::text)))"),
    (OWNER, f"CASE WHEN {OWNER} THEN true ELSE false END"),
    (OWNER, f"CASE WHEN (owner IS NULL) THEN false ELSE {OWNER} END"),
    (OWNER, f"({OWNER} AND true)"),
    (OWNER, f"({OWNER} OR false)"),
    (OWNER, f"({OWNER} AND (1 = 1))"),
    ("(st <> 'b'::text)", "(NOT (st = 'b'::text))"),
    ("(st <> 'b'::text)", "('b'::text <> st)"),
    ("(n > 1)", "(1 < n)"),
    ("(n > 1)", "(NOT (n <= 1))"),
    ("(n <= m)", "(m >= n)"),
    ("((n + m) > 1)", "((m + n) > 1)"),
    ("(st = 'a'::text)", "(st = ANY (ARRAY['a'::text]))"),
    ("(st = ANY (ARRAY['a'::text, 'b'::text]))", "(st = ANY (ARRAY['b'::text, 'a'::text, 'b'::text]))"),
    ("(st = ANY (ARRAY['a'::text, 'b'::text]))", "((st = 'b'::text) OR (st = 'a'::text))"),
    ("(st = ANY (ARRAY['a'::text, 'b'::text]))", "(st = ANY ('{a,b}'::text[]))"),
    ("(st <> ALL (ARRAY['a'::text, 'b'::text]))", "((st <> 'b'::text) AND (st <> 'a'::text))"),
    ("(NOT (st = ANY (ARRAY['a'::text, 'b'::text])))", "(st <> ALL (ARRAY['a'::text, 'b'::text]))"),
    (
        "((code)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
        "(((code)::text = 'y'::text) OR ((code)::text = 'x'::text))",
    ),
    ("p", "(p = true)"),
    ("p", "(p IS TRUE)"),
    ("(NOT p)", "(p = false)"),
    ("(NOT p)", "(p IS FALSE)"),
    ("(NOT (p AND q))", "((NOT q) OR (NOT p))"),
    ("(p AND (q OR (n = 1)))", "((q AND p) OR (p AND (n = 1)))"),
    ("(p OR (p AND q))", "p"),
    ("((n = 1) AND (m = 2) AND p)", "(p AND ((2 = m) AND (1 = n)))"),
    ("(NOT (st IS NULL))", "(st IS NOT NULL)"),
    ("(NOT (n IS DISTINCT FROM m))", "(NOT (m IS DISTINCT FROM n))"),
    ("(n IS NOT DISTINCT FROM m)", "(NOT (m IS DISTINCT FROM n))"),
    ("((n >= 1) AND (n <= 2))", "(n BETWEEN 1 AND 2)"),
    ("(st ~~ 'a%'::text)", "(NOT (st !~~ 'a%'::text))"),
    ("(ARRAY['a'::text] <@ tags)", "(tags @> ARRAY['a'::text])"),
    (MEMBER, MEMBER.replace("m.", "mm.").replace(" m ", " mm ")),
    (MEMBER, MINE),
    (MINE, MINE.replace("m.", "x.").replace(" m ", " x ")),
    (MEMBER, MEMBER.replace("SELECT 1", "SELECT m.role")),
    (MEMBER, f"{MEMBER[:-2]} LIMIT 1))"),
    ("(p IS NOT TRUE)", "((NOT p) OR (p IS NULL))"),
    ("((n = 1) IS NULL)", "((n = 1) IS UNKNOWN)"),
    (
        MEMBER,
        f"(EXISTS ( SELECT 1 FROM public.members m WHERE ((items.org_id = m.org_id) AND "
        f"({UID} = m.user_id))))",
    ),
    (MEMBER, f"({MEMBER} AND {MINE})"),
    (MINE, f"(org_id = ANY (ARRAY( SELECT m.org_id FROM public.members m WHERE (m.user_id = {UID}))))"),
    (JOINED, JOINED.replace("m.", "a.").replace(" m ", " a ").replace("o.", "b.").replace(" o ", " b ")),
    (
        JOINED,
        "(EXISTS ( SELECT 1 FROM public.orgs o, public.members m WHERE ((o.active) AND (m.org_id = o.id) "
        "AND (auth.uid() = m.user_id) AND (items.org_id = m.org_id))))",
    ),
    (
        "(org_id IN (SELECT m.org_id FROM public.members m WHERE m.org_id IN "
        "(SELECT o.id FROM public.orgs o)))",
        "(EXISTS (SELECT 1 FROM public.members x WHERE x.org_id = items.org_id AND "
        "EXISTS (SELECT 1 FROM public.orgs y WHERE y.id = x.org_id)))",
    ),
    (
        "(NOT (EXISTS (SELECT 1 FROM public.orgs o WHERE o.id = items.n)))",
        "(NOT (EXISTS (SELECT FROM public.orgs z WHERE items.n = z.id)))",
    ),
]

#: Tier 2: the same rows by another plan.
SAME_BUT_SLOWER = [
    (f"(owner = {UID})", OWNER),
    (OWNER, f"({UID} = owner)"),
    (MEMBER, MEMBER.replace(UID, "auth.uid()")),
    (MINE, MEMBER.replace(UID, "auth.uid()")),
    ("private.is_member(org_id)", "( SELECT private.is_member(items.org_id) AS is_member)"),
    (
        "((auth.jwt() ->> 'role'::text) = 'x'::text)",
        "((( SELECT auth.jwt() AS jwt) ->> 'role'::text) = 'x'::text)",
    ),
]

WEAKER = [
    (OWNER, "true"),
    (OWNER, f"({OWNER} OR true)"),
    (OWNER, f"({OWNER} OR (auth.uid() IS NULL))"),
    (OWNER, "(1 = 1)"),
    (OWNER, "('a'::text = 'a'::text)"),
    (OWNER, "(owner = owner)"),
    (OWNER, "(id = id)"),
    (OWNER, "(auth.uid() IS NOT NULL)"),
    (OWNER, "(owner IS NOT NULL)"),
    (OWNER, "(owner IS NOT DISTINCT FROM auth.uid())"),
    (OWNER, f"COALESCE({OWNER}, true)"),
    (OWNER, f"({OWNER} IS NOT FALSE)"),
    (OWNER, f"({OWNER} IS NOT UNKNOWN)"),
    (OWNER, f"CASE WHEN (owner IS NULL) THEN true ELSE {OWNER} END"),
    (OWNER, f"({OWNER} OR p)"),
    (OWNER, f"({OWNER} OR {MEMBER})"),
    (OWNER, "((auth.jwt() ->> 'role'::text) IS NOT NULL)"),
    (f"({OWNER} AND (st = 'a'::text))", OWNER),
    (f"({OWNER} AND (st = 'a'::text))", f"({OWNER} OR (st = 'a'::text))"),
    (f"({OWNER} AND (st = 'a'::text))", f"({OWNER} AND ((st = 'a'::text) OR (st = 'b'::text)))"),
    (f"({OWNER} AND (p OR q))", f"({OWNER} AND (p OR q OR (n = 1)))"),
    ("(st = 'a'::text)", "(st = ANY (ARRAY['a'::text, 'b'::text]))"),
    ("(st <> ALL (ARRAY['a'::text, 'b'::text]))", "(st <> 'a'::text)"),
    ("(n < 2)", "(n < 3)"),
    ("(n > 2)", "(n > 1)"),
    ("(n < m)", "(n <= m)"),
    ("(n = m)", "(n <= m)"),
    ("(created_at > (now() - '1 day'::interval))", "(created_at > (now() - '10 years'::interval))"),
    ("(NOT p)", "(p IS NOT TRUE)"),
    (MEMBER, MEMBER.replace(f" AND (m.user_id = {UID})", "")),
    (MEMBER, MEMBER.replace(f"(m.user_id = {UID})", "(m.user_id = m.user_id)")),
    (MEMBER, MEMBER.replace("(m.org_id = items.org_id)", "(m.org_id = m.org_id)")),
    (MEMBER, MEMBER.replace(f"(m.user_id = {UID})", f"((m.user_id = {UID}) OR (m.role = 'admin'::text))")),
    (MEMBER, f"(EXISTS ( SELECT 1 FROM public.members m WHERE (m.user_id = {UID})))"),
    (MEMBER, f"({MEMBER} OR (items.org_id IS NULL))"),
    (MINE, "(org_id IN ( SELECT m.org_id FROM public.members m))"),
    (MINE, f"(org_id IN ( SELECT m.org_id FROM public.members m WHERE ((m.user_id = {UID}) OR true)))"),
    (MINE, "(EXISTS (SELECT 1 FROM public.members m))"),
    (ADMIN, ADMIN.replace("m.role = 'admin'::text", "m.role = ANY (ARRAY['admin'::text, 'x'::text])")),
    (JOINED, JOINED.replace(" AND (o.active)", "")),
    (JOINED, MEMBER),
    (f"(NOT {ADMIN})", f"(NOT ({ADMIN} AND p))"),
    (
        "(n <> ALL (SELECT o.parent FROM public.orgs o))",
        "(NOT (EXISTS (SELECT 1 FROM public.orgs o WHERE o.parent = items.n)))",
    ),
    (
        "(n = (SELECT o.id FROM public.orgs o WHERE o.active AND o.id = 1))",
        "(n = (SELECT o.id FROM public.orgs o WHERE o.id = 1))",
    ),
    (
        "((auth.jwt() #>> '{app_metadata,role}'::text[]) = 'admin'::text)",
        "((auth.jwt() #>> '{user_metadata,role}'::text[]) = 'admin'::text)",
    ),
    (OWNER, "(auth.role() = 'authenticated'::text)"),
    (MEMBER, "(EXISTS ( SELECT 1 FROM public.orgs o WHERE o.active))"),
    (OWNER, "( SELECT true AS bool)"),
    (OWNER, "(((owner)::text = (auth.uid())::text) OR (n > 1))"),
    (OWNER, "(EXISTS ( SELECT 1))"),
    (OWNER, "(EXISTS ( SELECT 1 WHERE true))"),
    (OWNER, "(owner >= auth.uid())"),
    (OWNER, "(auth.uid() = auth.uid())"),
    (OWNER, f"({OWNER} OR (length('a'::text) = 1))"),
    (OWNER, "(length('a'::text) = 1)"),
    (OWNER, "((NULL::text IS NULL) OR p)"),
]
BOTH = [
    ("(st = 'a'::text)", "(st = 'b'::text)"),
    (OWNER, "(id = 1)"),
    (f"({OWNER} AND p)", f"({OWNER} AND q)"),
    ("(p AND q)", "(p OR q) AND (n = 1)"),
    ("p", "(NOT p)"),
]

#: What nobody can tell without knowing the functions and tables.
UNKNOWN = [
    ("private.is_member(org_id)", "private.is_friend(org_id)"),
    (MEMBER, "(EXISTS ( SELECT 1 FROM public.orgs o WHERE (o.id = items.org_id)))"),
    (MEMBER, "(EXISTS ( SELECT count(*) AS count FROM public.members m WHERE (m.org_id = items.org_id)))"),
    (MEMBER, "this is ) no SQL"),
    ("p", "p, true"),
    ("p", "p; select true"),
    ("p", "p FROM public.items"),
]
