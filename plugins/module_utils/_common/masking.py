# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hides secrets in configuration text, recognized by the text before them and not by their value.

Ansible itself hides given values only, and not the old ones, which a diff also shows. If the end of a secret is
uncertain (an unquoted password may contain a bracket), more is hidden rather than less. Every expression here starts at
the beginning of a word, so that the time is proportional to the length of a line.
"""

import functools
import re

HIDDEN = '(hidden)'
CHANGED = '(hidden, changed)'
LOGINS = 'registration_string'  # the column that holds nothing but registrations, with and without "register =>"

# The keys of sip.conf, pjsip.conf, iax.conf and astguiclient.conf with a secret value, and the names of variables, URL
# parameters, headers and command line options with a value that usually is one.
_SECRET_KEY = re.compile(
    r'secret|(?<!by)(?<!com)pass(?!ive|thr|ing|ed|es$|ag|eng|port)|pwd|pw\d*$|(?:^|[_./-])pw[_./-]|md5_cred|private_?key'
    r'|(?<!re)keys?\d*$|(?:^|[_./-])keys?[_./-]|(?<!call)token|auth\d*$|authori[sz]ation|auth_?(?:code|data|header|str|string)$'
    r'|cookie|web_?hook', re.IGNORECASE)
# Asterisk's own options that look similar: they name a section or a method, or hold a login (see C(_logins)).
_NO_SECRETS = frozenset(['auth', 'outbound_auth', 'inbound_auth', 'sends_auth', 'accepts_auth'])
# Keys of pjsip_wizard.conf hold a slash: outbound_auth/password.
_ASSIGNMENT = re.compile(r'^([\s;#]*)([A-Za-z0-9_./-]+)(\s*=>?\s*)(.*)')
_SETVAR = re.compile(r'(__?|)([A-Za-z0-9_.-]+)(\s*=\s*)')
# A key within a line: Set(X_TOKEN=...), ?key=..., "password": "...", Authorization: ..., CURLOPT(userpwd)=...; but not
# the name of a variable that is cut, as in ${TOKEN:2}.
_KEY = re.compile(r'(?<![\w./-])(?<!\$\{)(?P<key>[\w./-]+)["\')\]\\]{0,3}\s*(?:=>?|:(?!//))\s*\\?')
_IN_SET = re.compile(r'\bM?Set\((?:[A-Z]+\()?_{0,2}$', re.IGNORECASE)
_WHOLE_HEADER = re.compile(r'authori[sz]ation|cookie', re.IGNORECASE)
# What precedes a secret without a key: options of programs, applications of the dialplan, SQL.
_OPTION = re.compile(r'(?<![^\s"\'(,|])(?P<dashes>--?)(?P<name>[A-Za-z][\w-]*)(?P<gap>[\s,|]*)')
_BEFORE = re.compile(r'\b(?:Authenticate|DISA)\(|\bidentified\s+by\s+(?:password\s+)?', re.IGNORECASE)
_USERPWD = re.compile(
    r'(?<![^\s"\'(])(?:-[uU]|--(?:proxy-)?user)[\s=]*["\']?(?P<user>[^\s:="\'(][^\s:"\'(]*):', re.IGNORECASE)
_CONNECT = re.compile(r'\bMYSQL\(\s*Connect[\s,|]+(?:[^\s,|]+[\s,|]+){0,2}', re.IGNORECASE)
# user:secret[:authuser]@host after register =>, and auth=user:secret@realm or auth=user#md5secret@realm
_LOGIN = re.compile(r'(?<![^\s:#@/=>?])[^\s:#@/=>?]+[:#](?!//)')
_ANY_COLON = re.compile(r':(?!//)')   # where there are blanks in a login
# The same anywhere, as in a dial string or URL: TRUNKloop = IAX2/ASTloop:secret@127.0.0.1:40569. An address such as
# sip:user@host holds none.
_USER = re.compile(r'(?<![^\s/=>?(,&"\'|!<@;])(?:sips?:(?://)?|(?!(?:sips?|tel|mailto):))'
                   r'(?:\$\{[^{}\s]*\}|[^\s:@/${}(),&=?"\'<>|!;])+:(?!//)', re.IGNORECASE)
_REFERENCE = re.compile(r'\$\{[\w():,/-]*(?:\}|$)')
_ENDS_WORD, _ENDS_QUOTED, _ENDS_ARGUMENT = re.compile(r'[\s&"\'<>]'), re.compile(r'["\']'), re.compile('[,|;]')
# A text without one of these (in lower case) has no secret, except in user:secret@. Searching for them with an
# expression takes ten times as long, and most texts have none.
_HINTS = ('secret', 'pass', 'pw', 'token', 'key', 'auth', 'cookie', 'cred', 'mysql', 'disa(', 'identified', 'register')
_HINT_OF_OPTION = re.compile(r'(?<!\w)--?[pu]')


@functools.lru_cache(maxsize=256)   # thousands of lines have the same few keys
def is_secret_key(key):
    """Return whether the option of this name holds a secret."""
    return key not in _NO_SECRETS and bool(_SECRET_KEY.search(key))


def _literal(value):
    """Return whether the value has more than references to variables. FILTER has an alphabet and a variable."""
    return not value.startswith('${FILTER(') and bool(_REFERENCE.sub('', value).strip(' \t"\'&,|()}'))


def _word_end(line, start):
    """Return the end of the value that begins at ``start``: its closing quote, or the end of a word of a URL or a
    command."""
    quote = line[start:start + 1]
    if quote and quote in '"\'':
        end = line.find(quote, start + 1)
        return end if end > 0 else len(line)
    return _rest_end(line, start, _ENDS_WORD.search(line, start))


def _rest_end(line, start, found=None):
    """Return the end of the value that begins at ``start`` and reaches to the match ``found``, or to the line's end,
    without closing brackets."""
    end = found.start() if found else len(line)
    return start + len(line[start:end].rstrip(')}]\\'))


def _assigned(line):
    """Return [(start, end)] of the secret value of a line ``key = value``, or of the variable that it sets."""
    match = _ASSIGNMENT.match(line) if '=' in line else None
    if not match:
        return []
    key, value = match.group(2), match.start(4)
    if key.lower() in ('setvar', 'set_var'):
        match = _SETVAR.match(line, value)
        if not match:
            return []
        key, value = match.group(2), match.end()
    return [(value, len(line))] if is_secret_key(key) else []


def _keyed(line):
    """Return [(start, end)] of the secret values after a key within the line."""
    found = []
    for match in _KEY.finditer(line):
        key, value = match.group('key').lstrip('-_'), match.end()
        given = key.lower() == 'auth' and line[max(match.start() - 1, 0):match.start()] in ('?', '&', '(')
        if found and value <= found[-1][1] or not (given or is_secret_key(key)):
            continue
        if _WHOLE_HEADER.search(key):
            found.append((value, _rest_end(line, value, _ENDS_QUOTED.search(line, value + 1))))
        elif _IN_SET.search(line, max(0, match.start('key') - 20), match.start('key')):
            found.append((value, _rest_end(line, value)))
        else:
            found.append((value, _word_end(line, value)))
    return found


def _unkeyed(line):
    """Return [(start, end)] of secrets after options of programs, and of those that are arguments of applications."""
    found = []
    for match in _OPTION.finditer(line):
        name, value = match.group('name'), match.end()
        if match.group('dashes') == '-' and name[0] == 'p' and not (name == 'p' and match.group('gap')):
            found.append((match.start('name') + 1, _word_end(line, match.start('name') + 1)))  # mysql -pSECRET
        if match.group('gap') and (name == 'p' or is_secret_key(name)) and line[value:value + 1] != '-':
            found.append((value, _word_end(line, value)))
    found += [(match.end(), _word_end(line, match.end())) for match in _USERPWD.finditer(line)]
    behind = 0
    for match in _BEFORE.finditer(line):
        if match.end() > behind:
            behind = _rest_end(line, match.end(), _ENDS_ARGUMENT.search(line, match.end()))
            found.append((match.end(), behind))
    match = _CONNECT.search(line)
    return found + ([(match.end(), _rest_end(line, match.end()))] if match else [])


def _logins(line, registration):
    """Return [(start, end)] of secrets in ``user:secret@``: up to the last @ or the end of a registration, else up to
    the last @ of the word."""
    match = _ASSIGNMENT.match(line)
    key = match.group(2).lower() if match else ''
    registration = registration or key == 'register'
    if match and key in ('register', 'auth'):
        start = match.start(4)
    elif registration:
        start = 0
    else:
        found = []
        for word in re.finditer(r'\S+', line):
            at = word.start() + word.group().rfind('@')
            login = _USER.search(line, word.start(), at) if at >= word.start() else None
            if login:
                found.append((login.end(), at))
        return found
    at = line.rfind('@')
    end = at if at >= 0 else len(line) if registration else start
    login = _LOGIN.search(line, start, end) or (_ANY_COLON.search(line, start, end) if registration else None)
    return [(login.end(), end)] if login else []


def _hinted(text):
    """Return whether a text, or a line, may have a secret other than in a login."""
    text = text.lower()
    for word in _HINTS:
        if word in text:
            return True
    return ('-p' in text or '-u' in text) and _HINT_OF_OPTION.search(text) is not None


def _spans(line, registration=False):
    """Return [(start, end)] of the secrets in a line in order, overlapping ones merged."""
    hinted = _hinted(line)
    if not hinted and '@' not in line and not registration:
        return []
    found = _logins(line, registration)
    if hinted:
        found += _assigned(line) or _keyed(line) + _unkeyed(line)
    merged = []
    for start, end in sorted(found):
        if line[start:start + 1] in ('"', "'") and start + 1 < end:
            start += 1
        if not _literal(line[start:end]) or line[start:end] in (HIDDEN, HIDDEN[:-1]):
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _lines(text, column):
    """Yield each line of the text in pieces: [text, secret, text, ..., text]; a line without secrets has one piece."""
    for line in (text or '').split('\n'):
        spans = _spans(line.rstrip('\r'), column == LOGINS)  # VICIdial's admin pages write CRLF
        if not spans:
            yield [line]
            continue
        pieces, last = [], 0
        for start, end in spans:
            pieces += [line[last:start], line[start:end]]
            last = end
        yield pieces + [line.rstrip('\r')[last:]]


def _placed(text, column):
    """Yield each line of C(_lines) with the place of each of its secrets: the section and the text before it."""
    section = ''
    for pieces in _lines(text, column):
        if pieces[0].startswith('['):
            section = pieces[0].strip()
        yield pieces, [(section, HIDDEN.join(pieces[:number:2]).strip()) for number in range(1, len(pieces), 2)]


def mask(text, column=''):
    """Return the text with each secret replaced by ``(hidden)``. ``column``: its column in the table of carriers."""
    if not text or '@' not in text and column != LOGINS and not _hinted(text):
        return text or ''
    return '\n'.join(HIDDEN.join(pieces[::2]) for pieces in _lines(text, column))


def mask_pair(old, new, column=''):
    """Return (old, new) for a diff: both masked, the new one by C(mask_new)."""
    return mask(old, column), mask_new(old, new, column)


def mask_new(old, new, column=''):
    """Return the masked new text, with ``(hidden, changed)`` for secrets that differ from those of the old text.

    A secret of the new text is compared with those after the same text in the same section of the old one.
    """
    if not new or '@' not in new and column != LOGINS and not _hinted(new):
        return new or ''
    known = {}
    for pieces, places in _placed(old, column):
        for place, secret in zip(places, pieces[1::2]):
            known.setdefault(place, []).append(secret)
    lines = []
    for pieces, places in _placed(new, column):
        line = pieces[0]
        for place, secret, rest in zip(places, pieces[1::2], pieces[2::2]):
            before = known.get(place)
            same = before is None or (before.pop(0) if len(before) > 1 else before[0]) == secret
            line += (HIDDEN if same else CHANGED) + rest
        lines.append(line)
    return '\n'.join(lines)
