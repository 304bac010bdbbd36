-- The last number that was given to a run of an exercise: it is not given again when that run is deleted.
CREATE TABLE run_numbers (
    exercise TEXT    PRIMARY KEY NOT NULL,
    last     INTEGER NOT NULL
) STRICT;

INSERT INTO run_numbers (exercise, last) SELECT exercise, max(number) FROM runs GROUP BY exercise;
