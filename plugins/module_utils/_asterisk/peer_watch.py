# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch expected trunks in a running Asterisk until all are as wanted. C(peer_checks) judges what is read here."""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    parsers, peer_checks, peer_options, srv_records)
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import in_screen
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_files import peer_files, read, resolve
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.evidence import EVIDENCE
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import REACHABLE, UNKNOWN, UNMONITORED
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import revision

# Seconds between two checks that only wait for evidence.
SOON = 0.2


class Watch(object):
    """Checks the expected trunks repeatedly. What is costly and does not change is read once."""

    def __init__(self, cli, trunks, reloaded=False, before=None):
        self.cli = cli
        self.trunks = trunks
        self.before = before
        # The trunks with what must be so for the run to succeed, and what was down before, see peer_checks.relax.
        self.relaxed = [(trunk, '') for trunk in trunks]
        self.names = {trunk['name'] for trunk in trunks}
        wanted = {trunk['technology'] for trunk in trunks}
        self.technologies = [name for name in TECHNOLOGIES if name in wanted or None in wanted]
        judged = self._judged()
        self.judged = {trunk['name'] for trunk in judged}
        self.evidence = {name: EVIDENCE[name](cli) for name in self.technologies
                         if reloaded and any(trunk['technology'] in (name, None) for trunk in judged)}
        self.loaded = {}
        self.peers = {}
        self.registrations = {}
        self._details = {}
        self._probed = set()

    def _judged(self):
        """Return the trunks whose state matters: it must be measured after the reload."""
        return [trunk for trunk, _down in self.relaxed
                if not {peer_checks.LOADED, peer_checks.ABSENT} & set(trunk['state'])]

    def look(self):
        """Read the state of all trunks. Returns (whether all are as wanted, whether that is proven, too). Where the
        state before the run is known, what was down then and is not changed counts as wanted."""
        for evidence in self.evidence.values():
            evidence.before()
        self.peers = {}
        for technology in self.technologies:
            peers = self.cli.peers(technology, self.names)
            self.loaded[technology] = peers is not None
            for peer in peers or ():
                self.peers[technology, peer['name']] = peer
        self._ask_hosts()
        asked = {}
        for number, trunk in enumerate(self.trunks):
            peer = self.peer(trunk)
            if trunk['registered'] and peer is not None:
                technology = peer['technology']
                if technology not in asked:
                    asked[technology] = self.cli.registrations(technology)
                self.registrations[number] = self._registration(trunk, peer, asked[technology])
            self.relaxed[number] = peer_checks.relax(trunk, self._before(trunk, peer), peer)
        self.judged = {trunk['name'] for trunk in self._judged()}
        good = [self._is_good(number) for number in range(len(self.trunks))]
        if 'PJSIP' not in self.evidence:
            self._probe(trunk for trunk, fine in zip(self.trunks, good) if not fine)
        self._gather()
        return all(good), all(good) and self._settled()

    def _ask_hosts(self):
        """Ask chan_sip for the host names that the list does not show."""
        for trunk in self.trunks:
            peer = self.peer(trunk)
            name = trunk.get('peer_host')
            if peer and peer['technology'] == 'SIP' and name and not peer_options.is_address(name):
                peer['given'] = (self.cli.details('SIP', trunk['name']) or {}).get('ToHost')

    def _registration(self, trunk, peer, registrations):
        details = self.details(trunk['name']) if peer['technology'] == 'SIP' else _as_details(peer)
        return peer_checks.registration_of(dict(trunk, technology=peer['technology']), details, registrations)

    def _before(self, trunk, peer):
        """Return what there was of the trunk before the run, see C(peer_checks.relax)."""
        if self.before is None or peer is None:
            return None
        technology = peer['technology']
        held = [one for one in self.before['peers'] if (one['technology'], one['name']) == (technology, trunk['name'])]
        registrations = [one for one in self.before['registrations'] if one['technology'] == technology]
        return dict(peer=held[0] if held else None, written=trunk['name'] in self.before['written'],
                    registration=self._registration(trunk, peer, registrations) if trunk['registered'] else None)

    def _is_good(self, number):
        _trunk, peer, registration = self._of(number)
        return peer_checks.judge(self.relaxed[number][0], peer, registration)[0]

    def _gather(self):
        """Collect the evidence for the trunks whose state matters."""
        wanted = [self.peer(trunk) for trunk in self.trunks if trunk['name'] in self.judged]
        for technology, evidence in self.evidence.items():
            evidence.after([peer for (kind, _name), peer in self.peers.items() if kind == technology],
                           [peer for peer in wanted if peer and peer['technology'] == technology])

    def lacking(self, peer):
        """Return a clause that says why the state of a trunk's peer is not proven after a reload; '' if it is."""
        if peer is None or peer['name'] not in self.judged or peer['technology'] not in self.evidence:
            return ''
        return '' if peer['state'] == UNMONITORED else self.evidence[peer['technology']].lacking(peer)

    def _settled(self):
        """Return whether the states that Asterisk shows are current, and not those of before a reload or probe."""
        if self.evidence:
            return not any(self.lacking(self.peer(trunk)) for trunk in self.trunks)
        reachable = {name[:10] for (technology, name), peer in self.peers.items()
                     if technology == 'SIP' and name in self.names and peer['state'] == REACHABLE}
        return not reachable or not reachable.intersection(self.cli.sip_probes())

    def _probe(self, trunks):
        """Make PJSIP send the first probe now."""
        for trunk in trunks:
            peer, name = self.peer(trunk), trunk['name']
            if peer and peer['technology'] == 'PJSIP' and peer['state'] == UNKNOWN and name not in self._probed:
                self._probed.add(name)
                self.cli.run('pjsip qualify %s' % name)

    def patience(self):
        """Return the seconds that Asterisk needs to probe all its peers after a reload."""
        return max([evidence.spread or 0 for evidence in self.evidence.values()] or [0])

    def peer(self, trunk):
        """Return the trunk's peer, of its technology or of the first that has one; None if it is not loaded."""
        for technology in [trunk['technology']] if trunk['technology'] else self.technologies:
            if (technology, trunk['name']) in self.peers:
                return self.peers[technology, trunk['name']]
        return None

    def details(self, name):
        """Return C(parsers.sip_peer) of this peer; None if it is not loaded any more."""
        if not self._details.get(name):
            self._details[name] = self.cli.read(parsers.sip_peer, 'sip show peer %s' % name)
        return self._details[name]

    def _of(self, number):
        trunk = self.trunks[number]
        return trunk, self.peer(trunk), self.registrations.get(number)

    def report(self):
        """RETURN's C(trunks) of the module sip_peers_verify. What it takes to tell the reasons is asked here only."""
        screen, found = in_screen(), []
        for number in range(len(self.trunks)):
            trunk, peer, registration = self._of(number)
            ok, detail = peer_checks.judge(trunk, peer, registration)
            good = self._is_good(number)
            reason = unproven = self.lacking(peer) if good else ''
            if unproven:
                ok, detail = False, detail + ', but that may be from before the reload'
            elif not ok:
                technology = self._technology(trunk, peer)
                reason = peer_checks.reason(dict(trunk, technology=technology), peer, registration,
                                            self._facts(trunk, peer, technology, screen))
            shown = peer or dict(state=None, address=None, port=None, latency_ms=None, description='')
            found.append(dict(
                name=trunk['name'], technology=peer['technology'] if peer else None, found=peer is not None,
                ok=ok, detail=detail, reason=reason, elsewhere=bool(peer and peer_checks.elsewhere(trunk, peer)),
                down_before=self.relaxed[number][1] if good and not ok and not unproven else '',
                revision=revision(shown['description']) or None,
                registration=registration['state'] if registration else None,
                **{key: shown[key] for key in ('state', 'address', 'port', 'latency_ms')}))
        return found

    def _technology(self, trunk, peer):
        """Return the technology of the peer, else the wanted one, else the first that is loaded."""
        if peer or trunk['technology']:
            return peer['technology'] if peer else trunk['technology']
        return next((name for name in self.technologies if self.loaded[name]), 'SIP')

    def _facts(self, trunk, peer, technology, screen):
        facts = dict(loaded=self.loaded.get(technology), in_screen=screen,
                     files=peer_files(trunk['name'], TECHNOLOGIES[technology].conf))
        wrong = peer_checks.elsewhere(trunk, peer) if peer else []
        if wrong:
            facts['origin'] = peer_options.origin(read(TECHNOLOGIES[technology].conf) or (), trunk['name'], wrong)
        if peer is not None and not peer['dynamic']:
            if technology == 'SIP':
                host = (self.details(trunk['name']) or {}).get('ToHost')
            else:
                host = trunk['host'] or peer['address']
            addresses = resolve(host)
            asks = addresses is not None and not trunk['port'] or addresses == []
            facts.update(host=host, addresses=addresses, srv=srv_records.exist(host, technology) if asks else None)
        return facts


def watch(cli, trunks, timeout, interval, reloaded, before=None):
    """Look until all is as wanted or C(timeout) seconds have passed, each C(interval) seconds; returns (whether it is,
    the Watch). With C(reloaded), a peer's state has to be from after Asterisk's reload. ``before``: None, or what was
    found before the run: ``peers`` and ``registrations`` (as C(dialer_info) returns them) and ``written``, the names of
    the trunks whose row or file the run has written."""
    began = time.monotonic()
    seen = Watch(cli, trunks, reloaded, before)
    while True:
        good, settled = seen.look()
        if settled:
            return True, seen
        # What lacks nothing but an answer has it in a moment.
        pause = min(interval, SOON) if good and seen.evidence else interval
        pause = min(max(pause, 0.1), began + timeout + seen.patience() - time.monotonic())
        if pause <= 0:
            return good and not seen.evidence, seen
        time.sleep(pause)


def _as_details(peer):
    """Return what C(sip show peer) would show of a peer's address."""
    return {'Addr->IP': '%s:%s' % (peer['address'], peer['port'] or 0)} if peer['address'] else {}
