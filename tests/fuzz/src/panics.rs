//! A panic anywhere ends the process, so that libFuzzer keeps the input: tokio would swallow the panic of a task.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

/// Replaces the hook of libfuzzer-sys, which does not know that a panic below a call of `fenced` (a function's path) is caught on purpose
/// by its caller.
pub fn end_the_process(fenced: Option<&'static str>) {
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let calls = Backtrace::force_capture().to_string();
        if fenced.is_none_or(|fenced| !calls.contains(fenced)) {
            eprintln!("{panic}\n{calls}");
            std::process::abort();
        }
    }));
}
