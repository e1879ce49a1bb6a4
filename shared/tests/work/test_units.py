"""Units of an output that is shared with other processes."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gld_shared.work import units as module
from gld_shared.work.claims import FINISH
from gld_shared.work.units import Unit, Units


@dataclass
class Numbers:
    """An output of ten rows in chunks of four."""

    written: set[int] = field(default_factory=set)
    path: Path = Path("numbers")
    finished: bool = False
    chunks: int = 3

    def rows_of(self, chunk):
        return range(4 * chunk, min(4 * chunk + 4, 10))

    def has_chunk(self, chunk):
        return self.finished or chunk in self.written


@dataclass
class Granted:
    """Claims of which another process holds some."""

    held_by_another: set[int] = field(default_factory=set)
    has_locks: bool = True
    taken: list[int] = field(default_factory=list)

    def take(self, number, wait=False):
        if number in self.held_by_another:
            return False
        self.taken.append(number)
        return True

    def give_back(self, number):
        self.taken.remove(number)


def do_all(units, output):
    """Do the units of all rounds; return the numbers of each round."""
    rounds = []
    for claimed in units.rounds():
        rounds.append([])
        for unit in claimed:
            rounds[-1].append(unit.number)
            output.written.add(unit.number)
            units.settle(unit)
    return rounds


def test_missing_units_are_done_and_the_others_reported():
    output, claims, reported = Numbers({1}), Granted(), []
    units = Units(output, claims, lambda count, text=None: reported.append(count))
    assert do_all(units, output) == [[0, 2]]
    assert (reported, claims.taken) == ([4], [])


def test_a_unit_is_its_number_and_its_rows():
    assert list(next(Units(Numbers({0, 1}), Granted()).rounds())) == [Unit(2, range(8, 10))]


@pytest.mark.parametrize("how", ["done by the other", "given up by the other", "finished"])
def test_units_of_another_process_are_waited_for(monkeypatch, how):
    output, claims = Numbers(), Granted({1})

    def meanwhile(seconds):
        if how == "done by the other":
            output.written.add(1)
        elif how == "finished":
            output.finished = True
        claims.held_by_another.clear()

    monkeypatch.setattr(module.time, "sleep", meanwhile)
    expected = [[0, 2], [1] if how == "given up by the other" else []]
    assert do_all(Units(output, claims), output) == expected


def test_an_outdated_unit_is_done_again():
    output, outdated = Numbers({0, 1, 2}), {1}

    class Again(Granted):
        def give_back(self, number):
            super().give_back(number)
            outdated.discard(number)

    units = Units(output, Again(), is_outdated=outdated.__contains__)
    assert do_all(units, output) == [[1]]


def test_one_process_finishes_the_output():
    output, claims = Numbers({0, 1, 2}), Granted()
    units = Units(output, claims)
    assert units.claim_end()
    assert claims.taken == [FINISH]
    output.finished = True
    assert not units.claim_end()
