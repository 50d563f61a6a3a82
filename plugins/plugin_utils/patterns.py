# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asterisk's extension patterns, for the controller's side; the code travels, so it lies in module_utils."""

from __future__ import annotations

from ansible_collections.dialer.trunks.plugins.module_utils.patterns import matches, overlaps, parse, rank, winner

__all__ = ["matches", "overlaps", "parse", "rank", "winner"]
