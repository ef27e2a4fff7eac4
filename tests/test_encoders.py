"""The embedders: one contract for all of them, and what each promises by itself."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.encoders import (
    RememberingEmbedder,
    conversions,
    converting,
    load_embedder,
    loading,
    models,
    openvino_runtime,
    texts,
)
from rag.encoders.openvino_runtime import OpenVinoEmbedder
from rag.encoders.remembered import RememberedHashes
from rag.encoders.torch_runtime import TorchEmbedder, load_sentence_transformer
from rag.errors import EmbedderError
from rag.protocols import Embedder
from tests.fakes.embedder import HashEmbedder

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "sentence_transformers", "huggingface_hub", "openvino_telemetry.main")
SENTENCES = (
    "Saturn has 274 known moons.",
    "The lease ends on 1 March 2024, unless the tenant has paid $1,200.50 in full.",
    "Ärger über die Maßnahme: naïve café owners, Łódź, 東京, Москва 🚀",
    "x",
    "A list:\n- one\n- two\n\n```python\nprint('hello')\n```",
    "In computing, a hash table is a data structure that maps keys to values by way of a hash function. " * 5,
)
GOLDEN_TEXT = "Saturn has 274 known moons."
GOLDEN = (0.050367, -0.029086, 0.034715, -0.006023, -0.052312)
"""Of sentence-transformers in float32; bf16 rounds the third decimal."""
MAX_TOKENS = 50
"""No multiple of 16 on purpose, and as many as the tiny model has positions."""

GUARD = """
import os, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(f"{event} {arguments[1:]} {sys.argv}\\n")
        raise OSError(f"no network here: {event}")
sys.addaudithook(refuse)
"""
FIRST_LOAD = """
import json, sys
from pathlib import Path
from rag.encoders import load_embedder
embedder = load_embedder(cache=Path(sys.argv[1]))
rows = embedder.embed_passages(sys.argv[2:])
embedder.embed_query("How many moons?")
print(json.dumps({"rows": rows.tolist(), "loaded": sorted(sys.modules), "count": embedder.count_tokens(sys.argv[2:])}))
"""


def run_guarded(code: str, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code, and the processes that it starts, without a network; attempts are logged in the folder."""
    guard = folder / "guard"
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    search = os.pathsep.join([str(guard), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": search, "GUARD_LOG": str(folder / "outside.log")} | environment,
        timeout=110,
    )


@pytest.fixture(scope="session")
def bundled_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the bundled model was converted behind the guard, with what that printed and logged."""
    folder = tmp_path_factory.mktemp("bundled")
    run = run_guarded(FIRST_LOAD, folder, str(folder / "cache"), GOLDEN_TEXT)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    (folder / "first.json").write_text(run.stdout, encoding="utf-8")
    return folder / "cache"


@pytest.fixture(scope="session")
def bundled(bundled_cache: Path) -> OpenVinoEmbedder:
    embedder = load_embedder(cache=bundled_cache, device="cpu")
    assert isinstance(embedder, OpenVinoEmbedder)
    return embedder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("tiny") / "model")


def make_tiny(folder: Path, spoil: Callable[[Any], None] = lambda model: None) -> Path:
    """Save a random two-layer BERT with prompts as a SentenceTransformer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = folder.parent / "base"
    base.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", ":", "passage", "moon", "saturn", "has", "how"]
    words += ["many", "known", "one", "two", "three", "four", "the"]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words += letters + ["##" + letter for letter in letters] + list("0123456789.,?-")
    (base / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(7)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    model = BertModel(BertConfig(vocab_size=len(words), max_position_embeddings=MAX_TOKENS, **sizes))
    spoil(model)
    model.save_pretrained(base)
    BertTokenizerFast(str(base / "vocab.txt"), model_max_length=MAX_TOKENS).save_pretrained(base)
    transformer = Transformer(str(base), max_seq_length=MAX_TOKENS)
    whole = SentenceTransformer(
        modules=[transformer, Pooling(32, "mean")],
        prompts={"query": "query: ", "document": "passage: "},
        device="cpu",
    )
    whole.save(str(folder), create_model_card=False)
    return folder


class Converter:
    """Converts in this process, where torch is loaded anyhow, and each model once; later conversions are copies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def convert_apart(self, model: models.ModelFolder, folder: Path, precision: str) -> dict[str, Any]:
        self.asked.append(model.name)
        made = self.folder / f"{model.weights_sha256}-{model.settings_sha256}-{precision}"
        if not made.exists():
            made.mkdir()
            facts = converting.convert(model.folder, made, precision)
            (made / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.copytree(made, folder, dirs_exist_ok=True)
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        return dict(facts)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.fixture
def converted(made: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Convert in this process; return the names of the models whose conversion was asked for."""
    converter = Converter(made)
    monkeypatch.setattr(conversions, "convert_apart", converter.convert_apart)
    return converter.asked


@pytest.fixture(scope="session")
def tiny_cache(tiny_folder: Path, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversions, "convert_apart", Converter(made).convert_apart)
        load_embedder(str(tiny_folder), device="cpu", cache=cache)
    return cache


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path, tiny_cache: Path) -> OpenVinoEmbedder:
    embedder = load_embedder(str(tiny_folder), device="cpu", cache=tiny_cache)
    assert isinstance(embedder, OpenVinoEmbedder)
    return embedder


@pytest.fixture(scope="session")
def tiny_torch(tiny_folder: Path) -> TorchEmbedder:
    hashes = RememberedHashes(tiny_folder.parent / "hashes.json")
    return loading.load_torch(models.find_model(str(tiny_folder), hashes), "cpu", "f32", (None, None))


@pytest.fixture(params=["hash", "bundled", "tiny", "tiny_torch", "remembering"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hash":
        return HashEmbedder()
    if request.param == "remembering":
        return RememberingEmbedder(HashEmbedder())
    found: Embedder = request.getfixturevalue(request.param)
    return found


# The contract, for every embedder.

SHORT = ("moon", "Saturn has 4 known moons.", "how many?", "", "one two three", "\ud800 half a pair", "ключ \x00")


def test_rows_are_unit_float32_and_in_order(embedder: Embedder) -> None:
    rows = embedder.embed_passages(SHORT)
    assert rows.shape == (len(SHORT), embedder.identity.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    backwards = embedder.embed_passages(SHORT[::-1])
    np.testing.assert_allclose(rows, backwards[::-1], atol=1e-5)
    assert (rows @ rows.T).argmax(1).tolist() == list(range(len(SHORT)))


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    rows = embedder.embed_passages([])
    assert rows.shape == (0, embedder.identity.dimension)
    assert rows.dtype == np.float32
    assert embedder.count_tokens([]) == []


def test_a_question_is_a_unit_vector_and_the_same_each_time(embedder: Embedder) -> None:
    vector = embedder.embed_query("How many known moons has Saturn?")
    assert vector.shape == (embedder.identity.dimension,)
    assert vector.dtype == np.float32
    assert math.isclose(float(vector @ vector), 1, abs_tol=1e-5)
    embedder.embed_passages(SHORT)
    np.testing.assert_array_equal(vector, embedder.embed_query("How many known moons has Saturn?"))


def test_tokens_are_counted_uncut(embedder: Embedder) -> None:
    one, two = embedder.count_tokens(["moon", "moon " * 1000])
    assert two - one == 999


def test_a_passage_is_taken_at_the_limit_and_refused_above_it(embedder: Embedder) -> None:
    room = embedder.identity.max_tokens - embedder.count_tokens(["moon"])[0] + 1
    assert embedder.count_tokens(["moon " * room]) == [embedder.identity.max_tokens]
    assert len(embedder.embed_passages(["moon " * room])) == 1
    with pytest.raises(EmbedderError, match=str(embedder.identity.max_tokens + 1)):
        embedder.embed_passages(["fine", "moon " * (room + 1)])


def test_nothing_of_a_long_question_is_cut(embedder: Embedder) -> None:
    long = "saturn " * 700
    vector = embedder.embed_query(long)
    assert math.isclose(float(vector @ vector), 1, abs_tol=1e-5)
    assert not np.allclose(vector, embedder.embed_query(long + "how many"), atol=1e-6)
    assert np.isfinite(embedder.embed_query("y" * 4000)).all()


def test_eight_threads_get_what_one_gets(embedder: Embedder) -> None:
    questions = [f"how many moons has {number}" for number in range(24)]
    alone = [embedder.embed_query(question) for question in questions]
    passages = embedder.embed_passages(questions)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(embedder.embed_query, questions))
        batches = list(pool.map(lambda _: embedder.embed_passages(questions), range(8)))
    np.testing.assert_allclose(together, alone, atol=1e-6)
    for rows in batches:
        np.testing.assert_allclose(rows, passages, atol=1e-6)


# The bundled model.


def test_first_values_of_the_bundled_model_are_known(bundled: OpenVinoEmbedder) -> None:
    np.testing.assert_allclose(bundled.embed_query(GOLDEN_TEXT)[:5], GOLDEN, atol=1e-3)


def test_the_bundled_model_names_itself(bundled: OpenVinoEmbedder) -> None:
    identity = bundled.identity
    assert (identity.name, identity.dimension, identity.max_tokens) == ("bundled", 384, 256)
    assert (identity.query_prompt, identity.document_prompt) == ("", "")
    assert identity.revision == "sha256:" + models.BUNDLED_WEIGHTS_SHA256


def test_vectors_and_counts_are_those_of_sentence_transformers(bundled: OpenVinoEmbedder) -> None:
    original = load_sentence_transformer(models.bundled_folder(), "cpu", "f32")
    rows = original.encode(list(SENTENCES), show_progress_bar=False)
    assert (rows * bundled.embed_passages(SENTENCES)).sum(1).min() >= 0.998
    counts = [len(ids) for ids in original.tokenizer(list(SENTENCES))["input_ids"]]
    assert bundled.count_tokens(SENTENCES) == counts


@pytest.mark.parametrize("name", ["bundled", "tiny"])
def test_a_vector_does_not_depend_on_the_texts_around_it(name: str, request: pytest.FixtureRequest) -> None:
    embedder: OpenVinoEmbedder = request.getfixturevalue(name)
    room = embedder.identity.max_tokens - embedder.count_tokens([""])[0]
    mixed = [" ".join(["moon", "has", "four"][: 1 + length % 3] * (length // 3)) for length in range(3, room, 2)]
    mixed += ["moon " * room]
    together = embedder.embed_passages(mixed)
    for position in range(0, len(mixed), 5):
        np.testing.assert_array_equal(together[position], embedder.embed_passages([mixed[position]])[0])
    np.testing.assert_array_equal(together[::-1], embedder.embed_passages(mixed[::-1]))


def test_loading_and_embedding_need_no_torch_and_no_network(bundled_cache: Path) -> None:
    folder = bundled_cache.parent
    first = json.loads((folder / "first.json").read_text(encoding="utf-8"))
    run = run_guarded(FIRST_LOAD, folder, str(bundled_cache), GOLDEN_TEXT)
    later = json.loads(run.stdout)
    for process in (first, later):
        assert [name for name in HEAVY if name in process["loaded"]] == []
    assert first["rows"] == later["rows"]
    assert not (folder / "outside.log").exists(), (folder / "outside.log").read_text(encoding="utf-8")


def test_the_guard_sees_child_processes(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    run_guarded(code, tmp_path, "import socket; socket.getaddrinfo('192.0.2.1', 80)")
    assert "getaddrinfo" in (tmp_path / "outside.log").read_text(encoding="utf-8")


def test_a_damaged_bundled_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(models, "bundled_folder", lambda: tmp_path)
    with pytest.raises(EmbedderError, match=r"damaged.*53aa51172d14"):
        load_embedder(cache=tmp_path / "cache")


def test_a_missing_bundled_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BUNDLED_MODULE", "no_such_module")
    with pytest.raises(EmbedderError, match="not installed"):
        load_embedder(cache=tmp_path)


# Any model by its folder.


def test_a_model_brings_its_prompts_limit_and_revision(tiny: OpenVinoEmbedder, tiny_folder: Path) -> None:
    import hashlib

    identity = tiny.identity
    assert (identity.query_prompt, identity.document_prompt) == ("query: ", "passage: ")
    assert (identity.dimension, identity.max_tokens) == (32, MAX_TOKENS)
    weights = (tiny_folder / "model.safetensors").read_bytes()
    assert identity.revision == "sha256:" + hashlib.sha256(weights).hexdigest()


def test_both_runtimes_agree_with_encode_query_and_encode_document(
    tiny: OpenVinoEmbedder, tiny_torch: TorchEmbedder, tiny_folder: Path
) -> None:
    original = load_sentence_transformer(tiny_folder, "cpu", "f32")
    sample = ["how many moons has saturn?", "one two three", "moon " * 40]
    passages = original.encode_document(sample, normalize_embeddings=True)
    queries = original.encode_query(sample, normalize_embeddings=True)
    for embedder in (tiny, tiny_torch):
        assert (embedder.embed_passages(sample) * passages).sum(1).min() > 0.998
        rows = np.stack([embedder.embed_query(text) for text in sample])
        assert (rows * queries).sum(1).min() > 0.998
    assert tiny.count_tokens(sample) == tiny_torch.count_tokens(sample) == [11, 7, 44]


def test_prompts_given_replace_the_models_own(tiny: OpenVinoEmbedder, tiny_folder: Path, tiny_cache: Path) -> None:
    other = load_embedder(str(tiny_folder), device="cpu", cache=tiny_cache, query_prompt="", document_prompt="query: ")
    assert (other.identity.query_prompt, other.identity.document_prompt) == ("", "query: ")
    np.testing.assert_array_equal(other.embed_passages(["moon"])[0], tiny.embed_query("moon"))


def test_a_prompt_without_room_for_text_is_refused(tiny_folder: Path, tiny_cache: Path) -> None:
    embedder = load_embedder(str(tiny_folder), device="cpu", cache=tiny_cache, query_prompt="one " * 60)
    with pytest.raises(EmbedderError, match="no room"):
        embedder.embed_query("moon")


def test_a_model_is_converted_once(tiny_folder: Path, tmp_path: Path, converted: list[str]) -> None:
    for _ in range(2):
        load_embedder(str(tiny_folder), device="cpu", cache=tmp_path / "cache")
    assert converted == [str(tiny_folder)]
    load_embedder(str(tiny_folder), device="cpu", precision="f32", cache=tmp_path / "cache")
    assert len(converted) == 1 + (openvino_runtime.choose_precision("auto") == "bf16")


@pytest.mark.parametrize("suffix", ["bin", "xml", "json", "manifest"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_conversion_is_made_anew(
    suffix: str, damage: str, tiny: OpenVinoEmbedder, tiny_cache: Path, tmp_path: Path, converted: list[str]
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(tiny_cache, cache)
    pattern = "*/manifest.json" if suffix == "manifest" else f"*/{'[0-9a-f]' * 64}.{suffix}"
    (path,) = cache.glob(pattern)
    spoil(path, damage)
    again = load_embedder(tiny.identity.name, device="cpu", cache=cache)
    assert converted == [tiny.identity.name]
    np.testing.assert_array_equal(again.embed_query("moon"), tiny.embed_query("moon"))
    load_embedder(tiny.identity.name, device="cpu", cache=cache)
    assert len(converted) == 1


def test_a_changed_manifest_is_noticed(tiny_cache: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_cache, tmp_path, dirs_exist_ok=True)
    (manifest,) = tmp_path.glob("*/manifest.json")
    cache = conversions.Conversions(tmp_path, "any")
    assert cache.read(manifest.parent) is not None
    manifest.write_bytes(manifest.read_bytes().replace(b'"max_tokens": 50', b'"max_tokens": 58'))
    assert cache.read(manifest.parent) is None


def spoil(path: Path, damage: str) -> None:
    """Damage a file, and put its time stamps back."""
    status, data = path.stat(), bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
        return
    if damage == "flipped":
        data[len(data) // 2] ^= 1
    path.write_bytes(data if damage == "flipped" else data[:-7])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_changed_pooling_is_another_conversion(tiny_folder: Path, tmp_path: Path, converted: list[str]) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    before = load_embedder(str(folder), device="cpu", cache=tmp_path / "cache").embed_query("how many moons")
    config = next(folder.glob("*_Pooling/config.json"))
    config.write_text(config.read_text(encoding="utf-8").replace("mean", "cls"), encoding="utf-8")
    after = load_embedder(str(folder), device="cpu", cache=tmp_path / "cache").embed_query("how many moons")
    assert len(converted) == 2
    assert before @ after < 0.999


def test_a_cache_that_cannot_be_written_costs_time_only(
    tiny: OpenVinoEmbedder, tmp_path: Path, converted: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    embedder = load_embedder(tiny.identity.name, device="cpu", cache=tmp_path / "file" / "cache")
    np.testing.assert_array_equal(embedder.embed_query("moon"), tiny.embed_query("moon"))
    embedder.close()
    assert converted == [tiny.identity.name]


def test_a_conversion_that_differs_is_left_to_torch_and_that_is_remembered(
    tiny: OpenVinoEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converter = Converter(tmp_path)
    monkeypatch.setattr(converting, "encode", lambda model, method, texts, prompt: np.eye(len(texts), 32))
    monkeypatch.setattr(conversions, "convert_apart", converter.convert_apart)
    for _ in range(2):
        embedder = load_embedder(tiny.identity.name, device="cpu", cache=tmp_path)
        assert isinstance(embedder, TorchEmbedder)
        assert embedder.identity == tiny.identity
    assert len(converter.asked) == 1
    (manifest,) = tmp_path.glob("*/manifest.json")
    assert "least cosine" in json.loads(manifest.read_text(encoding="utf-8"))["facts"]["refused"]


def test_a_static_model_runs_on_torch_with_a_limit(
    tmp_path: Path, tiny: OpenVinoEmbedder, converted: list[str]
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(tiny.identity.name) / "tokenizer.json"))
    static = StaticEmbedding(tokenizer, embedding_dim=16)
    SentenceTransformer(modules=[static], device="cpu").save(str(tmp_path / "static"), create_model_card=False)
    embedder = load_embedder(str(tmp_path / "static"), device="cpu", cache=tmp_path / "cache")
    assert isinstance(embedder, TorchEmbedder)
    assert (embedder.identity.max_tokens, embedder.identity.dimension) == (512, 16)
    assert embedder.embed_passages(["moon", "one two"]).shape == (2, 16)
    with pytest.raises(EmbedderError, match="513"):
        embedder.embed_passages(["moon " * 513])


def test_vectors_that_are_not_finite_are_refused(tmp_path: Path, converted: list[str]) -> None:
    def spoil(model: Any) -> None:
        model.embeddings.LayerNorm.weight.data.fill_(float("nan"))

    embedder = load_embedder(str(make_tiny(tmp_path / "model", spoil)), device="cpu", cache=tmp_path / "cache")
    for embed in (lambda: embedder.embed_passages(["moon"]), lambda: embedder.embed_query("moon")):
        with pytest.raises(EmbedderError, match="not finite"):
            embed()


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0])
def test_rows_without_direction_are_refused(value: float) -> None:
    rows = np.ones((3, 4), np.float32)
    rows[1] = value
    with pytest.raises(EmbedderError, match="'some model'"):
        texts.unit_rows(rows, "some model")


def test_a_closed_embedder_says_so(tiny_folder: Path, tiny_cache: Path, tiny_torch: TorchEmbedder) -> None:
    for embedder in (
        load_embedder(str(tiny_folder), device="cpu", cache=tiny_cache),
        TorchEmbedder(tiny_torch.identity, tiny_torch.model),
    ):
        embedder.close()
        embedder.close()
        with pytest.raises(EmbedderError, match="closed"):
            embedder.embed_query("moon")


def test_a_models_own_code_is_never_run(tiny_folder: Path, tmp_path: Path, converted: list[str]) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\nclass Evil: ...\n", encoding="utf-8")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["type"] = "evil.Evil"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        load_embedder(str(folder), device="cpu", cache=tmp_path / "cache")
    assert not (tmp_path / "run").exists()


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(EmbedderError, match="only pickled ones"):
        load_embedder(str(tmp_path), cache=tmp_path / "cache")


def test_a_model_in_the_hubs_own_cache_is_taken_without_asking(tiny_folder: Path, tmp_path: Path) -> None:
    commit, repository = "0" * 40, tmp_path / "hub" / "hub" / "models--somebody--tiny"
    shutil.copytree(tiny_folder, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit, encoding="utf-8")
    code = """
from pathlib import Path
from rag.encoders.models import find_model
from rag.encoders.remembered import RememberedHashes
print(find_model("somebody/tiny", RememberedHashes(Path("hashes.json"))).folder)
"""
    run = run_guarded(code, tmp_path, HF_HOME=str(tmp_path / "hub"), HF_HUB_OFFLINE="0")
    assert run.stdout.strip() == str(repository / "snapshots" / commit), run.stderr
    assert not (tmp_path / "outside.log").exists()


@pytest.mark.parametrize("name", ["./absent", "/absent/model", "a/b/c", "", "  "])
def test_a_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="is not a folder"):
        load_embedder(name, cache=tmp_path)


def test_a_model_of_the_hub_is_not_fetched_offline(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from rag.encoders import load_embedder
from rag.errors import EmbedderError
try:
    load_embedder("nobody/absent", cache=Path("cache"))
except EmbedderError as error:
    print(error)
"""
    run = run_guarded(code, tmp_path, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "hub"))
    assert "'nobody/absent'" in run.stdout
    assert not (tmp_path / "outside.log").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"device": "tpu"}, "device 'tpu' is unknown"),
        ({"precision": "int8"}, "precision 'int8' is unknown"),
        ({"device": "cuda"}, "'cuda' is not available"),
    ],
)
def test_what_is_not_available_is_named(
    given: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "NVIDIA_SIGNS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EmbedderError, match=says):
        load_embedder(cache=tmp_path, **given)


# Hashes, batches, pieces.


def test_a_hash_is_remembered_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.encoders.remembered.SETTLED_S", 0)
    path, hashes = tmp_path / "weights", RememberedHashes(tmp_path / "memory" / "hashes.json")
    path.write_bytes(b"one")
    first = hashes.sha256(path)
    planted = json.loads(hashes.memory.read_bytes())
    planted[str(path)][-1] = "0" * 64
    hashes.write(planted)
    assert hashes.sha256(path) == "0" * 64
    status = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert hashes.sha256(path) not in {first, "0" * 64}


def test_the_hash_of_a_file_just_written_is_not_remembered(tmp_path: Path) -> None:
    hashes = RememberedHashes(tmp_path / "hashes.json")
    (tmp_path / "weights").write_bytes(b"one")
    hashes.sha256(tmp_path / "weights")
    assert not hashes.memory.exists()


@pytest.mark.parametrize("memory", [b"", b"[1]", b"\xff", b'{"x": 3}'])
def test_a_damaged_memory_costs_time_only(memory: bytes, tmp_path: Path) -> None:
    (tmp_path / "hashes.json").write_bytes(memory)
    (tmp_path / "weights").write_bytes(b"")
    assert RememberedHashes(tmp_path / "hashes.json").sha256(tmp_path / "weights").startswith("e3b0c442")


@given(st.lists(st.integers(1, 300)), st.integers(1, 4096), st.integers(1, 8), st.sampled_from([50, 256, 512]))
def test_batches_hold_every_text_once_within_the_limit(
    counts: list[int], batch_tokens: int, workers: int, max_tokens: int
) -> None:
    lengths = [texts.padded_length(count, max_tokens) for count in counts]
    found = list(texts.batches(lengths, batch_tokens, workers))
    assert sorted(position for batch in found for position in batch) == list(range(len(counts)))
    for batch in found:
        longest = lengths[batch[0]]
        assert longest == max(lengths[position] for position in batch)
        assert len(batch) == 1 or longest * len(batch) <= batch_tokens
        assert longest % 16 == 0 or len({lengths[position] for position in batch}) == 1


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1), st.integers(1, 12))
def test_pieces_fit_and_are_the_text(text: str, limit: int) -> None:
    found = texts.pieces(text, lambda piece: len(piece) <= limit)
    assert "".join(found) == text
    assert all(0 < len(piece) <= limit for piece in found)
