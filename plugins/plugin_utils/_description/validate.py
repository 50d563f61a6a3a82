# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what a user wrote against the schema, and collects every mistake with its path."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import is_secret_key
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import addresses
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Findings, Path, suggest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.fields import (
    CONF_UNSAFE, MARKS, REQUIRED, Field)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.trunk_options import (
    OPTIONS_WITH_A_KEY, PJSIP_OBJECTS, URI_OPTIONS, use_the_key)

INVALID = object()  # takes the place of a value that was refused

TRUE = ("yes", "true", "on")
FALSE = ("no", "false", "off")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_CHARACTERS = {"\n": "a newline", "\r": "a carriage return", "\t": "a tab", "\0": "a NUL character"}


def plain(value: Any) -> Any:
    """Return the value in Python's own types. Ansible gives subclasses of them, and vault objects."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString"):
        return str.__str__(str(value))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    for kind in (bool, int, float):
        if isinstance(value, kind) and type(value) not in (kind, bool):
            return kind(value)
    return value


def walk(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    """Return the value, checked and with its defaults. INVALID takes the place of each value that was refused.

    Mistakes are added to ``findings``.
    """
    if value is None:
        if field.default is REQUIRED:
            findings.add(path, "is required")
            return INVALID
        if field.kind != "mapping" or field.default is None:
            return field.default
        value = field.default
    if field.choices and field.kind != "choice" and isinstance(value, str):
        return _choice(field, value, path, findings, besides=True)
    return _KINDS[field.kind](field, value, path, findings)


def _refuse(path: Path, findings: Findings, allowed: str, shown: str, hint: str = "") -> Any:
    """Add a mistake: the value is not what is allowed. ``shown`` is the quoted value, or empty. Return INVALID."""
    findings.add(path, f"must be {allowed}" + (f", not {shown}" if shown else "") + hint)
    return INVALID


def _mapping(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    if not isinstance(value, Mapping):
        return _refuse(path, findings, "a mapping", _type(value), _as_mapping(field, value, path))
    for key in value:
        if key not in field.keys:
            hint = suggest(str(key), field.keys) or f"; known are {', '.join(field.keys)}"
            findings.add((*path, str(key)), f"unknown key{hint}")
    return {key: walk(inner, value.get(key), (*path, key), findings) for key, inner in field.keys.items()}


def _as_mapping(field: Field, value: Any, path: Path) -> str:
    """Return how yes or no is written as this mapping; empty if it is neither, or cannot be written so."""
    word = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else str(value).lower()
    if "enabled" not in field.keys or word not in TRUE + FALSE:
        return ""
    return f"; write {path[-1]}: {{enabled: {'true' if word in TRUE else 'false'}}}"


def _list(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    if not isinstance(value, list):
        return _refuse(path, findings, " or ".join((*map(repr, field.choices), "a list")), _type(value))
    if len(value) < field.min_items:
        findings.add(path, "must not be empty")
        return INVALID
    if field.max_items is not None and len(value) > field.max_items:
        findings.add(path, f"must have at most {field.max_items} items, not {len(value)}")
        return INVALID
    items = []
    for index, item in enumerate(value):
        if item is None:
            items.append(_refuse((*path, index), findings, "something", "nothing"))
            continue
        walked = walk(cast(Field, field.item), item, (*path, index), findings)
        if field.unique and walked is not INVALID and not isinstance(walked, dict) and walked in items:
            findings.add((*path, index), f"{findings.show(walked)} is listed twice")
        items.append(walked)
    return items


def _type(value: Any) -> str:
    """Describe a value where a list or a mapping was expected: by its type alone, since it may contain secrets."""
    return {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        dict: "a mapping",
        list: "a list",
    }.get(type(value), f"a {type(value).__name__}")


def _boolean(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in TRUE + FALSE:
        return value.lower() in TRUE
    return _refuse(path, findings, "true or false", findings.show(value))


def _limits(field: Field) -> str:
    if field.minimum is not None and field.maximum is not None:
        return f" from {field.minimum:g} to {field.maximum:g}"
    return "" if field.minimum is None else f" of at least {field.minimum:g}"


def _within(field: Field, number: float) -> bool:
    return not (
        (field.minimum is not None and number < field.minimum) or (field.maximum is not None and number > field.maximum)
    )


def _integer(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    number = value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,12}", value, re.ASCII):
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int) or not _within(field, number):
        return _refuse(path, findings, "a whole number" + _limits(field), findings.show(value))
    return number


def _number(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    number = value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?", value, re.ASCII):
        number = float(value)
    if (
        isinstance(number, bool)
        or not isinstance(number, (int, float))
        or not math.isfinite(number)
        or not _within(field, number)
    ):
        return _refuse(path, findings, "a number" + _limits(field), findings.show(value))
    return float(number)


def _choice(field: Field, value: Any, path: Path, findings: Findings, besides: bool = False) -> Any:
    if value is False and "off" in field.choices:  # what YAML makes of off
        return "off"
    if isinstance(value, str) and value in field.choices:
        return value
    words = ", ".join(field.choices)
    allowed = f"one of {words}" if len(field.choices) > 1 else words
    if besides:
        allowed = f"{' or '.join(map(repr, field.choices))} or a list"
    hint = suggest(value, field.choices) if isinstance(value, str) else ""
    return _refuse(path, findings, allowed, findings.show(value), hint)


def _string(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    if not isinstance(value, str):
        if field.secret:
            return _refuse(path, findings, "a string in quotes", "")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            why = " (YAML reads a number without them, and 011 as 9)" if field.kind == "digits" else ""
            findings.add(path, f'must be a string in quotes: "{findings.show(value)}"{why}')
            return INVALID
        return _refuse(path, findings, "a string", findings.show(value))
    if not value:
        if not field.empty:
            findings.add(path, "must not be empty")
            return INVALID
        return value
    return _safe(field, value, path, findings)


def _safe(field: Field, value: str, path: Path, findings: Findings) -> Any:
    """Return the string if a conf file can hold it unchanged, otherwise INVALID."""
    hidden = field.secret or (field.login and ":" in value)  # user:secret
    quoted = "" if hidden else f", as {findings.show(value)} does"
    for character in value:
        if not character.isascii() or not character.isprintable():
            name = _CHARACTERS.get(character) or (
                f"the control character {ord(character):#04x}"
                if character.isascii()
                else "a character that is not ASCII"
            )
            findings.add(path, f"must not hold {name}{quoted}")
            return INVALID
    for text in field.forbidden:
        if text in value:
            mark = '"' if "'" in text else "'"
            findings.add(path, f"must not hold {mark}{text}{mark}{quoted}")
            return INVALID
    if " " in value and (not field.blanks or value != value.strip()):
        findings.add(path, f"must not {'begin or end with' if field.blanks else 'hold'} a blank{quoted}")
        return INVALID
    if field.max_length is not None and len(value) > field.max_length:
        findings.add(path, f"must have at most {field.max_length} characters, not {len(value)}")
        return INVALID
    if field.pattern and not re.fullmatch(field.pattern, value, re.ASCII):
        return _refuse(path, findings, field.allowed, "" if hidden else findings.show(value))
    return value


def _is_ipv4(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


def _is_ipv6(value: str) -> bool:
    try:
        ipaddress.IPv6Address(value.split("/")[0].strip("[]"))
    except ValueError:
        return False
    return True


def _host_address(value: str, path: Path, findings: Findings) -> Any:
    """Return the address; INVALID when it cannot be that of a host."""
    if addresses.host(value) is None:
        return _refuse(path, findings, "the address of a host", findings.show(value))
    return value


def _address(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    value = _string(field, value, path, findings)
    if value is INVALID or value == "":
        return value
    if _is_ipv4(value):
        return _host_address(value, path, findings)
    also = " or a host name" if field.kind == "host" else ""
    if _is_ipv6(value):
        return _refuse(path, findings, f"an IPv4 address{also} (IPv6 is not available yet)", findings.show(value))
    labels = value.split(".")
    if also and len(value) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit():
        return value
    return _refuse(path, findings, f"an IPv4 address{also}", findings.show(value))


def _network(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    value = _string(field, value, path, findings)
    if value is INVALID:
        return value
    address, slash, bits = value.partition("/")
    if _is_ipv6(value):
        allowed = "an IPv4 network or address (IPv6 is not available yet)"
    elif not _is_ipv4(address) or (slash and not re.fullmatch("[0-9]|[12][0-9]|3[0-2]", bits)):
        allowed = "an IPv4 network or address"
    else:
        network = ipaddress.IPv4Network(value, strict=False)
        if str(network.network_address) == address and network.prefixlen > 0:
            return value
        allowed = f"a network such as {network}" if network.prefixlen else "a network smaller than the whole internet"
    return _refuse(path, findings, allowed, findings.show(value))


SETTING = Field(
    "string",
    "An option of the protocol.",
    max_length=250,
    blanks=True,
    pattern="(?!>).*",
    forbidden=CONF_UNSAFE + MARKS,
    allowed="something that does not begin with '>'",
)


URI_SETTING = replace(SETTING, forbidden=tuple(text for text in SETTING.forbidden if text != ";"))


def _settings(field: Field, value: Any, path: Path, findings: Findings) -> Any:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return _refuse(path, findings, "a mapping", _type(value))
    refused = {
        option: use_the_key(key) if key else "a trunk is always a peer" for option, key in OPTIONS_WITH_A_KEY.items()
    }
    return _options(value, refused, path, findings, objects=True)


def _options(
    options: Mapping[Any, Any], refused: Mapping[str, str], path: Path, findings: Findings, objects: bool = False
) -> dict[str, Any]:
    """Return options by their names in lower case, as Asterisk compares them. ``refused``: {option: the reason}.

    ``objects``: whether a mapping of the name of one of PJSIP's objects may be among them, with options of its own.
    """
    found: dict[str, Any] = {}
    for name, item in options.items():
        here = (*path, str(name))
        if not isinstance(name, str) or not re.fullmatch("[A-Za-z0-9_-]{1,60}", name):
            findings.add(path, f"an option must be named by letters, digits, - and _, not {findings.show(name)}")
            continue
        key = name.lower()
        if key in found:
            findings.add(here, f"{key!r} is listed twice")
            continue
        if objects and isinstance(item, Mapping) and key in PJSIP_OBJECTS:
            found[key] = _options(item, PJSIP_OBJECTS[key], here, findings)
            continue
        if key in refused:
            findings.add(here, refused[key])
            continue
        listed = isinstance(item, list)
        if listed and not item:
            findings.add(here, "must not be empty")
            continue
        values = [
            _option(key, one, (*here, index) if listed else here, findings)
            for index, one in enumerate(item if listed else [item])
        ]
        found[key] = tuple(values) if listed else values[0]
    return found


def _option(name: str, value: Any, path: Path, findings: Findings) -> Any:
    """Return one value of an option as it is written into the conf file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        return _refuse(path, findings, "a string, a number, true, false or a list of them", findings.show(value))
    secret = is_secret_key(name) or name == "auth"
    return _safe(replace(URI_SETTING if name in URI_OPTIONS else SETTING, secret=secret), value, path, findings)


_KINDS = {
    "string": _string,
    "digits": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "list": _list,
    "mapping": _mapping,
    "settings": _settings,
    "address": _address,
    "host": _address,
    "network": _network,
}
