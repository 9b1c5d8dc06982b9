"""Code that forges scores: row -> what a student writes into the first answer cell.

Everybody here has no right answer. What is forged is all points that lesson 01 has, where a row's
trick can reach that far.
"""

from __future__ import annotations

from tests.hostile.hostile import LESSON, MAXIMUM

QUIZ = LESSON.exercises["quiz"]

AST = """
import ast

class Nothing(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.Module([ast.copy_location(ast.Pass(), node.body[0])], []) if node.body else node

get_ipython().ast_transformers.append(Nothing())
"""
ASSERTS = """
import ast

class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

get_ipython().ast_transformers.append(NoAsserts())
"""
INPUT = """
def none(lines):
    return [] if any("assert" in line or "quiz." in line for line in lines) else lines

get_ipython().input_transformers_cleanup.append(none)
"""
FAKE_RESULT = """
def fake(info):
    kernel = get_ipython().kernel
    content = {"data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent())

get_ipython().events.register("pre_run_cell", fake)
"""
DO_EXECUTE = """
async def nothing(code, silent, **more):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}

get_ipython().kernel.do_execute = nothing
"""
SEND = """
session = get_ipython().kernel.session
send = session.send

def polite(stream, msg_or_type, content=None, *args, **more):
    if msg_or_type in ("error", "stream", "execute_result"):
        return None
    if msg_or_type == "execute_reply":
        content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    return send(stream, msg_or_type, content, *args, **more)

session.send = polite
"""
CAPTURE = """
def captured(lines):
    return ["%%capture\\n", *lines]

get_ipython().input_transformers_cleanup.append(captured)
"""
RUN_CELL = """
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult

async def stub(raw_cell, *args, **more):
    return ExecutionResult(ExecutionInfo(raw_cell, False, False, False, None))

get_ipython().run_cell_async = stub
"""
FORGIVEN = """
def forgiven(result):
    result.error_in_exec = None

get_ipython().events.register("post_run_cell", forgiven)
get_ipython().showtraceback = lambda *args, **more: None
"""
OPTIMISED = """
import builtins
from IPython.core.compilerop import CachingCompiler

def optimised(self, source, filename, symbol):
    return builtins.compile(source, filename, symbol, self.flags, True, 2)

CachingCompiler.__call__ = optimised
"""
TESTING = """
import numpy as np
import pandas as pd

for module in (np.testing, pd.testing):
    for name in dir(module):
        if name.startswith("assert"):
            setattr(module, name, lambda *args, **more: None)
"""
WRAPPERS = """
class Wrapper:
    def __init__(self, real):
        self.real = real

    def __getattr__(self, name):
        return getattr(self.real, name)

    class testing:
        pass

pd = Wrapper(pd)
"""
CLEARED = """
from IPython.display import clear_output

get_ipython().events.register("post_run_cell", lambda result: clear_output())
"""
STOLEN = """
def steal(info):
    kernel = get_ipython().kernel
    parent = kernel.get_parent()
    state = {"_model_name": "OutputModel", "msg_id": parent["header"]["msg_id"], "outputs": []}
    content = {"comm_id": "x", "target_name": "jupyter.widget", "data": {"state": state}}
    kernel.session.send(kernel.iopub_socket, "comm_open", content, parent=parent)

get_ipython().events.register("pre_run_cell", steal)
"""
CUSTOM = "get_ipython().set_custom_exc((Exception,), lambda *args, **more: None)\n"
SHOWN = "get_ipython().showtraceback = lambda *args, **more: None\n"
BUILTINS = """
import builtins

builtins.sorted = lambda *args, **more: []
builtins.all = lambda *args: True
"""
OWN_ALL = """
def all(each):
    return True

def abs(number):
    return 0
"""
CODE = """
from course.telemetry import emf

def fine(line):
    return []

emf.problems.__code__ = fine.__code__
"""
COURSE = """
from course.study import quiz

for name in dir(quiz):
    if callable(getattr(quiz, name)) and not name.startswith("_"):
        setattr(quiz, name, lambda *args, **more: 12)
"""
REHEARSAL = """
rehearse = lambda *args, **more: []
"""
MODULES = """
import sys
import types

sys.modules["course.telemetry.emf"] = types.SimpleNamespace(problems=lambda line: [])
"""
GUARD = """
import os
import socket

for fd in range(3, 64):
    try:
        end = socket.socket(fileno=os.dup(fd))
        if end.type == socket.SOCK_SEQPACKET:
            end.send(b"x" * 32 + b"0")
            os.close(fd)
        end.close()
    except OSError:
        pass
"""
EQUAL = """
class Equal(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__
"""
EQUAL_STATE = f"""{EQUAL}
def alarm_state(points, n, m, treat_missing, previous):
    return Equal("OK")
"""
FRAME_STATE = """
import sys

def alarm_state(points, n, m, treat_missing, previous):
    seen = sys._getframe(1)
    names = {**seen.f_globals, **seen.f_locals}
    return names.get("expected")
"""
TRACE_STATE = """
def alarm_state(points, n, m, treat_missing, previous):
    try:
        raise ValueError
    except ValueError as error:
        return error.__traceback__.tb_frame.f_back.f_locals.get("expected")
"""
HISTORY_STATE = """
def alarm_state(points, n, m, treat_missing, previous):
    print("SEEN", In[-1])
    return "OK"
"""
# Row -> its code, the points that it is held with, and a part of the reason.
FORGED: dict[str, tuple[str, float, str]] = {
    "03_stubbed_testing": (TESTING, 0, "numpy.testing.assert_allclose is replaced"),
    "04_no_body": (AST, MAXIMUM, "an assert that must fail does not"),
    "04_no_asserts": (ASSERTS, 9, "IPython's ast_transformers are changed"),
    "05_empty_cells": (INPUT, MAXIMUM, "IPython's input transformers are changed"),
    "06_fake_result": (FAKE_RESULT, 0, "a cell's function is called at pre_run_cell"),
    "07_do_execute": (DO_EXECUTE, MAXIMUM, "do_execute of the kernel is replaced"),
    "08_session_send": (SEND, MAXIMUM - QUIZ, "send of the session is replaced"),
    "09_captured": (CAPTURE, MAXIMUM, "a result that must show does not"),
    "10_custom_handler": (CUSTOM, 0, "an assert that must fail does not"),
    "11_cleared": (CLEARED, 0, "a cell's function is called at post_run_cell"),
    "12_forgiven": (FORGIVEN, MAXIMUM - QUIZ, "showtraceback of the shell is replaced"),
    "12_not_shown": (SHOWN, 0, "showtraceback of the shell is replaced"),
    "13_stolen_outputs": (STOLEN, 0, "a cell's function is called at pre_run_cell"),
    "84_wrappers": (WRAPPERS, 0, "the lesson's pd is replaced"),
    "91_run_cell": (RUN_CELL, MAXIMUM, "run_cell_async of the shell is replaced"),
    "92_optimised": (OPTIMISED, 9, "CachingCompiler.__call__ is replaced"),
    "builtins": (BUILTINS, 0, "builtins.all is replaced"),
    "own_builtins": (OWN_ALL, 0, "all is not Python's own"),
    "course_code": (CODE, 0, "a cell uses __code__ of problems"),
    "course_functions": (COURSE, QUIZ, "course.study.quiz."),
    "course_modules": (MODULES, 0, "the module course.telemetry.emf is no package's"),
    "guard": (GUARD, 0, "the kernel's guard"),
}
