# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads carrier entries as administrators write them: sections of options, registrations, dialplan lines. Pure.

Nothing is judged here; what does not parse is kept as it stands, for whoever reports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

_SECTION = re.compile(r"\[([^\]]+)\]\s*(\(([^)]*)\))?")
_ASSIGNMENT = re.compile(r"([^=\s][^=]*?)\s*=>?\s*(.*)")
_REGISTER = re.compile(
    r"(?:(?P<transport>udp|tcp|tls)://)?(?:(?P<peer>[^\s?@:/]+)\?)?"
    r"(?P<user>[^\s:/?]+?)(?::(?P<secret>[^\s]*?)(?::(?P<authuser>[^\s:@]+))?)?"
    r"@(?P<host>[^\s:/@~]+)(?::(?P<port>\d+))?(?:/(?P<extension>[^\s~]+))?(?:~(?P<expiry>\d+))?"
)
_STEP = re.compile(
    r"(?P<priority>\d+|n|s|hint)\s*(?:\+\d+)?\s*(?:\((?P<label>[^)]*)\))?\s*,\s*(?P<application>.*)", re.IGNORECASE
)


@dataclass(frozen=True)
class Section:
    """A section of a conf file: its name, the options in their order, the templates that it takes, and whether it is
    one itself."""

    name: str
    options: tuple[tuple[str, str], ...] = ()
    inherits: tuple[str, ...] = ()
    template: bool = False

    def values(self, key: str) -> list[str]:
        """Every value of the option, in order."""
        return [value for name, value in self.options if name == key]

    def last(self, key: str, default: str = "") -> str:
        """The value that counts, the last one."""
        return (self.values(key) or [default])[-1]


@dataclass(frozen=True)
class Registration:
    """A ``register =>`` line, in its pieces; what it does not say is empty, a port 0."""

    user: str
    secret: str
    host: str
    port: int
    transport: str = ""
    authuser: str = ""
    extension: str = ""
    expiry: str = ""
    peer: str = ""

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Registration({self.user!r}, {self.host!r})"


@dataclass(frozen=True)
class Step:
    """One priority of an extension: application and the text in its parentheses; the label, or an empty string."""

    application: str
    arguments: str
    label: str = ""
    priority: str = ""


@dataclass
class Extension:
    """One extension of a dialplan entry and its steps in the order in which they run."""

    pattern: str
    steps: list[Step] = field(default_factory=list)


class Unreadable(ValueError):
    """A dialplan entry that holds something else than plain extensions; says what."""


def lines(text: str | None) -> Iterator[str]:
    """The lines without comments, blanks around them, and the carriage returns of browsers.

    ``;--`` to ``--;`` is a comment of several lines, ``\\;`` a semicolon that stays.
    """
    text = re.sub(r";--.*?--;", "", (text or "").replace("\r\n", "\n").replace("\r", "\n"), flags=re.DOTALL)
    for line in text.split("\n"):
        line = re.sub(r"(?<!\\);.*", "", line).strip()
        if line:
            yield line


def sections(text: str | None, first: str = "") -> list[Section]:
    """The sections of a conf text, templates of its own resolved. Options before the first header belong to ``first``;
    they are left out where that is empty. Option names come in lower case."""
    found: list[Section] = []
    current = Section(first)
    for line in lines(text):
        header = _SECTION.match(line)
        if header:
            if current.name:
                found.append(current)
            words = [word.strip() for word in (header.group(3) or "").split(",") if word.strip()]
            current = Section(
                header.group(1).strip(), (), tuple(word for word in words if word not in "!+"), "!" in words
            )
            continue
        option = _ASSIGNMENT.match(line)
        if option and not line.startswith("#"):
            current = replace(current, options=(*current.options, (option.group(1).lower(), option.group(2).strip())))
    if current.name:
        found.append(current)
    return _resolved(found)


def _resolved(found: list[Section]) -> list[Section]:
    """The sections with the options of the templates that they name put first."""
    resolved: list[Section] = []
    by_name: dict[str, Section] = {}
    for section in found:
        inherited = tuple(
            option for name in section.inherits if name in by_name for option in by_name[name].options
        )
        whole = replace(section, options=(*inherited, *section.options))
        by_name.setdefault(whole.name, whole)
        resolved.append(whole)
    return resolved


def registration(text: str | None) -> Registration | None:
    """The registration of a registration_string; None when it is empty or something else."""
    for line in lines(text):
        line = re.sub(r"^register\s*=>?\s*", "", line, flags=re.IGNORECASE)
        match = _REGISTER.fullmatch(line)
        if match is None:
            return None
        parts: dict[str, Any] = {key: value or "" for key, value in match.groupdict().items()}
        return Registration(**{**parts, "port": int(parts["port"] or 0)})
    return None


def assignments(text: str | None) -> dict[str, str]:
    """{NAME: value} of a globals_string."""
    found = {}
    for line in lines(text):
        option = _ASSIGNMENT.match(line)
        if option:
            found[option.group(1)] = option.group(2).strip()
    return found


def extensions(text: str | None) -> list[Extension]:
    """The extensions of a dialplan entry, steps in the order of their priorities.

    Raises Unreadable when a line is none of ``exten =>`` and ``same =>``, or is not understood.
    """
    found: dict[str, Extension] = {}
    last: dict[str, int] = {}
    numbered: dict[str, list[tuple[int, Step]]] = {}
    current = ""
    for line in lines(text):
        option = _ASSIGNMENT.match(line)
        key = option.group(1).lower() if option else ""
        if line.startswith("["):
            raise Unreadable(f"it opens a context of its own, {line}")
        if option is None or key not in ("exten", "same"):
            raise Unreadable(f"it holds {key + ' =>' if key else 'a line'} besides extensions")
        rest = option.group(2)
        if key == "exten":
            current, comma, rest = (part.strip() for part in rest.partition(","))
            if "/" in current:
                raise Unreadable(f"{current} looks at the caller's number")
            if not comma:
                raise Unreadable(f"the line of {current} has no priority")
        match = _STEP.fullmatch(rest)
        if not current or match is None or match.group("priority").lower() == "hint":
            raise Unreadable(f"a line of {current or 'no extension'} is not understood")
        word = match.group("priority").lower()
        number = int(word) if word.isdigit() else last.get(current, 0) + (1 if word == "n" else 0)
        last[current] = number
        name, _bracket, arguments = match.group("application").strip().partition("(")
        if _bracket:
            arguments = arguments.rstrip()
            if not arguments.endswith(")"):
                raise Unreadable(f"a line of {current} does not close its parentheses")
            arguments = arguments[:-1]
        found.setdefault(current, Extension(current))
        step = Step(name.strip(), arguments.strip(), match.group("label") or "", str(number))
        numbered.setdefault(current, []).append((number, step))
    for name, extension in found.items():
        steps = sorted(numbered[name], key=lambda pair: pair[0])
        if [number for number, _step in steps] != list(range(1, len(steps) + 1)):
            raise Unreadable(f"the priorities of {name} are not 1, 2, 3 …")
        extension.steps = [step for _number, step in steps]
    return list(found.values())


def split_arguments(text: str) -> list[str]:
    """The arguments of an application: parted at commas (or, of old, at ``|``) outside of brackets and quotes."""
    parts, depth, quoted, current = [], 0, False, ""
    mark = "," if "," in re.sub(r"\$\{[^}]*\}", "", text) or "|" not in text else "|"
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if character == mark and depth == 0 and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]
