"""The rules of CloudWatch as pure functions: no moto, no clock, no I/O.

Whatever decides how AWS behaves stands here, one idea a module; `course.account` binds it to moto.
"""
