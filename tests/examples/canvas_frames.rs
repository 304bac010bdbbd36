//! How smooth the drawing is in the real window: main-thread time a frame and the gap between frames, while the canvas is panned.
//!
//!     cargo build --workspace --bins --examples && cargo run -p loadline-tests --example canvas_frames [seconds]
//!
//! Three drawings at rest (40, 500 and 2,000 services in one chain), the 40 while they run, all of them under load and updated four times a
//! second, and the largest bundled design (`better` of Twitter) while it runs with nobody touching it; then that design to its end, with its
//! verdict. Beside them an empty page of the same window, as the ratio. Main-thread time is from the frame's callback to the first task after
//! it: scripts, style, layout and what of the painting the main thread does.

#![expect(clippy::print_stdout, reason = "a measurement for a person")]

use std::error::Error;
use std::time::{Duration, Instant};

use loadline_tests::processes::descendants;
use loadline_tests::window::Window;
use serde_json::{Value, json};

/// What Linux tells user space of CPU time is in hundredths of a second, whatever its own tick (USER_HZ, proc(5)).
const TICKS_PER_S: f64 = 100.0;
/// A whole start of a run.
const A_START: Duration = Duration::from_secs(120);
/// The bundled design with the most processes.
const LARGEST: &str = "better";
/// What a gap between two frames may be while that design runs, ms at p99.
const GAP_AT_MOST_MS: f64 = 50.0;

fn main() -> Result<(), Box<dyn Error>> {
    let seconds: u32 = std::env::args().nth(1).map_or(Ok(6), |text| text.parse())?;
    let window = Window::open_on("frames", 1280, 800);
    window.see("The knee");
    let empty = measure(&window, seconds, false)?;
    println!("{:<44} {}", "the library, nothing moves", empty.text(None));
    for count in [40, 500, 2000] {
        open_drawing(&window, count)?;
        let frames = measure(&window, seconds, true)?;
        println!("{:<44} {}", format!("{count} components, panned"), frames.text(Some(&empty)));
    }
    open_drawing(&window, 40)?;
    run(&window)?;
    let frames = measure(&window, seconds, true)?;
    println!("{:<44} {}", "40 components that run, panned", frames.text(Some(&empty)));
    window.click_testid("stop");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_START);
    call(&window, "solution_open", json!({ "exercise": "twitter", "design": LARGEST }))?;
    let design = call(&window, "design_create", json!({ "exercise": "twitter", "from": LARGEST, "copy_of": null, "title": null }))?;
    show(&window, "twitter", &design)?;
    run(&window)?;
    let cpu_s = window_cpu_s(&window)?;
    let began = Instant::now();
    let frames = measure(&window, seconds, false)?;
    let cores = (window_cpu_s(&window)? - cpu_s) / began.elapsed().as_secs_f64();
    println!("{:<44} {}", "the largest bundled design runs, untouched", frames.text(Some(&empty)));
    let gap_ms = at(&frames.gaps_ms, 0.99);
    let judged = if gap_ms <= GAP_AT_MOST_MS { "met" } else { "missed" };
    println!("{:<44} p99 of the gap at most {GAP_AT_MOST_MS} ms: {judged} ({gap_ms:.0} ms)", "target");
    println!("{:<44} {cores:.2} cores for the app and its page, {} nodes beside them", "", window.nodes().len());
    let frames = measure(&window, seconds, true)?;
    println!("{:<44} {}", "the largest bundled design runs, panned", frames.text(Some(&empty)));
    window.click_testid("stop");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_START);
    show(&window, "twitter", &design)?;
    run(&window)?;
    let verdict = window.wait_for_within(
        "the report",
        "return document.querySelector('#verdict-title')?.parentElement.parentElement.innerText",
        A_START,
    );
    println!("{:<44} {}", "the same, left alone to its end", verdict.as_str().unwrap_or_default().replace('\n', " | "));
    Ok(())
}

/// CPU time of the app and of the processes that draw its page so far, seconds; the nodes of a run are left out.
fn window_cpu_s(window: &Window) -> Result<f64, Box<dyn Error>> {
    let nodes = window.nodes();
    let drawing = descendants(window.app().pid).into_iter().filter(|process| !nodes.iter().any(|node| node.pid == process.pid));
    let mut ticks = 0.0;
    for process in drawing.chain([window.app().clone()]) {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid))?;
        // The name in brackets may hold anything; utime and stime are the 12th and 13th fields after it.
        let after = stat.rsplit_once(')').ok_or("no name in stat")?.1;
        ticks += after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
    }
    Ok(ticks / TICKS_PER_S)
}

/// Calls the app as the page does.
fn call(window: &Window, name: &str, request: Value) -> Result<Value, Box<dyn Error>> {
    window.ask(
        "window.answered = undefined;
         const inside = window.__TAURI_INTERNALS__;
         const events = '__CHANNEL__:' + inside.transformCallback(() => {});
         inside.invoke('rpc', { name: arguments[0], request: arguments[1], events })
           .then((ok) => { window.answered = { ok }; }, (failed) => { window.answered = { failed }; });
         return true",
        &[json!(name), request],
    );
    let answered = window.wait_for(name, "return window.answered ?? null");
    match answered.get("ok") {
        Some(ok) => Ok(ok.clone()),
        None => Err(format!("{name}: {answered}").into()),
    }
}

fn show(window: &Window, exercise: &str, design: &Value) -> Result<(), Box<dyn Error>> {
    let id = design["card"]["id"].as_str().ok_or("the design has no id")?;
    window.ask("location.hash = arguments[0]; return true", &[json!(format!("#/workbench/{exercise}/{id}"))]);
    let title = design["card"]["title"].as_str().ok_or("the design has no title")?;
    // Of a large drawing only what is in view is there.
    window.wait_for_within(
        "the drawing",
        &format!(
            "return document.querySelector('header [aria-label^=Design]')?.innerText.trim() === {}
               && document.querySelector('[data-testid=canvas] .react-flow__node') !== null",
            json!(title)
        ),
        A_START,
    );
    Ok(())
}

/// Services in a square, each called by the one before it, so that a request goes through all of them.
fn open_drawing(window: &Window, count: usize) -> Result<(), Box<dyn Error>> {
    let mut design = call(
        window,
        "design_create",
        json!({ "exercise": "knee", "from": null, "copy_of": null, "title": format!("{count} components") }),
    )?;
    let across = (count as f64).sqrt().ceil() as usize;
    let services = (1..count).map(|n| {
        let at = [(n % across) * 240, (n / across) * 160];
        json!({ "id": format!("work-{n}"), "role": "work", "name": format!("Service {n}"), "instances": 1, "settings": {}, "at": at })
    });
    let client = design["sketch"]["components"][0].clone();
    let entry = client["id"].clone();
    design["sketch"]["components"] = std::iter::once(client).chain(services).collect();
    let first = json!({ "from": entry, "to": "work-1", "port": "entry" });
    let calls = (2..count).map(|n| json!({ "from": format!("work-{}", n - 1), "to": format!("work-{n}"), "port": "next" }));
    design["sketch"]["links"] = std::iter::once(first).chain(calls).collect();
    call(window, "design_save", json!({ "id": design["card"]["id"], "sketch": design["sketch"], "revision": design["revision"] }))?;
    show(window, "knee", &design)
}

fn run(window: &Window) -> Result<(), Box<dyn Error>> {
    window.wait_for_within("Run", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null", A_START);
    window.click_testid("run-without");
    window.wait_for_within(
        "the run under load",
        "return /Warm|Measur/i.test(document.querySelector('[data-testid=run-phase]')?.textContent ?? '')",
        A_START,
    );
    Ok(())
}

struct Frames {
    gaps_ms: Vec<f64>,
    work_ms: Vec<f64>,
}

impl Frames {
    fn text(&self, beside: Option<&Frames>) -> String {
        let ratio = beside.map_or(String::new(), |other| {
            format!(
                " = {:.1} and {:.1} x the empty page",
                at(&self.gaps_ms, 0.5) / at(&other.gaps_ms, 0.5),
                at(&self.gaps_ms, 0.99) / at(&other.gaps_ms, 0.99)
            )
        });
        format!(
            "{:5} frames, main thread a frame p50 {:5.1} ms p99 {:5.1} ms; gap p50 {:5.1} p99 {:5.1} most {:5.1} ms{ratio}",
            self.gaps_ms.len(),
            at(&self.work_ms, 0.5),
            at(&self.work_ms, 0.99),
            at(&self.gaps_ms, 0.5),
            at(&self.gaps_ms, 0.99),
            at(&self.gaps_ms, 1.0),
        )
    }
}

/// Frames for so many seconds; with `pan`, the wheel turns a little at each.
fn measure(window: &Window, seconds: u32, pan: bool) -> Result<Frames, Box<dyn Error>> {
    window.ask(
        "const until = performance.now() + arguments[0] * 1000;
         const pane = arguments[1] ? document.querySelector('.react-flow__pane') : null;
         const gaps = [], work = [];
         window.frames_seen = undefined;
         let before = null, began = 0, step = 0;
         const channel = new MessageChannel();
         channel.port1.onmessage = () => work.push(performance.now() - began);
         const frame = (now) => {
           began = performance.now();
           if (before !== null) gaps.push(now - before);
           before = now;
           if (pane !== null) {
             const { left, top } = pane.getBoundingClientRect();
             step += 1;
             const deltaX = Math.floor(step / 60) % 2 === 0 ? 9 : -9;
             pane.dispatchEvent(new WheelEvent('wheel', { deltaX, deltaY: 3, clientX: left + 99, clientY: top + 99, bubbles: true, cancelable: true }));
           }
           channel.port2.postMessage(0);
           if (now < until) requestAnimationFrame(frame);
           else setTimeout(() => { window.frames_seen = { gaps, work }; }, 100);
         };
         requestAnimationFrame(frame);
         return true",
        &[json!(seconds), json!(pan)],
    );
    let patience = Duration::from_secs(u64::from(seconds) + 60);
    let seen = window.wait_for_within("the frames", "return window.frames_seen ?? null", patience);
    let list = |name: &str| seen[name].as_array().map(|all| all.iter().filter_map(Value::as_f64).collect::<Vec<_>>());
    let (gaps_ms, work_ms) = list("gaps").zip(list("work")).ok_or("no frames")?;
    if gaps_ms.len() < 10 || work_ms.len() < 10 {
        return Err(format!("{} frames in {seconds} s", gaps_ms.len()).into());
    }
    Ok(Frames { gaps_ms, work_ms })
}

fn at(values: &[f64], quantile: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * quantile).round() as usize).copied().unwrap_or(f64::NAN)
}
