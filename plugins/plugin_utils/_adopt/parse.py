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

_PRIORITY = re.compile(r"\s*([0-9]{1,9})")
# Lines of a context that mean something besides its extensions; Asterisk ignores all others.
_DIRECTIVES = ("include", "ignorepat", "switch", "lswitch", "eswitch", "autohints")
_INCLUDES = ("#include", "#tryinclude", "#exec")
_OPTIONS = 2000  # of a section with its templates: Asterisk's own have some hundred at most
_FIRST = ("n", "next", "s", "same")  # priorities that count from the line before
_SET = re.compile(r"(\[[^\]]*\]?)")
_CAPITALS = str.maketrans("xzn", "XZN")
MOST_PRIORITIES = 8  # that a message lists


@dataclass(frozen=True)
class Section:
    """A section of a conf file: its name, its options in order, its templates, and whether it is a template itself.

    ``missing``: its templates that are not defined before it. ``includes``: whether it includes a file. ``owner``: the
    text that has its header, ``added``: other texts that have options of it (see Reader).
    """

    name: str
    options: tuple[tuple[str, str], ...] = ()
    inherits: tuple[str, ...] = ()
    template: bool = False
    missing: tuple[str, ...] = ()
    includes: bool = False
    owner: str = ""
    added: tuple[str, ...] = ()

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
    """One extension of a dialplan entry, its steps in the order in which they run, and what people should know."""

    pattern: str
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Unreadable(ValueError):
    """Raised for an entry that cannot be read; the message says why."""


def _uncommented(line: str, depth: int) -> tuple[str, int]:
    """Return what is left of a line without comments, and in how many block comments the next line begins.

    ``;--`` to ``--;`` is a block comment, ``;---`` an ordinary one; ``\\;`` is a semicolon.
    """
    pieces: list[str] = []
    keeping, start, at = not depth, 0, 0
    while True:
        mark = line.find(";", at)
        if mark < 0:
            break
        if mark > at and line[mark - 1] == "\\":
            if keeping:
                pieces.append(line[start : mark - 1])
                start = mark
            at = mark + 1
        elif line.startswith("--", mark + 1) and not line.startswith("-", mark + 3):
            if keeping:
                pieces.append(line[start:mark])
            keeping, depth, at = False, depth + 1, mark + 3
        elif mark >= at + 2 and line.startswith("--", mark - 2):
            depth, at = depth - 1, mark + 1
            if not depth:
                keeping, start = True, at
        elif depth:
            at = mark + 1
        else:
            if keeping:
                pieces.append(line[start:mark])
            keeping = False
            break
    if keeping:
        pieces.append(line[start:])
    return "".join(pieces).strip(), depth


class _Lines:
    """The lines of one or more texts without comments, blanks around them and carriage returns."""

    def __init__(self) -> None:
        self._depth = 0

    def of(self, text: str | None) -> Iterator[str]:
        """Yield the lines of a further text, empty ones left out."""
        for line in (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            kept, self._depth = _uncommented(line, self._depth)
            if kept:
                yield kept


def lines(text: str | None) -> Iterator[str]:
    """Yield the lines without comments, blanks around them and carriage returns, empty ones left out."""
    return _Lines().of(text)


class Reader:
    """Reads texts that follow each other in one conf file, as Asterisk does: options before the first header of a text
    belong to the last section of the texts before it, and templates are known from there on.

    ``first``: the section that the options before all headers belong to; without a name they are left out.
    ``stray``: {text: [(option, section's name, section's text)]} of the options that a text adds to a section of
    another one. ``broken``: the texts with a header that is not closed.
    """

    def __init__(self, first: str = "") -> None:
        self.stray: dict[str, list[tuple[str, str, str]]] = {}
        self.broken: set[str] = set()
        self._lines = _Lines()
        self._found = [Section(first)]
        self._options: list[list[tuple[str, str]]] = [[]]
        self._by_name: dict[str, int] = {}  # in lower case, as Asterisk finds templates
        self._current = 0

    def feed(self, text: str | None, owner: str = "") -> Reader:
        """Read a further text, which is called ``owner``. Raises Unreadable where templates of templates make more
        options than any peer has."""
        for line in self._lines.of(text):
            if line.startswith("["):
                self._header(line, owner)
            elif line.startswith("#"):
                if line.partition(" ")[0].lower() in _INCLUDES:
                    self._found[self._current] = replace(self._found[self._current], includes=True)
                    self._note(line.partition(" ")[0], owner)
            else:
                option = conf_lines.option(line)
                if option:
                    self._options[self._current].append((option[0].lower(), option[1]))
                    self._note(option[0].lower(), owner)
        return self

    def _note(self, option: str, owner: str) -> None:
        """Record an option that belongs to another text's section."""
        section = self._found[self._current]
        if section.owner != owner:
            self.stray.setdefault(owner, []).append((option, section.name, section.owner))
            if owner not in section.added:
                self._found[self._current] = replace(section, added=(*section.added, owner))

    def _header(self, line: str, owner: str) -> None:
        match = conf_lines.HEADING.match(line)
        if not match:
            self.broken.add(owner)
            return
        name = match.group(1)
        # Behind a blank, parentheses mean nothing.
        behind = (match.group(2) or "") if line.startswith("(", match.end(1) + 1) else ""
        words = [word.strip() for word in behind.split(",") if word.strip()]
        if any(word.startswith("+") for word in words) and name.lower() in self._by_name:
            self._current = self._by_name[name.lower()]
            self._note("(+)", owner)
            return
        inherits = tuple(word for word in words if word != "!")
        options: list[tuple[str, str]] = []
        for template in inherits:
            options += self._options[self._by_name[template.lower()]] if template.lower() in self._by_name else []
            if len(options) > _OPTIONS:
                raise Unreadable(f"[{name}] has more than {_OPTIONS} options with its templates")
        missing = tuple(
            name if word.startswith("+") else word for word in inherits if word.lower() not in self._by_name
        )
        self._current = len(self._found)
        self._found.append(Section(name, (), inherits, "!" in words, missing, owner=owner))
        self._options.append(options)
        self._by_name.setdefault(name.lower(), self._current)

    def sections(self) -> list[Section]:
        """Return the sections in the order of their headers, with the options of their templates put first."""
        return [
            replace(section, options=tuple(options))
            for section, options in zip(self._found, self._options)
            if section.name
        ]


def sections(text: str | None, first: str = "") -> list[Section]:
    """Return the sections of a conf text, with the templates of the text resolved. Options before the first
    header belong to ``first``; they are left out where that is empty. Option names come in lower case.

    Raises Unreadable where templates of templates make more options than any peer has.
    """
    return Reader(first).feed(text).sections()


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

    Raises Unreadable when it holds more than extensions, a line is not understood, or an extension has priorities that
    no call gets to, or a step that no call gets over.
    """
    found = loaded(text)
    for extension in found:
        unknown = next((step for step in extension.steps if step.application != step.application.rstrip()), None)
        if unknown:
            raise Unreadable(f"{extension.pattern} has a blank behind {unknown.application}, and calls end there")
        numbers = [int(step.priority) for step in extension.steps]
        if numbers != list(range(1, len(numbers) + 1)):
            shown = ", ".join(map(str, numbers[:MOST_PRIORITIES])) + (" …" if len(numbers) > MOST_PRIORITIES else "")
            last = next((number for number, after in zip(numbers, [*numbers[1:], 0]) if after != number + 1), 0)
            end = f"calls end after {last}" if numbers[0] == 1 else "no call gets in"
            raise Unreadable(f"the priorities of {extension.pattern} are {shown}: {end}")
    return found


def loaded(text: str | None) -> list[Extension]:
    """Return the extensions of a dialplan entry as ``dialplan show`` has them, whatever their priorities.

    ``n`` and ``s`` count from the line before, whichever extension that is of; of two equal priorities of an extension
    the first one stays. Raises Unreadable when it holds more than extensions, or a line is not understood.
    """
    found: dict[str, Extension] = {}
    numbered: dict[str, dict[int, Step]] = {}
    ignored: list[str] = []
    current, last = "", 0
    for line in lines(text):
        option = conf_lines.option(line)
        key = option[0].lower() if option else ""
        if line.startswith("["):
            raise Unreadable(f"it opens a context of its own, {line}")
        if line.startswith("#"):
            raise Unreadable("it includes a file")
        if key in _DIRECTIVES:
            raise Unreadable(f"it holds {key} => besides extensions")
        if option is None or key not in ("exten", "same"):
            ignored.append("Asterisk passes over a line that is no extension")
            continue
        rest = option[1]
        if key == "exten":
            name, comma, rest = rest.partition(",")
            current = name.strip()
            if "/" in current:
                raise Unreadable(f"{current} looks at the caller's number")
            if "${" in current:
                raise Unreadable("the name of an extension is a variable")
            if not comma:
                raise Unreadable(f"the line of {current} has no priority")
        head, comma, application = rest.partition(",")
        if not current:
            raise Unreadable("it begins with a line that belongs to no extension")
        extension = found.setdefault(_same(current), Extension(_spelled(current)))
        steps = numbered.setdefault(_same(current), {})
        number, label = _priority(head, last, current)
        if not number:
            extension.notes.append(f"Asterisk passes over a line whose priority is {head.strip() or 'empty'}")
            continue
        if not comma:
            raise Unreadable(f"a line of {current} has no application")
        last = number
        if number in steps:
            extension.notes.append(f"Asterisk passes over the second priority {number}")
            continue
        steps[number] = _step(application, label, number)
    for name, extension in found.items():
        extension.steps = [numbered[name][number] for number in sorted(numbered[name])]
    whole = [extension for extension in found.values() if extension.steps]
    if whole:
        whole[0].notes[:0] = ignored[:1]
    return whole


def _same(extension: str) -> str:
    """Return an extension in one spelling: without blanks and dashes, classes in capitals, as Asterisk compares it."""
    if not extension.startswith("_"):
        return extension.replace(" ", "").replace("-", "")
    parts = _SET.split(extension)
    return "".join(
        part if part.startswith("[") else part.replace(" ", "").replace("-", "").translate(_CAPITALS) for part in parts
    )


def _spelled(extension: str) -> str:
    """Return an extension as Asterisk shows it: without blanks outside of sets."""
    return "".join(part if part.startswith("[") else part.replace(" ", "") for part in _SET.split(extension))


def _priority(head: str, last: int, extension: str) -> tuple[int, str]:
    """Return (priority, label or an empty string) of the text before an application; priority 0 where Asterisk passes
    over the line. ``last``: the priority of the line before, 0 without one. Raises Unreadable."""
    word, bracket, label = head.strip().partition("(")
    label, closed, _rest = label.partition(")")
    word, plus, more = word.partition("+")
    if word == "hint":
        raise Unreadable(f"it has a hint for {extension}")
    if bracket and not closed:
        return 0, ""
    if word in _FIRST:
        if not last:
            raise Unreadable(f"its first line has the priority {word}, which counts from the carrier before")
        number = last + (word in ("n", "next"))
    else:
        match = _PRIORITY.match(word)
        number = int(match.group(1)) if match else 0
    steps = _PRIORITY.match(more) if plus else None
    return (number + int(steps.group(1)) if number and steps else number), label


def _step(application: str, label: str, number: int) -> Step:
    """Return the step of an application with its arguments: those up to the last parenthesis, or all without one."""
    name, bracket, arguments = application.strip().partition("(")
    if bracket and ("${" in name or "$[" in name):
        name, arguments = application.strip(), ""
    before, closed, _rest = arguments.rpartition(")")
    return Step(name, (before if closed else arguments).strip(), label, str(number))


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
