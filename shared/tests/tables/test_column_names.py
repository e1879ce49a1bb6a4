"""Column names that would make a reader take other cells than the user means."""

import pytest
from gld_shared import tables
from gld_shared.errors import DataError
from gld_shared.tables.column_names import checked_names

KINDS = [
    tables.LIST,
    tables.LANDMARKS,
    tables.NEIGHBOURS,
    tables.PREDICTIONS,
    tables.SCORES,
    tables.TRUTH,
    tables.UNREADABLE,
]


def refusal(tmp_path, names, kind, header="") -> str:
    file = tmp_path / "t.tsv"
    file.write_text(f"{header}{names}\n")
    with pytest.raises(DataError) as caught:
        tables.read_table(file, kind)
    return str(caught.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize(
    ("names", "kind", "message"),
    [
        (
            "query_id\tindex_id\trank\tscore\tscore",
            tables.NEIGHBOURS,
            "t.tsv:1: columns 4 and 5 are both named 'score'; expected each name once, so rename "
            "one of them",
        ),
        (
            "note\tid\tpath\tnote",
            tables.LIST,
            "t.tsv:1: columns 1 and 4 are both named 'note'; expected each name once, so rename "
            "one of them",
        ),
        (
            "query_id\tindex_id\tusage\tGrade",
            tables.TRUTH,
            "t.tsv:1: column 4 is named 'Grade', expected 'grade'; names are compared letter by "
            "letter, so write it so, or give other data another name",
        ),
        (
            "query_id\tindex_id\tusage\tgrade ",
            tables.TRUTH,
            "t.tsv:1: column 4 is named 'grade ', expected 'grade'; names are compared letter by "
            "letter, so write it so, or give other data another name",
        ),
        (
            "id\tPATH",
            tables.LIST,
            "t.tsv:1: column 2 is named 'PATH', expected 'path'; names are compared letter by "
            "letter, so write it so, or give other data another name",
        ),
    ],
)
def test_a_name_that_is_there_twice_or_in_another_case_is_refused(tmp_path, names, kind, message):
    assert refusal(tmp_path, names, kind) == message


def test_the_line_counts_the_header(tmp_path):
    header = '#{"format":"gld-truth/1"}\n'
    assert refusal(tmp_path, "query_id\tindex_id\tusage\tusage", tables.TRUTH, header) == (
        "t.tsv:2: columns 3 and 4 are both named 'usage'; expected each name once, so rename one "
        "of them"
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "_".join(kind.columns))
def test_every_column_of_every_kind_is_guarded(kind):
    names = list(kind.columns)
    assert checked_names([*names, "others"], "t.tsv:1", kind) == [*names, "others"]
    for number, column in enumerate(names):
        with pytest.raises(DataError, match=rf"columns {number + 1} and {len(names) + 1} are both"):
            checked_names([*names, column], "t.tsv:1", kind)
        # The right one beside it makes it no better: the user has to say which is meant.
        for other in (names[:number], names):
            with pytest.raises(DataError, match=f"is named '{column.title()}', expected"):
                checked_names([*other, column.title()], "t.tsv:1", kind)
