"""Random conditions over the rows of the world in test_policy_meaning, and changes of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Tree = Any

ATOMS = [
    "n = m",
    "n <> m",
    "m = n",
    "n < m",
    "m >= n",
    "n < 2",
    "n < 3",
    "n = 1",
    "n = n",
    "n is null",
    "n is distinct from m",
    "st = 'a'::text",
    "st = any (array['a'::text, 'b'::text])",
    "st <> all (array['a'::text, null::text])",
    "p",
    "q",
    "p = true",
    "null::boolean",
    "true",
    "owner = auth.uid()",
    "owner = (select auth.uid())",
    "auth.uid() is null",
    "owner = owner",
    "private.is_member(org_id)",
]
#: Conditions inside a subquery over members.
INNER = [
    "m.org_id = items.org_id",
    "m.org_id = m.org_id",
    "m.user_id = auth.uid()",
    "m.user_id = items.owner",
    "m.role = 'admin'::text",
    "m.role is null",
    "m.org_id = items.n",
    "items.p",
]


def _grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
        st.tuples(st.sampled_from(["not", "is true", "is not false", "is null"]), inner),
        st.tuples(st.just("coalesce"), inner, inner),
        st.tuples(st.just("case"), inner, inner, inner),
    )


def _subqueries() -> st.SearchStrategy[Tree]:
    within = st.recursive(st.sampled_from(INNER), _grown, max_leaves=3)
    tested = st.sampled_from(["items.n", "items.org_id", "items.m"])
    selected = st.sampled_from(["m.org_id", "m.org_id + 1"])
    return st.one_of(
        st.tuples(st.just("exists"), within),
        st.tuples(st.just("in"), tested, selected, within),
        st.tuples(st.just("joined"), within, st.sampled_from(["o.id = m.org_id", "o.active", "true"])),
    )


def trees() -> st.SearchStrategy[Tree]:
    """Conditions as trees of words."""
    leaves = st.one_of(st.sampled_from(ATOMS), st.sampled_from(ATOMS), _subqueries())
    return st.recursive(leaves, _grown, max_leaves=5)


def text(tree: Tree) -> str:
    """A tree as SQL."""
    if isinstance(tree, str):
        return f"({tree})"
    word, *parts = tree
    match word:
        case "and" | "or":
            return f"({text(parts[0])} {word} {text(parts[1])})"
        case "not":
            return f"(not {text(parts[0])})"
        case "coalesce":
            return f"coalesce({text(parts[0])}, {text(parts[1])})"
        case "case":
            return f"case when {text(parts[0])} then {text(parts[1])} else {text(parts[2])} end"
        case "exists":
            return f"(exists (select 1 from public.members m where {text(parts[0])}))"
        case "in":
            return f"({parts[0]} in (select {parts[1]} from public.members m where {text(parts[2])}))"
        case "joined":
            where = f"{text(parts[0])} and ({parts[1]})"
            return f"(exists (select 1 from public.orgs o, public.members m where {where}))"
    return f"({text(parts[0])} {word})"


@st.composite
def condition_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """A condition and another one, most often made of the first by a small change."""
    before = draw(trees())
    return text(before), text(draw(trees()) if draw(st.integers(0, 9)) == 0 else draw(_changed(before)))


@st.composite
def _changed(draw: st.DrawFn, tree: Tree) -> Tree:
    if isinstance(tree, str) or draw(st.integers(0, 2)) == 0:
        return draw(_replaced(tree))
    places = [i for i, part in enumerate(tree) if i and (not isinstance(part, str) or _is_condition(tree, i))]
    place = draw(st.sampled_from(places))
    return (*tree[:place], draw(_changed(tree[place])), *tree[place + 1 :])


def _is_condition(tree: Tree, place: int) -> bool:
    return {"in": place == 3, "joined": place == 1}.get(tree[0], True)


@st.composite
def _replaced(draw: st.DrawFn, tree: Tree) -> Tree:
    inside = any(atom in text(tree) for atom in ("m.role", "m.user_id", "m.org_id"))
    other = draw(st.sampled_from(INNER if inside and isinstance(tree, str) else ["p", "q", "items.n = 1"]))
    changes: list[Tree] = [
        ("and", tree, other),
        ("or", tree, other),
        ("or", other, tree),
        ("not", ("not", tree)),
        ("not", tree),
        ("and", tree, tree),
        ("coalesce", tree, "true"),
        ("coalesce", tree, "false"),
        ("is not false", tree),
        ("case", ("is null", tree), "false", tree),
        other,
    ]
    if not isinstance(tree, str) and tree[0] in ("and", "or"):
        changes += [(tree[0], tree[2], tree[1]), tree[1], tree[2]]
        changes += [("not", ("or" if tree[0] == "and" else "and", ("not", tree[1]), ("not", tree[2])))]
    if not isinstance(tree, str) and tree[0] == "in":
        equal = ("and", tree[3], f"{tree[2]} = {tree[1]}")
        changes += [("exists", equal), ("exists", equal), ("exists", tree[3])]
    return draw(st.sampled_from(changes))
