"""Seeded worlds: what an online shop's account holds after some hours, incidents included.

`checkout.world(seed)` is the shop of all lessons; `samples` has small batches for single exercises;
`seeds.hidden_seed(name)` is the seed that a hidden test draws its data from. Importing this package
imports none of them, so that `course.data` stays quick to load.
"""

from __future__ import annotations
