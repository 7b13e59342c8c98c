"""Structured log lines: JSON with the request id, no personal data."""

import json
import logging
import re

from .context import request_id

# Telephone and identity numbers never reach a log, wherever they come from.
_NUMBERS = re.compile(r"(?<![\w-])(\d{17}[\dXx]|1[3-9]\d{9})(?![\w-])")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", ""),
            "message": _NUMBERS.sub("***", record.getMessage()),
        }
        if record.exc_info:
            line["trace"] = _NUMBERS.sub("***", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
