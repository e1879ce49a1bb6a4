"""Storages of fsspec that have a single connection, such as ftp."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import fsspec
from fsspec.implementations.memory import MemoryFileSystem
from gld_shared.images.sources.fsspec_storage import Storage


class SingleConnection(MemoryFileSystem):
    """A file system whose calls fail while another one is under way."""

    protocol = "single"
    under_way = threading.Lock()

    def cat_file(self, path, start=None, end=None, **options):
        assert self.under_way.acquire(blocking=False), "two calls at once"
        time.sleep(0.002)
        self.under_way.release()
        return path.encode()


def test_requests_take_turns():
    fsspec.register_implementation("single", SingleConnection, clobber=True)
    storage = Storage("single://host/photos", seconds=10)
    names = [f"single://host/photos/{number}.jpg" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(storage.cat_file, names)) == [name.encode() for name in names]
