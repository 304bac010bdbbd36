-- The learner's designs, predictions, runs and settings. Times are milliseconds since 1970, given by the caller.
PRAGMA application_id = 1280262468; -- 'LOAD'

CREATE TABLE designs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    exercise   TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    sketch     TEXT    NOT NULL, -- JSON, model::sketch
    based_on   TEXT,             -- name of the design that it was copied from
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    UNIQUE (exercise, name)
) STRICT;

CREATE TABLE prediction_sets (
    design_id INTEGER NOT NULL REFERENCES designs (id) ON DELETE CASCADE,
    scenario  TEXT    NOT NULL,
    because   TEXT    NOT NULL,
    saved_ms  INTEGER NOT NULL,
    PRIMARY KEY (design_id, scenario)
) STRICT;

CREATE TABLE predictions (
    design_id INTEGER NOT NULL,
    scenario  TEXT    NOT NULL,
    figure    TEXT    NOT NULL,
    value     REAL    NOT NULL,
    PRIMARY KEY (design_id, scenario, figure),
    FOREIGN KEY (design_id, scenario) REFERENCES prediction_sets (design_id, scenario) ON DELETE CASCADE
) STRICT;

-- A run outlives the design that it was made with; design_id is empty for a design of a pack.
CREATE TABLE runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    design_id  INTEGER REFERENCES designs (id) ON DELETE SET NULL,
    exercise   TEXT    NOT NULL,
    design     TEXT    NOT NULL,
    scenario   TEXT    NOT NULL,
    shape      TEXT    NOT NULL,
    verdict    TEXT    NOT NULL,
    started_ms INTEGER NOT NULL,
    note       TEXT    NOT NULL,
    sketch     TEXT    NOT NULL, -- the drawing that ran, as JSON
    report     TEXT    NOT NULL -- JSON, model::report
) STRICT;

CREATE INDEX runs_by_exercise ON runs (exercise, started_ms);
CREATE INDEX runs_by_design ON runs (design_id, started_ms);

CREATE TABLE settings (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
