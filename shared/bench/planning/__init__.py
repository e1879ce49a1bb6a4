"""What the commands of `make -n submission` will take: time, disk and memory, from measured rates."""
