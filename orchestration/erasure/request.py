"""The request file: who is to be erased, who asks for it, and why."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

EMAIL = "email"
# Not of a source: the opaque id in the rules of pay and in the payroll map.
PAYEE = "payee"
# Addresses that stand in for erased ones; `.invalid` belongs to nobody (RFC 2606).
DOMAIN = "@erased.invalid"
_FIELDS = ("request", "requested_by", "why", "requested_on", "person")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,39}")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class ErasureError(Exception):
    """Nothing, or not everything, was erased; the message says what to do."""


@dataclass(frozen=True)
class Request:
    """One request.

    `name` is kept in the register and in pseudonyms, so it tells nothing of the person; everything
    else stays in the request file. `keys` are ids of the person by what they are ids of.
    """

    name: str
    requested_on: date
    emails: tuple[str, ...]
    keys: Mapping[str, frozenset[str]]


def read_request(path: Path, kinds: Collection[str]) -> Request:
    """Read a request file.

    Args:
        kinds: what a person may be named by, besides e-mail addresses and a payee id.

    Raises:
        ErasureError: it cannot be read, or names nobody; says which field, and what it should be.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ErasureError(f"{path} cannot be read: {_one_line(error)}.") from error
    if not isinstance(content, dict) or set(content) != set(_FIELDS):
        raise ErasureError(f"{path} must have exactly the fields {', '.join(_FIELDS)}.")
    for name in ("requested_by", "why"):
        if not isinstance(content[name], str) or not content[name].strip():
            raise ErasureError(f"{path}: {name} must say it in words.")
    if not isinstance(content["requested_on"], date):
        raise ErasureError(f"{path}: requested_on must be a date, as 2026-01-31.")
    name = str(content["request"])
    if not _NAME.fullmatch(name):
        raise ErasureError(
            f"{path}: request must be 3 to 40 letters, digits and hyphens that say nothing of the "
            "person, such as ER-2026-007: the register and the pseudonyms bear it."
        )
    return _of_person(path, name, content["requested_on"], content["person"], kinds)


def _of_person(
    path: Path, name: str, requested_on: date, person: Any, kinds: Collection[str]
) -> Request:
    known = (EMAIL, PAYEE, *sorted(kinds))
    if not isinstance(person, dict) or not person or not set(person) <= set(known):
        raise ErasureError(f"{path}: person must name keys of {', '.join(known)}; at least one.")
    keys = {kind: _texts(path, kind, values) for kind, values in person.items()}
    emails = tuple(dict.fromkeys(address.lower() for address in keys.pop(EMAIL, ())))
    wrong = [address for address in emails if not _ADDRESS.fullmatch(address)]
    if wrong or any(address.endswith(DOMAIN) for address in emails):
        raise ErasureError(f"{path}: an e-mail address of the person is none.")
    return Request(name, requested_on, emails, {kind: frozenset(v) for kind, v in keys.items()})


def _texts(path: Path, kind: str, values: Any) -> list[str]:
    texts = values if isinstance(values, list) else [values]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ErasureError(f"{path}: person.{kind} must be a text, or a list of texts in quotes.")
    return [text.strip() for text in texts]


def _one_line(error: Exception) -> str:
    # What YAML quotes of the file is the person's.
    return (
        type(error).__name__ if isinstance(error, yaml.YAMLError) else " ".join(str(error).split())
    )
