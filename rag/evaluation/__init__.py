"""How good the answers are: samples -> answers -> scores -> report."""

from rag.evaluation.answers import count_rows, evaluate, holds_answers
from rag.evaluation.comparison import Change, Comparison, Difference, compare, require_comparable
from rag.evaluation.details import AnswerDetail, CitationDetail, ContextDetail, Quote, Score
from rag.evaluation.files import Progress, describe_judge, read_results, run_file
from rag.evaluation.report import Interval, MetricSummary, Report, summarize
from rag.evaluation.running import run
from rag.evaluation.samples import Gold, Sample, read_samples

__all__ = [
    "AnswerDetail",
    "Change",
    "CitationDetail",
    "Comparison",
    "ContextDetail",
    "Difference",
    "Gold",
    "Interval",
    "MetricSummary",
    "Progress",
    "Quote",
    "Report",
    "Sample",
    "Score",
    "compare",
    "count_rows",
    "describe_judge",
    "evaluate",
    "holds_answers",
    "read_results",
    "read_samples",
    "require_comparable",
    "run",
    "run_file",
    "summarize",
]
