"""Exit 0 when the web server of this container answers /healthz with 200."""

import sys
import urllib.error
import urllib.request

try:
    with urllib.request.urlopen("http://127.0.0.1:8000/healthz", timeout=4) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError as fault:
    sys.exit(str(fault))
