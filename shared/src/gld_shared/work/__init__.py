"""Work that any number of processes share through a folder alone, without a coordinator.

An output is made in units. ``shared_output.sharing`` joins the processes that make it, ``Units``
hands out the units that are missing, and ``engines`` starts the processes.
"""
