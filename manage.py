#!/usr/bin/env python
"""Django's command line for Coach."""

import os
import sys

from django.core.management import execute_from_command_line

from coach.config import startup

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")
    startup.begin()
    execute_from_command_line(sys.argv)
