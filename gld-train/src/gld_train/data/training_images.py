"""Training images, loaded and augmented; unreadable ones are replaced."""

from pathlib import Path
from typing import NamedTuple

import torch
from gld_shared.errors import DataError
from gld_shared.images.preprocess import load
from torch.utils.data import Dataset

from gld_train.data.augment import Augmentation, generator_for
from gld_train.data.labelled_rows import Draw, Samples
from gld_train.data.random_erasing import NO_BOX, Box
from gld_train.data.unreadable import Unreadable, next_of_landmark


class Loaded(NamedTuple):
    """One image of a batch, loaded and augmented."""

    pixels: torch.Tensor
    label: int
    box: Box
    epoch: int
    unreadable: list[Unreadable]


class TrainingImages(Dataset[Loaded | DataError]):
    """Training images, loaded by draw.

    For an unreadable image the error is returned, and raised by the main process: an error raised
    in a worker would arrive wrapped in a traceback.
    """

    def __init__(
        self,
        samples: Samples,
        folder: Path,
        size: int,
        seed: int,
        augmentation: Augmentation | None,
        replace: bool = False,
    ) -> None:
        """Without an augmentation the images are only resized.

        With ``replace`` an unreadable image is replaced by the next readable one of its landmark,
        in the order of the list, so that the replacement depends on the files alone.
        """
        self.samples = samples
        self.folder = folder
        self.size = size
        self.seed = seed
        self.augmentation = augmentation
        self.following = next_of_landmark(samples.labels) if replace else None

    def __getitem__(self, draw: Draw) -> Loaded | DataError:
        """Load and augment one image."""
        label = int(self.samples.labels[draw.row])
        try:
            pixels, unreadable = self._readable(draw.row)
        except DataError as error:
            return error
        if self.augmentation is None:
            return Loaded(pixels, label, NO_BOX, draw.epoch, unreadable)
        generator = generator_for(self.seed, draw.epoch, draw.position)
        augmented, box = self.augmentation(pixels, generator)
        return Loaded(augmented, label, box, draw.epoch, unreadable)

    def _readable(self, row: int) -> tuple[torch.Tensor, list[Unreadable]]:
        """Load a row's image or its replacement; also return the unreadable images passed."""
        if self.following is None:
            return load(self.folder / self._path(row), self.size), []
        skipped: list[tuple[str, str]] = []
        candidate = row
        while True:
            path = self._path(candidate)
            try:
                pixels = load(self.folder / path, self.size)
            except DataError as error:
                reason = str(error).removeprefix(f"{self.folder / path}: ")
                skipped.append((path, " ".join(reason.split())))
            else:
                return pixels, [Unreadable(*image, path) for image in skipped]
            candidate = int(self.following[candidate])
            if candidate == row:
                raise DataError(
                    f"{self.folder / skipped[0][0]}: {skipped[0][1]}; nor can any other image of "
                    "its landmark be read to replace it; fix it, or remove the landmark from the "
                    "list"
                )

    def _path(self, row: int) -> str:
        path: bytes = self.samples.paths[row]
        return path.decode()
