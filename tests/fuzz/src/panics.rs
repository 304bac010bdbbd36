//! A panic anywhere ends the process, so that libFuzzer keeps the input: tokio would swallow the panic of a task.

use std::panic::PanicHookInfo;

/// Replaces the hook of libfuzzer-sys, which does not know that a panic inside `fenced` (the start of a library's folder name, such as
/// `pgwire-`) is caught on purpose, right where it happens.
pub fn end_the_process(fenced: Option<&'static str>) {
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let file = panic.location().map_or("", |location| location.file());
        if fenced.is_some_and(|fenced| file.split(['/', '\\']).any(|folder| folder.starts_with(fenced))) {
            return;
        }
        eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }));
}
