# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ready pipelines of examples/gitops call the steps that tests/integration/test_gitops.py runs, and nothing beside."""
from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from support.paths import ROOT

EXAMPLES = ROOT / "examples/gitops"
STEPS = (EXAMPLES / "steps.sh").read_text(encoding="utf-8")
# What a pipeline may run besides the steps: it hands over what a step wrote.
REPORTS = (r"gh pr comment .*--body-file report\.md", r"test ! -f report\.md \|\| (cat|curl) .*")


def github() -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / "github/trunks.yml").read_text(encoding="utf-8"))


def gitlab() -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / "gitlab/gitlab-ci.yml").read_text(encoding="utf-8"))


def commands() -> dict[str, dict[str, list[str]]]:
    """{pipeline: {job: its commands}}."""
    actions = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in github()["jobs"].items()}
    before = gitlab()["default"]["before_script"]
    ci = {name: [*before, *job["script"], *job.get("after_script", [])]
          for name, job in gitlab().items() if isinstance(job, dict) and "script" in job}
    return {"github": actions, "gitlab": ci}


def called(command: str) -> str | None:
    """The step that a command runs; None for one that hands a report over."""
    step = re.fullmatch(r"\./gitops/steps\.sh (\w+)", command)
    if not step:
        assert any(re.fullmatch(report, command, re.DOTALL) for report in REPORTS), command
    return step and step[1]


@pytest.mark.parametrize("pipeline", ["github", "gitlab"])
def test_each_job_calls_its_step(pipeline: str) -> None:
    jobs = {name: [step for step in map(called, job) if step] for name, job in commands()[pipeline].items()}
    assert jobs == {name: ["setup", name] for name in ("validate", "preview", "apply", "drift")}


def test_the_timer_calls_its_step() -> None:
    unit = (EXAMPLES / "systemd/trunks-pull.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=\S+/gitops/steps\.sh (\w+)$", unit, re.MULTILINE)[1] == "pull"


def test_the_steps_are_those_that_the_script_knows_and_tells() -> None:
    told = re.findall(r"^#   steps\.sh (\w+) ", STEPS, re.MULTILINE)
    functions = re.findall(r"^(\w+)\(\) \{", STEPS, re.MULTILINE)
    assert told == ["setup", "validate", "preview", "apply", "drift", "rollback", "pull"]
    assert set(told) <= set(functions)
    refused = subprocess.run([EXAMPLES / "steps.sh", "deploy"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "steps.sh validate" in refused.stderr and not refused.stdout


def test_only_a_merge_is_applied_and_only_one_at_a_time() -> None:
    apply = github()["jobs"]["apply"]
    assert apply["if"] == "github.event_name == 'push'" and github()[True]["push"] == {"branches": ["main"]}
    assert apply["concurrency"] == {"group": "trunks-apply", "cancel-in-progress": False}
    apply = gitlab()["apply"]
    assert apply["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]
    assert apply["resource_group"] == "trunks-apply"


def test_secrets_come_from_the_store_and_go_to_the_steps_only() -> None:
    for name, job in github()["jobs"].items():
        for step in job["steps"]:
            secret = {key: value for key, value in step.get("env", {}).items() if "secrets." in str(value)}
            assert not secret or step["run"] == f"./gitops/steps.sh {name}"
            assert all(value == f"${{{{ secrets.{key} }}}}" for key, value in secret.items())
    for pipeline in commands().values():
        assert not any("TRUNKS_VAULT_PASSWORD" in command or "TRUNKS_SSH_KEY" in command for job in pipeline.values() for command in job)
    assert "set -x" not in STEPS and "\nset -euo pipefail\n" in STEPS


def test_the_playbooks_are_named_as_the_collection_has_them() -> None:
    assert set(re.findall(r"dialer\.trunks\.(\w+)", STEPS)) == {"site", "drift", "rollback", "trunks_plan"}
    assert yaml.safe_load((EXAMPLES / "site.yml").read_text(encoding="utf-8"))[0]["ansible.builtin.import_playbook"] == "dialer.trunks.site"
