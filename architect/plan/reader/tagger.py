"""Words of a sentence with what they are there: noun, verb, preposition, joiner, ...

A small lexicon decides the closed classes; a word that may be a noun or a verb is told by its neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from architect.plan.reader import lexicon as lex
from architect.plan.reader import wordclass as wc

#: N noun or adjective, D determiner, Q quantifier, V verb, B be, M modal, E participle, P preposition,
#: R relative word, S subordinator, O pronoun, T "to", A adverb, L mark before a list, C joiner,
#: "," a comma, ":" a colon or dash, ";" an end.
Tag = Literal["N", "D", "Q", "V", "B", "M", "E", "P", "R", "S", "O", "T", "A", "L", "C", ",", ":", ";"]

_WORD = re.compile(r"\x00\d+\x00|\w+(?:[-'’./]\w+)*['’]?|[,，、;；:：&/–—.]|(?<=\s)-(?=\s)")
_TWO_WORDS = {
    ("such", "as"): ("L", "such as"), ("as", "follows"): ("L", "namely"), ("as", "well"): ("C", "as well as"),
    ("along", "with"): ("C", "along with"), ("together", "with"): ("C", "together with"),
    ("for", "example"): ("L", "such as"), ("for", "instance"): ("L", "such as"),
    ("so", "on"): ("A", "etc"), ("so", "forth"): ("A", "etc"), ("or", "not"): ("A", "not"),
    ("in", "order"): ("S", "so"), ("so", "that"): ("S", "so"), ("so", "as"): ("S", "so"),
    ("such", "that"): ("S", "so"), ("rather", "than"): ("S", "so"), ("based", "on"): ("P", "by"),
    ("according", "to"): ("P", "by"), ("due", "to"): ("P", "by"), ("in", "addition"): ("A", "also"),
    ("keep", "track"): ("V", "record"), ("keeps", "track"): ("V", "records"),
    ("keeping", "track"): ("V", "recording"), ("consists", "of"): ("V", "consists"), ("consist", "of"): ("V", "consist"),
    ("consisting", "of"): ("L", "including"), ("composed", "of"): ("V", "consists"),
    ("by", "using"): ("P", "by"), ("related", "to"): ("P", "about"),
}  # fmt: skip
_PRONOUNS = (lex.PRONOUNS - wc.RELATIVES - wc.SUBORDINATORS) - {"this", "these", "those", "such", "there"}
_DETERMINERS = lex.DETERMINERS - {"both", "neither", "either", "no", "that", "such"} | {"its", "their"}
_NUMBERS = frozenset(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])


_FINITE = frozenset(w for w in wc.HAVE | wc.KEEP | wc.VERBS if not w.endswith("ing"))


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    lower: str
    tag: Tag
    #: What the parentheses after it hold.
    note: str = ""


def words(text: str) -> list[Word]:
    """The words of ``text`` with their tags; parentheses become the note of the word before them."""
    raw = _raw(unicodedata.normalize("NFKC", text))
    found: list[Word] = []
    at = 0
    while at < len(raw):
        word, note = raw[at]
        lower = word.lower().replace("’", "'")
        after = raw[at + 1][0].lower() if at + 1 < len(raw) else ""
        if two := _TWO_WORDS.get((lower, after)):
            width = 3 if two[1] == "as well as" and at + 2 < len(raw) and raw[at + 2][0] == "as" else 2
            found.append(Word(word, two[1], two[0], raw[at + width - 1][1]))  # type: ignore[arg-type]
            at += width
            continue
        found.append(Word(word, lower, _closed(lower), note))
        at += 1
    for at, word in enumerate(found):
        if word.tag == "N":
            found[at] = Word(word.text, word.lower, _open(found, at), word.note)
    _with_a_verb(found)
    return found


def _with_a_verb(found: list[Word]) -> None:
    """A clause needs a verb: "accounts payable records supplier bills" has it in "records"."""
    for at, word in enumerate(found):
        if word.tag in ("V", "B", "M", ",", ":", ";", "R", "S", "L"):
            return
        known = word.lower in wc.KEEP | wc.GIVE | wc.MANAGE | wc.NOUNS | {
            "offers",
            "orders",
            "requests",
            "reserves",
        }
        if known and word.lower.endswith("s") and at and at + 1 < len(found):
            if found[at - 1].tag == "N" and found[at + 1].tag in ("N", "D", "Q"):
                rest = next(
                    (w.tag for w in found[at + 1 :] if w.tag in ("V", "B", "M", ",", ":", ";", "L")), ""
                )
                if rest not in ("V", "B", "M"):
                    found[at] = Word(word.text, word.lower, "V", word.note)
                    return


def _raw(text: str) -> list[tuple[str, str]]:
    """Words and marks, each with the text in the parentheses that follow."""
    masked, spans = mask(text)
    found: list[tuple[str, str]] = []
    for match in _WORD.finditer(masked):
        word = match.group()
        if word.startswith("\x00"):
            if found:
                last, note = found[-1]
                found[-1] = (last, f"{note} {spans[int(word.strip(chr(0)))]}".strip())
            continue
        word = word.rstrip("./") if len(word) > 1 else word
        found.append((word, ""))
    return found


def mask(text: str) -> tuple[str, list[str]]:
    """``text`` with each outermost parenthesis replaced by a mark, and their contents."""
    out: list[str] = []
    spans: list[str] = []
    current: list[str] = []
    depth = 0
    for char in text.replace("\x00", " "):
        if char in "(（[":
            depth += 1
            if depth == 1:
                current = []
                continue
        elif char in ")）]" and depth:
            depth -= 1
            if depth == 0:
                out.append(f"\x00{len(spans)}\x00")
                spans.append("".join(current))
                continue
        (current if depth else out).append(char)
    if depth:
        out.append(f"\x00{len(spans)}\x00")
        spans.append("".join(current))
    return "".join(out), spans


def _closed(lower: str) -> Tag:
    if lower in (",", "，", "、"):
        return ","
    if lower in (":", "：", "–", "—", "-"):
        return ":"
    if lower in (";", "；", "."):
        return ";"
    if lower in ("and", "or", "&", "/", "plus", "and/or"):
        return "C"
    if lower in lex.BE:
        return "B"
    if lower in lex.MODALS:
        return "M"
    if lower == "to":
        return "T"
    if lower in _DETERMINERS:
        return "D"
    if lower in lex.QUANTIFIERS | _NUMBERS:
        return "Q"
    if lower in wc.RELATIVES:
        return "R"
    if lower in wc.SUBORDINATORS:
        return "S"
    if lower == "of" or lower in wc.PREPOSITIONS:
        return "P"
    if lower in wc.ADVERBS:
        return "A"
    if lower in ("etc", "respectively"):
        return "A"
    if lower in _PRONOUNS or lower in ("it", "they", "we", "them", "there"):
        return "O"
    if lower in ("namely", "e.g", "i.e", "like"):
        return "L"
    if lower in ("has", "have", "having"):
        return "V"
    return "N"


def _open(found: list[Word], at: int) -> Tag:
    """Noun, verb or participle: by the lexicon and by what stands left and right."""
    word = found[at].lower
    before = next((w for w in reversed(found[max(0, at - 3) : at]) if w.tag != "A"), None)
    after = next((w for w in found[at + 1 : at + 4] if w.tag != "A"), None)
    left = before.tag if before else ""
    right = after.tag if after else ""
    if before and before.lower in ("this", "these") and word in wc.HAVE and right != "V":
        return "V"
    if word in ("need", "needs", "wants", "want", "requires", "ought") and right == "T":
        return "M"
    if (
        before
        and before.lower == "each"
        and word in wc.MARKS | {"requiring", "involving", "having"}
        and (right in ("D", "Q") or not _goes_on(found, at))
    ):
        return "L" if word in wc.MARKS else "V"
    if left == "B" and word in wc.IRREGULAR:
        return "E"
    if left in ("D", "Q") or (left == "P" and not word.endswith("ing")):
        return "N"
    if word.endswith("ed") and len(word) > 3:
        return _participle(left, right)
    if word.endswith("ing") and len(word) > 4:
        return _ing(found, at, left, right)
    known = word in wc.HAVE | wc.KEEP | wc.MANAGE | wc.GIVE | wc.VERBS
    if word in ("register", "registers", "apply", "enroll", "sign") and left == "N" and right == "P":
        return "V"
    if word == "set" and left in (",", "C") and any(w.tag == "T" for w in found[:at]):
        return "V"
    if word in ("manages", "maintains", "keeps", "captures", "saves"):
        return "V"
    if left in (",", "C") and at > 1 and found[at - 2].tag == "V" and right in ("D", "C", ",", "Q", "N"):
        return "N" if word.endswith("s") or (right == "N" and not known) else "V"
    if left in ("M", "O") and word not in lex.SHARED_HEADS:
        return "V"
    if left == "T":
        return "V" if known or not word.endswith("s") or right in ("D", "Q", "O") else "N"
    if word in wc.HAVE - {"features", "covers", "cover", "holds"} or word in wc.VERBS - wc.NOUNS:
        return "V"
    if left == "C" and word.endswith("s") and not word.endswith("ss") and right in ("D", "Q", "O"):
        return "V"
    if known:
        return "V" if _acts(found, at, before, left, right) else "N"
    if word.endswith("s") and not word.endswith("ss") and left == "N" and right in ("D", "Q"):
        return "V"
    return "N"


def _participle(left: str, right: str) -> Tag:
    if left == "B" or right in ("P", "T", "B"):
        return "E"
    return "N"


def _ing(found: list[Word], at: int, left: str, right: str) -> Tag:
    word = found[at].lower
    if word in ("including", "containing", "comprising", "having", "involving"):
        return "L" if word != "having" and word != "involving" else "V"
    if right in ("D", "Q", "O") and left != "D":
        return "L" if word in wc.MARKS and left in (",", "C", "N") else "V"
    if left in (",", "", ":") and word in wc.MARKS and right == "N":
        nxt = found[at + 1].lower
        return "N" if nxt in lex.GERUND_HEADS | {"person", "area", "record", "records"} else "L"
    named = right == "N" and found[at + 1].lower in lex.GERUND_HEADS
    if left in ("", "P", "B") and word in wc.KEEP | wc.MANAGE | wc.GIVE | wc.VERBS and not named:
        return "V"
    if left in (",", "C") and right == "N" and word in wc.VERBS and not named:
        return "V"
    return "N"


def _acts(found: list[Word], at: int, before: Word | None, left: str, right: str) -> bool:
    """Whether a word that may be a noun is a verb here ("the system records ...", "Record the ...")."""
    word = found[at].lower
    if before is None or left in (";", ":"):
        if right == "C" and at + 2 < len(found):
            return found[at + 2].lower in wc.KEEP | wc.MANAGE | wc.GIVE | wc.VERBS
        if right == "N" and _goes_on(found, at):
            return False
        return right in ("D", "Q", "N", "O") and (
            not word.endswith("s") or right != "N" or word not in wc.NOUNS
        )
    if right in ("V", "B", "M", "P", ",", ";", ":", "C", ""):
        return False
    if left in ("R", "O", "M", "T"):
        return True
    if left in ("C", ","):
        again = (
            word.endswith("s") and right == "N" and word in wc.KEEP - {"notes", "documents", "logs", "tracks"}
        )
        return right in ("D", "Q", "O") or (again and not _goes_on(found, at) and _acted(found, at))
    if left == "N" and before:
        if word.endswith("s") and _of_one(found, at):
            return True
        keeper = before.lower in lex.SYSTEM | lex.WORLD or before.lower.rstrip("s") in wc.KEEPERS
        return (
            right in ("D", "Q", "O", "L")
            or (keeper and right == "N")
            or (word in wc.GIVE | wc.MANAGE - {"views", "view", "posts", "links", "states"} and right == "N")
        )
    return False


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
