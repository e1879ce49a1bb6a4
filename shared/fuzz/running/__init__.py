"""Running commands on changed files: in forked workers, with limits, judged one by one."""
