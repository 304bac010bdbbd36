-- Version history and kept undo of designs; the ledger and seals by which damage is noticed; what recoveries came to.
ALTER TABLE designs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0; -- one more at every save of the drawing

CREATE TABLE design_versions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    design_id INTEGER NOT NULL REFERENCES designs (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL, -- from 1 in the design
    saved_ms  INTEGER NOT NULL,
    reason    TEXT    NOT NULL, -- checkpoint, run, restore or named
    name      TEXT,             -- given by the learner: never thinned out
    sketch    TEXT    NOT NULL, -- JSON, model::sketch
    UNIQUE (design_id, number)
) STRICT;

-- The window's undo history of a design, as it was at a revision.
CREATE TABLE undo_histories (
    design_id INTEGER PRIMARY KEY REFERENCES designs (id) ON DELETE CASCADE,
    revision  INTEGER NOT NULL,
    history   TEXT    NOT NULL  -- JSON of the window
) STRICT;

-- One row: which database this is, how many saves it holds, and the schema that the seals were taken of.
CREATE TABLE ledger (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    id            TEXT    NOT NULL,
    saves         INTEGER NOT NULL,
    sealed_schema INTEGER NOT NULL
) STRICT;
INSERT INTO ledger VALUES (1, lower(hex(randomblob(16))), 0, 0);

-- A checksum of every row: a row that is lost or changed by damage is noticed, and counted.
CREATE TABLE seals (
    tbl TEXT    NOT NULL,
    row INTEGER NOT NULL, -- rowid
    sum BLOB    NOT NULL,
    PRIMARY KEY (tbl, row)
) STRICT, WITHOUT ROWID;

-- What was brought over when the database was found damaged, until the learner has read it.
CREATE TABLE recoveries (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    record  TEXT    NOT NULL, -- JSON
    seen_ms INTEGER
) STRICT;
