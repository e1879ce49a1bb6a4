"""Scores of ranked neighbours."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_eval.evaluate import evaluate as evaluate
    from gld_eval.evaluation import Evaluation as Evaluation
    from gld_eval.ground_truth.reading import read_any_truth as read_any_truth
    from gld_eval.ground_truth.revisitop import read_ground_truth as read_ground_truth
    from gld_eval.ground_truth.revisitop import write_lists as write_lists
    from gld_eval.metric_names import parse_metrics as parse_metrics
    from gld_eval.other_formats.read import open_any_ranking as open_any_ranking
    from gld_eval.protocols.registry import PROTOCOLS as PROTOCOLS
    from gld_eval.recognition import recognise as recognise
    from gld_eval.report.kept_rows import KeptRows as KeptRows
    from gld_eval.report.make import ReportOptions as ReportOptions
    from gld_eval.report.make import make_report as make_report
    from gld_eval.report.pictures import PictureOptions as PictureOptions
    from gld_eval.report.scored import ScoredRun as ScoredRun
    from gld_eval.report.unjudged import UnjudgedRun as UnjudgedRun
    from gld_eval.statistics.comparison import compare as compare
    from gld_eval.statistics.summary import summarise as summarise
    from gld_eval.verify_history import verify_history as verify_history

offer(
    __name__,
    {
        "evaluate": "gld_eval.evaluate",
        "Evaluation": "gld_eval.evaluation",
        "summarise": "gld_eval.statistics.summary",
        "compare": "gld_eval.statistics.comparison",
        "open_any_ranking": "gld_eval.other_formats.read",
        "read_any_truth": "gld_eval.ground_truth.reading",
        "read_ground_truth": "gld_eval.ground_truth.revisitop",
        "write_lists": "gld_eval.ground_truth.revisitop",
        "PROTOCOLS": "gld_eval.protocols.registry",
        "recognise": "gld_eval.recognition",
        "parse_metrics": "gld_eval.metric_names",
        "KeptRows": "gld_eval.report.kept_rows",
        "ScoredRun": "gld_eval.report.scored",
        "UnjudgedRun": "gld_eval.report.unjudged",
        "make_report": "gld_eval.report.make",
        "ReportOptions": "gld_eval.report.make",
        "PictureOptions": "gld_eval.report.pictures",
        "verify_history": "gld_eval.verify_history",
    },
)
