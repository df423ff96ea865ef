"""Chance that is the same every time: one generator for each purpose, so that a change here moves nothing there."""

import hashlib
import random

import numpy as np


def chance(seed: int, *purpose: object) -> random.Random:
    """A generator for a purpose."""
    return random.Random(_key(seed, purpose))


def noise(seed: int, *purpose: object) -> np.random.Generator:
    """The same for arrays."""
    return np.random.default_rng(int(_key(seed, purpose)[:16], 16))


def token(seed: int, *purpose: object) -> str:
    """A long hex name, as the site's addresses carry."""
    return _key(seed, ("token", *purpose))


def _key(seed: int, purpose: tuple[object, ...]) -> str:
    return hashlib.sha256("/".join(map(str, (seed, *purpose))).encode()).hexdigest()
