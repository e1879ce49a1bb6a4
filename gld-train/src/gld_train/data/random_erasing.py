"""Random erasing: a box of an image becomes the mean colour."""

import random

import torch

# top, left, height, width
Box = tuple[int, int, int, int]
NO_BOX: Box = (0, 0, 0, 0)


def erasing_box(height: int, width: int, probability: float, generator: random.Random) -> Box:
    """Draw a random box (top, left, height, width), or NO_BOX.

    2 % to 20 % of the area, aspect 0.3 to 1/0.3, both uniform; at most 100 attempts to fit. Source:
    Zhong et al., Random Erasing Data Augmentation, 2017, in the reference recipe's order of draws.
    """
    if generator.uniform(0, 1) >= probability:
        return NO_BOX
    for _ in range(100):
        area = generator.uniform(0.02, 0.2) * height * width
        aspect = generator.uniform(0.3, 1 / 0.3)
        tall, wide = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        if wide < width and tall < height:
            top = generator.randint(0, height - tall)
            left = generator.randint(0, width - wide)
            return top, left, tall, wide
    return NO_BOX


def erase(images: torch.Tensor, boxes: list[Box]) -> torch.Tensor:
    """Set the box of each image to 0, in place; images are normalised, (b, 3, h, w)."""
    if images.is_cuda:
        return erase_at_once(images, boxes)
    for image, (top, left, height, width) in zip(images, boxes, strict=True):
        image[:, top : top + height, left : left + width] = 0
    return images


def erase_at_once(images: torch.Tensor, boxes: list[Box]) -> torch.Tensor:
    """Do what ``erase`` does, in a few operations on the batch: a GPU starts each of them late."""
    height, width = images.shape[2:]
    corners = torch.tensor(boxes, pin_memory=images.is_cuda).to(images.device, non_blocking=True)
    top, left, tall, wide = (side.view(-1, 1) for side in corners.view(-1, 4).unbind(1))
    rows, columns = (torch.arange(side, device=images.device) for side in (height, width))
    in_rows = (rows >= top) & (rows < top + tall)
    in_columns = (columns >= left) & (columns < left + wide)
    return images.masked_fill_((in_rows[:, :, None] & in_columns[:, None, :])[:, None], 0)
