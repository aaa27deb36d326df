"""What changed in a condition, in the words of the condition."""

from __future__ import annotations

from dataclasses import dataclass

import postgast
from postgast import pg_query_pb2 as pb

from architect.drift.meaning.reader import Reader
from architect.drift.meaning.terms import FALSE, TRUE, Term, conjuncts, disjuncts, walk

_WRITTEN_BY_USERS = ("user_metadata", "raw_user_meta_data")


@dataclass(frozen=True)
class Text:
    """A condition and the reader that knows how its parts were written."""

    term: Term
    reader: Reader

    def of(self, part: Term) -> str:
        """``part`` as SQL."""
        if part in (TRUE, FALSE):
            return "true" if part == TRUE else "false"
        node = self.reader.source.get(part)
        if node is not None:
            return show(node)
        if part[0] == "not":
            return f"NOT ({self.of(part[1])})"
        if part[0] in ("and", "or"):
            return "(" + f" {part[0].upper()} ".join(self.of(arm) for arm in part[1:]) + ")"
        if part[0] == "=":
            return f"{self.of(part[1])} = {self.of(part[2])}"
        return part[-1] if part[0] == "col" else "..."


def show(node: pb.Node) -> str:
    """One expression as SQL, without what a deparser adds."""
    target = pb.Node(res_target=pb.ResTarget(val=node))
    statement = pb.Node(select_stmt=pb.SelectStmt(target_list=[target], op=pb.SETOP_NONE, limit_option=1))
    try:
        return postgast.deparse(pb.ParseResult(stmts=[pb.RawStmt(stmt=statement)])).removeprefix("SELECT ")
    except postgast.PgQueryError:
        return "..."


def trusts_user_metadata(text: str | None) -> bool:
    """Whether a condition or a body reads what users can write about themselves."""
    return text is not None and any(word in text for word in _WRITTEN_BY_USERS)


def same(tier: int, before: str | None, after: str | None) -> str:
    """Why two texts are equal."""
    if tier == 1:
        return "written differently, the same rows pass"
    slower = (before or "").lower().count("select ") > (after or "").lower().count("select ")
    return "the same rows pass; functions are now called " + (
        "for every row instead of once" if slower else "once instead of for every row"
    )


def parts(before: Text, after: Text) -> tuple[list[str], list[str], str]:
    """What the condition lost and gained, and a sentence of it."""
    if after.term in (TRUE, FALSE):
        every = "every row passes" if after.term == TRUE else "no row passes"
        return [before.of(part) for part in conjuncts(before.term)], [], every
    arms = set(disjuncts(before.term)) & set(disjuncts(after.term))
    of = disjuncts if arms else conjuncts
    old, new = of(before.term), of(after.term)
    lost, added = [p for p in old if p not in new], [p for p in new if p not in old]
    inside = _inside(before, after, lost, added)
    if inside:
        return inside
    said = [[text.of(part) for part in found] for text, found in ((before, lost), (after, added))]
    if arms:
        words = ("no longer passes where", "also passes where")
    else:
        words = ("no longer requires", "now requires")
    sentence = "; ".join(
        f"{word} {' and '.join(part)}" for word, part in zip(words, said, strict=True) if part
    )
    return said[0], said[1], sentence


def _inside(
    before: Text, after: Text, lost: list[Term], added: list[Term]
) -> tuple[list[str], list[str], str] | None:
    """The same for the condition of the one subquery that changed."""
    if len(lost) != 1 or len(added) != 1:
        return None
    queries = [part[1] if part[0] == "in" else part for part in (lost[0], added[0])]
    if any(query[0] != "exists" for query in queries) or queries[0][1] != queries[1][1]:
        return None
    old, new, sentence = parts(Text(queries[0][2], before.reader), Text(queries[1][2], after.reader))
    tables = [part[2] for part in walk(queries[0][1]) if part and part[0] == "table"]
    return old, new, f"in the subquery over {', '.join(tables)}: {sentence}"
