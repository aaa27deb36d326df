"""What the nodes of the graph do. Their state is plain redacted data: checkpoints keep it in clear."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from pydantic import ValidationError

from architect.plan import rules
from architect.plan.finish import prepared
from architect.plan.llm import pieces, prompt, repair
from architect.plan.llm.ask import Answer, Asker, Prompt
from architect.plan.llm.budget import Budget
from architect.plan.llm.outcome import Ending
from architect.plan.llm.rest import rested
from architect.plan.llm.schema import Draft, Outline, Repair
from architect.plan.llm.violations import MAX_TOLD, in_draft, of_schema
from architect.plan.model import Plan
from architect.plan.rules import Violation, limits, naming
from architect.redaction import redact, redact_text
from architect.spec.chunk import Chunk

#: Characters of one violation: it quotes the draft, which may hold anything.
_MAX_VIOLATION = 500
#: Things of an outline, with the names that each refers to.
_MAX_THINGS, _MAX_REFERENCES = 300, 20


class State(TypedDict):
    """Where a plan stands."""

    pieces: list[list[int]]
    outline: list[dict[str, Any]]
    outlined: int
    #: JSON text, as no other form holds whatever a model may say: the pieces' drafts, then the whole.
    drafts: list[str]
    draft: str
    violations: list[str]
    before: list[str]
    attempts: int
    halved: bool
    mode: int
    tokens_in: int
    tokens_out: int
    spent: int
    #: An answer came without a count of its tokens: what there is to say of them is not all.
    uncounted: bool
    #: How the last step ended, and why the reader has to take over.
    ending: str
    reason: str


Change = dict[str, Any]


class Steps:
    """The nodes, and the ways between them, of one plan."""

    def __init__(
        self,
        asker: Asker,
        chunks: Sequence[Chunk],
        base: Plan,
        budget: Budget,
        on_step: Callable[[str, dict[str, Any]], None] | None,
    ) -> None:
        self._asker = asker
        self._chunks = {c.index: c for c in chunks}
        self._base = base
        self._budget = budget
        self._on_step = on_step

    def start(self, cut: list[list[int]]) -> State:
        """Nothing asked yet."""
        return State(
            pieces=cut, outline=[], outlined=0, drafts=[], draft="", violations=[], before=[], attempts=1,
            halved=False, mode=self._asker.mode, tokens_in=0, tokens_out=0, spent=0, uncounted=False,
            ending="", reason="",
        )  # fmt: skip

    def told(self, name: str) -> Callable[[State], Change]:
        """The node ``name``, which tells when it is through."""
        node: Callable[[State], Change] = getattr(self, name)

        def step(state: State) -> Change:
            change = node(state)
            if self._on_step is not None:
                self._on_step(name, _detail(name, State(**{**state, **change})))  # type: ignore[typeddict-item]
            return change

        return step

    def outline(self, state: State) -> Change:
        """The things of the next piece; of a spec in one piece the draft lists them itself."""
        if len(state["pieces"]) <= 1:
            return {"outlined": len(state["pieces"]), "ending": "one_piece"}
        part = state["outlined"]
        names = [thing["name"] for thing in state["outline"]]
        told = prompt.outline_prompt(self._of(state["pieces"][part]), (part + 1, len(state["pieces"])), names)
        answer = self._ask(told, Outline, state)
        paid = self._paid(answer, state)
        if answer.ending in (Ending.UNREADABLE, None):
            # Without the outline of a piece its draft has less to go by, and is still a draft.
            return {
                **paid,
                "outlined": part + 1,
                "outline": [*state["outline"], *_things(answer.value, names)],
            }
        return {**paid, **self._failed(answer, state)}

    def draft(self, state: State) -> Change:
        """The draft of the next piece."""
        part = len(state["drafts"])
        piece = state["pieces"][part] if state["pieces"] else []
        there = [_shown(t) for draft in state["drafts"] for t in repair.tables_of(json.loads(draft))]
        told = prompt.draft_prompt(
            self._of(piece),
            self._base,
            part=(part + 1, len(state["pieces"])),
            outline=state["outline"],
            there=there,
        )
        if state["violations"]:
            told.append(("human", prompt.NO_JSON))
        answer = self._ask(told, Draft, state)
        change = {**self._paid(answer, state), "violations": []}
        tables = answer.value.get("tables") if answer.ending is None else None
        if answer.ending is Ending.UNREADABLE or (answer.ending is None and not isinstance(tables, list)):
            self._asker.next_mode()
            again = state["attempts"] < self._budget.attempts
            failed = {"attempts": state["attempts"] + 1} if again else {"reason": str(Ending.SCHEMA)}
            return {
                **change,
                **failed,
                "mode": self._asker.mode,
                "violations": [_UNREADABLE],
                "ending": str(Ending.UNREADABLE),
            }
        if answer.ending is not None:
            return {**change, **self._failed(answer, state, part)}
        return {**change, "drafts": [*state["drafts"], _text(answer.value)]}

    def check(self, state: State) -> Change:
        """What of the draft breaks its schema or, where it does not, the rules."""
        raw = repair.tidy(
            pieces.joined(json.loads(d) for d in ([state["draft"]] if state["draft"] else state["drafts"]))
        )
        try:
            draft = pieces.united(Draft.model_validate(raw))
        except ValidationError as error:
            found = [str(v) for v in of_schema(error, raw)]
            return {
                "draft": json.dumps(raw), "drafts": [], "violations": _storable(found),
                "ending": str(Ending.SCHEMA),
            }  # fmt: skip
        told = [str(v) for v in self._broken(draft)]
        return {
            "draft": _text(draft.model_dump(mode="json")), "drafts": [], "violations": _storable(told),
            "ending": str(Ending.RULES) if told else "passed" if draft.tables else str(Ending.SCHEMA),
        }  # fmt: skip

    def _broken(self, draft: Draft) -> list[Violation]:
        """The rules that the plan of ``draft`` breaks; of one too large only that, as all else takes long."""
        numbered = Plan.model_construct(tables=draft.tables, functions=[], buckets=[])
        if over := list(limits.broken(numbered)):
            return over[:MAX_TOLD]
        chunks = list(self._chunks.values())
        merged = prepared(self._base, rested(draft, self._base, chunks))
        return [in_draft(v, merged, numbered) for v in rules.check(merged, chunks)[:MAX_TOLD]]

    def repair(self, state: State) -> Change:
        """The tables that break rules, asked for again with the list of what is wrong with them."""
        raw = json.loads(state["draft"])
        tables, others = repair.concerned(raw, state["violations"])
        told = prompt.repair_prompt(state["violations"], tables, [_shown(t) for t in others])
        answer = self._ask(told, Repair, state)
        change = {
            **self._paid(answer, state),
            "attempts": state["attempts"] + 1,
            "before": state["violations"],
        }
        if answer.ending is Ending.UNREADABLE:
            return {**change, "mode": self._asker.mode}
        if answer.ending is not None:
            return {**change, **self._failed(answer, state)}
        return {**change, "draft": _text(repair.applied(raw, state["violations"], answer.value))}

    def accept(self, _state: State) -> Change:
        """The draft is the plan."""
        return {"ending": "accepted"}

    def give_up(self, state: State) -> Change:
        """The reader takes over."""
        reason = state["reason"] or state["ending"]
        return {"reason": reason, "ending": reason}

    def after_outline(self, state: State) -> str:
        if state["reason"]:
            return "give_up"
        return "draft" if state["outlined"] >= len(state["pieces"]) else "outline"

    def after_draft(self, state: State) -> str:
        if state["reason"]:
            return "give_up"
        return "check" if len(state["drafts"]) >= max(len(state["pieces"]), 1) else "draft"

    def after_check(self, state: State) -> str:
        if not state["violations"]:
            return "give_up" if state["ending"] == Ending.SCHEMA else "accept"
        stuck = state["violations"] == state["before"]
        return "give_up" if stuck or state["attempts"] >= self._budget.attempts else "repair"

    def after_repair(self, state: State) -> str:
        return "give_up" if state["reason"] else "check"

    def _of(self, piece: Sequence[int]) -> list[Chunk]:
        return [self._chunks[index] for index in piece]

    def _ask(self, told: Prompt, kind: type[Outline | Draft], state: State) -> Answer:
        self._asker.mode = max(self._asker.mode, state["mode"])
        return self._asker.ask(told, kind, state["spent"])

    def _paid(self, answer: Answer, state: State) -> Change:
        return {
            "tokens_in": state["tokens_in"] + answer.tokens_in,
            "tokens_out": state["tokens_out"] + answer.tokens_out,
            "spent": state["spent"] + answer.spent,
            "uncounted": state["uncounted"] or not answer.counted,
            "mode": self._asker.mode,
            "ending": str(answer.ending or "answered"),
        }

    def _failed(self, answer: Answer, state: State, part: int | None = None) -> Change:
        """Smaller pieces, once, where an answer was cut short; else the end."""
        left = state["pieces"][part:] if part is not None else []
        if answer.ending is Ending.TRUNCATED and not state["halved"] and any(len(p) > 1 for p in left):
            return {"pieces": [*state["pieces"][:part], *pieces.halve(left)], "halved": True}
        return {"reason": str(answer.ending)}


_UNREADABLE = "draft: The answer is no JSON object with tables. [unreadable]"


def _things(value: Any, known: Sequence[str]) -> list[dict[str, Any]]:
    """The usable part of an outline, without what is named already."""
    found: dict[str, dict[str, Any]] = {}
    listed = value.get("entities") if isinstance(value, dict) else None
    for entity in listed if isinstance(listed, list) else []:
        name = entity.get("name") if isinstance(entity, dict) else None
        if not isinstance(name, str) or not name.strip() or name in known:
            continue
        refers = entity.get("refers_to")
        refers = [_short(r) for r in refers if isinstance(r, str)] if isinstance(refers, list) else []
        found.setdefault(_short(name), {"name": _short(name), "refers_to": refers[:_MAX_REFERENCES]})
    return list(found.values())[: max(_MAX_THINGS - len(known), 0)]


def _text(draft: Any) -> str:
    return json.dumps(redact(draft))


def _short(text: str) -> str:
    return redact_text(text)[:100].encode("utf-8", "replace").decode()


def _shown(table: dict[str, Any]) -> dict[str, Any]:
    """A table by its name and the names of its columns."""
    columns = table.get("columns")
    names = [c.get("name") for c in columns if isinstance(c, dict)] if isinstance(columns, list) else []
    return {"table": table.get("id"), "columns": names}


def _storable(violations: Sequence[str]) -> list[str]:
    clean = (redact_text(text)[:_MAX_VIOLATION] for text in violations)
    return ["".join("\ufffd" if naming.is_unsafe(c) else c for c in text) for text in clean]


def _detail(name: str, state: State) -> dict[str, Any]:
    """What there is to say of a step: numbers, and words of our own."""
    done = {"outline": state["outlined"], "draft": len(state["drafts"])}.get(name, len(state["pieces"]))
    # An outline that cannot be read is done without.
    through = {"outline": ("answered", "one_piece", Ending.UNREADABLE), "draft": ("answered",)}.get(name)
    failed = through is not None and state["ending"] not in through
    return {
        "attempt": state["attempts"],
        "piece": done + failed,
        "pieces": len(state["pieces"]),
        "tokens": state["tokens_in"] + state["tokens_out"],
        "outcome": state["ending"],
        "violations": len(state["violations"]),
    }
