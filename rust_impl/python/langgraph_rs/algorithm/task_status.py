"""What takes the place of `langgraph/pregel/_task_status.py`; its data class `TaskStatus` stays upstream's."""

from langgraph_rs._core import read_task_statuses

__all__ = ["read_task_statuses"]
