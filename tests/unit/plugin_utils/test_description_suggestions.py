# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message about a wrong word suggests: the word that was misspelt, and nothing when none is near."""
from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.errors import _typing_mistakes, suggest
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.fields import Field

from support.unit.descriptions import A


def tables(fields: dict[str, Field]) -> Iterator[tuple[str, ...]]:
    """The keys of each mapping of the description."""
    yield tuple(fields)
    for field in fields.values():
        inner = field.item or field
        if inner.keys:
            yield from tables(dict(inner.keys))


TABLES = list(dict.fromkeys(tables({**schema.TOP, **schema.OTHERS})))


def misspelt(key: str) -> Iterator[str]:
    """The key with one letter missing, twice, wrong, or swapped with the next."""
    for place in range(1, len(key)):
        yield key[:place] + key[place + 1:]
        yield key[:place] + key[place] + key[place:]
        yield key[:place] + "x" + key[place + 1:]
        if place + 1 < len(key):
            yield key[:place] + key[place + 1] + key[place] + key[place + 2:]


@pytest.mark.parametrize("keys", TABLES, ids=lambda keys: keys[0])
def test_every_key_with_one_typing_mistake_is_suggested(keys):
    for key in keys:
        for word in misspelt(key):
            if word in keys or len(word.removeprefix("dialer_")) < 3 or not word.startswith(key[:7]) and key.startswith("dialer_"):
                continue
            told = suggest(word, keys, common="dialer_")
            alike = [other for other in keys if other != key and _typing_mistakes(word, other) == 1]
            assert told == f"; did you mean {key!r}?" or (alike and told == ""), (word, told)


@pytest.mark.parametrize(("word", "key"), [
    ("max_cps", ""), ("max_channels", ""), ("cps", ""), ("canreinvite", ""), ("insecure", ""), ("nat", ""), ("trunkname", ""), ("ip", ""),
    ("address", ""), ("password", ""), ("fromuser", ""), ("weight", ""), ("dial", "dial_options"), ("max", ""), ("proto", "protocol"), ("prot", "port"),
    ("Secret", "secret"), ("maxcalls", "max_calls"), ("max-calls", "max_calls"), ("codec", "codecs"), ("calls_per_second", "max_calls_per_second"),
    ("max_calls_per_sec", "max_calls_per_second"), ("hots", "host"), ("qualify_frequency", ""),
])
def test_a_word_of_another_meaning_is_not_suggested(word, key):
    found = suggest(word, schema.TRUNK)
    assert found == (f"; did you mean {key!r}?" if key else "")


def test_one_of_two_words_that_are_equally_near_is_not_suggested():
    assert suggest("dialer3", ["dialer1", "dialer2"]) == ""
    assert suggest("dialer3", ["dialer1", "other"]) == "; did you mean 'dialer1'?"
    assert suggest("x", []) == ""


def test_a_key_that_none_is_near_is_told_with_those_that_there_are():
    with pytest.raises(plan.PlanError) as refused:
        plan.build({"dialer_trunks": [{**A, "max_cps": 5}]}, ["d1"])
    [error] = refused.value.errors
    assert error.startswith("dialer_trunks[0].max_cps: unknown key; known are name, ") and "max_calls_per_second" in error


@pytest.mark.parametrize(("value", "written"), [(True, "true"), ("yes", "true"), (False, "false"), ("no", "false")])
def test_qualify_as_yes_or_no_is_shown_as_it_is_written(value, written):
    with pytest.raises(plan.PlanError) as refused:
        plan.build({"dialer_trunks": [{**A, "qualify": value}]}, ["d1"])
    [error] = refused.value.errors
    assert error.startswith("dialer_trunks[0].qualify: must be a mapping, not ")
    assert error.endswith(f"; write qualify: {{enabled: {written}}}")


@pytest.mark.parametrize("change", [{"qualify": 2000}, {"qualify": "2000"}, {"settings": True}])
def test_another_value_in_place_of_a_mapping_gets_no_such_advice(change):
    with pytest.raises(plan.PlanError) as refused:
        plan.build({"dialer_trunks": [{**A, **change}]}, ["d1"])
    assert "; write" not in str(refused.value)


def test_a_long_word_is_compared_in_no_time():
    began = time.monotonic()
    suggest("max_" * 20000, schema.TRUNK)
    assert time.monotonic() - began < 1
