#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: vicidial_carriers
short_description: Carriers of VICIdial, all rows of a run in one call
version_added: "1.0.0"
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Brings the rows of C(vicidial_server_carriers) to what O(carriers) says. A carrier is a trunk (a row with an account
    entry) or a route (a row with a dialplan entry), on one dialer.
  - The table is read once, only rows that differ are written, and only the servers concerned are told to write their
    conf files anew (C(servers.rebuild_conf_files)). Then the module waits until VICIdial's generator has come.
  - A row is ours when its description begins with C([dialer.trunks NAME@SERVER_IP CARRIER_ID]) and the row has this
    server_ip and carrier_id. Other rows are never touched; a copy that an admin page made of one of ours is reported.
  - Every change is an entry of C(vicidial_admin_log) of the user C(dialer.trunks), secrets hidden. While a change waits
    for its generator, the user is C(dialer.trunks begun), and C(dialer.trunks asked) when that did not come in time.
    The next run takes up from there what a run that was cut short has left.
  - The carrier_id is allocated once, at most 15 characters, and kept.
  - A text may hold the placeholder of a stamp (C([trunks @]) in a peer's description, an C(@) as the argument at the
    end of a route's Gosub). It becomes the row's revision, which goes up by one with each change, so that the running
    Asterisk can prove which version it holds. Texts that differ only in their stamps, their line ends (CRLF) or blanks
    at line ends are the same.
  - Every mistake is found before anything is written, and all of them are told at once. Over-long values are mistakes,
    because VICIdial's servers cut them silently. So are a peer's name, a global or a number that an active row of
    somebody else, a phone or VICIdial itself has on that server.
extends_documentation_fragment:
  - dialer.trunks.attributes
  - dialer.trunks.database
attributes:
  check_mode:
    support: full
    details: Waits for no generator.
  diff_mode:
    support: full
options:
  carriers:
    description:
      - The carriers that are to be there on O(server_ips), identified by name and server_ip.
      - Without it, the carriers of all dialers in the play's batch are made of their descriptions (C(dialer_trunks),
        C(dialer_routes) and so on), in which case O(server_ips), O(campaigns), O(prune) and the login come from there.
      - Their texts hold secrets, so the action plugin of this module sends them as O(payload).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the trunk or route. With O(carriers[].server_ip) it says which row is meant.
        type: str
        required: true
      server_ip:
        description:
          - The dialer, as C(server_ip) in its row of C(servers).
          - C(0.0.0.0) is every active dialer. It may be given where O(server_ips) are those of all hosts in the group
            C(dialers), and of all active dialers in the database.
        type: str
        required: true
      kind:
        description: Decides in which of the O(steps) the row is written.
        type: str
        choices: [trunk, route]
        default: trunk
      carrier_name:
        description: What the admin pages show. Default is the name.
        type: str
      description:
        description: What stands in C(carrier_description) behind the marker.
        type: str
        default: ''
      protocol:
        description: The conf file that the generator writes the peer to. C(Zap) and C(EXTERNAL) are not generated.
        type: str
        choices: [SIP, PJSIP, PJSIP_WIZ, IAX2, Zap, EXTERNAL]
        default: SIP
      registration_string:
        description: C(register => user:secret@host:port/exten), or empty.
        type: str
        default: ''
      account_entry:
        description: The peer's block.
        type: str
        default: ''
      globals_string:
        description: One C(NAME = value) line.
        type: str
        default: ''
      dialplan_entry:
        description: C(exten =>) lines.
        type: str
        default: ''
      template_id:
        description: A row of C(vicidial_conf_templates).
        type: str
        default: --NONE--
      user_group:
        description: Who sees the carrier in the admin pages.
        type: str
        default: ---ALL---
      active:
        description:
          - Whether the carrier is in use.
          - The row of one that is not gets C(active) N and keeps everything else. Where it has no row, none is made for
            a trunk; a route's is made, inactive.
        type: bool
        default: true
      adopt:
        description:
          - C(carrier_id) of existing rows that are not ours. A trunk takes over the one of its server, which keeps its
            carrier_id, carrier_name, user_group, globals_string and dialplan_entry.
          - An active route takes the place of their dialplan entries. A row of its server with nothing but one becomes
            the route's; one of a trunk's row is emptied; one of a row for C(0.0.0.0) is set inactive with its row.
          - A row taken over bears C([adopted]) behind the marker, and is handed back instead of removed.
        type: list
        elements: str
      own_registration:
        description: How the trunk's registration reads in our words. An adopted row keeps one that reads otherwise.
        type: str
  state:
    description:
      - V(absent) wants no carriers on the dialers of the play's batch, so that all rows of ours go.
      - V(confirmed) confirms what this run of Ansible has written with O(confirm_within), except the rows of dialers
        that failed, and itself fails when that was rolled back in the meantime. V(rolled_back) rolls it back at once.
        V(extended) allows O(confirm_within) seconds more, and fails as V(confirmed) does. They do nothing where this
        run has no checkpoint, and have to run where the rows were written from (RV(place)).
    type: str
    choices: [present, absent, confirmed, extended, rolled_back]
    default: present
  confirm_within:
    description:
      - Seconds within which a task with O(state=confirmed) has to follow, counted from the end of this run's last step.
        Else a watchdog, a process that the module leaves behind, writes the former rows back, except those that have
        been edited since. The former rows are kept in a journal in C(/var/lib/dialer-trunks), with the login of the
        database, which only root can read.
      - 0 needs no confirmation.
    type: int
    default: 0
  force:
    description: With O(state=rolled_back), roll back the unconfirmed rows of any run, not of this one only.
    type: bool
    default: false
  rolled_back:
    description:
      - With O(state=confirmed), the name of the variable in which dialers that failed have registered the result of
        M(dialer.trunks.asterisk_generation) with C(state=rolled_back). Their rows are rolled back.
    type: str
  mode:
    description: As the variable C(dialer_mode), which is the default; for descriptions.
    type: str
    choices: [vicidial, asterisk]
  trunks:
    description: As the variable C(dialer_trunks), which is the default; for descriptions.
    type: list
    elements: dict
  routes:
    description: As the variable C(dialer_routes), which is the default; for descriptions.
    type: list
    elements: dict
  read:
    description:
      - Name of the variable in which each dialer's result of M(dialer.trunks.dialer_info) was registered; for
        descriptions. With it, conflicts with what is on a dialer are found before anything is written.
    type: str
  campaigns:
    description: Campaigns that are to dial these prefixes. Others, and C(three_way_dial_prefix), stay as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      campaign_id:
        description: The campaign.
        type: str
        required: true
      dial_prefix:
        description: What it dials first; V(X) for nothing, as VICIdial has it.
        type: str
        required: true
      manual_dial_prefix:
        description:
          - The same for manual calls, in force at an agent's next login.
          - Default is O(campaigns[].dial_prefix).
        type: str
  server_ips:
    description:
      - The dialers of this run. Rows of ours on them that are not in O(carriers) are leftovers; those for C(0.0.0.0)
        are where the dialers of this run are all there are.
      - Default is the dialers of O(carriers).
    type: list
    elements: str
  prune:
    description:
      - Whether leftovers are deleted. Otherwise they are returned and stay as they are.
      - Default is each dialer's variable C(dialer_prune); with O(carriers), false.
    type: bool
  hosts:
    description: The dialers whose descriptions are meant. Default is those of the play's batch.
    type: list
    elements: str
  kept:
    description:
      - Name of the variable in which each dialer's result of M(dialer.trunks.asterisk_generation_rows) was registered.
        The carriers of all dialers in the play's batch are then those of their kept generations. What these do not
        have and the ones in force do is deleted.
    type: str
  steps:
    description:
      - What to do, always in this order. After each step that wrote something its dialers are flagged and waited for.
      - C(trunks) adds and changes active trunks, C(routes) active routes; C(route_removals) and then C(trunk_removals)
        switch off what is no longer active and, with O(prune), delete leftovers; C(campaigns) sets the prefixes.
      - Everything is compared and checked whatever the steps; RV(pending) says what is left to do.
    type: list
    elements: str
    choices: [trunks, routes, route_removals, trunk_removals, campaigns]
    default: [trunks, routes, route_removals, trunk_removals, campaigns]
  rebuild:
    description:
      - Dialers (server_ip) whose conf files are to be written anew even though no row differs, because the running
        Asterisk was found not to hold what the rows say.
    type: list
    elements: str
    default: []
  wait:
    description:
      - Seconds to wait after each step for the generators, which cron runs each minute. 0 does not wait.
      - The module fails when one does not come. The rows stay, and the next run goes on from there.
    type: int
    default: 180
  payload:
    description:
      - Made by the action plugin, not to be set by a task. One string of JSON with O(carriers), O(campaigns) and
        O(login_password), so that secrets are neither logged nor shown, and with what the descriptions of all dialers
        say besides.
    type: str
seealso:
  - module: dialer.trunks.vicidial_carriers_info
'''

EXAMPLES = r'''
- name: One trunk on two dialers, by the login of the dialer's own /etc/astguiclient.conf
  dialer.trunks.vicidial_carriers:
    carriers:
      - name: carrier_a
        server_ip: 198.18.0.11
        account_entry: "{{ lookup('ansible.builtin.template', 'carrier_a.conf') }}"
        globals_string: "TRUNKA = SIP/carrier_a"
      - name: carrier_a
        server_ip: 198.18.0.12
        account_entry: "{{ lookup('ansible.builtin.template', 'carrier_a.conf') }}"
        globals_string: "TRUNKA = SIP/carrier_a"

- name: The rows of every dialer of the play, as the inventory describes them
  dialer.trunks.vicidial_carriers:
  run_once: true
  delegate_to: "{{ dialer_db_delegate | default(ansible_play_hosts | first) }}"

- name: Take everything of ours off two dialers again
  dialer.trunks.vicidial_carriers:
    carriers: []
    server_ips: [198.18.0.11, 198.18.0.12]
    prune: true
    login_host: 198.18.0.5
    login_user: cron
    login_password: "{{ vault_dialer_db_password }}"
'''

RETURN = r'''
carriers:
  description: Every wanted carrier and every row of ours on the dialers of this run, by what the run found and planned.
  returned: success
  type: list
  elements: dict
  contains:
    carrier_id:
      description: The row's carrier_id; null for an inactive carrier without a row.
      type: str
    name:
      description: Name of the trunk or route.
      type: str
    server_ip:
      description: The dialer.
      type: str
    kind:
      description: V(trunk) or V(route).
      type: str
    action:
      description:
        - V(added), V(changed), V(unchanged), V(deactivated), V(removed), V(returned) (an adopted row is its maker's
          again) or V(left) (a leftover without O(prune)).
        - Done when its step is among O(steps), else still to do.
      type: str
    revision:
      description: What the row's texts are stamped with, 0 without a stamp.
      type: int
    fields:
      description: Names of the columns that differ.
      type: list
      elements: str
  sample:
    - {carrier_id: carrier_a-11, name: carrier_a, server_ip: 198.18.0.11, kind: trunk, action: changed, revision: 4,
       fields: [account_entry]}
steps:
  description: The steps that were asked for.
  returned: success
  type: list
  elements: str
place:
  description: The host from which the rows were written, where O(state=confirmed) and O(state=rolled_back) have to run.
  returned: success
  type: str
  sample: dialer1
outcome:
  description: With O(state=confirmed), O(state=extended) or O(state=rolled_back), what was done, as a sentence.
  returned: when that state was asked for
  type: str
  sample: "Restored: 4 rows of carriers."
campaigns:
  description: Campaigns whose prefixes differ, with the names of those columns.
  returned: success
  type: list
  elements: dict
  sample: [{campaign_id: TESTCAMP, fields: [dial_prefix]}]
pending:
  description:
    - How many changes of each step remain after this call, so that a later call can be left out when there are none.
    - In check mode as if the steps asked for had been done.
  returned: success
  type: dict
  sample: {trunks: 0, routes: 2, route_removals: 0, trunk_removals: 0, campaigns: 1}
leftovers:
  description: Rows of ours that nobody wants, as in RV(carriers).
  returned: success
  type: list
  elements: dict
servers:
  description:
    - server_ip of every row of C(servers), as the database has it.
    - For a firewall, M(dialer.trunks.asterisk_generation) takes those that are the address of one host.
  returned: success
  type: list
  elements: str
  sample: [198.18.0.11, 198.18.0.12]
waited:
  description: Seconds until each generator came, by server_ip.
  returned: success
  type: dict
  sample: {198.18.0.11: 23.4}
timings:
  description: Seconds from connecting to closing (V(total), without the waiting) and of its parts.
  returned: success
  type: dict
  sample: {connect: 0.002, read: 0.012, compare: 0.018, write: 0.009, close: 0.0001, waited: 23.4, total: 0.041}
errors:
  description: The mistakes, one by one; RV(msg) has them all.
  returned: when the input or what it meets in the database is wrong
  type: list
  elements: str
msg:
  description: What went wrong, without secrets.
  returned: failure
  type: str
'''

import functools  # noqa: E402
import os  # noqa: E402

from ansible.module_utils.basic import AnsibleModule, missing_required_lib  # noqa: E402

from ansible_collections.dialer.trunks.plugins.module_utils._arguments.vicidial_carriers import ARGUMENTS
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import options as carrier_input, sync
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import warn
from ansible_collections.dialer.trunks.plugins.module_utils._common.locks import Busy
from ansible_collections.dialer.trunks.plugins.module_utils._confirm import checkpoint as checkpoints, rows
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection
from ansible_collections.dialer.trunks.plugins.module_utils._generation import store


class Module(AnsibleModule):
    """Leaves the target's log alone: plain carriers hold secrets in texts of many lines, which its masking misses."""

    def _log_invocation(self):
        pass


def warned(module, result):
    """The result without its warnings, which the module has given."""
    for warning in result.pop('warnings', []):
        warn(module, warning)
    return result


def main():
    module = Module(argument_spec=ARGUMENTS, supports_check_mode=True)
    if connection.PYMYSQL_ERROR:
        module.fail_json(msg=missing_required_lib('PyMySQL', reason=connection.LIBRARY_REASON),
                         exception=connection.PYMYSQL_ERROR)
    try:
        options = carrier_input.settle(module.params)
        options['within'] = options['confirm_within']
        if module.params['state'] in ('confirmed', 'extended', 'rolled_back'):
            result = rows.close(options, module.params['state'], module.check_mode, functools.partial(warn, module))
        else:
            login = connection.login(options)
            journal = None if module.check_mode else rows.begin(options, login, functools.partial(warn, module))
            result = sync.perform(login, options, module.check_mode, module._diff, journal=journal)
    except checkpoints.Unconfirmed as other:
        module.fail_json(msg=str(other), unconfirmed=other.run)
    except (Busy, checkpoints.RolledBack, store.Foreign) as fault:
        module.fail_json(msg=str(fault))
    except (IOError, OSError) as fault:
        module.fail_json(msg='%s: %s. Nothing was written.' % (fault.filename or 'the journal',
                                                               os.strerror(fault.errno or 0)))
    except carrier_input.InputError as error:
        module.fail_json(msg=str(error), errors=error.errors)
    except sync.Failure as failure:
        module.fail_json(msg=str(failure), **warned(module, failure.result))
    except connection.DatabaseError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**warned(module, result))


if __name__ == '__main__':
    main()
