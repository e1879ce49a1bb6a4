"""What the commands of `make -n submission` will take, from measured rates."""
