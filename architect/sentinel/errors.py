"""What can be wrong with asking the sentinel for something."""

from __future__ import annotations

from architect.errors import Conflict, InputError


class NoExpectation(InputError):
    """Nothing was ever agreed to for this environment, so there is nothing to hold it against."""

    code = "no_expectation"

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"What the environment of session {session_id} should be like was never recorded",
            hint=f"Look at it, and if it is as it should be: `architect drift accept {session_id} --all`.",
        )


class Moved(Conflict):
    """The environment is not in the state any more that the fix was proven for."""

    code = "environment_moved"
    default_hint = "It was checked again just now: look at the alert as it is, and decide anew."


class NotRestorable(InputError):
    """Nothing has shown that this can be restored by SQL."""

    code = "not_restorable"
