"""A cross-encoder as verifier: which output is meant, windows instead of cutting, the best of them, its sentences."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.encoders import load_cross_encoder
from rag.encoders.cross_encoders import CrossEncoderModel, probabilities
from rag.encoders.labels import supporting_index
from rag.errors import VerifierError
from rag.types import Verdict
from rag.verifiers import CrossEncoderVerifier
from tests.fakes.pair_scorer import WordScorer

NLI = ("contradiction", "entailment", "neutral")
POSITIONS = 48
PAIRS = [("saturn has moons", "a moon"), ("the cat sat", "dogs ran far away"), ("x", "y"), ("one two three", "three")]
NOISE = ("The bakery opens at six.", "Rye bread with salt. Butter is extra. So is jam.", "Rivers flow.")
STORY = (
    "Ann lives in Graz. The mill was built in 1820 by Karl Berger. It burned down in 1901. "
    "The town rebuilt the mill in stone. Today it is a museum."
)


def config(*labels: str, by_name: Mapping[str, int] | None = None) -> dict[str, Any]:
    names = {str(index): label for index, label in enumerate(labels)}
    return {"id2label": names, "label2id": by_name or {label: index for index, label in enumerate(labels)}}


@pytest.mark.parametrize(
    ("labels", "index"),
    [
        (("contradiction", "entailment", "neutral"), 1),
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), 0),
        (("neutral", "contradiction", "entailment"), 2),
        (("not_entailment", "entailment"), 1),
        (("entailment", "not_entailment"), 0),
        (("REFUTES", "NOT ENOUGH INFO", "SUPPORTS"), 2),
        (("supported", "unsupported"), 0),
        (("hallucinated", "consistent"), 1),
        (("factual", "hallucinated"), 0),
        (("LABEL_0", "LABEL_1"), 1),
        (("LABEL_0",), 0),
        (("score",), 0),
    ],
)
def test_the_output_that_stands_for_support_is_read_from_its_name(labels: tuple[str, ...], index: int) -> None:
    assert supporting_index(config(*labels), len(labels), None, "m") == index


def test_names_are_taken_from_either_table() -> None:
    unnamed = {str(index): f"LABEL_{index}" for index in range(3)}
    by_name = {"entailment": 0, "neutral": 1, "contradiction": 2}
    assert supporting_index({"id2label": unnamed, "label2id": by_name}, 3, None, "m") == 0
    assert supporting_index({"label2id": by_name}, 3, None, "m") == 0
    assert supporting_index({}, 2, None, "m") == 1


@pytest.mark.parametrize(
    "labels",
    [("LABEL_0", "LABEL_1", "LABEL_2"), ("good", "bad"), ("entailment", "supported", "neutral"), ("hallucination",)],
)
def test_labels_that_do_not_tell_are_an_error_that_names_them_and_the_setting(labels: tuple[str, ...]) -> None:
    with pytest.raises(VerifierError) as caught:
        supporting_index(config(*labels), len(labels), None, "some/model")
    assert all(label in str(caught.value) for label in labels)
    assert "some/model" in str(caught.value)
    assert "VOUCH_VERIFIER_LABEL" in caught.value.remedy


def test_tables_that_contradict_each_other_are_an_error() -> None:
    with pytest.raises(VerifierError, match="calls output 0 both"):
        supporting_index(config("entailment", "neutral", by_name={"neutral": 0, "entailment": 1}), 2, None, "m")


def test_the_user_may_name_the_label() -> None:
    unnamed = config("LABEL_0", "LABEL_1", "LABEL_2")
    assert supporting_index(unnamed, 3, "label_2", "m") == 2
    assert supporting_index(config("good", "bad"), 2, "good", "m") == 0
    with pytest.raises(VerifierError, match="no label 'fine'; its labels are 0 'good', 1 'bad'"):
        supporting_index(config("good", "bad"), 2, "fine", "m")


def test_one_output_is_a_logistic_function_and_several_a_softmax() -> None:
    one = np.array([[0.0], [2.0], [-1000.0]])
    assert probabilities(one, 0, "m") == pytest.approx([0.5, 1 / (1 + math.exp(-2)), 0.0])
    two = np.array([[0.0, math.log(3)]])
    assert probabilities(two, 1, "m") == pytest.approx([0.75])
    assert probabilities(two, 0, "m") == pytest.approx([0.25])
    with pytest.raises(VerifierError, match="not finite"):
        probabilities(np.array([[math.nan, 1.0]]), 0, "m")


def make_classifier(folder: Path, *labels: str, kind: str = "bert", **options: Any) -> Path:
    """Save a random one-layer classifier; the weights do not depend on the labels' names."""
    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        BertTokenizerFast,
        RobertaConfig,
        RobertaForSequenceClassification,
    )

    folder.mkdir(parents=True)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + letter for letter in letters), "."]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    sizes: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 32, "vocab_size": len(vocabulary), "max_position_embeddings": POSITIONS}
    sizes |= {"id2label": dict(enumerate(labels)), "label2id": {label: index for index, label in enumerate(labels)}}
    sizes |= {"initializer_range": 0.5, "pad_token_id": 0} | options
    torch.manual_seed(3)
    if kind == "roberta":
        RobertaForSequenceClassification(RobertaConfig(**sizes)).save_pretrained(folder)
    else:
        BertForSequenceClassification(BertConfig(**sizes)).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def nli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_classifier(tmp_path_factory.mktemp("cross") / "nli", *NLI)


@pytest.fixture(scope="module")
def model(nli: Path) -> CrossEncoderModel:
    return load_cross_encoder(str(nli), device="cpu", cache=nli.parent)


def raw_outputs(folder: Path, pairs: list[tuple[str, str]]) -> np.ndarray:
    """Return the outputs of the model by transformers alone, one pair at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        rows = [network(**tokenizer(*pair, return_tensors="pt")).logits[0].numpy() for pair in pairs]
    return np.stack(rows).astype(np.float64)


@pytest.mark.parametrize("order", [NLI, ("entailment", "neutral", "contradiction"), ("neutral", "x", "entails")])
def test_scores_are_the_models_own_for_the_label_that_is_named(tmp_path: Path, order: tuple[str, ...]) -> None:
    folder = make_classifier(tmp_path / "model", *order)
    scores = load_cross_encoder(str(folder), device="cpu", cache=tmp_path).score(PAIRS)
    logits = raw_outputs(folder, PAIRS)
    index = next(place for place, label in enumerate(order) if label.startswith("entail"))
    expected = np.exp(logits)[:, index] / np.exp(logits).sum(axis=1)
    assert scores == pytest.approx(expected.tolist(), abs=1e-5)
    others = [np.exp(logits)[:, other] / np.exp(logits).sum(axis=1) for other in range(3) if other != index]
    assert all(np.abs(other - expected).max() > 0.01 for other in others), "the test could not see a wrong index"


@pytest.mark.parametrize(("labels", "sign"), [(("score",), 0), (("LABEL_0", "LABEL_1"), 1)])
def test_models_of_one_and_of_two_outputs_score_too(tmp_path: Path, labels: tuple[str, ...], sign: int) -> None:
    folder = make_classifier(tmp_path / "model", *labels)
    scores = load_cross_encoder(str(folder), device="cpu", cache=tmp_path).score(PAIRS)
    logits = raw_outputs(folder, PAIRS)
    margin = logits[:, 0] if sign == 0 else logits[:, 1] - logits[:, 0]
    assert scores == pytest.approx((1 / (1 + np.exp(-margin))).tolist(), abs=1e-5)


def test_evidence_comes_before_the_claim(model: CrossEncoderModel) -> None:
    forth, back = model.score([("saturn has moons", "one moon"), ("one moon", "saturn has moons")])
    assert abs(forth - back) > 1e-3


def test_a_score_does_not_depend_on_the_batch_around_it(model: CrossEncoderModel) -> None:
    many = PAIRS * 12
    together = model.score(many)
    assert together == [model.score([pair])[0] for pair in many]
    assert together == model.score(many)


def test_a_pair_that_would_be_cut_off_is_refused(model: CrossEncoderModel) -> None:
    assert model.max_tokens == POSITIONS
    assert model.count_tokens([("a" * 40, "b" * 20), ("a", "b")]) == [63, 5]
    with pytest.raises(VerifierError, match="63 tokens is longer than the 48"):
        model.score([("a" * 40, "b" * 20)])
    assert model.score([]) == []
    assert model.count_tokens([]) == []


def test_a_model_that_counts_positions_from_behind_the_padding_takes_fewer(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path / "model", *NLI, kind="roberta", pad_token_id=1, type_vocab_size=2)
    loaded = load_cross_encoder(str(folder), device="cpu", cache=tmp_path)
    assert loaded.max_tokens == POSITIONS - 2
    assert 0 < loaded.score([("a" * 20, "b" * (POSITIONS - 2 - 23))])[0] < 1


def test_several_threads_get_the_same_scores(model: CrossEncoderModel) -> None:
    expected = model.score(PAIRS)
    with ThreadPoolExecutor(8) as pool:
        assert all(scores == expected for scores in pool.map(lambda _: model.score(PAIRS), range(24)))


def test_the_revision_changes_with_the_weights_and_with_the_labels(tmp_path: Path, model: CrossEncoderModel) -> None:
    turned = load_cross_encoder(
        str(make_classifier(tmp_path / "turned", "entailment", "neutral", "contradiction")),
        device="cpu",
        cache=tmp_path,
    )
    chosen = load_cross_encoder(model.name, device="cpu", cache=tmp_path, label="neutral")
    again = load_cross_encoder(model.name, device="cpu", cache=tmp_path)
    assert len({model.revision, turned.revision, chosen.revision}) == 3
    assert model.revision == again.revision


def spoil_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"architectures": ["BertModel"]}, "no classifier: its architecture is BertModel"),
        ({"architectures": None}, "no classifier"),
        ({"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}, "cannot be loaded"),
    ],
)
def test_what_is_no_classifier_or_needs_code_of_its_own_is_refused(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    folder = make_classifier(tmp_path / "model", *NLI)
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    spoil_config(folder, **changes)
    with pytest.raises(VerifierError, match=problem):
        load_cross_encoder(str(folder), device="cpu", cache=tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_model_that_is_not_there_is_named_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(VerifierError, match=r"The verifier's model '\./absent' is not a folder") as caught:
        load_cross_encoder("./absent", device="cpu", cache=tmp_path)
    assert caught.value.field == "verifier"


def test_no_network_is_asked_where_the_hub_is_off(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "def refuse(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'): print('NETWORK', event)\n"
        "sys.addaudithook(refuse)\n"
        "from rag.encoders import load_cross_encoder\nfrom rag.errors import VerifierError\n"
        "try: load_cross_encoder('somebody/absent', cache=Path('.'))\n"
        "except VerifierError as error: print(error.code, error)\n"
    )
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert run.stdout.startswith("verifier The verifier's model 'somebody/absent' is no folder here"), run.stderr
    assert "NETWORK" not in run.stdout


def test_the_best_window_of_the_best_piece_of_evidence_counts() -> None:
    judgement = CrossEncoderVerifier(WordScorer()).verify("The mill burned down in 1901.", [*NOISE, STORY])
    # it holds five of the six words in one sentence, and all of them over the whole piece
    assert (judgement.verdict, judgement.problem) == (Verdict.SUPPORTED, None)
    assert judgement.score == pytest.approx(0.9999)
    assert {item.index for item in judgement.evidence} == {3}
    best = judgement.evidence[0]
    assert "It burned down in 1901." in STORY[best.start : best.end]


def test_the_evidence_is_the_fewest_sentences_that_carry_it() -> None:
    judgement = CrossEncoderVerifier(WordScorer()).verify("The town rebuilt the mill in stone.", [STORY])
    assert [STORY[item.start : item.end] for item in judgement.evidence] == ["The town rebuilt the mill in stone."]
    text = "Ann bakes bread. The sun is high. Ben sells milk. It is late. Nobody came."
    judgement = CrossEncoderVerifier(WordScorer()).verify("Ann bakes bread. Ben sells milk.", [text])
    assert [text[item.start : item.end] for item in judgement.evidence] == ["Ann bakes bread.", "Ben sells milk."]


def test_what_stands_behind_the_models_window_counts_as_much_as_what_stands_before() -> None:
    filler = "Nothing else of note was said there. " * 60
    scorer = WordScorer(max_tokens=40)
    judgement = CrossEncoderVerifier(scorer).verify(
        "Ben sells fresh milk daily.", [filler + "Ben sells fresh milk daily."]
    )
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.evidence[0].start >= len(filler)
    assert len(scorer.calls[0]) > 10


def test_a_single_sentence_longer_than_the_window_is_split_and_not_cut_off() -> None:
    long = "It is said " + "that somebody told somebody " * 40 + "that Ben sells fresh milk daily"
    scorer = WordScorer(max_tokens=40)
    judgement = CrossEncoderVerifier(scorer).verify("Ben sells fresh milk daily.", [long])
    assert judgement.verdict is Verdict.SUPPORTED
    assert "Ben sells fresh milk daily" in long[judgement.evidence[0].start : judgement.evidence[0].end]


@given(st.lists(st.sampled_from(NOISE), max_size=4), st.integers(0, 4))
def test_irrelevant_evidence_moves_nothing(noise: list[str], place: int) -> None:
    for claim in ("The mill was built in 1820.", "Ann was built in stone.", "Xenon is a gas."):
        alone = CrossEncoderVerifier(WordScorer()).verify(claim, [STORY])
        at = min(place, len(noise))
        among = CrossEncoderVerifier(WordScorer()).verify(claim, [*noise[:at], STORY, *noise[at:]])
        assert (among.verdict, among.score, among.problem) == (alone.verdict, alone.score, alone.problem)
        spans = [(item.start, item.end) for item in alone.evidence]
        assert [(item.start, item.end) for item in among.evidence] == spans
        assert all(item.index == at for item in among.evidence)


@pytest.mark.parametrize(
    ("claim", "verdict", "score"),
    [
        ("Ann lives in Graz.", Verdict.SUPPORTED, 0.9999),
        ("Ann likes big dogs in Graz today, really.", Verdict.SUPPORTED, 0.5),
        ("Ann likes very big dogs in every single town.", Verdict.PARTIAL, 0.3333),
        ("Xenon glows blue.", Verdict.UNSUPPORTED, 0.0),
    ],
)
def test_the_verdict_follows_from_the_score(claim: str, verdict: Verdict, score: float) -> None:
    judgement = CrossEncoderVerifier(WordScorer()).verify(claim, [STORY])
    assert (judgement.verdict, judgement.score) == (verdict, score)
    assert (judgement.problem is None) == (verdict is Verdict.SUPPORTED)
    assert bool(judgement.evidence) == (verdict is not Verdict.UNSUPPORTED)


def test_without_evidence_a_claim_is_unsupported_and_a_greeting_no_claim() -> None:
    scorer = WordScorer()
    verifier = CrossEncoderVerifier(scorer)
    for evidence in ([], ["", " \n"]):
        judgement = verifier.verify("Ann lives in Graz.", evidence)
        assert (judgement.verdict, judgement.score) == (Verdict.UNSUPPORTED, 0.0)
    assert verifier.verify("Here is what I found:", [STORY]).verdict is Verdict.NOT_A_CLAIM
    assert scorer.calls == []


def test_a_claim_that_leaves_no_room_for_evidence_is_not_checked() -> None:
    judgement = CrossEncoderVerifier(WordScorer(max_tokens=40)).verify("word " * 30 + "end.", [STORY])
    assert (judgement.verdict, judgement.score) == (Verdict.NOT_CHECKED, None)
    assert judgement.problem == "it is longer than the verifier's model can take in"


def test_references_to_sources_are_no_part_of_the_claim() -> None:
    scorer = WordScorer()
    CrossEncoderVerifier(scorer).verify("Ann lives in Graz [2].", [STORY])
    assert scorer.calls[0][0][1] == "Ann lives in Graz ."


def test_the_identity_names_tier_model_revision_and_threshold(model: CrossEncoderModel) -> None:
    identity = CrossEncoderVerifier(model, threshold=0.4).identity
    assert (identity.name, identity.model, identity.threshold) == ("cross-encoder", model.name, 0.4)
    assert identity.revision == model.revision
    assert str(identity) == f"cross-encoder/1 {model.name} {model.revision} from 0.4"


def test_a_real_model_judges_long_evidence_whole_and_repeatably(model: CrossEncoderModel) -> None:
    verifier = CrossEncoderVerifier(model)
    text = "saturn has many moons. " * 20 + "x" * 100
    first = verifier.verify("a moon is far.", [text, "short."])
    assert first == CrossEncoderVerifier(model).verify("a moon is far.", [text, "short."])
    assert first.score is not None
