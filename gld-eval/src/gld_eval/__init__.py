"""Scores of ranked neighbours."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_eval.evaluate import evaluate as evaluate
    from gld_eval.evaluation import Evaluation as Evaluation
    from gld_eval.ground_truth.revisitop import read_ground_truth as read_ground_truth
    from gld_eval.ground_truth.revisitop import write_lists as write_lists
    from gld_eval.metric_names import parse_metrics as parse_metrics
    from gld_eval.protocols.registry import PROTOCOLS as PROTOCOLS
    from gld_eval.recognition import recognise as recognise
    from gld_eval.statistics.summary import summarise as summarise
    from gld_eval.verify_history import verify_history as verify_history

offer(
    __name__,
    {
        "evaluate": "gld_eval.evaluate",
        "Evaluation": "gld_eval.evaluation",
        "summarise": "gld_eval.statistics.summary",
        "read_ground_truth": "gld_eval.ground_truth.revisitop",
        "write_lists": "gld_eval.ground_truth.revisitop",
        "PROTOCOLS": "gld_eval.protocols.registry",
        "recognise": "gld_eval.recognition",
        "parse_metrics": "gld_eval.metric_names",
        "verify_history": "gld_eval.verify_history",
    },
)
