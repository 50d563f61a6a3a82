# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has hypothesis keep no examples in the checkout, which is built and tested as a whole, and measure no time: a busy
machine is no fault."""
from hypothesis import settings

settings.register_profile("repository", database=None, deadline=None)
settings.load_profile("repository")
