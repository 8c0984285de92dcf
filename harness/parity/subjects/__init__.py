"""Subjects: the processes that run cases."""
