"""Structured log lines: JSON with the request id, no personal data."""

import json
import logging
import re
import traceback

from .context import request_id

# Telephone and identity numbers never reach a log, wherever they come from, nor does anything
# in Chinese: our own lines are English, so that it can only be somebody's name or address.
_PERSONAL = re.compile(r"(?<!\d)(\d{17}[\dXx]|1[3-9]\d{9})(?!\d)|[\u3400-\u9fff]+")
# Errors of the database and of parsers repeat the values they stumbled over.
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\(.*\)|DETAIL:.*", re.S)


def masked(text: str) -> str:
    return _PERSONAL.sub("***", text)


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        # Django reports refused requests after the request has left our middleware.
        record.request_id = request_id.get() or getattr(getattr(record, "request", None), "id", "")
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", ""),
            "message": masked(record.getMessage()),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = self._trace(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)

    @staticmethod
    def _trace(error: BaseException) -> str:
        """Where it happened, for the error and its causes; of the messages only our own words."""
        lines, seen = [], set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            said = masked(_QUOTED.sub("…", str(error)))[:300]
            lines.append(f"{type(error).__name__}: {said}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)
