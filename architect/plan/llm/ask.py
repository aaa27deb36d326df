"""Asks a chat model for one JSON answer: in the strictest way it knows, within what is left of the budget."""

from __future__ import annotations

import contextvars
import inspect
import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from architect.plan.llm import outcome
from architect.plan.llm.budget import CALL_S, Budget, Clock, Deadline, estimate, tokens_of
from architect.plan.llm.outcome import Ending
from architect.plan.llm.schema import wire_schema

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Prompt = list[tuple[str, str]]

#: Ways to be answered in JSON, the one that promises most first.
MODES = ("json_schema", "function_calling", "text")
#: How often a plan waits for a server to come back, and how long when the server does not say.
WAITS = {
    Ending.TIMEOUT: (0.0,),
    Ending.UNAVAILABLE: (0.5, 2.0),
    Ending.RATE_LIMITED: (1.0, 2.0, 4.0, 8.0),
}
#: No draft goes deeper than a few levels; what does would end the recursion of whoever reads it.
_DEEPEST = 30
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.S)


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value, or why there is none; and the tokens it took."""

    value: Any = None
    ending: Ending | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    #: Whether the server counted them.
    counted: bool = True
    #: What counts against the budget, also where the server does not count.
    spent: int = 0


class Asker:
    """One model, for one plan. ``mode`` is the number of the way in :data:`MODES` that works with it."""

    def __init__(self, model: BaseChatModel, budget: Budget, deadline: Deadline, mode: int = 0) -> None:
        self._model = model
        self._budget = budget
        self._deadline = deadline
        self._waited = dict.fromkeys(WAITS, 0)
        self.mode = next(n for n in range(mode, len(MODES)) if _knows(model, MODES[n]))

    @property
    def clock(self) -> Clock:
        return self._deadline.clock

    def ask(self, prompt: Prompt, kind: type[BaseModel], spent: int) -> Answer:
        """The answer to ``prompt`` as a JSON value, not yet checked against ``kind``.

        ``spent`` tokens of the budget are gone already. Failures of the transport are waited out here, as far
        as the budget goes; what is returned is final.
        """
        if spent + estimate(_size(prompt)) > self._budget.tokens:
            return Answer(ending=Ending.OUT_OF_TOKENS)
        while True:
            if self._deadline.left() <= 0:
                return Answer(ending=Ending.OUT_OF_TIME)
            answer, wait = self._once(prompt, kind)
            if answer.ending is Ending.REJECTED and self.next_mode():
                continue
            if wait is None or wait >= self._deadline.left():
                return answer
            self.clock.sleep(wait)

    def next_mode(self) -> bool:
        """Use the next way, when the present one is refused or brings no JSON; whether there is one."""
        for n in range(self.mode + 1, len(MODES)):
            if _knows(self._model, MODES[n]):
                self.mode = n
                return True
        return False

    def _once(self, prompt: Prompt, kind: type[BaseModel]) -> tuple[Answer, float | None]:
        """The answer, and how long to wait before asking again when that may help."""
        seconds = min(CALL_S, self._deadline.left())
        try:
            message = _within(seconds, lambda: self._invoke(prompt, kind))
        except Exception as error:
            # Every provider has its own error classes; none may end a build that the reader can still make.
            ending = outcome.of_error(error)
            paid = outcome.tokens_of_error(error)
            failed = Answer(None, ending, *paid, spent=sum(paid) or estimate(_size(prompt)))
            return failed, self._wait(ending, error)
        text = _text(message)
        size = len(text.encode("utf-8", "replace"))
        counted = tokens_of(message)
        spent = sum(counted) if counted else estimate(_size(prompt)) + estimate(size)
        used = {"tokens_in": counted[0], "tokens_out": counted[1]} if counted else {}
        ended = Ending.TOO_LARGE if size > self._budget.answer_bytes else outcome.of_message(message)
        value = None if ended else _json(text)
        if ended is None and value is None:
            ended = Ending.UNREADABLE
        return Answer(value, ended, spent=spent, counted=counted is not None, **used), None

    def _wait(self, ending: Ending, error: Exception) -> float | None:
        waits = WAITS.get(ending, ())
        done = self._waited.get(ending, 0)
        if done >= len(waits):
            return None
        self._waited[ending] = done + 1
        told = outcome.retry_after(error) if ending is not Ending.TIMEOUT else None
        return waits[done] if told is None else told

    def _invoke(self, prompt: Prompt, kind: type[BaseModel]) -> Any:
        mode, schema = MODES[self.mode], wire_schema(kind)
        if mode == "text":
            return self._model.invoke(_with_schema(prompt, schema))
        options: dict[str, Any] = {}
        if _takes(self._model, "method"):
            options["method"] = mode
        if mode == "json_schema" and _takes(self._model, "strict"):
            options["strict"] = True
        structured = self._model.with_structured_output(schema, **options)
        # The model as it was bound, without the parser behind it. `include_raw` would give the message too,
        # but ask in a thread that Python waits for when the process ends.
        return getattr(structured, "first", structured).invoke(prompt)


def _knows(model: BaseChatModel, mode: str) -> bool:
    """Whether the model can be asked in this way, as far as its class and its profile tell."""
    from langchain_core.language_models import BaseChatModel

    profile = getattr(model, "profile", None) or {}
    if mode == "json_schema":
        return _takes(model, "method") and profile.get("structured_output") is not False
    if mode == "function_calling":
        return (
            type(model).bind_tools is not BaseChatModel.bind_tools
            and profile.get("tool_calling") is not False
        )
    return True


def _takes(model: BaseChatModel, option: str) -> bool:
    return option in inspect.signature(model.with_structured_output).parameters


def _with_schema(prompt: Prompt, schema: dict[str, Any]) -> Prompt:
    """The prompt for a model that must be told in words what to answer with."""
    told = "Answer with one JSON object of this JSON schema and nothing else:\n"
    (role, system), *rest = prompt
    return [(role, f"{system}\n\n{told}{json.dumps(schema, separators=(',', ':'))}"), *rest]


def _size(prompt: Prompt) -> int:
    return sum(len(text.encode("utf-8", "replace")) for _, text in prompt)


def _text(message: Any) -> str:
    calls = getattr(message, "tool_calls", None) or []
    if calls:
        return json.dumps(calls[0].get("args"), ensure_ascii=False)
    content = getattr(message, "content", "")
    if isinstance(content, list):
        parts = (part.get("text", "") if isinstance(part, dict) else str(part) for part in content)
        return "".join(part for part in parts if isinstance(part, str))
    return str(content)


def _json(text: str) -> Any:
    """The JSON object of an answer: bare, in a fence, or with words around it. None when there is none."""
    fenced = _FENCED.search(text)
    start, end = text.find("{"), text.rfind("}")
    for candidate in (text, fenced[1] if fenced else "", text[start : end + 1] if start >= 0 else ""):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and not _too_deep(value):
            return value
    return None


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _within(seconds: float, work: Any) -> Any:
    """What ``work`` returns or raises, or TimeoutError.

    A client's own timeout starts anew with every byte; an answer that trickles in would never end.
    """
    result: list[Any] = []
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result.append((context.run(work), None))
        except BaseException as error:
            result.append((None, error))

    thread = threading.Thread(target=run, daemon=True, name="planner-model")
    thread.start()
    thread.join(seconds)
    if not result:
        raise TimeoutError(f"no answer in {seconds:.0f} s")
    value, error = result[0]
    if error is not None:
        raise error
    return value
