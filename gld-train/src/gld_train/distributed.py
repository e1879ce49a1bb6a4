"""The processes (ranks) that train one network together, and their communication.

Started by ``gld-train --gpus N`` or by torchrun; environment variables hold each process's rank.
"""

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from types import FrameType

import torch
import torch.distributed as dist
from gld_shared.devices import choose_device, device_of_rank
from gld_shared.errors import DataError
from gld_shared.work.child_processes import share_cores
from gld_shared.work.end_signals import END_SIGNALS, handling, not_ignored
from torch.multiprocessing.spawn import (
    ProcessExitedException,
    ProcessRaisedException,
    start_processes,
)

# Longer than the first rank's validation, during which the others wait.
_PATIENCE = timedelta(hours=2)
# Seconds for the other ranks to save their state and end after one has ended.
_GRACE = 30.0


@dataclass(frozen=True)
class Ranks:
    """The rank of this process among those that train together; a single process is 0 of 1."""

    rank: int
    world: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """True for the rank that writes, logs and validates."""
        return self.rank == 0

    def any(self, flag: bool) -> bool:
        """Return, in every process, whether ``flag`` is true in any of them."""
        if self.world == 1:
            return flag
        flags = torch.tensor([float(flag)])
        dist.all_reduce(flags, dist.ReduceOp.MAX)
        return bool(flags.item())

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """Return the mean over the processes."""
        if self.world > 1:
            dist.all_reduce(value)
            value = value / self.world
        return value

    def wait(self) -> None:
        """Wait until all processes have called this."""
        if self.world > 1:
            dist.barrier()


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Join the other processes by torchrun's variables; without them, train alone.

    ``device`` is auto, cpu, cuda or cuda:N; of several processes on a machine each uses the GPU of
    its local rank. Raises DataError if there is no such device.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Ranks(0, 1, torch.device(choose_device(device)))
        return
    own = torch.device(device_of_rank(device, int(os.environ["LOCAL_RANK"])))
    if own.type == "cuda":
        torch.cuda.set_device(own)
    # gloo for flags and barriers on the CPU, NCCL for the gradients.
    backend = "cpu:gloo,cuda:nccl" if own.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield Ranks(dist.get_rank(), world, own)
    finally:
        # Objects in reference cycles that hold the group would outlive it and abort the process.
        gc.collect()
        dist.destroy_process_group()


def share_of_workers(workers: int) -> int:
    """Return this process's share of the workers of its machine."""
    return min(workers, max(1, workers // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))


def start_ranks(count: int, work: Callable[[], None]) -> None:
    """Run ``work`` in ``count`` processes of this machine; when one fails, all end.

    Raises DataError naming the first rank that was killed or raised an exception, SystemExit with
    the exit code of a rank that has reported its error itself.
    """
    # Silence DDP's warning that no layer was unused.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    share_cores(count)
    context = start_processes(  # type: ignore[no-untyped-call]
        _as_rank, (count, _free_port(), work), nprocs=count, join=False, start_method="spawn"
    )
    assert context is not None
    try:
        with _passed_on(context.processes):
            while not context.join(grace_period=_GRACE):
                pass
    except ProcessExitedException as error:
        if error.signal_name is None:
            raise SystemExit(error.exit_code) from error
        raise _ended(error.error_index, f"was ended by {error.signal_name}") from error
    except ProcessRaisedException as error:
        last_line = str(error).strip().rpartition("\n")[2]
        raise _ended(error.error_index, f"failed ({last_line})") from error


def _ended(rank: int, how: str) -> DataError:
    return DataError(
        f"rank {rank} {how}, and the others were ended; "
        "repeat the command to resume from the last state"
    )


@contextmanager
def _passed_on(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """Pass SIGTERM and SIGHUP on to the processes as SIGTERM; ignore SIGINT.

    A terminal sends SIGINT to all its processes, and SIGHUP too: a second SIGHUP would end a
    process at once.
    """

    def pass_on(number: int, frame: FrameType | None) -> None:
        for process in processes:
            if process.is_alive():
                process.terminate()

    ends = dict.fromkeys(not_ignored(END_SIGNALS), pass_on)
    with handling({**ends, signal.SIGINT: signal.SIG_IGN}):
        yield


def _as_rank(rank: int, count: int, port: int, work: Callable[[], None]) -> None:
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count), LOCAL_WORLD_SIZE=str(count),
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
    )  # fmt: skip
    code = 0
    try:
        work()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Skip the interpreter's shutdown, at which torch's threads sometimes abort the process.
    os._exit(code)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
