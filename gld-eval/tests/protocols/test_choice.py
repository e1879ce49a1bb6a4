import polars as pl
import pytest
from gld_eval.protocols.choice import protocol_for
from gld_eval.protocols.names import NAMES
from gld_eval.protocols.registry import PROTOCOLS, RECOGNITION
from gld_shared.testing import truth_of

PLAIN = ("a", "x", "all")


def test_the_names_of_the_option_are_those_of_the_protocols():
    assert list(NAMES) == [*PROTOCOLS, RECOGNITION.name]


@pytest.mark.parametrize(
    ("pairs", "name"),
    [
        ([PLAIN], "gldv2-retrieval"),
        ([(*PLAIN, "junk"), ("a", "y", "all", "")], "gldv2-retrieval"),
        ([(*PLAIN, "easy")], "revisitop"),
        ([(*PLAIN, "hard"), ("a", "y", "all", "junk")], "revisitop"),
    ],
)
def test_the_truth_chooses_the_protocol(pairs, name):
    assert protocol_for(truth_of(pairs).rows, {}, None).name == name


def test_a_named_protocol_and_one_in_the_header_come_first():
    rows = truth_of([PLAIN]).rows
    assert protocol_for(rows, {"protocol": "trec"}, None).name == "trec"
    assert protocol_for(rows, {"protocol": "trec"}, "recipe").name == "recipe"
    assert protocol_for(pl.DataFrame(rows), {"protocol": 3}, None).name == "gldv2-retrieval"
