"""An evaluation never writes over what it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.cli.evaluating import require_apart
from rag.errors import SampleError, UsageError
from rag.evaluation.formats import recognise
from rag.evaluation.rows import read_rows


def test_neither_the_rows_nor_the_earlier_run_nor_the_other_report_is_written_over(tmp_path: Path) -> None:
    rows, run, page = tmp_path / "rows.jsonl", tmp_path / "run.json", tmp_path / "page.html"
    require_apart({"output": run, "html": page}, {"file": rows, "compare": None})
    for written in ({"output": rows}, {"output": run, "html": run}, {"html": tmp_path / "." / "rows.jsonl"}):
        with pytest.raises(UsageError, match="already the name of another file"):
            require_apart(written, {"file": rows, "compare": None})
    with pytest.raises(UsageError):
        require_apart({"output": run}, {"file": rows, "compare": run})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it is empty"),
        ('[{"question": "a"', "1: cannot be read"),
        ('question,answer,contexts\n"a?,b,c\n', "unexpected end of data"),
    ],
)
def test_a_file_that_is_empty_broken_or_cut_off_is_refused_with_what_is_wrong(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "rows"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SampleError, match=said):
        recognise(read_rows(file))
