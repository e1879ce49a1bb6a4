"""Names with braces."""

import pytest
from gld_shared.errors import DataError
from gld_shared.images.sources.braces import expand_braces


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x.tar", ["x.tar"]),
        ("{008..010}.tar", ["008.tar", "009.tar", "010.tar"]),
        ("{8..10}", ["8", "9", "10"]),
        ("{2..1}", ["2", "1"]),
        ("{train,index}/{0..1}", ["train/0", "train/1", "index/0", "index/1"]),
        ("{one}.tar", ["{one}.tar"]),
    ],
)
def test_braces(text, names):
    assert expand_braces(text) == names


@pytest.mark.parametrize(
    "text",
    ["{0..100000}.tar", "{0..999}{0..999}", "{0..1" + "0" * 21 + "}", "{1" + "0" * 5000 + "..1}"],
)
def test_names_without_end_are_refused(text):
    with pytest.raises(DataError) as caught:
        expand_braces(text)
    assert str(caught.value) == (
        f"{text}: stands for more than 100,000 names; check the numbers in braces"
    )


@pytest.mark.parametrize("inside", ["a..c", "0..c", "0..9..3", "..", "-1..1"])
def test_ranges_of_anything_but_numbers_are_refused(inside):
    with pytest.raises(DataError) as caught:
        expand_braces(f"p{{{inside}}}.zarr")
    assert str(caught.value) == (
        f"p{{{inside}}}.zarr: {{{inside}}} is no range of numbers, as {{000..099}} is; "
        "list other names, as {train,index}"
    )


def test_the_most_names():
    assert len(expand_braces("{000001..100000}.tar")) == 100_000
