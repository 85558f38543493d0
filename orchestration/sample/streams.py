"""Random streams and ids of the sample.

Every part of the story draws from a stream of its own, named by the seed, the part and the row it
is about. A new part therefore changes nothing that was generated before it.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Choice = TypeVar("Choice")

_MASK = (1 << 64) - 1
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def stream(seed: int, part: str, *index: int) -> Random:
    """Return the random stream of `part` for one row; independent of every other stream."""
    return Random(f"{seed}/{part}/{'/'.join(map(str, index))}")


def weighted(rng: Random, choices: Sequence[tuple[Choice, float]]) -> Choice:
    """Return one choice; the weights sum to about 1, the last choice takes the rest."""
    point = rng.random()
    for choice, weight in choices:
        point -= weight
        if point < 0:
            return choice
    return choices[-1][0]


def between(rng: Random, low: float, high: float) -> int:
    """Return a whole number from `low` to just below `high`."""
    return int(low + rng.random() * (high - low))


def poisson(rng: Random, mean: float) -> int:
    """Return a count with a small mean (at most about 10)."""
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count += 1
        left += rng.expovariate(1.0)
    return count


def stripe_id(prefix: str, seed: int, owner: int, number: int) -> str:
    """Return an id that is unique by prefix, `owner` (from -1) and `number` (below 2**24)."""
    mixed = (((owner + 1) << 24) + number) ^ (seed * 0x9E3779B97F4A7C15 & _MASK)
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _MASK
    return f"{prefix}_{mixed ^ (mixed >> 31):016x}"


def salesforce_id(prefix: str, number: int, pod: str = "5g0") -> str:
    """Return an 18-character id: three of kind, three of pod, nine of number, three of case."""
    digits = []
    for _ in range(9):
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    body = prefix + pod + "".join(reversed(digits))
    case = "".join(
        _ALPHABET[sum(1 << place for place in range(5) if body[part + place].isupper())]
        for part in (0, 5, 10)
    )
    return body + case


def salesforce_number(row_id: str) -> int:
    """Return the number that `salesforce_id` made an id of."""
    number = 0
    for digit in row_id[6:15]:
        number = number * 62 + _BASE62.index(digit)
    return number
