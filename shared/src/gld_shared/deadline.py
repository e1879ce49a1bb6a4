"""Calls that must return in time, whatever they wait for."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Answer = TypeVar("Answer")


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """Return what ``call`` returns, or raise what it raises; TimeoutError after ``seconds``.

    The call is made in a thread of its own, which is left behind if it is late.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="deadline", daemon=True).start()
    return answer.result(max(seconds, 0))
