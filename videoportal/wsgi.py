"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoportal.settings")

application = get_wsgi_application()

# Everything imported so far lives as long as the process. Freezing it keeps full
# collections short; unfrozen they take hundreds of milliseconds and make the p95.
gc.collect()
gc.freeze()
