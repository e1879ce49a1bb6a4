"""Lists of images, and tables of the relevant pairs among them."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_lists.downloading.download import download as download
    from gld_lists.folder.labels import label_by_file as label_by_file
    from gld_lists.folder.labels import label_by_folder as label_by_folder
    from gld_lists.folder.list_images import folder_list as folder_list
    from gld_lists.gldv2.competition_index import expanded_index as expanded_index
    from gld_lists.gldv2.google import google_lists as google_lists
    from gld_lists.images.audit import audit_lists as audit_lists
    from gld_lists.images.check import Check as Check
    from gld_lists.images.duplicates import find_duplicates as find_duplicates
    from gld_lists.images.fingerprints import fingerprints as fingerprints
    from gld_lists.images.resize import resize_images as resize_images
    from gld_lists.sample import sample_list as sample_list
    from gld_lists.split import split_list as split_list
    from gld_lists.stats import statistics as statistics
    from gld_lists.synthetic.dataset import write_synthetic as write_synthetic
    from gld_lists.truth import truth_from_labels as truth_from_labels

offer(
    __name__,
    {
        "download": "gld_lists.downloading.download",
        "folder_list": "gld_lists.folder.list_images",
        "label_by_file": "gld_lists.folder.labels",
        "label_by_folder": "gld_lists.folder.labels",
        "expanded_index": "gld_lists.gldv2.competition_index",
        "google_lists": "gld_lists.gldv2.google",
        "audit_lists": "gld_lists.images.audit",
        "Check": "gld_lists.images.check",
        "find_duplicates": "gld_lists.images.duplicates",
        "fingerprints": "gld_lists.images.fingerprints",
        "resize_images": "gld_lists.images.resize",
        "sample_list": "gld_lists.sample",
        "split_list": "gld_lists.split",
        "statistics": "gld_lists.stats",
        "write_synthetic": "gld_lists.synthetic.dataset",
        "truth_from_labels": "gld_lists.truth",
    },
)
