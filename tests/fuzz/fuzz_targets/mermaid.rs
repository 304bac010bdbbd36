//! Mermaid flowcharts: read, guessed, brought in, and written again. An input that begins with `d` is a drawing from its bytes, which must come
//! back with the same components and links; any other is a flowchart.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use loadline_export::sketch::mermaid::{self, Flowchart};
use loadline_export::sketch::svg::{Theme, draw};
use loadline_fuzz::{drawing, panics};
use loadline_model::catalog;
use loadline_model::sketch::Sketch;

/// The drawing of a flowchart; what nothing says is taken for a plain service.
fn brought(chart: &Flowchart) -> Sketch {
    let role = |guess: mermaid::Guess| (guess.node, guess.role.unwrap_or("work").to_owned());
    let roles: BTreeMap<String, String> = mermaid::guess(chart).into_iter().map(role).collect();
    mermaid::bring(chart, &roles).expect("every component has a role").sketch
}

fn through(sketch: &Sketch) -> Sketch {
    let text = mermaid::write(sketch);
    match mermaid::read(&text) {
        Ok(chart) => brought(&chart),
        Err(errors) => panic!("what was written can be read: {errors:?}\n{text}"),
    }
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    if let Some((b'd', rest)) = input.split_first() {
        let Ok(mut sketch) = drawing::draw(&mut Unstructured::new(rest)) else { return };
        for component in &mut sketch.components {
            // What no role of the catalog is, or more than it may have, is not brought in as it was.
            let role = catalog::role(&component.role).unwrap_or_else(|| catalog::role("work").expect("a plain service"));
            component.role = role.id.to_owned();
            component.instances = component.instances.clamp(1, role.max_instances);
        }
        let back = through(&sketch);
        let parts = |sketch: &Sketch| -> Vec<(String, u32)> { sketch.components.iter().map(|c| (c.role.clone(), c.instances)).collect() };
        assert_eq!(parts(&back), parts(&sketch), "the same components");
        return;
    }
    let Ok(text) = std::str::from_utf8(input) else { return };
    match mermaid::read(text) {
        Ok(chart) => {
            let sketch = brought(&chart);
            draw(&sketch, &BTreeMap::new(), Theme::Light);
            let again = Sketch::from_json(&sketch.to_json()).expect("a drawing that can be kept");
            assert_eq!(again, sketch);
            assert_eq!(through(&sketch).components.len(), sketch.components.len());
        }
        Err(errors) => assert!(errors.iter().all(|e| e.line > 0 && e.column > 0 && !e.remedy.is_empty()), "{errors:?}"),
    }
});
