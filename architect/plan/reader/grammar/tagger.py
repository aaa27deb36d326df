"""Which words of a sentence are verbs, participles and marks: told by the lexicon and by their neighbours."""

from __future__ import annotations

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.phrases import is_plural, singular
from architect.plan.reader.grammar.words import Tag, Word, words

_FINITE = frozenset(w for w in wc.HAVE | wc.KEEP | wc.VERBS if not w.endswith("ing"))
_KNOWN = wc.HAVE | wc.KEEP | wc.MANAGE | wc.GIVE | wc.VERBS
_ALWAYS_VERBS = (wc.HAVE | wc.VERBS) - wc.NOUNS
_AFTER_EACH = wc.MARKS | {"requiring", "involving", "having"}
#: Behind these forms a noun makes a name ("recording time").
_NAMED_ING = lex.GERUND_HEADS | {"person", "area", "record", "records"}
#: Third persons that may go on about the subject ("..., and records the date").
_KEEPS_ON = wc.KEEP - {"notes", "documents", "logs", "tracks"}
_DOES = wc.GIVE | wc.MANAGE - {"views", "view", "posts", "links", "states"}
_HOUSE = lex.SYSTEM | lex.WORLD
_RECORD = frozenset(["record", "store", "save", "track", "keep", "log", "document", "register"])
_ENDS = ("V", "B", "M", ",", ":", ";", "L")


_NO_ADVERBS = nouns.NO_ADVERBS - {"daily", "weekly", "monthly", "yearly", "quarterly", "hourly", "early"}


def tagged(text: str) -> list[Word]:
    """The words of ``text`` with their tags."""
    found = words(text)
    for at, word in enumerate(found):
        if word.tag == "N":
            found[at] = Word(word.text, word.lower, _open(found, at), word.note)
        elif word.lower == "like" and _counted(found, at):
            found[at] = Word(word.text, word.lower, "N", word.note)
    _with_a_verb(found)
    return found


def _with_a_verb(found: list[Word]) -> None:
    """A clause needs a verb: "accounts payable records supplier bills" has it in "records"."""
    for at, word in enumerate(found):
        if word.tag in (*_ENDS, "R", "S"):
            return
        if not (word.lower in wc.LAST_RESORT and word.lower.endswith("s") and 0 < at < len(found) - 1):
            continue
        following = next((w.tag for w in found[at + 1 :] if w.tag in _ENDS), "")
        between = found[at - 1].tag == "N" and found[at + 1].tag in ("N", "D", "Q")
        if between and following not in ("V", "B", "M"):
            found[at] = Word(word.text, word.lower, "V", word.note)
            return


def _counted(found: list[Word], at: int) -> bool:
    """Whether "like" is what is counted ("views, like count and reply count")."""
    after = found[at + 1].lower if at + 1 < len(found) else ""
    return at > 0 and found[at - 1].tag in (",", "C", "D") and singular(after) in ("count", "number", "total")


def _titled(found: list[Word], at: int) -> bool:
    """Whether a member of a list of names in capitals begins here ("Data Source, Upload Time")."""
    if at < 2 or at + 1 >= len(found) or found[at - 1].tag not in (",", "C"):
        return False
    earlier = found[at - 3] if found[at - 2].tag == "," and at > 2 else found[at - 2]
    near = (earlier, found[at], found[at + 1])
    return all(w.text[:1].isupper() and w.tag == "N" for w in near)


def _open(found: list[Word], at: int) -> Tag:
    word = found[at].lower
    if _titled(found, at):
        return "N"
    before = next((w for w in reversed(found[max(0, at - 3) : at]) if w.tag != "A"), None)
    after = next((w for w in found[at + 1 : at + 4] if w.tag != "A"), None)
    left = before.tag if before else ""
    right = after.tag if after else ""
    if before and (told := _pointed(found, at, before.lower, right)):
        return told
    if word.endswith("ly") and len(word) > 5 and right not in ("N", "V") and word not in _NO_ADVERBS:
        return "A"
    if word.endswith("ly") and len(word) > 5 and word not in _NO_ADVERBS and _several_begin(found, at):
        return "A"
    if word in ("need", "needs", "needing", "wants", "want", "requires", "ought") and right == "T":
        return "M"
    if word in ("need", "needs") and left in ("N", "O") and right in ("D", "Q"):
        return "V"
    if word in wc.IRREGULAR and (left == "B" or (left == "N" and after and after.lower == "by")):
        return "E"
    if left in ("D", "Q") or (left == "P" and not word.endswith("ing")):
        return "N"
    if word in wc.KEPT and before and before.lower in lex.COLLECTIVE and right == "N":
        return "E" if found[at + 1].lower in wc.HAVE else "N"
    if word.endswith("ed") and len(word) > 3:
        return "E" if left == "B" or right in ("P", "T", "B") else "N"
    if word.endswith("ing") and len(word) > 4:
        return _ing(found, at, left, right)
    return "V" if _is_verb(found, at, before, left, right) else "N"


def _pointed(found: list[Word], at: int, before: str, right: str) -> Tag | None:
    """After "this" and "each" alone: "this includes ...", "each containing ..."."""
    word = found[at].lower
    if before in ("this", "these") and word in wc.HAVE and right != "V":
        return "V"
    if before == "each" and word in wc.DESCRIBED and right == "P":
        return "E"
    if before == "each" and word.endswith("ly") and found[at + 1 : at + 2]:
        return "A" if found[at + 1].lower in wc.DESCRIBED else None
    if before != "each" or word not in _AFTER_EACH:
        return None
    if right in ("D", "Q") or not _goes_on(found, at):
        return "L" if word in wc.MARKS else "V"
    return None


def _is_verb(found: list[Word], at: int, before: Word | None, left: str, right: str) -> bool:
    word = found[at].lower
    known = word in _KNOWN
    plural = word.endswith("s") and not word.endswith("ss")
    if word in wc.ALWAYS or (word in wc.JOIN and left == "N" and right == "P"):
        return True
    if word == "set" and left in (",", "C") and any(w.tag == "T" for w in found[:at]):
        return True
    if at > 1 and found[at - 1].tag == "A" and _several_begin(found, at - 1) and right in ("N", "D", "Q"):
        return True  # "nurses carefully record ..."
    if left == "C" and right == "N" and word in _RECORD and found[at + 1].lower in lex.COLLECTIVE:
        return any(w.tag == "V" for w in found[:at])  # "... and record information such as"
    if left in (",", "C") and _after_verb(found, at) and right in ("D", "C", ",", "Q", "N"):
        return not word.endswith("s") and (right != "N" or known)
    if left in ("M", "O") and word not in lex.SHARED_HEADS:
        return True
    if left == "T":
        return known or not word.endswith("s") or right in ("D", "Q", "O")
    if word in _ALWAYS_VERBS:
        return True
    if left == "C" and plural and right in ("D", "Q", "O"):
        return True
    if word in wc.DEEDS and left == "N" and right in ("N", "D", "Q"):
        return _doers(found, at)
    if known:
        return _acts(found, at, before, left, right)
    return plural and left == "N" and right in ("D", "Q")


def _several_begin(found: list[Word], at: int) -> bool:
    """Whether the clause begins with several, and nothing else stands before ``at``."""
    names = found[max(0, at - 4) : at]
    return (
        bool(names)
        and at <= 4
        and all(w.tag in ("N", "D", "Q") for w in names)
        and is_plural(names[-1].lower)
    )


def _after_verb(found: list[Word], at: int) -> bool:
    """Whether only joiners stand between a verb and this word ("register, log in, and maintain")."""
    place = at - 1
    while place >= max(0, at - 2) and found[place].tag in (",", "C"):
        place -= 1
    return 0 <= place < at - 1 and found[place].tag == "V"


def _ing(found: list[Word], at: int, left: str, right: str) -> Tag:
    word = found[at].lower
    if word in ("including", "containing", "comprising", "having", "involving"):
        return "L" if word != "having" and word != "involving" else "V"
    if right in ("D", "Q", "O") and left != "D":
        return "L" if word in wc.MARKS and left in (",", "C", "N") else "V"
    if left in (",", "", ":") and word in wc.MARKS and right == "N":
        nxt = found[at + 1].lower
        return "N" if nxt in _NAMED_ING else "L"
    named = right == "N" and found[at + 1].lower in lex.GERUND_HEADS
    if left in ("", "P", "B") and word in _KNOWN and not named and right not in (",", ";", ":", "", "C"):
        return "V"
    if left in (",", "C") and right == "N" and word in wc.VERBS and not named:
        return "V"
    if left == "," and right in ("P", "T") and word not in wc.MARKS:
        return "V"
    if left in (",", "") and right == "C" and word in _KNOWN and at + 2 < len(found):
        return "V" if found[at + 2].lower in _KNOWN else "N"
    if left == "C" and right == "N" and word in _KNOWN and found[at + 1].lower in lex.COLLECTIVE:
        return "V"
    return "N"


def _acts(found: list[Word], at: int, before: Word | None, left: str, right: str) -> bool:
    """Whether a word that may be a noun is a verb here ("the system records ...", "Record the ...")."""
    word = found[at].lower
    if before is None or left in (";", ":"):
        return _orders(found, at, right)
    if right in ("V", "B", "M", "P", ",", ";", ":", "C", ""):
        return False
    if left in ("R", "O", "M", "T"):
        return True
    if left in ("C", ","):
        again = word.endswith("s") and right == "N" and word in _KEEPS_ON
        if left == "C" and right == "N" and at + 2 < len(found) and found[at + 2].tag == "T":
            return word in wc.GIVE  # "and link users to the sites"
        return right in ("D", "Q", "O") or (again and not _goes_on(found, at) and _acted(found, at))
    if left == "N" and before:
        if word.endswith("s") and _of_one(found, at):
            return True
        keeper = before.lower in _HOUSE or before.lower.rstrip("s") in wc.KEEPERS
        return right in ("D", "Q", "O", "L") or (keeper and right == "N") or (word in _DOES and right == "N")
    return False


def _orders(found: list[Word], at: int, right: str) -> bool:
    """Whether the first word of a clause is a verb ("Record the name ...")."""
    word = found[at].lower
    if right == "C" and at + 2 < len(found):
        return found[at + 2].lower in _KNOWN
    if right == "N":
        return not _goes_on(found, at) and not (word.endswith("s") and word in wc.NOUNS)
    return right in ("D", "Q", "O")


def _of_one(found: list[Word], at: int) -> bool:
    """Whether the noun phrase before is of one thing ("each booking"), so that no plural can end it."""
    for word in reversed(found[max(0, at - 6) : at]):
        if word.tag == "A":
            continue
        if word.tag == "D":
            return word.lower in ("each", "every", "a", "an", "this")
        if word.tag != "N":
            return False
    return False


def _doers(found: list[Word], at: int) -> bool:
    """Whether several begin the clause and do something: "doctors issue prescriptions"."""
    before = found[at - 1].lower
    several = before.endswith("s") and before not in nouns.PLURAL_LEADS and not _goes_on(found, at)
    return several and not any(w.tag in ("V", "B", "M", "P") for w in found[:at])


def _goes_on(found: list[Word], at: int) -> bool:
    """Whether a verb follows before the next comma ("each listing has ...")."""
    for word in found[at + 1 : at + 8]:
        if word.tag in (",", ";", ":"):
            return False
        if word.tag in ("V", "B", "M") or word.lower in _FINITE:
            return True
    return False


def _acted(found: list[Word], at: int) -> bool:
    """Whether a verb of one subject stands before ("each purchase has ..., and records ...")."""
    return any(w.tag == "V" and w.lower.endswith("s") for w in found[max(0, at - 40) : at])
