//! The canvas as a learner uses it: by pointer, as text in the outline, by quick fixes, and through the inspector. What changes is read from the
//! drawing itself, never from what was asked for.

use fantoccini::key::Key;
use loadline_tests::processes::descendants;
use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::interchange::look;
use super::{choose_part, drawn, look_at, wait_for_drawn};

/// A key with others held before it.
fn held(holding: &[Key], key: &str) -> String {
    let mut keys: String = holding.iter().map(ToString::to_string).collect();
    keys.push_str(key);
    keys + &Key::Null.to_string()
}

fn ctrl(window: &Window, key: &str) {
    window.press(&held(&[Key::Control], key));
}

/// An empty drawing of Twitter: the client alone, at its place.
fn from_scratch(window: &Window) {
    window.choose("Twitter");
    window.choose("Draw from scratch");
    wait_for_drawn(window, 1);
}

fn node(id: &str) -> String {
    format!("[data-testid=canvas] .react-flow__node[data-id=\"{id}\"]")
}

/// Where a part stands on the canvas, and its size, canvas pixels.
fn place(window: &Window, id: &str) -> [i64; 4] {
    let script = format!(
        "const e = document.querySelector({css}); const at = e?.style.transform.match(/translate\\((-?[\\d.]+)px, ?(-?[\\d.]+)px\\)/);
         return at ? [Number(at[1]), Number(at[2]), e.offsetWidth, e.offsetHeight].map(Math.round) : null",
        css = json!(node(id))
    );
    let at = window.wait_for(id, &script);
    std::array::from_fn(|n| at[n].as_i64().unwrap_or_else(|| panic!("the place of {id}: {at}")))
}

/// Waits until a part stands somewhere else than `before`.
#[track_caller]
fn moved_from(window: &Window, id: &str, before: [i64; 4]) -> [i64; 4] {
    let script = format!(
        "const at = document.querySelector({css})?.style.transform.match(/translate\\((-?[\\d.]+)px, ?(-?[\\d.]+)px\\)/);
         return at !== null && at !== undefined && (Math.round(at[1]) !== {} || Math.round(at[2]) !== {})",
        before[0],
        before[1],
        css = json!(node(id))
    );
    window.wait_for(&format!("{id} elsewhere than {before:?}"), &script);
    place(window, id)
}

/// Every part of the drawing with its place, and every link: what a person would see.
fn picture(window: &Window) -> Value {
    window.ask(
        "const parts = [...document.querySelectorAll('[data-testid=canvas] .react-flow__node')].map((e) => `${e.dataset.id} ${e.style.transform} ${e.offsetWidth}x${e.offsetHeight}`);
         const links = [...document.querySelectorAll('[data-testid=canvas] .react-flow__edge')].map((e) => e.dataset.id);
         return [...parts, ...links].sort()",
        &[],
    )
}

fn wait_for_links(window: &Window, count: u64) {
    window.wait_for(&format!("{count} links"), &format!("return document.querySelectorAll('.react-flow__edge').length === {count}"));
}

fn wait_for_chosen(window: &Window, ids: &[&str]) {
    window.wait_for(
        &format!("{ids:?} chosen"),
        &format!(
            "return JSON.stringify([...document.querySelectorAll('[data-testid=canvas] .react-flow__node.selected')].map((e) => e.dataset.id).sort()) === {}",
            json!(json!(ids).to_string())
        ),
    );
}

#[test]
fn a_drawing_is_made_by_pointer_and_every_step_can_be_taken_back() {
    let window = Window::open("canvas");
    from_scratch(&window);
    let empty = picture(&window);

    // From the palette: dragged to a place; taken in hand and put down with a click.
    window.drag("[data-testid=palette-load_balancer]", &node("client"), 260.0, 0.0);
    wait_for_drawn(&window, 2);
    window.click_testid("palette-api_gateway");
    window.see("choose a place on the canvas");
    let beside = window.middle(&node("load-balancer"));
    window.click_at((beside.0, beside.1 + 140.0));
    wait_for_drawn(&window, 3);
    window.see_no_more("choose a place on the canvas");

    // Linked by its edge, and with the tool for links.
    window.ask("document.activeElement?.blur(); return true", &[]);
    window.drag(&format!("{} .react-flow__handle-right", node("client")), &node("load-balancer"), 0.0, 0.0);
    wait_for_links(&window, 1);
    window.click_testid("tool-link");
    window.see("choose the first component");
    window.click_at(window.middle(&node("load-balancer")));
    window.see("choose the other component");
    window.click_at(window.middle(&node("api-gateway")));
    wait_for_links(&window, 2);
    window.press(&Key::Escape.to_string());
    window.click_testid("tool-choose");

    // Every segment of a link is level or upright.
    let slanted = window.ask(
        "const slants = (path) => {
           const at = path.getAttribute('d').match(/-?[\\d.]+/g).map(Number);
           const steps = at.slice(2).map((n, i) => Math.abs(n - at[i]));
           return steps.some((step, i) => i % 2 === 0 && step > 12 && steps[i + 1] > 12);
         };
         return [...document.querySelectorAll('.react-flow__edge')].filter((edge) => slants(edge.querySelector('path'))).length",
        &[],
    );
    assert_eq!(slanted, json!(0), "links are right-angled");

    // Moved: by whole steps of the grid, its links with it.
    let before = place(&window, "api-gateway");
    let from = window.middle(&node("api-gateway"));
    // Elsewhere on it than it was clicked: a click and a drag of the same place are a double click.
    window.drag_between((from.0 - 40.0, from.1 + 20.0), (from.0 + 50.0, from.1 + 60.0));
    let after = moved_from(&window, "api-gateway", before);
    assert_eq!(((after[0] - before[0]) % 12, (after[1] - before[1]) % 12), (0, 0), "on the grid: {before:?} to {after:?}");

    // Several at once, by a marquee; lined up and spread.
    ctrl(&window, "a");
    wait_for_chosen(&window, &["api-gateway", "client", "load-balancer"]);
    window.press(&Key::Escape.to_string());
    wait_for_chosen(&window, &[]);
    let corner = window.middle(&node("load-balancer"));
    window.drag_between((corner.0 - 90.0, corner.1 - 60.0), (corner.0 + 230.0, corner.1 + 260.0));
    wait_for_chosen(&window, &["api-gateway", "load-balancer"]);
    window.see("2 components chosen");
    let before = place(&window, "api-gateway");
    window.click_testid("line-up");
    window.choose("Align left");
    moved_from(&window, "api-gateway", before);
    assert_eq!(place(&window, "api-gateway")[0], place(&window, "load-balancer")[0], "aligned");

    // Copied and pasted, duplicated, with the link between them.
    ctrl(&window, "d");
    wait_for_drawn(&window, 5);
    wait_for_links(&window, 3);
    window.wait_for("what was made is chosen", "return document.querySelectorAll('.react-flow__node.selected').length === 2");
    ctrl(&window, "c");
    ctrl(&window, "v");
    wait_for_drawn(&window, 7);
    wait_for_links(&window, 4);
    window.press(&Key::Delete.to_string());
    wait_for_drawn(&window, 5);
    window.press(&Key::Escape.to_string());
    ctrl(&window, "a");
    window.click_testid("line-up");
    window.choose("Distribute across");
    let mut lefts: Vec<i64> = ["client", "load-balancer", "api-gateway", "load-balancer-2", "api-gateway-2"]
        .into_iter()
        .map(|id| place(&window, id)[0])
        .collect();
    lefts.sort_unstable();
    lefts.dedup();
    let gaps: Vec<i64> = lefts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (gap - gaps[0]).abs() <= 12), "spread evenly, to a step of the grid: {lefts:?}");

    // A group with a name and a note holds what is in it; a comment stands by itself. Both are resized by a corner.
    window.press(&Key::Escape.to_string());
    choose_part(&window, "load-balancer-2");
    wait_for_chosen(&window, &["load-balancer-2"]);
    ctrl(&window, "g");
    window.wait_for("the name of the group", "return document.activeElement?.dataset.testid === 'group-name'");
    window.press("Spare");
    window.press(&Key::Tab.to_string());
    window.press(&format!("Not needed yet{}", Key::Enter));
    window.see("Spare");
    window.see("Not needed yet");
    window.click_testid("tool-comment");
    window.wait_for("the comment", "return document.activeElement?.dataset.testid === 'comment-text'");
    window.press("Why two?");
    ctrl(&window, &Key::Enter.to_string());
    window.see("Why two?");
    let comment = "return document.querySelector('.react-flow__node-comment')?.dataset.id";
    let comment = window.wait_for("the comment on the canvas", comment);
    let comment = comment.as_str().expect("its id");
    window.wait_for(
        "its handles",
        "return document.querySelector('.react-flow__node-comment .react-flow__resize-control.bottom.right') !== null",
    );
    let size = place(&window, comment);
    window.drag(
        ".react-flow__node-comment .react-flow__resize-control.bottom.right",
        ".react-flow__node-comment .react-flow__resize-control.bottom.right",
        60.0,
        36.0,
    );
    window.wait_for("a larger comment", &format!("return document.querySelector('.react-flow__node-comment').offsetWidth > {}", size[2]));
    look_at(&window, "drawn");

    // Found by its note; gone to by the map; fitted; arranged.
    ctrl(&window, "f");
    window.wait_for("the search", "return document.activeElement?.closest('[data-testid=find-bar]') !== null");
    window.press("not needed");
    window.see("1 of 1");
    window.press(&Key::Escape.to_string());
    let view = "return document.querySelector('.react-flow__viewport').style.transform";
    let before = window.ask(view, &[]);
    let map = window.middle("[aria-label='Map of the drawing']");
    window.click_at((map.0 - 30.0, map.1 - 10.0));
    window.wait_for("another view", &format!("return document.querySelector('.react-flow__viewport').style.transform !== {before}"));
    window.click_testid("fit");
    window.wait_for(
        "all of it in view",
        "const c = document.querySelector('[data-testid=canvas]').getBoundingClientRect();
         return [...document.querySelectorAll('.react-flow__node')].every((e) => { const r = e.getBoundingClientRect();
           return r.left >= c.left - 1 && r.right <= c.right + 1 && r.top >= c.top - 1 && r.bottom <= c.bottom + 1; })",
    );
    let before = place(&window, "api-gateway");
    window.click_testid("layout");
    moved_from(&window, "api-gateway", before);
    window.shot("arranged");

    // Back to the first line that was drawn, and forth again.
    let full = picture(&window);
    let steps = walk_history(&window, "undo");
    assert_eq!(picture(&window), empty, "{steps} steps back");
    assert!(steps >= 12, "each of them is a step of its own: {steps}");
    assert_eq!(walk_history(&window, "redo"), steps);
    assert_eq!(picture(&window), full, "{steps} steps forth");
}

/// Presses a button of the history until it can be pressed no more; how often.
fn walk_history(window: &Window, testid: &str) -> usize {
    let mut steps = 0;
    while window.ask("return !document.querySelector(`[data-testid=${arguments[0]}]`).disabled", &[json!(testid)]) == json!(true) {
        window.click_testid(testid);
        steps += 1;
        assert!(steps < 100, "{testid} never ends");
    }
    steps
}

#[test]
fn the_outline_edits_the_same_drawing_as_text() {
    let window = Window::open("outline");
    from_scratch(&window);
    window.click_testid("outline-toggle");
    window.see("1 component, 0 links.");
    window.click("[data-testid=outline-add] button");
    window.choose("Load balancer");
    wait_for_drawn(&window, 2);
    window.see("2 components, 0 links.");
    window.wait_for("the new row", "return document.querySelector('[data-testid=outline-load-balancer][aria-expanded=true]') !== null");
    window.fill_in("[data-testid=outline-name]", &format!("Front door{}", Key::Enter));
    window.wait_for(
        "its name on the canvas",
        "return document.querySelector('[data-testid=canvas] [data-testid=node-load-balancer]')?.innerText.includes('Front door')",
    );
    window.click("[data-testid=outline-link] button");
    window.choose("from Client (entry)");
    wait_for_links(&window, 1);
    window.see("2 components, 1 link.");
    look_at(&window, "open");
    // Read without eyes: the row says what it is, how many, and where it leads.
    let row = window.ask("return document.querySelector('[data-testid=outline-client]').textContent", &[]);
    assert!(row.as_str().is_some_and(|row| row.contains("Client") && row.contains("1 link out")), "{row}");
    window.click("[aria-label^='Remove the link']");
    wait_for_links(&window, 0);
    window.ask("document.querySelector('[data-testid=outline-load-balancer]').focus(); return true", &[]);
    window.press(&Key::Delete.to_string());
    wait_for_drawn(&window, 1);
    window.see("1 component, 0 links.");
    window.click_testid("undo");
    wait_for_drawn(&window, 2);
    assert_eq!(drawn(&window), 2);
}

#[test]
fn what_is_cut_and_pasted_by_keys_is_taken_back_by_keys() {
    let window = Window::open("clipboard");
    from_scratch(&window);
    window.drag("[data-testid=palette-load_balancer]", &node("client"), 260.0, 0.0);
    wait_for_drawn(&window, 2);
    window.ask("document.activeElement?.blur(); return true", &[]);
    window.drag(&format!("{} .react-flow__handle-right", node("client")), &node("load-balancer"), 0.0, 0.0);
    wait_for_links(&window, 1);
    let linked = picture(&window);

    // Cut: the part goes with its link, and comes back beside where it was, without it.
    choose_part(&window, "load-balancer");
    let before = place(&window, "load-balancer");
    ctrl(&window, "x");
    wait_for_drawn(&window, 1);
    wait_for_links(&window, 0);
    ctrl(&window, "v");
    wait_for_drawn(&window, 2);
    wait_for_chosen(&window, &["load-balancer"]);
    assert_ne!(place(&window, "load-balancer"), before, "beside it");
    wait_for_links(&window, 0);
    let pasted = picture(&window);

    // Three steps back and forth by keys; both keys that go forth do.
    ctrl(&window, "d");
    wait_for_drawn(&window, 3);
    ctrl(&window, "z");
    wait_for_drawn(&window, 2);
    assert_eq!(picture(&window), pasted);
    ctrl(&window, "z");
    wait_for_drawn(&window, 1);
    ctrl(&window, "z");
    wait_for_drawn(&window, 2);
    wait_for_links(&window, 1);
    assert_eq!(picture(&window), linked, "as before the cut");
    window.press(&held(&[Key::Control, Key::Shift], "z"));
    wait_for_drawn(&window, 1);
    ctrl(&window, "y");
    wait_for_drawn(&window, 2);
    assert_eq!(picture(&window), pasted);
    ctrl(&window, "z");
    ctrl(&window, "z");
    wait_for_links(&window, 1);

    // Into another design, with the link between them; the one that it came from is as it was.
    ctrl(&window, "a");
    wait_for_chosen(&window, &["client", "load-balancer"]);
    ctrl(&window, "c");
    window.click("button[aria-label^='Design:']");
    window.choose("Draw from scratch");
    wait_for_drawn(&window, 1);
    ctrl(&window, "v");
    wait_for_drawn(&window, 3);
    wait_for_links(&window, 1);
    ctrl(&window, "z");
    wait_for_drawn(&window, 1);

    // Words that are no drawing are refused in words, and change nothing.
    window.click_testid("tool-comment");
    window.wait_for("the comment", "return document.activeElement?.dataset.testid === 'comment-text'");
    window.press("Two of them");
    ctrl(&window, "a");
    ctrl(&window, "c");
    window.press(&Key::Escape.to_string());
    window.see_no_more("Two of them");
    let alone = picture(&window);
    ctrl(&window, "v");
    window.see("Not pasted.");
    window.shot("refused");
    assert_eq!(picture(&window), alone);
    window.click("button[aria-label^='Design:']");
    window.choose("Design 1");
    wait_for_drawn(&window, 2);
    wait_for_links(&window, 1);
    assert_eq!(picture(&window), linked);
}

/// What the window says is wrong, in short.
const FINDINGS: &str = "return [...document.querySelectorAll('[data-testid^=findings], [data-testid^=badge-]')].map((e) => e.innerText + (e.getAttribute('aria-label') ?? '')).join('|')";

#[test]
fn what_is_found_is_mended_by_its_quick_fixes() {
    let window = Window::open("fixes");
    from_scratch(&window);
    // From the badge of the component.
    window.click_testid("badge-client");
    window.wait_for("the fixes", "return document.querySelector('[data-testid=fix-box]') !== null");
    look(&window, "box");
    let before = window.ask(FINDINGS, &[]);
    window.press(&format!("load balancer{}", Key::Enter));
    wait_for_drawn(&window, 2);
    wait_for_links(&window, 1);
    window.wait_for("other findings", &format!("return (() => {{ {FINDINGS} }})() !== {before}"));
    // From the inspector: each fix of a needed port, until nothing is wrong.
    choose_part(&window, "load-balancer");
    for _ in 0..20 {
        let wrong = window.wait_for(
            "the check of what is drawn",
            "if (document.querySelector('[data-testid=findings-error]') === null) return document.querySelector('[data-testid^=findings]') ? '' : null;
             const badge = [...document.querySelectorAll('[data-testid^=badge-]')].find((e) => /error/i.test(e.getAttribute('aria-label')));
             return badge ? badge.dataset.testid.slice('badge-'.length) : 'the design'",
        );
        match wrong.as_str() {
            Some("") => break,
            Some("the design") => window.press(&Key::Escape.to_string()),
            Some(id) => choose_part(&window, id),
            None => panic!("{wrong}"),
        }
        let before = window.ask(FINDINGS, &[]);
        window.click("[data-testid=inspector] [aria-label='Quick fixes'] button");
        window.wait_for("other findings", &format!("return (() => {{ {FINDINGS} }})() !== {before}"));
    }
    assert_eq!(window.count("[data-testid=findings-error]"), 0, "nothing is wrong any more");
    window.shot("mended");
}

#[test]
fn the_inspector_shows_where_each_value_comes_from_and_takes_it_back() {
    let window = Window::open("inspector");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    choose_part(&window, "service");
    window.see("What it can do");
    let can = |window: &Window| {
        window.wait_for(
            "what it can do",
            "const heads = [...document.querySelectorAll('[data-testid=inspector] h4')];
             return heads.find((h) => h.innerText.toLowerCase() === 'what it can do')?.parentElement.innerText",
        )
    };
    let before = can(&window);
    let workers = "return document.querySelector('[data-testid=setting-workers] input').value";
    let was = window.ask(workers, &[]);
    let was: u32 = was.as_str().and_then(|value| value.parse().ok()).expect("a number of workers");
    window.fill_in("[data-testid=setting-workers] input", &format!("{}{}", was * 2, Key::Enter));
    window.wait_for(
        "twice as much",
        &format!(
            "const heads = [...document.querySelectorAll('[data-testid=inspector] h4')];
             return heads.find((h) => h.innerText.toLowerCase() === 'what it can do')?.parentElement.innerText !== {before}"
        ),
    );
    // Out of range: said at the place, and not taken.
    window.fill_in("[data-testid=setting-workers] input", &format!("1000000{}", Key::Enter));
    window.wait_for("the range", "return /At most [\\d,]+/.test(document.querySelector('[data-testid=inspector]').innerText)");
    window.shot("range");
    window.press(&Key::Escape.to_string());
    window.click("[data-testid=setting-workers] [aria-label*='back to the default']");
    window.wait_for(
        "no way back from the default",
        "return document.querySelector('[data-testid=setting-workers] [aria-label*=\"back to the default\"]') === null",
    );
    // Where it comes from is one step away.
    window.click("[data-testid=setting-workers] [aria-label$='Show the origin']");
    window.wait_for("the source", "return document.querySelector('[data-radix-popper-content-wrapper] p')?.innerText.length > 10");
    window.shot("origin");
    window.press(&Key::Escape.to_string());
    look_at(&window, "inspector");
    window.see("Filled by:");
}

/// Resident memory of the processes that draw the page, MB.
fn page_mb(window: &Window) -> f64 {
    let of = |pid: u32, name: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().find_map(|line| line.strip_prefix(name).map(|rest| rest.trim().to_owned())).unwrap_or_default()
    };
    let drawing = descendants(window.app().pid).into_iter().filter(|process| of(process.pid, "Name:").starts_with("WebKitWebProc"));
    drawing.filter_map(|process| of(process.pid, "VmRSS:").split(' ').next()?.parse::<f64>().ok()).map(|kb| kb / 1000.0).sum()
}

/// A link that had a layer of its own took 10 MB and more: some hundred of them ended the page.
#[test]
fn five_hundred_linked_parts_are_drawn_and_panned_in_little_memory() {
    const PARTS: usize = 500;
    let window = Window::open("large_drawing");
    window.see("The knee");
    let client = json!({ "id": "client", "role": "client", "name": "Client", "instances": 1, "at": [0, 0] });
    let services = (1..PARTS).map(|n| {
        let at = [(n % 23) * 240, (n / 23) * 160];
        json!({ "id": format!("work-{n}"), "role": "work", "name": format!("Service {n}"), "instances": 1, "at": at })
    });
    let calls = (2..PARTS).map(|n| json!({ "from": format!("work-{}", n - 1), "to": format!("work-{n}"), "port": "next" }));
    let first = json!({ "from": "client", "to": "work-1", "port": "entry" });
    let components: Vec<Value> = std::iter::once(client).chain(services).collect();
    let links: Vec<Value> = std::iter::once(first).chain(calls).collect();
    window.ask(
        "window.kept = undefined;
         window.__TAURI_INTERNALS__.invoke('rpc', { name: 'sketch_keep', request: { exercise: 'knee', title: 'Chain', sketch: arguments[0] }, events: '__CHANNEL__:0' })
           .then((design) => { window.kept = design.card.id; }, (error) => { window.kept = 'failed: ' + JSON.stringify(error); });
         return true",
        &[json!({ "format": 1, "title": "Chain", "components": components, "links": links })],
    );
    let id = window.wait_for("the design", "return window.kept");
    let before_mb = page_mb(&window);
    window.ask("location.hash = '#/workbench/knee/' + arguments[0]; return true", &[id]);
    // Links come when they are routed.
    window.wait_for("links", "return document.querySelectorAll('[data-testid=canvas] .react-flow__edge').length > 20");
    window.ask(
        "window.drawn = 0;
         const frame = () => {
           const pane = document.querySelector('.react-flow__pane');
           const { left, top } = pane.getBoundingClientRect();
           pane.dispatchEvent(new WheelEvent('wheel', { deltaX: 9, deltaY: 3, clientX: left + 99, clientY: top + 99, bubbles: true, cancelable: true }));
           window.drawn += 1;
           if (window.drawn < 60) requestAnimationFrame(frame);
         };
         requestAnimationFrame(frame);
         return true",
        &[],
    );
    window.wait_for("sixty frames", "return window.drawn >= 60");
    let grown_mb = page_mb(&window) - before_mb;
    window.shot("panned");
    assert!(before_mb > 50.0, "its page was not found: {before_mb:.0} MB");
    assert!(grown_mb < 2000.0, "{grown_mb:.0} MB for {PARTS} linked parts");
}
