"""Drawing an attempt: a file of several, some of its mutations, a command."""

from collections.abc import Callable, Sequence
from random import Random

from gld_shared.testing import run
from mutations import Mutation
from running.attempt import SPECIAL_FILES, Attempt, Change, Clean, Command

_SPECIAL = 0.01
# What readers of whole files, such as checkpoints, must refuse; a reader of text waits for the
# writer of a named pipe, and a checksum of 20 GB takes its time.
ANYTHING = tuple(SPECIAL_FILES)
NO_PIPE = tuple(name for name in ANYTHING if name != "fifo")
MISSING = ("missing",)
NOT_ENDLESS = ("missing", "folder", "link to itself", "link to nothing")


def command(line: str, outputs: Sequence[str] = (), kept: Sequence[str] = ()) -> Command:
    """Return the command of a line without quotes."""
    return Command(tuple(line.split()), tuple(outputs), tuple(kept))


def make(line: str) -> None:
    """Run a command that makes clean files."""
    result = run(line.split())
    if result.exit_code:
        raise RuntimeError(f"{line}: {result.output}")


def mutated(data: bytes, mutations: Sequence[Mutation], random: Random) -> bytes:
    """Apply one mutation, or a few, so that the data differ."""
    changed = data
    for _ in range(20):
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            changed = random.choice(mutations)(changed, random)
        if changed != data:
            break
    return changed


def from_files(
    files: Callable[[Clean], Sequence[str]],
    mutations: Sequence[Mutation],
    commands: Sequence[Command],
    protected: bool = False,
    special: Sequence[str] = NO_PIPE,
) -> Callable[[Random, Clean], Attempt]:
    """Return a function that mutates one of ``files``, or puts a special file in its place."""

    def attempt(random: Random, clean: Clean) -> Attempt:
        name = random.choice(sorted(files(clean)))
        if random.random() < _SPECIAL:
            change = Change(special=random.choice(special))
        else:
            change = Change(mutated(clean[name], mutations, random))
        return Attempt(random.choice(commands), {name: change}, protected)

    return attempt


def either(
    *choices: tuple[float, Callable[[Random, Clean], Attempt]],
) -> Callable[[Random, Clean], Attempt]:
    """Return a function that draws from one of several, each with its weight."""

    def attempt(random: Random, clean: Clean) -> Attempt:
        weights = [weight for weight, _ in choices]
        return random.choices([draw for _, draw in choices], weights)[0](random, clean)

    return attempt
