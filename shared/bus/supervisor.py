"""The small process between `trunkline up` and its nats-server: the server lives exactly as long as `up` does.

Run as a script with nothing but the standard library, because it stays in memory all the time:

    supervisor.py FOLDER BINARY CONFIG PORT

It holds `FOLDER/bus.lock` (waiting for a former one to end), picks a free loopback port when PORT is 0, writes it to
`FOLDER/port`, starts the server, starts it again on the same port when it dies, and ends it when its own stdin closes: which
the kernel does when `up` ends, however it ends. Anything that arrives on stdin asks for a restart. It says on stdout `port N`,
and `started PID` for each start.

Why a lock: nats-server does not lock its store, a second one would start on it (bus-notes, 17). The server inherits the locked
file, so the lock is free only when the last process that can write to the store is gone.
"""

import ctypes
import fcntl
import os
import random
import select
import signal
import socket
import sys
import time

LOCK_WAIT = 30.0  # seconds to wait for a former supervisor and its server
STOP_WAIT = 15.0  # seconds between SIGTERM and SIGKILL
STEADY = 10.0  # seconds after which a start counts as a success
EXIT_LOCKED = 3
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Below the kernel's range for outgoing connections (32768 and up), so that none of them takes the port during a restart.
_PORTS = range(20000, 32000)


def say(line: str) -> None:
    """Tell `up`; it may be gone already, and then nobody wants to know."""
    try:
        os.write(1, line.encode() + b"\n")
    except OSError:
        return


def die_with_parent(number: int) -> None:
    """Have the kernel send us signal `number` when the thread that started us ends (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def is_free(port: int) -> bool:
    """Can a server listen on this loopback port?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(folder: str, wanted: int) -> int:
    """The port asked for; else the one of the last time, if it is free; else a free one."""
    if wanted:
        return wanted
    try:
        with open(os.path.join(folder, "port")) as file:
            last = int(file.read())
        if last in _PORTS and is_free(last):
            return last
    except (OSError, ValueError):
        pass
    while True:
        port = random.choice(_PORTS)  # noqa: S311  # not a secret
        if is_free(port):
            return port


def write_port(folder: str, port: int) -> None:
    """Note the port for the command line, whole or not at all."""
    path = os.path.join(folder, "port")
    with open(path + ".new", "w") as file:
        file.write(f"{port}\n")
    os.replace(path + ".new", path)


class Supervisor:
    """One server, kept alive. Single-threaded: the parent-death signal follows the thread that started the child."""

    def __init__(self, folder: str, command: list[str]) -> None:
        self.folder = folder
        self.command = command
        self.parent = os.getppid()
        self.stopping = False
        self.restart = False
        self.child = 0
        self.lock = os.open(os.path.join(folder, "bus.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self.woken, wake = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.asked_to_stop)
        # A fork of `up` may hold its end of our stdin open after `up` was killed: look at the parent itself as well.
        signal.signal(signal.SIGUSR1, lambda *_: None)
        die_with_parent(signal.SIGUSR1)

    def asked_to_stop(self, *_: object) -> None:
        """SIGTERM does what a closed stdin does."""
        self.stopping = True

    def wait(self, seconds: float | None) -> None:
        """Sleep until something happens: stdin closes, a signal comes, or the time is up."""
        ready, _, _ = select.select([0, self.woken], [], [], seconds)
        if self.woken in ready:
            os.read(self.woken, 4096)
        if 0 in ready:
            asked = os.read(0, 4096)
            self.restart = bool(asked)
            self.stopping = self.stopping or not asked
        if os.getppid() != self.parent:
            self.stopping = True

    def take_lock(self) -> bool:
        """Become the only one on this folder, or say False after LOCK_WAIT seconds."""
        until = time.monotonic() + LOCK_WAIT
        while not self.stopping:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError:
                if time.monotonic() > until:
                    return False
                self.wait(0.1)
        return False

    def start(self) -> None:
        """Start the server as a child that the kernel ends when we do."""
        me = os.getpid()
        self.child = os.fork()
        if self.child:
            say(f"started {self.child}")
            return
        try:
            die_with_parent(signal.SIGTERM)
            if os.getppid() != me:  # we died between fork and prctl: nobody would end the server
                os._exit(1)
            null = os.open(os.devnull, os.O_RDWR)
            log = os.open(os.path.join(self.folder, "server.err"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            for number, source in ((0, null), (1, log), (2, log)):
                os.dup2(source, number)
            os.set_inheritable(self.lock, True)
            os.execv(self.command[0], self.command)  # noqa: S606  # no shell is wanted
        finally:
            os._exit(127)

    def reap(self) -> bool:
        """Has the server ended?"""
        if self.child and os.waitpid(self.child, os.WNOHANG)[0] == self.child:
            self.child = 0
        return not self.child

    def end(self) -> None:
        """End the server: it gets some seconds to write what it holds, then it is killed."""
        until = time.monotonic() + STOP_WAIT
        if not self.reap():
            os.kill(self.child, signal.SIGTERM)
        while not self.reap():
            rest = until - time.monotonic()
            if rest <= 0:
                os.kill(self.child, signal.SIGKILL)
                os.waitpid(self.child, 0)
                self.child = 0
                return
            # Not stdin: closed, it would wake us all the time. The child's end does so through SIGCHLD.
            if select.select([self.woken], [], [], rest)[0]:
                os.read(self.woken, 4096)

    def run(self) -> None:
        """Keep the server running until told to stop."""
        pause = 0.1
        while not self.stopping:
            began = time.monotonic()
            self.start()
            while not self.reap() and not self.stopping:
                self.wait(None)
                if self.restart:
                    self.restart = False
                    self.end()
            if self.stopping:
                break
            pause = 0.1 if time.monotonic() - began > STEADY else min(pause * 2, 2.0)
            until = time.monotonic() + pause
            while not self.stopping and (rest := until - time.monotonic()) > 0:
                self.wait(rest)
        self.end()


def main(folder: str, binary: str, config: str, port: str) -> int:
    """Run until stdin closes. Exit 3: another one holds the folder."""
    supervisor = Supervisor(folder, [])
    if not supervisor.take_lock():
        return 0 if supervisor.stopping else EXIT_LOCKED
    number = choose_port(folder, int(port))
    write_port(folder, number)
    say(f"port {number}")
    supervisor.command = [binary, "-c", config, "-a", "127.0.0.1", "-p", str(number)]
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
