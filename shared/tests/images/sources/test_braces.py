"""Names with braces."""

import pytest
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
