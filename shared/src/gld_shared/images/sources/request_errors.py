"""The errors of requests for remote files: whether to try again, and what users read."""

from gld_shared import http_status
from gld_shared.errors import DataError
from gld_shared.images.sources.base import SourceError


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status in an error, if any."""
    status = getattr(error, "status", None)
    return status if isinstance(status, int) else None


def may_pass(error: BaseException) -> bool:
    """Return whether the same request may succeed later."""
    status = status_of(error)
    if status is not None:
        return http_status.is_transient(status)
    return not (_is_not_there(error) or isinstance(error, PermissionError))


def refusal(url: str, error: BaseException, attempts: int | None) -> DataError:
    """Return the error to raise: a SourceError, unless the file is not there.

    ``attempts`` is their number when all have failed; None when another would be of no use.
    """
    if _is_not_there(error):
        return DataError(f"{url}: not there; check the address and the list's path")
    times = f", {attempts} times" if attempts else ""
    return SourceError(
        f"{url}: {reason_of(error)}{times}; complete work is kept, and the same command resumes "
        "from there"
    )


def no_first_answer(url: str, error: BaseException) -> SourceError:
    """Return the error of a storage that has never answered."""
    return SourceError(
        f"{url}: {reason_of(error)}; check the address and the network, or fetch the files and "
        "name the local folder or archive"
    )


def reason_of(error: BaseException) -> str:
    """Describe an error in one line."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    status = status_of(error)
    if status is not None:
        return f"the server answered {status}"
    return " ".join(str(error).split()) or type(error).__name__


def _is_not_there(error: BaseException) -> bool:
    status = status_of(error)
    missing = status is not None and http_status.is_missing(status)
    return missing or isinstance(error, FileNotFoundError)
