"""Definitions of retrieval scores, a file each: functions of judged results, in numpy arrays."""
