"""A postfix of one's own: configuration, queue and ports in a folder; the program is Debian's. It starts only for root."""

import asyncio
import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.ports import free_port

MASTER = Path("/usr/lib/postfix/sbin/master")
_QUEUE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


class Postfix:
    """Takes mail on ``port``; mail for ``domain`` goes to ``deliver`` (``lmtp:inet:127.0.0.1:2424`` or ``lmtp:unix:/path``), all
    other to ``relay`` (host and port). What can't be delivered is tried again every second."""

    def __init__(self, *, deliver: str = "", relay: str = "", domain: str = "acme.example", **settings: str) -> None:
        # Not below pytest's folder, which only root may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="trunkline-postfix-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.deliver, self.relay, self.domain, self.more = deliver, relay, domain, settings
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What an inbox's ``send`` says to send here."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def start(self, seconds: float = 60.0) -> "Postfix":
        """Start it and wait until it greets."""
        self._configure()
        self.process = subprocess.Popen(
            [str(MASTER), "-d", "-c", str(self.folder / "etc")],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "out").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it ends its whole process group when it ends
        )
        self.until(lambda: "daemon started" in self.log(), "postfix starts", seconds)
        return self

    def stop(self) -> None:
        """End it, and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it has said so far."""
        files = [self.folder / "log" / "mail.log", self.folder / "out"]
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    def queued(self) -> int:
        """How many mails it still has."""
        folders = [self.folder / "queue" / name for name in ("incoming", "active", "deferred", "maildrop")]
        return sum(file.is_file() for folder in folders for file in folder.rglob("*"))

    def until(self, met: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait, bounded. Raises `AssertionError` with the end of its log."""
        end = time.monotonic() + seconds
        while not met():
            if time.monotonic() > end or (self.process is not None and self.process.poll() is not None):
                raise AssertionError(f"not within {seconds:g} s: {what}\n{self.log()[-3000:]}")
            time.sleep(0.05)

    async def eventually(self, met: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """`until`, beside whatever else runs in this event loop."""
        await asyncio.to_thread(self.until, met, what, seconds)

    def _configure(self) -> None:
        postfix, postdrop = pwd.getpwnam("postfix"), grp.getgrnam("postdrop").gr_gid
        for name in ("etc", "log", "queue", "queue/pid", "data", *(f"queue/{each}" for each in _QUEUE)):
            (self.folder / name).mkdir(exist_ok=True)
        for name in ("data", *(f"queue/{each}" for each in _QUEUE)):
            os.chown(self.folder / name, postfix.pw_uid, postfix.pw_gid)
            (self.folder / name).chmod(0o700)
        for name, mode in (("public", 0o2710), ("maildrop", 0o1730)):
            path = self.folder / "queue" / name
            path.mkdir(exist_ok=True)
            os.chown(path, postfix.pw_uid, postdrop)
            path.chmod(mode)
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "maillog_file": self.folder / "log" / "mail.log",
            "maillog_file_prefixes": self.folder / "log",
            "myhostname": "mx.test.example",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "relay_domains": self.domain,
            "relay_transport": self.deliver or "error:nothing is delivered here",
            "default_transport": f"smtp:{self.relay}" if self.relay else "error:nothing is relayed here",
            "smtp_dns_support_level": "disabled",
            "smtp_tls_security_level": "none",
            "smtp_host_lookup": "native",
            "disable_dns_lookups": "yes",
            "queue_run_delay": "1s",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s",
            "alias_maps": "",
            "local_recipient_maps": "",
            **self.more,
        }
        etc = self.folder / "etc"
        (etc / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
        (etc / "master.cf").write_text(_SERVICES.format(port=self.port))
        if not (etc / "dynamicmaps.cf").exists():
            (etc / "dynamicmaps.cf").write_text("")
