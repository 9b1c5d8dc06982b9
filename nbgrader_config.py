"""nbgrader's settings for this course; its own commands, Formgrader and `course grade` use them.

Each setting says on the line above why it is not nbgrader's default.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent

c = get_config()  # noqa: F821, its loader gives it; an imported one is another

# The name under which the exchange and exported grades know the course.
c.CourseDirectory.course_id = "aws-troubleshooting"
# Commands work from any folder below the course, not only from its top.
c.CourseDirectory.root = str(ROOT)
# A lesson is one folder, the same name in source, release, submitted, autograded and feedback.
c.CourseDirectory.directory_structure = str(
    Path("{nbgrader_step}", "{student_id}", "{assignment_id}")
)
# Two graders at once wait for each other for a minute; after SQLite's 5 s the batch would end.
c.CourseDirectory.db_url = f"sqlite:///{ROOT / 'gradebook.db'}?timeout=60"
# A student may exist only because the roster names them; a mistyped folder makes no new student.
c.Autograde.create_student = False

# A lesson's slowest honest cell takes about 5 s; this leaves room for a slow machine.
c.Execute.timeout = 30
# A cell that runs too long is stopped and fails alone; the cells behind it still run.
c.Execute.interrupt_on_timeout = True
# A kernel tells every student's grader that its ports are not encrypted; errors still show.
c.Execute.extra_arguments = ["--IPKernelApp.log_level=40"]
# A wrong answer must not hide the right ones behind it.
c.Execute.allow_errors = True
# No tag skips a cell: with nbgrader's default, a tag on a test cell gave full marks.
c.Execute.skip_cells_with_tag = "-never-"

# A comment is the whole stub: a function keeps its docstring as body, so a blank notebook runs from
# top to bottom and only its checks fail. The builder refuses a stub that is no Python.
c.ClearSolutions.code_stub = {"python": "# Your code here."}

# Deleted, copied, moved and edited cells are put right before nbgrader's own steps look at them.
c.Autograde.sanitize_preprocessors = [
    "course.grading.repair.RepairCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# A second net below RepairCells: a test cell that is gone comes back from the gradebook.
c.OverwriteCells.add_missing_cells = True

# Cells run in a sandbox, within limits; our scores take nothing but a clear number.
c.Autograde.autograde_preprocessors = [
    "course.grading.execute.CollectedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "course.grading.scores.StrictScores",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Late work costs nothing until you choose a policy; docs/grading.md has an example.
c.AssignLatePenalties.plugin_class = "course.grading.late.LatePolicy"

# The exchange's own way copies what a student's link leads to, and takes folders from anybody.
c.ExchangeFactory.collect = "course.grading.collect.CheckedCollect"

# Students must not read hidden tests in their feedback; nbgrader's default prints them.
c.GenerateFeedback.preprocessors = [
    "course.grading.feedback.HideTests",
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "course.grading.feedback.Legible",
]
# nbconvert's own exporter compiles its templates and parses the page anew for each student.
c.GenerateFeedback.exporter_class = "course.grading.html.PageExporter"
# A script in a submission must not run in the browser of whoever reads or grades it.
c.HTMLExporter.sanitize_html = True
# nbconvert's own filter for that also takes every table apart.
c.HTMLExporter.filters = {
    "clean_html": "course.grading.html.clean_html",
    # nbgrader's pages show text cells past that filter.
    "markdown2html": "course.grading.html.markdown2html",
}
