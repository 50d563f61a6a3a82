# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the files that VICIdial's generator writes from all rows of a dialer, as Asterisk reads them. Pure.

A row's text is not read by itself: what it has before its first header belongs to the peer of the row before it, a
template may be another row's, and of two peers of one name the later one's options win.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import parse, peers
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.found import Found
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

NO_TEMPLATE = ("--NONE--", "")
_MERGED = ("SIP", "IAX2")  # their drivers read a second section of one name over the first one


def in_order(rows: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the rows in the generator's order; those that it never writes come last."""
    return sorted(rows, key=vicidial.place_of)


def written(found: Found, dialer: str) -> list[Mapping[str, str]]:
    """Return the rows that the generator writes for a dialer, in its order."""
    return [
        row
        for row in in_order(found.rows)
        if row["active"] == "Y" and row["protocol"] in vicidial.GENERATED and dialer in found.readers(row)
    ]


def global_values(found: Found, dialers: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return {name: [(value, carrier_id)]} of the globals that rows set on these dialers; the last one counts."""
    rows: dict[str, Mapping[str, str]] = {}
    for dialer in dialers:
        rows.update((row["carrier_id"], row) for row in written(found, dialer))
    values: dict[str, list[tuple[str, str]]] = {}
    for row in in_order(rows.values()):
        for name, value in parse.assignments(row["globals_string"]).items():
            values.setdefault(name, []).append((value, row["carrier_id"]))
    return values


def template_of(row: Mapping[str, str], templates: Mapping[str, str]) -> str | None:
    """Return the contents of a row's template, whose name MySQL compares without case; None where it does not exist."""
    wanted = row["template_id"].rstrip().lower()
    return next((contents for name, contents in templates.items() if name.rstrip().lower() == wanted), None)


def text_of(row: Mapping[str, str], templates: Mapping[str, str]) -> str:
    """Return what the generator writes of a row's peers. It ignores a template that does not exist."""
    return f"{row['account_entry'] or ''}\n{template_of(row, templates) or ''}"


class _File:
    """One generated file: its sections, by name, by text, and by the templates that they take."""

    def __init__(self, reader: parse.Reader, protocol: str) -> None:
        self.protocol = protocol
        self.stray, self.broken = reader.stray, reader.broken
        self.first: dict[str, parse.Section] = {}  # by name in lower case, as templates are found
        self.by_name: dict[str, list[parse.Section]] = {}
        self.by_owner: dict[str, list[parse.Section]] = {}
        self.owners: dict[str, set[str]] = {}  # of the sections of a name
        self.takers: dict[str, set[str]] = {}
        for section in reader.sections():
            self.first.setdefault(section.name.lower(), section)
            self.by_name.setdefault(peers.identity(section.name, protocol), []).append(section)
            self.owners.setdefault(peers.identity(section.name, protocol), set()).add(section.owner)
            self.by_owner.setdefault(section.owner, []).append(section)
            for template in section.inherits:
                self.takers.setdefault(template.lower(), set()).add(section.owner)


class Files:
    """The peers' files of all dialers."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._read: dict[tuple[str, str], _File] = {}

    def _file(self, dialer: str, protocol: str) -> _File:
        """Return a dialer's file for a protocol, read once. Raises Unreadable."""
        key = dialer, protocol
        if key not in self._read:
            reader = parse.Reader("general")  # sip.conf includes the file at the end of that section
            for row in written(self._found, dialer):
                if row["protocol"] == protocol:
                    reader.feed(text_of(row, self._found.templates), row["carrier_id"])
            self._read[key] = _File(reader, protocol)
        return self._read[key]

    def sections(self, row: Mapping[str, str], notes: list[str]) -> list[parse.Section]:
        """Return the sections of a row with the options that they have in the generated files of its dialers.

        An inactive row, and the peers in a plain Asterisk's files, are read by themselves. Adds what people should know
        to ``notes``; raises Refused.
        """
        dialers = self._found.readers(row) if row["active"] == "Y" and self._found.mode == "vicidial" else ()
        answers: list[tuple[list[parse.Section], list[str]]] = []
        try:
            files = [self._file(dialer, row["protocol"]) for dialer in dialers]
            if not files:
                text = text_of(row, self._found.templates)
                files = [_File(parse.Reader("general").feed(text, row["carrier_id"]), row["protocol"])]
        except parse.Unreadable as reason:
            raise Refused(str(reason)) from None
        for file in files:
            said: list[str] = []
            answers.append((_of_row(file, row, said), said))
        if any(answer != answers[0] for answer in answers):
            raise Refused("other carriers change its peers, and not in the same way on all dialers")
        notes += answers[0][1]
        return answers[0][0]


def _of_row(file: _File, row: Mapping[str, str], notes: list[str]) -> list[parse.Section]:
    """Return a row's sections in a file. Adds to ``notes``; raises Refused."""
    owner = row["carrier_id"]
    own = file.by_owner.get(owner, [])
    if owner in file.broken:
        raise Refused("one of its headers has no closing bracket")
    _check_stray(file.stray.get(owner, ()), bool(own))
    for section in own:
        if section.name != section.name.strip():
            raise Refused("the header [{name}] has blanks inside its brackets, which are part of the name: remove them",
                          name=section.name)
        missing = [name for name in section.missing if name != section.name]
        if missing:
            raise Refused("[{name}] takes the template {template}, which no carrier before it defines",
                          name=section.name, template=", ".join(missing))
        if section.missing:
            raise Refused("[{name}](+) adds to a section that no carrier before it defines", name=section.name)
        if section.includes:
            raise Refused("[{name}] includes a file, which only Asterisk reads", name=section.name)
        takers = sorted(file.takers.get(section.name.lower(), set()) - {owner})
        if takers:
            raise Refused("carrier {other} takes a template that is defined here", other=", ".join(takers))
        others = [name for name in section.inherits if file.first[name.lower()].owner != owner]
        if others:
            names = ", ".join(others)
            notes.append(f"the options of the template {names} of another carrier are in the description now")
    found = [section for section in own if not section.template]
    _check_added(found, row["protocol"], notes)
    return [_with_namesakes(section, file, notes) for section in found]


def _check_stray(stray: Sequence[tuple[str, str, str]], headed: bool) -> None:
    """Raise Refused for options before the first header, which belong to a peer of another row."""
    if not stray:
        return
    _option, section, other = stray[0]
    options = ", ".join(dict.fromkeys(option for option, name, owner in stray if (name, owner) == (section, other)))
    where = f"[{section}] of carrier {other}" if other else "[general]"
    if stray[0][0] == "(+)":
        raise Refused("it adds options to {where}", where=where)
    what = "put them behind its header" if headed else "it has no header of its own"
    raise Refused("Asterisk takes its first lines ({options}) for options of {where}: {what}",
                  options=options, where=where, what=what)


def _check_added(found: Sequence[parse.Section], protocol: str, notes: list[str]) -> None:
    """Note options that other rows add to a peer; raise Refused where they would not stay with it."""
    for section in found:
        if section.added:
            others = ", ".join(section.added)
            if protocol != "SIP" or len(found) > 1:
                raise Refused("Asterisk takes lines of carrier {others} for options of [{name}]: correct that carrier "
                              "first", others=others, name=section.name)
            notes.append(f"the options that carrier {others} adds to [{section.name}] are in the description now")


def _with_namesakes(section: parse.Section, file: _File, notes: list[str]) -> parse.Section:
    """Return a section with the options of those of its name in other rows. Raises Refused when a later one wins."""
    protocol, name = file.protocol, peers.identity(section.name, file.protocol)
    if len(file.owners[name]) < 2:  # a row may repeat a name for each of its lines: no line looks at all the others
        return section
    order = [one for one in file.by_name[name] if not one.template]
    others = [one for one in order if one.owner != section.owner and _replaces(one, section, protocol)]
    if not others:
        return section
    if protocol not in _MERGED:
        raise Refused("carrier {other} defines [{name}] too, and PJSIP loads no file with an object twice: set one of "
                      "them inactive", other=others[0].owner, name=section.name)
    later = order[order.index(section) :]
    later = [one for one in others if one in later]
    if later:
        raise Refused("carrier {other}, which Asterisk reads later, defines [{name}] too, and its options win: set one "
                      "of them inactive", other=later[-1].owner, name=section.name)
    names = ", ".join(one.owner for one in others)
    notes.append(
        f"carrier {names} defines [{section.name}] too: where both have an option, Asterisk takes that of this carrier"
    )
    return replace(section, options=(*(option for one in others for option in one.options), *section.options))


def _replaces(one: parse.Section, other: parse.Section, protocol: str) -> bool:
    """Whether two sections of one name are one object to Asterisk. To chan_iax2 a friend is a peer and a user."""
    if protocol == "SIP":
        return bool(one.last("type"))  # without one, chan_sip passes over the section
    kinds = [section.last("type").lower() for section in (one, other)]
    return kinds[0] == kinds[1] or protocol == "IAX2" and "friend" in kinds
