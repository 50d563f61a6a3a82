# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the dialplan that Asterisk shows. Pure: text in, plain lists and dictionaries out."""

import re

_STEP = re.compile(r'(\d{1,9})\. |hint: ')
_LINK = re.compile(r"  (Include|Ignore pattern|Alt\. Switch) => +'(.*)' +\[[^\[\]]*\]$")
_DIALPLAN_FOOTER = re.compile(r'^-= (\d+) extensions? \((\d+) priorit(?:y|ies)\) in (\d+) contexts?\. =-', re.MULTILINE)


def dialplan(text):
    """Return the contexts of ``dialplan show`` in its order: dictionaries of name, registrar, includes (names, without
    time conditions), switches, and extensions. An extension: exten (as Asterisk shows it, patterns with their ``_``),
    caller_id (to which it is limited, or None), priorities (their number; 0 for a hint only), hint (or None) and steps,
    each (priority, label or None, application with arguments, registrar). Asterisk never shows the label of an
    extension's first step.
    """
    if dialplan_footer(text) is None and 'There is no existence of' not in text:
        raise ValueError('the output of "dialplan show" ends before its last line')
    contexts, context, extension = [], None, None
    for line in text.split('\n'):
        heading = _context(line)
        if heading:
            context = dict(name=heading[0], registrar=heading[1], includes=[], switches=[], extensions=[])
            contexts.append(context)
            extension = None
            continue
        if context is None or not line.startswith('  '):
            continue
        match = _LINK.match(line)
        if match:
            if match.group(1) == 'Include':
                context['includes'].append(re.split('[|,]', match.group(2))[0])
            elif match.group(1) == 'Alt. Switch':
                context['switches'].append(match.group(2))
            continue
        heading = _extension(line)
        if heading:
            extension = dict(exten=heading[0], caller_id=heading[1], priorities=0, hint=None, steps=[])
            context['extensions'].append(extension)
        step = _step(heading[2] if heading else line.strip())
        if step and extension is not None:
            label, priority, application, source = step
            if priority is None:
                extension['hint'] = application
            else:
                extension['steps'].append((int(priority), label, application, source))
                extension['priorities'] += 1
    return contexts


def _context(line):
    """Return (name, registrar) of a line that begins a context, else None."""
    for words in ("[ Context '", "[ Included context '"):
        if line.startswith(words) and line.endswith("' ]"):
            name, created, registrar = line[len(words):-3].rpartition("' created by '")
            return (name, registrar) if created else None
    return None


def _extension(line):
    """Return (extension, caller ID or None, the rest) of a line that begins an extension, else None."""
    if not line.startswith("  '"):
        return None
    plain, limited = line.find("' => ", 3), line.find("' (CID match '", 3)
    end = line.find("') => ", limited) if limited >= 0 else -1
    if end >= 0 and not 0 <= plain < limited:
        return line[3:limited], line[limited + 14:end], line[end + 6:].lstrip(' ')
    return (line[3:plain], None, line[plain + 5:].lstrip(' ')) if plain >= 0 else None


def _step(text):
    """Return (label or None, priority or None for a hint, application, registrar) of a step, else None."""
    text, bracket, source = text.rpartition('[')
    if not bracket or not source.endswith(']') or ']' in source[:-1] or not text.endswith(' '):
        return None
    label = None
    if text.startswith('['):
        label, _bracket, text = text[1:].partition('] ')
        text = text.lstrip(' ')
    match = _STEP.match(text)
    return (label, match.group(1), text[match.end():].rstrip(' '), source[:-1]) if match else None


def dialplan_footer(text):
    """Return the numbers of extensions, priorities and contexts in the last line of ``dialplan show``; None if it is
    missing."""
    match = _DIALPLAN_FOOTER.search(text)
    return dict(zip(('extensions', 'priorities', 'contexts'), map(int, match.groups()))) if match else None


def global_names(text):
    """Return the names of the global variables in ``dialplan show globals``, without those of this collection's trunks
    (``TRUNKcarrier_a=SIP/carrier_a``), which outlive them. The values may hold logins and are left out."""
    return [name for name, value in global_values(text).items()
            if not (name.startswith('TRUNK') and value in ('SIP/' + name[5:], 'PJSIP/' + name[5:], 'IAX2/' + name[5:]))]


def global_values(text):
    """Return {name: value} of the global variables in C(dialplan show globals). The values may contain logins."""
    return dict(re.findall(r'^   ([^=\s]+)=(.*)$', text, re.MULTILINE))


def dialled_peers(text):
    """Return the names that a dialplan (C(dialplan show), an entry of a table) may dial as peers, sorted: those after
    C(SIP/) and the like, or after an C(@)."""
    return sorted(set(re.findall(r'(?:\b(?:PJ)?SIP/|\bIAX2/|@)([A-Za-z0-9_.-]+)', text, re.IGNORECASE)))
