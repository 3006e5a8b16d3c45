"""Structured logs: a JSON object a line on standard error, with facts about requests and nothing of what is in them."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import TextIO

LOG = logging.getLogger("accord.service")


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, event, and the facts that came with it as ``extra={"facts": {...}}``."""

    def format(self, record: logging.LogRecord) -> str:
        """Give a record as a line."""
        when = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        line = {"time": when.replace("+00:00", "Z"), "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_to(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Have the service's and its server's logs go to a stream, as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name in ("accord.service", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler] if name != "uvicorn.error" else [], name == "uvicorn.error"
        logger.setLevel(level if name == "accord.service" else logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
