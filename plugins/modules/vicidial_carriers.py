#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r'''
module: vicidial_carriers
short_description: Manage the carriers of VICIdial, all rows of a run in one call
version_added: "1.0.0"
author:
  - dialer.trunks contributors (@dialer-trunks)
description:
  - Makes the rows of C(vicidial_server_carriers) equal to O(carriers). A carrier is a trunk (a row with an account
    entry) or a route (a row with a dialplan entry), on one dialer.
  - Only rows that differ are written, and only the servers concerned are flagged to write their conf files again
    (C(servers.rebuild_conf_files)). Then the module waits until VICIdial's generator has run.
  - A row is managed when its description begins with C([dialer.trunks NAME@SERVER_IP CARRIER_ID]) and the row has this
    server_ip and carrier_id. Other rows are never changed. A copy of a managed row, made in an admin page, is reported.
    A managed row that was put on another server is put back.
  - Every change is logged in C(vicidial_admin_log) by the user C(dialer.trunks), secrets hidden. While a change waits
    for its generator, the user is C(dialer.trunks begun), or C(dialer.trunks asked) if that did not run in time. The
    next run continues from there what an interrupted run has left.
  - The carrier_id is allocated once, with at most 15 characters, and never changes.
  - A text may contain the placeholder of a stamp (C([trunks @]) in a peer's description, an C(@) as the argument at the
    end of a route's Gosub). It is replaced by the row's revision, which is incremented with each change, so that the
    running Asterisk can prove which version it holds. Stamps, line ends (CRLF) and trailing blanks are not compared.
  - All mistakes are reported at once, before anything is written. A value that is too long for its column is a mistake,
    as is a peer's name, a global or an extension that another active row, a phone or VICIdial itself uses there.
extends_documentation_fragment:
  - dialer.trunks.attributes
  - dialer.trunks.attributes.confirmable
  - dialer.trunks.database
attributes:
  check_mode:
    support: full
    details: Does not wait for a generator.
  diff_mode:
    support: full
    details: What is the same for several dialers is shown once, except with a JSON callback or C(diff) of the task.
options:
  carriers:
    description:
      - The wanted carriers of O(server_ips), identified by name and server_ip.
      - Without it, carriers, O(server_ips), O(campaigns), O(prune) and the login are those of the descriptions
        (C(dialer_trunks), C(dialer_routes) and so on) of all dialers in the play's batch.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the trunk or route. Name and O(carriers[].server_ip) identify the row.
        type: str
        required: true
      server_ip:
        description:
          - The dialer, as C(server_ip) in its row of C(servers).
          - C(0.0.0.0) is every active dialer. It requires that O(server_ips) are those of all hosts in the group
            C(dialers) and of all active dialers in the database.
        type: str
        required: true
      kind:
        description: Selects the O(steps) that write the row.
        type: str
        choices: [trunk, route]
        default: trunk
      carrier_name:
        description: Name in the admin pages. Default is the name.
        type: str
      description:
        description: Text in C(carrier_description) after the marker.
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
        description: User group that sees the carrier in the admin pages.
        type: str
        default: ---ALL---
      active:
        description:
          - Whether the carrier is in use.
          - If not, its row gets C(active) N and keeps the other columns. A missing row is not added for a trunk, and is
            added inactive for a route.
        type: bool
        default: true
      adopt:
        description:
          - C(carrier_id) of existing rows that are not managed. A trunk adopts the row of its server, which keeps its
            carrier_id, carrier_name, user_group, globals_string and dialplan_entry.
          - An active route replaces their dialplan entries. A row of its server without a peer becomes the route's row,
            the dialplan entry of a trunk's row is emptied, and a row for C(0.0.0.0) without a peer is deactivated.
          - An adopted row has C([adopted]) after the marker, and is returned to its former owner instead of removed.
        type: list
        elements: str
      own_registration:
        description: The registration that the trunk would have. An adopted row keeps a different one.
        type: str
  state:
    description:
      - V(absent) removes all managed rows of the dialers in the play's batch.
      - V(confirmed) confirms what this run of Ansible has written with O(confirm_within), except the rows of dialers
        that failed, and itself fails when that was rolled back in the meantime. V(rolled_back) rolls it back at once.
        V(extended) allows O(confirm_within) seconds more, and fails as V(confirmed) does. They do nothing where this
        run has no checkpoint, and have to run on the host from which the rows were written (RV(place)).
    type: str
    choices: [present, absent, confirmed, extended, rolled_back]
    default: present
  confirm_within:
    description:
      - Seconds within which a task with O(state=confirmed) has to follow, counted from the end of this run's last step.
        Otherwise a watchdog, a process that the module starts, restores the former rows, except those that have been
        edited since. They are kept in a journal in C(/var/lib/dialer-trunks) with the login of the database, readable
        for root only. 0 needs no confirmation.
    type: int
    default: 0
  force:
    description: With O(state=rolled_back), roll back the unconfirmed rows of any run, not only of this one.
    type: bool
    default: false
  rolled_back:
    description: With O(state=confirmed), the name of the variable in which dialers that failed have registered the
      result of M(dialer.trunks.asterisk_generation) with C(state=rolled_back). Their rows are rolled back.
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
    description: Name of the variable in which each dialer's result of M(dialer.trunks.dialer_info) was registered; for
      descriptions. With it, conflicts with a dialer's configuration are found before anything is written.
    type: str
  generated:
    description:
      - Like O(read), which is the default, but only for what VICIdial's generated conf files hold.
      - A dialer whose files differ from its rows is flagged to write them again, if there are O(steps).
    type: str
  campaigns:
    description: Campaigns that dial these prefixes. Other campaigns, and C(three_way_dial_prefix), are left alone.
    type: list
    elements: dict
    default: []
    suboptions:
      campaign_id:
        description: The campaign.
        type: str
        required: true
      dial_prefix:
        description: The dial prefix; V(X) for none, as VICIdial writes it.
        type: str
        required: true
      manual_dial_prefix:
        description: The dial prefix of manual calls, from an agent's next login on. Default is
          O(campaigns[].dial_prefix).
        type: str
  server_ips:
    description:
      - The dialers of this run. Their managed rows that are not in O(carriers) are leftovers. Rows for C(0.0.0.0) can
        be leftovers in a run for all dialers only.
      - Default is the dialers of O(carriers).
    type: list
    elements: str
  prune:
    description:
      - Whether leftovers are deleted. Otherwise they are returned, and left alone.
      - In a play for all dialers, it also deletes the managed rows of servers that are no host of the inventory
        (whatever the group), unless VICIdial has the server active (C(active) or C(active_asterisk_server) of its row
        of C(servers)). It may be a dialer of another inventory then.
      - Default is each dialer's variable C(dialer_prune); with O(carriers), false.
    type: bool
  hosts:
    description: The dialers whose descriptions are used. Default is those of the play's batch.
    type: list
    elements: str
  kept:
    description: Name of the variable in which each dialer's result of M(dialer.trunks.asterisk_generation_rows) was
      registered. The carriers of all dialers in the play's batch are then those of these generations. Rows that only
      the generations in force have are deleted.
    type: str
  steps:
    description:
      - The steps to do, in this order. After each step that has written rows, the generators are waited for.
      - C(trunks) adds and changes active trunks, C(routes) active routes; C(route_removals) and then C(trunk_removals)
        deactivate rows and, with O(prune), delete leftovers; C(campaigns) sets the prefixes.
      - All rows are compared and checked whatever the steps; RV(pending) counts what is left to do.
    type: list
    elements: str
    choices: [trunks, routes, route_removals, trunk_removals, campaigns]
    default: [trunks, routes, route_removals, trunk_removals, campaigns]
  rebuild:
    description: Dialers (server_ip) that are flagged to write their conf files again although no row differs, because
      their running Asterisk does not hold what the rows say. See also O(generated).
    type: list
    elements: str
    default: []
  wait:
    description:
      - Seconds to wait after each step for the generators, which cron runs each minute. 0 does not wait.
      - The module fails if one does not run. The rows stay, and the next run continues from there.
    type: int
    default: 180
  payload:
    description: Set by the action plugin, not by a task. One JSON string with O(carriers), O(campaigns) and
      O(login_password), so that secrets are neither logged nor shown, and with further values of the descriptions.
    type: str
seealso:
  - module: dialer.trunks.vicidial_carriers_info
'''

EXAMPLES = r'''
- name: Add one trunk to a dialer, with the login of its own /etc/astguiclient.conf
  dialer.trunks.vicidial_carriers:
    carriers:
      - name: carrier_a
        server_ip: 198.18.0.11
        account_entry: "{{ lookup('ansible.builtin.template', 'carrier_a.conf') }}"
        globals_string: "TRUNKA = SIP/carrier_a"

- name: Write the rows of every dialer of the play, as the inventory describes them
  dialer.trunks.vicidial_carriers:
  run_once: true
  delegate_to: "{{ dialer_db_delegate | default(ansible_play_hosts | first) }}"

- name: Remove all managed rows of two dialers
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
  description: Every wanted carrier and every managed row on the dialers of this run, with the planned action.
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
        - V(added), V(changed), V(unchanged), V(deactivated), V(removed), V(returned) (an adopted row is no longer
          managed) or V(left) (a leftover without O(prune)). Done if its step is among O(steps).
      type: str
    revision:
      description: The number in the stamps of the row's texts, 0 without a stamp.
      type: int
    fields:
      description: Names of the columns that differ.
      type: list
      elements: str
    moved:
      description: For a row that was put on another server, C(marked), the server_ip that its marker names, and
        C(stands), the one that it has. The change corrects it.
      type: dict
      returned: when the row was moved
  sample:
    - {carrier_id: carrier_a-11, name: carrier_a, server_ip: 198.18.0.11, kind: trunk, action: changed, revision: 4,
       fields: [account_entry]}
steps:
  description: The requested steps.
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
  sample: "Restored: 4 rows of carriers. VICIdial's generator is writing them into its conf files."
restored:
  description:
    - The managed rows that were rolled back, as they are now, for M(dialer.trunks.asterisk_generation) with
      C(state=proven).
    - C(revision) is null for a row that was removed again or is inactive.
  returned: when that state was asked for
  type: list
  elements: dict
  sample: [{name: carrier_a, kind: trunk, server_ip: 198.18.0.11, technology: SIP, revision: 7}]
campaigns:
  description: Campaigns whose prefixes differ, with the names of those columns.
  returned: success
  type: list
  elements: dict
  sample: [{campaign_id: TESTCAMP, fields: [dial_prefix]}]
pending:
  description: How many changes of each step remain after this call; in check mode, as if O(steps) had been done.
  returned: success
  type: dict
  sample: {trunks: 0, routes: 2, route_removals: 0, trunk_removals: 0, campaigns: 1}
leftovers:
  description: Managed rows that are not wanted, as in RV(carriers).
  returned: success
  type: list
  elements: dict
servers:
  description:
    - server_ip of every row of C(servers), as the database has it.
    - For a firewall, M(dialer.trunks.asterisk_generation) uses those that are the address of one host.
  returned: success
  type: list
  elements: str
  sample: [198.18.0.11, 198.18.0.12]
waited:
  description: Seconds until each generator ran, by server_ip.
  returned: success
  type: dict
  sample: {198.18.0.11: 23.4}
rebuilt:
  description: Dialers whose generated conf files differ from the rows, so that VICIdial is asked to write them again;
    each with C(server_ip), C(why), a list of sentences, and C(text), the warning.
  returned: success
  type: list
  elements: dict
unlisted:
  description:
    - Servers that have managed rows and are no host of the inventory, such as a dialer that was taken out. Only in a
      play for all dialers, with the carriers of the descriptions.
    - Each with its C(server_ip), C(vicidial), how VICIdial has it (V(active), V(inactive) or V(absent)), C(carriers),
      the carrier_id of its rows, and C(text), the warning. RV(carriers) has the rows, too.
  returned: success
  type: list
  elements: dict
  sample:
    - server_ip: 198.18.0.13
      vicidial: inactive
      carriers: [carrier_a-13, us-13]
      text: "198.18.0.13: no host of the inventory has this server_ip, and it has managed rows (carrier_a-13, us-13).
        VICIdial has this server inactive: the rows are removed"
timings:
  description: Seconds from connecting to closing (V(total), without the waiting) and of its parts.
  returned: success
  type: dict
  sample: {connect: 0.002, read: 0.012, compare: 0.018, write: 0.009, close: 0.0001, waited: 23.4, total: 0.041}
errors:
  description: The mistakes, one by one; RV(msg) has them all.
  returned: when the input has mistakes or conflicts with the database
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
    """A module that is not logged on the target: the texts of plain carriers hold secrets, which no_log cannot mask."""

    def _log_invocation(self):
        pass


def warned(module, result):
    """Issue the warnings of the result, and return it without them."""
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
