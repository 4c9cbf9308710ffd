"""What a test asks of recommendations and their grades."""


# ---- on the page


def graded(blocks):
    return [(" ".join(line.text for line in b.lines), b.grade) for b in blocks if b.kind == "recommendation"]


def grade_of(found, words):
    """The grade of the one statement that holds the words."""
    (grade,) = [grade for text, grade in found if words in text]
    return grade
