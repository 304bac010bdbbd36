//! The real window, driven as a learner drives it: by what is written on it. Every step waits for what it needs; none sleeps.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, ClientBuilder, Locator};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::processes::{Process, descendants, wait_until_gone};
use crate::stage::{PATIENCE, Stage};

/// Between two looks at the page.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One window at a time: a journey that measures wants the machine for itself.
static TURN: Mutex<()> = Mutex::new(());

/// The app in a window on a screen of its own. Dropping it shuts the app and fails the test if anything was left running.
pub struct Window {
    name: String,
    program: String,
    /// What the shell that starts the app runs first.
    line: Option<String>,
    client: Option<Client>,
    app: Process,
    stage: Stage,
    runtime: Runtime,
    asked: Instant,
    /// How long it took from asking the driver until the page could be asked.
    pub opened_in: Duration,
    // Last, so that the next journey starts when this one's stage is gone.
    _turn: MutexGuard<'static, ()>,
}

impl Window {
    /// Opens the app with no data, in the window's own first size. `name` is the journey's, for its pictures.
    pub fn open(name: &str) -> Self {
        Self::open_on(name, 1280, 800)
    }

    /// The same on a screen of `width` x `height` pixels.
    pub fn open_on(name: &str, width: u32, height: u32) -> Self {
        Self::open_with(name, "loadline-desktop", None, &[], |size| Stage::set(size.0, size.1), (width, height))
    }

    /// Opens the app as a person has it after an installation, with `arguments`: no folder is named for its data, and a second start finds the
    /// first one.
    pub fn open_as_installed(name: &str, arguments: &[&str]) -> Self {
        Self::open_with(name, "loadline-desktop", None, arguments, |size| Stage::set_as_installed(size.0, size.1), (1280, 800))
    }

    /// Opens another program of the workspace, a path below the folder of programs, that shows a page in a window.
    pub fn open_program(name: &str, program: &str) -> Self {
        Self::open_with(name, program, None, &[], |size| Stage::set(size.0, size.1), (1280, 800))
    }

    /// Opens the app out of a shell that has run `line` first: what a process may do it has from the one before it.
    pub fn open_after(name: &str, line: &str) -> Self {
        Self::open_with(name, "loadline-desktop", Some(line), &[], |size| Stage::set(size.0, size.1), (1280, 800))
    }

    fn open_with(
        name: &str,
        program: &str,
        line: Option<&str>,
        arguments: &[&str],
        set: impl FnOnce((u32, u32)) -> Stage,
        size: (u32, u32),
    ) -> Self {
        // A journey that failed has already said so.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let stage = set(size);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let asked = Instant::now();
        let started = start(&runtime, &stage, program, line, arguments);
        let (client, app, opened_in) = started.unwrap_or_else(|| panic!("the window does not open\n{}", stage.said()));
        let (name, program, line) = (name.to_owned(), program.to_owned(), line.map(str::to_owned));
        Self { name, program, line, client: Some(client), app, stage, runtime, asked, opened_in, _turn: turn }
    }

    /// How long ago the driver was asked to open it.
    pub fn since_asked(&self) -> Duration {
        self.asked.elapsed()
    }

    // -- looking ------------------------------------------------------------------------------------------------------------------

    /// Waits until `text` can be read somewhere in the window.
    #[track_caller]
    pub fn see(&self, text: &str) {
        self.see_within(text, PATIENCE);
    }

    /// The same with a patience of its own, for what a run takes.
    #[track_caller]
    pub fn see_within(&self, text: &str, patience: Duration) {
        self.until(&format!("{text:?} in the window"), patience, || async {
            Ok(self.page("return document.body.innerText.includes(arguments[0])", &[json!(text)]).await?.as_bool()?.then_some(()))
        });
    }

    /// Waits until `text` can no longer be read.
    #[track_caller]
    pub fn see_no_more(&self, text: &str) {
        self.until(&format!("no {text:?} in the window"), PATIENCE, || async {
            Ok((!self.page("return document.body.innerText.includes(arguments[0])", &[json!(text)]).await?.as_bool()?).then_some(()))
        });
    }

    /// Everything that can be read in the window now.
    #[track_caller]
    pub fn text(&self) -> String {
        self.ask("return document.body.innerText", &[]).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the script (a function's body) gives something true, and gives it back. `what` says what is waited for.
    #[track_caller]
    pub fn wait_for(&self, what: &str, script: &str) -> Value {
        self.wait_for_within(what, script, PATIENCE)
    }

    /// The same with a patience of its own.
    #[track_caller]
    pub fn wait_for_within(&self, what: &str, script: &str, patience: Duration) -> Value {
        self.until(what, patience, || async {
            let value = self.page(script, &[]).await?.0;
            Ok((!matches!(value, Value::Null | Value::Bool(false))).then_some(value))
        })
    }

    /// Runs a function's body in the page and gives back what it returns.
    #[track_caller]
    pub fn ask(&self, script: &str, arguments: &[Value]) -> Value {
        self.runtime
            .block_on(self.page(script, arguments))
            .unwrap_or_else(|Stop(reason)| self.fail(&format!("the page answers: {reason}")))
            .0
    }

    /// How many elements the CSS selector finds now.
    #[track_caller]
    pub fn count(&self, css: &str) -> u64 {
        self.ask("return document.querySelectorAll(arguments[0]).length", &[json!(css)]).as_u64().unwrap_or_default()
    }

    // -- doing --------------------------------------------------------------------------------------------------------------------

    /// Chooses the first button, link, entry or field that shows `name` or is called so for a screen reader.
    #[track_caller]
    pub fn choose(&self, name: &str) {
        let what = format!("something to choose named {name:?}");
        self.until(&what, PATIENCE, || async {
            let Some(element) = self.named(name).await? else { return Ok(None) };
            element.click().await.map(Some).or_else(not_yet)
        });
    }

    /// Chooses `Light` or `Dark` in the menu of themes. A focus that goes elsewhere shuts a menu: it is opened until the theme is there.
    #[track_caller]
    pub fn choose_theme(&self, name: &str) {
        let theme = json!(name.to_lowercase());
        let is_open = "return document.querySelector('[role=menu]') !== null";
        let is_there = format!("return document.documentElement.dataset.theme === arguments[0] && !(() => {{ {is_open} }})()");
        self.until(&format!("the theme {name}"), PATIENCE, || async {
            if self.page(&is_there, std::slice::from_ref(&theme)).await?.0 == json!(true) {
                return Ok(Some(()));
            }
            let is_open = self.page(is_open, &[]).await?.0 == json!(true);
            let Some(element) = self.named(if is_open { name } else { "Theme" }).await? else { return Ok(None) };
            element.click().await.map(|_| None).or_else(not_yet)
        });
    }

    /// Clicks the first element that the CSS selector finds.
    #[track_caller]
    pub fn click(&self, css: &str) {
        self.until(&format!("{css} to click"), PATIENCE, || async {
            match self.client().find(Locator::Css(css)).await {
                // What is disabled takes no click: it may be only a moment until it does.
                Ok(element) => match element.is_enabled().await {
                    Ok(true) => element.click().await.map(Some).or_else(not_yet),
                    Ok(false) => Ok(None),
                    Err(reason) => not_yet(reason),
                },
                Err(reason) => not_yet(reason),
            }
        });
    }

    /// Clicks the element until the script (a function's body) gives something true: what has just been drawn may still move away from a click.
    #[track_caller]
    pub fn click_until(&self, css: &str, what: &str, script: &str) {
        self.until(what, PATIENCE, || async {
            if !matches!(self.page(script, &[]).await?.0, Value::Null | Value::Bool(false)) {
                return Ok(Some(()));
            }
            match self.client().find(Locator::Css(css)).await {
                Ok(element) => element.click().await.map(|_| None).or_else(not_yet),
                Err(reason) => not_yet(reason),
            }
        });
    }

    /// Clicks the element with this `data-testid`.
    #[track_caller]
    pub fn click_testid(&self, testid: &str) {
        self.click(&format!("[data-testid=\"{testid}\"]"));
    }

    /// Puts `text` in place of what is in the field called `label`.
    #[track_caller]
    pub fn fill(&self, label: &str, text: &str) {
        self.until(&format!("a field called {label:?}"), PATIENCE, || async {
            let Some(field) = self.field(label).await? else { return Ok(None) };
            self.replace(&field, text).await
        });
    }

    /// The same for the field that the CSS selector finds.
    #[track_caller]
    pub fn fill_in(&self, css: &str, text: &str) {
        self.until(&format!("the field {css}"), PATIENCE, || async {
            match self.client().find(Locator::Css(css)).await {
                Ok(field) => self.replace(&field, text).await,
                Err(reason) => not_yet(reason),
            }
        });
    }

    /// Presses keys where the focus is; special keys as `fantoccini::key::Key` formats them.
    #[track_caller]
    pub fn press(&self, keys: &str) {
        self.until("the focus", PATIENCE, || async {
            match self.client().active_element().await {
                Ok(element) => element.send_keys(keys).await.map(Some).or_else(not_yet),
                Err(reason) => not_yet(reason),
            }
        });
    }

    /// Drags with the pointer from the middle of one element to a point `dx`, `dy` CSS pixels from the middle of another.
    #[track_caller]
    pub fn drag(&self, from: &str, to: &str, dx: f64, dy: f64) {
        let (start, end) = (self.middle(from), self.middle(to));
        self.drag_between(start, (end.0 + dx, end.1 + dy));
    }

    /// Drags with the pointer between two points of the window, CSS pixels from its top left.
    #[track_caller]
    pub fn drag_between(&self, start: (f64, f64), end: (f64, f64)) {
        let half = ((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0);
        let actions = MouseActions::new("mouse".to_owned())
            .then(moved(start))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(moved(half))
            .then(moved(end))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        let dragged = self.runtime.block_on(self.client().perform_actions(actions));
        dragged.unwrap_or_else(|reason| self.fail(&format!("{start:?} cannot be dragged to {end:?}: {reason}")));
    }

    /// Clicks at a point of the window, CSS pixels from its top left.
    #[track_caller]
    pub fn click_at(&self, point: (f64, f64)) {
        let actions = MouseActions::new("mouse".to_owned())
            .then(moved(point))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        let clicked = self.runtime.block_on(self.client().perform_actions(actions));
        clicked.unwrap_or_else(|reason| self.fail(&format!("there is no clicking at {point:?}: {reason}")));
    }

    /// The middle of the first element that the CSS selector finds, CSS pixels from the window's top left.
    #[track_caller]
    pub fn middle(&self, css: &str) -> (f64, f64) {
        let middle = "const e = document.querySelector(arguments[0]); if (!e) return null;
            const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2];";
        self.until(&format!("{css} in the window"), PATIENCE, || async {
            let Value::Array(at) = self.page(middle, &[json!(css)]).await?.0 else { return Ok(None) };
            Ok(at.first().and_then(Value::as_f64).zip(at.get(1).and_then(Value::as_f64)))
        })
    }

    /// Makes the window `width` x `height` CSS pixels; its screen must be as large.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let resized = self.runtime.block_on(self.client().set_window_rect(0, 0, width, height));
        resized.unwrap_or_else(|reason| self.fail(&format!("the window cannot be made {width} x {height}: {reason}")));
        self.wait_for("the new size", &format!("return innerWidth === {width} && innerHeight === {height}"));
    }

    /// Takes a picture of the page when nothing moves on it: `JOURNEY-NAME.png` in `LOADLINE_SHOTS`, else in `test-results/` of the target folder.
    #[track_caller]
    pub fn shot(&self, name: &str) -> PathBuf {
        self.wait_for("the end of what moves", "return document.getAnimations().every((each) => each.playState !== 'running')");
        let folder = crate::results_folder();
        let file = folder.join(format!("{}-{name}.png", self.name));
        let picture = self.runtime.block_on(self.settled_picture()).unwrap_or_else(|reason| self.fail(&format!("no picture: {reason}")));
        std::fs::write(&file, picture).unwrap_or_else(|reason| panic!("{} cannot be written: {reason}", file.display()));
        file
    }

    // -- behind the window --------------------------------------------------------------------------------------------------------

    /// The app's process.
    pub fn app(&self) -> &Process {
        &self.app
    }

    /// The processes of a run: those under the app that run `loadline`.
    pub fn nodes(&self) -> Vec<Process> {
        let program = crate::loadline().canonicalize().ok();
        descendants(self.app.pid).into_iter().filter(|process| process.program() == program).collect()
    }

    /// Where the learner's data is.
    pub fn data_dir(&self) -> PathBuf {
        self.stage.data_dir()
    }

    /// A folder that goes away with the window, for files of a journey.
    pub fn folder(&self) -> PathBuf {
        self.stage.folder().to_owned()
    }

    /// Starts the app once more beside this one, with `arguments`; whether that start ended well.
    pub fn start_again(&self, arguments: &[&str]) -> bool {
        self.stage.start_again(&crate::program(&self.program), arguments).success()
    }

    /// Ends the app as a crash does, with no chance to tidy up. What it had started is left to itself.
    pub fn kill_app(&mut self) {
        self.app.signal(Signal::KILL);
        // Its session went with it; closing it would only be refused.
        self.client = None;
    }

    /// Ends the app as a system does that shuts down: it is asked to, and waited for.
    pub fn end_app(&mut self) {
        self.app.signal(Signal::TERM);
        self.ended();
    }

    /// Chooses something that ends the app, and waits until it has: what the driver says of a page that goes does not count.
    #[track_caller]
    pub fn choose_and_end(&mut self, name: &str) {
        self.runtime.block_on(async {
            let since = Instant::now();
            let mut again = tokio::time::interval(LOOK_AGAIN);
            while self.app.is_alive() && since.elapsed() < PATIENCE {
                again.tick().await;
                if let Ok(Some(element)) = self.named(name).await {
                    let _ = element.click().await;
                }
            }
        });
        self.ended();
    }

    /// Waits until the app has ended, whoever asked it to.
    #[track_caller]
    pub fn ended(&mut self) {
        let left = wait_until_gone(std::slice::from_ref(&self.app), PATIENCE);
        assert!(left.is_empty(), "the app still runs, with: {}", self.text());
        self.client = None;
    }

    /// Opens the app again on the same screen and the same data, after [`Self::kill_app`] or [`Self::end_app`].
    pub fn open_again(&mut self) {
        let left = wait_until_gone(std::slice::from_ref(&self.app), PATIENCE);
        assert!(self.client.is_none() && left.is_empty(), "the app still runs");
        for _ in 0..STARTS {
            self.stage.renew_driver();
            self.asked = Instant::now();
            if let Some((client, app, opened_in)) = start(&self.runtime, &self.stage, &self.program, self.line.as_deref(), &[]) {
                (self.client, self.app, self.opened_in) = (Some(client), app, opened_in);
                return;
            }
        }
        panic!("the window does not open again\n{}", self.stage.said());
    }

    // -- how it is done -----------------------------------------------------------------------------------------------------------

    fn client(&self) -> &Client {
        self.client.as_ref().expect("the window is open until it is dropped")
    }

    /// The driver gives the last picture that was composed, which lags behind the page: taken until two are alike, or the page keeps changing.
    async fn settled_picture(&self) -> Result<Vec<u8>, CmdError> {
        let composed = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        let mut last = Vec::new();
        for _ in 0..6 {
            self.client().execute_async(composed, Vec::new()).await?;
            let picture = self.client().screenshot().await?;
            if picture == last {
                break;
            }
            last = picture;
        }
        Ok(last)
    }

    async fn page(&self, script: &str, arguments: &[Value]) -> Result<Answer, Stop> {
        Ok(Answer(self.client().execute(script, arguments.to_vec()).await?))
    }

    /// The first thing on display that can be chosen and has this name: the whole of its text, its label or its title; else its start or
    /// its end.
    async fn named(&self, name: &str) -> Result<Option<Element>, Stop> {
        self.element(
            "const all = [...document.querySelectorAll('button, a, input, summary, [role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], \
             [role=option], [role=tab], [role=radio], [role=switch], [role=combobox], label')].filter((e) => e.checkVisibility() && !e.disabled);
             const name = (e) => [e.getAttribute('aria-label'), e.title, e.innerText, e.labels?.[0]?.innerText].map((n) => (n ?? '').replace(/\\s+/g, ' ').trim());
             const wanted = arguments[0];
             return all.find((e) => name(e).includes(wanted)) ?? all.find((e) => name(e).some((n) => n.startsWith(wanted + ' ')))
               ?? all.find((e) => name(e).some((n) => n.endsWith(' ' + wanted))) ?? null;",
            name,
        )
        .await
    }

    async fn field(&self, label: &str) -> Result<Option<Element>, Stop> {
        self.element(
            "const wanted = arguments[0];
             const name = (e) => [e.getAttribute('aria-label'), e.placeholder, ...[...(e.labels ?? [])].map((l) => l.innerText),
               document.getElementById(e.getAttribute('aria-labelledby'))?.innerText].map((n) => (n ?? '').replace(/\\s+/g, ' ').trim());
             const all = [...document.querySelectorAll('input, textarea, [contenteditable=true]')].filter((e) => e.checkVisibility() && !e.disabled);
             return all.find((e) => name(e).includes(wanted)) ?? all.find((e) => name(e).some((n) => n.startsWith(wanted + ' '))) ?? null;",
            label,
        )
        .await
    }

    /// What is there is chosen first, so that the keys replace it, as they do by hand.
    async fn replace(&self, field: &Element, text: &str) -> Result<Option<()>, Stop> {
        let chosen = self.client().execute("arguments[0].focus(); arguments[0].select?.()", vec![json!(field)]).await;
        if let Err(reason) = chosen {
            return not_yet(reason);
        }
        field.send_keys(text).await.map(Some).or_else(not_yet)
    }

    async fn element(&self, script: &str, argument: &str) -> Result<Option<Element>, Stop> {
        let found = self.page(script, &[json!(argument)]).await?.0;
        let Some(id) = found.as_object().and_then(|fields| fields.values().next()).and_then(Value::as_str) else { return Ok(None) };
        Ok(Some(Element::from_element_id(self.client().clone(), id.to_owned().into())))
    }

    /// Looks until `attempt` has something; after `patience` the test fails, with a picture and all that was said.
    #[track_caller]
    fn until<T, F: Future<Output = Result<Option<T>, Stop>>>(&self, what: &str, patience: Duration, attempt: impl Fn() -> F) -> T {
        let looked = self.runtime.block_on(async {
            let since = Instant::now();
            let mut again = tokio::time::interval(LOOK_AGAIN);
            loop {
                again.tick().await;
                match attempt().await {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) if since.elapsed() < patience => {}
                    Ok(None) => return Err(format!("not after {} s: {what}", patience.as_secs())),
                    Err(Stop(reason)) => return Err(format!("while waiting for {what}: {reason}")),
                }
            }
        });
        looked.unwrap_or_else(|reason| self.fail(&reason))
    }

    #[track_caller]
    fn fail(&self, reason: &str) -> ! {
        let picture = self.runtime.block_on(self.client().screenshot()).map(|picture| {
            let file = crate::results_folder().join(format!("{}-FAILED.png", self.name));
            std::fs::write(&file, picture).map(|()| file.display().to_string())
        });
        let text = self.runtime.block_on(self.page("return document.body.innerText", &[])).map(|Answer(text)| text);
        panic!("{reason}\n-- picture: {picture:?}\n-- text: {text:?}\n-- said:\n{}", self.stage.said());
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let mut under = descendants(self.app.pid);
        under.push(self.app.clone());
        if let Some(client) = self.client.take() {
            // The driver ends the app; whether it did is looked at below.
            let _ = self.runtime.block_on(client.close());
        }
        let left = Stage::end(&under);
        assert!(left.is_empty() || std::thread::panicking(), "still running after the window was shut: {left:?}\n{}", self.stage.said());
    }
}

/// Has the driver start the app: a client for its page, its process, and how long that took.
/// Starts the app through the driver. A driver whose app ends at once (it found another that was still on its way out) waits for ever: `None`.
fn start(runtime: &Runtime, stage: &Stage, program: &str, line: Option<&str>, arguments: &[&str]) -> Option<(Client, Process, Duration)> {
    let program = crate::program(program);
    let since = Instant::now();
    let browser = match line {
        None => json!({ "binary": program, "args": arguments }),
        Some(line) => {
            let mut all = vec![json!("-c"), json!(format!("{line}; exec \"$0\" \"$@\"")), json!(program)];
            all.extend(arguments.iter().map(|argument| json!(argument)));
            json!({ "binary": "/bin/sh", "args": all })
        }
    };
    let options = json!({ "webkitgtk:browserOptions": browser });
    let Value::Object(capabilities) = options else { unreachable!("it is written as an object") };
    let connector = hyper_util::client::legacy::connect::HttpConnector::new();
    let connecting =
        async { tokio::time::timeout(PATIENCE, ClientBuilder::new(connector).capabilities(capabilities).connect(&stage.driver_url)).await };
    let client = runtime.block_on(connecting).ok()?;
    let client = client.unwrap_or_else(|reason| panic!("the window does not open: {reason}\n{}", stage.said()));
    let opened_in = since.elapsed();
    let app = stage.app(&program).expect("the driver started the app");
    Some((client, app, opened_in))
}

/// How often an app that ended at once is started again.
const STARTS: usize = 3;

/// What a script returned.
struct Answer(Value);

impl Answer {
    fn as_bool(&self) -> Result<bool, Stop> {
        self.0.as_bool().ok_or_else(|| Stop(format!("the script gave {} and not true or false", self.0)))
    }
}

/// The driver or the page says that waiting is of no use.
#[derive(Debug)]
struct Stop(String);

impl From<CmdError> for Stop {
    fn from(reason: CmdError) -> Self {
        Self(reason.to_string())
    }
}

/// An element that moved, is covered or was drawn anew is looked for again; anything else ends the wait.
fn not_yet<T>(reason: CmdError) -> Result<Option<T>, Stop> {
    let waits = reason.is_no_such_element()
        || reason.is_stale_element_reference()
        || reason.is_element_not_interactable()
        || matches!(&reason, CmdError::Standard(said) if said.error == ErrorStatus::ElementClickIntercepted);
    if waits { Ok(None) } else { Err(reason.into()) }
}

/// The pointer at a point, after a short way.
fn moved((x, y): (f64, f64)) -> PointerAction {
    PointerAction::MoveTo { duration: Some(Duration::from_millis(50)), x: x.round(), y: y.round() }
}
