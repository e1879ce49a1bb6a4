"""All readers, in the order of the table."""

from running.examine import Reader

from readers.checkpoints import CHECKPOINTS
from readers.configurations import CONFIGURATIONS
from readers.downloads import DOWNLOADS
from readers.images import IMAGES
from readers.judgements import JUDGEMENTS
from readers.kept_searches import KEPT_SEARCHES
from readers.official_files import OFFICIAL_FILES
from readers.options import OPTIONS
from readers.other_formats import OTHER_FORMATS
from readers.stores import STORES
from readers.tables import TABLES
from readers.tars import TARS

READERS: tuple[Reader, ...] = (
    *TABLES,
    *JUDGEMENTS,
    *OTHER_FORMATS,
    *CHECKPOINTS,
    *STORES,
    *KEPT_SEARCHES,
    *CONFIGURATIONS,
    *OFFICIAL_FILES,
    *DOWNLOADS,
    *IMAGES,
    *TARS,
    *OPTIONS,
)
