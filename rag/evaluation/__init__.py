"""How good the answers are: samples -> answers -> scores -> report."""

from rag.evaluation.details import AnswerDetail, CitationDetail, ContextDetail, Score
from rag.evaluation.files import Progress, read_results, run_file
from rag.evaluation.report import Interval, MetricSummary, Report, summarize
from rag.evaluation.running import Result, run
from rag.evaluation.samples import Gold, Sample, read_samples

__all__ = [
    "AnswerDetail",
    "CitationDetail",
    "ContextDetail",
    "Gold",
    "Interval",
    "MetricSummary",
    "Progress",
    "Report",
    "Result",
    "Sample",
    "Score",
    "read_results",
    "read_samples",
    "run",
    "run_file",
    "summarize",
]
