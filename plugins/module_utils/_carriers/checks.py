# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the mistakes in wanted carriers before anything is written. Pure. Every message names server and carrier.

VICIdial's servers run without strict SQL mode: an over-long value is cut silently, and a character that the column
cannot store becomes a question mark. Both are errors here.
"""

import collections
import re

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines, dialplan_scope, patterns
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial

ONE_LINE = ('carrier_name', 'carrier_description', 'globals_string', 'registration_string')
NOT_MANAGED = 'which this collection does not manage'

_COLUMN = re.compile(r'(?P<type>\w+)(?:\((?P<size>.*)\))?', re.DOTALL)
_TEXT_BYTES = {'tinytext': 255, 'text': 65535, 'mediumtext': 16777215, 'longtext': 4294967295}
_CODECS = {'latin1': 'cp1252', 'utf8mb4': 'utf-8', 'latin2': 'iso8859-2', 'cp1251': 'cp1251'}

# [^\S\n] is a blank within a line: see conf_lines on why no two repeats match the same characters.
_EXTENSION = re.compile(r'^[^\S\n]*(?:exten[^\S\n]*=>?([^,\n]+),|\[([^\]\n]+)\])', re.MULTILINE | re.IGNORECASE)
_GLOBAL = re.compile(r'^[^\S\n]*([^\s=\[;]+)[^\S\n]*=', re.MULTILINE)
_LITERAL = re.compile(r'_?([0-9]*)')


def limit_of(sql_type, collation):
    """Return what a column can store, from SHOW FULL COLUMNS: {chars, bytes, choices, charset}, None where it does not
    apply."""
    match = _COLUMN.match(sql_type)
    name, size = match.group('type').lower(), match.group('size')
    limit = dict(chars=None, bytes=None, choices=None, charset=(collation or '').split('_')[0] or None)
    if name in ('varchar', 'char'):
        limit['chars'] = int(size)
    elif name in _TEXT_BYTES:
        limit['bytes'] = _TEXT_BYTES[name]
    elif name == 'enum':
        limit['choices'] = re.findall(r"'([^']*)'", size)
    return limit


def fits(value, limit):
    """Return why the column cannot store the value, without quoting a text; an empty string if it can."""
    if limit['choices'] is not None:
        if value not in limit['choices']:
            return '%s is not one of the values of the column (%s)' % (value, ', '.join(limit['choices']))
        return ''
    if limit['chars'] is not None and len(value) > limit['chars']:
        return '%d characters, the column holds %d' % (len(value), limit['chars'])
    charset = limit['charset'] or 'utf8mb4'
    if charset in ('utf8', 'utf8mb3'):
        if any(ord(character) > 0xffff for character in value):
            return 'a character outside of what the column can store (%s)' % charset
        charset = 'utf8mb4'
    try:
        size = len(value.encode(_CODECS.get(charset, 'ascii')))
    except UnicodeEncodeError as error:
        return 'a character that the column cannot store (%s), at position %d' % (charset, error.start + 1)
    if limit['bytes'] is not None and size > limit['bytes']:
        return '%d bytes, the column holds %d' % (size, limit['bytes'])
    return ''


def label(server_ip, kind, name):
    """Return the words by which a message names a carrier."""
    return '%s, %s %s' % (server_ip, kind, name)


def check_values(changes, limits):
    """Return [error] for values that the columns cannot store. ``limits``: {column: C(limit_of)}."""
    errors = []
    for change in changes:
        # A row that is only deactivated or removed keeps its values, whatever they are.
        if change.action not in ('added', 'changed'):
            continue
        who = label(change.server_ip, change.kind, change.name)
        # Values that stay as they were read fit.
        for column in table.COLUMNS if change.action == 'added' else sorted(table.written(change)):
            if column not in limits:
                errors.append('the table %s has no column %s' % (table.TABLE, column))
                continue
            value = change.new[column]
            why = fits(value, limits[column])
            if not why and column in ONE_LINE and '\n' in value:
                why = 'more than one line'
            if why:
                errors.append('%s, %s: %s' % (who, column, why))
    return sorted(set(errors), key=errors.index)


def listed(server_ips):
    """Return addresses of the table C(servers) for a message, control characters escaped."""
    return ', '.join(one if one and one.isprintable() else repr(one) for one in sorted(server_ips))


def idle(wanted, rows, adopted):
    """Wanted carriers for every dialer that are disabled and have no row in use: no dialer notices anything of them.

    ``adopted``: {(name, server_ip): row} of rows to be taken over."""
    found = []
    for carrier in wanted:
        key = carrier['name'], carrier['server_ip']
        known = list(rows.managed.get(key, ())) + ([adopted[key]] if key in adopted else [])
        if key[1] == vicidial.EVERY_DIALER and not carrier.get('active', True) \
                and not any(row['active'] == 'Y' for row in known):
            found.append(carrier)
    return found


def check_servers(wanted, servers, batch, all_dialers):
    """Return ([error], [warning]) about the servers of the wanted carriers and of the batch.

    ``servers``: {server_ip: row of ``servers``}.
    """
    errors, warnings = [], []
    names = {}
    for carrier in wanted:
        names.setdefault(carrier['server_ip'], []).append('%s %s' % (carrier['kind'], carrier['name']))
    for server_ip in sorted(set(names).union(batch)):
        who = names.get(server_ip, [])
        about = '%s (%s)' % (server_ip, ', '.join(who[:3]) + (', ...' if len(who) > 3 else '')) if who else server_ip
        if server_ip == vicidial.EVERY_DIALER:
            errors.extend(_check_cluster(about, servers, batch, all_dialers) if who else [])
        elif server_ip not in servers:
            known = listed(servers) or 'none'
            message = ('%s: no row of servers has this server_ip (dialer_server_ip in the inventory); there are: %s'
                       % (about, known))
            (errors if who else warnings).append(message)
        else:
            row = servers[server_ip]
            off = [name for name in ('active_asterisk_server', 'generate_vicidial_conf') if row[name] != 'Y']
            if off:
                message = ("%s: %s is not Y in its row of servers, so that VICIdial never writes this dialer's files, "
                           'and its Asterisk does not get the carriers' % (about, ' and '.join(off)))
                (errors if who else warnings).append(message)
    return errors, warnings


def _check_cluster(about, servers, batch, all_dialers):
    """Return [error] about a carrier that is one row for every dialer."""
    absent = [ip for ip, row in servers.items() if row['active_asterisk_server'] == 'Y' and ip not in batch]
    if not all_dialers or absent:
        return ['%s: is one row for every active dialer, so that all of them have to be in this run; missing: %s'
                % (about, listed(absent) or 'the run is limited to some dialers')]
    return []


def check_places(wanted, rows, batch):
    """Return [error] about carriers that are one row for every dialer and would be split in a run for some dialers."""
    if vicidial.EVERY_DIALER in batch:
        return []
    return ['%s: is one row for every dialer now (server_ip 0.0.0.0), which only a run for all dialers can replace by '
            'one row for each' % label(carrier['server_ip'], carrier['kind'], carrier['name'])
            for carrier in wanted if (carrier['name'], vicidial.EVERY_DIALER) in rows.managed
            and carrier['server_ip'] != vicidial.EVERY_DIALER]


def peers_of(row):
    """Return the names of the peers that an account entry defines."""
    return conf_lines.sections(row.get('account_entry') or '')


def extensions_of(row):
    """Return the extensions that a dialplan entry adds to VICIdial's context for carriers, without the special ones."""
    found, context = collections.OrderedDict(), None
    for extension, section in _EXTENSION.findall(row.get('dialplan_entry') or ''):
        if section:
            context = section
        elif context in (None, vicidial.CARRIERS_CONTEXT):
            extension = extension.partition('/')[0].strip()
            if extension not in dialplan_scope.SPECIAL:
                found[extension] = True
    return list(found)


def opened_before(row, rows):
    """Return (carrier_id, context) if a row's extensions are not loaded in VICIdial's context for carriers, because a
    carrier before it opens another one; else None. ``rows``: the other rows.

    The generator writes the dialplan entries of all rows one after the other, so that a header in one of them counts
    for the rows after it, too.
    """
    opened, place = None, vicidial.place_of(row)
    for other in sorted(rows, key=vicidial.place_of):
        servers = (other['server_ip'], row['server_ip'])
        same_dialer = servers[0] == servers[1] or vicidial.EVERY_DIALER in servers
        if other['active'] == 'Y' and same_dialer and vicidial.place_of(other) < place:
            for _extension, section in _EXTENSION.findall(other['dialplan_entry'] or ''):
                opened = (other['carrier_id'], section) if section else opened
    return opened if opened and opened[1] != vicidial.CARRIERS_CONTEXT else None


def globals_of(row):
    """Return the names of the global variables that a row sets."""
    return _GLOBAL.findall(row.get('globals_string') or '')


class InUse(object):
    """The names and extensions that the given rows use, by server."""

    def __init__(self, rows):
        self.peers = {}
        self.globals = {}
        self.extensions = {}
        for row in rows:
            if row['active'] != 'Y' or row['protocol'] not in vicidial.GENERATED:
                continue
            place = row['server_ip']
            for name in peers_of(row):
                # chan_sip compares the names of peers without case.
                self.peers.setdefault((place, name.lower()), row['carrier_id'])
            for name in globals_of(row):
                self.globals.setdefault((place, name), row['carrier_id'])
            for extension in extensions_of(row):
                self.extensions.setdefault(place, []).append(
                    (_LITERAL.match(extension).group(1), extension, row['carrier_id']))
        self.servers = {key[0] for key in self.peers} | {key[0] for key in self.globals} | set(self.extensions)

    def places(self, server_ip):
        """Return the server_ip values of the rows that share a dialer with this one."""
        return self.servers if server_ip == vicidial.EVERY_DIALER else (server_ip, vicidial.EVERY_DIALER)

    def holder(self, names, server_ip, name):
        """Return the carrier_id of the row that uses the name there, or None. ``names``: peers or globals."""
        for place in self.places(server_ip):
            if (place, name) in names:
                return names[(place, name)]
        return None

    def overlapping(self, server_ip, extension):
        """Yield (carrier_id, extension) for each extension there that overlaps with this one."""
        digits = _LITERAL.match(extension).group(1)
        for place in self.places(server_ip):
            for known, other, carrier_id in self.extensions.get(place, ()):
                # Most pairs differ in their first digits, which is far quicker to compare.
                if (known.startswith(digits) or digits.startswith(known)) and patterns.meet(extension, other):
                    yield carrier_id, other


def _kept_entries(changes):
    """Return the dialplans that rows of trunks keep from before they were adopted, as rows of nothing else."""
    last = {change.carrier_id: change for change in changes if change.new}
    return [dict(change.new, account_entry='', globals_string='') for change in last.values()
            if change.kind == 'trunk' and change.action != 'left' and (change.new['dialplan_entry'] or '').strip()]


def _stood(change, names_of, name):
    """Return whether a row used the name already before this collection managed it: adopting it changes nothing."""
    old = change.old
    return (old is not None and old['active'] == 'Y' and name in names_of(old)
            and (table.owner(old)[0] != 'managed' or table.is_adopted(old)))


def _whose(carrier_id, moved):
    """Return a clause about a row that this run does not change. ``moved``: {carrier_id: server_ip of its marker}."""
    if carrier_id in moved:
        return 'which was moved here from %s: a run of site.yml for that dialer puts it back' % moved[carrier_id]
    return NOT_MANAGED


def check_conflicts(changes, rows, servers, phones, peers, adopting=()):
    """Return ([error], [warning]) about names and extensions that other rows, phones or VICIdial itself already use.

    ``adopting``: (name, server_ip) of the routes that replace a dialplan, whose patterns existed before.
    ``peers``: {(name, server_ip): C(peers_of)} of the wanted carriers. ``rows``: the table, a Rows.
    ``phones``: [(extension, login, server_ip)] of the phones that have the name of a wanted peer.
    """
    errors, warnings = [], []
    managed = {change.carrier_id for change in changes}
    others = [row for row in rows.others if row['carrier_id'] not in managed] + _kept_entries(changes)
    with_headers = [row for row in others
                    if row['protocol'] in vicidial.GENERATED and '[' in (row['dialplan_entry'] or '')]
    used = InUse(others)
    moved = {row['carrier_id']: table.read_marker(row)[1] for row in rows.moved.values()}
    leftover = InUse([change.old for change in changes if change.action == 'left'])
    reserved = {name.lower(): "VICIdial's own IAX peer" for name in vicidial.PEERS}
    reserved_globals = dict.fromkeys(vicidial.GLOBALS, "VICIdial's own global")
    for server_ip, row in servers.items():
        reserved[row['server_id'].lower()] = 'the IAX peer that VICIdial makes for server %s' % server_ip
        reserved_globals['TRUNK' + row['server_id']] = 'the global that VICIdial makes for server %s' % server_ip
    by_phone = {}
    for extension, login, server_ip in phones:
        for place in (server_ip, vicidial.EVERY_DIALER):
            by_phone.setdefault((place, (extension or '').lower()), 'extension of a phone on %s' % server_ip)
            by_phone.setdefault((place, (login or '').lower()), 'login of a phone on %s' % server_ip)
    # Most names are unused on every server, which these sets tell quickly.
    names = set(reserved).union(name for _place, name in list(used.peers) + list(by_phone))
    global_names = set(reserved_globals).union(name for _place, name in used.globals)
    for change in changes:
        row = change.new
        if row is None or row['active'] != 'Y' or change.action in ('left', 'deactivated', 'returned'):
            continue
        if change.kind == 'trunk' and change.step == 'routes':     # its dialplan is removed; the rest is checked above
            continue
        for name in peers[(change.name, change.server_ip)]:
            if name.lower() not in names:
                continue
            who = label(change.server_ip, change.kind, change.name)
            holder = used.holder(used.peers, change.server_ip, name.lower())
            if holder and _stood(change, peers_of, name):
                warnings.append('%s: carrier %s, which is not managed, defines the peer %s too, as before: Asterisk '
                                'reads one over the other, so set that carrier inactive' % (who, holder, name))
            elif holder:
                errors.append('%s: the peer name %s is already used by carrier %s, %s'
                              % (who, name, holder, _whose(holder, moved)))
            if name.lower() in reserved:
                errors.append('%s: %s is the name of %s' % (who, name, reserved[name.lower()]))
            if (change.server_ip, name.lower()) in by_phone:
                errors.append('%s: %s is the %s' % (who, name, by_phone[(change.server_ip, name.lower())]))
        for name in globals_of(row):
            if name not in global_names:
                continue
            who = label(change.server_ip, change.kind, change.name)
            holder = used.holder(used.globals, change.server_ip, name)
            if holder and _stood(change, globals_of, name):
                warnings.append('%s: carrier %s, which is not managed, sets the global %s too, as before: Asterisk has '
                                'the value of the last of them' % (who, holder, name))
            elif holder:
                errors.append('%s: the global %s is already set by carrier %s, %s'
                              % (who, name, holder, _whose(holder, moved)))
            if name in reserved_globals:
                errors.append('%s: %s is the name of %s' % (who, name, reserved_globals[name]))
        opened = opened_before(row, with_headers) if change.kind == 'route' else None
        if opened:
            who = label(change.server_ip, change.kind, change.name)
            errors.append('%s: carrier %s opens the context [%s] in its dialplan entry, and VICIdial writes the route '
                          'after it into that context, where no call finds it: end that entry with a line [%s]'
                          % (who, opened[0], opened[1], vicidial.CARRIERS_CONTEXT))
        for extension in extensions_of(row) if change.kind == 'route' else ():
            who = label(change.server_ip, change.kind, change.name)
            for holder, other in used.overlapping(change.server_ip, extension):
                if holder == change.carrier_id:
                    continue
                if (change.name, change.server_ip) in adopting and not patterns.same(other, extension):
                    warnings.append('%s: %s overlaps with %s of carrier %s, as before: of the two, Asterisk uses the '
                                    'more specific pattern' % (who, extension, other, holder))
                    continue
                if holder in managed:
                    about = "which still has the dialplan that it was adopted with: name it in the route's adopt"
                else:
                    about = _whose(holder, moved)
                errors.append('%s: %s overlaps with %s of carrier %s, %s' % (who, extension, other, holder, about))
            for holder, other in leftover.overlapping(change.server_ip, extension):
                if patterns.same(other, extension):
                    errors.append('%s: %s is also an extension of carrier %s, which is no longer described and is kept '
                                  'because dialer_prune is off: set dialer_prune, so that it is removed'
                                  % (who, extension, holder))
                    continue
                warnings.append('%s: %s overlaps with %s of carrier %s, which is no longer described; dialer_prune '
                                'removes it' % (who, extension, other, holder))
    return errors, warnings


def check_campaigns(wanted, found, limits):
    """Return [error] about campaigns. ``found``: {campaign_id in lower case: row}, ``limits``: {column: limit_of}."""
    errors, seen = [], {}
    for campaign in wanted:
        name = campaign['campaign_id']
        if name.lower() not in found:
            errors.append('campaign %s: no row of vicidial_campaigns has this campaign_id' % name)
        prefixes = (campaign['dial_prefix'], campaign.get('manual_dial_prefix'))
        if seen.setdefault(name.lower(), prefixes) != prefixes:
            errors.append('campaign %s: in two routes, with the dial prefixes %s and %s'
                          % (name, seen[name.lower()][0], prefixes[0]))
        for column, value in zip(('dial_prefix', 'manual_dial_prefix'), prefixes):
            why = fits(value, limits[column]) if value is not None and column in limits else ''
            if why:
                errors.append('campaign %s, %s: %s' % (name, column, why))
    return errors


def timeouts(wanted, found, longest_waits):
    """Return [warning] about campaigns that hang up before the last trunk of their route is tried.

    ``found``: {campaign_id in lower case: row} of the ``wanted`` campaigns and of those that already dial the prefix of
    a route. ``longest_waits``: {dial prefix: seconds}.
    """
    prefixes = {name: row['dial_prefix'] for name, row in found.items()}
    prefixes.update((campaign['campaign_id'].lower(), campaign['dial_prefix']) for campaign in wanted)
    warnings = []
    for name, row in sorted(found.items()):
        timeout, longest = row['dial_timeout'], int(longest_waits.get(vicidial.dialled_prefix(prefixes[name]), 0))
        if longest > int(timeout or 0):
            warnings.append('campaign %s: its dial_timeout of %s s ends a call before all trunks of its route are '
                            'tried, which takes %d s when none responds: raise it, or lower max_attempts'
                            % (row['campaign_id'], timeout, longest))
    return warnings


def capacities(capacity, servers):
    """Return [warning] about servers that may dial more concurrent calls than their trunks have capacity for."""
    return ['%s: max_vicidial_trunks is %s, but max_calls of the trunks in its routes adds up to %d: calls beyond that '
            'end as congestion' % (server_ip, servers[server_ip]['max_vicidial_trunks'], calls)
            for server_ip, calls in sorted(capacity.items())
            if server_ip in servers and calls < int(servers[server_ip]['max_vicidial_trunks'] or 0)]


def generated_rows(rows):
    """Return {server_ip: rows} of the active rows that the generator writes."""
    found = {}
    for row in rows:
        if row['active'] == 'Y' and row['protocol'] in vicidial.GENERATED:
            found.setdefault(row['server_ip'], []).append(row)
    return found


def asked_again(server_ip, sentences):
    """Return a warning about a dialer whose generated files differ from its rows."""
    return ('%s: %s: VICIdial is asked to write its conf files again (rebuild_conf_files), which takes up to a minute'
            % (server_ip, ', '.join(sentences)))


def moved(rows, changes):
    """Return [warning] for managed rows that were put on another server and that no change puts back."""
    changed = {change.carrier_id for change in changes}
    return ['carrier %s bears the mark of %s on %s and stands on %s now: it was moved. It is described for neither in '
            'this run and stays as it is' % (row['carrier_id'], name, home, row['server_ip'])
            for (name, home), row in sorted(rows.moved.items()) if row['carrier_id'] not in changed]


def copies(rows):
    """Return [warning] for rows that have the marker of another row."""
    return ['carrier %s on %s has the marker of another row (%s): it is a copy, is not managed and stays as it is'
            % (row['carrier_id'], row['server_ip'], table.marker(*table.read_marker(row)))
            for row in rows.copies]
