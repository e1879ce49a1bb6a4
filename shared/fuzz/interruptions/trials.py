"""The four kinds of trials: kills, damages, pairs, full disks. Each returns what went wrong."""

import signal
import time
from random import Random

from mutations.raw_bytes import RAW_BYTES, empty

from interruptions.child import Child, End, Limits, run
from interruptions.folders import Workshop, hidden_files, wrong_text

_MOST_KILLS = 3


def kill(shop: Workshop, random: Random) -> str | None:
    """Kill a run up to three times, then run the command to its end."""
    with shop.folder() as folder:
        for _ in range(random.randint(1, _MOST_KILLS)):
            limits, before = _kill_point(shop, random), hidden_files(folder)
            end = run(shop.job.arguments, folder, limits)
            left = [name for name in hidden_files(folder) if name not in before]
            if wrong := wrong_text(end) or _unclean(end, limits, left):
                return f"{_described(limits)}: {wrong}"
        end = run(shop.job.arguments, folder)
        wrong = _refused(end) or shop.difference(folder)
        return wrong and f"{_described(limits)}, then again: {wrong}"


def damage(shop: Workshop, random: Random) -> str | None:
    """Damage a file that a killed run left, then run the command to its end, or to an error."""
    with shop.folder() as folder:
        limits = _kill_point(shop, random)
        run(shop.job.arguments, folder, limits)
        files = shop.created(folder)
        if not files:
            return None
        file = random.choice(files)
        mutation = random.choice((*RAW_BYTES, empty))
        file.write_bytes(mutation(file.read_bytes(), random))
        name = f"{mutation.__name__} of {file.relative_to(folder)} after {_described(limits)}"
        end = run(shop.job.arguments, folder)
        if end.exit_code:
            wrong = _refused_without_reason(end)
        else:
            wrong = shop.difference(folder, damaged=str(file.relative_to(folder)))
        return wrong and f"{name}: {wrong}"


def pair(shop: Workshop, random: Random) -> str | None:
    """Start the command twice, or with another one, on one output."""
    differ = bool(shop.job.other) and random.random() < 0.5
    with shop.folder() as folder:
        first = Child(shop.job.arguments, folder)
        time.sleep(random.uniform(0, shop.end.seconds))
        arguments = shop.job.other_arguments if differ else shop.job.arguments
        ends = (
            (first.wait(), Child(arguments, folder).wait())
            if random.random() < 0.1
            else _both(first, Child(arguments, folder))
        )
        name = "pair of other runs" if differ else "pair"
        for end in ends:
            if wrong := end.exit_code and _refused_without_reason(end):
                return f"{name}: {wrong}"
        if all(end.exit_code for end in ends):
            return f"{name}: both failed: {ends[0].stderr[-200:]!r} {ends[1].stderr[-200:]!r}"
        wrong = shop.difference(folder)
        if wrong and differ:
            wrong = shop.difference(folder, of_other=True)
        return wrong and f"{name}: {wrong}"


def full_disk(shop: Workshop, random: Random) -> str | None:
    """Let no file be larger than some bytes, as on a full disk; then run the command again."""
    with shop.folder() as folder:
        size = random.choice((0, 1, 100, 1000, 5000, random.randrange(1, 100_000)))
        end = run(shop.job.arguments, folder, Limits(file_size=size))
        if wrong := end.exit_code and _refused_without_reason(end):
            return f"files of {size} bytes at most: {wrong}"
        if end.exit_code and (hidden := hidden_files(folder)):
            return f"files of {size} bytes at most: leftover: {hidden[0]}"
        end = run(shop.job.arguments, folder)
        wrong = _refused(end) or shop.difference(folder)
        return wrong and f"files of {size} bytes at most, then again: {wrong}"


def _both(first: Child, second: Child) -> tuple[End, End]:
    return first.wait(), second.wait()


def _kill_point(shop: Workshop, random: Random) -> Limits:
    number = random.choice((signal.SIGKILL, signal.SIGTERM))
    if random.random() < 0.5 and shop.end.operations:
        at, after = random.randrange(shop.end.operations), random.random() < 0.5
        return Limits(signal=number, at=at, after=after)
    return Limits(signal=number, seconds=random.uniform(0, shop.end.seconds))


def _described(limits: Limits) -> str:
    name = signal.Signals(limits.signal).name
    if limits.at is None:
        return f"{name} after {limits.seconds:.3f} s"
    return f"{name} {'after' if limits.after else 'before'} operation {limits.at}"


def _unclean(end: End, limits: Limits, hidden: list[str]) -> str | None:
    """Return what a run that could clean up did wrong."""
    if end.exit_code not in (0, 143, -limits.signal):
        return f"exit code {end.exit_code}: {end.stderr[-200:]!r}"
    if end.exit_code == 143 and hidden:
        return f"leftover: {hidden[0]}"
    return None


def _refused(end: End) -> str | None:
    if end.exit_code == -signal.SIGXCPU:
        return "hang"
    return wrong_text(end) or (
        f"exit code {end.exit_code}: {end.stderr[-200:]!r}" if end.exit_code else None
    )


def _refused_without_reason(end: End) -> str | None:
    """Return what is wrong with the end of a run that failed, which one error line explains."""
    if wrong := wrong_text(end):
        return wrong
    if end.exit_code == -signal.SIGXCPU:
        return "hang"
    errors = sum(line.startswith("Error: ") for line in end.stderr.splitlines())
    return None if errors == 1 else f"{errors} error lines, exit code {end.exit_code}"
