# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads carrier entries as Asterisk does: sections of options, globals, dialplan lines. Pure.

Nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines

_PRIORITY = re.compile(r"[0-9]{1,9}|n|s", re.IGNORECASE)
_STEPS_ON = re.compile(r"\+[0-9]+")
_OPTIONS = 2000  # of a section with its templates: Asterisk's own have some hundred at most


@dataclass(frozen=True)
class Section:
    """A section of a conf file: its name, its options in order, its templates, and whether it is a template itself."""

    name: str
    options: tuple[tuple[str, str], ...] = ()
    inherits: tuple[str, ...] = ()
    template: bool = False

    def values(self, key: str) -> list[str]:
        """Return every value of the option, in order."""
        return [value for name, value in self.options if name == key]

    def last(self, key: str, default: str = "") -> str:
        """Return the last value of the option, which is the one that counts."""
        return (self.values(key) or [default])[-1]


@dataclass(frozen=True)
class Step:
    """One priority of an extension: the application, the text in its parentheses, and its label or an empty string."""

    application: str
    arguments: str
    label: str = ""
    priority: str = ""


@dataclass
class Extension:
    """One extension of a dialplan entry, and its steps in the order in which they run."""

    pattern: str
    steps: list[Step] = field(default_factory=list)


class Unreadable(ValueError):
    """Raised for an entry that cannot be read; the message says why."""


def lines(text: str | None) -> Iterator[str]:
    """Yield the lines without comments, blanks around them and carriage returns, empty ones left out.

    ``;--`` to ``--;`` is a comment of several lines, ``\\;`` a semicolon that stays.
    """
    rest, kept = (text or "").replace("\r\n", "\n").replace("\r", "\n"), []
    while rest:
        before, comment, behind = rest.partition(";--")
        _inside, ended, after = behind.partition("--;")
        kept += [before] if ended else [rest]
        rest = after
    for line in "".join(kept).split("\n"):
        line = conf_lines.bare(line)
        if line:
            yield line


def sections(text: str | None, first: str = "") -> list[Section]:
    """Return the sections of a conf text, with the templates of the text resolved. Options before the first
    header belong to ``first``; they are left out where that is empty. Option names come in lower case.

    Raises Unreadable where templates of templates make more options than any peer has.
    """
    found: list[Section] = []
    current = Section(first)
    options: list[tuple[str, str]] = []
    for line in lines(text):
        header = conf_lines.HEADING.match(line)
        if header:
            if current.name:
                found.append(replace(current, options=tuple(options)))
            words = [word.strip() for word in (header.group(2) or "").split(",") if word.strip()]
            options = []
            current = Section(
                header.group(1).strip(), (), tuple(word for word in words if word not in "!+"), "!" in words
            )
            continue
        option = conf_lines.option(line)
        if option and not line.startswith("#"):
            options.append((option[0].lower(), option[1]))
    if current.name:
        found.append(replace(current, options=tuple(options)))
    return _resolved(found)


def _resolved(found: list[Section]) -> list[Section]:
    """Return the sections with the options of their templates put first."""
    resolved: list[Section] = []
    by_name: dict[str, Section] = {}
    for section in found:
        templates = [by_name[name] for name in section.inherits if name in by_name]
        if templates and sum(len(one.options) for one in (*templates, section)) > _OPTIONS:
            raise Unreadable(f"[{section.name}] has more than {_OPTIONS} options with its templates")
        inherited = tuple(option for one in templates for option in one.options)
        whole = replace(section, options=(*inherited, *section.options))
        by_name.setdefault(whole.name, whole)
        resolved.append(whole)
    return resolved


def assignments(text: str | None) -> dict[str, str]:
    """Return {name: value} of a globals_string."""
    found = {}
    for line in lines(text):
        option = conf_lines.option(line)
        if option:
            found[option[0]] = option[1]
    return found


def extensions(text: str | None) -> list[Extension]:
    """Return the extensions of a dialplan entry, their steps in the order of the priorities.

    Raises Unreadable when a line is none of ``exten =>`` and ``same =>``, or is not understood.
    """
    found: dict[str, Extension] = {}
    last: dict[str, int] = {}
    numbered: dict[str, list[tuple[int, Step]]] = {}
    current = ""
    for line in lines(text):
        option = conf_lines.option(line)
        key = option[0].lower() if option else ""
        if line.startswith("["):
            raise Unreadable(f"it opens a context of its own, {line}")
        if option is None or key not in ("exten", "same"):
            raise Unreadable(f"it holds {key + ' =>' if key else 'a line'} besides extensions")
        rest = option[1]
        if key == "exten":
            current, comma, rest = (part.strip() for part in rest.partition(","))
            if "/" in current:
                raise Unreadable(f"{current} looks at the caller's number")
            if not comma:
                raise Unreadable(f"the line of {current} has no priority")
        head, comma, application = rest.partition(",")
        priority = _priority(head) if comma else None
        if not current or priority is None:
            raise Unreadable(f"a line of {current or 'no extension'} is not understood")
        word, label = priority
        number = last.get(current, 0) + (word == "n") if word in ("n", "s") else int(word)
        last[current] = number
        name, _bracket, arguments = application.strip().partition("(")
        if _bracket:
            arguments = arguments.rstrip()
            if not arguments.endswith(")"):
                raise Unreadable(f"a line of {current} does not close its parentheses")
            arguments = arguments[:-1]
        found.setdefault(current, Extension(current))
        step = Step(name.strip(), arguments.strip(), label, str(number))
        numbered.setdefault(current, []).append((number, step))
    for name, extension in found.items():
        steps = sorted(numbered[name], key=lambda pair: pair[0])
        if [number for number, _step in steps] != list(range(1, len(steps) + 1)):
            raise Unreadable(f"the priorities of {name} are not 1, 2, 3 …")
        extension.steps = [step for _number, step in steps]
    return list(found.values())


def _priority(head: str) -> tuple[str, str] | None:
    """Return (priority, label or an empty string) of the text before an application; None for anything else."""
    head = head.strip()
    match = _PRIORITY.match(head)
    rest = head[match.end() :].lstrip() if match else ""
    steps_on = _STEPS_ON.match(rest)
    label, bracket, rest = rest[steps_on.end() if steps_on else 0 :].strip().partition("(")
    if match is None or label:
        return None
    label, closed, rest = rest.partition(")")
    return (match.group(0).lower(), label) if bool(bracket) == bool(closed) and not rest else None


def split_arguments(text: str) -> list[str]:
    """Return the arguments of an application, split at commas (formerly ``|``) outside of brackets and quotes."""
    parts = _parted(text, ",")
    return parts if len(parts) > 1 or "|" not in text else _parted(text, "|")


def _parted(text: str, mark: str) -> list[str]:
    parts, depth, quoted, start = [], 0, False, 0
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if character == mark and depth == 0 and not quoted:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
