//! The window closed by its frame, as a window manager asks for it: what is open is saved or asked about first, and the next start has it all. Here
//! there is no window manager, so its message is written to the screen by hand: a few requests of X11, each with its reply.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use loadline_tests::processes::{Process, wait_until_gone};
use loadline_tests::window::Window;
use serde_json::json;

use super::keeping::add;
use super::trouble::{IGNORES_THE_SIGNAL, draw_two, no_room, open_design};
use super::{Duration, Key, nodes_of_a_run, wait_for_drawn};

/// The screen of an app, as a client of its own.
struct Screen {
    stream: UnixStream,
    root: u32,
}

/// Numbers of X11 are little-endian where a client says so.
fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

impl Screen {
    fn of(app: &Process) -> Self {
        let environment = std::fs::read(format!("/proc/{}/environ", app.pid)).expect("the app's environment");
        let display = environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(b"DISPLAY=:")).expect("its screen");
        let display = std::str::from_utf8(display).expect("the number of a screen");
        let mut stream = UnixStream::connect(format!("/tmp/.X11-unix/X{display}")).expect("the screen listens");
        stream.write_all(&[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]).expect("a greeting");
        let mut head = [0; 8];
        stream.read_exact(&mut head).expect("an answer to it");
        assert_eq!(head[0], 1, "the screen lets a client of this machine in");
        let mut about = vec![0; u16_at(&head, 6) * 4];
        stream.read_exact(&mut about).expect("what it is");
        // After the vendor's name and the formats of pictures comes the first screen, and that begins with its root.
        let root = u32_at(&about, 32 + u16_at(&about, 16).next_multiple_of(4) + 8 * usize::from(about[21]));
        Self { stream, root }
    }

    fn send(&mut self, code: u8, detail: u8, body: &[u8]) {
        let words = u16::try_from(1 + body.len() / 4).expect("a short request");
        let mut request = vec![code, detail];
        request.extend(words.to_le_bytes());
        request.extend(body);
        self.stream.write_all(&request).expect("a request");
    }

    /// A request with its reply, whole.
    fn ask(&mut self, code: u8, detail: u8, body: &[u8]) -> Vec<u8> {
        self.send(code, detail, body);
        let mut reply = vec![0; 32];
        self.stream.read_exact(&mut reply).expect("a reply");
        assert_eq!(reply[0], 1, "request {code} is refused with error {}", reply[1]);
        let more = usize::try_from(u32_at(&reply, 4)).expect("a length") * 4;
        reply.resize(32 + more, 0);
        self.stream.read_exact(&mut reply[32..]).expect("the rest of a reply");
        reply
    }

    /// The number that stands for a name.
    fn atom(&mut self, name: &str) -> u32 {
        let mut body = u16::try_from(name.len()).expect("a short name").to_le_bytes().to_vec();
        body.extend([0, 0]);
        body.extend(name.as_bytes());
        u32_at(&self.ask(16, 0, &padded(body)), 8)
    }

    /// Windows of the screen that are to be seen and can be asked to close.
    fn windows(&mut self, protocols: u32, close: u32) -> Vec<u32> {
        let root = self.root;
        let tree = self.ask(15, 0, &root.to_le_bytes());
        let all: Vec<u32> = (0..u16_at(&tree, 16)).map(|n| u32_at(&tree, 32 + 4 * n)).collect();
        let is_one = |window: &u32| {
            // Viewable; and among the protocols that it takes part in is the closing.
            let is_seen = self.ask(3, 0, &window.to_le_bytes())[26] == 2;
            let wish: Vec<u8> = [*window, protocols, 0, 0, 64].iter().flat_map(|word| word.to_le_bytes()).collect();
            let takes = self.ask(20, 0, &wish);
            is_seen && takes[32..].chunks_exact(4).any(|word| u32_at(word, 0) == close)
        };
        all.into_iter().filter(is_one).collect()
    }
}

/// Asks the app's window to close, as the cross in its frame does.
fn close(window: &Window) {
    let mut screen = Screen::of(window.app());
    let (protocols, delete) = (screen.atom("WM_PROTOCOLS"), screen.atom("WM_DELETE_WINDOW"));
    let windows = screen.windows(protocols, delete);
    let &[frame] = &windows[..] else { panic!("one window on the screen: {windows:?}") };
    let mut body: Vec<u8> = [frame, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
    body.extend([33, 32, 0, 0]);
    body.extend([frame, protocols, delete, 0, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()));
    screen.send(25, 0, &body);
    // Whoever is answered afterwards knows that it was taken.
    screen.atom("WM_PROTOCOLS");
}

#[test]
fn a_window_that_is_closed_keeps_what_is_half_typed_and_comes_back_in_its_size() {
    let mut window = Window::open("closed");
    draw_two(&window);
    window.resize(1100, 720);
    window.click_testid("tool-comment");
    window.wait_for("the comment", "return document.activeElement?.dataset.testid === 'comment-text'");
    window.press("Not ended");
    close(&window);
    window.ended();
    window.open_again();
    window.wait_for("the size of before", "return innerWidth === 1100 && innerHeight === 720");
    window.choose("The knee");
    wait_for_drawn(&window, 2);
    window.wait_for("the comment", "return document.querySelector('.react-flow__node-comment')?.innerText.includes('Not ended')");
    // Every step is there, and the last one is the comment.
    window.click_testid("undo");
    window.see("Empty. Enter writes.");
}

#[test]
fn a_window_that_is_closed_asks_about_what_it_could_not_save() {
    let mut window = Window::open_after("close-asks", IGNORES_THE_SIGNAL);
    draw_two(&window);
    let design = open_design(&window);
    no_room(&window);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    window.see("Not saved yet");
    close(&window);
    window.see("Your last changes are not saved");
    window.choose("Stay");
    window.see_no_more("Your last changes are not saved");
    assert_eq!(open_design(&window), design);
    wait_for_drawn(&window, 3);
    // Closing without the last change is possible: what was saved before is there.
    close(&window);
    window.choose_and_end("Leave without them");
    window.open_again();
    window.choose("The knee");
    wait_for_drawn(&window, 2);
    // With room the last change is saved on the way out, and nothing is asked.
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    close(&window);
    window.ended();
    window.open_again();
    window.choose("The knee");
    wait_for_drawn(&window, 3);
}

#[test]
fn a_window_that_is_closed_during_a_run_ends_it_in_order() {
    let mut window = Window::open("close-run");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    window.fill_in("[data-testid=duration] input", &format!("600{}", Key::Enter));
    window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.click_testid("run-without");
    let nodes = nodes_of_a_run(&window);
    close(&window);
    assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "ended with the window");
    window.ended();
    window.open_again();
    window.choose("The knee");
    wait_for_drawn(&window, 2);
    assert_eq!(window.ask("return document.querySelector('[data-testid=run-clock]') === null", &[]), json!(true), "nothing runs");
}
