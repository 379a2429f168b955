"""A course: its folders, its content, its assignments."""

from autograde.course.assignment import Assignment, SourceCell, load_assignment
from autograde.course.content import Content
from autograde.course.course import Course, course_at, find_course

__all__ = ["Assignment", "Content", "Course", "SourceCell", "course_at", "find_course", "load_assignment"]
