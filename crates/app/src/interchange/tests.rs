//! What a learner is told of an export or import.

use super::*;

fn drawn(mermaid: &str) -> Imported {
    import(mermaid, &BTreeMap::new())
}

#[test]
fn a_flowchart_waits_for_the_roles_that_nothing_says() {
    let text = "flowchart TD\nA[Browser] --> B[Quux]\nclick A \"x\"";
    let first = drawn(text);
    let roles: Vec<Option<&str>> = first.guesses.iter().map(|guess| guess.role.as_deref()).collect();
    assert_eq!((roles, first.sketch.is_none()), (vec![Some("client"), None], true));
    assert_eq!((first.findings.len(), first.findings[0].line, first.findings[0].error), (1, 3, false));
    let said = [("B".to_owned(), "load_balancer".to_owned())].into();
    let second = import(text, &said);
    let sketch = second.sketch.unwrap();
    assert_eq!((sketch.components.len(), sketch.links.len()), (2, 1));
    assert_eq!(second.guesses[1].why, "You said so.");
}

#[test]
fn what_is_wrong_has_its_line() {
    let chart = drawn("flowchart TD\nA[");
    assert_eq!((chart.findings[0].line, chart.findings[0].column, chart.findings[0].error), (2, Some(2), true));
    let sketch = drawn("\u{FEFF} {\"format\":1,\n\"title\":3}");
    assert_eq!((sketch.format, sketch.findings[0].line, sketch.sketch.is_none()), (ExportFormat::Sketch, 2, true));
    let newer = drawn("{\"format\":9}");
    assert!(newer.findings[0].message.contains("format 9"));
}

#[test]
fn every_format_comes_out_and_two_come_back() {
    let sketch = drawn("flowchart TD\nA[Browser] --> B[Load balancer] --> C[Feed service] --> D[Read replica]").sketch.unwrap();
    let out = |format| export(&sketch, None, format, true, 2);
    let text = |format| String::from_utf8(out(format).unwrap().bytes).unwrap();
    assert_eq!(drawn(&text(ExportFormat::Sketch)).sketch.as_ref(), Some(&sketch));
    assert!(drawn(&text(ExportFormat::Mermaid)).sketch.unwrap().draws_the_same(&sketch));
    assert!(text(ExportFormat::Svg).starts_with("<svg ") && text(ExportFormat::Svg).contains("4 workers"));
    match out(ExportFormat::Png) {
        Ok(png) => assert!(png.bytes.starts_with(b"\x89PNG")),
        Err(error) => assert_eq!(error.code, "no_picture"),
    }
}
