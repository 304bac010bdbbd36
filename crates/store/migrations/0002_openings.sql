-- Designs of a pack that are kept shut, and were opened before the learner had run a design of their own.
CREATE TABLE openings (
    exercise  TEXT    NOT NULL,
    design    TEXT    NOT NULL,
    opened_ms INTEGER NOT NULL,
    PRIMARY KEY (exercise, design)
) STRICT;
