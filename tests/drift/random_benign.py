"""Random sequences of changes that mean nothing, made from what a database holds.

A step says a definition once more, in the words of the server under some search path; takes a thing away and
brings it back; or does work that is no change of the schema. Nothing of it may be an alert above information.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.drift.steps import access, objects, work
from tests.drift.steps.pick import Connection

Step = Callable[[Connection, random.Random], str]

PATHS = ("''", "public", "public, private, auth", "storage, auth, public", '"$user", private, public')
STEPS: tuple[Step, ...] = (
    access.policy_created_again,
    access.policy_created_again,
    access.policy_altered_to_itself,
    access.policy_in_brackets,
    access.policy_away_and_back,
    access.rls_off_and_on,
    access.granted_again,
    access.revoked_and_granted,
    access.granted_for_a_moment,
    access.column_grant_for_a_moment,
    objects.function_replaced_by_itself,
    objects.function_altered_to_itself,
    objects.view_replaced_by_itself,
    objects.trigger_created_again,
    objects.trigger_off_and_on,
    objects.index_created_again,
    objects.constraint_created_again,
    objects.default_set_again,
    objects.nullable_and_back,
    objects.column_for_a_moment,
    objects.column_at_the_end,
    objects.table_for_a_moment,
    work.temporary,
    work.rows,
    work.upkeep,
    work.database_settings,
    work.comments,
    objects.publication_set_again,
    access.owner_away_and_back,
    access.role_as_it_is,
)


def sequence(connection: Connection, seed: int) -> list[str]:
    """Run the sequence of ``seed``; what was run, one text per step."""
    choice = random.Random(seed)
    ran = []
    for _ in range(choice.randint(1, 5)):
        connection.execute(f"set search_path = {choice.choice(PATHS)}")
        step = choice.choice(STEPS)
        text = step(connection, choice)
        connection.execute(text)
        ran.append(f"{step.__name__}: {text}")
    connection.execute("reset search_path")
    return ran
