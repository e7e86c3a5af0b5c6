"""The real SIP programs: Kamailio as the platform that asks the portal, SIPp as the phone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooms.platforms.models import VideoPlatform
from scripts import services
from scripts.bootstrap import PHONE_PACKAGES, install_phones
from tests.portal import free_port, running, wait_for

HERE = Path(__file__).parent
CALL_SECONDS = 20


def require_phones() -> None:
    """Go on with Kamailio and SIPp, installed now if need be; skip the test without them.

    On a build server, which sets CI, nothing is skipped.
    """
    if install_phones():
        return
    what = f"NOT TRIED with SIP phones: apt-get install {' '.join(PHONE_PACKAGES)}"
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@dataclass(frozen=True)
class Call:
    """How a call went: the answer to it, and as what the caller got in, if at all."""

    status: int
    role: str = ""
    wrong_pin: bool = False


IN_AS_HOST = Call(200, "host")
IN_AS_GUEST = Call(200, "guest")
IN_THE_LOBBY = Call(200, "lobby")
WRONG_PIN = Call(200, wrong_pin=True)
AT_THE_DOOR = Call(200)
REFUSED = Call(403)
UNKNOWN = Call(404)


@dataclass(frozen=True)
class Phone:
    """A SIP phone that knows one server."""

    server: str
    folder: Path

    def call(self, address: str, pin: str = "") -> Call:
        """Call a room, type the PIN key by key, hang up."""
        key = (HERE / "scenarios/key.xml").read_text()
        whole = (HERE / "scenarios/call.xml").read_text()
        keys = "".join(key.replace("KEY", digit) for digit in pin)
        said = self._run(whole.replace("<!-- keys -->", keys), address)
        answer, *typed = [line.split() for line in said]
        roles = [words[2] for words in (answer, *typed) if len(words) > 2]
        wrong = any(words[1] == "403" for words in typed)
        return Call(int(answer[1]), roles[-1] if roles else "", wrong)

    def register(self, address: str, user: str, password: str) -> int:
        """Register the address with an account; return the last answer."""
        domain = address.partition("@")[2]
        said = self._run(
            (HERE / "scenarios/register.xml").read_text(), address,
            "-au", user, "-ap", password, "-key", "domain", domain,
        )  # fmt: skip
        return int(said[-1].split()[1])

    def _run(self, scenario: str, address: str, *options: str) -> list[str]:
        """Run a scenario once; return what it logged."""
        written, log = self.folder / "scenario.xml", self.folder / "log.txt"
        written.write_text(scenario)
        log.unlink(missing_ok=True)
        done = subprocess.run(
            [
                "sipp", self.server, "-sf", str(written), "-s", address, "-m", "1",
                "-i", services.LOOPBACK, "-p", str(free_port(socket.SOCK_DGRAM)),
                "-nostdin", "-trace_logs", "-log_file", str(log),
                "-timeout", str(CALL_SECONDS), "-timeout_error", *options,
            ],
            cwd=self.folder,
            env={**os.environ, "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=CALL_SECONDS + 10,
        )  # fmt: skip
        said = log.read_text().splitlines() if log.exists() else []
        assert done.returncode == 0, f"SIPp said {said}:\n{done.stdout[-3000:]}"
        assert said, done.stdout[-3000:]
        return said


@contextmanager
def platform_running(
    portal: str, platform: VideoPlatform, folder: Path, *, password: str = ""
) -> Iterator[Phone]:
    """Run Kamailio as the platform that asks the portal; give a phone that calls it."""
    require_phones()
    port = free_port(socket.SOCK_DGRAM)
    account = f"{platform.policy_user}:{password or platform.policy_password}"
    policy = f"{account}@{portal.removeprefix('http://')}/platforms/{platform.slug}"
    command = [
        str(shutil.which("kamailio", path=f"{os.environ['PATH']}:/usr/sbin")),
        "-DD", "-E", "-f", str(HERE / "kamailio.cfg"), "-Y", str(folder), "-w", str(folder),
        "-l", f"udp:{services.LOOPBACK}:{port}", "-m", "16", "-M", "4",
    ]  # fmt: skip
    log = folder / "kamailio.log"
    env = {"PATH": os.environ["PATH"], "POLICY_SERVER": f"portal=>http://{policy}"}
    with running(command, log, env) as process:
        wait_for(lambda: _answers(port), process, log)
        yield Phone(f"{services.LOOPBACK}:{port}", folder)


def _answers(port: int) -> bool:
    """Whether somebody answers a SIP question (with 405: Kamailio takes no OPTIONS here)."""
    with socket.socket(type=socket.SOCK_DGRAM) as wire:
        wire.settimeout(0.2)
        wire.connect((services.LOOPBACK, port))
        here = f"{services.LOOPBACK}:{wire.getsockname()[1]}"
        try:
            wire.send(
                f"OPTIONS sip:{services.LOOPBACK} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {here};branch=z9hG4bK1\r\n"
                f"From: <sip:a@{here}>;tag=1\r\nTo: <sip:b@{here}>\r\n"
                "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode()
            )
            return wire.recv(2000).startswith(b"SIP/2.0")
        except OSError:
            return False
