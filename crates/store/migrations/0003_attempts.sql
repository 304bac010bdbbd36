-- What a learner does with an exercise: an attempt with its notes, the worksheet's answers, hints and solutions that were opened.
CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    exercise    TEXT    NOT NULL,
    number      INTEGER NOT NULL, -- from 1 in the exercise
    started_ms  INTEGER NOT NULL,
    finished_ms INTEGER,
    UNIQUE (exercise, number)
) STRICT;

-- One attempt of an exercise goes on at a time.
CREATE UNIQUE INDEX attempts_going_on ON attempts (exercise) WHERE finished_ms IS NULL;

CREATE TABLE attempt_notes (
    attempt_id INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    part       TEXT    NOT NULL, -- phase, dive or twist
    name       TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    saved_ms   INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, part, name)
) STRICT;

CREATE TABLE attempt_answers (
    attempt_id INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    quantity   TEXT    NOT NULL,
    text       TEXT    NOT NULL, -- as it was typed
    saved_ms   INTEGER NOT NULL,
    handed_ms  INTEGER,          -- compared with the worked answer: it no longer changes
    PRIMARY KEY (attempt_id, quantity)
) STRICT;

CREATE TABLE attempt_hints (
    attempt_id INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    phase      TEXT    NOT NULL,
    number     INTEGER NOT NULL, -- from 1, each after the one before it
    opened_ms  INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, phase, number)
) STRICT;

CREATE TABLE attempt_solutions (
    attempt_id INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    part       TEXT    NOT NULL, -- phase, dive or twist
    name       TEXT    NOT NULL,
    handed     TEXT,             -- what was handed in; empty when it was opened without an attempt
    opened_ms  INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, part, name)
) STRICT;
