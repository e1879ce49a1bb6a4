from gld_shared.store import open_store


def test_the_history_names_the_device(collection):
    collection.make(3)
    store = open_store(collection.embed("x.zarr"))
    arguments = store.history[-1]["arguments"]
    assert arguments[arguments.index("--device") + 1] == "cpu"
