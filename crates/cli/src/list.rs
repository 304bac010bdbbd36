//! `loadline list`: exercises and labs with their designs and scenarios.

use std::fmt::Write;

use loadline_app::library::Library;

use crate::Outcome;
use crate::output::print;

pub(crate) fn list() -> Outcome {
    let library = Library::open();
    let mut text = String::new();
    for exercise in library.exercises() {
        let designs: Vec<&str> = exercise.designs.iter().map(|d| d.name.as_str()).collect();
        let scenarios: Vec<&str> = exercise.scenarios.keys().map(String::as_str).collect();
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{:<10} {}: {}", exercise.id, exercise.title, exercise.question);
        let _ = writeln!(
            text,
            "{:<10} designs {} (reference {}); scenarios {}; about {} min",
            "",
            designs.join(", "),
            exercise.reference,
            scenarios.join(", "),
            exercise.minutes
        );
    }
    text.push_str("\nRun one with: loadline run NAME --design NAME\n");
    print(&text)
}
