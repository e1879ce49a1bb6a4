"""The commands that `make -n` prints, as steps with their inputs."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

TOOLS = ("gld-lists", "gld-train", "gld-embed", "gld-search", "gld-rerank", "gld-eval")
# Options without a value.
FLAGS = {"--keep-self", "--overwrite", "--recipe"}


@dataclass(frozen=True)
class Command:
    """A command line: the tool, its arguments without options, and the values of each option."""

    tool: str
    arguments: tuple[str, ...]
    options: dict[str, list[str]] = field(default_factory=dict)

    def option(self, name: str, default: str = "") -> str:
        """Return the last value of an option."""
        return self.options.get(name, [default])[-1]

    @property
    def output(self) -> str:
        """The file that the command makes."""
        return self.option("-o") or self.option("--report")


def read_commands(lines: Iterable[str]) -> Iterator[Command]:
    """Yield the commands of gld among the lines of shell code."""
    for line in "".join(lines).replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True) if line.startswith(TOOLS) else []
        if words and words[0] in TOOLS:
            yield _command(words)


def _command(words: list[str]) -> Command:
    arguments, options = list[str](), dict[str, list[str]]()
    rest = iter(word for word in words[1:] if not word.startswith(">"))
    for word in rest:
        if word in FLAGS:
            options[word] = [word]
        elif word.startswith("-"):
            options.setdefault(word, []).append(next(rest))
        else:
            arguments.append(word)
    return Command(words[0], tuple(arguments), options)
