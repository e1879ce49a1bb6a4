"""The names of protocols, known without numpy."""

NAMES = (
    "gldv2-retrieval",
    "recipe",
    "revisitop",
    "place-recognition",
    "ilias",
    "trec",
    "torchmetrics",
    "gldv2-recognition",
)
