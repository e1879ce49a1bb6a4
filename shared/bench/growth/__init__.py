"""Every stage at three sizes: measured, kept, plotted, and compared with an earlier run."""
