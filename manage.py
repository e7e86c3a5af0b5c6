#!/usr/bin/env python
"""Django's command line for this checkout.

Without DATABASE_URL and REDIS_URL it works on the embedded servers of the data folder, the
same that `make run` uses, and starts them when they are down.
"""

import os
import sys

from django.core.management import execute_from_command_line

from scripts import services

if __name__ == "__main__":
    services.ensure(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoportal.settings")
    execute_from_command_line(sys.argv)
