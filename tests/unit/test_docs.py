# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation keeps its word: links lead somewhere, its YAML is a valid description, its tables are the schema's."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support.paths import ROOT
from support.unit.descriptions import DESCRIPTIONS, files
from support.unit.pages import EXAMPLE, FENCE, PAGES, name
from support.unit.toolbox import tool

DIALERS = ["dialer1", "dialer2"]
TRUNKS = [{"name": name, "host": host} for name, host in (("carrier_a", "198.51.100.10"), ("carrier_b", "198.51.100.20"))]


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def built(description: dict[str, Any]) -> plan.Plan:
    """The plan of a page's YAML; vault variables count as set, and a piece without trunks has two carriers."""
    text = re.sub(r"\{\{.*?\}\}", "from-the-vault", yaml.safe_dump({"dialer_trunks": TRUNKS, **description}))
    return plan.build(yaml.safe_load(text), DIALERS)


def descriptions() -> list[Any]:
    found = []
    for page in PAGES:
        blocks = [text for language, text in FENCE.findall(page.read_text(encoding="utf-8")) if language == "yaml"]
        found += [pytest.param(block, id=f"{name(page)}-{number}") for number, block in enumerate(blocks)]
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{name(page)}: {target}"
        if anchor:
            assert anchor in anchors(there), f"{name(page)}: {target}"


@pytest.mark.parametrize("block", descriptions())
def test_yaml_is_a_description_or_a_play(block: str) -> None:
    document = yaml.safe_load(block)
    if isinstance(document, dict) and any(key.startswith("dialer_") for key in document):
        assert built(document).trunks
    else:
        assert document, "an empty block"


def tracked() -> list[str]:
    """The files of the repository, without links and what Git does not know."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [path for path in listed if path and (ROOT / path).is_file() and not (ROOT / path).is_symlink()]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    for path in re.findall(r"`((?:plugins|roles|playbooks|tools|tests|lab|docs|molecule|bench|examples)/[\w./*-]+)`", prose(page)):
        assert list(ROOT.glob(path.replace("NAME", "*"))), f"{name(page)}: {path}"


def names_of_tasks() -> set[str]:
    """The names of all tasks of the playbooks and roles, as ansible-playbook and the demonstration print them."""
    found = set()
    for path in (*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")):
        role = f"dialer.trunks.{path.parents[1].name} : " if "roles" in path.parts else ""
        found |= {role + task.strip() for task in re.findall(r"^ *- name: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)}
    return found


def test_tasks_in_a_page_s_output_exist() -> None:
    tasks, pasted = names_of_tasks(), []
    for page in PAGES:
        for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
            if language == "text":
                names = re.findall(r"^TASK \[(.*)\]|^ +changed +\S+ +(.*)$", text, re.MULTILINE)
                pasted += [(name(page), first or second) for first, second in names]
    assert len(pasted) > 7
    assert [(page, task) for page, task in pasted if task not in tasks] == []


def test_contributing_has_the_way_of_a_trunk_s_host() -> None:
    """Every file that tools/trace-key finds is in the table."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = tool("trace-key").trace("host")
    assert len(found) > 15 and not [path for path in found if "database" in path], "the database's host is not a trunk's"
    assert not [path for path in found if f"`{path}`" not in text]


def test_files_of_a_generation_have_the_names_that_pages_give_them() -> None:
    deck = {**DESCRIPTIONS["documented"], "dialer_trunks": [{**trunk, "rates": "deck.csv"} for trunk in TRUNKS]}
    deck["dialer_routes"] = [{**route, "strategy": "least_cost"} for route in deck["dialer_routes"]]
    whole = plan.build(deck, DIALERS, read_file=lambda _path: "1,0.01\n").for_dialer(DIALERS[0])
    made = {*render.files(whole, "dialplan", ()), *(path for kind in DESCRIPTIONS for path in files(kind))}
    named = {path for page in PAGES for path in re.findall(r"\b(?:rates|routes|sip|pjsip|iax)/[A-Z]+\.[A-Z.a-z]+\b",
                                                           page.read_text(encoding="utf-8"))}
    assert len(named) > 3
    for path in named:
        pattern = re.sub("NAME|ROUTE", r"[a-z][a-z0-9_]*", re.escape(path)).replace("DIGEST", "[0-9a-f]{8}")
        assert any(re.fullmatch(pattern, one) for one in made), path


def test_the_licence_is_one_text() -> None:
    assert (ROOT / "LICENSE").read_bytes() == (ROOT / "LICENSES/GPL-3.0-or-later.txt").read_bytes()


def test_facts_are_numbered_in_order_and_have_a_source() -> None:
    facts = (ROOT / "docs/vicidial.md").read_text(encoding="utf-8")
    sections = re.split(r"^### (\d\.\d) .*$", facts, flags=re.MULTILINE)[1:]
    assert len(sections) > 12
    for section, text in zip(sections[::2], sections[1::2], strict=True):
        numbers, found = [], re.split(r"^- \*\*([\d.]+)\*\* ", text, flags=re.MULTILINE)
        for number, fact in zip(found[1::2], found[2::2], strict=True):
            numbers.append(number)
            assert re.search(r"\*\((measured|read), [^)]+\)\*", fact) or "*(all measured, " in found[0], f"{number}: no source"
        assert numbers == [f"{section}.{number}" for number in range(1, len(numbers) + 1)]


def test_cited_facts_exist() -> None:
    facts = (ROOT / "docs/vicidial.md").read_text(encoding="utf-8")
    cited = 0
    for path in tracked():
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        for numbers in re.findall(r"docs/vicidial\.md ((?:\d(?:\.\d+)+(?:, | and )?)+)", text):
            for number in re.findall(r"\d[\d.]*\d", numbers):
                cited += 1
                assert f"### {number} " in facts or f"**{number}**" in facts, f"{path} cites {number}"
    assert cited > 20


def test_pictures_are_drawings_with_a_title() -> None:
    for picture in ROOT.glob("docs/images/*.svg"):
        root = ElementTree.parse(picture).getroot()
        assert root.find("{http://www.w3.org/2000/svg}title") is not None, picture
        assert any(picture.name in page.read_text(encoding="utf-8") for page in PAGES), f"{picture} is nowhere shown"


def test_the_tables_are_the_schema() -> None:
    module = tool("describe-keys")
    text = module.PAGE.read_text(encoding="utf-8")
    assert module.page(text) == text, "run tools/describe-keys"
    for keys in (schema.TOP, schema.TRUNK, schema.QUALIFY, schema.ROUTE, schema.RTP, schema.FIREWALL, schema.DB):
        assert module.table(keys) in text


def test_the_example_inventory_is_valid() -> None:
    variables = EXAMPLE / "group_vars/dialers"
    hosts = yaml.safe_load((EXAMPLE / "hosts.yml").read_text(encoding="utf-8"))["all"]["children"]["dialers"]["hosts"]
    text = (variables / "trunks.yml").read_text(encoding="utf-8")
    for key, value in yaml.safe_load((variables / "vault.yml.example").read_text(encoding="utf-8")).items():
        assert f"{{{{ {key} }}}}" in text, f"{key} is not used"
        text = text.replace(f"{{{{ {key} }}}}", value)
    whole = plan.build(yaml.safe_load(text), list(hosts))
    assert [trunk.name for trunk in whole.for_dialer("dialer1").trunks] == ["carrier_a", "carrier_b"]
    assert not whole.warnings
