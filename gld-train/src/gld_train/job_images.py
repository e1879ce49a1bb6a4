"""The images of a job, loaded in batches."""

from collections.abc import Iterable

from gld_train.data.augment import Augmentation
from gld_train.data.batch import Batch
from gld_train.data.labelled_rows import Draw
from gld_train.data.loader import batches_of
from gld_train.data.training_images import TrainingImages
from gld_train.data.unreadable import UnreadableImages
from gld_train.job import Job
from gld_train.run_folder.folder import RunFolder


def load_batches(
    job: Job, folder: RunFolder, order: Iterable[list[Draw]], augmentation: Augmentation | None
) -> Iterable[Batch]:
    """Load batches of the job's images; unreadable ones are replaced and listed in the folder."""
    limit, size = job.config.data.max_unreadable, job.config.image.size
    images = TrainingImages(job.samples, job.images, size, job.seed, augmentation, limit > 0)
    unreadable = UnreadableImages(folder.unreadable_of(job.ranks.rank), job.images, limit)
    on_gpu = job.ranks.device.type == "cuda"
    return batches_of(images, order, job.workers, unreadable, pinned=on_gpu)
