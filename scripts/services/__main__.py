"""`python -m scripts.services stop|status`."""

import signal
import sys

from scripts.services import Postgres, Valkey, data_folder, running_launcher


def main(arguments: list[str]) -> int:
    home = data_folder()
    if arguments == ["stop"]:
        if launcher := running_launcher(home):
            launcher.stop((signal.SIGTERM, 60))
            print("stopped `make run`")
        with home.locked():
            for server in (Valkey(home), Postgres(home)):
                print(f"{server.name}: {'stopped' if server.stop() else 'was not running'}")
        return 0
    if arguments == ["status"]:
        for server in (Postgres(home), Valkey(home)):
            process = server.found()
            print(f"{server.name}: {f'process {process.pid}' if process else 'not running'}")
        return 0
    print("usage: python -m scripts.services stop|status")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
