"""Imported by the process that workers are forked from, which so adopts whoever outlives a killed worker."""

import ctypes

import tests.faults.worker  # noqa: F401 (so that no worker has to)

_PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
