"""A real dovecot for tests: its own folder, a free port, no privileges; it may be killed and started again.

Every user has the password ``secret`` and a mailbox that is made at the first use, so that each test takes a user of its own.
"""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.natsserver import free_port

CONFIG = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
auth_failure_delay = 0 secs
protocols = imap
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
disable_plaintext_auth = no
auth_mechanisms = plain login {mechanisms}
mail_location = maildir:{folder}/mail/%u
mailbox_idle_check_interval = 1s
maildir_very_dirty_syncs = no
imap_capability = {capability}
ssl = {ssl}
{certificate}
passdb {{
  driver = static
  args = password=secret
  mechanisms = plain login
}}
{oauth}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  client_limit = 100
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  client_limit = 2000
}}
service imap {{
  service_count = 100
  process_min_avail = 1
}}
"""

OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
"""


@dataclass
class Dovecot:
    """One server, in a folder of its own: pytest's are closed to all but their owner, whom a dovecot started by root is not.

    ``certificate`` and its key: TLS is offered. ``introspect``: a URL that access tokens are checked at.
    ``capability`` replaces what it says it can.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="trunkline-dovecot-")))
    certificate: tuple[Path, Path] | None = None
    introspect: str = ""
    capability: str = ""
    port: int = field(default_factory=free_port)
    tls_port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Dovecot":
        """Start it and wait until it greets."""
        self._configure()
        binary = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert binary is not None
        self.process = subprocess.Popen([binary, "-F", "-c", str(self.folder / "dovecot.conf")], start_new_session=True)
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2) as client:
                    client.settimeout(5)
                    if client.recv(100).startswith(b"* OK"):
                        return self
            except OSError:
                assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        raise AssertionError(f"dovecot did not start: {self.log()}")

    def _configure(self) -> None:
        root = os.getuid() == 0
        account = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        group = grp.getgrgid(account.pw_gid).gr_name
        run = self.folder / "run"
        if self.certificate and not self.tls_port:
            self.tls_port = free_port()
        files = self.certificate or ("", "")
        text = CONFIG.format(
            run=run,
            folder=self.folder,
            user=account.pw_name,
            group=group,
            mechanisms="xoauth2" if self.introspect else "",
            capability=self.capability,
            ssl="yes" if self.certificate else "no",
            certificate=f"ssl_cert = <{files[0]}\nssl_key = <{files[1]}" if self.certificate else "",
            oauth=OAUTH.format(folder=self.folder) if self.introspect else "",
            port=self.port,
            tls_port=self.tls_port,
        )
        (self.folder / "dovecot.conf").write_text(text)
        (self.folder / "oauth2.conf").write_text(
            f"introspection_mode = post\nintrospection_url = {self.introspect}\n"
            "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
        )
        (self.folder / "mail").mkdir(exist_ok=True)
        if root:
            for path in (self.folder, self.folder / "mail"):
                os.chown(path, account.pw_uid, account.pw_gid)

    def kill(self) -> None:
        """End it, and everybody it started, as a power failure would."""
        if self.process is None:
            return
        for pid in self._children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(60)
        self.process = None

    def remove(self) -> None:
        """End it and leave nothing behind."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _children(self) -> list[int]:
        """The master and its descendants: they keep the session that it began."""
        assert self.process is not None
        found = [self.process.pid]
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[3]) == self.process.pid and int(entry.name) not in found:
                found.append(int(entry.name))
        return found

    def log(self) -> str:
        """The end of its log."""
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else "no log"

    def client(self, user: str = "ann") -> imaplib.IMAP4:
        """A mail program of the user's."""
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        box.login(user, "secret")
        return box

    def put(self, *mails: bytes, user: str = "ann", folder: str = "INBOX", date: float | None = None) -> None:
        """Deliver mails; ``date``: when the server says that it got them."""
        box = self.client(user)
        for mail in mails:
            when = imaplib.Time2Internaldate(date if date is not None else time.time())
            assert box.append(folder, "", when, mail)[0] == "OK"
        box.logout()

    def flags(self, user: str = "ann", folder: str = "INBOX") -> list[str]:
        """The flags of every mail of a folder, \\Recent aside, in order."""
        box = self.client(user)
        count = box.select(folder, readonly=True)[1][0]
        answers: list[Any] = box.fetch("1:*", "(FLAGS)")[1] if count != b"0" else []
        box.logout()
        lines = [answer.decode() for answer in answers if isinstance(answer, bytes)]
        return [line.partition("FLAGS (")[2].partition(")")[0].replace("\\Recent", "").strip() for line in lines]

    def new_uid_validity(self, user: str = "ann") -> None:
        """Have the folder get another UIDVALIDITY and other UIDs, as after a restore: dovecot keeps both in one file."""
        (self.folder / "mail" / user / "dovecot-uidlist").unlink()
        for index in (self.folder / "mail" / user).glob("dovecot.index*"):
            index.unlink()
