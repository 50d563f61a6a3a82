# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The integration tests' way into the lab's containers: modules go in by standard input, as by SSH with pipelining.

containers.podman.podman starts podman six times for each task of each dialer, which was half of what the tests took.
"""
from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
name: inside
short_description: Run modules in a container of the lab by lab/inside
description:
  - Needs ANSIBLE_PIPELINING.
author: dialer.trunks contributors
options:
  remote_addr:
    description: The container's name.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
"""
INSIDE = Path(__file__).resolve().parents[1] / "inside"


class Connection(ConnectionBase):
    """lab/inside."""

    transport = "inside"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = False) -> tuple[int, bytes, bytes]:
        """(exit code, standard output, standard error) of a command."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        command = [INSIDE, self.get_option("remote_addr"), *shlex.split(cmd)]
        done = subprocess.run(command, input=in_data or b"", capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file into the container."""
        super().put_file(in_path, out_path)
        self._done(self.exec_command(f"dd of={shlex.quote(out_path)}", Path(in_path).read_bytes()))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file out of the container."""
        super().fetch_file(in_path, out_path)
        Path(out_path).write_bytes(self._done(self.exec_command(f"cat {shlex.quote(in_path)}")))

    @staticmethod
    def _done(result: tuple[int, bytes, bytes]) -> bytes:
        code, output, errors = result
        if code:
            raise AnsibleError(errors.decode(errors="replace").strip())
        return output

    def close(self) -> None:
        """Nothing is kept open."""
        self._connected = False
