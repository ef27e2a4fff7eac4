"""``python -m tests.fakes.writing_model evaluate FILE ...``: the command line, with a model that is wrong on purpose.

The model answers each question of FILE with its reference, as a person would put it; every third answer has a number
changed, or a sentence that somebody made up; of the questions that the documents do not answer it refuses every
second and invents the rest. Repair is off, so that what is wrong reaches the scores. At the end it is told how many of
the wrong sentences the verifier found, and how many of the right ones it let pass; ``FLAGGED`` and ``PASSED`` in the
environment are the least shares of them.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from rag.cli import main
from rag.evaluation import Sample, read_samples
from rag.prompts import REFUSAL
from rag.sentences import segment
from tests.fakes.openai_server import ScriptedServer

WRONG_EVERY = 3
INVENTED = "The city council of Lisbon approved this in 1987."
MADE_UP_ANSWER = "It was settled at 4,711 euros by the city council of Lisbon."
NUMBER = re.compile(r"\d+")


class WritingModel:
    """Writes answers; knows which of its sentences are wrong."""

    def __init__(self, samples: list[Sample]) -> None:
        self.samples = {asked: (n, sample) for n, sample in enumerate(samples) for asked in [sample.question]}
        self.wrong: set[str] = set()
        self.right: set[str] = set()

    def reply(self, request: dict[str, Any]) -> str:
        question = request["messages"][-1]["content"].rpartition("\n\nQuestion: ")[2]
        number, sample = self.samples.get(question, (0, None))
        if sample is None or (not sample.answerable and number % 2):
            return REFUSAL
        if not sample.answerable:
            self.wrong.add(MADE_UP_ANSWER)
            return MADE_UP_ANSWER
        sentences = [sample.reference[start:end] for start, end in segment(sample.reference)]
        self.right |= set(sentences)
        if number % WRONG_EVERY == 0:
            sentences = self.spoil(sentences)
        return " ".join(sentences)

    def spoil(self, sentences: list[str]) -> list[str]:
        """Return the sentences with the first number changed, or one more that is made up."""
        for position, sentence in enumerate(sentences):
            if NUMBER.search(sentence):
                spoiled = NUMBER.sub(lambda found: str(int(found[0]) * 3 + 1), sentence, count=1)
                self.wrong.add(spoiled)
                return [*sentences[:position], spoiled, *sentences[position + 1 :]]
        self.wrong.add(INVENTED)
        return [*sentences, INVENTED]


def run(arguments: list[str]) -> int:
    """Run the command, and tell how the verifier did."""
    model = WritingModel(read_samples(Path(arguments[1])))
    with ScriptedServer() as server, tempfile.TemporaryDirectory() as folder:
        server.reply(model.reply)
        os.environ |= {"VOUCH_MODEL": "openai/ok", "VOUCH_API_BASE": server.url, "VOUCH_API_KEY": "any"}
        os.environ["VOUCH_REPAIR_MAX_CALLS"] = "0"
        output = Path(folder) / "run.json"
        try:
            main([*arguments, "--output", str(output)])
        except SystemExit as ended:
            code = int(ended.code or 0)
        if code == 0 or output.exists():
            code = max(code, tell(json.loads(output.read_bytes()), model))
    return code


def tell(report: dict[str, Any], model: WritingModel) -> int:
    """Print the shares of wrong sentences flagged and of right ones passed; 1 if either is below its floor."""
    verdicts = [(each["text"], each["verdict"]) for answer in report["answers"] for each in answer["sentences"]]
    wrong = [verdict != "supported" for text, verdict in verdicts if text in model.wrong]
    right = [verdict == "supported" for text, verdict in verdicts if text in model.right]
    code = 0
    for name, found in (("flagged", wrong), ("passed", right)):
        share = sum(found) / len(found)
        floor = float(os.environ.get(name.upper(), "0"))
        which = "wrong sentences flagged" if name == "flagged" else "right sentences passed"
        sys.stdout.write(f"{which}: {sum(found)} of {len(found)} ({share:.3f}, the floor is {floor:g})\n")
        code = max(code, int(share < floor))
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
