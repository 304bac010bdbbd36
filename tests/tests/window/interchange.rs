//! A drawing goes out in every format and comes back in, with names that no keyboard types: they are in a file.

use loadline_tests::window::Window;
use serde_json::json;

use super::practice::axe;
use super::wait_for_drawn;

/// Takes a picture in dark and light, with axe in both. The dialog lies over the theme's button: the page is told itself.
pub(crate) fn look(window: &Window, screen: &str) {
    for theme in ["dark", "light"] {
        window.ask("document.documentElement.dataset.theme = arguments[0]; return true", &[json!(theme)]);
        window.wait_for("colours at rest", "return document.getAnimations().every((each) => each.playState !== 'running')");
        window.shot(&format!("{screen}-{theme}"));
        let over = window.ask(
            "const dialog = document.querySelector('[role=dialog]'); return dialog === null ? 0 : dialog.scrollWidth - dialog.clientWidth",
            &[],
        );
        assert_eq!(over, json!(0), "{screen} reaches past its dialog");
        assert_eq!(axe(window), json!([]), "{screen} in {theme}");
    }
}

/// Saves in the format that is chosen, into the exports folder, and gives back the file.
fn saved(window: &Window, ending: &str) -> std::path::PathBuf {
    // What has only just opened may not take a click yet: it is clicked until the file is there, and each click writes one of its own.
    let script = format!(
        "const path = document.querySelector('[data-testid=export-saved] code')?.innerText; return path?.endsWith('.{ending}') ? path : false"
    );
    window.click_until("[role=dialog] button[type=submit]", ending, &script);
    let path = window.wait_for(ending, &script);
    path.as_str().map(Into::into).unwrap_or_default()
}

pub(super) fn menu(window: &Window, entry: &str) {
    window.click("button[aria-label^='Design:']");
    window.choose(entry);
}

#[test]
fn a_drawing_goes_out_in_every_format_and_comes_back() {
    let window = Window::open_on("interchange", 1920, 1080);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hostile.mmd");
    let hostile = "flowchart TD\n  A[\"مستخدم 👩‍👩‍👧‍👦\"]:::client --> LB[Load balancer]\n  LB --> F[\"Feed </script><b>e\u{301}e\u{301}\"]\n  F --> R[(Quux #quot;x#quot;)]\n  F --> U[Zzz]\n  click A \"javascript:alert(1)\"\n";
    std::fs::write(&file, hostile).expect("a file");

    window.choose("Twitter");
    window.choose("Draw from scratch");
    wait_for_drawn(&window, 1);
    menu(&window, "Import");
    // What is wrong is said with its line.
    window.fill_in("[data-testid=import-text]", "flowchart TD --> B");
    window.choose("Read");
    window.see("Line 1, column 1:");
    window.shot("errors");
    window.fill("Or the path of a file", file.to_str().expect("a path in UTF-8"));
    window.choose("Read");
    window.see("Say what 1 part is.");
    window.see("Line 6:");
    look(&window, "guesses");
    window.click("[data-testid=import-guesses] li:first-child button");
    window.choose("Plain service");
    window.see("5 components, 4 links.");
    window.wait_for(
        "the preview",
        "const image = document.querySelector('[role=dialog] img'); return image !== null && image.complete && image.naturalWidth > 100",
    );
    look(&window, "preview");
    window.choose("Bring it in");
    wait_for_drawn(&window, 5);
    window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
    let names = window.ask(
        "return [...document.querySelectorAll('[data-testid=canvas] [data-testid^=node-]')].map((node) => node.innerText).join('|')",
        &[],
    );
    let names = names.as_str().unwrap_or_default().to_owned();
    assert!(names.contains("مستخدم 👩‍👩‍👧‍👦") && names.contains("Feed </script><b>") && names.contains("Quux \"x\""), "{names}");
    window.shot("hostile");

    // All four go out; two of them come back.
    menu(&window, "Export");
    let json_file = saved(&window, "json");
    look(&window, "export-sketch");
    window.choose("Mermaid");
    let mermaid_file = saved(&window, "mmd");
    window.choose("SVG");
    window.wait_for(
        "the preview",
        "const image = document.querySelector('[role=dialog] img'); return image !== null && image.complete && image.naturalWidth > 100",
    );
    let svg_file = saved(&window, "svg");
    look(&window, "export-svg");
    window.choose("PNG");
    let png_file = saved(&window, "png");
    assert!(std::fs::read(&png_file).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG")), "{}", png_file.display());
    let svg = std::fs::read_to_string(&svg_file).expect("the SVG");
    assert!(svg.contains("مستخدم") && !svg.contains("<script"), "{svg}");
    // A file that is there is replaced only when that is said.
    window.fill("File", png_file.to_str().expect("a path in UTF-8"));
    window.choose("Save");
    window.see("is there already");
    window.choose("Replace it");
    window.wait_for("it is replaced", "return document.querySelector('[data-testid=export-saved]') !== null");
    window.choose("Close");
    assert!(json_file.starts_with(window.data_dir()) && mermaid_file.starts_with(window.data_dir()));

    for path in [&json_file, &mermaid_file] {
        menu(&window, "Import");
        window.fill("Or the path of a file", path.to_str().expect("a path in UTF-8"));
        window.choose("Read");
        window.see("5 components, 4 links.");
        window.choose("Bring it in");
        window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
        wait_for_drawn(&window, 5);
    }
}
