"""Disks that are full or read-only: small ones in memory, mounted where root runs the tests."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FAULTS = ("full", "closed")


class SmallDisk:
    """A disk of its own for one folder, with what the folder held.

    Args:
        megabytes: its size; what is not used takes no memory.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes
        aside = folder.with_name(f"{folder.name}.aside")
        folder.mkdir(parents=True, exist_ok=True)
        folder.rename(aside)
        folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)

    @contextmanager
    def failing(self, fault: str, spare_bytes: int = 0) -> Iterator[None]:
        """Be full but for some bytes, or read-only, for a while."""
        space = os.statvfs(self.folder)
        used = (space.f_blocks - space.f_bfree) * space.f_frsize
        # A size of 0 would be none.
        full = f"size={max(used + spare_bytes, space.f_frsize)}"
        self._remount("ro" if fault == "closed" else full)
        try:
            yield
        finally:
            self._remount(f"rw,size={self._megabytes}m")

    def unmount(self) -> None:
        """Give the folder up."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def _remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", "none", str(self.folder)], check=True)
