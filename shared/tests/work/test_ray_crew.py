"""Which processes run on a Ray cluster, which a stand-in plays here: see ``FakeRay``."""

import logging
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from gld_shared.errors import DataError
from gld_shared.work.engines import ray_first_process
from gld_shared.work.engines.ray_crew import Crew, Started

REASON = "The actor died.\n\tpid: 17\nThe actor is dead because its worker process has died."


@pytest.fixture(autouse=True)
def warnings_alone(caplog):
    """Capture nothing less, whatever level other tests have left behind."""
    caplog.set_level(logging.WARNING, "gld_shared.work.engines")


class RayError(Exception):
    """A lost process, as Ray reports it."""


def machine(name, **resources):
    return {
        "NodeID": f"id of {name}",
        "NodeManagerHostname": name,
        "Alive": True,
        "Resources": resources,
    }


@dataclass
class FakeRay:
    """A cluster of ``machines``; promises are numbers, and ``ended`` has the results of some."""

    machines: list[dict]
    started: list = field(default_factory=list)
    ended: dict = field(default_factory=dict)
    exceptions = SimpleNamespace(RayError=RayError)

    def crew(self, finished=False):
        return Crew(self, self.start, SimpleNamespace(finished=finished))

    def start(self, place):
        self.started.append(place)
        number = len(self.started) - 1
        return Started(f"{number} begins", number, "handle")

    def nodes(self):
        return self.machines

    def wait(self, promises, **_):
        return [promise for promise in promises if promise in self.ended], []

    def get(self, promise):
        if isinstance(self.ended[promise], RayError):
            raise self.ended[promise]
        return self.ended[promise]

    def available_resources(self):
        return {"CPU": 0.5}

    def cluster_resources(self):
        return {"CPU": 8.0, "GPU": 2.0}

    def kill(self, process):
        assert process == "handle"


def test_a_process_for_each_gpu_or_for_a_machine_without_any():
    ray = FakeRay([machine("a", CPU=8.0, GPU=2.0), machine("b", CPU=3.0), machine("c")])
    ray.crew().join()
    started = [(place.machine, place.has_gpu, place.cores) for place in ray.started]
    assert started == [("a", True, 4), ("a", True, 4), ("b", False, 3)]


def test_only_the_lost_process_of_a_machine_is_started_again(caplog):
    ray = FakeRay([machine("a", CPU=8.0, GPU=3.0)])
    crew = ray.crew()
    crew.join()
    ray.ended[1] = RayError(REASON)
    crew.leave()
    crew.join()
    assert (len(ray.started), list(crew.working)) == (4, [0, 2, 3])
    assert ray.started[3] is ray.started[1]
    assert caplog.messages == [
        "machine a lost a process (1 of 3 tries): The actor is dead because its worker process has "
        "died"
    ]


def test_processes_that_always_die_end_the_run_after_three_tries():
    ray = FakeRay([machine("a", CPU=8.0)])
    crew = ray.crew()
    for attempt in range(3):
        crew.join()
        ray.ended[attempt] = RayError(REASON)
        crew.leave()
    crew.join()
    with pytest.raises(DataError) as error:
        crew.leave()
    assert len(ray.started) == 3
    assert str(error.value) == (
        "no machine of the Ray cluster is left that can work: a lost a process: The actor is dead "
        "because its worker process has died; the same command resumes"
    )


def test_an_output_that_others_finished_needs_no_machine():
    crew = FakeRay([]).crew(finished=True)
    crew.join()
    crew.leave()
    with pytest.raises(DataError) as error:
        FakeRay([]).crew().leave()
    assert str(error.value) == (
        "no machine of the Ray cluster is left that can work; the same command resumes"
    )


def test_a_machine_that_left_is_not_tried_again():
    ray = FakeRay([machine("a", CPU=1.0), machine("b", CPU=1.0)])
    crew = ray.crew()
    crew.join()
    ray.ended[0] = RayError("its node has died")
    crew.leave()
    ray.machines[0]["Alive"] = False
    crew.join()
    assert list(crew.working) == [1]


@pytest.fixture
def clock(monkeypatch):
    """Return the time, in a list, which a test sets."""
    seconds = [100.0]
    stand_in = SimpleNamespace(monotonic=lambda: seconds[0])
    monkeypatch.setattr(ray_first_process, "time", stand_in)
    return seconds


def test_a_warning_that_no_process_begins(clock, caplog):
    crew = FakeRay([machine("a", CPU=8.0, GPU=2.0)]).crew()
    crew.join()
    assert caplog.messages == []
    clock[0] += 10
    crew.join()
    crew.join()
    assert caplog.messages == [
        "no process has begun in 10 s: 0.5 of 8 CPUs and 0 of 2 GPUs of the Ray cluster are free; "
        "a process needs a GPU, or a CPU of a machine without GPUs, and begins when other work on "
        "the cluster, which `ray status` shows, has freed it"
    ]


def test_no_warning_where_one_of_several_processes_has_begun(clock, caplog):
    ray = FakeRay([machine("a", GPU=2.0)], ended={"1 begins": None})
    crew = ray.crew()
    crew.join()
    clock[0] += 10
    crew.join()
    assert caplog.messages == []
