"""Chunks are found by meaning, by way of the index, and never across two models."""

from __future__ import annotations

import psycopg
import pytest

from architect.database import rows
from architect.errors import InputError, MixedEmbeddings, NotFound
from architect.sessions import ControlPlane, Session
from architect.spec.chunk import Chunk
from architect.spec.chunker import chunk
from architect.spec.embedder import MiniLM
from architect.sql import query

SPEC = """# Listings

Sellers put things up for sale. Anybody may look at them, only the seller may change or remove one.

# Payments

Money is moved by an outside company; we keep the receipts for ten years.

# Appointments

Patients book a visit with a doctor and may cancel it the day before.
"""


def axis(i: int) -> list[float]:
    return [1.0 if j == i else 0.0 for j in range(384)]


async def test_a_question_finds_its_section(control_plane: ControlPlane, build_session: Session) -> None:
    model, chunks = MiniLM(), chunk(SPEC)
    await control_plane.save_chunks(
        build_session.id, chunks, model.embed([c.content for c in chunks]), model.model_id
    )
    assert await control_plane.chunks(build_session.id) == chunks
    for question, heading in (
        ("who can edit an advert", "Listings"),
        ("retention of billing documents", "Payments"),
        ("scheduling at the clinic", "Appointments"),
    ):
        found = await control_plane.nearest_chunks(
            build_session.id, model.embed([question])[0], model.model_id, k=2
        )
        assert found[0].chunk.heading == heading
        assert 1 >= found[0].similarity > found[1].similarity


async def test_another_session_is_never_found(control_plane: ControlPlane, build_session: Session) -> None:
    other = await control_plane.create_session(spec_text="x", template="blank")
    await control_plane.save_chunks(build_session.id, [Chunk(0, "", "mine")], [axis(0)], "m")
    await control_plane.save_chunks(other.id, [Chunk(0, "", "theirs")], [axis(1)], "m")
    found = await control_plane.nearest_chunks(build_session.id, axis(1), "m", k=5)
    assert [n.chunk.content for n in found] == ["mine"]


async def test_vectors_of_two_models_are_never_compared(
    control_plane: ControlPlane, build_session: Session
) -> None:
    id = build_session.id
    await control_plane.save_chunks(id, [Chunk(0, "", "a"), Chunk(1, "", "b")], [axis(0), axis(1)], "old")
    with pytest.raises(MixedEmbeddings, match="old"):
        await control_plane.nearest_chunks(id, axis(0), "new")
    await control_plane.save_chunks(id, [Chunk(0, "", "a")], [axis(2)], "new")
    found = await control_plane.nearest_chunks(id, axis(2), "new")
    assert [(n.chunk.content, round(n.similarity, 6)) for n in found] == [("a", 1.0)]


async def test_saving_again_keeps_the_rows_that_alerts_point_to(
    control_plane: ControlPlane, build_session: Session
) -> None:
    chunks = [Chunk(0, "A", "a"), Chunk(1, "B", "b")]
    ids = []
    for _ in range(2):
        await control_plane.save_chunks(build_session.id, chunks, [axis(0), axis(1)], "m")
        ids.append([n.id for n in await control_plane.nearest_chunks(build_session.id, axis(0), "m")])
    assert ids[0] == ids[1]
    await control_plane.save_chunks(build_session.id, [], [], "m")
    assert await control_plane.chunks(build_session.id) == []


@pytest.mark.parametrize(
    ("chunks", "vectors"),
    [
        ([Chunk(1, "", "a")], [axis(0)]),
        ([Chunk(0, "", "a")], []),
        ([Chunk(0, "", "a")], [[1.0, 0.0]]),
        ([Chunk(0, "", "a")], [[float("nan")] * 384]),
    ],
    ids=["numbering", "count", "dimensions", "nan"],
)
async def test_chunks_and_vectors_must_fit(
    control_plane: ControlPlane, build_session: Session, chunks: list[Chunk], vectors: list[list[float]]
) -> None:
    with pytest.raises(InputError):
        await control_plane.save_chunks(build_session.id, chunks, vectors, "m")
    assert await control_plane.chunks(build_session.id) == []


async def test_an_unknown_session_takes_no_chunks(control_plane: ControlPlane) -> None:
    with pytest.raises(NotFound):
        await control_plane.save_chunks(
            "00000000-0000-4000-8000-00000000dead", [Chunk(0, "", "a")], [axis(0)], "m"
        )


async def test_the_search_goes_by_the_index(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    values = {"session_id": build_session.id, "vector": str(axis(7)), "limit": 5}
    with psycopg.connect(control_dsn, autocommit=True) as connection:
        connection.execute(
            "insert into public.spec_chunks"
            " (session_id, tenant_id, chunk_index, content, embedding, model_id)"
            " select %s, %s, i, 'chunk', extensions.l2_normalize(array("
            "   select sin(i * 31 + j * j) from generate_series(1, 384) j)::extensions.vector), 'm'"
            " from generate_series(0, 1999) i",
            (build_session.id, build_session.tenant_id),
        )
        connection.execute("analyze public.spec_chunks")
        plan = connection.execute("explain " + query("spec", "nearest"), values).fetchall()
    assert "Index Scan using spec_chunks_embedding_idx" in "\n".join(line for (line,) in plan)
    found = await control_plane.nearest_chunks(build_session.id, axis(7), "m", k=5)
    async with control_plane.transaction(explicit=True) as connection:
        await connection.execute("set local enable_indexscan = off")
        exact = await rows(connection, "spec", "nearest", values)
    assert [n.id for n in found] == [str(row["id"]) for row in exact]


async def test_a_small_session_among_many_finds_all_it_has(
    control_plane: ControlPlane, control_dsn: str, build_session: Session
) -> None:
    crowd = await control_plane.create_session(spec_text="x", template="blank")
    await control_plane.save_chunks(
        crowd.id, [Chunk(i, "", "crowd") for i in range(300)], [axis(0)] * 300, "m"
    )
    await control_plane.save_chunks(
        build_session.id, [Chunk(i, "", "mine") for i in range(5)], [axis(i + 1) for i in range(5)], "m"
    )
    found = await control_plane.nearest_chunks(build_session.id, axis(0), "m", k=5)
    assert [n.chunk.content for n in found] == ["mine"] * 5
