import pytest
from gld_eval.protocols.choice import protocol_for
from gld_eval.protocols.names import NAMES
from gld_eval.protocols.registry import PROTOCOLS, RECOGNITION
from gld_shared.errors import DataError
from gld_shared.tables import Table
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
    assert protocol_for(truth_of(pairs), None).name == name


def test_a_named_protocol_and_one_in_the_header_come_first():
    truth = Table(truth_of([PLAIN]).rows, {"protocol": "trec"})
    assert protocol_for(truth, None).name == "trec"
    assert protocol_for(truth, "recipe").name == "recipe"
    assert protocol_for(Table(truth.rows, {"protocol": 3}), None).name == "gldv2-retrieval"


def test_landmarks_are_no_truth_for_rankings():
    truth = Table(truth_of([PLAIN]).rows, {"protocol": "gldv2-recognition"}, "queries.tsv")
    assert protocol_for(truth, "gldv2-recognition").name == "gldv2-recognition"
    with pytest.raises(DataError) as caught:
        protocol_for(truth, "trec")
    assert str(caught.value) == (
        "queries.tsv: landmarks of images, for gldv2-recognition; trec expects pairs of relevant "
        "images, as gld-lists truth writes them"
    )
