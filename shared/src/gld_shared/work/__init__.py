"""Work that any number of processes share without a coordinator, over nothing but a folder.

An output is made in units. ``shared_output.sharing`` joins the processes that make it, ``Units``
hands out the units that are missing, and ``engines`` start processes that do so.
"""
