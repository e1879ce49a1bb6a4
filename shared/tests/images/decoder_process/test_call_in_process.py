"""Functions called in a decoder process: results, errors, crashes, and the end of the process."""

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images import memory
from gld_shared.images.decode import decode_image
from gld_shared.images.decode_rows import decode_rows
from gld_shared.images.decoder_process import pool
from gld_shared.images.decoder_process.child import CPU_SECONDS, SECONDS
from gld_shared.images.decoder_process.pool import call_in_process
from gld_shared.images.errors import AbsurdImageError, DamagedImageError
from gld_shared.images.opencv import decode_as_recipe
from PIL import Image

FIXTURES = Path(__file__).parents[2] / "fixtures"
CRASH = (FIXTURES / "crash.heic").read_bytes()
SCENE = (FIXTURES / "scene.heic").read_bytes()


def webp(width: int = 30, height: int = 20) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((width, height), 90).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


@pytest.mark.parametrize("decode", [decode_image, decode_as_recipe])
def test_a_crash_is_a_damaged_image(decode):
    with pytest.raises(DamagedImageError) as caught:
        decode(CRASH)
    assert str(caught.value) == "the decoder crashed (signal 11)"
    assert decode(SCENE).shape == (3, 60, 90)


def test_the_same_pixels_as_in_this_process():
    for data in (SCENE, webp(), webp(300, 200)):
        apart, here = call_in_process(decode_rows, data), decode_rows(data)
        assert np.array_equal(apart.pixels, here.pixels)
        assert apart.orientation == here.orientation
        assert apart.pixels.flags.writeable


def test_many_threads_decode_at_once():
    with ThreadPoolExecutor(4) as threads:
        images = list(threads.map(decode_image, [SCENE] * 20))
    assert {image.shape for image in images} == {(3, 60, 90)}


def test_time_is_limited_while_a_function_runs():
    cpu_seconds, _ = call_in_process(signal.getitimer, signal.ITIMER_PROF)
    seconds, _ = call_in_process(signal.getitimer, signal.ITIMER_REAL)
    assert cpu_seconds == pytest.approx(CPU_SECONDS, abs=1)
    assert seconds == pytest.approx(SECONDS, abs=5)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGPROF, "no answer in 30 s"),
        (signal.SIGALRM, "no answer in 120 s"),
        (signal.SIGABRT, "the decoder crashed (signal 6)"),
        (signal.SIGKILL, "the decoder crashed (signal 9)"),
    ],
)
def test_the_signal_that_ends_the_process(number, message):
    with pytest.raises(DamagedImageError) as caught:
        call_in_process(signal.raise_signal, number)
    assert str(caught.value) == message


def test_a_process_that_something_else_has_killed_is_replaced():
    first = call_in_process(os.getpid)
    os.kill(first, signal.SIGKILL)
    assert call_in_process(os.getpid) != first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_command_leave_the_process_alive(number):
    first = call_in_process(os.getpid)
    os.kill(first, number)
    assert call_in_process(os.getpid) == first


def test_errors_are_raised_here():
    with pytest.raises(DataError, match=r"^not an image in a known format"):
        call_in_process(decode_rows, b"<html>not found</html>")
    with pytest.raises(ZeroDivisionError) as caught:
        call_in_process(divmod, 1, 0)
    assert "Traceback" in caught.value.__notes__[0]
    assert call_in_process(divmod, 7, 2) == (3, 1)


def test_an_exit_is_no_fault_of_an_image():
    with pytest.raises(RuntimeError, match=r"^the decoder process ended with exit code 3$"):
        call_in_process(os._exit, 3)


def test_pixels_beyond_the_memory(monkeypatch):
    monkeypatch.setattr(memory, "_memory", memory.PixelMemory(1))
    assert decode_image(webp(600, 500)).shape == (3, 500, 600)
    with pytest.raises(AbsurdImageError) as caught:
        decode_image(webp(600, 600))
    assert str(caught.value) == (
        "2 MB of pixels, expected at most 1 MB; make it smaller, or raise --image-memory"
    )


def test_a_forked_process_starts_its_own():
    own = call_in_process(os.getpid)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=lambda: answers.put(call_in_process(os.getpid)))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert answers.get() != own
    assert call_in_process(os.getpid) == own


@pytest.mark.parametrize("busy", [False, True])
def test_the_process_ends_with_the_one_that_started_it(busy):
    program = (
        "import os, time\n"
        "from gld_shared.images.decoder_process.pool import call_in_process\n"
        "print(call_in_process(os.getpid), flush=True)\n"
        f"call_in_process(time.sleep, {1 if busy else 0})\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while is_running(helper):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_an_interrupted_call_ends_the_process(monkeypatch):
    first = call_in_process(os.getpid)

    def interrupted(connection, data_only):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("gld_shared.images.decoder_process.helper.receive", interrupted)
        call_in_process(os.getpid)
    assert not is_running(first)
    assert call_in_process(os.getpid) != first
    assert len(pool._idle) >= 1
