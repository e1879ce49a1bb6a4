"""gld-lists download, killed, interrupted, or out of disk space, and run again."""

import resource
import signal
import socket
import subprocess
import time

from gld_shared.testing import program


def archives(mini, server):
    """Publish forty archives of 50 kB, which are sent slowly."""
    paths = [mini.archive("index", number, count=5, size=10_000) for number in range(40)]
    server.piece, server.pause = 20_000, 0.005
    return paths


def wait_for(condition):
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def start(gld_download, folder, *arguments, **settings):
    """Start the command as a process."""
    _, *rest = map(str, gld_download.arguments(folder, *arguments))
    return subprocess.Popen(
        [program("gld-lists"), *rest], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings
    )


def test_killed_in_the_middle_and_run_again(gld_download, server, mini, tmp_path):
    paths = archives(mini, server)
    arguments = ("index", "--shards", "0-39", "-j", "2")
    for enough in (10, 25):
        with start(gld_download, tmp_path, *arguments) as process:
            wait_for(lambda enough=enough: len(server.gets("/index")) >= enough)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    finished = len(list((tmp_path / "index/.unpacked").iterdir()))
    assert 0 < finished < 40
    files = gld_download.files(tmp_path)
    images = {path: content for path, content in files.items() if "jpg" in path}
    assert images.items() <= mini.images.items()
    server.pause = 0.0
    gld_download.fetch(tmp_path, *arguments)
    assert gld_download.files(tmp_path) == mini.images
    # A killed process may have received a few pieces less than the server sent.
    sent = sum(server.sent[path] for path in paths)
    needed = sum(len(server.files[path]) for path in paths)
    assert needed <= sent <= needed + 2 * 2 * len(server.files[paths[0]])


def test_an_interrupt_ends_the_run_at_once_even_if_the_server_is_silent(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ["download", "index", "-o", str(tmp_path), "--base-url", url]
        with subprocess.Popen(
            [program("gld-lists"), *arguments], stderr=subprocess.PIPE
        ) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                started = time.monotonic()
                assert process.communicate()[1] == b"\nError: interrupted\n"
        assert process.returncode == 130
        assert time.monotonic() - started < 10


def test_a_full_disk(gld_download, server, mini, tmp_path):
    mini.archive("index", 0, count=5, size=10_000)

    def limit_file_size():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    with start(
        gld_download, tmp_path, "index", "--shards", "0", preexec_fn=limit_file_size
    ) as process:
        error = process.communicate()[1].decode()
    assert (process.returncode, error) == (
        1,
        f"Error: {tmp_path}/index/images_000.tar.partial: cannot be written: File too large; raise "
        "the limit of a file's size (ulimit -f), or name another file system, and run the same "
        "command again, it resumes where it stopped\n",
    )
    server.forget()
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    assert server.gets("/index") == ["GET /index/images_000.tar from 30000"]
    assert gld_download.files(tmp_path) == mini.images
