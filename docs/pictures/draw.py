"""Draw the pictures of docs/pictures.md: ``python docs/pictures/draw.py``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from svg import Drawing


def pipeline() -> str:
    """Draw the way of the data through the six tools."""
    to = Drawing(860, 830, "The data's way through the six tools, from images to scores")
    to.box("input", 40, 20, 150, "images", "folders, tars, URLs")
    to.box("input", 260, 20, 220, "labels", "official CSV files, or folders")
    to.box("tool", 270, 110, 200, "gld-lists")
    to.box("file", 270, 190, 200, "lists", "train, queries, index: TSV")
    to.box("file", 640, 190, 180, "truth", "relevant pairs: TSV")
    to.box("tool", 270, 290, 200, "gld-train")
    to.box("file", 270, 370, 200, "checkpoint", "the network: safetensors")
    to.box("tool", 270, 450, 200, "gld-embed")
    to.box("file", 210, 530, 150, "query store", "vectors: Zarr")
    to.box("file", 380, 530, 150, "index store", "vectors: Zarr")
    to.box("tool", 270, 610, 200, "gld-search")
    to.box("file", 270, 690, 200, "neighbours", "ranked: TSV or Zarr")
    to.box("tool", 530, 690, 130, "gld-rerank")
    to.box("tool", 690, 610, 130, "gld-eval")
    to.box("file", 690, 530, 130, "scores", "TSV, HTML report")
    to.box("tool", 270, 770, 200, "gld-lists submission")
    to.box("file", 40, 770, 150, "submission", "Kaggle's CSV")
    to.arrow((370, 64), (370, 110))
    to.arrow((370, 154), (370, 190))
    to.arrow((470, 132), (730, 132), (730, 190))
    to.arrow((370, 234), (370, 290))
    to.arrow((370, 334), (370, 370))
    to.arrow((370, 414), (370, 450))
    to.arrow((470, 212), (550, 212), (550, 472), (470, 472))
    to.arrow((115, 64), (115, 312), (270, 312))
    to.arrow((115, 64), (115, 472), (270, 472))
    to.arrow((320, 494), (285, 530))
    to.arrow((420, 494), (455, 530))
    to.arrow((285, 574), (320, 610))
    to.arrow((455, 574), (420, 610))
    to.arrow((370, 654), (370, 690))
    to.arrow((470, 704), (530, 704))
    to.arrow((530, 722), (470, 722))
    to.arrow((430, 690), (430, 672), (755, 672), (755, 654))
    to.arrow((790, 234), (790, 500), (835, 500), (835, 632), (820, 632))
    to.arrow((755, 610), (755, 574))
    to.arrow((370, 734), (370, 770))
    to.arrow((270, 792), (190, 792))
    to.text(610, 745, "any number of times")
    return to.svg()


def rows() -> str:
    """Draw how a row of a list becomes a row of a store, and of neighbours."""
    to = Drawing(860, 270, "A row of a list, of a store, and of neighbours")
    paths = ["a/1.jpg", "a/2.jpg", "b/1.jpg"]
    to.box("file", 30, 30, 220, "index.tsv", "id  path")
    to.box("file", 420, 30, 220, "index.zarr", "ids  vectors")
    for row, path in enumerate(paths):
        to.box("input", 30, 82 + 44 * row, 220, "", f"row {row}:  {path[:-4]}   {path}", height=36)
        to.box(
            "input", 420, 82 + 44 * row, 220, "", f"row {row}:  {path[:-4]}   d numbers", height=36
        )
    to.box("tool", 280, 122, 110, "gld-embed")
    to.box("tool", 690, 30, 140, "gld-search")
    to.box("file", 690, 122, 140, "neighbours", "rows or ids, scores")
    to.arrow((250, 144), (280, 144))
    to.arrow((390, 144), (420, 144))
    to.arrow((640, 52), (690, 52))
    to.arrow((760, 74), (760, 122))
    to.text(140, 236, "the order of the rows is kept")
    to.text(530, 236, "chunks of 64 to 1,024 rows, with checksums")
    to.text(760, 190, "of the rows that are most alike")
    return to.svg()


def recipe() -> str:
    """Draw the recipe: four networks through four stages, their stores, and the ensemble."""
    to = Drawing(860, 560, "The recipe of 2021, from four networks to a submission")
    networks = ["SE-ResNet101-IBN", "ResNeXt101-IBN", "ResNeSt-101", "ResNeSt-269"]
    stages = [("clean", 384), ("c2x", 384), ("full", 512), ("all", 512)]
    for column, name in enumerate(networks):
        left = 40 + 200 * column
        to.text(left + 90, 24, name, "input", is_name=True)
        for row, (images, pixels) in enumerate(stages):
            size = 448 if column == 3 and row < 2 else pixels
            to.box("tool", left, 44 + 66 * row, 180, f"train: {images}, {size}", height=36)
            below = 66 * row + 80
            to.arrow((left + 90, below), (left + 90, below + 30))
        to.box("file", left, 308, 180, "stores", "queries, index, references")
        to.arrow((left + 90, 352), (430 - 60 + 40 * column, 392))
    to.box("tool", 260, 392, 340, "gld-search, gld-rerank landmark")
    to.text(430, 450, "each network's similarities and votes, added")
    to.box("file", 160, 490, 240, "submission.csv", "100 index images a query")
    to.box("file", 460, 490, 240, "scores", "of the expanded index")
    to.arrow((370, 462), (300, 490))
    to.arrow((490, 462), (560, 490))
    return to.svg()


def main() -> None:
    """Write every picture beside this script."""
    for draw in (pipeline, rows, recipe):
        Path(__file__).with_name(f"{draw.__name__}.svg").write_text(draw())


if __name__ == "__main__":
    main()
