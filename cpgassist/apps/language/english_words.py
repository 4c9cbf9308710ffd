"""Every word of the chat's own that stands on the screen, in English; those of an answer are in `apps.wording`.

A `{}` takes a number or a name. `malay_words` has the same tables with the same keys. The browser has no words of its
own: what it shows later is on the page already, hidden.
"""

from __future__ import annotations

from cpgassist.imaging import FINDINGS_FIELDS

SCREEN = {
    "ask": "Ask",
    "stop": "Stop",
    "clear": "New chat",
    "question": "Your question",
    "placeholder": "Ask a clinical question",
    "disclaimer": "For clinicians. Check the page before you act. Do not type names or IC numbers.",
    "local": "Nothing leaves this computer",
    "local_short": "Local",
    "remote": "Questions go to {}",
    "remote_short": "Not local",
    "theme": "Light or dark",
    "other_language": "Bahasa Melayu",
    "other_language_short": "BM",
    "about": "About",
    "guideline": "guideline",
    "welcome": "What does the guideline say?",
    "promise": "Every sentence comes with its page, and the quoted words are marked on it.",
    "model": "{} picks the lines and writes in short; code checks both.",
    "photo": "Describe a photo, correct what was seen, then search",
    "photo_example": "A drawn test as a photo: describe it, correct what was seen, then search",
    "no_photo": "Needs a model that looks at photos; none is configured here. You can still type what you see.",
    "try": "Try a question",
}
"""The frame, the box and the empty chat."""

BROWSER = {
    "all": "All {}",
    "conversation": "Conversation",
    "evidence": "Evidence",
    "your_question": "Your clinical question",
    "add_photo": "Add a photo, or describe what you see",
    "ic": "This looks like an IC number.",
    "ic_next": "Remove it before sending.",
    "long": "This question has {} characters; the limit is {}.",
    "long_next": "Shorten it to one clinical question.",
    "no_card": "Photos cannot be described at the moment.",
    "no_card_next": "Reload the page, or ask without one.",
}
"""What the browser says by itself, and names that only a screen reader hears."""

FILTERS = {
    "button": "Filters",
    "guidelines": "Guidelines",
    "year": "Published",
    "any_year": "Any year",
    "year_from": "{} or later",
    "editions": "Editions",
    "current": "Current editions only",
    "older": "Older editions too",
    "copies": "copies and extracts of these left out",
    "older_one": " – older edition",
    "nothing": "No guideline here passes these filters.",
    "nothing_next": "Choose an earlier year, other guidelines, or older editions too.",
    "unknown_year": "This year cannot be filtered by.",
    "reload": "Reload the page and choose again.",
}
"""What a search is limited to."""

TURN = {
    "you_asked": "You asked: ",
    "with_findings": "With findings: ",
    "searching": "Searching {}…",
    "reading": "The model is reading these lines…",
    "writing": "Still writing. The pages are already {}.",
    "on_the_right": "on the right",
    "here": "here",
    "pages_found": "Pages found: ",
    "asked_as": "Asked as: ",
    "answer": "Answer",
    "error": "Not answered",
    "edit": "Change this question",
}
"""A question and the wait for its answer."""

ACTIONS = {
    "heading": "What to do with this answer",
    "helpful": "Helpful",
    "not_helpful": "Not helpful",
    "why": "What was wrong?",
    "wrong_page": "Wrong page",
    "unsafe": "Unsafe",
    "incomplete": "Incomplete",
    "thanks": "Thank you: kept on this computer, without your question. A second click takes it back.",
    "taken_back": "Taken back.",
    "failed": "This could not be kept.",
    "retry": "Ask again",
    "export": "Export",
    "html": "HTML page",
    "pdf": "PDF",
    "docx": "Word",
    "saving": "Preparing the file…",
    "gone": "This answer is no longer kept. Ask again to export it.",
    "gone_feedback": "This answer is no longer kept, so feedback on it is not either.",
    "not_exported": "The file could not be made.",
}
"""Under an answer."""

EVIDENCE = {
    "title": "Evidence",
    "citation": "Citation ",
    "tab_page": "p. {}",
    "heading": "The page behind every sentence",
    "empty": "Ask a question. The guideline page opens here with the quoted sentence marked.",
    "none": "No page is quoted in this answer.",
    "previous": "Previous citation",
    "next": "Next citation",
    "close": "Close the evidence",
    "place": "{} of {}",
    "found": "Found word for word on this page",
    "not_found": "Not found on this page: read the page itself",
    "found_by": "Found by: {}",
    "unmarked": "The place on the page is not known; the words stand above.",
    "look": "See the page",
    "nothing_quoted": "The closest page; nothing is quoted from it",
    "open": "Open the page alone",
    "copy": "Copy quote + reference",
    "copied": "Copied",
    "copy_by_hand": "Press Ctrl+C to copy",
    "unsupported": "Quote does not support this",
    "zoom": "Size of the page",
    "zoom_out": "Smaller",
    "fit": "Fit width",
    "actual": "100 %",
    "double": "200 %",
    "zoom_in": "Larger",
    "grade": "Printed grade: {}",
    "pdf_page": "PDF page {}",
    "printed_page": "printed page {}",
    "superseded": "Superseded edition",
}
"""The panel with the pages."""

ANSWER = {
    "bottom_line": "Bottom line",
    "absent": "Not in the guideline",
    "nothing_more": "Nothing more was found in the {} searched.",
    "removed_one": "1 sentence removed: its quote was not found on the page.",
    "removed": "{} sentences removed: their quotes were not found on the page.",
    "source": "Source",
    "findings": "Findings searched with",
    "led_to": "led to ",
    "limits": "Cannot be told from the photo: {}",
    "copied": "Copied cell by cell from {}.",
    "quoted_from": "quoted from {}",
    "the_page": "the page",
    "closest": "Closest page: {}",
    "searched": "Searched: {}.",
    "and_more": "{} and {} more",
    "what_to_ask": "Ask about a finding, a test, a drug or a dose.",
    "picked_by": "Lines picked by {}, checked by code.",
    "read_by": "Read by {}.",
    "written_by": "The bottom line was written by {}, and each of its sentences is carried by quoted lines.",
    "quoted_by_code": "Quoted by code; nothing is from the language model {}.",
}
"""The layers of an answer."""

CHECKS = {
    "found": "{} of {} found on the page",
    "by_ocr": "{} read by OCR",
    "searched": "searched {}",
    "of": "{} of {}",
    "quote": "quote",
    "guideline": "guideline",
    "row_searched": "Searched",
    "row_filters": "Filters",
    "row_numbers": "Numbers",
    "numbers": "{} of {} found in the quoted lines",
    "row_writer": "Written by",
    "row_time": "Time",
    "row_index": "Index",
}
"""The check line, and what it opens to."""

DIFFER = {
    "guidelines": "Where guidelines differ",
    "pages": "Where the pages differ",
    "no_year": "Year not known",
}
"""Two places that print different things."""

EXPORT = {
    "no_question": "Findings, without a question",
    "number": "number",
    "unfinished": "The language model was still reading when this was saved: the bottom line may have changed since.",
    "cited": "Cited",
    "withheld": "{} withheld: not found again on the page, or not carried by the quoted lines.",
    "nothing_more": "Nothing more was found in what was searched.",
    "sources": "Sources",
    "replaced": "A newer edition is in the same corpus.",
    "pages": "The cited pages",
    "text_layer": "The file's text layer holds instead: {}",
    "part": "Part of {} of {}, the words of quote {} marked",
    "whole": "{}, whole, the words of quotes {} marked",
    "not_drawn": "The picture of this page could not be drawn: {}",
    "unshown": "{} stand for characters that the typeface of this file lacks; the HTML and DOCX files show them.",
    "page": "page",
    "page_of": "of",
    "about": "About this file",
    "saved": "Saved",
    "index": "Index",
    "picked": "Lines picked by",
    "by_code": "code; nothing is from the language model",
    "model": "Language model",
    "no_model": "none. {}",
    "embedder": "Search model",
    "footer": "For clinicians. Check the page before you act.",
    "disclaimer": (
        "Quotes, table rows and grades are copied from the guidelines named here; code found them again on the page unless "
        "it says otherwise. Nothing was converted or calculated. This file is not a prescription, an order or a diagnosis, "
        "and it does not replace clinical judgement: read the cited page, whether it applies to the patient, and whether a "
        "newer edition exists, before you act. It may name a patient's findings: handle it as you would a patient's record."
    ),
}
"""What an answer says as a file, beside the words that it has on the screen."""

CLARIFY = {"heading": "The lines differ by", "hint": "Tap to ask for:"}

ABOUT = {
    "title": "About this answer",
    "close": "Close",
    "use": "What it is for",
    "use_text": (
        "For doctors, pharmacists and nurses who look up what a clinical practice guideline prints. It is no diagnosis, "
        "no prescription and no triage, and it is not for patients. You decide, with the page before you."
    ),
    "inputs": "What goes in",
    "inputs_text": (
        "Your question, the filters under the box, and the findings of a photo that you confirmed. A question that "
        "leaves out age, pregnancy, kidney function or severity gets lines for other patients too. Leave out names and "
        "IC numbers. Nothing of this is written to disk: questions and answers stay in memory, for an hour at most."
    ),
    "how": "How an answer is made",
    "how_text": (
        "Code searches the guidelines for passages, by their words and by their meaning, and picks lines. Each line is "
        "copied, then looked for again on its page; what is not found there is taken out and counted. Grades and table "
        "cells are copied as printed, never converted. Where nothing fits, it says so."
    ),
    "how_model": (
        "The language model {} then picks among those lines and writes the bottom line; code drops every written "
        "sentence that the quoted lines do not carry."
    ),
    "how_no_model": "No language model is loaded here: nothing is written, all is quoted.",
    "data": "What it searches",
    "data_text": "Index {}. Nothing else is searched, and what is newer than these editions is not known here.",
    "measured": "What was measured",
    "measured_text": (
        "In every answer: how many quotes were found on their pages, and how many numbers stand in the quoted lines. How "
        "often answers are right for these guidelines is not measured by this screen; whoever looks after this "
        "installation can measure it with “cpgassist eval”."
    ),
    "limits": "What it cannot do",
    "limits_text": (
        "It misses what is worded otherwise than the question, what only a picture shows, and what spans many pages. A "
        "true quote can still be the wrong line for your patient. A scanned page may be misread. A calm, complete-looking "
        "answer is easy to trust: open the page before you act."
    ),
}
"""What a reader can check an answer by: intended use, inputs, method, data, validation, limits."""

PHOTO = {
    "photo": "Photo",
    "title": "A photo",
    "choose": "Choose photos",
    "more": "Add another",
    "pairs": "Before and after",
    "before": "Before",
    "after": "After",
    "earlier": "Move {} to the front",
    "remove": "Remove {}",
    "no_preview": "No preview of this kind of file",
    "describe": "Describe",
    "by_hand": "Describe what you see",
    "instead": "Type it yourself",
    "describing": "The model is looking at the photo. Nothing is searched yet.",
    "stop": "Stop",
    "stopped": "The description was stopped.",
    "findings": "What the photo shows",
    "check": "Untick what is wrong, change the words, add what is missing; a question may stand below. Nothing was searched yet.",
    "fill": "Type what you see; a question may stand below. Nothing was searched yet.",
    "use": "Use finding {}",
    "finding": "Finding {}",
    "add": "Add a finding",
    "possible": "Only possible, so it is not ticked",
    "notes": "Notes",
    "search": "Search with these",
    "discard": "Discard",
    "cannot": "The photo cannot be described reliably.",
    "cannot_next": "Take another, or type what you see.",
    "too_many": "At most {} photos can be described together.",
    "too_many_next": "Remove one first.",
    "too_large": "A photo is larger than {} MB.",
    "too_large_next": "Export it smaller, for example with a longest side of 2000 pixels.",
    "lost": "The computer that runs cpgassist could not be reached.",
    "lost_next": "Check that it is still running, then describe the photo again.",
    "waiting": "The photo is not confirmed.",
    "waiting_next": "Search with its findings, or discard it.",
    "empty": "No finding is ticked.",
    "empty_next": "Tick or type at least one, or discard the photo.",
    "certainty_definite": "definite",
    "certainty_probable": "probable",
    "certainty_possible": "possible",
    **{f"field_{name}": called for name, called in FINDINGS_FIELDS.items()},
}
"""Every word of the card of a photo."""
