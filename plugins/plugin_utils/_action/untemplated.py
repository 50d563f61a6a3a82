# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what Ansible cannot template or decrypt in a description: its path, and the file of an encrypted text."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable

from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import HIDDEN, is_secret_key, mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import Path, show_path


def mistakes(
    raw: Any, template: Callable[[Any], Any], variables: Mapping[str, Any], path: Path
) -> Iterator[str]:
    """Yield a sentence with its path for each text in the raw value of a variable that ``template`` refuses.

    ``variables`` are those that the text may use.
    """
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from mistakes(value, template, variables, (*path, str(key)))
    elif isinstance(raw, Sequence) and not isinstance(raw, (str, bytes)) and not _encrypted(raw):
        for index, value in enumerate(raw):
            yield from mistakes(value, template, variables, (*path, index))
    else:
        try:
            str(template(raw))  # which also decrypts
        except AnsibleError as error:
            used = [raw] if _encrypted(raw) else [
                variables[name] for name in re.findall(r"\w+", str(raw)) if _encrypted(variables.get(name))
            ]
            yield f"{show_path(path)}: {_reason(error, used, path)}"


def _encrypted(value: Any) -> bool:
    return type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString")


def _by_vault(error: BaseException | None) -> bool:
    """Return whether a text could not be decrypted: an AnsibleVaultError, since 2.19 an UndecryptableVaultError."""
    return error is not None and ("Vault" in type(error).__name__ or _by_vault(error.__cause__))


def _reason(error: AnsibleError, encrypted: Sequence[Any], path: Path) -> str:
    """Return what is wrong, without a secret. ``encrypted``: the texts of a vault that the refused text uses."""
    undefined = re.search(r"'([A-Za-z_][A-Za-z0-9_]*)' is undefined", str(error))
    if _by_vault(error):
        place = _place(encrypted[0]) if encrypted else ""
        return (
            f"is encrypted with ansible-vault{place}, and cannot be decrypted: give the password of that text "
            "(--vault-id, --vault-password-file or --ask-vault-pass)"
        )
    if isinstance(error, AnsibleUndefinedVariable) and undefined:
        return f"the variable {undefined[1]!r} is undefined: define it in the inventory or its vault file"
    secret = any(is_secret_key(step) for step in path if isinstance(step, str))
    text = " ".join(str(error).split())
    return f"cannot be templated: {HIDDEN if secret or mask(text) != text else text[:200]}"


def _place(value: Any) -> str:
    """Return where an encrypted text is, as Ansible has read it; empty if Ansible does not tell."""
    file, line = None, 0
    try:
        from ansible._internal._datatag._tags import Origin  # since ansible-core 2.19

        origin = Origin.get_tag(value)
        file, line = (origin.path, origin.line_num) if origin else (None, 0)
    except ImportError:
        file, line, _column = getattr(value, "ansible_pos", None) or (None, 0, 0)
    return f" in {file}, line {line}" if file else ""
