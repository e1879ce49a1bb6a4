"""The processes that train one network together: who this one is, and what they agree on.

Started by ``gld-train --gpus N``, or by torchrun, which says by its variables who each process is.
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
from gld_shared.work.child_processes import handling, share_cores
from torch.multiprocessing.spawn import (
    ProcessExitedException,
    ProcessRaisedException,
    start_processes,
)

# Longer than the first rank takes to validate, while the others wait for it.
_PATIENCE = timedelta(hours=2)
# Seconds that the others have to save and end when one has ended.
_GRACE = 30.0


@dataclass(frozen=True)
class Ranks:
    """This process among those that train together; a single process is rank 0 of 1."""

    rank: int
    world: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes, logs and validates."""
        return self.rank == 0

    def any(self, flag: bool) -> bool:
        """Whether it is so in any of the processes; the same answer in all of them."""
        if self.world == 1:
            return flag
        flags = torch.tensor([float(flag)])
        dist.all_reduce(flags, dist.ReduceOp.MAX)
        return bool(flags.item())

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """The mean over the processes."""
        if self.world > 1:
            dist.all_reduce(value)
            value = value / self.world
        return value

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.world > 1:
            dist.barrier()


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """This process's place, as torchrun's variables give it; alone without them.

    ``device`` is auto, cpu, cuda or cuda:N; of several processes on a machine each takes the GPU of
    its local rank. Raises DataError where there is no such device.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Ranks(0, 1, torch.device(choose_device(device)))
        return
    own = torch.device(device_of_rank(device, int(os.environ["LOCAL_RANK"])))
    if own.type == "cuda":
        torch.cuda.set_device(own)
    # gloo for flags and barriers of the CPU, beside what carries the gradients.
    backend = "cpu:gloo,cuda:nccl" if own.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield Ranks(dist.get_rank(), world, own)
    finally:
        # What still holds the group in a cycle of references would outlive it, and abort.
        gc.collect()
        dist.destroy_process_group()


def share_of_workers(workers: int) -> int:
    """This process's part of the workers that are for all processes of this machine."""
    return min(workers, max(1, workers // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))


def start_ranks(count: int, work: Callable[[], None]) -> None:
    """Run ``work`` in ``count`` processes of this machine; when one ends badly, all end.

    Raises DataError naming the first that was killed or failed, SystemExit with the exit code of
    one that has said itself what was wrong.
    """
    # That no layer was unused is nothing to warn of.
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
        "the same command goes on from the last state"
    )


@contextmanager
def _passed_on(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """SIGTERM goes to the processes, and SIGINT, which a terminal sends to all, is left to them."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        for process in processes:
            if process.is_alive():
                process.terminate()

    with handling({signal.SIGTERM: pass_on, signal.SIGINT: signal.SIG_IGN}):
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
    # Without the interpreter's own end, at which threads of torch's now and then abort the process.
    os._exit(code)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
