//! What changed, in words; and a design that two windows save.

use loadline_model::sketch::Link;

use super::*;
use crate::Places;
use crate::contract::{DesignCreate, DesignSave};

fn part(id: &str, instances: u32) -> Component {
    let (id, role, name) = (id.to_owned(), "kv".to_owned(), id.to_uppercase());
    Component { id, role, name, instances, settings: BTreeMap::new(), at: (0.0, 0.0) }
}

fn drawing(parts: Vec<Component>, links: &[(&str, &str)]) -> Sketch {
    let link = |(from, to): &(&str, &str)| Link { from: (*from).into(), to: (*to).into(), port: "p".into() };
    Sketch { components: parts, links: links.iter().map(link).collect(), ..Sketch::empty("") }
}

#[test]
fn changes_in_words() {
    let before = drawing(vec![part("a", 1), part("b", 1), part("c", 1)], &[("a", "b"), ("a", "c")]);
    let after = drawing(vec![part("a", 2), part("b", 1), part("d", 1)], &[("a", "b"), ("a", "d"), ("b", "d")]);
    assert_eq!(changes(&before, &after), ["Added D", "Removed C", "Changed A", "2 links added", "1 link removed"]);
    let mut moved = before.clone();
    moved.components[0].at = (12.0, 0.0);
    assert_eq!(changes(&before, &moved), ["Moved 1 component"]);
    assert_eq!(changes(&before, &before), ["Nothing that is drawn changed"]);
    let many = drawing((0..5).map(|n| part(&format!("n{n}"), 1)).collect(), &[]);
    assert_eq!(changes(&drawing(vec![], &[]), &many), ["Added N0, N1, N2 and 2 more"]);
}

#[tokio::test]
async fn a_design_that_two_windows_save_stays_twice() {
    let dir = tempfile::tempdir().unwrap();
    let app = App::open(Places { data_dir: dir.path().to_owned(), node_program: "none".into() }).await.unwrap();
    let wish = DesignCreate { exercise: "knee".into(), from: None, copy_of: None, title: Some("Mine".into()) };
    let design = app.design_create(wish).await.unwrap();
    let save = |name: &str| {
        let mut sketch = design.sketch.clone();
        sketch.components[0].name = name.into();
        DesignSave { id: design.card.id.clone(), sketch, revision: design.revision }
    };
    let first = app.design_save(save("first")).await.unwrap();
    assert!(first.copy.is_none() && first.revision == design.revision + 1);
    let second = app.design_save(save("second")).await.unwrap();
    let copy = second.copy.expect("a copy");
    assert_eq!((copy.card.title.as_str(), copy.sketch.components[0].name.as_str()), ("Mine, from the other window", "second"));
    let one = app.design_open(ById { id: design.card.id.clone() }).await.unwrap();
    assert_eq!(one.sketch.components[0].name, "first", "the other is as it was");
    let on = DesignSave { id: copy.card.id.clone(), sketch: copy.sketch.clone(), revision: second.revision };
    assert!(app.design_save(on).await.unwrap().copy.is_none(), "and both go on");
    let versions = app.design_versions(ById { id: design.card.id }).await.unwrap().versions;
    assert_eq!(versions.len(), 1);
    assert_eq!(
        (versions[0].reason.as_str(), versions[0].changed.as_slice()),
        ("checkpoint", ["1 component, 0 links".to_owned()].as_slice())
    );
}
