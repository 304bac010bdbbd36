//! Starting the processes of a run, all from one thread that lives as long as the program. On Linux a child asks to be killed when the
//! *thread* that started it ends, so a thread of a pool will not do. It does not know what the processes are.

use std::sync::{OnceLock, mpsc};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;

type Job = Box<dyn FnOnce() + Send>;

/// Starts `command` in a process group of its own: Ctrl-C in a terminal goes to the whole group of the program in front, and what a run
/// still has to say must not be lost by that. Blocks for as long as the operating system needs. Must be called from within a runtime.
pub fn spawn(mut command: Command) -> std::io::Result<Child> {
    let runtime = Handle::try_current().map_err(std::io::Error::other)?;
    let (answer, started) = mpsc::channel();
    let job: Job = Box::new(move || {
        let _inside = runtime.enter();
        #[cfg(unix)]
        command.process_group(0);
        // Nobody waits any more: the child is dropped, and ends.
        let _ = answer.send(command.spawn());
    });
    let gone = || std::io::Error::other("the thread that starts processes is gone");
    spawner().send(job).map_err(|_| gone())?;
    started.recv().map_err(|_| gone())?
}

fn spawner() -> &'static mpsc::Sender<Job> {
    static SPAWNER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    SPAWNER.get_or_init(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
        std::thread::spawn(move || inbox.into_iter().for_each(|job| job()));
        jobs
    })
}
