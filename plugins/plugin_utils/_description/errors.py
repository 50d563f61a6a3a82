# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the mistakes in a description with their paths, and reports them in its order, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import HIDDEN, is_secret_key, mask

_SHOWN = 60  # characters of a value that a message quotes

Path = tuple[str | int, ...]


class Findings:
    """The mistakes found so far, and the secrets that they must not quote."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._secrets = set(_secrets(document))
        self._found: list[tuple[Path, str]] = []

    def add(self, path: Path, sentence: str) -> None:
        """Add a mistake."""
        self._found.append((path, sentence))

    def show(self, value: Any) -> str:
        """Return the value as a message quotes it; ``(hidden)`` when it is, contains or looks like a secret."""
        if isinstance(value, Mapping):
            return "a mapping"
        if isinstance(value, (list, tuple)):
            return "a list"
        if value is None or isinstance(value, bool):
            return {None: "nothing", True: "true", False: "false"}[value]
        text = str(value)
        if mask(text) != text or _holds_login(text) or any(
            secret == text or (len(secret) > 3 and secret in text) for secret in self._secrets
        ):
            return HIDDEN
        text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return repr(text) if isinstance(value, str) else text

    def __bool__(self) -> bool:
        return bool(self._found)

    def mistakes(self) -> list[tuple[Path, str]]:
        """(path, sentence) of each mistake, in the document's order, each once."""
        return list(dict.fromkeys(sorted(self._found, key=lambda found: self._position(found[0]))))

    def sentences(self) -> list[str]:
        """Return the mistakes as ``path: sentence``, in the document's order, each once."""
        return list(dict.fromkeys(f"{show_path(path)}: {sentence}" for path, sentence in self.mistakes()))

    def _position(self, path: Path) -> tuple[int, ...]:
        """Return the position of the path in the document. A key that is missing comes after those that are there."""
        position: list[int] = []
        here: Any = self._document
        for step in path:
            if isinstance(here, Mapping):
                keys = list(here)
                position.append(keys.index(step) if step in keys else len(keys))
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int):
                position.append(step)
                here = here[step] if step < len(here) else None
            else:
                position.append(0)
        return tuple(position)


def show_path(path: Path) -> str:
    """Return the path as a user would write it: ``dialer_routes[1].trunks[0].name``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch("[A-Za-z0-9_-]{1,60}", step):
            text += f".{step}" if text else step
        else:  # a key of the user's that may be anything: one line of it, and no login
            text += "[…]" if _holds_login(step) else f"[{step[:_SHOWN]!r}]"
    return text


def _holds_login(text: str) -> bool:
    """Return whether the text contains user:secret@host."""
    return any(0 < word.find(":", 1) < word.rfind("@") - 1 for word in text.split())


def suggest(word: str, known: Iterable[str], common: str = "") -> str:
    """Return ``; did you mean 'X'?`` with the known word that this one is a misspelling or the beginning of. Return an
    empty string if it is neither, or of several equally: a word of another meaning is worse than none.

    Words are compared without the beginning that they have in ``common``, which would make all of them similar.
    """
    compared = {one.removeprefix(common).lower(): one for one in known}
    given = word.removeprefix(common).lower()[:_SHOWN]
    mistakes = {one: _typing_mistakes(given, one) for one in compared}
    fewest = min(mistakes.values(), default=0)
    meant = [one for one in compared if mistakes[one] == fewest]
    if fewest > (len(given) + 1) // 4:  # 1 in a word of 3 to 6 letters, 2 in one of 7 to 10
        meant = [one for one in compared if len(given) > 2 and one.startswith(given)]
    return f"; did you mean {compared[meant[0]]!r}?" if len(meant) == 1 else ""


def _typing_mistakes(one: str, other: str) -> int:
    """Return how many letters are missing, too many, wrong, or swapped with the next (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _secrets(value: Any, secret: bool = False) -> Iterable[str]:
    """Yield every scalar below a key of a secret."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secrets(item, secret or is_secret_key(str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item, secret)
    elif secret and value is not None and not isinstance(value, bool) and str(value):
        yield str(value)
