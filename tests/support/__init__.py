# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests need, each once: `support.unit` for tests of functions, `support.lab` for those that ask a running lab.

pytest has tests/ on its path (pyproject.toml); bench/onlab.py puts it on that of the benchmarks.
"""
