# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asterisk's three channel drivers for trunks: their names, files and reload commands."""

from collections import OrderedDict, namedtuple

ETC = '/etc/asterisk'  # the directory of the conf files

# name       as in Dial and in VICIdial's column protocol
# protocol   as in the description
# driver     the module that must be loaded
# directory  of its trunks' files in a generation, and the name of the program in a commit
# conf       the operator's file
# generated  the file that VICIdial's generator writes
# reload     the command
Technology = namedtuple('Technology', 'name protocol driver directory conf generated reload')

TECHNOLOGIES = OrderedDict((one.name, one) for one in (
    Technology('SIP', 'sip', 'chan_sip', 'sip', 'sip.conf', 'sip-vicidial.conf', 'sip reload'),
    Technology('PJSIP', 'pjsip', 'chan_pjsip', 'pjsip', 'pjsip.conf', 'pjsip-vicidial.conf', 'pjsip reload'),
    Technology('IAX2', 'iax2', 'chan_iax2', 'iax', 'iax.conf', 'iax-vicidial.conf', 'iax2 reload'),
))
# By the protocol of the description.
BY_PROTOCOL = OrderedDict((one.protocol, one) for one in TECHNOLOGIES.values())
BY_DIRECTORY = {one.directory: one for one in TECHNOLOGIES.values()}

# Beginnings of the paths of trunks' files in a generation.
TRUNK_FILES = tuple(one.directory + '/' for one in TECHNOLOGIES.values())


def of_path(path):
    """Return the technology of a generation's file, such as ``sip/carrier_a.conf`` or ``sip.conf``; None for others."""
    directory = path[:-len('.conf')] if path.endswith('.conf') and '/' not in path else path.partition('/')[0]
    return BY_DIRECTORY.get(directory)
