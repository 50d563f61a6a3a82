# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of examples/gitops, run as a pipeline runs them: in a fresh clone of a bare Git repository, on the lab."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.lab.calls import auto_dial, times_received
from support.lab.machines import ONE, asterisk, sh
from support.lab.playbooks import SITE, site
from support.lab.state import differences, everything
from support.paths import ROOT

PASSWORD, SECRET = "vault-Pa55word-of-the-test", "s3cret-of-carrier-a"
UK = {"name": "uk", "dial_prefix": "8", "patterns": ["44X."], "trunks": [{"name": "carrier_b"}]}
NUMBER = "442079460011"   # its last digit has carrier b answer


@dataclass
class Pipeline:
    """A bare repository, a clone in which somebody works, and a runner for the steps; ``printed`` is all that it said."""

    place: Path
    printed: list[str] = field(default_factory=list)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        who = ["-c", "user.name=A test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
        done = subprocess.run(["git", *who, *arguments], cwd=cwd or self.place / "work", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def push(self, message: str, **described: Any) -> None:
        """A commit on main that changes these variables of the description."""
        path = self.place / "work/inventory/production/group_vars/dialers/trunks.yml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **described}), encoding="utf-8")
        self.git("commit", "--quiet", "--all", "--message", message)
        self.git("push", "--quiet", "origin", "main")

    def run(self, step: str, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """A job: (return code, output, report) of a step in a clone of its own."""
        with tempfile.TemporaryDirectory(prefix="trunks-job-") as job:
            self.git("clone", "--quiet", str(self.place / "trunks.git"), job, cwd=self.place)
            kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHONPATH", "LAB_"))}
            given = {"TRUNKS_VAULT_PASSWORD": PASSWORD, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                     "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"), **environment}
            done = subprocess.run(["gitops/steps.sh", step, *arguments], cwd=job, env={**kept, **given}, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=240)
            report = Path(job, "report.md")
            said = report.read_text(encoding="utf-8") if report.exists() else ""
            self.printed += [done.stdout, said]
            assert not [path for path in Path(job).rglob("*") if path.is_file() and PASSWORD in path.read_text(errors="replace")]
            return done.returncode, done.stdout, said


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A repository as docs/gitops.md says, which describes the lab; a secret of it is in a vault. The lab is as it was afterwards."""
    made = Pipeline(tmp_path_factory.mktemp("gitops"))
    made.git("init", "--quiet", "--bare", str(made.place / "trunks.git"), cwd=made.place)
    made.git("clone", "--quiet", str(made.place / "trunks.git"), "work", cwd=made.place)
    work = made.place / "work"
    shutil.copytree(ROOT / "examples/gitops", work / "gitops")
    shutil.copy(ROOT / "examples/gitops/site.yml", work)
    shutil.copytree(ROOT / "inventory/lab", work / "inventory/production")
    vault = work / "inventory/production/group_vars/dialers/vault.yml"
    vault.write_text(f"vault_carrier_a_secret: {SECRET}\n", encoding="utf-8")
    subprocess.run([Path(sys.executable).parent / "ansible-vault", "encrypt", str(vault)], check=True, capture_output=True,
                   env={**os.environ, "ANSIBLE_VAULT_PASSWORD_FILE": str(work / "gitops/vault-password"), "TRUNKS_VAULT_PASSWORD": PASSWORD})
    with (work / "inventory/production/group_vars/dialers/trunks.yml").open("a", encoding="utf-8") as description:
        description.write("dialer_prune: true   # what leaves Git leaves the dialers\n")
    made.git("checkout", "--quiet", "-b", "main")
    made.git("add", ".")
    made.git("commit", "--quiet", "--message", "The trunks as they are")
    made.git("push", "--quiet", "origin", "main")
    yield made
    assert site(extra_vars={"dialer_prune": True}).rc == 0


def test_a_commit_becomes_a_call(pipeline: Pipeline) -> None:
    trunks = [dict(trunk) for trunk in SITE["dialer_trunks"]]
    trunks[0].update(username="your_account_1", secret="{{ vault_carrier_a_secret }}")
    pipeline.push("A route to the United Kingdom, a login at carrier a", dialer_trunks=trunks,
                  dialer_routes=[*SITE["dialer_routes"], UK])
    before = everything()
    code, said, report = pipeline.run("preview")
    assert code == 0, said
    assert "+++ after: /etc/asterisk/trunks/routes/uk.conf" in report and "+  secret=(hidden)" in report
    assert differences(before, everything()) == [], "the preview changed something"
    code, said, _report = pipeline.run("apply")
    assert code == 0, said
    calls = times_received("b", NUMBER)
    assert auto_dial(ONE, NUMBER, "--prefix", "8")["agent"] is True
    assert times_received("b", NUMBER) == calls + 1


@pytest.mark.parametrize(("described", "place"), [
    ({"dialer_routes": [{**UK, "trunks": [{"name": "carier_b"}]}]}, "no trunk 'carier_b'; did you mean 'carrier_b'?"),
    ({"dialer_rtp": {"start": "many"}}, "trunks.yml: dialer_rtp.start: must be a whole number"),
], ids=["found by the plan", "found by the schema"])
def test_a_bad_commit_is_refused_before_anything_is_touched(pipeline: Pipeline, described: dict[str, Any], place: str) -> None:
    before = everything()
    pipeline.push("A mistake", **described)
    for step in ("validate", "apply"):
        code, said, _report = pipeline.run(step)
        assert code != 0 and place in said, said
        assert "Put the rows of the trunks into VICIdial's database" not in said
    assert differences(before, everything()) == []
    pipeline.git("revert", "--no-edit", "HEAD")
    pipeline.git("push", "--quiet", "origin", "main")


def test_a_reverted_commit_rolls_back_and_a_timer_does_it_too(pipeline: Pipeline) -> None:
    """By ansible-pull, as the timer runs it; the second time nothing has changed in Git, so that nothing runs."""
    pipeline.git("revert", "--no-edit", "HEAD~4")
    pipeline.git("push", "--quiet", "origin", "main")
    where = {"TRUNKS_REPOSITORY": str(pipeline.place / "trunks.git"), "TRUNKS_CHECKOUT": str(pipeline.place / "checkout")}
    code, said, _report = pipeline.run("pull", **where)
    assert code == 0 and "PLAY RECAP" in said, said
    assert "trunks-route-uk" not in asterisk(ONE, "dialplan show")
    calls = times_received("b", NUMBER)
    auto_dial(ONE, NUMBER, "--prefix", "8")
    assert times_received("b", NUMBER) == calls
    assert "trunks-route-us" in asterisk(ONE, "dialplan show")
    code, said, _report = pipeline.run("pull", **where)
    assert code == 0 and "PLAY RECAP" not in said, said


def test_no_secret_was_printed(pipeline: Pipeline) -> None:
    printed = "\n".join(pipeline.printed)
    assert len(printed) > 5000
    assert PASSWORD not in printed and SECRET not in printed
    assert PASSWORD not in sh(ONE, "cat /etc/asterisk/trunks.d/*/* 2>/dev/null; true")
