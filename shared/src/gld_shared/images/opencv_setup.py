"""OpenCV's settings for decoding files of unknown origin in several threads."""

import cv2
from cv2.utils import logging

# Callers decode several images at once, each in its own thread.
cv2.setNumThreads(1)
# OpenCV would log each damaged file to standard error, which the caller reports as an error anyway.
logging.setLogLevel(logging.LOG_LEVEL_SILENT)

__all__ = ["cv2"]
