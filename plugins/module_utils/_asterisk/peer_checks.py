# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether a trunk's peer is as wanted, and finds the likely reason if it is not. Pure."""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import peer_options
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import (
    LAGGED, REACHABLE, STATES, UNKNOWN, UNMONITORED, UNREACHABLE)
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES

# Besides the states of a peer: loaded in any state, and not loaded.
LOADED, ABSENT = 'loaded', 'absent'
WANTED = STATES + (LOADED, ABSENT)
_KEYS = ('name', 'technology', 'state', 'revision', 'registered', 'host', 'port', 'username', 'peer_host', 'peer_port')


def expectations(trunks, default):
    """Return the option C(trunks) (names or dictionaries) as a list of dictionaries with name, technology (or None for
    any), state (a list), revision (int or None), registered (bool), host, port (int), username, peer_host and peer_port
    (int), each of the last five or None.
    ``default``: the states of a trunk that has none.

    Raises ValueError with one line for each mistake.
    """
    wanted, mistakes = [], []
    for number, given in enumerate(trunks):
        where = 'trunks[%d]' % number
        trunk = given if isinstance(given, dict) else {'name': given}
        for key in sorted(set(trunk) - set(_KEYS)):
            mistakes.append('%s.%s: unknown key; known are %s' % (where, key, ', '.join(_KEYS)))
        name = trunk.get('name')
        if not name or isinstance(name, (dict, list, bool)):
            mistakes.append('%s.name: is required, the name of a peer' % where)
        technology = trunk.get('technology')
        if technology is not None and technology not in TECHNOLOGIES:
            mistakes.append('%s.technology: must be one of %s, not %r' % (where, ', '.join(TECHNOLOGIES), technology))
        states = trunk.get('state') or default
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        for state in states:
            if state not in WANTED:
                mistakes.append('%s.state: must be one of %s, not %r' % (where, ', '.join(WANTED), state))
        if ABSENT in states and len(states) > 1:
            mistakes.append('%s.state: %s cannot be combined with another state' % (where, ABSENT))
        number_wanted = trunk.get('revision')
        if number_wanted is not None and not str(number_wanted).isdigit():
            mistakes.append('%s.revision: must be a number, not %r' % (where, number_wanted))
            number_wanted = None
        ports = {}
        for key in ('port', 'peer_port'):
            port = trunk.get(key)
            if port is not None and not str(port).isdigit():
                mistakes.append('%s.%s: %r is no number' % (where, key, port))
                port = None
            ports[key] = None if port is None else int(port)
        registered = trunk.get('registered') or False
        if not isinstance(registered, bool):
            registered = str(registered).lower() in ('yes', 'true', 'on', '1')
        wanted.append(dict(
            name=str(name), technology=technology, state=states,
            revision=None if number_wanted is None else int(number_wanted),
            registered=registered, host=trunk.get('host'), username=trunk.get('username'),
            peer_host=trunk.get('peer_host'), **ports))
    if mistakes:
        raise ValueError('\n'.join(mistakes))
    return wanted


# What a registry shows as the port of a registration that names none.
_DEFAULT_PORTS = (5060, 5061, 4569)


def registration_of(trunk, details, registrations):
    """Return the registration that belongs to the trunk, or None.

    Asterisk shows 39 bytes of a registration's host and port, 12 of its user name (chan_iax2: 10), and not the peer.
    chan_sip shows the host as it was given, chan_iax2 the address that it resolved to, like that of the peer.
    ``details``: what C(parsers.sip_peer) tells of the peer, or None; its host and user name count where the trunk gives
    none.
    """
    details = details or {}
    if trunk.get('technology') == 'PJSIP':  # shows the name of the registration
        return next((one for one in registrations or () if one['name'] == trunk['name']), None)
    held, port = _address_of(details.get('Addr->IP', ''))
    hosts = [trunk['host'], details.get('ToHost'), held]
    if trunk.get('technology') != 'IAX2':
        hosts = [next((host for host in hosts if host), '')]
    username = trunk['username'] or details.get('Def. Username') or details.get('Username')
    # Without a port of its own, the peer's may come from an SRV record, of which the registry says nothing.
    ports = (trunk['port'],) if trunk.get('port') else (port,) + _DEFAULT_PORTS if port else ()
    for host in filter(None, hosts):
        for registration in registrations or ():
            right_port = not ports or registration['port'] is None or registration['port'] in ports
            if right_port and _is_host(host, registration) and _is_user(username, registration):
                return registration
    return None


def _address_of(shown):
    """Return (address, port or None) of a peer's C(Addr->IP): C(198.18.10.10:5060), C(198.18.10.10 Port 4569)."""
    held, _word, port = shown.replace(' Port ', ':').rpartition(':')
    return held, int(port) if port.isdigit() and port != '0' else None


def _is_host(host, registration):
    shown = registration['host'].lower()
    return host.lower() == shown or registration['host_cut'] and host.lower().startswith(shown.rstrip(':0123456789'))


def _is_user(username, registration):
    shown = registration['username']
    return (not username or shown == username or shown.startswith((username + '@')[:12])
            or registration['username_cut'] and username.startswith(shown))


def elsewhere(trunk, peer):
    """Return C(peer_options.differing) of where the peer sends its calls; C(given) of the peer is the host name that
    chan_sip was given, if that was asked."""
    wanted = {key: trunk['peer_' + key] for key in ('host', 'port') if trunk.get('peer_' + key)}
    return peer_options.differing(wanted, peer_options.held(peer, {'ToHost': peer.get('given')})) if wanted else []


def judge(trunk, peer, registration=None):
    """Return (whether the peer is as wanted, what was found) for one of C(expectations). ``peer``: None if it is not
    loaded."""
    if peer is None:
        return (True, 'not loaded, as wanted') if trunk['state'] == [ABSENT] else (False, 'not loaded')
    found = describe(peer)
    if trunk['state'] == [ABSENT]:
        return False, 'still loaded: ' + found
    held = revision(peer['description'])
    if trunk['revision'] is not None and held != trunk['revision']:
        return False, 'loaded with %s instead of revision %d: %s' % (
            'revision %d' % held if held else 'no revision', trunk['revision'], found)
    wrong = elsewhere(trunk, peer)
    if wrong:
        return False, 'loaded with %s: %s' % (peer_options.listed(wrong), found)
    if LOADED not in trunk['state'] and peer['state'] not in trunk['state']:
        return False, '%s instead of %s' % (found, ' or '.join(trunk['state']))
    if trunk['registered'] and (registration is None or registration['state'] != 'registered'):
        return False, '%s, registration %s' % (found, describe_registration(registration))
    return True, found


def relax(trunk, before, peer):
    """Return (the trunk without what this run is not to blame for, in words what was down before the run, else '').

    A run fails only for a trunk that it changed or made worse. ``peer``: what is loaded now, or None. ``before``: None
    if it is not known, or what was found before the run: ``peer`` (as C(dialer_info) returns it, or None),
    ``registration`` (or None), and ``written``, whether the run has written the trunk's row or file.
    """
    if before is None or peer is None or trunk['state'] == [ABSENT] or _is_changed(trunk, before, peer):
        return trunk, ''
    held = before['peer']
    if held is None:
        return dict(trunk, state=[LOADED], registered=False), 'not loaded'
    nowhere = held['state'] == UNKNOWN and held['host'] is None
    silent = held['state'] == UNREACHABLE or nowhere
    if LOADED not in trunk['state'] and held['state'] not in trunk['state'] and (silent or held['state'] == LAGGED):
        # A carrier that is silent does not answer a registration either, which Asterisk may not have noticed before.
        return (dict(trunk, state=[LOADED], registered=trunk['registered'] and not silent),
                'without an address' if nowhere else held['state'])
    if trunk['registered'] and _is_refused(before['registration'], adopted=_is_adopted(held, peer)):
        return dict(trunk, registered=False), 'registration ' + describe_registration(before['registration'])
    return trunk, ''


def _is_changed(trunk, before, peer):
    held = before['peer']
    if held is None:
        return before['written']
    moved = (held['host'], held['port']) != (peer['address'], peer['port'])
    if _is_adopted(held, peer):  # its row is written too, with the host and the login that it had
        return moved
    # A peer that somebody had pointed elsewhere is back at its address. That of a name changes by itself.
    back = moved and peer_options.is_address(trunk.get('peer_host') or '')
    return before['written'] or back or held['revision'] != revision(peer['description'])


def _is_adopted(held, peer):
    return not held['managed'] and revision(peer['description']) > 0


def _is_refused(registration, adopted):
    """Return whether a registration was certainly not in force. One that is adopted has existed before."""
    if registration is None:
        return not adopted
    return registration['state'] not in ('registered', 'unregistered')  # unregistered: not tried yet


def describe(peer):
    """Return a peer's state and address as text, such as ``lagged (1300 ms) at 198.18.10.10:5060``."""
    text = peer['state']
    if peer['latency_ms'] is not None:
        text += ' (%d ms)' % peer['latency_ms']
    if peer['address'] is None:
        return text + (', not registered here' if peer['dynamic'] else ', without an address')
    return '%s at %s' % (text, address(peer))


def address(peer):
    """Return the peer's address with its port, IPv6 in brackets."""
    host = '[%s]' % peer['address'] if ':' in peer['address'] else peer['address']
    return '%s:%d' % (host, peer['port']) if peer['port'] else host


def describe_registration(registration):
    """Return a registration's state as text."""
    return 'missing' if registration is None else registration['state'].replace('_', ' ')


# PJSIP calls silence a rejection too, and does not show what was responded.
_PJSIP_REASON = {
    'rejected': 'the registrar does not respond, or refuses it (wrong username, secret or host); Asterisk tries again '
                'as its retry_interval, fatal_retry_interval and forbidden_retry_interval say',
    'stopped': 'Asterisk has given up after max_retries attempts without a response, or after a refusal: type '
               '"pjsip send register %s" to have it try again',
    'unregistered': 'Asterisk has not sent the registration yet, or waits for the first response',
}

_REGISTRATION_REASON = {
    'request_sent': 'the registrar does not answer, or answers with an internal error: wrong host or port, a '
                    'firewall, a name that cannot be resolved, or the carrier is down',
    'auth_sent': 'the registrar asked for a password and has not accepted it yet: wrong secret, or it is slow',
    'rejected': 'the registrar does not know this account or domain (wrong username or host); Asterisk does not '
                'try again before a reload',
    'no_authentication': 'the registrar refused username and secret (403); Asterisk does not try again before a reload',
    'timeout': 'the registrar did not answer within registertimeout',
    'failed': 'Asterisk has given up after registerattempts tries: only a reload makes it try again',
    'unregistered': 'Asterisk has not sent the registration yet',
}


def reason(trunk, peer, registration=None, facts=None):
    """Return a sentence with the likely reason why a trunk is not as wanted; '' if none is known.

    ``facts``, each optional: ``loaded`` (False: its driver is not loaded), ``in_screen`` (bool), ``files`` ((path,
    revision) of each section of the conf files that defines the peer, in order), ``origin`` (the line that gives it
    another address, see C(peer_options.origin)), ``host`` (of the peer's configuration), ``addresses`` (to which that
    name resolves now; [] for none), ``srv`` (whether that name has SRV records; None when no DNS server says).
    """
    facts = facts or {}
    technology = TECHNOLOGIES[trunk.get('technology') or 'SIP']
    if facts.get('loaded') is False:
        return '%s is not loaded in this Asterisk' % technology.driver
    if trunk['state'] == [ABSENT]:
        return _still_loaded(facts, technology)
    if peer is None:
        return _not_loaded(facts, technology)
    if trunk['revision'] is not None and revision(peer['description']) != trunk['revision']:
        return _other_revision(trunk, facts, technology)
    if elsewhere(trunk, peer):
        return facts.get('origin') or _reload_missing(facts, technology)
    if LOADED not in trunk['state'] and peer['state'] not in trunk['state']:
        return _state_reason(trunk, peer, facts, technology)
    if trunk['registered']:
        if registration is None and technology.name == 'PJSIP':
            return 'no registration of its name is loaded: it is an object of type=registration, read by pjsip reload'
        if registration is None:
            return ('no register line for it is loaded: it must be in [general], before the first peer, and is read by '
                    '%s' % technology.reload)
        if technology.name == 'PJSIP' and registration['state'] in _PJSIP_REASON:
            return _PJSIP_REASON[registration['state']].replace('%s', trunk['name'])
        return _REGISTRATION_REASON.get(registration['state'], '')
    return ''


def _reload_missing(facts, technology):
    if facts.get('in_screen') is False:
        return ('Asterisk was not reloaded: VICIdial reloads by typing into a screen session of root named asterisk, '
                'and Asterisk does not run in one')
    return 'Asterisk was not reloaded since then ("%s"), or refused the file: check its log' % technology.reload


def _not_loaded(facts, technology):
    files = facts.get('files')
    if files is None:
        return 'no peer of that name is loaded: ' + _reload_missing(facts, technology)
    if not files:
        return 'no file that %s includes defines it: %s' % (technology.conf, _NOT_GENERATED)
    return 'it is in %s, but %s' % (files[0][0], _reload_missing(facts, technology))


# VICIdial's conditions for writing its files
_NOT_GENERATED = ('it was not generated yet (in VICIdial: the row and the server active, generate_vicidial_conf and '
                  'rebuild_conf_files Y, the keepalive script in cron), or the include line is missing')


def _still_loaded(facts, technology):
    if facts.get('files'):
        return 'it is still in %s' % ', '.join(sorted({path for path, _revision in facts['files']}))
    return _reload_missing(facts, technology)


def _other_revision(trunk, facts, technology):
    # A trunk has several objects in PJSIP and IAX2, of which one has the revision.
    files = facts.get('files') or []
    if technology.name != 'SIP':
        files = [found for found in files if found[1]] or files[:1]
    if len(files) > 1:
        return 'it is defined %d times (%s)' % (len(files), ', '.join(path for path, _revision in files))
    if files and files[0][1] != trunk['revision']:
        return '%s has %s: the wanted one was not generated yet, or the file was changed since' % (
            files[0][0], 'revision %d' % files[0][1] if files[0][1] else 'no revision')
    return _reload_missing(facts, technology)


def _not_resolved(trunk, facts, technology):
    """The reason why a name that has no address is of no use."""
    host = facts['host']
    if not facts.get('srv'):
        return 'the host name %s cannot be resolved on this dialer (DNS)%s' % (
            host, ': it has neither an address nor an SRV record' if facts.get('srv') is False else '')
    if trunk.get('port'):
        return ('the host name %s has no address, only an SRV record, for which Asterisk does not ask when the trunk '
                'has a port: leave the port out' % host)
    if technology.name == 'PJSIP':
        return 'the host name %s has no address, only an SRV record, and nothing answers at its target' % host
    return ('the host name %s has no address, only an SRV record, for which Asterisk asks with srvlookup=yes in '
            '[general] of %s: write that there and type "%s"' % (host, technology.conf, technology.reload))


def _state_reason(trunk, peer, facts, technology):
    host, addresses = facts.get('host'), facts.get('addresses')
    if peer['address'] is None:
        if peer['dynamic']:
            return 'a peer with host=dynamic has an address only after it has registered here'
        if host and addresses == []:
            return _not_resolved(trunk, facts, technology)
        if host and addresses:
            return ('Asterisk could not resolve %s when it loaded the peer, which is %s now: "%s" resolves it again'
                    % (host, ' or '.join(addresses), technology.reload))
        return 'its host name could not be resolved (DNS)'
    if technology.name == 'PJSIP' and addresses == []:  # PJSIP resolves a name for each request
        return _not_resolved(trunk, dict(facts, host=host or peer['address']), technology)
    if technology.name != 'PJSIP' and host and addresses and not facts.get('srv') and peer['address'] not in addresses:
        return ('%s is %s now, but Asterisk still has %s: "%s" resolves it again'
                % (host, ' or '.join(addresses), peer['address'], technology.reload))
    if peer['state'] == UNREACHABLE:
        return ('no answer to %s from %s: the carrier is down, the host or port is wrong, or a firewall drops it'
                % ('POKE' if technology.name == 'IAX2' else 'OPTIONS', address(peer)))
    if peer['state'] == LAGGED:
        return ('it answers later than qualify allows, and Dial refuses a lagged peer like an unreachable one: raise '
                'the qualify timeout, or fix the connection')
    if peer['state'] == UNKNOWN:
        return 'no probe has been answered yet: it was just loaded, or nothing answers at %s' % address(peer)
    if peer['state'] == UNMONITORED:
        return 'qualify is off, so that Asterisk does not check whether the carrier answers'
    if peer['state'] == REACHABLE:
        return 'it answers'
    return ''
