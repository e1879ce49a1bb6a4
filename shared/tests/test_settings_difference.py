"""The settings in which two runs differ."""

from gld_shared.settings_difference import settings_difference


def entry(path, digest):
    return {"path": path, "sha256": digest * 64}


def test_equal_settings_do_not_differ():
    settings = {"image": {"size": 224, "mean": [0.5, 0.5]}, "list": entry("a.tsv", "1"), "seed": 0}
    assert settings_difference(settings, settings) == []


def test_each_setting_is_named_with_both_values():
    found = {"image": {"size": 224, "mean": [0.5, 0.5]}, "seed": 0, "dtype": "float16"}
    wanted = {"image": {"size": 384, "mean": [0.5, 0.4], "flip": True}, "seed": 0}
    assert settings_difference(found, wanted) == [
        "image.size (224, now 384)",
        "image.mean ([0.5, 0.5], now [0.5, 0.4])",
        "image.flip (unset, now True)",
        "dtype (float16, now unset)",
    ]


def test_a_file_under_another_name_is_the_same_file():
    found = {"checkpoint": entry("w.pth", "1"), "list": [entry("a", "2"), entry("b", "3")]}
    wanted = {"checkpoint": entry("./w.pth", "1"), "list": [entry("/x/a", "2"), entry("c", "3")]}
    assert settings_difference(found, wanted) == []


def test_a_file_with_other_contents_is_another_file():
    assert settings_difference({"list": entry("a.tsv", "1")}, {"list": entry("a.tsv", "2")}) == [
        "list (a.tsv with sha256 111111111111, now a.tsv with sha256 222222222222)"
    ]
    found, wanted = [entry("a", "1"), entry("b", "2")], [entry("b", "2"), entry("a", "1")]
    assert settings_difference({"list": found}, {"list": wanted}) == [
        "list ([a with sha256 111111111111, b with sha256 222222222222], "
        "now [b with sha256 222222222222, a with sha256 111111111111])"
    ]


def test_paths_decide_where_the_contents_of_one_are_not_known():
    assert settings_difference({"list": "a.tsv"}, {"list": entry("a.tsv", "1")}) == []
    assert settings_difference({"list": entry("a.tsv", "1")}, {"list": "b.tsv"}) == [
        "list (a.tsv with sha256 111111111111, now b.tsv)"
    ]
